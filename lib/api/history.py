"""A user's chats: listed, searched, and changed by their owner."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from lib.api.common import MAX_PAGE, NOTHING, router
from lib.api.shapes import (
    ChangeShape,
    ChatShape,
    CopiedShape,
    CopyShape,
    DoneShape,
    HistoryShape,
    SearchShape,
    VisibilityDoneShape,
    VisibilityShape,
)
from lib.api.shaping import chat_shape, hit_shape
from lib.api.visit import Chats, Process, must_be_there, must_own, readable
from lib.errors import BadInput
from lib.store.cursor import parse
from lib.store.given import MAX_QUERY_CHARS, title_given
from lib.store.store import PAGE_LIMIT

CURSOR = r"^[A-Za-z0-9_-]{1,100}$"
PLACE = "this place: a `nextCursor`, or a chat's id"
history = router("chats")


@history.get("/history", response_model=HistoryShape, responses=NOTHING)
@history.get("/chats", response_model=HistoryShape, responses=NOTHING)
def list_chats(
    chats: Chats,
    process: Process,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE_LIMIT,
    starting_after: Annotated[str | None, Query(pattern=CURSOR, description=f"Older than {PLACE}")] = None,
    ending_before: Annotated[str | None, Query(pattern=CURSOR, description=f"Newer than {PLACE}")] = None,
    archived: Annotated[bool, Query(description="Those that were put aside, instead of the others")] = False,
) -> HistoryShape | Response:
    """The last active first. 204 in Ephemeral mode.

    A walk from `nextCursor` to `nextCursor` meets every chat once, also those that become active meanwhile.
    """
    if starting_after is not None and ending_before is not None:
        raise BadInput("Give starting_after or ending_before, not both.")
    older_than, newer_than = (None if given is None else parse(given) for given in (starting_after, ending_before))
    if process.is_ephemeral:
        return Response(status_code=204)
    look = partial(chats.list_chats, limit, older_than=older_than, newer_than=newer_than, archived=archived)
    page = look()
    if process.turns.end_dead(page.chats):
        page = look()
    next_cursor = str(page.cursor) if page.cursor else None
    return HistoryShape(data=[chat_shape(chat) for chat in page.chats], has_more=page.has_more, next_cursor=next_cursor)


@history.get("/search", responses=NOTHING)
def search(
    chats: Chats,
    q: Annotated[str, Query(min_length=1, max_length=MAX_QUERY_CHARS)],
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE_LIMIT,
) -> SearchShape:
    """Your own chats that hold all the words: titles first, then what was said last.

    The last word may be unfinished once it has three letters. As on the web: "a phrase", -without, this or that.
    """
    return SearchShape(data=[hit_shape(hit) for hit in chats.search(q, limit)])


@history.get("/chat/{chat_id}")
@history.get("/chats/{chat_id}")
def find(chat_id: UUID, chats: Chats, process: Process) -> ChatShape:
    """A chat of yours, or a public one."""
    chat = readable(chats, chat_id)
    return chat_shape(readable(chats, chat_id) if process.turns.end_dead([chat]) else chat)


@history.patch("/chat/{chat_id}")
@history.patch("/chats/{chat_id}")
def change(chat_id: UUID, body: ChangeShape, chats: Chats) -> ChatShape:
    """Rename, pin or put aside; what is not given stays. The chat as it is then."""
    if body.title is not None:
        title_given(body.title)  # before anything is changed
    must_own(chats, chat_id)
    if body.title is not None:
        must_be_there(chats.rename_chat(chat_id, body.title))
    if body.pinned is not None:
        must_be_there(chats.pin_chat(chat_id, body.pinned))
    if body.archived is not None:
        must_be_there(chats.archive_chat(chat_id, body.archived))
    return chat_shape(readable(chats, chat_id))


@history.patch("/chat/{chat_id}/visibility")
@history.patch("/chats/{chat_id}/visibility")
def set_visibility(chat_id: UUID, body: VisibilityShape, chats: Chats) -> VisibilityDoneShape:
    """Public: everybody who is signed in may read it, and nothing else. Private again closes it at once."""
    must_be_there(chats.set_visibility(chat_id, body.visibility))
    return VisibilityDoneShape(visibility=body.visibility)


@history.post("/chat/{chat_id}/copy")
def copy(chat_id: UUID, body: CopyShape, chats: Chats) -> CopiedShape:
    """A chat that you may read, as a private one of your own. Again with the same id changes nothing."""
    must_be_there(chats.copy_chat(chat_id, body.id))
    return CopiedShape(id=body.id)


@history.delete("/chat/{chat_id}")
@history.delete("/chats/{chat_id}")
def delete(chat_id: UUID, chats: Chats, process: Process) -> DoneShape:
    """The chat with all that is in it; no other begins under its id."""
    must_be_there(chats.get_chat(chat_id) is not None)
    process.turns.stop(chats, chat_id)
    must_be_there(chats.delete_chat(chat_id))
    return DoneShape()
