"""How much of an answer is kept."""

import pytest

from lib.agent.events import Chunk, TextDelta
from lib.chat.answer_limit import AnswerLimit, AnswerTooLong
from lib.messages.parts import File


def test_a_picture_that_is_too_large_is_said_to_be_there_and_ends_no_answer() -> None:
    limit, picture = AnswerLimit(100), File("image/png", f"data:image/png;base64,{'A' * 200}", "sales")
    kept = limit.trim(Chunk("{}", (picture, TextDelta("Here."))))
    limit.check()
    assert kept.events == (File("image/png", "", "sales (too large to be kept)"), TextDelta("Here."))


def test_a_text_that_is_too_long_is_kept_as_far_as_it_may_be() -> None:
    limit = AnswerLimit(8)
    assert limit.trim(Chunk("{}", (TextDelta("Half an answer"),))).events == (TextDelta("Half an "),)
    with pytest.raises(AnswerTooLong):
        limit.check()
