"""Reads AGENT_PROFILES: what an app says of its agents, as JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lib.labels import clean_label
from lib.profiles import (
    MAX_DESCRIPTION_CHARS,
    MAX_NAME_CHARS,
    MAX_STARTER_CHARS,
    MAX_STARTERS,
    Profile,
    is_icon,
)

VARIABLE = "AGENT_PROFILES"
EXAMPLE = '{"my-endpoint": {"name": "Sales"}}'
FIELDS = ("name", "description", "icon", "starters")


class ProfileReader:
    """`problems` has a sentence for each thing that is wrong; what is wrong is left out."""

    def __init__(self, text: str | None, agents: Sequence[str]) -> None:
        """`agents` are the ids of all that are configured."""
        self.problems: list[str] = []
        self.profiles = {agent: self._profile(agent, said) for agent, said in self._entries(text)}
        self.problems += _unknown(self.profiles, agents) if agents else ()
        self.problems += _same_names(self.profiles, agents)

    def _entries(self, text: str | None) -> list[tuple[str, Any]]:
        if text is None:
            return []
        try:
            entries = json.loads(text, object_pairs_hook=_Pairs)
        except RecursionError:
            entries = None
        except ValueError as error:
            place = f" in line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
            self.problems.append(f"{VARIABLE} is not JSON: it cannot be read{place}.")
            return []
        if not isinstance(entries, _Pairs):
            self.problems.append(f"{VARIABLE} must be a JSON object such as {EXAMPLE}.")
            return []
        self._refuse_repeated(entries)
        return list(entries)

    def _refuse_repeated(self, entries: "_Pairs") -> None:
        repeated = [agent for agent, count in Counter(agent for agent, _ in entries).items() if count > 1]
        self.problems += [f"{VARIABLE} describes {_shown(agent)} more than once." for agent in repeated]

    def _profile(self, agent: str, said: Any) -> Profile:
        if not isinstance(said, _Pairs):
            self._refuse(agent, f"must be an object with {', '.join(FIELDS[:-1])} and {FIELDS[-1]}")
            return Profile()
        fields = dict(said)
        for unknown in sorted(fields.keys() - set(FIELDS)):
            self._refuse(agent, f"has no field {_shown(unknown)}, only {', '.join(FIELDS[:-1])} and {FIELDS[-1]}")
        return Profile(
            self._text(agent, "name", fields.get("name"), MAX_NAME_CHARS),
            self._text(agent, "description", fields.get("description"), MAX_DESCRIPTION_CHARS),
            self._icon(agent, fields.get("icon")),
            self._starters(agent, fields.get("starters")),
        )

    def _text(self, agent: str, field: str, value: Any, most_chars: int) -> str:
        if value is None:
            return ""
        text = clean_label(value) if isinstance(value, str) else ""
        if not text or len(text) > most_chars:
            self._refuse(agent, f"must have a {field} of 1 to {most_chars} characters")
            return ""
        return text

    def _icon(self, agent: str, value: Any) -> str:
        if value is None:
            return ""
        if not isinstance(value, str) or not is_icon(value.strip()):
            self._refuse(agent, "must have one emoji or :material/name: as its icon")
            return ""
        return value.strip()

    def _starters(self, agent: str, value: Any) -> tuple[str, ...]:
        if value is None:
            return ()
        starters = [clean_label(each) if isinstance(each, str) else "" for each in _listed(value)]
        if not (1 <= len(starters) <= MAX_STARTERS) or not all(0 < len(each) <= MAX_STARTER_CHARS for each in starters):
            self._refuse(
                agent, f"must have 1 to {MAX_STARTERS} starters, each of at most {MAX_STARTER_CHARS} characters"
            )
            return ()
        return tuple(starters)

    def _refuse(self, agent: str, why: str) -> None:
        self.problems.append(f"In {VARIABLE}, {_shown(agent)} {why}.")


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with the names that it has twice."""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) and not isinstance(value, _Pairs) else []


def _unknown(described: Iterable[str], agents: Sequence[str]) -> Iterator[str]:
    for agent in described:
        if agent not in agents:
            yield f"{VARIABLE} describes {_shown(agent)}, but the agents are {', '.join(map(_shown, agents))}."


def _same_names(profiles: dict[str, Profile], agents: Sequence[str]) -> Iterator[str]:
    """An agent without a name goes by its id."""
    ids: dict[str, list[str]] = {}
    for agent in dict.fromkeys((*agents, *profiles)):
        name = profiles.get(agent, Profile()).name or agent
        ids.setdefault(name.casefold(), []).append(agent)
    for same in ids.values():
        if len(same) > 1:
            yield f"In {VARIABLE}, {' and '.join(map(_shown, same))} must have different names."


def _shown(text: str) -> str:
    """Short, and on one line."""
    text = clean_label(text)
    return f"{text[:60]}…" if len(text) > 60 else text
