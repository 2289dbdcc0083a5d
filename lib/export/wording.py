"""What a file for people says about a chat and its messages, whatever its format."""

from datetime import datetime

from lib.export.source import ChatSource
from lib.messages.groups import PartGroup
from lib.messages.parts import Approval, ToolCall, ToolResult
from lib.messages.sub_agents import asked_agent
from lib.store.models import Status
from lib.store.record_models import MessageRecord

ENDINGS: dict[Status, str] = {
    "stopped": "This answer was stopped.",
    "interrupted": "This answer was interrupted. What had arrived is kept.",
    "failed": "This answer failed.",
}
STILL_WRITTEN = "An answer was still being written when this file was made. It is not in it."
UNKNOWN_PART = "A part that this version of Lakechat cannot show"
NO_NAME = "A source without a name"


def facts(source: ChatSource) -> list[tuple[str, str]]:
    """What stands at the top: a label and its value each."""
    chat = source.chat
    found = [
        ("Exported", shown_time(source, source.exported_at)),
        ("Shared by", "" if chat.is_owner else chat.owner_name or "its owner"),
        ("Agent", source.agent_name(chat.agent) if chat.agent else ""),
        ("Begun", shown_time(source, chat.created_at)),
        ("Last active", shown_time(source, chat.updated_at)),
        ("Shown", _shown(source)),
    ]
    return [(label, value) for label, value in found if value]


def _shown(source: ChatSource) -> str:
    shown, all_messages = len(source.extent.branch), source.extent.messages
    if shown == all_messages:
        return f"the open branch, {_messages(shown)}"
    return f"the open branch, {shown} of {_messages(all_messages)}; other versions are left out"


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{number:,} messages"


def shown_time(source: ChatSource, moment: datetime) -> str:
    """With its zone: a file travels."""
    return f"{moment.astimezone(source.exported_at.tzinfo):%Y-%m-%d %H:%M %Z}"


def speaker(source: ChatSource, record: MessageRecord) -> str:
    match record.message.role:
        case "user":
            return "You" if source.chat.is_owner else source.chat.owner_name or "Question"
        case "assistant":
            return source.agent_of(record)
        case role:
            return role.capitalize()


def decision(approval: Approval) -> str:
    """What was decided about a call for which the agent asked."""
    if approval.is_approved is None:
        return "Nobody decided whether this call may be made, so it was not made."
    if approval.is_standing:
        return "This tool was always allowed in this chat."
    words = "This call was approved" if approval.is_approved else "This call was denied"
    return f"{words}: {approval.reason}" if approval.reason else f"{words}."


def call_heading(call: ToolCall, group: PartGroup) -> str:
    asked = asked_agent(call, group.speakers)
    return f"Asked: {asked}" if asked else f"Tool: {call.name}"


def sources_heading(group: PartGroup) -> str:
    return f"Sources of {group.speaker}:" if group.speaker else "Sources:"


def took(result: ToolResult | None) -> str:
    """How long a tool ran; empty where that is not known."""
    if result is None or result.duration_ms is None:
        return ""
    return f"{result.duration_ms / 1000:.1f} s" if result.duration_ms >= 100 else f"{result.duration_ms} ms"
