"""Days and times in words, as short as they are clear to somebody who reads them now."""

from datetime import date, datetime, timedelta

from lib.ui.language import _, date_text, number_text


def when(moment: datetime, now: datetime) -> str:
    """The time today, else the day."""
    if moment.date() == now.date():
        return f"{moment:%H:%M}"
    if moment.date() == now.date() - timedelta(days=1):
        return _("Yesterday")
    return day_of_year(moment, now)


def day_and_time(moment: datetime, now: datetime) -> str:
    """The time, with the day if that is not today."""
    is_today = moment.date() == now.date()
    return f"{moment:%H:%M}" if is_today else f"{day_of_year(moment, now)} {moment:%H:%M}"


def day_of_year(day: date, today: date) -> str:
    """The day and its month, with the year if that is not the current one."""
    return date_text(day, "d MMM") if day.year == today.year else date_text(day, "d MMM y")


def duration_text(duration_ms: int) -> str:
    """In seconds, or in milliseconds where that would be 0.0."""
    return f"{number_text(round(duration_ms / 1000, 1), '#,##0.0')} s" if duration_ms >= 100 else f"{duration_ms} ms"


def day_name(day: date, today: date) -> str:
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return date_text(day, "EEEE d MMMM") if day.year == today.year else date_text(day, "d MMMM y")
