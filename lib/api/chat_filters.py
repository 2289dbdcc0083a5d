"""The filters of the list of chats: those of the page with all chats."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query

from lib.errors import BadInput
from lib.store.chat_summary import ChatFilter, SummaryReads, TableCursor
from lib.store.cursor import Cursor, parse
from lib.store.models import Page

MAX_AGENT_CHARS = 255
NO_CURSOR = "The cursor is not one that this list has given out."
ONE_DIRECTION = "A filtered list has no ending_before: it goes from the last active chat to older ones."


def _chosen(
    archived: Annotated[
        bool | None,
        Query(description="The archived chats instead of the others. Left out: the others, with `shared` both"),
    ] = None,
    pinned: Annotated[bool, Query(description="Only pinned chats")] = False,
    shared: Annotated[bool, Query(description="Only public chats")] = False,
    running: Annotated[bool, Query(description="Only chats in which an answer is being written")] = False,
    waiting: Annotated[bool, Query(description="Only chats whose answer waits for an approval of yours")] = False,
    agent: Annotated[str | None, Query(max_length=MAX_AGENT_CHARS, description="Only chats with this agent")] = None,
    since: Annotated[datetime | None, Query(description="Last active then or later; UTC if it says nothing")] = None,
    before: Annotated[datetime | None, Query(description="Last active before then")] = None,
) -> ChatFilter:
    return ChatFilter(
        archived=(None if shared else False) if archived is None else archived,
        pinned=pinned,
        shared=shared,
        running=running,
        waiting=waiting,
        agent=agent,
        since=_in_utc(since),
        before=_in_utc(before),
    )


Chosen = Annotated[ChatFilter, Depends(_chosen)]


def is_filtered(chosen: ChatFilter) -> bool:
    """Archived chats are a list of their own, with cursors in both directions."""
    return chosen not in (ChatFilter(), ChatFilter(archived=True))


def filtered_page(
    chats: SummaryReads, chosen: ChatFilter, limit: int, starting_after: str | None, ending_before: str | None
) -> Page:
    """Raises BadInput."""
    if ending_before is not None:
        raise BadInput(ONE_DIRECTION)
    table = chats.list_summaries(chosen, limit=limit, after=_after(starting_after) if starting_after else None)
    last = table.rows[-1].chat if table.cursor else None
    cursor = Cursor(last.updated_at, last.updated_at, last.id) if last else None
    return Page([row.chat for row in table.rows], cursor is not None, cursor)


def _after(text: str) -> TableCursor:
    cursor = parse(text)
    if not isinstance(cursor, Cursor):
        raise BadInput(NO_CURSOR)
    return TableCursor(cursor.place, cursor.id)


def _in_utc(time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time
