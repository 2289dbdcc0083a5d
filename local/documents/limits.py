"""The limits that no setting changes, from their constants."""

from lib.attachments.limits import MAX_FILES
from lib.chat.attachments import MAX_ATTACHMENTS_BYTES, MAX_NAME_CHARS, MAX_TYPE_CHARS, MAX_URL_CHARS
from local.documents.table import table

OF_ATTACHMENTS = {
    "attachments of a question": MAX_FILES,
    "characters of an attachment's name": MAX_NAME_CHARS,
    "characters of an attachment's type": MAX_TYPE_CHARS,
    "characters of an attachment's link": MAX_URL_CHARS,
    "bytes of a question's attachments together, as JSON": MAX_ATTACHMENTS_BYTES,
}


def fixed_limits() -> str:
    return table(("what", "most"), [(what, f"{most:,}") for what, most in OF_ATTACHMENTS.items()])
