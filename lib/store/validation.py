"""Checks and cleans what users enter besides messages, in the same way for every store."""

import re
from collections.abc import Sequence
from typing import get_args

from lib.errors import BadInput
from lib.labels import clean_label
from lib.settings.feedback import MAX_TAG_CHARS, MAX_TAGS
from lib.storable import storable
from lib.store.models import Visibility
from lib.store.search_hit import MARK_END, MARK_START

MAX_TITLE_CHARS = 80
MAX_COMMENT_CHARS = 2_000
MAX_QUERY_CHARS = 200
MAX_INSTRUCTIONS_CHARS = 2_000
MAX_STARTER_CHARS = 150
"""A longer question is none to start with at a click."""
# Control characters, and those that change the direction of the text around them.
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def valid_title(title: str) -> str:
    """On one line, 1 to MAX_TITLE_CHARS characters. Raises BadInput."""
    title = clean_label(str(storable(title)))
    if not title:
        raise BadInput("A title needs at least one character that can be seen.")
    if len(title) > MAX_TITLE_CHARS:
        raise BadInput(f"A title has at most {MAX_TITLE_CHARS} characters.")
    return title


def valid_comment(comment: str | None) -> str | None:
    """None if nothing that can be seen is left. Raises BadInput if it is too long."""
    comment = cleaned(comment or "").strip()
    if len(comment) > MAX_COMMENT_CHARS:
        raise BadInput(f"A comment has at most {MAX_COMMENT_CHARS:,} characters.")
    return comment or None


def valid_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Each once and cleaned. Raises BadInput if there are too many or one is too long."""
    cleaned_tags = tuple(dict.fromkeys(filter(None, (clean_label(cleaned(tag)) for tag in tags))))
    if len(cleaned_tags) > MAX_TAGS or any(len(tag) > MAX_TAG_CHARS for tag in cleaned_tags):
        raise BadInput(f"A rating has at most {MAX_TAGS} tags of at most {MAX_TAG_CHARS} characters.")
    return cleaned_tags


def valid_instructions(instructions: str) -> str:
    """Empty if nothing that can be seen is left. Raises BadInput if they are too long."""
    instructions = cleaned(instructions).strip()
    if len(instructions) > MAX_INSTRUCTIONS_CHARS:
        raise BadInput(f"Standing instructions have at most {MAX_INSTRUCTIONS_CHARS:,} characters.")
    return instructions


def valid_query(query: str) -> str:
    """On one line and perhaps empty, which finds nothing. Raises BadInput if it is too long."""
    query = " ".join(cleaned(query).replace(MARK_START, " ").replace(MARK_END, " ").split())
    if len(query) > MAX_QUERY_CHARS:
        raise BadInput(f"A search has at most {MAX_QUERY_CHARS} characters.")
    return query


def valid_visibility(visibility: str) -> str:
    """Raises BadInput."""
    if visibility not in get_args(Visibility):
        raise BadInput("A chat is either private or public.")
    return visibility


def cleaned(text: str) -> str:
    """With a space for each character of _UNFIT, and without what cannot be stored."""
    return _UNFIT.sub(" ", str(storable(text.replace("\r\n", "\n"))))
