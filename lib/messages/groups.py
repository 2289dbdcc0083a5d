"""Groups the parts of an answer: tool calls in a row share one box, citations in a row one list."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from lib.messages.parts import Approval, Citation, Part, Speaker, ToolCall, ToolResult, content_of
from lib.messages.sub_agents import asked_agent, shown_name

_GROUPED: dict[type[Part], str] = {ToolCall: "tools", ToolResult: "tools", Approval: "tools", Citation: "citations"}


class Call(NamedTuple):
    tool: ToolCall
    result: ToolResult | None
    """None while the tool runs."""
    approval: Approval | None = None
    """If the agent asked for one."""

    @property
    def is_refused(self) -> bool:
        """It is not made: the user denied it, or has not approved it."""
        return self.approval is not None and not self.approval.is_approved


@dataclass(frozen=True)
class PartGroup:
    """`kind` is "tools" or "citations" for such parts in a row, else the type of the one part in the group."""

    kind: str
    parts: Sequence[Part]
    sources_before: int = 0
    """How many sources the groups before have: sources are numbered through."""
    speaker: str = ""
    """The name of the agent that speaks, in words, if the answer says so."""
    speakers: frozenset[str] = frozenset()
    """The names of all that speak in the answer."""

    @property
    def sources(self) -> list[tuple[int, Citation]]:
        """With their numbers in the answer."""
        citations = [part for part in self.parts if isinstance(part, Citation)]
        return list(enumerate(citations, start=self.sources_before + 1))

    @property
    def text(self) -> str:
        return content_of(self.parts)

    @property
    def calls(self) -> list[Call]:
        """The tool calls with their results and approvals. A result without a call gets an empty call."""
        approvals = {part.call_id: part for part in self.parts if isinstance(part, Approval)}
        results = {part.call_id: part for part in self.parts if isinstance(part, ToolResult)}
        calls = [part for part in self.parts if isinstance(part, ToolCall)]
        call_ids = {call.id for call in calls}
        calls += [ToolCall(call_id, "tool", "") for call_id in results if call_id not in call_ids]
        return [Call(call, results.get(call.id), approvals.get(call.id)) for call in calls]


def asked_agents(group: PartGroup) -> list[str]:
    """The agents that the calls ask, in words; none if one of the calls uses a tool."""
    names = [asked_agent(call.tool, group.speakers) for call in group.calls]
    return list(dict.fromkeys(names)) if all(names) else []


def _kind(part: Part) -> str:
    return _GROUPED.get(type(part), part.type)


def group_parts(parts: Sequence[Part]) -> list[PartGroup]:
    """The groups in the order of the parts. Every other part is a group of its own."""
    groups: list[PartGroup] = []
    speakers = frozenset(shown_name(part.name) for part in parts if isinstance(part, Speaker))
    sources, speaker = 0, ""
    for kind, run in groupby(parts, key=_kind):
        in_a_row = list(run)
        members = [in_a_row] if kind in _GROUPED.values() else [[part] for part in in_a_row]
        if isinstance(last := in_a_row[-1], Speaker):
            speaker = shown_name(last.name)
        groups += [PartGroup(kind, each, sources, speaker, speakers) for each in members]
        sources += sum(isinstance(part, Citation) for part in in_a_row)
    return groups
