"""Routes for a user's chats: list and search them, and change one's own."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from lib.api.branch_schemas import BranchSchema, CopiedSchema, CopySchema, ForkSchema
from lib.api.chat_filters import Chosen, filtered_page, is_filtered
from lib.api.dependencies import Chats, Process, must_be_there, must_own, readable
from lib.api.openapi import CURSOR, MAX_PAGE, NOTHING, new_router
from lib.api.schemas import (
    ChangeSchema,
    ChatSchema,
    DoneSchema,
    HistorySchema,
    SearchSchema,
)
from lib.api.serialise import chat_schema, hit_schema
from lib.api.sharing_schemas import VisibilityDoneSchema, VisibilitySchema
from lib.chat.another_answer import message_of
from lib.chat.sharing import share
from lib.errors import BadInput, NoSuchMessage, NotFound
from lib.store import edits
from lib.store.chat_summary import ChatFilter
from lib.store.cursor import parse
from lib.store.edits import Edit
from lib.store.models import Page
from lib.store.search_cursor import parse_search_cursor
from lib.store.store import PAGE_LIMIT, Store
from lib.store.validation import MAX_QUERY_CHARS

PLACE = "this place: a `nextCursor`, or a chat's id"
router = new_router("chats")


@router.get("/history", response_model=HistorySchema, responses=NOTHING)
@router.get("/chats", response_model=HistorySchema, responses=NOTHING)
def list_chats(
    chats: Chats,
    process: Process,
    chosen: Chosen,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE_LIMIT,
    starting_after: Annotated[str | None, Query(pattern=CURSOR, description=f"Older than {PLACE}")] = None,
    ending_before: Annotated[str | None, Query(pattern=CURSOR, description=f"Newer than {PLACE}")] = None,
) -> HistorySchema | Response:
    """The most recently active first. 204 in Ephemeral mode.

    A walk from `nextCursor` to `nextCursor` meets every chat once, also those that become active meanwhile. With other
    filters than `archived` it goes from place to place: a chat that becomes active meanwhile may be missed.
    """
    if starting_after is not None and ending_before is not None:
        raise BadInput("Give starting_after or ending_before, not both.")
    for given in filter(None, (starting_after, ending_before)):
        parse(given)
    if process.is_ephemeral:
        return Response(status_code=204)
    look = partial(_page, chats, chosen, limit, starting_after, ending_before)
    page = look()
    if process.turns.recover_dead(page.chats):
        page = look()
    next_cursor = str(page.cursor) if page.cursor else None
    data = [chat_schema(chat) for chat in page.chats]
    return HistorySchema(data=data, has_more=page.has_more, next_cursor=next_cursor)


def _page(chats: Store, chosen: ChatFilter, limit: int, starting_after: str | None, ending_before: str | None) -> Page:
    if is_filtered(chosen):
        return filtered_page(chats, chosen, limit, starting_after, ending_before)
    older_than, newer_than = (None if given is None else parse(given) for given in (starting_after, ending_before))
    return chats.list_chats(limit, older_than=older_than, newer_than=newer_than, archived=bool(chosen.archived))


@router.get("/search", responses=NOTHING)
def search(
    chats: Chats,
    q: Annotated[str, Query(min_length=1, max_length=MAX_QUERY_CHARS)],
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE_LIMIT,
    starting_after: Annotated[str | None, Query(pattern=CURSOR, description="The last page's `nextCursor`")] = None,
) -> SearchSchema:
    """Your own chats that hold all the words: titles first, then what was said last.

    The last word may be unfinished once it has three letters. As on the web: "a phrase", -without, this or that.
    """
    after = None if starting_after is None else parse_search_cursor(starting_after)
    page = chats.search(q, limit, after=after)
    next_cursor = str(page.cursor) if page.cursor else None
    return SearchSchema(
        data=list(map(hit_schema, page.hits)), has_more=next_cursor is not None, next_cursor=next_cursor
    )


@router.get("/chat/{chat_id}")
@router.get("/chats/{chat_id}")
def find(chat_id: UUID, chats: Chats, process: Process) -> ChatSchema:
    """A chat of yours, or one that is shared with you."""
    chat = readable(chats, chat_id)
    return chat_schema(readable(chats, chat_id) if process.turns.recover_dead([chat]) else chat)


@router.patch("/chat/{chat_id}")
@router.patch("/chats/{chat_id}")
def change(chat_id: UUID, body: ChangeSchema, chats: Chats) -> ChatSchema:
    """Rename, pin, archive, or ask without your standing instructions; what is not given stays as it is.

    Returns the chat as it is then.
    """
    changes = _edits(body)  # an invalid title raises here, before anything is changed
    must_own(chats, chat_id)
    for edit in changes:
        must_be_there(chats.edit_chat(chat_id, edit))
    return chat_schema(readable(chats, chat_id))


@router.patch("/chat/{chat_id}/visibility")
@router.patch("/chats/{chat_id}/visibility")
def set_visibility(chat_id: UUID, body: VisibilitySchema, chats: Chats) -> VisibilityDoneSchema:
    """Public: everybody who is signed in may read the chat, but not change it. Private again takes effect at once.

    With `snapshot`, what is said later is not shown; with `expiresAt`, the chat is private from then on. Whatever is
    left out does not limit: each request says all of it anew, and a new snapshot has what was said since.
    """
    if body.visibility == "public":
        is_there = share(chats, chat_id, is_snapshot=body.snapshot, until=body.expires_at)
    else:
        is_there = chats.edit_chat(chat_id, edits.set_visibility("private"))
    must_be_there(is_there)
    now = chat_schema(readable(chats, chat_id))
    return VisibilityDoneSchema(visibility=now.visibility, sharing=now.sharing)


@router.post("/chat/{chat_id}/copy")
def copy(chat_id: UUID, body: CopySchema, chats: Chats) -> CopiedSchema:
    """Copy a chat that you may read into a private one of your own. Repeating it with the same id changes nothing."""
    must_be_there(chats.copy_chat(chat_id, body.id))
    return CopiedSchema(id=body.id)


@router.post("/chat/{chat_id}/fork")
def fork(chat_id: UUID, body: ForkSchema, chats: Chats) -> CopiedSchema:
    """Begin a private chat of your own with what was said up to a message of a chat that you may read.

    Repeating it with the same id changes nothing.
    """
    if not chats.copy_chat(chat_id, body.id, body.message_id):
        readable(chats, chat_id)
        message_of(chats, chat_id, body.message_id)
        raise NotFound
    return CopiedSchema(id=body.id)


@router.put("/chat/{chat_id}/branch")
def open_branch(chat_id: UUID, body: BranchSchema, chats: Chats) -> DoneSchema:
    """Open the branch through a message, down to the newest message below it. It stays open until another one is."""
    if not chats.open_branch(chat_id, body.message_id):
        must_own(chats, chat_id)
        raise NoSuchMessage
    return DoneSchema()


def _edits(body: ChangeSchema) -> list[Edit]:
    made = (
        edits.rename(body.title) if body.title is not None else None,
        edits.pin(body.pinned) if body.pinned is not None else None,
        edits.archive(body.archived) if body.archived is not None else None,
        edits.use_instructions(body.uses_instructions) if body.uses_instructions is not None else None,
    )
    return [edit for edit in made if edit]
