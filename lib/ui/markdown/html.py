"""HTML in an agent's text. None reaches the page: a tag becomes Markdown, vanishes, or is shown as text."""

import re
from html import unescape

TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<attributes>(?:\s[^<>]*)?)/?>")
BEGUN = re.compile(r"</?[A-Za-z]{0,10}\Z")
"""At the end of a growing text this may become a tag."""
BREAKS = frozenset({"br", "hr"})
BREAKS_BEFORE = frozenset({"div", "li", "p"})
BLOCKS = BREAKS_BEFORE | {"center", "details", "ol", "ul"}
"""What stands in them may be several blocks, so the opening and the closing tag are handled one by one."""
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
"""The others are tags only together with their closing tag: a single `<label>` may be a placeholder."""
KNOWN = BREAKS | CODE | frozenset(MARKS) | NOTHING | {"a", "img", "sub", "sup"}
_ATTRIBUTE = re.compile(r"""([A-Za-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_FROM = "0123456789+-=()"
_RAISED = str.maketrans(_FROM + "abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_LOWERED = str.maketrans(_FROM + "aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")


def attribute(tag: re.Match[str], name: str) -> str:
    """The value of an attribute; empty when the tag does not have it."""
    for match in _ATTRIBUTE.finditer(tag["attributes"]):
        if match[1].lower() == name:
            return unescape(match[2] or match[3] or match[4] or "")
    return ""


def dressed(name: str, content: str, shown: str) -> str:
    """`shown`, the Markdown of an element's words, with the Markdown of the element around it, if there is any."""
    if name in ("sub", "sup"):
        return raised(shown) if name == "sup" else _moved(shown, _LOWERED)
    # Beside a blank or another sign, Markdown would show the marks instead of bold text.
    mark = MARKS.get(name, "") if content[:1].isalnum() and content[-1:].isalnum() else ""
    return f"{mark}{shown}{mark}"


def raised(text: str) -> str:
    return _moved(text, _RAISED)


def _moved(text: str, signs: dict[int, int]) -> str:
    """Unchanged when one of the characters has no such form."""
    return text.translate(signs) if all(ord(sign) in signs for sign in text) else text
