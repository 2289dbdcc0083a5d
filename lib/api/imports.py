"""The route by which chats are brought back."""

import asyncio
from tempfile import SpooledTemporaryFile

from fastapi import Request

from lib.api.dependencies import Chats, CurrentUser, Process
from lib.api.import_schemas import ImportSchema, SkippedSchema
from lib.api.openapi import FILE_TO_IMPORT, IMPORT_PATH, new_router
from lib.api.received_file import MAX_MEMORY_BYTES, media_type, receive
from lib.errors import BadInput
from lib.importer.pauses import resting
from lib.importer.run import import_file

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
    if media_type(request) not in MEDIA_TYPES:
        raise BadInput(AS_WHAT)
    with process.imports.place(user.id), SpooledTemporaryFile(MAX_MEMORY_BYTES) as file:
        await receive(request, file)
        report = await asyncio.to_thread(import_file, chats, file, resting(lambda: process.closing))
    skipped = [SkippedSchema(title=each.title, reason=each.reason) for each in report.all_skipped]
    return ImportSchema(imported=report.imported, unchanged=report.unchanged, skipped=skipped)
