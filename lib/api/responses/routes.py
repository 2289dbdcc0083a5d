"""The Responses API: the same turns for programs that speak to OpenAI, such as the `openai` client."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse

from lib.api.delivery import mark_read, marking_read
from lib.api.dependencies import Chats, CurrentAsker, CurrentUser, Process, must_own
from lib.api.event_stream import HEADERS, Check, batches
from lib.api.openapi import new_openai_router
from lib.api.responses.decisions import decide_by, has_decisions
from lib.api.responses.models import ModelList, ModelObject
from lib.api.responses.request import CreateResponse, UnknownModel
from lib.api.responses.response import Origin, ResponseObject, current_response
from lib.api.responses.stream import GOES_ON, NOTHING_SEEN, response_events
from lib.api.start_turn import start_turn
from lib.chat.replay import answer_from_log
from lib.chat.sharing import may_follow
from lib.chat.turn import Turn
from lib.errors import DatabaseUnavailable, NotFound, ShuttingDown
from lib.identity import Asker
from lib.profiles import AgentFace
from lib.runtime import Runtime
from lib.store.store import Store

OBJECT_OR_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": ResponseObject,
        "content": {"text/event-stream": {}},
        "description": "The response; with `stream` its events",
    }
}
ResponseId = Annotated[str, Path(description="The answer's id")]
router = new_openai_router("responses")


@router.post("/responses", responses=OBJECT_OR_EVENTS, response_class=JSONResponse)
async def create(
    body: CreateResponse, request: Request, asker: CurrentAsker, chats: Chats, process: Process
) -> Response:
    """Ask, and wait for the answer or follow it. Leaving does not end it; asking again with the same key asks once.

    An `input` that ends with `mcp_approval_response` items decides on the requests of an earlier response, which then
    goes on under its id.
    `Idempotency-Key`, or `metadata.question_id`, or the `id` of the message is the key.
    """
    turn, origin = await run_in_threadpool(_ask, body, request.headers, asker, chats, process)
    if body.stream:
        return _stream(turn, origin, GOES_ON if has_decisions(body) else NOTHING_SEEN, chats, process)
    if not body.background:
        await _wait(turn, process)
        await mark_read(turn, chats)
    return JSONResponse(current_response(turn, origin))


@router.get("/responses/{response_id}", responses=OBJECT_OR_EVENTS, response_class=JSONResponse)
def retrieve(
    response_id: ResponseId,
    chats: Chats,
    process: Process,
    stream: bool = False,
    starting_after: Annotated[
        int, Query(ge=NOTHING_SEEN, description="With `stream`: the last number seen")
    ] = NOTHING_SEEN,
) -> Response:
    """As it is now; with `stream` its events, from after a sequence number. Also in shared chats."""
    turn, origin = _find(response_id, chats, process)
    if not stream:
        return JSONResponse(current_response(_read_now(turn, chats, process), origin))
    is_own = chats.get_chat(turn.chat_id) is not None
    allowed = None if is_own or turn.chunks.closed else lambda: may_follow(chats, turn.chat_id, turn.id)
    return _stream(turn, origin, starting_after, chats, process, allowed)


@router.post("/responses/{response_id}/cancel", response_model=ResponseObject)
async def cancel(response_id: ResponseId, chats: Chats, process: Process) -> Response:
    """End the answer, wherever it is written, and keep what came of it. One that has ended stays as it is."""
    turn, origin = await run_in_threadpool(_stop, response_id, chats, process)
    await _wait(turn, process)
    return JSONResponse(current_response(turn, origin))


@router.get("/models")
def list_models(_user: CurrentUser, process: Process) -> ModelList:
    """The agents, the default first."""
    return ModelList(data=list(map(_model, process.agents.faces)))


@router.get("/models/{model:path}")
def retrieve_model(model: str, _user: CurrentUser, process: Process) -> ModelObject:
    _must_be_agent(model, process)
    return _model(process.agents.face(model))


def _model(face: AgentFace) -> ModelObject:
    return ModelObject(id=face.id, name=face.name, description=face.description)


def _ask(
    body: CreateResponse, headers: Mapping[str, str], asker: Asker, chats: Store, process: Runtime
) -> tuple[Turn, Origin]:
    if has_decisions(body):
        turn = decide_by(body, asker, chats, process)
        return turn, _origin(turn.id, chats, process)
    if body.model:
        _must_be_agent(body.model, process)
    question = body.question(asker.user, chats, headers, is_ephemeral=process.is_ephemeral)
    turn = start_turn(process, chats, asker, question)
    return turn, _origin(turn.id, chats, process)


def _find(response_id: str, chats: Store, process: Runtime) -> tuple[Turn, Origin]:
    """Raises NotFound for what is no answer that the user may read."""
    turn_id = _as_id(response_id)
    found = chats.find_turn(turn_id)
    if found is None:
        raise NotFound("There is no such response.")
    origin = Origin.of(found, process.agents.names[0])
    # An answer that ends between the two looks is stored by the second.
    for _ in range(2):
        if message := chats.get_message(turn_id):
            return Turn.ended(message), origin
        is_owner = chats.get_chat(found.chat_id) is not None
        turn = process.turns.attach(chats, found.chat_id, is_owner=is_owner)
        if turn and turn.id == turn_id:
            return turn, origin
    raise DatabaseUnavailable


def _read_now(turn: Turn, chats: Store, process: Runtime) -> Turn:
    """The turn as far as it has come: of one that another process runs, as far as its log says."""
    if turn.chunks.closed or process.turns.runs_here(turn.chat_id):
        return turn
    reading = chats.read_log(turn.id, after=0)
    answer = answer_from_log(reading.chunks if reading else ())
    return Turn(turn.id, turn.chat_id, turn.question_id, agent=None, answer=answer)


def _stop(response_id: str, chats: Store, process: Runtime) -> tuple[Turn, Origin]:
    turn, origin = _find(response_id, chats, process)
    must_own(chats, turn.chat_id)
    if not turn.chunks.closed:
        process.turns.stop(chats, turn.chat_id)
    elif turn.is_waiting and process.turns.stop(chats, turn.chat_id):
        return _find(response_id, chats, process)
    return turn, origin


def _origin(turn_id: UUID, chats: Store, process: Runtime) -> Origin:
    """Of a turn that has been started: it goes on even if the database is lost now."""
    try:
        found = chats.find_turn(turn_id)
    except DatabaseUnavailable:
        found = None
    return Origin.of(found, process.agents.names[0])


def _stream(
    turn: Turn, origin: Origin, after: int, chats: Store, process: Runtime, allowed: Check | None = None
) -> Response:
    return StreamingResponse(
        marking_read(response_events(turn, origin, after, lambda: process.closing, allowed), turn, chats),
        media_type="text/event-stream",
        headers={**HEADERS, "X-Chat-Id": str(turn.chat_id)},
    )


async def _wait(turn: Turn, process: Runtime) -> None:
    """For the end of the turn. Raises ShuttingDown when the process ends first."""
    async for batch in batches(turn, len(turn.chunks), lambda: process.closing):
        if batch is None:
            return
    raise ShuttingDown


def _must_be_agent(name: str, process: Runtime) -> None:
    if name not in process.agents.names:
        raise UnknownModel("There is no agent of that name here. GET /models lists them.")


def _as_id(response_id: str) -> UUID:
    try:
        return UUID(response_id)
    except ValueError:
        raise NotFound("There is no such response.") from None
