"""The parts of an answer in the runs in which they are shown: what was done in a row stands together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from lib.store.models import Part

_TOGETHER = {"tool_call": "tools", "tool_result": "tools", "citation": "citations"}


@dataclass(frozen=True)
class Segment:
    """`kind` is "tools" or "citations" for a run of such parts, else the type of its one part."""

    kind: str
    parts: Sequence[Part]

    @property
    def text(self) -> str:
        return str(self.parts[0].get("text", ""))

    @property
    def calls(self) -> list[tuple[Part, Part | None]]:
        """Each tool call with its result, None while it is awaited; a result without its call stands for both."""
        results = {part["call_id"]: part for part in self.parts if part["type"] == "tool_result"}
        known = {part["id"] for part in self.parts if part["type"] == "tool_call"}
        orphans = [part for call_id, part in results.items() if call_id not in known]
        made = [(part, results.get(part["id"])) for part in self.parts if part["type"] == "tool_call"]
        return [*made, *(({"name": "tool", "arguments": "", "id": part["call_id"]}, part) for part in orphans)]


def _kind(part: Part) -> str:
    return _TOGETHER.get(part["type"]) or str(part["type"])


def segments(parts: Sequence[Part]) -> list[Segment]:
    """In order; of a kind that stands alone, one segment for each part."""
    found: list[Segment] = []
    for kind, run in groupby(parts, key=_kind):
        together = list(run)
        found += [Segment(kind, together)] if kind in _TOGETHER.values() else [Segment(kind, [one]) for one in together]
    return found
