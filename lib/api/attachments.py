"""The routes for files of questions: one stores a file before its question is asked, the other gives it back."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated
from uuid import UUID, uuid4

from fastapi import Query, Request
from fastapi.responses import Response

from lib.api.attachment_schemas import KeptFileSchema
from lib.api.dependencies import Chats
from lib.api.openapi import ATTACHMENTS_PATH, FILE_TO_KEEP, KEPT_FILE, new_router
from lib.api.received_file import MAX_MEMORY_BYTES, media_type, receive
from lib.attachments.kinds import IMAGES, recognised
from lib.attachments.names import clean_name
from lib.chat.attachments import MAX_NAME_CHARS
from lib.errors import BadInput, NoSuchFile
from lib.export.file_names import content_disposition
from lib.store.files import Attachment
from lib.store.store import Store

SENT_BY_FORMS = ("", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded")
"""A browser sends these to another site unasked, so a page elsewhere could store a file for its visitor."""
AS_WHAT = "Send the file itself as the body of the request, with the content type application/octet-stream."
# Nothing in a file may run, or load anything, whatever a browser takes it for.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=600",
}
NOT_THERE = "There is no such file."
_STORING = ThreadPoolExecutor(2, "attachments")
"""A file takes several times its size in memory while it is stored, so no more than two are at a time."""

router = new_router("attachments")


@router.post(ATTACHMENTS_PATH, status_code=201, openapi_extra=FILE_TO_KEEP)
async def add_attachment(
    request: Request,
    chats: Chats,
    name: Annotated[str, Query(min_length=1, max_length=MAX_NAME_CHARS)],
    id: Annotated[UUID | None, Query(description="Made by the caller: a repeat stores nothing twice")] = None,
) -> KeptFileSchema:
    """Keep a file, to be attached to a question by its id within a day. The file is the body.

    What it is, is found out from its bytes.
    """
    if media_type(request) in SENT_BY_FORMS:
        raise BadInput(AS_WHAT)
    with SpooledTemporaryFile(MAX_MEMORY_BYTES) as file:
        await receive(request, file)
        store = partial(_store, chats, id or uuid4(), name, file)
        kept = await asyncio.get_running_loop().run_in_executor(_STORING, store)
    return KeptFileSchema.model_validate(kept)


@router.get(f"{ATTACHMENTS_PATH}/{{file_id}}", response_class=Response, responses=KEPT_FILE)
def get_attachment(file_id: UUID, chats: Chats) -> Response:
    """A file of yours, or one of a message that you may read. A browser shows images and saves all others."""
    found = chats.read_file(file_id)
    if found is None:
        raise NoSuchFile(NOT_THERE)
    about = found.attachment
    saved = content_disposition(about["name"])
    is_image = about["content_type"] in IMAGES
    headers = {**HEADERS, "Content-Disposition": saved.replace("attachment", "inline", 1) if is_image else saved}
    return Response(found.content, media_type=about["content_type"], headers=headers)


def _store(chats: Store, file_id: UUID, name: str, file: IO[bytes]) -> Attachment:
    name, content = clean_name(name), file.read()
    return chats.add_file(file_id, name, recognised(name, content), content)
