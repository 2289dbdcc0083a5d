"""Suggested questions as they reach the answer: few, clean, once, and only behind a whole answer."""

import json

import pytest

from lib.agent.formats.decoder import Decoder
from lib.agent.formats.shared.normalise import MAX_FOLLOW_UP_CHARS
from lib.messages.parts import FollowUp
from tests.answer_cases import Json, completed, done, message


def suggested(*messages: Json, is_whole: bool = True) -> list[str]:
    decoder = Decoder()
    events = [event for each in messages for event in decoder.feed(as_json(each)).events]
    events += decoder.end(is_whole=is_whole)
    return [event.text for event in events if isinstance(event, FollowUp)]


def as_json(data: Json) -> str:
    return json.dumps(data)


def item(*questions: str) -> Json:
    return {**done(message("Hi.")), "custom_outputs": {"follow_ups": questions}}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["a", "b", "c", "d"], ["a", "b", "c"]),
        (["a", "a", " a\n"], ["a"]),
        (["two\nlines\x00", "\u202eback", "\ud800"], ["two lines", "back"]),
        (["", "  ", "x" * (MAX_FOLLOW_UP_CHARS + 1), "y"], ["y"]),
    ],
)
def test_they_are_few_and_clean(given: list[str], kept: list[str]) -> None:
    assert suggested(item(*given)) == kept


def test_those_that_the_end_of_the_stream_repeats_come_once() -> None:
    assert suggested(item("a", "b"), completed(message("Hi."), custom_outputs={"follow_ups": ["a", "b"]})) == ["a", "b"]


def test_an_answer_that_broke_off_has_none() -> None:
    assert suggested(item("a"), is_whole=False) == []


def test_they_alone_are_no_answer() -> None:
    decoder = Decoder()
    decoder.feed(as_json({"custom_outputs": {"follow_ups": ["a"]}}))
    assert decoder.outcome == "nothing"
