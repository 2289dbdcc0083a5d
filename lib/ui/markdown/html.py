"""The HTML tags in an agent's text. None reaches the page: a tag becomes Markdown, is removed, or is shown as text."""

import re
from html import unescape

TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<attributes>(?:\s[^<>]*)?)/?>")
BEGUN = re.compile(r"</?[A-Za-z]{0,10}\Z")
"""At the end of a growing text, this may be the beginning of a tag."""
BREAKS = frozenset({"br", "hr"})
BREAKS_BEFORE = frozenset({"div", "li", "p"})
BLOCKS = BREAKS_BEFORE | {"center", "details", "ol", "ul"}
"""They may contain several blocks, so the opening and the closing tag are handled one by one."""
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
"""Other names are tags only together with a closing tag: `<label>` alone may be a placeholder."""
KNOWN = BREAKS | CODE | frozenset(MARKS) | NOTHING | {"a", "img", "sub", "sup"}
_ATTRIBUTE = re.compile(r"""([A-Za-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_ATTRIBUTES = re.compile(
    r"""(?:\s++(?:[a-z][\w:.-]*+\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'`]++)|checked|disabled|hidden|nowrap|open|reversed))*+"""
    r"""\s*+/?""",
    re.IGNORECASE,
)
_FROM = "0123456789+-=()"
_RAISED = str.maketrans(_FROM + "abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_LOWERED = str.maketrans(_FROM + "aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")


def has_attributes(tag: re.Match[str]) -> bool:
    """Whether what follows the name are attributes, if anything: those of `<b` in `a <b and b> c` are words."""
    return bool(_ATTRIBUTES.fullmatch(tag["attributes"]))


def attribute(tag: re.Match[str], name: str) -> str:
    """The value of an attribute; empty when the tag does not have it."""
    for match in _ATTRIBUTE.finditer(tag["attributes"]):
        if match[1].lower() == name:
            return unescape(match[2] or match[3] or match[4] or "")
    return ""


def dressed(name: str, content: str, shown: str) -> str:
    """The element in Markdown: its converted words (`shown`) with the marks for the tag, if there are any."""
    if name in ("sub", "sup"):
        return raised(shown) if name == "sup" else _moved(shown, _LOWERED)
    # If the words begin or end with a blank or a sign, Markdown would show the marks instead of bold text.
    mark = MARKS.get(name, "") if content[:1].isalnum() and content[-1:].isalnum() else ""
    return f"{mark}{shown}{mark}"


def raised(text: str) -> str:
    return _moved(text, _RAISED)


def _moved(text: str, signs: dict[int, int]) -> str:
    """The text in raised or lowered characters, or unchanged if one of them has no such form."""
    return text.translate(signs) if all(ord(sign) in signs for sign in text) else text
