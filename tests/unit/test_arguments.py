"""What a tool was called with, as it is shown."""

import json

import pytest

from lib.messages.arguments import arguments_of


@pytest.mark.parametrize(
    ("arguments", "codes", "rest"),
    [
        ({"query": "SELECT 1"}, [("sql", "SELECT 1")], None),
        ({"sql": "-- all\nFROM x"}, [("sql", "-- all\nFROM x")], None),
        ({"query": "Which region sold most?"}, [(None, "Which region sold most?")], None),
        ({"python_code": "print(1)"}, [("python", "print(1)")], None),
        ({"code": "print(1)"}, [("python", "print(1)")], None),
        ({"code": "WITH x AS (SELECT 1) SELECT * FROM x"}, [("sql", "WITH x AS (SELECT 1) SELECT * FROM x")], None),
        ({"sql_query": "SELECT 1", "limit": 5}, [("sql", "SELECT 1")], {"limit": 5}),
        ({"query": {"match": "x"}}, [], {"query": {"match": "x"}}),
        ({"sql": ["SELECT 1"], "code": None, "statement": 7}, [], {"sql": ["SELECT 1"], "code": None, "statement": 7}),
        ({"query": ""}, [], {"query": ""}),
        ({"zip_code": "01067"}, [(None, "01067")], None),
    ],
)
def test_every_argument_is_shown(
    arguments: dict[str, object], codes: list[tuple[str | None, str]], rest: dict[str, object] | None
) -> None:
    found, others = arguments_of(json.dumps(arguments))
    assert found == codes
    assert (json.loads(others) if others else None) == rest


@pytest.mark.parametrize("arguments", ["SELECT 1", "[1, 2]", '"text"', "{broken", ""])
def test_arguments_that_are_not_an_object_are_shown_unchanged(arguments: str) -> None:
    assert arguments_of(arguments) == ([], arguments)
