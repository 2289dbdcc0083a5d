"""Images and other files that an agent sent with its answer."""

import base64
import binascii
from functools import lru_cache
from io import BytesIO

import streamlit as st
from PIL import Image

from lib.messages.parts import File
from lib.messages.web_url import is_web_url
from lib.ui.markdown.escape import escape_text, link

CANNOT_BE_SHOWN = "The agent sent an image that cannot be shown."
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/jpg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
_SVG = "image/svg+xml"


def draw_file(file: File) -> None:
    """Show an image whose data are in the answer. A file on another host becomes a link: the page loads nothing."""
    url, name = file.url, file.name
    kind = "Image" if file.media_type.startswith("image/") else "File"
    if is_web_url(url):
        st.markdown(link(f"{kind}: {name or url}", url))
    elif kind == "Image" and url.startswith("data:"):
        _draw_image(url, name)
    else:
        named = f": {escape_text(name)}" if name else ""
        st.caption(f":material/attach_file: The agent sent {'an image' if kind == 'Image' else 'a file'}{named}")


def _draw_image(url: str, name: str) -> None:
    if can_be_shown(url):
        # Pass the data URL: given anything else, Streamlit would open the image again in every run.
        st.image(url, alt=name or "Image")
    else:
        st.caption(f":material/broken_image: {CANNOT_BE_SHOWN}")


# A page draws all its answers again in every run.
@lru_cache(maxsize=32)
def can_be_shown(url: str) -> bool:
    """Whether the data are an image of the declared type. SVG is safe because an `<img>` runs no scripts."""
    head, _, data = url.partition(",")
    media_type, *parameters = head.removeprefix("data:").lower().split(";")
    if "base64" not in parameters:
        return False
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    if media_type == _SVG:
        return b"<svg" in content
    return media_type in _FORMATS and _is_whole(content, _FORMATS[media_type])


def _is_whole(content: bytes, image_format: str) -> bool:
    try:
        with Image.open(BytesIO(content), formats=[image_format]) as image:
            image.verify()
    # A broken image may raise anything.
    except Exception:
        return False
    return True
