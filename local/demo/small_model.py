"""The small model beside the demo agents."""

import re
from collections.abc import Iterator

from local.demo import follow_ups, summaries
from local.demo.events import End, Event, Message, TextDelta
from local.demo.titles import title_for


def answer(messages: list[Message]) -> Iterator[Event]:
    """Gives a title, or next questions or a summary if the instruction asks for those."""
    asked = [message.text for message in messages if message.role == "user"] or [""]
    instruction = "\n".join(message.text for message in messages if message.role == "system")
    if re.search(summaries.INSTRUCTION, instruction):
        said = summaries.summary_for(asked[-1])
    elif re.search(follow_ups.INSTRUCTION, instruction):
        said = "\n".join(follow_ups.follow_ups_for(asked[-1]))
    else:
        said = title_for(asked[-1])
    words = re.findall(r"\S+\s*", said)
    yield from map(TextDelta, words)
    yield End(sum(len(message.text.split()) for message in messages), len(words))
