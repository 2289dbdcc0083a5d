"""HTML in an agent's text. None reaches the page: a tag does what Markdown can do for it, vanishes, or is text."""

import re
from html import unescape

TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<attributes>(?:\s[^<>]*)?)/?>")
BEGUN = re.compile(r"</?[A-Za-z]{0,10}\Z")
"""At the end of a growing text it may become a tag."""
BREAKS = frozenset({"br", "hr"})
BREAKS_BEFORE = frozenset({"div", "li", "p"})
BLOCKS = BREAKS_BEFORE | {"center", "details", "ol", "ul"}
"""Their words may be blocks of their own; so each end is taken by itself."""
ITEM = "• "
CODE = frozenset({"code", "kbd", "samp", "tt"})
MARKS = {"b": "**", "strong": "**", "summary": "**", "i": "*", "em": "*", "s": "~~", "del": "~~", "strike": "~~"}
NOTHING = frozenset(
    [
        "abbr",
        "big",
        "center",
        "cite",
        "details",
        "dfn",
        "div",
        "font",
        "ins",
        "label",
        "li",
        "mark",
        "ol",
        "p",
        "q",
        "section",
        "small",
        "span",
        "time",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)
MAY_STAND_ALONE = BREAKS | BLOCKS | frozenset(["font", "img", "kbd", "span", "sub", "summary", "sup", "wbr"])
"""The others are tags only with their ends: `<label>` may be a place where a word is to be put."""
KNOWN = BREAKS | CODE | frozenset(MARKS) | NOTHING | {"a", "img", "sub", "sup"}
_ATTRIBUTE = re.compile(r"""([A-Za-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_FROM = "0123456789+-=()"
_RAISED = str.maketrans(_FROM + "abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_LOWERED = str.maketrans(_FROM + "aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")


def attribute(tag: re.Match[str], name: str) -> str:
    """Empty when the tag has none of that name."""
    for found in _ATTRIBUTE.finditer(tag["attributes"]):
        if found[1].lower() == name:
            return unescape(found[2] or found[3] or found[4] or "")
    return ""


def dressed(name: str, content: str, shown: str) -> str:
    """The words of an element as Markdown makes them look, or simply as they are."""
    if name in ("sub", "sup"):
        return raised(shown) if name == "sup" else _moved(shown, _LOWERED)
    # Marks beside a blank or another sign would be read as signs themselves.
    mark = MARKS.get(name, "") if content[:1].isalnum() and content[-1:].isalnum() else ""
    return f"{mark}{shown}{mark}"


def raised(text: str) -> str:
    return _moved(text, _RAISED)


def _moved(text: str, signs: dict[int, int]) -> str:
    """Text of which a sign has no such form stays as it is."""
    return text.translate(signs) if all(ord(sign) in signs for sign in text) else text
