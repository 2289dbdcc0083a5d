"""The dependencies of the routes: the process's runtime, the current user, and the store of that user's chats."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from lib.errors import Gone, NotFound
from lib.identity import Asker, User, identify, identify_asker
from lib.runtime import Runtime
from lib.store.models import SharedChat
from lib.store.store import Store

# These never block, so they are async: FastAPI would run each plain function in its thread pool.


async def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime()
    return runtime


Process = Annotated[Runtime, Depends(_runtime)]


async def _current_user(request: Request, process: Process) -> User:
    user = identify(request.headers, process.settings)
    request.state.user_id = user.id
    request.app.state.rate_limit.count(user.id, process.settings.requests_per_minute)
    return user


CurrentUser = Annotated[User, Depends(_current_user)]


async def _current_asker(request: Request, user: CurrentUser) -> Asker:
    return identify_asker(user, request.headers)


CurrentAsker = Annotated[Asker, Depends(_current_asker)]


async def _store(user: CurrentUser, process: Process) -> Store:
    if process.is_ready_for(user):
        return process.store(user, remembered=False)
    return await asyncio.to_thread(process.store, user, remembered=False)


Chats = Annotated[Store, Depends(_store)]


def readable(chats: Store, chat_id: UUID) -> SharedChat:
    """A chat of the user's, or a public one. Raises NotFound."""
    if chat := chats.find_chat(chat_id):
        return chat
    raise NotFound


def must_own(chats: Store, chat_id: UUID) -> None:
    """Raises NotFound, for public chats of others too; Gone for one of their own that was deleted."""
    if chats.get_chat(chat_id) is None:
        raise Gone if chats.was_deleted(chat_id) else NotFound


def must_be_there(is_there: bool) -> None:
    """Raises NotFound."""
    if not is_there:
        raise NotFound
