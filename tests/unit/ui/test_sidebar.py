"""Under which section a chat stands."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from lib.store.models import Chat
from lib.ui.sidebar import by_day, section_of

TODAY = date(2026, 3, 30)


def chat(title: str, active: datetime) -> Chat:
    return Chat(uuid4(), title, "question", "private", None, None, None, active, active, False)


@pytest.mark.parametrize(
    ("days", "section"),
    [
        (-1, "Today"),
        (0, "Today"),
        (1, "Yesterday"),
        (2, "Previous 7 days"),
        (7, "Previous 7 days"),
        (8, "Previous 30 days"),
        (30, "Previous 30 days"),
        (31, "Older"),
        (3_000, "Older"),
    ],
)
def test_the_section_of_a_chat_depends_on_its_age_in_days(days: int, section: str) -> None:
    assert section_of(TODAY - timedelta(days=days), TODAY) == section


def test_sections_come_in_the_order_of_the_chats_and_none_is_empty() -> None:
    now = datetime.now(UTC)
    chats = [chat(title, now - timedelta(days=days)) for title, days in (("a", 0), ("b", 0), ("c", 20), ("d", 400))]
    found = [(section, [each.title for each in group]) for section, group in by_day(chats, UTC)]
    assert found == [("Today", ["a", "b"]), ("Previous 30 days", ["c"]), ("Older", ["d"])]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "UTC", "Pacific/Pago_Pago"])
def test_the_day_begins_at_the_visitors_own_midnight(zone: str) -> None:
    own = ZoneInfo(zone)
    midnight = datetime.now(own).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    chats = [chat("early", midnight), chat("late", midnight - timedelta(seconds=1))]
    assert [section for section, _ in by_day(chats, own)] == ["Today", "Yesterday"]


def test_no_chats_make_no_sections() -> None:
    assert by_day([], UTC) == []
