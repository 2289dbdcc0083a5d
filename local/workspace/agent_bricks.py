"""Writes Responses as the agents do that Databricks builds: Supervisor Agents and Knowledge Assistants.

A supervisor names who speaks in a message of its own, `<name>agent-x</name>`, and asks another agent by a call of that
name. A Knowledge Assistant cites a file of a Volume by the address at which the workspace has it, with page and passage
in the fragment. In the stream the citation comes right behind what rests on it, and the whole text has footnotes.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from local.demo.events import Cited, End, Named, TeamEvent, TextDelta, ToolCall, ToolResult
from local.workspace.answer_formats import Json, Reply, custom_outputs, response_of, tool_events, usage, weight

HOST = "https://dbc-local.cloud.databricks.com"
FOOTNOTE = "[^src-{number}]"


def responses(events: Iterable[TeamEvent], reply: Reply) -> Iterator[tuple[float, Json]]:
    """Pairs of (words to wait before, event)."""
    for number, (words, data) in enumerate(_responses(events, reply)):
        yield words, data | {"sequence_number": number}


def whole_response(events: Iterable[TeamEvent], reply: Reply) -> Json:
    """Without the footnotes: there the text is cut where its sources are cited."""
    *_, (_, last) = responses(events, reply)
    whole: Json = last["response"]
    return whole | reply.databricks_output


def _responses(events: Iterable[TeamEvent], reply: Reply) -> Iterator[tuple[float, Json]]:
    yield 0.0, {"type": "response.created", "response": response_of(reply, [], "in_progress")}
    output: list[Json] = []
    message = _Message(reply, 0)
    for event in events:
        at: Json = {"output_index": len(output)}
        if isinstance(event, TextDelta):
            yield weight(event), message.delta(event.text) | at
        elif isinstance(event, Cited):
            yield 0.0, message.cite(event) | at
        else:
            if message.parts[0]["text"]:
                yield 0.0, {"type": "response.output_item.done", **at, "item": message.item(with_footnotes=True)}
                output.append(message.item())
                message = _Message(reply, len(output))
            yield from _step(event, reply, output)


def _step(event: TeamEvent, reply: Reply, output: list[Json]) -> Iterator[tuple[float, Json]]:
    at: Json = {"output_index": len(output)}
    if isinstance(event, Named):
        name = _Message(reply, len(output))
        name.delta(f"<name>{event.name}</name>")
        output.append(name.item())
        yield 0.0, {"type": "response.output_item.done", **at, "item": output[-1]}
    elif isinstance(event, ToolCall | ToolResult):
        yield from tool_events(event, at, output)
    elif isinstance(event, End):
        whole = response_of(reply, output, "completed") | {"usage": usage(event, "input", "output")}
        yield 0.0, {"type": "response.completed", "response": whole} | custom_outputs(event) | reply.databricks_output


class _Message:
    """`parts` are cut where a source is cited."""

    def __init__(self, reply: Reply, number: int) -> None:
        self._id = f"msg_{reply.reply_id}_{number}"
        self.parts = [_part()]

    def delta(self, text: str) -> Json:
        if self.parts[-1]["annotations"]:
            self.parts.append(_part())
        self.parts[-1]["text"] += text
        return {"type": "response.output_text.delta", "item_id": self._id, "content_index": 0, "delta": text}

    def cite(self, source: Cited) -> Json:
        annotation = {"type": "url_citation", "title": source.path.rpartition("/")[2], "url": _address(source)}
        self.parts[-1]["annotations"].append(annotation)
        return {"type": "response.output_text.annotation.added", "item_id": self._id, "annotation": annotation}

    def item(self, *, with_footnotes: bool = False) -> Json:
        item = {"type": "message", "id": self._id, "role": "assistant", "status": "completed"}
        cited = [part["annotations"] for part in self.parts if part["annotations"]]
        if not (with_footnotes and cited):
            return {**item, "content": self.parts}
        marks = [
            FOOTNOTE.format(number=number) if part["annotations"] else "" for number, part in enumerate(self.parts)
        ]
        text = "".join(part["text"].rstrip() + mark + " " for part, mark in zip(self.parts, marks, strict=True))
        notes = [
            f"{mark}: {part['annotations'][0]['title']}" for part, mark in zip(self.parts, marks, strict=True) if mark
        ]
        return {**item, "content": [_part(text + "\n\n" + "\n".join(notes))]}


def _part(text: str = "") -> Json:
    return {"type": "output_text", "text": text, "annotations": []}


def _address(source: Cited) -> str:
    place = f"page={source.page}" if source.page else ""
    return f"{HOST}/ajax-api/2.0/fs/files{quote(source.path)}#{place}:~:text={quote(source.passage, safe='')}"
