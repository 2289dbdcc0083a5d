"""Each log record is one line that can be parsed again."""

import json
import re
from uuid import UUID

import pytest

from lib.log_line import log_line

FIELD = re.compile(r' (\w+)=("(?:[^"\\]|\\.)*"|[^ "]+)')


def taken_apart(line: str) -> dict[str, str]:
    """The fields of a line, all of it accounted for."""
    word, _, _ = line.partition(" ")
    assert "".join([word, *(found[0] for found in FIELD.finditer(line))]) == line
    return {name: json.loads(value) if value[0] == '"' else value for name, value in FIELD.findall(line)}


def test_plain_words_and_numbers_are_not_quoted() -> None:
    line = log_line("turn", id=UUID(int=7), route="/chat/{chat_id}", ms=12, agent="demo-agent", chat=None)
    assert line == f"turn id={UUID(int=7)} route=/chat/{{chat_id}} ms=12 agent=demo-agent chat=-"


@pytest.mark.parametrize(
    "value",
    [
        "two words",
        "x\nturn id=1 status=complete",
        "x\r\u2028\u2029\x0b\x85y",
        'quote" chat=1',
        "back\\",
        "status=failed",
        "",
        "Zoë 日本語",
        "\u202eevil\x00\x1b[31m",
        "%s %(x)d",
        "half \ud83d",
    ],
)
def test_no_value_adds_a_line_or_a_field_to_the_log(value: str) -> None:
    line = log_line("turn", agent=value, chars=3)
    assert len(line.splitlines()) == 1 and line.isascii() and line.isprintable()
    assert taken_apart(line) == {"agent": value, "chars": "3"}
