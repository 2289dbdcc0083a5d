"""Puts the rows of the query list_counts together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lib.store.insights_models import Counts, Day, Times, ToolUse, Usage

Group = date | str | None
"""What a row counts: a day, an agent, or all together."""
Found = Mapping[str, Mapping[str, int]]
"""Counts by figure and name."""
_SIMPLE = [field.name for field in fields(Counts) if field.type is int]


def usage_of(rows: Iterable[Any], days: int, agent: str | None) -> Usage:
    groups: dict[Group, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        group = row["agent"] if row["day"] is None else row["day"]
        groups[group][row["figure"]][row["name"]] = row["count"]
    total = groups.pop(None, {})
    tools, failed_tools = total.get("tool", {}), total.get("tool_failure", {})
    agents = {group: counts_of(found) for group, found in groups.items() if isinstance(group, str)}
    users = "users" if agent is None else "agent_users"
    return Usage(
        days=[_day(day, groups.get(day, {}), users) for day in _period(days, groups)],
        total=counts_of(total),
        agents=_most_first({name: counts for name, counts in agents.items() if counts != Counts()}),
        failures=dict(sorted(total.get("failure", {}).items(), key=lambda item: (-item[1], item[0]))),
        tools={
            name: ToolUse(uses, failed_tools.get(name, 0))
            for name, uses in sorted(tools.items(), key=lambda item: (-item[1], item[0]))
        },
    )


def counts_of(found: Found) -> Counts:
    simple = {name: found.get(name, {}).get("", 0) for name in _SIMPLE}
    return Counts(**simple, first_word=_times(found.get("first_word")), duration=_times(found.get("duration")))


def _times(found: Mapping[str, int] | None) -> Times | None:
    return Times(found["p50"], found["p95"]) if found else None


def _day(day: date, found: Found, users: str) -> Day:
    counts = counts_of(found)
    return Day(day, counts, found.get(users, {}).get("", min(counts.questions, 1)))


def _period(days: int, groups: Iterable[Group]) -> list[date]:
    """The days up to today, which may be another one by the clock of the database."""
    today = max((datetime.now(UTC).date(), *(group for group in groups if isinstance(group, date))))
    return [today - timedelta(days=ago) for ago in reversed(range(days))]


def _most_first(agents: dict[str, Counts]) -> dict[str, Counts]:
    return dict(sorted(agents.items(), key=lambda item: (-item[1].questions, item[0])))
