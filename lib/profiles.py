"""What people see of an agent: its name, a description, an icon, and questions to begin with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import regex

from lib.labels import clean_label

MAX_NAME_CHARS = 40
MAX_DESCRIPTION_CHARS = 280
MAX_STARTERS = 6
MAX_STARTER_CHARS = 200
TAG_PREFIX = "lakechat_"
_MATERIAL = regex.compile(r":material/[a-z0-9_]{1,60}:")
_EMOJI = regex.compile(r"(?=\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|.\ufe0f?\u20e3)\X")


@dataclass(frozen=True)
class Profile:
    """What somebody says of an agent, its name on one line; empty is what they do not say."""

    name: str = ""
    description: str = ""
    icon: str = ""
    """An emoji or `:material/name:`."""
    starters: tuple[str, ...] = ()

    def completed_by(self, other: "Profile") -> "Profile":
        """What this one does not say is taken from the other."""
        return Profile(
            self.name or other.name,
            self.description or other.description,
            self.icon or other.icon,
            self.starters or other.starters,
        )


@dataclass(frozen=True)
class AgentFace:
    """An agent as people see it. No two agents that are offered have the same name."""

    id: str
    """What is stored, and what programs send."""
    name: str
    description: str = ""
    icon: str = ""
    starters: tuple[str, ...] = ()
    is_offered: bool = True
    """False for an agent that is no longer configured, but that chats and answers still name."""


def is_icon(text: str) -> bool:
    return bool(_MATERIAL.fullmatch(text) or _EMOJI.fullmatch(text))


def profile_of_tags(tags: Any, description: str) -> Profile:
    """What the tags of an endpoint say, and its description. A tag that cannot be used says nothing.

    `tags` are as the workspace sends them: `[{"key": …, "value": …}]`.
    """
    said = _values(tags)
    icon = said.get("icon", "").strip()
    starters = filter(None, map(clean_label, said.get("starters", "").split("|")))
    return Profile(
        clean_label(said.get("name", ""))[:MAX_NAME_CHARS],
        clean_label(said.get("description", "")) or description,
        icon if is_icon(icon) else "",
        tuple(starter[:MAX_STARTER_CHARS] for starter in starters)[:MAX_STARTERS],
    )


def _values(tags: Any) -> Mapping[str, str]:
    """By the names of the fields, which the keys have behind TAG_PREFIX."""
    found = [tag for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    return {
        str(tag.get("key")).removeprefix(TAG_PREFIX): str(tag.get("value") or "")
        for tag in found
        if str(tag.get("key")).startswith(TAG_PREFIX)
    }
