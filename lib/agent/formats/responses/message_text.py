"""Emits the text of a Responses stream: each piece once, under the message to which it belongs."""

from collections.abc import Iterator

from lib.agent.events import CurrentMessage, Event, TextDelta, TextRetracted
from lib.agent.formats.responses.deduplication import TextDeduplicator
from lib.agent.formats.shared.reasoning_tags import is_speaker_name
from lib.messages.citation_marks import ANCHOR_CHARS


class MessageText:
    def __init__(self) -> None:
        self.texts = TextDeduplicator()
        self._current: float = 0
        self._ends: dict[str, str] = {}

    def delta(self, item_id: str, text: str, part: int, output_index: int | None) -> Iterator[Event]:
        yield from self._separated(item_id)
        if is_speaker_name(text):
            self.texts.numbers.announce("")
        self._ends[item_id] = (self._ends.get(item_id, "") + text)[-ANCHOR_CHARS:]
        yield from self._new(self.texts.delta(item_id, text, part, output_index))

    def part_done(self, item_id: str, text: str, part: int) -> Iterator[Event]:
        yield from self._new(self.texts.part_done(item_id, text, part))

    def item_done(self, item_id: str, text: str) -> Iterator[Event]:
        yield from self._separated(item_id, text)
        if self.texts.said_before_resuming(item_id, text):
            yield from self._retracted(self.texts.numbers.number_of(item_id))
        yield from self._new(self.texts.item_done(item_id, text))

    def end_of(self, item_id: str) -> str:
        """The end of what was streamed of an item."""
        return self._ends.get(item_id, "")

    def abandon(self) -> Iterator[Event]:
        """Retract the texts that have begun and are not finished."""
        self.texts.numbers.interrupt()
        self._ends.clear()
        for message in self.texts.abandon():
            yield from self._retracted(message)

    def at(self, message: float, text: str) -> Iterator[Event]:
        """New text that belongs to this message."""
        if text:
            yield from self._switched(message)
            yield TextDelta(text)

    def _new(self, text: str) -> Iterator[Event]:
        return self.at(self.texts.numbers.current, text)

    def _separated(self, item_id: str, full: str | None = None) -> Iterator[Event]:
        """Retract a message that mixed several items, and emit the items again one by one."""
        if self.texts.is_mixed(item_id, full):
            # The first number is that of the mixed message: empty it, then emit each text under its own number.
            for position, (message, text) in enumerate(list(self.texts.separate(item_id))):
                yield from self._switched(message)
                if position == 0:
                    yield TextRetracted()
                yield TextDelta(text)

    def _retracted(self, message: float) -> Iterator[Event]:
        yield from self._switched(message)
        yield TextRetracted()

    def _switched(self, message: float) -> Iterator[Event]:
        if message != self._current:
            self._current = message
            yield CurrentMessage(message)
