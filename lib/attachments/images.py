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
FOR_AGENTS = ((2_048, 85), (1_568, 80), (1_024, 75), (768, 70), (512, 60))
"""Sizes for an agent, the best first: the longer side in pixels, and the quality. Models make images no larger."""
DAMAGED = "is damaged or not complete."
# One image at a time, so that memory stays bounded however many people attach images at once.
_decoding = Lock()


class Picture(NamedTuple):
    content_type: str
    content: bytes


def check_image(shown: str, content: bytes, content_type: str) -> None:
    """Raises BadInput if the image cannot be decoded, or has too many pixels. `shown` names it in the sentence."""
    with _opened(shown, content, content_type) as image:
        image.draft("RGB", (image.width // 8, image.height // 8))  # a JPEG is decoded smaller; no effect on others
        image.load()


def thumbnail(shown: str, content: bytes, content_type: str) -> Picture:
    """A small upright image without metadata: JPEG, or PNG if parts of it are transparent. Raises BadInput."""
    with _opened(shown, content, content_type) as image:
        return _encoded(_upright(image, THUMBNAIL_PIXELS))


def for_agent(shown: str, content: bytes, content_type: str, most_bytes: int) -> Picture:
    """The image as it is if it is small enough, else as the best JPEG that is. Raises BadInput."""
    if len(content) <= most_bytes:
        return Picture(content_type, content)
    for side, quality in FOR_AGENTS:
        with _opened(shown, content, content_type) as image:
            small = _encoded(_on_white(_upright(image, side)), quality)
        if len(small.content) <= most_bytes:
            return small
    raise BadInput(f"{shown} is too large to be sent along. Attach fewer files at once, please.")


def _upright(image: Image.Image, side: int) -> Image.Image:
    """Without metadata. It is made small first, because turning costs time."""
    image.thumbnail((side, side))
    small = ImageOps.exif_transpose(image)
    small = small.convert("RGBA" if small.has_transparency_data else "RGB")
    small.info.clear()
    return small


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _encoded(image: Image.Image, quality: int = 80) -> Picture:
    kind = "PNG" if image.mode == "RGBA" else "JPEG"
    out = BytesIO()
    image.save(out, kind, quality=quality)
    return Picture(f"image/{kind.lower()}", out.getvalue())


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
