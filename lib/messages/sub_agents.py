"""The agents behind an agent that asks others, as a supervisor does: what they are called, and which calls ask them."""

import json
import re
from collections.abc import Collection

from lib.messages.parts import ToolCall

# LangGraph and the Agents SDK of OpenAI name the tools so that pass a conversation on.
_HANDOVER = re.compile(r"(?:transfer|hand_?off|delegate)_(?:back_)?to_(?P<name>.+)", re.IGNORECASE)
_PREFIX = re.compile(r"agents?[-_ ]+(?=.)", re.IGNORECASE)
_BETWEEN = re.compile(r"[-_\s]+")


def shown_name(name: str) -> str:
    """In words: "Hr policies" for `agent-hr_policies`. A name that has spaces stays as it is."""
    name = name.strip()
    if " " in name:
        return name
    words = _BETWEEN.sub(" ", _PREFIX.sub("", name, count=1) if _PREFIX.match(name) else name).strip()
    return words[:1].upper() + words[1:] if words else name


def asked_agent(call: ToolCall, speakers: Collection[str]) -> str:
    """The name, in words, of the agent that the call asks; empty for a tool.

    `speakers` are the agents that speak in the answer, in words. A Supervisor Agent of Databricks names the call as the
    agent, so a name that only begins like one is taken for an agent, too.
    """
    if handover := _HANDOVER.fullmatch(call.name):
        return shown_name(handover["name"])
    name = shown_name(call.name)
    return name if _PREFIX.match(call.name) or name in speakers else ""


def question_to(call: ToolCall) -> str:
    """What an agent is asked, if the call says nothing else; else empty."""
    try:
        said = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError):
        return call.arguments
    values = list(said.values()) if isinstance(said, dict) else [said]
    return values[0] if len(values) == 1 and isinstance(values[0], str) else ""
