"""What the demo agent says about the files of a question: what it got, measured, so that a person can compare."""

import base64
import binascii
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO, StringIO

from PIL import Image

from local.demo.answer import markdown_table

ABOUT_FILES = r"\b(files?|attach\w*|images?|pictures?|photos?|screenshots?|pdf|csv|parquet|uploads?)\b"
TABLE_ROWS, TABLE_COLUMNS = 5, 8
_BLOCK = re.compile(
    r"File “(?P<name>[^”]*)”:\n\n(?P<fence>`{3,})(?P<kind>\w*)\n(?P<text>.*?)\n(?P=fence)\n*", re.DOTALL
)
_IMAGE_NAME = re.compile(r"^Image “([^”\n]*)”:(?:\n\n|\Z)", re.MULTILINE)
_NOTE = re.compile(r"Only the first [^\n]* are given here\.\n*")


@dataclass(frozen=True)
class ReceivedFile:
    """`content` are the bytes of an image or a PDF file, and the text of anything else."""

    name: str
    content_type: str
    content: bytes


def take_texts(text: str) -> tuple[list[ReceivedFile], str]:
    """The files that stand in a question as text, and the question itself."""
    files = []
    while block := _BLOCK.match(text):
        content_type = "text/csv" if block["kind"] == "csv" else "text/plain"
        files.append(ReceivedFile(block["name"], content_type, block["text"].encode()))
        text = text[block.end() :]
        while note := _NOTE.match(text):
            text = text[note.end() :]
    return files, text


def take_image_names(text: str, files: Sequence[ReceivedFile]) -> tuple[list[ReceivedFile], str]:
    """The files with the names that stand before images, and the text without these."""
    names = iter(_IMAGE_NAME.findall(text))
    named = [replace(file, name=next(names, "")) if file.content_type.startswith("image/") else file for file in files]
    return named, _IMAGE_NAME.sub("", text)


def from_data_url(name: str, url: str) -> ReceivedFile | None:
    """None if it is no `data:` address in base64."""
    head, _, data = url.partition(",")
    if not head.startswith("data:") or not head.endswith(";base64"):
        return None
    try:
        return ReceivedFile(name, head[len("data:") : -len(";base64")], base64.b64decode(data, validate=True))
    except binascii.Error:
        return None


def describe(files: Sequence[ReceivedFile]) -> str:
    count = "one file" if len(files) == 1 else f"{len(files)} files"
    return "\n\n".join((f"I received {count}.", *(paragraph for file in files for paragraph in _about(file))))


def _about(file: ReceivedFile) -> Iterator[str]:
    named = f"**{file.name}**" if file.name else "The image"
    if file.content_type.startswith("image/"):
        yield f"{named} {_image(file.content)}."
    elif file.content_type == "text/csv":
        yield from _table(named, list(csv.reader(StringIO(file.content.decode()))))
    elif file.content_type == "application/pdf":
        yield f"{named} is a PDF file of {len(file.content):,} bytes. I cannot read it."
    else:
        text = file.content.decode()
        yield f"{named} is a text of {len(text.splitlines()):,} lines and {len(text):,} characters."


def _image(content: bytes) -> str:
    try:
        with Image.open(BytesIO(content)) as image:
            return f"is a {image.format} image of {image.width:,} by {image.height:,} pixels"
    except OSError:
        return f"holds {len(content):,} bytes that are no image I know"


def _table(named: str, rows: list[list[str]]) -> Iterator[str]:
    columns, rows = (rows[0], rows[1:]) if rows else ([], [])
    names = ", ".join(f"`{name}`" for name in columns[:TABLE_COLUMNS])
    yield f"{named} has {len(rows):,} rows and {len(columns):,} columns: {names}."
    if rows:
        shown = [[" ".join(cell.split())[:80] for cell in row[:TABLE_COLUMNS]] for row in rows[:TABLE_ROWS]]
        yield markdown_table(columns[:TABLE_COLUMNS], shown, set())
