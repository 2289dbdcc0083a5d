"""What programs may ask of a user's chats."""

import asyncio
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from lib.agent.ask import Said
from lib.api import sse
from lib.api.shapes import (
    AskShape,
    DoneShape,
    ErrorShape,
    HealthShape,
    HistoryShape,
    MessagesShape,
    SessionShape,
    chat_shape,
    message_shape,
    running_shape,
    session_shape,
)
from lib.chat.conversation import first_answer_id
from lib.chat.turn import Question, Turn
from lib.errors import BadInput, NotFound
from lib.identity import User, identify
from lib.runtime import Runtime
from lib.store.models import text_part
from lib.store.store import PAGE_LIMIT, Store

MAX_PAGE = 100
ALL_MESSAGES = 10_000
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorShape} for status in (400, 401, 404, 409, 422, 500, 503)
}
NOTHING: dict[int | str, dict[str, Any]] = {204: {"description": "Nothing is kept, or nothing runs"}}
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "The answer as server-sent events"},
    **NOTHING,
}

routes = APIRouter(responses=ERRORS)


# These wait for nothing, so they are async: a plain function would cost a trip through the thread pool each.


async def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime()
    return runtime


Process = Annotated[Runtime, Depends(_runtime)]


async def _visitor(request: Request, process: Process) -> User:
    return identify(request.headers, process.settings)


Visitor = Annotated[User, Depends(_visitor)]


async def _store(user: Visitor, process: Process) -> Store:
    return process.store(user) if process.is_ready else await asyncio.to_thread(process.store, user)


Chats = Annotated[Store, Depends(_store)]


@routes.get("/health")
def health() -> HealthShape:
    return HealthShape()


@routes.get("/session")
def session(user: Visitor) -> SessionShape:
    return session_shape(user)


@routes.get("/history", response_model=HistoryShape, responses=NOTHING)
@routes.get("/chats", response_model=HistoryShape, responses=NOTHING)
def history(
    chats: Chats,
    process: Process,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = PAGE_LIMIT,
    starting_after: Annotated[UUID | None, Query(description="Older than this chat")] = None,
    ending_before: Annotated[UUID | None, Query(description="Newer than this chat")] = None,
) -> HistoryShape | Response:
    """The last active first. 204 in Ephemeral mode."""
    if starting_after and ending_before:
        raise BadInput("Give starting_after or ending_before, not both.")
    if process.is_ephemeral:
        return Response(status_code=204)
    page = chats.list_chats(limit, older_than=starting_after, newer_than=ending_before)
    return HistoryShape(data=[chat_shape(chat) for chat in page.chats], has_more=page.has_more)


@routes.get("/messages/{chat_id}")
@routes.get("/chats/{chat_id}/messages")
def messages(chat_id: UUID, chats: Chats, process: Process) -> MessagesShape:
    """Oldest first; the answer that is being written, as far as it has come, is the last."""
    _required(chats, chat_id)
    turn = process.turns.attach(chats, chat_id)
    data = [message_shape(message) for message in chats.list_messages(chat_id, ALL_MESSAGES)]
    if turn and all(message.id != turn.id for message in data):
        data.append(running_shape(turn))
    return MessagesShape(data=data)


@routes.post("/chat", response_class=StreamingResponse, responses=EVENTS)
def chat(body: AskShape, user: Visitor, chats: Chats, process: Process) -> Response:
    """Ask, and follow the answer. Leaving does not end it; asking again with the same ids asks nothing twice."""
    question = _question(body, process.is_ephemeral)
    turn = process.turns.ask(chats, user, question) or _ended(chats, question)
    return _stream(turn, process, after=0)


@routes.get("/chat/{chat_id}/stream", response_class=StreamingResponse, responses=EVENTS)
def stream(chat_id: UUID, chats: Chats, process: Process, last_event_id: Annotated[int, Header(ge=0)] = 0) -> Response:
    """Follow the running answer from after Last-Event-ID; 204 when none runs."""
    _required(chats, chat_id)
    turn = process.turns.attach(chats, chat_id)
    return _stream(turn, process, last_event_id) if turn else Response(status_code=204)


@routes.post("/chat/{chat_id}/stop")
def stop(chat_id: UUID, chats: Chats, process: Process) -> DoneShape:
    """End the running answer and keep what came of it."""
    _required(chats, chat_id)
    return DoneShape(success=process.turns.stop(chats, chat_id))


@routes.delete("/chat/{chat_id}")
@routes.delete("/chats/{chat_id}")
def delete(chat_id: UUID, chats: Chats, process: Process) -> DoneShape:
    """The chat with all that is in it."""
    _required(chats, chat_id)
    process.turns.stop(chats, chat_id)
    if not chats.delete_chat(chat_id):
        raise NotFound
    return DoneShape()


def _required(chats: Store, chat_id: UUID) -> None:
    if chats.get_chat(chat_id) is None:
        raise NotFound


def _question(body: AskShape, is_ephemeral: bool) -> Question:
    *earlier, last = body.messages
    if last.role != "user":
        raise BadInput("The last message must be the user's question.")
    question_id = last.id or uuid4()
    return Question(
        chat_id=body.id or uuid4(),
        question_id=question_id,
        turn_id=first_answer_id(question_id),
        text=last.content,
        agent=body.agent,
        earlier=[Said(said.role, [text_part(said.content)]) for said in earlier] if is_ephemeral else (),
    )


def _ended(chats: Store, question: Question) -> Turn:
    """The answer that these ids were given before."""
    for message in reversed(chats.list_messages(question.chat_id, ALL_MESSAGES)):
        if message.id == question.turn_id:
            return Turn.ended(message)
    raise NotFound


def _stream(turn: Turn, process: Runtime, after: int) -> Response:
    return StreamingResponse(
        sse.events(turn, after, lambda: process.closing),
        media_type="text/event-stream",
        headers={**sse.HEADERS, "X-Chat-Id": str(turn.chat_id)},
    )
