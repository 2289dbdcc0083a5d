"""Reads diagrams in Mermaid, which Streamlit draws in the browser, as a picture in which nothing can be clicked or run.

The diagram gets the app's looks: what it says about them, and about Mermaid's settings, is left out.
"""

import re

from lib.figures.figure import Diagram, NotDrawn

MAX_CHARS = 20_000
MAX_LINES = 400
KINDS = (
    "flowchart|graph|sequenceDiagram|classDiagram(?:-v2)?|stateDiagram(?:-v2)?|erDiagram|gantt|pie|journey|timeline"
    "|mindmap|gitGraph|quadrantChart|xychart(?:-beta)?"
)
_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.*?)\n---[ \t]*\n", re.DOTALL)
_TITLE = re.compile(r"^title:[ \t]*(\S.*)$", re.MULTILINE)
_DIRECTIVE = re.compile(r"%%\{[^%]*\}%%")
_COMMENT = re.compile(r"^[ \t]*%%.*\n?", re.MULTILINE)
_KIND = re.compile(rf"\s*({KINDS})(?=[\s:;]|$)")
# `<<interface>>` and arrows such as `<|--` are no tags, and `<br>` is a line end in a label.
_TAG = re.compile(r"(?<!<)<(?!br[ \t]*/?>)[a-z/!?]", re.IGNORECASE)
_LINK = re.compile(r"\bhref\b|javascript:|url[ \t]*\(", re.IGNORECASE)
# In other kinds, a task or a topic may begin with such a word.
_CLICKABLE = re.compile(r"flowchart|graph|sequence|class|state|gantt")
_CLICK = re.compile(r"^[ \t]*(?:click|callback|links?)[ \t]", re.IGNORECASE | re.MULTILINE)
_PICTURE = re.compile(r"@\{[^{}]*\b(?:img|icon)\b|\bfa[bklrs]?:fa-", re.IGNORECASE)
# Mermaid walks from the first day to the last, and from tick to tick.
_LONG_TIME = re.compile(r"\d{5}|tickInterval[ \t]+\d*[ \t]*(?:milli|sec|min)", re.IGNORECASE)


def read_mermaid(code: str) -> Diagram:
    """Raises NotDrawn."""
    if len(code) > MAX_CHARS or code.count("\n") >= MAX_LINES:
        raise NotDrawn(f"It has more than {MAX_LINES} lines or {MAX_CHARS:,} characters.")
    front = _FRONT_MATTER.match(code)
    title = _TITLE.search(front[1]) if front else None
    text = _COMMENT.sub("", _DIRECTIVE.sub("", code[front.end() :] if front else code)).strip("\n")
    kind = _KIND.match(text)
    if not kind:
        raise NotDrawn("It is of no kind of diagram that is drawn here.")
    if "%%{" in text:
        raise NotDrawn("It has settings of Mermaid in an unusual place.")
    if _TAG.search(text):
        raise NotDrawn("A label in it has HTML.")
    if _LINK.search(text) or (_CLICKABLE.match(kind[1]) and _CLICK.search(text)):
        raise NotDrawn("It has links or something to click.")
    if _PICTURE.search(text):
        raise NotDrawn("It has icons or pictures.")
    if kind[1] == "gantt" and _LONG_TIME.search(text):
        raise NotDrawn("It covers too long a time.")
    return Diagram(text, title[1].strip("\"' ") if title else None)
