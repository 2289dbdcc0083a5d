"""Days and times in words."""

from datetime import UTC, date, datetime

import pytest

from lib.ui.dates import day_and_time, day_name, when

NOW = datetime(2026, 1, 2, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "short", "full"),
    [
        (datetime(2026, 1, 2, 0, 0, tzinfo=UTC), "00:00", "00:00"),
        (datetime(2026, 1, 1, 23, 59, tzinfo=UTC), "Yesterday", "1 Jan 23:59"),
        (datetime(2025, 12, 31, 23, 59, tzinfo=UTC), "31 Dec 2025", "31 Dec 2025 23:59"),
        (datetime(2026, 3, 1, 8, 0, tzinfo=UTC), "1 Mar", "1 Mar 08:00"),
    ],
)
def test_a_time_says_what_its_reader_does_not_know(moment: datetime, short: str, full: str) -> None:
    assert (when(moment, NOW), day_and_time(moment, NOW)) == (short, full)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 1, 2), "Today"),
        (date(2026, 1, 1), "Yesterday"),
        (date(2026, 3, 1), "Sunday 1 March"),
        (date(2025, 12, 31), "31 December 2025"),
    ],
)
def test_a_day_has_a_name(day: date, name: str) -> None:
    assert day_name(day, NOW.date()) == name
