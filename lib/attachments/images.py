"""Decodes the images that people attach, within limits: to check them, and to make thumbnails."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Lock
from typing import NamedTuple

from PIL import Image, ImageOps

from lib.errors import BadInput

MAX_PIXELS = 50_000_000
"""Decoded, that is 200 MB. A small file may have any number of pixels."""
THUMBNAIL_PIXELS = 320
"""The longer side."""
DAMAGED = "is damaged or not complete."
# One image at a time, so that memory stays bounded however many people attach images at once.
_decoding = Lock()


class Thumbnail(NamedTuple):
    content_type: str
    content: bytes


def check_image(shown: str, content: bytes, content_type: str) -> None:
    """Raises BadInput if the image cannot be decoded, or has too many pixels. `shown` names it in the sentence."""
    with _opened(shown, content, content_type) as image:
        image.draft("RGB", (image.width // 8, image.height // 8))  # a JPEG is decoded smaller; no effect on others
        image.load()


def thumbnail(shown: str, content: bytes, content_type: str) -> Thumbnail:
    """A small upright image without metadata: JPEG, or PNG if parts of it are transparent. Raises BadInput."""
    with _opened(shown, content, content_type) as image:
        # Makes it small first, because turning costs time.
        image.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
        small = ImageOps.exif_transpose(image)
        small = small.convert("RGBA" if small.has_transparency_data else "RGB")
        small.info.clear()
        kind = "PNG" if small.mode == "RGBA" else "JPEG"
        out = BytesIO()
        small.save(out, kind)
    return Thumbnail(f"image/{kind.lower()}", out.getvalue())


def image_size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels, without decoding. Raises an exception of any type if it is no image."""
    with Image.open(BytesIO(content)) as image:
        return image.size


@contextmanager
def _opened(shown: str, content: bytes, content_type: str) -> Iterator[Image.Image]:
    image_format = content_type.removeprefix("image/").upper()
    try:
        with _decoding, Image.open(BytesIO(content), formats=[image_format]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_many_pixels(shown)
            yield image
    except BadInput:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(shown) from error
    # A broken image may raise anything.
    except Exception as error:
        raise BadInput(f"{shown} {DAMAGED}") from error


def _too_many_pixels(shown: str) -> BadInput:
    return BadInput(f"{shown} has more than {MAX_PIXELS // 1_000_000} million pixels. Make it smaller, please.")
