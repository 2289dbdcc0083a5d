"""The route that the palette asks while somebody types."""

from typing import Annotated

from fastapi import BackgroundTasks, Query

from lib.api.dependencies import Chats
from lib.api.found_schemas import ChatFoundSchema, ChatsFoundSchema, MessageFoundSchema, PieceSchema
from lib.api.openapi import MAX_PAGE, new_router
from lib.store.models import Chat
from lib.store.search_hit import FoundChat, pieces
from lib.store.search_warm_up import warm_up_search
from lib.store.store import PAGE_LIMIT
from lib.store.validation import MAX_QUERY_CHARS

router = new_router("chats")


@router.get("/search/chats")
def search_chats(
    chats: Chats,
    later: BackgroundTasks,
    q: Annotated[str, Query(max_length=MAX_QUERY_CHARS)] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE_LIMIT,
) -> ChatsFoundSchema:
    """The chats that `GET /api/search` finds, each once, with its newest hits. Without words: the last active chats."""
    if not q.strip():
        page = chats.list_chats(limit)
        later.add_task(warm_up_search, chats)
        return ChatsFoundSchema(data=list(map(_listed, page.chats)), has_more=page.has_more)
    found = chats.search_chats(q, limit)
    return ChatsFoundSchema(data=list(map(_found, found.chats)), has_more=found.cursor is not None)


def _listed(chat: Chat) -> ChatFoundSchema:
    return _found(FoundChat(chat.id, chat.title, chat.agent, chat.updated_at, chat.archived_at is not None, [], 0))


def _found(chat: FoundChat) -> ChatFoundSchema:
    return ChatFoundSchema(
        id=chat.id,
        title=_pieces(chat.title),
        agent=chat.agent,
        updated_at=chat.updated_at,
        archived=chat.is_archived,
        hits=[
            MessageFoundSchema(
                message_id=hit.message_id, role=hit.role, snippet=_pieces(hit.snippet), created_at=hit.created_at
            )
            for hit in chat.hits
            if hit.message_id and hit.role
        ],
        hit_count=chat.hit_count,
    )


def _pieces(marked: str) -> list[PieceSchema]:
    return [PieceSchema(text=text, found=is_match) for text, is_match in pieces(marked)]
