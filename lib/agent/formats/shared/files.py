"""Reads images and other files from an answer in any format."""

import re
from typing import Any
from urllib.parse import urlsplit

from lib.agent.formats.shared.values import name_of
from lib.messages.parts import File

MAX_DATA_CHARS = 1_500_000
"""The longest `data:` address that is stored with an answer. Of a larger file only the name is stored."""
_DATA = re.compile(r"data:([\w.+-]+/[\w.+-]+)(?:;[\w.+-]+=[\w.+\"-]+)*;base64,[A-Za-z0-9+/=_\s-]+\Z")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}\Z")
_FILE_FIELDS = (
    *("image_url", "input_image", "output_image", "image_file", "image", "video_url", "file_url"),
    *("input_audio", "audio", "file", "source", "resource", "inline_data", "inlineData", "file_data"),
)
"""Fields that hold a file: an address, or an object with the fields of the file."""
_FILE_KINDS = {
    **dict.fromkeys(
        ("image_url", "image", "input_image", "output_image", "image_file", "image_generation_call"), "image"
    ),
    **dict.fromkeys(("audio", "input_audio", "output_audio"), "audio"),
    **dict.fromkeys(("video", "video_url"), "video"),
    **dict.fromkeys(("file", "input_file", "output_file", "document", "resource_link", "media", "file_url"), ""),
}
_MEDIA_TYPES = {
    **{"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"},
    **{"svg": "image/svg+xml", "pdf": "application/pdf", "csv": "text/csv", "mp3": "audio/mpeg", "wav": "audio/wav"},
}
_DEFAULT_MEDIA_TYPES = {
    "image": "image/png",
    "audio": "audio/wav",
    "video": "video/mp4",
    "": "application/octet-stream",
}


def file_of(part: Any) -> File | None:
    """The file in a part of a content; None for other parts."""
    if not isinstance(part, dict):
        return None
    kind = _FILE_KINDS.get(name_of(part.get("type")))
    if kind is None:
        if not isinstance(part.get("inline_data", part.get("inlineData")), dict):
            return None
        kind = ""
    fields = _flat(part)
    url, media_type = _address(fields), _first(fields, "media_type", "mime_type", "mimeType", "format", "output_format")
    if data_url := _DATA.match(url):
        media_type = data_url[1]
    elif "/" not in media_type:
        media_type = (
            _MEDIA_TYPES.get(media_type.lower())
            or _MEDIA_TYPES.get(_extension(url or _name(fields)))
            or _DEFAULT_MEDIA_TYPES[kind]
        )
    if not url and (data := _first(fields, "data", "b64_json", "base64", "bytes", "result", "image", "file_data")):
        url = f"data:{media_type};base64,{data}" if _BASE64.match(data) else ""
    name = _name(fields) or ("" if _is_web(url) or _is_small_data(url) else f"{kind or 'file'}{_size(url)}")
    return File(media_type, url if _is_web(url) or _is_small_data(url) else "", name)


def files_of(content: Any) -> list[File]:
    """The files of all parts."""
    parts = content if isinstance(content, list) else [content]
    return [file for part in parts if (file := file_of(part))]


def images_of(images: Any) -> list[File]:
    """The files of a list of images, whose entries need no type."""
    entries = images if isinstance(images, list) else []
    return files_of([{"type": "image", **(each if isinstance(each, dict) else {"image": each})} for each in entries])


def _flat(part: dict[str, Any]) -> dict[str, Any]:
    """The fields of the file, whether they are in the part or one level deeper."""
    fields = {}
    for key in _FILE_FIELDS:
        value = part.get(key)
        if isinstance(value, dict):
            fields.update({name: inner for name, inner in value.items() if name != "type"})
        elif isinstance(value, str):
            fields.setdefault("url" if "://" in value[:20] or value.startswith("data:") else key, value)
    return {**part, **fields}


def _address(fields: dict[str, Any]) -> str:
    return next(
        (
            value
            for key in ("url", "uri", "file_uri", "fileUri", "file_url", "data", "file_data", "result")
            if isinstance(value := fields.get(key), str) and (_is_web(value) or value.startswith("data:"))
        ),
        "",
    )


def _name(fields: dict[str, Any]) -> str:
    return _first(fields, "filename", "file_name", "name", "title", "file_id", "fileId", "uri").strip()


def _first(fields: dict[str, Any], *keys: str) -> str:
    return next((value for key in keys if isinstance(value := fields.get(key), str) and value), "")


def _extension(address: str) -> str:
    return urlsplit(address).path.rpartition(".")[2].lower() if not address.startswith("data:") else ""


def _is_web(url: str) -> bool:
    return url.startswith(("https://", "http://"))


def _is_small_data(url: str) -> bool:
    return len(url) <= MAX_DATA_CHARS and bool(_DATA.match(url))


def _size(url: str) -> str:
    return f" of {len(url) * 3 / 4 / 1_000_000:.1f} MB, too large to be kept" if len(url) > MAX_DATA_CHARS else ""
