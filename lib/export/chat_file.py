"""One chat as a file: in which formats, under which name, and made whole before anybody gets a byte of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Literal

from lib.export import format as own_format
from lib.export.as_html import write_html
from lib.export.as_json import write_json
from lib.export.as_markdown import write_markdown
from lib.export.source import ChatSource

FormatName = Literal["markdown", "json", "html"]
MAX_MEMORY_BYTES = 1_000_000
"""Of a file that is being made; a longer one goes on on the disk."""


@dataclass(frozen=True)
class FileFormat:
    suffix: str
    media_type: str
    write: Callable[[ChatSource], Iterator[str]]


FORMATS: dict[FormatName, FileFormat] = {
    "markdown": FileFormat(".md", "text/markdown; charset=utf-8", write_markdown),
    "json": FileFormat(".json", own_format.MEDIA_TYPE, write_json),
    "html": FileFormat(".html", "text/html; charset=utf-8", write_html),
}


def make_file(source: ChatSource, name: FormatName) -> IO[bytes]:
    """The whole file, read from its beginning. Whoever gets it closes it, which deletes it.

    Raises NotFound for a chat that was deleted meanwhile, and DatabaseUnavailable.
    """
    # Closed by the caller; here only where it was not finished.
    file = SpooledTemporaryFile(MAX_MEMORY_BYTES)  # noqa: SIM115
    try:
        for text in FORMATS[name].write(source):
            file.write(text.encode())
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file
