"""Reads tables written as text, with commas, tabs or bars."""

import csv
import io
import re
from typing import Any

HeadAndRows = tuple[list[str], list[list[Any]]]
_DELIMITERS = ",\t;"
_NAME = re.compile(r"[^\W\d][^\n,;\t.!?:]{0,60}|[\w-]{1,60}(?:\.[\w-]+)*")
"""A column name. Phrases between the commas of prose do not match: they are longer or begin with a blank."""
_RULE = re.compile(r"[\s|+:=-]+")


def parse_text_table(text: str) -> HeadAndRows | None:
    """The column names and the rows; None if the text is no table, such as prose with commas."""
    return _barred(text) or next((table for each in _DELIMITERS if (table := _delimited(text, each))), None)


def _delimited(text: str, delimiter: str) -> HeadAndRows | None:
    first = text.lstrip("\ufeff").lstrip().partition("\n")[0]
    if delimiter not in first or f"{delimiter} " in first:
        return None
    try:
        head, *rows = csv.reader(
            io.StringIO(text.strip().lstrip("\ufeff"), newline=""), delimiter=delimiter, strict=True
        )
    except (csv.Error, ValueError):
        return None
    rows = [row for row in rows if row]
    is_table = rows and len(head) > 1 and all(len(row) == len(head) for row in rows)
    return (head, rows) if is_table and _is_head(head) else None


def _is_head(names: list[str]) -> bool:
    return len(set(names)) == len(names) and all(_NAME.fullmatch(name) for name in names)


def _barred(text: str) -> HeadAndRows | None:
    """A table with bars, as in Markdown and in the shells of databases."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if len(lines) < 3 or not all(line[0] in "|+" for line in lines):
        return None
    rules = [line for line in lines if _RULE.fullmatch(line) and "-" in line]
    head, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line not in rules] or [[]]
    is_table = rules and rows and len(head) > 1 and all(len(row) == len(head) for row in rows)
    return (head, list(rows)) if is_table else None
