"""How often a growing answer is sent."""

import pytest

from lib.ui.answer.refresh_rate import (
    MAX_CHARS_PER_SECOND,
    MAX_HZ,
    MIN_HZ,
    UPDATES_PER_RUNNING_ANSWER,
    UPDATES_PER_SECOND,
    Watchers,
    interval_seconds,
)


def test_a_single_watcher_of_a_short_answer_gets_the_fastest_rate() -> None:
    assert interval_seconds(1, 0) == 1 / MAX_HZ
    assert interval_seconds(0, 0) == 1 / MAX_HZ


@pytest.mark.parametrize("watching", [31, 50, 80])
def test_the_updates_of_all_watchers_stay_within_the_capacity_of_one_core(watching: int) -> None:
    sent = watching / interval_seconds(watching, 0)
    assert sent + watching * UPDATES_PER_RUNNING_ANSWER == pytest.approx(UPDATES_PER_SECOND)


def test_more_watchers_mean_fewer_updates_for_each() -> None:
    paces = [interval_seconds(watching, 0) for watching in (25, 35, 50, 75, 100)]
    assert paces == sorted(paces) and paces[0] == 1 / MAX_HZ and paces[-1] == 1 / MIN_HZ


def test_a_long_unfinished_block_is_sent_less_often() -> None:
    assert interval_seconds(1, 100) < interval_seconds(1, 1_000) <= 1 / MIN_HZ


def test_an_endless_block_takes_a_bounded_share_of_a_core() -> None:
    for open_chars in (100_000, 1_000_000):
        assert open_chars / interval_seconds(1, open_chars) == MAX_CHARS_PER_SECOND


@pytest.mark.parametrize(("watching", "open_chars"), [(10_000, 0), (1, 20_000), (10_000, 20_000)])
def test_no_rate_is_below_the_slowest(watching: int, open_chars: int) -> None:
    assert interval_seconds(watching, open_chars) == 1 / MIN_HZ


def test_watchers_are_counted_until_they_leave_in_any_way() -> None:
    watchers = Watchers()
    with watchers.watching(), watchers.watching():
        assert watchers.count == 2
    with pytest.raises(GeneratorExit), watchers.watching():
        raise GeneratorExit
    assert watchers.count == 0
