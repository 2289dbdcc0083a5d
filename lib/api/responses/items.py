"""The items of a response's output, and the numbered events that tell how they grow."""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Cited = tuple[Json, tuple[str, ...]]
"""An annotation that is not placed yet, and what stands in the text before its places."""
ItemType = Literal[
    "message", "reasoning", "function_call", "function_call_output", "mcp_approval_request", "image_generation_call"
]
ItemStatus = Literal["in_progress", "completed", "incomplete"]
ID_PREFIX: dict[ItemType, str] = {
    "message": "msg",
    "reasoning": "rs",
    "function_call": "fc",
    "function_call_output": "fco",
    "mcp_approval_request": "mcpr",
    "image_generation_call": "ig",
}


@dataclass(frozen=True, slots=True)
class OutputEvent:
    number: int
    data: Json

    def after(self, number: int) -> "OutputEvent | None":
        """What of it comes after a number: all of it, the rest of its delta, or nothing."""
        missing = self.number - number
        if missing <= 0:
            return None
        delta = self.data.get("delta", "")
        return OutputEvent(self.number, {**self.data, "delta": delta[-missing:]}) if missing < len(delta) else self


@dataclass
class Item:
    """`fields` are those of its type; a message and reasoning have text instead."""

    id: str
    index: int
    type: ItemType
    fields: Json = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)
    citations: list[Cited] = field(default_factory=list)
    """Those that become annotations once the text is complete."""
    annotations: list[Json] = field(default_factory=list)
    status: ItemStatus = "in_progress"

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def part(self) -> Json:
        """The one part of a message or of reasoning."""
        if self.type == "reasoning":
            return {"type": "summary_text", "text": self.text}
        return {"type": "output_text", "text": self.text, "annotations": list(self.annotations), "logprobs": []}

    def json(self) -> Json:
        head = {"id": self.id, "type": self.type, "status": self.status}
        parts = [self.part()] if self.pieces or self.annotations else []
        if self.type == "reasoning":
            return {**head, "summary": parts}
        if self.type == "message":
            return {**head, "role": "assistant", "content": parts}
        return {**head, **self.fields}
