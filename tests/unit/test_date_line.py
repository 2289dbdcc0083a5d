"""What an agent is told of the date."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.chat.date_line import WEEKDAYS, date_line, valid_time_zone
from lib.errors import BadInput

NOW = datetime(2026, 11, 29, 23, 5, tzinfo=UTC)
ZONES = sorted(available_timezones() - {"localtime"})


@pytest.mark.parametrize(
    ("precision", "time_zone", "said"),
    [
        ("off", "Europe/Berlin", ""),
        ("off", None, ""),
        ("day", "Europe/Berlin", "Today is Monday, 2026-11-30, in the person's time zone, Europe/Berlin (UTC+01:00)."),
        (
            "day",
            "America/St_Johns",
            "Today is Sunday, 2026-11-29, in the person's time zone, America/St_Johns (UTC-03:30).",
        ),
        ("day", None, "Today is Sunday, 2026-11-29, in UTC: the person's time zone is not known."),
        ("minute", "UTC", "It is 23:05 on Sunday, 2026-11-29, in the person's time zone, UTC (UTC+00:00)."),
        ("minute", None, "It is 23:05 on Sunday, 2026-11-29, in UTC: the person's time zone is not known."),
    ],
)
def test_the_date_is_that_of_the_person_or_of_utc(precision: str, time_zone: str | None, said: str) -> None:
    assert date_line(precision, time_zone, NOW) == said


@given(st.sampled_from(ZONES), st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_every_zone_has_the_weekday_and_date_of_its_own_clocks(zone: str, now: datetime) -> None:
    local = now.astimezone(ZoneInfo(valid_time_zone(zone) or ""))
    said = date_line("minute", zone, now)
    assert said.startswith(f"It is {local:%H:%M} on {WEEKDAYS[local.weekday()]}, {local.date()}, ")
    assert local.strftime("%A") in said


@pytest.mark.parametrize(
    "name",
    ["", "Mars/Base", "Europe", "europe/berlin", "../../etc/passwd", "/etc/passwd", "a\0b", "\ud800", "x" * 9_000],
)
def test_what_is_no_time_zone_is_refused_with_a_short_sentence(name: str) -> None:
    with pytest.raises(BadInput, match="IANA name such as Europe/Berlin") as refused:
        valid_time_zone(name)
    assert len(str(refused.value)) < 300 and str(refused.value).isprintable()
    assert valid_time_zone(None) is None
