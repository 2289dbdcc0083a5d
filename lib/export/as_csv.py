"""The tables of a chat's open branch as CSV: what tools gave, and what answers wrote in Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from lib.export.chat_file import MAX_MEMORY_BYTES
from lib.export.file_names import safe_name
from lib.export.source import ChatSource
from lib.messages.groups import group_parts
from lib.messages.parts import Part, Text
from lib.tables.csv_file import to_csv
from lib.tables.markdown_tables import tables_in
from lib.tables.parse import Table, parse_output


@dataclass(frozen=True)
class NamedTable:
    """`name` is a file name without its ending."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def to_csv(self) -> bytes:
        return to_csv(self.columns, self.rows)


def tables_of(source: ChatSource) -> Iterator[NamedTable]:
    """Numbered in their order."""
    number = 0
    for record in source.open_branch():
        if record.message.role == "assistant":
            for title, columns, rows in _tables(record.message.parts):
                number += 1
                yield NamedTable(f"{number:02d} {safe_name(title)}", columns, rows)


def zip_of(tables: Iterator[NamedTable]) -> IO[bytes]:
    """Read from its beginning; whoever gets it closes it."""
    file = SpooledTemporaryFile(MAX_MEMORY_BYTES)  # noqa: SIM115
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for table in tables:
            archive.writestr(f"{table.name}.csv", table.to_csv())
    file.seek(0)
    return file


def _tables(parts: Sequence[Part]) -> Iterator[tuple[str, Sequence[str], Sequence[Sequence[Any]]]]:
    for group in group_parts(parts):
        if group.kind == "tools":
            for call, result, _approval in group.calls:
                if result and isinstance(table := parse_output(result.output), Table):
                    yield call.name, table.columns, table.rows
        elif isinstance(part := group.parts[0], Text):
            for columns, *rows in tables_in(part.text):
                yield "Table", columns, rows
