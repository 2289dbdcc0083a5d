"""What a page shows of an attached file without anybody opening it: the first rows of a table.

`images.thumbnail` makes that of an image.
"""

import csv
from collections.abc import Iterable
from io import StringIO

from lib.attachments.kinds import CSV, PARQUET, TSV
from lib.attachments.parquet import parquet_head
from lib.attachments.table_head import TableHead
from lib.attachments.text import decoded
from lib.errors import BadInput

MAX_ROWS, MAX_COLUMNS = 50, 20
MAX_CELL_CHARS = 200
MAX_READ_CHARS = 200_000
"""Of a CSV file. A line that is longer makes no table."""
TABLES = (CSV, TSV, PARQUET)
_DELIMITERS = ",;\t|"


def table_head(name: str, content_type: str, content: bytes) -> TableHead:
    """The first rows of a CSV or Parquet file. Raises BadInput if there is no table in it."""
    is_parquet = content_type == PARQUET
    head = parquet_head(f"“{name}”", content) if is_parquet else _csv_head(name, content_type, content)
    columns = _unique(_cell(text) for text in head.columns[:MAX_COLUMNS])
    rows = tuple(tuple(_cell(text) for text in row[:MAX_COLUMNS]) for row in head.rows[:MAX_ROWS])
    return head._replace(columns=columns, rows=rows)


def _csv_head(name: str, content_type: str, content: bytes) -> TableHead:
    text = decoded(content) or ""
    start = text[:MAX_READ_CHARS]
    if len(start) < len(text):
        start = start[: start.rfind("\n") + 1]  # without the line that was cut
    delimiter = "\t" if content_type == TSV else _delimiter(start)
    try:
        lines = [line for line in csv.reader(StringIO(start, newline=""), delimiter=delimiter) if line]
    except csv.Error:
        lines = []
    if not lines:
        raise BadInput(f"“{name}” holds no table that can be shown.")
    row_count, width = len(lines) - 1, max(map(len, lines))
    # Cut before all lines are made equally long: one long line among many short ones would fill the memory.
    shown = [line[:MAX_COLUMNS] for line in lines[: MAX_ROWS + 1]]
    columns, *rows = (tuple(line) + ("",) * (min(width, MAX_COLUMNS) - len(line)) for line in shown)
    return TableHead(columns, tuple(rows), row_count if len(start) == len(text) else None, width)


def _delimiter(text: str) -> str:
    """The one that the first line has most of; a comma if it has none."""
    line = text.partition("\n")[0]
    return max(_DELIMITERS, key=line.count)


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    """Each with a number if it is there already, because a table on the page has a column once."""
    found: dict[str, None] = {}
    for place, name in enumerate(names, start=1):
        name = name.strip() or f"Column {place}"
        found[name if name not in found else f"{name} ({place})"] = None
    return tuple(found)


def _cell(text: str) -> str:
    return text if len(text) <= MAX_CELL_CHARS else f"{text[: MAX_CELL_CHARS - 1]}…"
