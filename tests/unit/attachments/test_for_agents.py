"""The form in which an agent is given a file."""

import base64
from io import BytesIO

import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from lib.attachments.for_agents import MAX_TEXT_CHARS, given_bytes, given_file
from lib.attachments.images import thumbnail
from lib.errors import BadInput
from lib.messages.files import GivenFile

PARQUET = "application/vnd.apache.parquet"


def noise(width: int, height: int, kind: str = "PNG", mode: str = "RGB", **options: object) -> bytes:
    out = BytesIO()
    image = Image.effect_noise((width, height), 90).convert(mode)
    image.save(out, kind, **options)
    return out.getvalue()


def decoded_image(file: GivenFile) -> Image.Image:
    return Image.open(BytesIO(base64.b64decode(file.data_url.partition(",")[2])))


def test_a_text_is_given_between_fences_that_it_does_not_contain() -> None:
    given = given_file("a.md", "text/markdown", "Use\r\n````sql\nSELECT 1\n````\n".encode("utf-16"))
    assert given.text == "File “a.md”:\n\n`````markdown\nUse\r\n````sql\nSELECT 1\n````\n`````"
    assert given.data_url == ""


def test_a_long_text_is_cut_at_a_line_and_the_agent_is_told() -> None:
    line = "2026-11-27,North,1234567\n"
    given = given_file("a.csv", "text/csv", line.encode() * 100_000)
    *lines, fence, note = given.text.split("\n")
    assert (fence, lines[2]) == ("```", "```csv")
    assert {each + "\n" for each in lines[3:]} == {line}
    assert note == "Only the first 100,000 of its 2,500,000 characters are given here."
    assert len(given_file("a.txt", "text/plain", b"x" * 5_000_000).text) < MAX_TEXT_CHARS + 200


def test_a_parquet_file_is_given_as_csv_with_its_size() -> None:
    out = BytesIO()
    parquet.write_table(pa.table({"day": ["Mon", None], "n, m": [1, 2]}), out)
    assert given_file("a.parquet", PARQUET, out.getvalue()).text == (
        'File “a.parquet”:\n\n```csv\nday,"n, m"\nMon,1\n,2\n```'
    )
    out = BytesIO()
    parquet.write_table(pa.table({f"c{column}": range(1_000) for column in range(201)}), out)
    text = given_file("wide.parquet", PARQUET, out.getvalue()).text
    assert len(text) < MAX_TEXT_CHARS + 300
    assert text.endswith("of its 201 columns are given here.") and "of its 1,000 rows are given here." in text


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("JPEG", "CMYK"), ("WEBP", "RGB"), ("PNG", "L")])
def test_a_large_image_is_made_smaller_until_it_fits_and_a_small_one_stays_as_it_is(kind: str, mode: str) -> None:
    content, content_type = noise(800, 600, kind, mode), f"image/{kind.lower()}"
    given = given_file("a", content_type, content, most_bytes=120_000)
    assert given_bytes(given) <= 120_000 and given.content_type == "image/jpeg"
    assert decoded_image(given).format == "JPEG" and max(decoded_image(given).size) >= 512
    small = noise(40, 30, kind, mode)
    assert base64.b64decode(given_file("a", content_type, small).data_url.partition(",")[2]) == small


def test_a_pdf_file_that_does_not_fit_is_refused_by_its_name() -> None:
    pdf = b"%PDF-1.7" + b"x" * 1_000_000
    assert given_file("a.pdf", "application/pdf", pdf).data_url.startswith("data:application/pdf;base64,JVBERi0xLjd4")
    with pytest.raises(BadInput, match=r"“a\.pdf” is too large to be sent along"):
        given_file("a.pdf", "application/pdf", pdf, most_bytes=1_000_000)


def test_a_thumbnail_is_small_upright_and_says_nothing_of_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "taken at home"
    photo = noise(600, 400, "JPEG", exif=exif, comment=b"taken at home")
    made = thumbnail("a", photo + b"<script>", "image/jpeg")
    with Image.open(BytesIO(made.content)) as small:
        assert (made.content_type, small.size) == ("image/jpeg", (213, 320))
        assert not small.getexif() and "comment" not in small.info
    assert b"taken at home" not in made.content and b"<script>" not in made.content


def test_the_thumbnail_of_a_transparent_image_stays_transparent() -> None:
    made = thumbnail("a", noise(480, 320, "PNG", "RGBA"), "image/png")
    with Image.open(BytesIO(made.content)) as small:
        assert (made.content_type, small.size, small.mode) == ("image/png", (320, 213), "RGBA")
