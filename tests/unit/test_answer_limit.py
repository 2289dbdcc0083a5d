"""How much of an answer is kept."""

import pytest

from lib.agent.events import Chunk, TextDelta
from lib.chat.answer_limit import AnswerLimit, AnswerTooLong
from lib.messages.parts import File


@pytest.mark.parametrize(("name", "shown"), [("sales", "sales"), ("", "image")])
def test_a_picture_that_is_too_large_is_said_to_be_there_and_ends_no_answer(name: str, shown: str) -> None:
    limit, picture = AnswerLimit(100), File("image/png", f"data:image/png;base64,{'A' * 200}", name)
    kept = limit.trim(Chunk("{}", (picture, TextDelta("Here."))))
    limit.check()
    assert kept.events == (File("image/png", "", f"{shown} (too large to be kept)"), TextDelta("Here."))


def test_a_text_that_is_too_long_is_kept_as_far_as_it_may_be() -> None:
    limit = AnswerLimit(8)
    assert limit.trim(Chunk("{}", (TextDelta("Half an answer"),))).events == (TextDelta("Half an "),)
    with pytest.raises(AnswerTooLong):
        limit.check()


def test_a_message_is_left_out_where_it_is_large_and_the_answer_is_too_long() -> None:
    limit, large = AnswerLimit(8), "x" * 20
    assert limit.trim(Chunk(large, (TextDelta("Half"),))).raw == large
    assert limit.trim(Chunk(large, (TextDelta("an answer"),))).raw == ""
    assert limit.trim(Chunk("x" * 8, ())).raw == "x" * 8


def test_messages_that_say_nothing_are_too_long_at_a_hundred_times_the_limit() -> None:
    limit = AnswerLimit(8)
    limit.trim(Chunk("x" * 800, ()))
    limit.check()
    limit.trim(Chunk("x", ()))
    with pytest.raises(AnswerTooLong):
        limit.check()
