"""The files of a question that comes by REST: named by their ids, or within the question as data URLs."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from lib.api.question_schemas import AskedAttachmentSchema
from lib.attachments.kinds import recognised
from lib.attachments.limits import FILE_TOO_LARGE, MAX_FILE_BYTES, MAX_FILES
from lib.attachments.names import clean_name
from lib.errors import BadInput, NoSuchFile, TooLarge
from lib.store.files import Attachment
from lib.store.store import Store

FILE_TYPES = ("input_image", "image_url", "input_file", "file")
NOT_DATA = (
    "A file within a question is a data URL: data:image/png;base64,…. Links are not opened here, and files of other "
    "services are not known."
)
NAMES = {"image/png": "image.png", "image/jpeg": "image.jpg", "image/gif": "image.gif", "image/webp": "image.webp"}


def attached(chats: Store, given: Sequence[AskedAttachmentSchema]) -> list[Attachment]:
    """What is told of them. Raises NoSuchFile for an id that is none of the user's files."""
    ids = [each.id for each in given if each.id]
    kept = {about["id"]: about for about in (chats.find_files(ids) if ids else ()) if "id" in about}
    return [kept[str(each.id)] if str(each.id) in kept else _elsewhere(each) for each in given]


def files_in(content: str | Sequence[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    """The parts of a question that are files."""
    return [] if isinstance(content, str) else [part for part in content or () if part.get("type") in FILE_TYPES]


def added(chats: Store, question_id: UUID, parts: Iterable[Mapping[str, Any]]) -> list[Attachment]:
    """Keep these files of a question; repeated with the same question, it keeps none twice.

    Raises BadInput, and TooLarge.
    """
    files = [_file_in(part) for part in parts]
    if len(files) > MAX_FILES:
        raise BadInput(f"A question has at most {MAX_FILES} attachments.")
    typed = [(name, recognised(name, content), content) for name, content in files]  # before any is kept
    return [chats.add_file(uuid5(question_id, f"file {place}"), *file) for place, file in enumerate(typed)]


def _elsewhere(given: AskedAttachmentSchema) -> Attachment:
    if given.id:
        raise NoSuchFile
    return Attachment(name=given.name or "", content_type=given.content_type or "", size=given.size, url=given.url)


def _file_in(part: Mapping[str, Any]) -> tuple[str, bytes]:
    """Its name and its bytes."""
    inner = next((each for each in (part.get("image_url"), part.get("file")) if isinstance(each, Mapping)), {})
    fields = {**part, **inner}
    urls = (fields.get(name) for name in ("file_data", "url", "image_url"))
    media_type, content = _data_of(next((url for url in urls if isinstance(url, str)), ""))
    name = fields.get("filename") or fields.get("name")
    return clean_name(name if isinstance(name, str) else NAMES.get(media_type, "file")), content


def _data_of(url: str) -> tuple[str, bytes]:
    head, comma, data = url.partition(",")
    if not (comma and head.startswith("data:") and head.endswith(";base64")):
        raise BadInput(NOT_DATA)
    if len(data) > MAX_FILE_BYTES * 4 / 3 + 4:
        raise TooLarge(FILE_TOO_LARGE)
    try:
        return head.removeprefix("data:").partition(";")[0].lower(), base64.b64decode(data, validate=True)
    except ValueError:  # also for signs that are not ASCII
        raise BadInput("The base64 of a file is damaged.") from None
