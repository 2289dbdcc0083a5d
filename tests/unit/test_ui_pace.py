"""How often a growing answer is sent."""

import pytest

from lib.ui.pace import FASTEST_HZ, SLOWEST_HZ, UPDATES_A_SECOND, Watchers, interval_seconds


def test_one_watcher_of_a_short_answer_gets_the_fastest_pace() -> None:
    assert interval_seconds(1, 0) == 1 / FASTEST_HZ
    assert interval_seconds(0, 0) == 1 / FASTEST_HZ


def test_all_watchers_together_stay_under_what_one_core_sends() -> None:
    for watching in (60, 100, 200):
        assert watching / interval_seconds(watching, 0) <= UPDATES_A_SECOND * 1.001


def test_a_long_open_block_is_sent_less_often() -> None:
    assert interval_seconds(1, 100) < interval_seconds(1, 1_000) <= 1 / SLOWEST_HZ


@pytest.mark.parametrize(("watching", "open_chars"), [(10_000, 0), (1, 1_000_000), (10_000, 1_000_000)])
def test_no_pace_is_slower_than_the_slowest(watching: int, open_chars: int) -> None:
    assert interval_seconds(watching, open_chars) == 1 / SLOWEST_HZ


def test_watchers_are_counted_while_they_watch_however_they_leave() -> None:
    watchers = Watchers()
    with watchers.one_more(), watchers.one_more():
        assert watchers.count == 2
    with pytest.raises(GeneratorExit), watchers.one_more():
        raise GeneratorExit
    assert watchers.count == 0
