"""The output of a response as it grows: text, calls and sources in; items and numbered events out.

Sequence numbers count characters: an event with a delta takes as many numbers as the delta has characters and is known
by the last of them; every other event takes one. So a number is a place in the answer, whatever pieces the text came
in. A reader can go on from it at another replica, which reads along in other pieces, and after the end, when only the
parts of the stored message are left.

That holds as long as text is only ever added at the end. Where an agent writes several messages at the same time, or
text and reasoning were taken for each other, what was sent already cannot be taken back: the items concerned end as
`incomplete`, the right ones follow, and `is_in_order` is False from then on.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from lib.api.responses.citations import placed
from lib.api.responses.items import ID_PREFIX, Cited, Item, ItemType, OutputEvent
from lib.messages.parts import ToolCall

CREATED, IN_PROGRESS = 0, 1
"""The numbers of the two events that come before all output."""
BETWEEN_TEXTS = "\n\n"
"""So that the texts of all messages, joined, are the answer's `content`."""


class Output:
    """For one reader, on one thread. `lib.api.responses.reading` feeds it."""

    def __init__(self, answer_id: UUID) -> None:
        self.items: list[Item] = []
        self.number = IN_PROGRESS
        """Of the last event."""
        self.is_in_order = True
        self.message: float = 0
        """Which of the answer's messages the text belongs to that is added next."""
        self._answer_id = answer_id
        self._new: list[OutputEvent] = []
        self._texts: dict[float, Item] = {}
        """By their messages, those that may still grow: until something other than text or a source comes."""
        self._reasoning: Item | None = None
        self._citations: list[Cited] = []
        """Those that came before any text."""
        self._counts: Counter[str] = Counter()
        self._call_ids: dict[str, str] = {}

    def take_new(self) -> list[OutputEvent]:
        """The events since the last time."""
        new, self._new = self._new, []
        return new

    def continues(self, sent: "Output") -> bool:
        """Whether this, which is whole, begins with everything that `sent` has sent."""
        if not sent.is_in_order or len(sent.items) > len(self.items):
            return False
        for ours, theirs in zip(self.items, sent.items, strict=False):
            is_growing = theirs is sent.items[-1] and theirs.status == "in_progress"
            same = ours.text.startswith(theirs.text) if is_growing else ours.text == theirs.text
            if not same or (ours.id, ours.fields) != (theirs.id, theirs.fields):
                return False
        return True

    def add_text(self, text: str) -> None:
        if not text:
            return
        item = self._texts.get(self.message) or self._open_text()
        if item is not self.items[-1]:
            self.is_in_order = False
        if not item.pieces and any(other.pieces for other in self.items if other.type == "message"):
            text = BETWEEN_TEXTS + text
        item.pieces.append(text)
        self._emit("output_text.delta", item, content_index=0, delta=text, logprobs=[])

    def add_reasoning(self, text: str) -> None:
        if not text:
            return
        if self._reasoning is None:
            self.close()
            self._reasoning = self._add_item("reasoning")
            self._emit("reasoning_summary_part.added", self._reasoning, summary_index=0, part=self._reasoning.part())
        self._reasoning.pieces.append(text)
        self._emit("reasoning_summary_text.delta", self._reasoning, summary_index=0, delta=text)

    def take_back_text(self) -> str:
        """What was sent of the current message."""
        item = self._texts.pop(self.message, None)
        return self._take_back(item) if item else ""

    def take_back_reasoning(self) -> str | None:
        """What was sent last, if that was reasoning."""
        item, self._reasoning = self._reasoning, None
        return self._take_back(item) if item else None

    def add_call(self, id: str, name: str, arguments: str) -> None:
        self.close()
        self._call_ids[id] = call_id = self._unique(id)
        item = self._add_item("function_call", call_id=call_id, name=name, arguments="")
        if arguments:
            self._emit("function_call_arguments.delta", item, delta=arguments)
        self._emit("function_call_arguments.done", item, name=name, arguments=arguments)
        self._finish(item, arguments=arguments)

    def add_request(self, call: ToolCall, server: str | None) -> None:
        """The agent asks whether it may make a call. Its id is the call's: with that the user answers."""
        self.close()
        about = {"name": call.name, "arguments": call.arguments, "server_label": server or ""}
        self._finish(self._add_item("mcp_approval_request", call.id, **about))

    def go_on(self) -> None:
        """The user has decided. The end of the response until then had a number, too."""
        self.close()
        self.number += 1

    def add_result(self, call_id: str, output: str) -> None:
        self.close()
        item = self._add_item("function_call_output", call_id=self._call_ids.get(call_id, call_id), output="")
        self._finish(item, output=output)

    def add_image(self, base64: str) -> None:
        self.close()
        self._finish(self._add_item("image_generation_call", result=None), result=base64)

    def cite(self, url: str, title: str, after: Sequence[str] = ()) -> None:
        """A source of the last text, or of the next where none is open. `after`: what stands before its marks."""
        self._close_reasoning()
        citation = {"type": "url_citation", "url": url, "title": title or url}
        if not url:
            citation = {"type": "file_citation", "file_id": title, "filename": title}
        open_texts = list(self._texts.values())
        (open_texts[-1].citations if open_texts else self._citations).append((citation, tuple(after)))

    def close(self) -> None:
        """What has come so far grows no more."""
        self._close_reasoning()
        texts, self._texts = list(self._texts.values()), {}
        for item in texts:
            for index, annotation in enumerate(placed(item.text, item.citations)):
                item.annotations.append(annotation)
                where = {"content_index": 0, "annotation_index": index}
                self._emit("output_text.annotation.added", item, **where, annotation=item.annotations[-1])
            self._emit("output_text.done", item, content_index=0, text=item.text, logprobs=[])
            self._emit("content_part.done", item, content_index=0, part=item.part())
            self._finish(item)

    def end(self) -> None:
        """Nothing more comes."""
        self.close()
        if self._citations:
            self._open_text()
            self.close()

    def _open_text(self) -> Item:
        self._close_reasoning()
        if any(message > self.message for message in self._texts):
            self.is_in_order = False
        item = self._texts[self.message] = self._add_item("message")
        self._emit("content_part.added", item, content_index=0, part=item.part())
        item.citations, self._citations = self._citations, []
        return item

    def _take_back(self, item: Item) -> str:
        text, item.pieces, item.status = item.text, [], "incomplete"
        self.is_in_order = False
        self._emit("output_item.done", item, item=item.json())
        return text

    def _close_reasoning(self) -> None:
        item, self._reasoning = self._reasoning, None
        if item:
            self._emit("reasoning_summary_text.done", item, summary_index=0, text=item.text)
            self._emit("reasoning_summary_part.done", item, summary_index=0, part=item.part())
            self._finish(item)

    def _unique(self, call_id: str) -> str:
        """An agent may use an id twice; clients hold two calls with one id for one call."""
        self._counts[f"call {call_id}"] += 1
        used = self._counts[f"call {call_id}"]
        return f"{call_id}#{used}" if used > 1 else call_id

    def _add_item(self, type: ItemType, id: str = "", **fields: Any) -> Item:
        # Numbered by type: of what may be taken back nothing else's id depends on it.
        id = id or f"{ID_PREFIX[type]}_{self._answer_id.hex}_{self._counts[type]}"
        self._counts[type] += 1
        item = Item(id, len(self.items), type, fields)
        self.items.append(item)
        self._emit("output_item.added", item, item=item.json())
        return item

    def _finish(self, item: Item, **fields: Any) -> None:
        item.fields, item.status = {**item.fields, **fields}, "completed"
        self._emit("output_item.done", item, item=item.json())

    def _emit(self, kind: str, of: Item, /, **fields: Any) -> None:
        place = {} if kind.startswith("output_item.") else {"item_id": of.id}
        data = {"type": f"response.{kind}", **place, "output_index": of.index, **fields}
        self.number += len(fields.get("delta", " "))
        self._new.append(OutputEvent(self.number, data))
