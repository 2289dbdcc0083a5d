"""The files of questions in what is taken away: small images in an HTML file, all of them in a zip."""

import base64
from collections.abc import Iterable, Iterator
from html import escape
from uuid import UUID

from lib.attachments.kinds import IMAGES
from lib.errors import FilesUnavailable
from lib.export.file_names import safe_name
from lib.export.source import ChatSource
from lib.store.files import Attachment, StoredFile

FOLDER = "files"
MAX_EMBEDDED_BYTES = 2_000_000
"""Of one image; a larger one is only named."""


def embedded(source: ChatSource, attachments: Iterable[Attachment]) -> Iterator[str]:
    """The images among them, each as an element of HTML."""
    for each in attachments:
        if (
            each["content_type"] in IMAGES
            and (each["size"] or 0) <= MAX_EMBEDDED_BYTES
            and (file := read(source, each))
        ):
            data = base64.b64encode(file.content).decode()
            yield f'<p><img src="data:{each["content_type"]};base64,{data}" alt="{escape(each["name"])}"></p>\n'


def read(source: ChatSource, attachment: Attachment) -> StoredFile | None:
    """None where it cannot be had: a chat is not lost with a file."""
    if "id" not in attachment:
        return None
    try:
        return source.store.read_file(UUID(attachment["id"]))
    except FilesUnavailable:
        return None


def path_of(attachment: Attachment) -> str:
    """In the zip."""
    return f"{FOLDER}/{attachment['id']}/{safe_name(attachment['name'])}"
