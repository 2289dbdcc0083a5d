"""Writes what Genie said as messages of the Responses API, which the app reads, logs and passes on as any agent's."""

import json
from collections.abc import Iterator
from typing import Any

from lib.agent.formats.shared.values import dict_or_empty, name_of, text_of
from lib.messages.genie_id import GenieId

Json = dict[str, Any]
TOOL = "genie"


def begun(id: GenieId) -> str:
    """Comes first, so that whoever goes on with this answer knows which one it is."""
    return json.dumps({"type": "response.created", "response": {"status": "in_progress"}, "trace_id": str(id)})


def queries(message: Json) -> Iterator[Json]:
    """The attachments that are queries, once their SQL is known."""
    return (each for each in _attachments(message) if name_of(_query(each).get("query")))


class Progress:
    """Says each query, and each thought about one, when it is new."""

    def __init__(self) -> None:
        self._thoughts: set[str] = set()
        self._queries: dict[str, list[str]] = {}

    def new(self, message: Json) -> Iterator[str]:
        for attachment in queries(message):
            if (thought := _thought(attachment)) and thought not in self._thoughts:
                self._thoughts.add(thought)
                item_id = f"thought-{len(self._thoughts)}"
                yield _item(
                    {"type": "reasoning", "id": item_id, "summary": [{"type": "summary_text", "text": thought}]}
                )
            said = self._queries.setdefault(attachment_id(attachment), [])
            # Genie may try again with another query in the same attachment.
            if (query := _query(attachment)["query"]) not in said:
                said.append(query)
                yield _call(attachment, self.call_id(attachment))

    def call_id(self, attachment: Json) -> str:
        """Of the last query that was said of the attachment."""
        id = attachment_id(attachment)
        tries = len(self._queries[id])
        return id if tries == 1 else f"{id}-{tries}"

    def result(self, attachment: Json, output: Json) -> str:
        written = json.dumps(output, ensure_ascii=False)
        return _item({"type": "function_call_output", "call_id": self.call_id(attachment), "output": written})


def ended(message: Json) -> Iterator[str]:
    """The text and the suggested questions."""
    for number, text in enumerate(_texts(message) or _descriptions(message)):
        content = [{"type": "output_text", "text": text}]
        yield _item({"type": "message", "role": "assistant", "id": f"text-{number}", "content": content})
    questions = (dict_or_empty(each.get("suggested_questions")).get("questions") for each in _attachments(message))
    suggested = [question for each in questions if isinstance(each, list) for question in each]
    response = {"status": "completed", "custom_outputs": {"suggested_questions": suggested}}
    yield json.dumps({"type": "response.completed", "response": response}, ensure_ascii=False)


def _texts(message: Json) -> list[str]:
    found = (text_of(dict_or_empty(each.get("text")).get("content")).strip() for each in _attachments(message))
    return list(filter(None, found))


def attachment_id(attachment: Json) -> str:
    return name_of(attachment.get("attachment_id")) or name_of(_query(attachment).get("id")) or TOOL


def row_count(attachment: Json) -> tuple[int | None, bool]:
    """How many rows the result has as far as Genie says, and whether Genie has cut it."""
    about = dict_or_empty(_query(attachment).get("query_result_metadata"))
    count = name_of(about.get("row_count"))
    return (int(count) if count.isdecimal() else None), about.get("is_truncated") is True


def _thought(attachment: Json) -> str:
    listed = _query(attachment).get("thoughts")
    said = [text_of(dict_or_empty(each).get("content")) for each in listed] if isinstance(listed, list) else []
    return "\n\n".join(filter(None, said))


def _call(attachment: Json, call_id: str) -> str:
    query = _query(attachment)
    arguments = {"sql": query["query"]}
    arguments |= {name: query[name] for name in ("title", "description", "parameters") if query.get(name)}
    written = json.dumps(arguments, ensure_ascii=False)
    return _item({"type": "function_call", "call_id": call_id, "name": TOOL, "arguments": written})


def _descriptions(message: Json) -> list[str]:
    """What the queries do, for an answer that has no other text."""
    said = (text_of(_query(each).get("description")).strip() for each in _attachments(message))
    return list(dict.fromkeys(filter(None, said)))


def _attachments(message: Json) -> list[Json]:
    listed = message.get("attachments")
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _query(attachment: Json) -> Json:
    return dict_or_empty(attachment.get("query"))


def _item(item: Json) -> str:
    return json.dumps({"type": "response.output_item.done", "item": item}, ensure_ascii=False)
