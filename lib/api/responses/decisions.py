"""Decisions of the user about what an agent asked for, in a request of `POST /v1/responses`."""

from itertools import takewhile
from uuid import UUID

from lib.agent.events import Decision
from lib.api.dependencies import must_own
from lib.api.responses.request import CreateResponse, InputItem, as_uuid
from lib.chat.deciding import decide, decision
from lib.chat.turn import Turn
from lib.errors import BadInput, NotFound
from lib.identity import Asker
from lib.runtime import Runtime
from lib.store.store import Store

DECISION = "mcp_approval_response"
NO_RESPONSE = "Say by `previous_response_id` or `conversation` which response asked for the approval."


def has_decisions(body: CreateResponse) -> bool:
    """Whether `input` ends with them."""
    return bool(body.items) and body.items[-1].type == DECISION


def decide_by(body: CreateResponse, asker: Asker, chats: Store, process: Runtime) -> Turn:
    """The turn that goes on. Raises BadInput, NotFound, and what `decide` raises."""
    ending = list(takewhile(lambda item: item.type == DECISION, reversed(body.items)))
    decisions = list(map(_decision, reversed(ending)))
    chat_id = _chat_id(body, chats)
    must_own(chats, chat_id)
    return decide(process.turns, chats, asker, chat_id, decisions)


def _chat_id(body: CreateResponse, chats: Store) -> UUID:
    if not body.previous_response_id:
        chat_id = body.chat_id(None)
        if chat_id is None:
            raise BadInput(NO_RESPONSE, param="previous_response_id")
        return chat_id
    found = chats.find_turn(as_uuid(body.previous_response_id, "previous_response_id"))
    if found is None:
        raise NotFound("There is no such response to go on from.", param="previous_response_id")
    return found.chat_id


def _decision(item: InputItem) -> Decision:
    if not item.approval_request_id or item.approve is None:
        raise BadInput("An approval needs `approval_request_id` and `approve`.", param="input")
    try:
        return decision(item.approval_request_id, item.approve, item.reason)
    except BadInput as error:
        raise BadInput(str(error), param="input") from error
