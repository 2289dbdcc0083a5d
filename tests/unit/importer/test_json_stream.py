"""A JSON file is read value by value."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from lib.errors import BadInput
from lib.importer import json_stream
from lib.importer.json_stream import PIECE_CHARS, values


def read(text: str | bytes) -> list[Any]:
    return list(values(io.BytesIO(text if isinstance(text, bytes) else text.encode())))


@pytest.mark.parametrize(
    "items",
    [[], [{}], [1], [1.5, "a", None], [{"a": [1, {"b": "]}"}]}] * 3, [{"long": "ä🏔" * PIECE_CHARS}, {"next": '\\"'}]],
)
def test_the_items_of_a_list_come_one_by_one(items: list[Any]) -> None:
    assert read(json.dumps(items)) == items
    assert read(json.dumps(items, ensure_ascii=False, indent=2)) == items


def test_many_items_over_many_pieces_are_all_found() -> None:
    items = [{"number": number, "text": "x" * (number % 97)} for number in range(20_000)]
    text = json.dumps(items)
    assert len(text) > 4 * PIECE_CHARS
    assert read(text) == items


def test_a_single_value_is_a_file_too() -> None:
    assert read('\ufeff {"a": 1} \n') == [{"a": 1}]
    assert read("12345") == [12345]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[1 2]",
        "[1]]",
        "{} {}",
        '{"a": ',
        "hello",
        "<html>",
        b"\xff\xfe\x00",
        b"\x89PNG",
    ],
)
def test_a_broken_file_is_refused_with_a_sentence(text: str | bytes) -> None:
    with pytest.raises(BadInput, match="broken, or of another kind"):
        read(text)


def test_what_comes_before_the_break_is_read() -> None:
    found = values(io.BytesIO(b'[{"a": 1}, {"b": '))
    assert next(found) == {"a": 1}
    with pytest.raises(BadInput):
        next(found)


def test_a_value_nested_too_deeply_is_refused() -> None:
    with pytest.raises(BadInput, match="nested too deeply"):
        read("[" + "[" * 100_000)


def test_a_value_that_is_too_long_is_refused_before_all_of_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_CHAT_CHARS", 1_000_000)
    file = io.BytesIO(b'[{"a": "' + b"x" * 10_000_000)
    with pytest.raises(BadInput, match="million characters"):
        list(values(_remembering(file, positions := [])))
    assert max(positions) < 3_000_000


def _remembering(file: io.BytesIO, positions: list[int]) -> Any:
    read1: Callable[..., bytes] = file.read1

    class Remembering(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            piece = read1(size)
            positions.append(file.tell())
            return piece

        def read(self, size: int | None = -1, /) -> bytes:
            piece = file.read(size)
            positions.append(file.tell())
            return piece

    return Remembering()
