"""The route by which chats are brought back."""

import asyncio
from tempfile import SpooledTemporaryFile
from typing import IO

from fastapi import Request
from starlette.requests import ClientDisconnect

from lib.api.dependencies import Chats, CurrentUser, Process
from lib.api.import_schemas import ImportSchema, SkippedSchema
from lib.api.openapi import FILE_TO_IMPORT, IMPORT_PATH, new_router
from lib.errors import BadInput
from lib.importer.pauses import resting
from lib.importer.run import import_file

MAX_MEMORY_BYTES = 1_000_000
"""Of a file that is being received; a longer one goes on on the disk."""
SILENT_SECONDS = 60
"""For so long a client may send nothing of its file."""
STALLED = f"Nothing of the file came for {SILENT_SECONDS} seconds. Try again."
MEDIA_TYPES = ("application/json", "application/zip", "application/x-zip-compressed", "application/octet-stream")
"""A browser sends none of them to another site unasked, so no page elsewhere can import for its visitor."""
AS_WHAT = "Send the file itself as the body of the request, with the content type application/json or application/zip."

router = new_router("import")


@router.post(IMPORT_PATH, openapi_extra=FILE_TO_IMPORT)
async def import_chats(request: Request, user: CurrentUser, chats: Chats, process: Process) -> ImportSchema:
    """Bring chats back from a file: Lakechat's JSON or zip, ChatGPT's export, Open WebUI's export. It is the body.

    Imported again, a file changes nothing. Each chat is stored whole or not at all; after an error, import the file
    again to go on from there.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in MEDIA_TYPES:
        raise BadInput(AS_WHAT)
    with process.imports.place(user.id), SpooledTemporaryFile(MAX_MEMORY_BYTES) as file:
        await _receive(request, file)
        report = await asyncio.to_thread(import_file, chats, file, resting(lambda: process.closing))
    skipped = [SkippedSchema(title=each.title, reason=each.reason) for each in report.all_skipped]
    return ImportSchema(imported=report.imported, unchanged=report.unchanged, skipped=skipped)


async def _receive(request: Request, file: IO[bytes]) -> None:
    pieces = aiter(request.stream())
    try:
        while piece := await asyncio.wait_for(anext(pieces, b""), SILENT_SECONDS):
            file.write(piece)
    except (TimeoutError, ClientDisconnect):
        raise BadInput(STALLED) from None
    file.seek(0)
