"""Fits the rows of Markdown tables, and turns HTML tables into Markdown."""

import re
from collections.abc import Sequence

from lib.ui.markdown.lines import Line

_DELIMITERS = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_BAR = re.compile(r"(?<!\\)\|")
HTML_TABLE = re.compile(r"<table(?:\s[^<>]*)?>", re.IGNORECASE)
_HTML_END = re.compile(r"</table\s*>", re.IGNORECASE)
_HTML_ROW = re.compile(r"<tr(?:\s[^<>]*)?>(.*?)(?:</tr\s*>|(?=<tr\b)|\Z)", re.IGNORECASE | re.DOTALL)
_HTML_CELL = re.compile(r"<t[hd](?:\s[^<>]*)?>(.*?)(?:</t[hd]\s*>|(?=<t[hd]\b)|\Z)", re.IGNORECASE | re.DOTALL)
_HTML_AROUND = re.compile(r"</?(?:thead|tbody|tfoot|colgroup|col)(?:\s[^<>]*)?/?>", re.IGNORECASE)
MAX_HTML_LINES = 1_000


def table_columns(head: Line, rule: Line) -> int:
    """The number of columns of the table that these two lines begin; 0 if they begin none."""
    if "-" not in rule.words or "|" not in head.words + rule.words:
        return 0
    if rule.begins_block or rule.is_code or not _DELIMITERS.fullmatch(rule.words):
        return 0
    columns = len(_cells(rule.words))
    return columns if len(_cells(head.words)) == columns else 0


def fitted_row(row: str, columns: int) -> str:
    """The row with surplus cells joined into the last one: Markdown would drop them."""
    cells = _cells(row)
    if len(cells) <= columns:
        return row
    last = "\\|".join(cells[columns - 1 :])
    return f"|{'|'.join([*cells[: columns - 1], last])}|"


def _cells(row: str) -> list[str]:
    return _BAR.split(re.sub(r"(?<!\\)\|$", "", row.strip().removeprefix("|")))


def html_table(lines: Sequence[Line], *, growing: bool) -> tuple[list[str], int] | None:
    """The `<table>` at the beginning of `lines` (at most MAX_HTML_LINES) as Markdown rows, and how many lines it uses.

    None if the table is incomplete, or has words outside its cells, which would be lost. If the text is `growing`, an
    incomplete table has the rows that are complete.
    """
    html: list[str] = []
    for count, line in enumerate(lines):
        if count and (line.is_code or line.begins_block or HTML_TABLE.search(line.words)):
            return None
        html.append(line.words)
        if end := _HTML_END.search(line.words):
            is_alone = not line.words[end.end() :].strip()
            return _rows_with_count("\n".join(html)[: -len(line.words) + end.start() or None], count + 1, is_alone)
    if not growing or len(lines) == MAX_HTML_LINES:
        return None
    whole, end_tag, _ = "\n".join(html).rpartition("</tr>")
    return _rows_with_count(whole + end_tag, len(html), True) if whole else ([], len(html))


def _rows_with_count(html: str, count: int, is_alone: bool) -> tuple[list[str], int] | None:
    body = _HTML_AROUND.sub("", html[HTML_TABLE.match(html).end() :])  # type: ignore[union-attr]
    rows = [_HTML_CELL.findall(row) for row in _HTML_ROW.findall(body)]
    outside = _HTML_ROW.sub("", body) + "".join(_HTML_CELL.sub("", row) for row in _HTML_ROW.findall(body))
    if not is_alone or outside.strip() or not rows or not all(rows) or HTML_TABLE.search(body):
        return None
    columns = max(map(len, rows))
    head, *others = (_markdown_row(row, columns) for row in rows)
    return [head, f"|{'---|' * columns}", *others], count


def _markdown_row(cells: Sequence[str], columns: int) -> str:
    shown = [_BAR.sub(r"\\|", " ".join(cell.split())) for cell in cells]
    return f"| {' | '.join([*shown, *[''] * (columns - len(shown))])} |"
