"""Brings an attached file into the form in which an agent is given it.

Text, CSV and Parquet become text, which every agent reads. Images and PDF files stay data; not all agents take these.
"""

import base64
import csv
import re
from io import StringIO

from lib.attachments.images import for_agent
from lib.attachments.kinds import CSV, IMAGES, PARQUET, PDF
from lib.attachments.parquet import parquet_head
from lib.attachments.table_head import TableHead
from lib.attachments.text import decoded
from lib.errors import BadInput
from lib.messages.files import GivenFile

MAX_TEXT_CHARS = 100_000
"""Of one file: as many as a question may have. The rest is left out, and the agent is told so."""
MAX_GIVEN_BYTES = 3_000_000
"""Of all files as they are sent. A request has 4 MB."""
MAX_PDF_BYTES = 2_200_000
"""Of all PDF files of a question, which in base64 take a third more."""
DATA_TYPES = (*IMAGES, PDF)
_FENCES = {CSV: "csv", PARQUET: "csv", "application/json": "json", "text/markdown": "markdown"}
_TICKS = re.compile("`+")


def given_file(name: str, content_type: str, content: bytes, most_bytes: int = MAX_GIVEN_BYTES) -> GivenFile:
    """The file, taking at most `most_bytes` of a request. Raises BadInput if that cannot be.

    May decode an image, or start a process for Parquet: call it off the event loop.
    """
    shown = f"“{name}”"
    if content_type in IMAGES:
        content_type, content = for_agent(shown, content, content_type, _without_base64(most_bytes))
    if content_type in DATA_TYPES:
        data_url = f"data:{content_type};base64,{base64.b64encode(content).decode()}"
        given = GivenFile(name, content_type, data_url=data_url)
    elif content_type == PARQUET:
        given = GivenFile(name, content_type, text=_table_text(name, parquet_head(shown, content)))
    else:
        text = decoded(content)
        if text is None:
            raise BadInput(f"{shown} cannot be read as text.")
        given = GivenFile(name, content_type, text=_file_text(name, content_type, text))
    if given_bytes(given) > most_bytes:
        raise BadInput(f"{shown} is too large to be sent along. Attach less at once, please.")
    return given


def given_bytes(file: GivenFile) -> int:
    """About what the file takes of a request."""
    return len(file.text.encode("utf-8", "replace")) + len(file.data_url)


def remark(name: str, content_type: str, why: str) -> GivenFile:
    """What the agent reads in place of a file. `why` completes "The attached file … "."""
    return GivenFile(name, content_type, text=f"(The attached file “{name}” {why}.)")


def _without_base64(bytes_in_request: int) -> int:
    return (bytes_in_request - 100) * 3 // 4


def _file_text(name: str, content_type: str, text: str) -> str:
    if len(text) <= MAX_TEXT_CHARS:
        return _block(name, _FENCES.get(content_type, ""), text)
    head = text[:MAX_TEXT_CHARS]
    head = head[: head.rfind("\n") + 1] or head
    note = f"Only the first {len(head):,} of its {len(text):,} characters are given here."
    return _block(name, _FENCES.get(content_type, ""), head, note)


def _table_text(name: str, head: TableHead) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head.columns)
    count = 0
    for row in head.rows:
        end = out.tell()
        writer.writerow(row)
        if out.tell() > MAX_TEXT_CHARS:
            out.truncate(end)
            break
        count += 1
    notes = []
    if count != head.row_count:
        notes.append(f"Only the first {count:,} of its {head.row_count:,} rows are given here.")
    if len(head.columns) < head.column_count:
        notes.append(f"Only the first {len(head.columns):,} of its {head.column_count:,} columns are given here.")
    return _block(name, "csv", out.getvalue(), *notes)


def _block(name: str, language: str, text: str, *notes: str) -> str:
    """The text between fences that it does not contain itself, under the name of its file."""
    fence = "`" * max(3, 1 + max((len(ticks) for ticks in _TICKS.findall(text)), default=0))
    return "\n".join((f"File “{name}”:", "", f"{fence}{language}", text.rstrip("\n"), fence, *notes))
