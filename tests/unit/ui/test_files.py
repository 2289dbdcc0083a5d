"""Which data is an image that a browser shows."""

import base64
from io import BytesIO

import pytest
from PIL import Image

from lib.ui.answer.files import can_be_shown


def image(image_format: str) -> bytes:
    made = BytesIO()
    Image.new("RGB", (3, 2), "red").save(made, image_format)
    return made.getvalue()


def address(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_an_image_of_its_declared_type_can_be_shown(image_format: str) -> None:
    media_type = f"image/{image_format.lower()}"
    assert can_be_shown(address(media_type, image(image_format)))
    assert can_be_shown(address(f"{media_type};charset=utf-8", image(image_format)))


def test_an_svg_can_be_shown() -> None:
    assert can_be_shown(address("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"))


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64,AAAA",
        "data:image/png;base64,",
        "data:image/png;base64,%%%",
        "data:image/png,plain",
        "data:",
        address("image/png", image("PNG")[:-20]),
        address("image/png", image("JPEG")),
        address("image/x-icon", image("PNG")),
        address("text/html", b"<svg onload=alert(1)>"),
    ],
)
def test_data_that_is_not_an_image_of_its_type_cannot_be_shown(url: str) -> None:
    assert not can_be_shown(url)
