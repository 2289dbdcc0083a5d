"""An agent whose answers the test writes and releases piece by piece."""

import json
from collections.abc import Iterator
from typing import Any

from local.workspace import Fault, Recorded, Workspace

DONE = b"data: [DONE]\n\n"


class HeldAgent:
    """Controls the answers of the local workspace's agent."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._faults: list[Fault] = []
        self._asked_before = len(workspace.requests.invocations)

    def says(self, *pieces: str, held_after: int | None = None) -> Fault:
        """Set the next answer; each piece after the first `held_after` waits to be released."""
        return self.set_next_fault(chunks=list(_stream(pieces)), hold_after=held_after)

    def streams(self, *items: dict[str, Any]) -> Fault:
        """Set the next answer, as finished items of a Responses stream."""
        return self.set_next_fault(
            chunks=[*(_event({"type": "response.output_item.done", "item": item}) for item in items), DONE]
        )

    def set_next_fault(self, **fault: Any) -> Fault:
        """Set the fault of the next question."""
        made = self._workspace.faults.invocations.next(**fault)
        self._faults.append(made)
        return made

    def titles(self, **fault: Any) -> Fault:
        made = self._workspace.faults.titles.next(**fault)
        self._faults.append(made)
        return made

    @property
    def asked(self) -> list[Recorded]:
        """The requests of this test, oldest first."""
        return self._workspace.requests.invocations[self._asked_before :]

    def release_all(self) -> None:
        for fault in self._faults:
            fault.release_all()
        self._workspace.faults.clear()


def looked_up(rows: list[dict[str, Any]], words: str = "Here it is.") -> list[dict[str, Any]]:
    """The items of an answer that rests on the result of a tool."""
    text = {"type": "output_text", "text": words, "annotations": []}
    return [
        {"type": "function_call", "call_id": "1", "name": "run_sql", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "1", "output": json.dumps(rows)},
        {"type": "message", "id": "2", "role": "assistant", "content": [text]},
    ]


def _stream(pieces: tuple[str, ...]) -> Iterator[bytes]:
    for piece in pieces:
        yield _event({"type": "response.output_text.delta", "item_id": "1", "delta": piece})
    content = [{"type": "output_text", "text": "".join(pieces), "annotations": []}]
    item = {"type": "message", "id": "1", "role": "assistant", "content": content}
    yield _event({"type": "response.output_item.done", "item": item}) + DONE


def _event(data: object) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()
