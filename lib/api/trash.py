"""Routes by which chats go: to the trash and back, or for good."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from lib.api.dependencies import Chats, Process, must_be_there
from lib.api.openapi import CURSOR, MAX_PAGE, new_router
from lib.api.schemas import DoneSchema
from lib.api.trash_schemas import (
    ConfirmDeleteSchema,
    ConfirmEraseSchema,
    DeletedSchema,
    ErasedSchema,
    TrashSchema,
    trashed_schema,
)
from lib.chat import discarding
from lib.errors import BadInput
from lib.store.cursor import Cursor, parse
from lib.store.store import PAGE_LIMIT

router = new_router("trash")


@router.get("/trash")
def list_trashed(
    chats: Chats,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE_LIMIT,
    starting_after: Annotated[str | None, Query(pattern=CURSOR, description="The last page's `nextCursor`")] = None,
) -> TrashSchema:
    """Your chats in the trash, the last trashed first."""
    after = None if starting_after is None else parse(starting_after)
    if after is not None and not isinstance(after, Cursor):
        raise BadInput("The cursor is not one that was given out here.")
    page = chats.list_trashed(limit, after=after)
    next_cursor = str(page.cursor) if page.cursor else None
    return TrashSchema(data=list(map(trashed_schema, page.chats)), has_more=page.has_more, next_cursor=next_cursor)


@router.post("/chat/{chat_id}/trash")
@router.post("/chats/{chat_id}/trash")
def trash(chat_id: UUID, chats: Chats, process: Process) -> DoneSchema:
    """Stop the running answer and take the chat out of sight everywhere. Repeating it changes nothing.

    It is private from then on, and is deleted for good after TRASH_DAYS days; where these are 0, at once.
    """
    must_be_there(discarding.trash(process.turns, chats, chat_id, process.settings.trash_days))
    return DoneSchema()


@router.post("/chat/{chat_id}/restore")
@router.post("/chats/{chat_id}/restore")
def restore(chat_id: UUID, chats: Chats) -> DoneSchema:
    """Take the chat out of the trash, to the place in the list that it had. Repeating it changes nothing."""
    must_be_there(chats.restore_chat(chat_id))
    return DoneSchema()


@router.delete("/chat/{chat_id}")
@router.delete("/chats/{chat_id}")
def delete(chat_id: UUID, chats: Chats, process: Process) -> DoneSchema:
    """Delete the chat and everything in it for good, in the trash or not. Its id cannot be used again."""
    must_be_there(discarding.delete(process.turns, chats, chat_id))
    process.feedback.wake()
    return DoneSchema()


@router.delete("/history")
def delete_all(_body: ConfirmDeleteSchema, chats: Chats, process: Process) -> DeletedSchema:
    """Delete all your chats for good, those in the trash too.

    It works in small steps and goes on to the end if you leave. If the database goes away, repeat it, and it goes on.
    """
    deleted = discarding.delete_all(process.turns, chats)
    process.feedback.wake()
    return DeletedSchema(deleted=deleted.chats)


@router.delete("/session")
def erase(_body: ConfirmEraseSchema, chats: Chats, process: Process) -> ErasedSchema:
    """Erase everything that the database holds of you: your chats, and your votes on the answers of others.

    Whoever comes again begins anew. It breaks off and goes on as deleting all chats does.
    """
    erased = discarding.erase(process.turns, chats)
    process.feedback.wake()
    return ErasedSchema(**vars(erased))
