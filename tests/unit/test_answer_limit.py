"""How much of an answer is kept."""

import pytest

from lib.agent.events import Chunk, TextDelta
from lib.chat.answer_limit import AnswerLimit, AnswerTooLong
from lib.messages.parts import File


@pytest.mark.parametrize(("name", "shown"), [("sales", "sales"), ("", "image")])
def test_a_picture_over_the_limit_is_mentioned_and_the_answer_continues(name: str, shown: str) -> None:
    limit, picture = AnswerLimit(100), File("image/png", f"data:image/png;base64,{'A' * 200}", name)
    kept = limit.trim(Chunk("{}", (picture, TextDelta("Here."))))
    limit.check()
    assert kept.events == (File("image/png", "", f"{shown} (too large to be kept)"), TextDelta("Here."))


def test_a_text_over_the_limit_is_kept_up_to_the_limit() -> None:
    limit = AnswerLimit(8)
    assert limit.trim(Chunk("{}", (TextDelta("Half an answer"),))).events == (TextDelta("Half an "),)
    with pytest.raises(AnswerTooLong):
        limit.check()


def test_a_large_message_is_left_out_of_an_answer_over_the_limit() -> None:
    limit, large = AnswerLimit(8), "x" * 20
    assert limit.trim(Chunk(large, (TextDelta("Half"),))).raw == large
    assert limit.trim(Chunk(large, (TextDelta("an answer"),))).raw == ""
    assert limit.trim(Chunk("x" * 8, ())).raw == "x" * 8


def test_messages_without_text_are_too_long_at_a_hundred_times_the_limit() -> None:
    limit = AnswerLimit(8)
    limit.trim(Chunk("x" * 800, ()))
    limit.check()
    limit.trim(Chunk("x", ()))
    with pytest.raises(AnswerTooLong):
        limit.check()
