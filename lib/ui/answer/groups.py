"""The parts of an answer in groups: tool calls in a row share one box, citations in a row one line."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from lib.messages.parts import Citation, Part, ToolCall, ToolResult, content_of

_TOGETHER: dict[type[Part], str] = {ToolCall: "tools", ToolResult: "tools", Citation: "citations"}
Call = tuple[ToolCall, ToolResult | None]
"""With its result, None until that comes."""


@dataclass(frozen=True)
class PartGroup:
    """`kind` is "tools" or "citations" for such parts in a row, else the type of the only part."""

    kind: str
    parts: Sequence[Part]

    @property
    def text(self) -> str:
        return content_of(self.parts)

    @property
    def calls(self) -> list[Call]:
        """The tool calls; a result whose call is missing gets one."""
        results = {part.call_id: part for part in self.parts if isinstance(part, ToolResult)}
        calls = [part for part in self.parts if isinstance(part, ToolCall)]
        known = {call.id for call in calls}
        calls += [ToolCall(call_id, "tool", "") for call_id in results if call_id not in known]
        return [(call, results.get(call.id)) for call in calls]


def _kind(part: Part) -> str:
    return _TOGETHER.get(type(part), part.type)


def group_parts(parts: Sequence[Part]) -> list[PartGroup]:
    """In order. Parts of other kinds are groups of one."""
    groups: list[PartGroup] = []
    for kind, run in groupby(parts, key=_kind):
        together = list(run)
        pieces = [together] if kind in _TOGETHER.values() else [[part] for part in together]
        groups += [PartGroup(kind, piece) for piece in pieces]
    return groups
