"""Writes a table as CSV (RFC 4180) that spreadsheets open safely."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

# Signs that begin a formula, in the wide forms of East Asian keyboards too. What looks like a number stays as it is.
_FORMULA = re.compile(r"[=@\t\r\n\uff1d\uff20\uff0b\uff0d]|[+-](?![\d\s.,()/%€$-]*\Z)")
MEDIA_TYPE = "text/csv"


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The table as CSV, with the byte order mark by which spreadsheets recognise UTF-8.

    Text that a spreadsheet would run as a formula gets an apostrophe in front, because an agent may have copied it from
    an untrusted source.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_harmless(name) for name in columns])
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def to_tsv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The table as tab-separated values for the clipboard, one line a row. Text is as harmless as in `to_csv`."""
    lines = [columns, *rows]
    return "\n".join("\t".join(_on_one_line(_harmless(value)) for value in line) for line in lines)


def _on_one_line(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
