"""Summaries of the beginning of a conversation: what was asked and how each answer begins, the newest of it."""

import json
import re

INSTRUCTION = r"(?i)\bsummarise\b.*\bearlier part of a conversation\b"
MOST_CHARS = 1_500
LINE_CHARS = 160


def summary_for(text: str) -> str:
    """For JSON with the summary so far and the messages after it."""
    try:
        given = json.loads(text)
        lines = [*given["summary"].splitlines(), *map(_line, given["messages"])]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    while len(lines) > 1 and sum(map(len, lines)) > MOST_CHARS:
        lines.pop(0)
    return "\n".join(lines)


def _line(message: dict[str, str]) -> str:
    words = " ".join(re.sub(r"[*`#|]", "", message["text"]).split())
    begin = words if len(words) <= LINE_CHARS else f"{words[:LINE_CHARS].rpartition(' ')[0]} …"
    return f"- {'The person asked' if message['role'] == 'user' else 'The agent answered'}: {begin}"
