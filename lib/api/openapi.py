"""What all routes have in common in the OpenAPI description."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from lib.api.schemas import ErrorSchema, OpenAIErrorSchema
from lib.export.chat_file import FORMATS

MAX_PAGE = 100
CURSOR = r"^[A-Za-z0-9_-]{1,100}$"
MAX_BODY_BYTES = 1_000_000
MAX_QUESTION_BODY_BYTES = 15_000_000
"""Of a question that carries its files in itself, as data URLs."""
IMPORT_PATH, ATTACHMENTS_PATH = "/import", "/attachments"
QUESTION_PATHS = ("/chat", "/v1/responses")
RETRY_AFTER = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}}
_DESCRIPTIONS = {
    400: "The request cannot be used as it is",
    401: "The platform did not say who is asking",
    403: "Only for admins",
    404: "Does not exist, or is not yours",
    409: "An answer is still being written in this chat, or more was said in it than the asker knew",
    410: "A chat of yours that was deleted, or is in the trash",
    413: "The body is too large",
    422: "The request is not as described here, or a result cannot be compared or drawn",
    429: "Too many requests, or too many answers at once",
    500: "Unforeseen",
    503: "The database does not answer, or the app is starting or ending",
}


def _errors(schema: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    return {
        status: {
            "model": schema,
            "description": description,
            **({"headers": RETRY_AFTER} if status in (429, 503) else {}),
        }
        for status, description in _DESCRIPTIONS.items()
    }


NOTHING: dict[int | str, dict[str, Any]] = {204: {"description": "Nothing is kept, or nothing runs"}}
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "The answer as server-sent events"}
}
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {each.media_type.partition(";")[0]: {} for each in FORMATS.values()}, "description": "A file"}
}
THUMBNAIL: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {}, "image/png": {}}, "description": "A small image"}
}
FILE_TO_IMPORT = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("application/json", "application/zip")
        },
    }
}
FILE_TO_KEEP = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
KEPT_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"*/*": {}}, "description": "The file"}}
ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {}}, "description": "A file for each chat"}
}


def new_router(tag: str) -> APIRouter:
    return APIRouter(tags=[tag], responses=_errors(ErrorSchema))


def new_openai_router(tag: str) -> APIRouter:
    """For addresses under /v1, whose errors have the shape of OpenAI's."""
    return APIRouter(prefix="/v1", tags=[tag], responses=_errors(OpenAIErrorSchema))
