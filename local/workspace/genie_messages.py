"""Conversations with Genie, their messages, and how the API writes a message."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.demo.genie import GenieAnswer

Json = dict[str, Any]

STEPS = ("ASKING_AI", "PENDING_WAREHOUSE", "EXECUTING_QUERY", "COMPLETED")
"""What a message is at each look at it."""
DONE = ("COMPLETED", "FAILED", "CANCELLED", "QUERY_RESULT_EXPIRED")


@dataclass
class Script:
    """How the next message goes, if not well. `answer` is given instead of the demo agent's.

    `status` is how it ends: FAILED with `error`, an object of type and text, or one of `DONE`, or a status in which it
    stays until that is changed. `states` are those of the query's statement at each look, the last for good.
    """

    status: str = "COMPLETED"
    error: Json | None = None
    answer: GenieAnswer | None = None
    states: Sequence[str] = ("SUCCEEDED",)
    statement_error: str = "[TABLE_OR_VIEW_NOT_FOUND] The table or view `sales` cannot be found."
    is_typed: bool = False
    """The rows as `data_typed_array`, which Genie has in place of `data_array` at times."""


@dataclass
class Message:
    id: str
    content: str
    answer: GenieAnswer
    script: Script
    created_ms: int
    steps: Iterator[str] = field(default_factory=lambda: iter(STEPS))
    status: str = "SUBMITTED"
    feedback: Json | None = None
    result_looks: int = 0


@dataclass
class Conversation:
    """Belongs to whoever began it; for everybody else it is not there."""

    space: str
    owner: str
    messages: list[Message] = field(default_factory=list)


def message_as_json(space: str, conversation: str, message: Message) -> Json:
    said: Json = {
        "id": message.id,
        "message_id": message.id,
        "space_id": space,
        "conversation_id": conversation,
        "content": message.content,
        "status": message.status,
        "created_timestamp": message.created_ms,
        "attachments": list(_attachments(message)),
    }
    if message.status == "FAILED":
        said["error"] = message.script.error
    return said | ({"feedback": message.feedback} if message.feedback else {})


def _attachments(message: Message) -> Iterator[Json]:
    """The query as soon as it runs, everything else at the end."""
    answer, is_done = message.answer, message.status in ("COMPLETED", "QUERY_RESULT_EXPIRED")
    if answer.sql and (is_done or message.status == "EXECUTING_QUERY"):
        query: Json = {"query": answer.sql, "title": answer.title, "description": answer.description}
        query |= {"statement_id": f"statement-{message.id}", "thoughts": [{"content": "The question is about orders."}]}
        if is_done:
            query["query_result_metadata"] = {"row_count": len(answer.rows), "is_truncated": answer.is_truncated}
        yield {"attachment_id": f"query-{message.id}", "query": query}
    if is_done and answer.text:
        text = {"content": answer.text, "purpose": "TEXT_ATTACHMENT_PURPOSE_ANSWER"}
        yield {"attachment_id": f"text-{message.id}", "text": text}
    if is_done and answer.follow_ups:
        questions = {"questions": list(answer.follow_ups)}
        yield {"attachment_id": f"next-{message.id}", "suggested_questions": questions}
