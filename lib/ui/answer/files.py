"""Images and other files that an agent sent with its answer."""

import base64
import binascii
from functools import lru_cache
from io import BytesIO

import streamlit as st
from PIL import Image

from lib.messages.parts import File
from lib.messages.web_url import is_web_url
from lib.ui.language import N_, _
from lib.ui.markdown.escape import escape_text, link

CANNOT_BE_SHOWN = N_("The agent sent an image that cannot be shown.")
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/jpg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
_SVG = "image/svg+xml"


def draw_file(file: File) -> None:
    """Show an image whose data are in the answer. A file on another host becomes a link: the page loads nothing."""
    url, name = file.url, file.name
    is_image = file.media_type.startswith("image/")
    if is_web_url(url):
        label = _("Image: {name}") if is_image else _("File: {name}")
        st.markdown(link(label.format(name=name or url), url))
    elif is_image and url.startswith("data:"):
        _draw_image(url, name)
    else:
        st.caption(f":material/attach_file: {_sent(name, is_image=is_image)}")


def _sent(name: str, *, is_image: bool) -> str:
    if name:
        text = _("The agent sent an image: {name}") if is_image else _("The agent sent a file: {name}")
    else:
        text = _("The agent sent an image") if is_image else _("The agent sent a file")
    return text.format(name=escape_text(name))


def _draw_image(url: str, name: str) -> None:
    if can_be_shown(url):
        # Pass the data URL: given anything else, Streamlit would open the image again in every run.
        st.image(url, alt=name or _("Image"))
    else:
        st.caption(f":material/broken_image: {_(CANNOT_BE_SHOWN)}")


# A page draws all its answers again in every run.
@lru_cache(maxsize=32)
def can_be_shown(url: str) -> bool:
    """Whether the data are an image of the declared type. SVG is safe because an `<img>` runs no scripts."""
    head, _comma, data = url.partition(",")
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
