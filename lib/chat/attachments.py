"""Validates the attachments of a question: facts about files, never the files themselves."""

import json
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from lib.attachments.limits import MAX_FILES, MAX_QUESTION_BYTES
from lib.errors import BadInput
from lib.labels import clean_label
from lib.storable import storable
from lib.store.files import Attachment
from lib.store.validation import cleaned

MAX_NAME_CHARS = 255
MAX_TYPE_CHARS = 255
MAX_URL_CHARS = 2_000
MAX_ATTACHMENTS_BYTES = 32_000
"""For the whole list as JSON. Ten attachments of the greatest length fit if they are ASCII."""
MAX_SIZE_BYTES = 2**53 - 1
"""The largest whole number that every JSON reader represents exactly."""
_ONE_WORD = re.compile(r"https?://\S+", re.IGNORECASE)


def validated_attachments(attachments: Sequence[Attachment]) -> list[Attachment]:
    """The attachments as they are stored. Raises BadInput."""
    if len(attachments) > MAX_FILES:
        raise BadInput(f"A question has at most {MAX_FILES} attachments.")
    kept = [_validated(each) for each in attachments]
    if len(json.dumps(kept, ensure_ascii=False).encode()) > MAX_ATTACHMENTS_BYTES:
        raise BadInput(f"The attachments of a question take at most {MAX_ATTACHMENTS_BYTES:,} bytes together.")
    if sum(each["size"] or 0 for each in kept if "id" in each) > MAX_QUESTION_BYTES:
        raise BadInput(f"The files of a question take at most {MAX_QUESTION_BYTES // 1024**2} MB together.")
    return kept


def _validated(given: Attachment) -> Attachment:
    plain = Attachment(
        name=_line("name", given["name"], MAX_NAME_CHARS),
        content_type=_line("type", given["content_type"], MAX_TYPE_CHARS),
        size=_size(given["size"]),
        url=_link(given["url"]),
    )
    return Attachment(**{**plain, "id": given["id"]}) if "id" in given else plain


def _line(what: str, text: str, most_chars: int) -> str:
    text = clean_label(str(storable(text)))
    if not 0 < len(text) <= most_chars:
        raise BadInput(f"The {what} of an attachment has 1 to {most_chars} characters.")
    return text


def _size(size: int | None) -> int | None:
    if size is not None and not 0 <= size <= MAX_SIZE_BYTES:
        raise BadInput(f"The size of an attachment is from 0 to {MAX_SIZE_BYTES:,} bytes.")
    return size


def _link(url: str | None) -> str | None:
    """Only http and https, because a browser would run others, and without invisible characters."""
    if url is None:
        return None
    if len(url) > MAX_URL_CHARS:
        raise BadInput(f"The link of an attachment has at most {MAX_URL_CHARS:,} characters.")
    if not _ONE_WORD.fullmatch(url) or cleaned(url) != url or not _has_host(url):
        raise BadInput("The link of an attachment is a web address that begins with https:// or http://.")
    return url


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False
