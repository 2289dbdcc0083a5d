"""Finds spans of time in a question: "last quarter", "Q3 2026", "in March", "since May 2025", "2025 vs 2026"."""

import calendar
import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass

Day = datetime.date
MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
SHORT_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
MONTHS_IN = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True)
class Period:
    """From `start` up to, not including, `end`."""

    start: Day
    end: Day
    label: str
    kind: str  # "month", "quarter", "half", "year" or "range"


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    period: Period


def months_from(start: Day, count: int) -> Day:
    months = start.year * 12 + start.month - 1 + count
    return Day(months // 12, months % 12 + 1, 1)


def calendar_period(kind: str, day: Day) -> Period:
    """The month, quarter, half or year that `day` lies in."""
    size = MONTHS_IN[kind]
    start = Day(day.year, (day.month - 1) // size * size + 1, 1)
    number = (start.month - 1) // size + 1
    labels = {"month": f"{start:%B %Y}", "quarter": f"Q{number} {start.year}", "half": f"H{number} {start.year}"}
    return Period(start, months_from(start, size), labels.get(kind, str(start.year)), kind)


def find_periods(text: str, today: Day) -> tuple[list[Period], str]:
    """The periods in lower-case `text`, in reading order, and the text without them; `today` is the data's last day."""
    found: list[_Found] = []
    for pattern, make in PATTERNS:
        for match in pattern.finditer(text):
            if all(match.end() <= other.start or other.end <= match.start() for other in found):
                found.append(_Found(match.start(), match.end(), make(match, today)))
    found.sort(key=lambda item: item.start)
    periods = _as_range(text, found, today) or [item.period for item in found]
    for item in reversed(found):
        before = re.sub(r"\b(in|for|of|during|since|from|between|over|until|the)\s+(the\s+)?$", "", text[: item.start])
        text = before + " ," + text[item.end :]
    return periods, text


def _as_range(text: str, found: list[_Found], today: Day) -> list[Period]:
    """Reads "since A", "from A to B" and "between A and B" as one period; empty for anything else."""
    if len(found) == 1 and re.search(r"\bsince\s+(the\s+)?$", text[: found[0].start]):
        first = found[0].period
        return [Period(first.start, today + datetime.timedelta(days=1), f"the time since {first.label}", "range")]
    if len(found) != 2:
        return []
    first, last = found[0].period, found[1].period
    link = text[found[0].end : found[1].start].strip()
    between = link == "and" and text[: found[0].start].rstrip().endswith("between")
    if not (between or link in ("to", "until", "till", "through", "-")):
        return []
    if first.start > last.start:  # "May to July 2025": the year was said once, at the end
        first = (
            calendar_period(first.kind, first.start.replace(year=last.start.year)) if first.kind != "range" else first
        )
    return [Period(min(first.start, last.start), max(first.end, last.end), f"{first.label} to {last.label}", "range")]


def _rolling(match: re.Match[str], today: Day) -> Period:
    count, unit = int(match[1]), match[2]
    end = today + datetime.timedelta(days=1)
    if unit in ("day", "week"):
        start = end - datetime.timedelta(days=count * (7 if unit == "week" else 1))
    else:
        end = calendar_period("month", today).end
        start = months_from(end, -min(count, 1200) * MONTHS_IN[unit])
    return Period(start, end, f"the last {count} {unit}s", "range")


def _relative(match: re.Match[str], today: Day) -> Period:
    """ "Last quarter" is the one before the quarter of the data's last day, so it is always complete."""
    current = calendar_period(match[2], today)
    if match[1] in ("this", "current"):
        return current
    return calendar_period(match[2], current.start - datetime.timedelta(days=1))


def _latest(kind: str, month: int, year: str | None, today: Day) -> Period:
    """Without a year in the question, the latest one in which the period has begun."""
    this_year = Day(today.year, month, 1)
    chosen = int(year) if year else today.year if this_year <= today else today.year - 1
    return calendar_period(kind, Day(chosen, month, 1))


def _numbered(kind: str) -> Callable[[re.Match[str], Day], Period]:
    def make(match: re.Match[str], today: Day) -> Period:
        number = int(match["digit"]) if match["digit"] else ORDINALS[match["word"]]
        return _latest(kind, (number - 1) * MONTHS_IN[kind] + 1, match["year"], today)

    return make


def _month(match: re.Match[str], today: Day) -> Period:
    return _latest("month", (MONTHS | SHORT_MONTHS)[match[1]], match["year"], today)


def _year(match: re.Match[str], today: Day) -> Period:
    return calendar_period("year", Day(int(match[0]), 1, 1) if match[0].isdigit() else today)


YEAR = r"(?:,?\s+(?:of\s+|in\s+)?(?P<year>20\d\d))?\b"
MAY = r"(?<!^)may(?!\s+(?:i|we|you)\b)"  # the month, not the verb
FULL_MONTH = "|".join(name for name in MONTHS if name != "may")
PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Day], Period]], ...] = (
    (re.compile(r"\b(?:last|past|previous)\s+(\d{1,4})\s+(day|week|month|quarter|year)s?\b"), _rolling),
    (re.compile(r"\b(this|current|last|previous|past)\s+(month|quarter|year)\b"), _relative),
    (re.compile(r"\b(?:ytd|year[- ]to[- ]date|so far this year)\b"), _year),
    (re.compile(rf"\bq(?P<digit>[1-4])(?P<word>(?!))?{YEAR}"), _numbered("quarter")),
    (
        re.compile(rf"\b(?P<digit>(?!))?(?P<word>first|second|third|fourth|[1-4](?:st|nd|rd|th)) quarter{YEAR}"),
        _numbered("quarter"),
    ),
    (re.compile(rf"\bh(?P<digit>[12])(?P<word>(?!))?{YEAR}"), _numbered("half")),
    (re.compile(rf"\b(?P<digit>(?!))?(?P<word>first|second|1st|2nd) half{YEAR}"), _numbered("half")),
    (re.compile(rf"\b({'|'.join([*SHORT_MONTHS])})\.?,?\s+(?P<year>20\d\d)\b"), _month),
    (re.compile(rf"\b({FULL_MONTH}|{MAY}){YEAR}"), _month),
    (re.compile(r"\b20\d\d\b"), _year),
)
