"""The sentence that tells an agent the date, in the time zone of whoever asks."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from lib.errors import BadInput

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MAX_SHOWN_CHARS = 60


def valid_time_zone(name: str | None) -> str | None:
    """The same name. Raises BadInput if it is none of the IANA database."""
    if name is not None:
        _zone(name)
    return name


def date_line(precision: str, time_zone: str | None, now: datetime) -> str:
    """`precision` as SEND_DATE has it: empty with "off". Without a time zone the date is that of UTC."""
    if precision == "off":
        return ""
    local = now.astimezone(_zone(time_zone) if time_zone else UTC)
    day = f"{WEEKDAYS[local.weekday()]}, {local:%Y-%m-%d}"
    begin = f"It is {local:%H:%M} on {day}" if precision == "minute" else f"Today is {day}"
    if time_zone is None:
        return f"{begin}, in UTC: the person's time zone is not known."
    return f"{begin}, in the person's time zone, {time_zone} (UTC{local.isoformat()[-6:]})."


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    # The name is looked up as a file: it may be a folder, too long, or no path at all.
    except (KeyError, ValueError, OSError):
        shown = name[:MAX_SHOWN_CHARS]
        sentence = f"There is no time zone {shown!r}: give an IANA name such as Europe/Berlin."
        raise BadInput(sentence, param="time_zone") from None
