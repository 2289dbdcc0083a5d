"""The line that stands in place of an answer which has not begun."""

from uuid import UUID

import pytest

from lib.agent.prompt import Pause
from lib.chat.turn import Turn
from lib.ui.answer.waiting import THINKING, words_for

ID = UUID(int=1)


def waiting(pause: Pause | None) -> Turn:
    return Turn(ID, ID, ID, None, started_at=100.0, pause=pause)


@pytest.mark.parametrize(
    ("said", "now", "words"),
    [
        ("", 102.0, "It is busy. Asking again in 8 s. Waiting for 2 s so far, 3 min at most."),
        ("5 a day", 105, "It is busy. It said: 5 a day. Asking again in 5 s. Waiting for 5 s so far, 3 min at most."),
        ("Wait!", 105, "It is busy. It said: Wait! Asking again in 5 s. Waiting for 5 s so far, 3 min at most."),
        ("", 110.0, "It is busy. Asking again now. Waiting for 10 s so far, 3 min at most."),
        ("", 175.0, "It is busy. Asking again now. Waiting for 1 min 15 s so far, 3 min at most."),
        ("", 290.0, "It is busy. Asking again now. Waiting for 3 min 10 s so far, 3 min 10 s at most."),
    ],
)  # fmt: skip
def test_who_waits_reads_why_and_for_how_long(said: str, now: float, words: str) -> None:
    assert words_for(waiting(Pause("It is busy.", said, ends_at=110.0, gives_up_at=280.0)), now) == words


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (105.0, THINKING),
        (109.9, THINKING),
        (110.0, f"{THINKING} 10 s"),
        (122.9, f"{THINKING} 22 s"),
        (185.0, f"{THINKING} 1 min 25 s"),
    ],
)
def test_without_a_pause_the_agent_thinks_and_a_long_wait_is_counted(now: float, words: str) -> None:
    assert words_for(waiting(None), now) == words


def test_a_long_wait_is_drawn_once_a_second() -> None:
    drawn = {words_for(waiting(None), 100.0 + quarter / 4) for quarter in range(4 * 30)}
    assert len(drawn) == 1 + 20
