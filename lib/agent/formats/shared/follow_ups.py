"""Finds the next questions that an agent suggests.

None of the five wire formats has a field for them. Two places are read:

- `custom_outputs` of a ResponsesAgent or ChatAgent, with a list of texts under one of the names in `NAMES`;
- `attachments` of a Genie message, of which one has `suggested_questions`.
"""

from collections.abc import Iterator
from typing import Any

from lib.agent.formats.shared.values import dict_or_empty

NAMES = ("follow_ups", "follow_up_questions", "suggested_questions")


def suggested_questions(data: dict[str, Any]) -> Iterator[str]:
    """The questions of one message of a stream, or of a whole answer, as the agent wrote them."""
    for holder in (data, dict_or_empty(data.get("response"))):
        custom = dict_or_empty(holder.get("custom_outputs"))
        for name in NAMES:
            yield from _texts(custom.get(name))
        attachments = holder.get("attachments")
        for attachment in attachments if isinstance(attachments, list) else []:
            yield from _texts(dict_or_empty(attachment).get("suggested_questions"))


def _texts(given: Any) -> Iterator[str]:
    """Of a list, or of Genie's object around one."""
    questions = given.get("questions") if isinstance(given, dict) else given
    yield from (each for each in questions if isinstance(each, str)) if isinstance(questions, list) else ()
