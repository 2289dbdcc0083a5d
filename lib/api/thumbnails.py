"""The route that gives a small image of an attached image."""

from uuid import UUID

from fastapi.responses import Response

from lib.api.dependencies import Chats
from lib.api.openapi import THUMBNAIL, new_router
from lib.attachments.images import thumbnail
from lib.attachments.kinds import IMAGES
from lib.errors import NoSuchFile

HEADERS = {
    # A file never changes under its id, but it may be deleted, or no longer be shared.
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}

router = new_router("attachments")


# A plain function, so that FastAPI runs it in a thread: it decodes the image.
@router.get("/attachments/{file_id}/thumbnail", response_class=Response, responses=THUMBNAIL)
def attachment_thumbnail(file_id: UUID, chats: Chats) -> Response:
    """An attached image, at most 320 pixels wide and high, upright and without metadata."""
    file = chats.read_file(file_id)
    if file is None or file.attachment["content_type"] not in IMAGES:
        raise NoSuchFile
    picture = thumbnail(f"“{file.attachment['name']}”", file.content, file.attachment["content_type"])
    return Response(picture.content, media_type=picture.content_type, headers=HEADERS)
