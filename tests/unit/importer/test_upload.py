"""The documents of an uploaded file, and zips that are not what they seem."""

import io
import json
import zipfile
from typing import Any

import pytest

from lib.errors import BadInput
from lib.importer import upload
from lib.importer.refused import NotTakenChat, UnknownDocument
from lib.importer.upload import documents


def zipped(**files: bytes | str) -> io.BytesIO:
    """Underscores in the names stand for dots."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    out.seek(0)
    return out


def found(file: io.BytesIO) -> list[tuple[str, Any]]:
    return [(each.name, each.value) for each in documents(file)]


def test_the_json_files_of_a_zip_are_read_and_its_manifest_is_not() -> None:
    file = zipped(a_json='[{"x": 1}, {"x": 2}]', b_json='{"y": 1}', manifest_json="{}")
    assert found(file) == [("a.json", {"x": 1}), ("a.json, 2", {"x": 2}), ("b.json", {"y": 1})]


def test_a_file_of_a_zip_that_is_no_json_is_named() -> None:
    [(name, value)] = found(zipped(image_png=b"\x89PNG"))
    assert name == "image.png"
    assert isinstance(value, UnknownDocument)


def test_a_broken_file_of_a_zip_does_not_keep_the_others_away() -> None:
    (_, broken), (_, whole) = found(zipped(a_json="[{", b_json='{"y": 1}'))
    assert isinstance(broken, NotTakenChat) and "broken" in str(broken)
    assert whole == {"y": 1}


def test_a_damaged_file_of_a_zip_does_not_keep_the_others_away() -> None:
    data = bytearray(zipped(a_json=json.dumps(["x" * 500]), b_json='{"y": 1}').getvalue())
    at = data.index(b"a.json") + 12
    data[at] ^= 0xFF
    results = found(io.BytesIO(bytes(data)))
    assert isinstance(results[0][1], NotTakenChat)
    assert results[-1] == ("b.json", {"y": 1})


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK" + b"x" * 1000, b"PK\x05\x06" + b"\xff" * 18])
def test_what_only_begins_like_a_zip_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        found(io.BytesIO(data))


def test_an_encrypted_zip_is_refused_with_the_reason() -> None:
    data = bytearray(zipped(a_json="{}").getvalue())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(BadInput, match="encrypted"):
        found(io.BytesIO(bytes(data)))


def test_a_bomb_is_given_up_when_it_has_unpacked_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MAX_UNPACKED_BYTES", 2_000_000)
    bomb = zipped(a_json="[" + "{}," * 500_000 + "{}]", b_json="[" + "{}," * 500_000 + "{}]")
    assert len(bomb.getvalue()) < 10_000
    with pytest.raises(BadInput, match="holds more than"):
        found(bomb)


def test_a_zip_with_too_long_a_directory_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MAX_DIRECTORY_BYTES", 100)
    with pytest.raises(BadInput, match="too many files"):
        found(zipped(a_json="{}", b_json="{}", c_json="{}"))
