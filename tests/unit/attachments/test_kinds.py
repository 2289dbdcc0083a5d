"""What a file is said to be: recognised from its bytes, and refused where its name lies."""

import struct
import zlib
from io import BytesIO

import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet
from pyarrow.parquet.encryption import (
    CryptoFactory,
    EncryptionConfiguration,
    KmsClient,
    KmsConnectionConfig,
)

from lib.attachments.kinds import recognised
from lib.attachments.limits import MAX_FILE_BYTES
from lib.attachments.parquet_child import MAX_FILE_COLUMNS
from lib.errors import BadInput


def image(kind: str, mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> bytes:
    out = BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


def parquet_file(columns: dict[str, list[object]], **options: object) -> bytes:
    out = BytesIO()
    parquet.write_table(pa.table(columns), out, **options)
    return out.getvalue()


def pixel_bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims these sizes, whole and correct as far as it goes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


PNG, PDF = image("PNG"), b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PARQUET = parquet_file({"region": ["North", "South"], "revenue": [1, 2]})
CSV = b"region,revenue\nNorth,1\n"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.png", PNG, "image/png"),
        ("a.jpg", image("JPEG"), "image/jpeg"),
        ("a.gif", image("GIF"), "image/gif"),
        ("a.webp", image("WEBP"), "image/webp"),
        ("renamed.png", image("JPEG"), "image/jpeg"),
        ("pasted", PNG, "image/png"),
        ("a.pdf", PDF, "application/pdf"),
        ("a.parquet", PARQUET, "application/vnd.apache.parquet"),
        ("no-extension", PARQUET, "application/vnd.apache.parquet"),
        ("a.csv", CSV, "text/csv"),
        ("A.CSV", b"\xef\xbb\xbf" + CSV, "text/csv"),
        ("a.csv", CSV.decode().encode("utf-16"), "text/csv"),
        ("a.tsv", b"a\tb\n", "text/tab-separated-values"),
        ("a.json", b"{}", "application/json"),
        ("README.md", "# Zürich".encode(), "text/markdown"),
        ("query.sql", b"SELECT 1", "text/plain"),
        ("Dockerfile", b"FROM scratch", "text/plain"),
        ("GIF89a.txt", b"GIF89a is how a GIF begins", "text/plain"),
        # What a browser would run is source code like any other.
        ("page.html", b"<script>alert(1)</script>", "text/plain"),
        ("drawing", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "text/plain"),
        ("one-line.csv", b"x" * MAX_FILE_BYTES, "text/csv"),
        # Two files in one: it is what it begins with, and nothing else is ever said about it.
        ("polyglot.png", PNG + b"<script>alert(1)</script>", "image/png"),
        ("polyglot.js", b"GIF89a=1;/*" + b"*/alert(1)", "text/plain"),
    ],
)
def test_a_file_is_recognised(name: str, content: bytes, kind: str) -> None:
    assert recognised(name, content) == kind


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.png", b"", "“a.png” is empty."),
        ("a.png", b"<html><script>", "“a.png” is not PNG, although its name says so."),
        ("a.png", PDF, "“a.png” is not PNG, although its name says so."),
        ("a.pdf", PNG, "“a.pdf” is not PDF, although its name says so."),
        ("a.pdf", b"junk " + PDF, "“a.pdf” is not PDF, although its name says so."),
        ("a.pdf", PDF[:20], "“a.pdf” is damaged or not complete."),
        ("a.csv", PNG, "“a.csv” is not text in UTF-8 or UTF-16, although its name says so."),
        ("a.csv", b"a,b\n1,\0", "“a.csv” is not text in UTF-8 or UTF-16, although its name says so."),
        ("a.csv", "Zürich".encode("latin-1"), "“a.csv” is not text in UTF-8 or UTF-16, although its name says so."),
        ("a.txt", "odd".encode("utf-16")[:-1], "“a.txt” is not text in UTF-8 or UTF-16, although its name says so."),
        ("a.txt", "wide".encode("utf-32"), "“a.txt” is not text in UTF-8 or UTF-16, although its name says so."),
        ("a.bin", b"\x7fELF\x02\x01\x01\0", "“a.bin” is of a type that is not taken."),
        ("a.svg", b"<svg/>", "“a.svg” is an SVG image, which may contain programs."),
        ("a.png", b"<svg/>", "“a.png” is not PNG, although its name says so."),
        ("a.xlsx", b"PK\3\4", "“a.xlsx” is a workbook. Save the sheet as CSV and attach that."),
        ("a.png", PNG[:-30], "“a.png” is damaged or not complete."),
        ("a.jpg", image("JPEG", size=(400, 300))[:-300], "“a.jpg” is damaged or not complete."),
        ("a.gif", b"GIF89a", "“a.gif” is damaged or not complete."),
        ("a.webp", b"RIFF\x10\0\0\0WEBPVP8 ", "“a.webp” is damaged or not complete."),
        ("bomb.png", pixel_bomb(8_000, 8_000), "“bomb.png” has more than 50 million pixels."),
        ("bomb.png", pixel_bomb(30_000, 30_000), "“bomb.png” has more than 50 million pixels."),
        ("lie.png", pixel_bomb(5_000, 5_000), "“lie.png” is damaged or not complete."),
        ("a.parquet", PARQUET[:-9], "“a.parquet” is damaged or not complete."),
        ("a.parquet", PARQUET[:-4] + b"PARE", "“a.parquet” is encrypted"),
        ("a.parquet", b"PAR1" * 3, "“a.parquet” is damaged, or it unpacks to more than can be read here."),
        ("../../etc/pass\nwd\u202egnp.exe.png", b"x", "“pass wdgnp.exe.png” is not PNG"),
        ("C:\\secret\\a.png", b"x", "“a.png” is not PNG"),
        ("\u202e\0", b"", "“file” is empty."),
        ("x" * 500 + ".png", b"", f"“{'x' * 115}….png” is empty."),
    ],
)
def test_a_file_that_is_not_taken_is_named_in_one_sentence(name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        recognised(name, content)
    assert str(refused.value).startswith(sentence)


def test_a_parquet_file_that_unpacks_to_gigabytes_is_refused() -> None:
    """It lies about nothing: 100 cells refer to one long string."""
    long = pa.DictionaryArray.from_arrays([0] * 100, ["x" * 12_000_000])
    bomb = parquet_file({"a": long}, compression="zstd", write_statistics=False)
    assert len(bomb) < 1_000_000
    with pytest.raises(BadInput, match=r"“bomb\.parquet” is damaged, or it unpacks to more than can be read here"):
        recognised("bomb.parquet", bomb)


def test_a_parquet_file_of_very_many_columns_is_refused() -> None:
    with pytest.raises(BadInput, match=r"“wide\.parquet” is damaged, or it unpacks to more than can be read here"):
        recognised("wide.parquet", parquet_file({f"c{number}": [1] for number in range(MAX_FILE_COLUMNS + 1)}))


class _OneKey(KmsClient):
    def __init__(self, _: object) -> None:
        KmsClient.__init__(self)

    def wrap_key(self, key: bytes, _: str) -> str:
        return key.hex()


@pytest.mark.parametrize("has_plain_footer", [True, False])
def test_an_encrypted_parquet_file_is_refused(has_plain_footer: bool) -> None:
    settings = EncryptionConfiguration("key", column_keys={"key": ["a"]}, plaintext_footer=has_plain_footer)
    properties = CryptoFactory(_OneKey).file_encryption_properties(KmsConnectionConfig(), settings)
    with pytest.raises(BadInput, match=r"“a\.parquet” is"):
        recognised("a.parquet", parquet_file({"a": [1]}, encryption_properties=properties))
