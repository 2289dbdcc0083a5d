"""What the table says of a chat beside its title, as HTML: columns on a wide screen, one line on a phone."""

from datetime import datetime, tzinfo
from html import escape

from lib.store.chat_summary import MAX_COUNTED, ChatSummary, Column
from lib.store.models import Chat
from lib.ui.agents import agent_name
from lib.ui.dates import when
from lib.ui.language import _, number_text

UNKNOWN = "?"


def headings() -> str:
    return (
        f'<div class="chat-cells"><span class="agent">{_("Agent")}</span><span class="number">{_("Messages")}</span>'
        f'<span class="mark">{_("Shared")}</span><span class="mark">{_("Rated")}</span></div>'
    )


def cells(row: ChatSummary, zone: tzinfo, sorted_by: Column) -> str:
    """On a phone the time of its beginning is shown only if the table is sorted by it."""
    created = '<span class="created sorted">' if sorted_by == "created" else '<span class="created">'
    return (
        f'<div class="chat-cells"><span class="agent">{_agent(row.chat)}</span>'
        f'<span class="number">{_messages(row.messages)}</span>'
        f'<span class="mark">{_shared(row.chat)}</span><span class="mark">{_rated(row)}</span>'
        f"{created}{_time(row.chat.created_at.astimezone(zone))}</span>"
        f"{_time(row.chat.updated_at.astimezone(zone))}</div>"
    )


def when_cell(at: datetime, zone: tzinfo) -> str:
    return f'<div class="chat-cells">{_time(at.astimezone(zone))}</div>'


def _time(at: datetime) -> str:
    return f'<time datetime="{at.isoformat()}" title="{at:%Y-%m-%d %H:%M}">{when(at, datetime.now(at.tzinfo))}</time>'


def _agent(chat: Chat) -> str:
    return escape(agent_name(chat.agent))


def _messages(count: int | None) -> str:
    number = UNKNOWN if count is None else number_text(min(count, MAX_COUNTED))
    more = "+" if count and count > MAX_COUNTED else ""
    return f'{number}{more}<span class="unit"> {_("message") if count == 1 else _("messages")}</span>'


def _shared(chat: Chat) -> str:
    """In the list of shared chats there may be archived ones."""
    if chat.visibility != "public":
        return ""
    said = _("Snapshot") if chat.snapshot_id else _("Shared")
    return f"{said}, {_('archived')}" if chat.archived_at else said


def _rated(row: ChatSummary) -> str:
    thumbs = (
        ("thumb_up", _("Answers that you found good: {count}"), row.upvotes),
        ("thumb_down", _("Answers that you found bad: {count}"), row.downvotes),
    )
    return " ".join(
        f'<span title="{said.format(count=count)}"><i aria-hidden="true">{icon}</i>{count}</span>'
        for icon, said, count in thumbs
        if count
    )
