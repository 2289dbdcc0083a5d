"""What a reader sees of an answer in Markdown, roughly: for snippets, which are lines of text."""

import re

from lib.figures.recognise import kind_of

_FENCE = re.compile(r"^[ \t]*(```+|~~~+)([^\n`]*)\n(.*?)(?:^[ \t]*\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"(?<!`)(`{1,3})(?!`)(.{1,500}?)(?<!`)\1(?!`)", re.DOTALL)
_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-{3,}:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$", re.MULTILINE)
_ROW = re.compile(r"^[ \t]*\|(.*?)\|?[ \t]*$", re.MULTILINE)
_CELL_END = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\((?:<[^<>\n]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:[ \t]+\"[^\"\n]*\")?\)")
_HEAD = re.compile(r"^(?:[ \t]*(?:#{1,6}[ \t]+|>|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?)){1,4}", re.MULTILINE)
_STRONG = re.compile(r"(?<![\w*])(\*{1,3})(?=[^\s*])([^*\n]*[^\s*])\1(?![\w*])")
_STRUCK = re.compile(r"(?<![\w~])~~(?=\S)([^~\n]*\S)~~(?![\w~])")
_STASHED = re.compile("\ue002(\\d+)\ue003")


def plain_text(markdown: str) -> str:
    """Without the code of figures, which are drawn. Other code stays as it is, and so do signs that are no Markdown:
    `2**3`, `a*b`, `COUNT(*)`.
    """
    if not any(sign in markdown for sign in "`*|[#>~-+"):
        return markdown
    codes: list[str] = []

    def stash(code: str) -> str:
        codes.append(code)
        return f"\ue002{len(codes) - 1}\ue003"

    text = markdown.replace("\ue002", "").replace("\ue003", "")
    text = _FENCE.sub(lambda found: stash("" if kind_of(found[2], found[3]) else found[3]) + "\n", text)
    text = _CODE.sub(lambda found: stash(found[2]), text)
    text = _ROW.sub(_cells, _RULE.sub("", text))
    text = _LINK.sub(r"\1", _HEAD.sub("", text))
    text = _STRUCK.sub(r"\1", _STRONG.sub(r"\2", text))
    return _STASHED.sub(lambda found: codes[int(found[1])], text).replace("```", "")


def _cells(row: re.Match[str]) -> str:
    cells = (cell.strip() for cell in _CELL_END.split(row[1]))
    return " · ".join(cell for cell in cells if cell)
