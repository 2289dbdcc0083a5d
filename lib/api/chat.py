"""Routes for questions and answers: read a chat, ask, follow the answer, stop it."""

from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from lib.api.branch_schemas import RegenerateSchema
from lib.api.chat_stream import LastEventId, events, resume_number
from lib.api.delivery import marking_read
from lib.api.dependencies import Chats, CurrentAsker, Process, must_own, readable
from lib.api.event_stream import HEADERS, Check
from lib.api.openapi import EVENTS, NOTHING, new_router
from lib.api.question_files import added, attached
from lib.api.question_schemas import AskedMessage, AskSchema, FilePartSchema, TextPartSchema
from lib.api.schemas import DoneSchema, MessagesSchema
from lib.api.serialise import message_schema, running_schema
from lib.api.start_turn import start_turn
from lib.chat.another_answer import question_again
from lib.chat.context import context_cut
from lib.chat.conversation import first_answer_id
from lib.chat.sharing import may_follow
from lib.chat.turn import Question, Turn
from lib.errors import BadInput
from lib.messages.parts import ContextMessage, Text
from lib.runtime import Runtime
from lib.store.answer_ids import as_answer_id
from lib.store.models import has_earlier
from lib.store.store import Store

ALL_MESSAGES = 10_000
NOT_HERE = "before is no message of this chat."

router = new_router("answers")


@router.get("/messages/{chat_id}")
@router.get("/chats/{chat_id}/messages")
def messages(
    chat_id: UUID,
    chats: Chats,
    process: Process,
    limit: Annotated[int, Query(ge=1, le=ALL_MESSAGES)] = ALL_MESSAGES,
    before: Annotated[UUID | None, Query(description="Those that lead up to this message")] = None,
) -> MessagesSchema:
    """The last messages of the open branch, oldest first; `nextCursor` is the `before` of the page before.

    An answer that is being written on it comes last, as far as it has come, and does not count towards `limit`. Also of
    shared chats, of which it is the branch that is shown.
    """
    is_owner = readable(chats, chat_id).is_owner
    turn = None if before else process.turns.attach(chats, chat_id, is_owner=is_owner)
    found = chats.list_messages(chat_id, limit, before=before)
    if before and not found and not _is_in(chats, before, chat_id):
        raise BadInput(NOT_HERE)
    data = [message_schema(message) for message in found]
    if turn and found and found[-1].id == turn.question_id:
        replies = chats.list_replies(chat_id, turn.question_id) if is_owner else ()
        data.append(running_schema(turn, list(dict.fromkeys([*replies, turn.id]))))
    more = has_earlier(found)
    end = chats.list_messages(chat_id, 1) if before and is_owner else found
    cut = context_cut(chats, chat_id, end[-1].id, process.settings) if end and is_owner else None
    return MessagesSchema(
        data=data,
        has_more=more,
        next_cursor=found[0].id if more else None,
        context_cut=cut.message_id if cut else None,
        context_summary=cut.summary.content if cut and cut.summary else None,
    )


@router.post("/chat", response_class=StreamingResponse, responses=EVENTS)
def chat(body: AskSchema, asker: CurrentAsker, chats: Chats, process: Process) -> Response:
    """Ask, and follow the answer. Leaving does not end it; asking again with the same ids asks nothing twice."""
    question = _question(body, chats, process.is_ephemeral)
    return followed(start_turn(process, chats, asker, question), chats, process, after=0)


@router.post("/chat/{chat_id}/regenerate", response_class=StreamingResponse, responses=EVENTS)
def regenerate(chat_id: UUID, body: RegenerateSchema, asker: CurrentAsker, chats: Chats, process: Process) -> Response:
    """Have a question answered once more, and follow that answer. Its branch opens; the earlier ones are kept.

    Repeating it with the same id answers nothing twice.
    """
    must_own(chats, chat_id)
    turn_id = as_answer_id(body.id or uuid4())
    question = question_again(chats, chat_id, body.message_id, turn_id, body.agent, body.time_zone)
    return followed(start_turn(process, chats, asker, question), chats, process, after=0)


@router.get("/chat/{chat_id}/stream", response_class=StreamingResponse, responses={**EVENTS, **NOTHING})
def stream(chat_id: UUID, chats: Chats, process: Process, last_event_id: LastEventId = "0") -> Response:
    """Follow the running answer from after Last-Event-ID; 204 when none runs, or another one by now.

    Also in chats that are shared live.
    """
    is_owner = readable(chats, chat_id).is_owner
    turn = process.turns.attach(chats, chat_id, is_owner=is_owner)
    after = resume_number(turn, last_event_id) if turn else None
    if turn is None or after is None:
        return Response(status_code=204)
    return followed(turn, chats, process, after, None if is_owner else lambda: may_follow(chats, chat_id, turn.id))


@router.post("/chat/{chat_id}/stop")
def stop(chat_id: UUID, chats: Chats, process: Process) -> DoneSchema:
    """End the running answer and keep what came of it."""
    must_own(chats, chat_id)
    return DoneSchema(success=process.turns.stop(chats, chat_id))


def _is_in(chats: Store, message_id: UUID, chat_id: UUID) -> bool:
    message = chats.get_message(message_id)
    return message is not None and message.chat_id == chat_id


def _question(body: AskSchema, chats: Store, is_ephemeral: bool) -> Question:
    *earlier, last = body.messages
    if last.role != "user":
        raise BadInput("The last message must be the user's question.")
    question_id = last.id or uuid4()
    return Question(
        chat_id=body.id or uuid4(),
        question_id=question_id,
        turn_id=first_answer_id(question_id),
        text=_text(last),
        agent=body.agent,
        earlier=[ContextMessage(said.role, [Text(_text(said))]) for said in earlier] if is_ephemeral else (),
        is_new_chat=body.id is None,
        attachments=[*attached(chats, last.attachments), *added(chats, question_id, _files_in(last))],
        follows=last.parent_id,
        is_beginning=last.parent_id is None and "parent_id" in last.model_fields_set,
        time_zone=body.time_zone,
    )


def _text(message: AskedMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    return "\n\n".join(part.text for part in message.content if isinstance(part, TextPartSchema))


def _files_in(message: AskedMessage) -> list[dict[str, Any]]:
    parts = () if isinstance(message.content, str) else message.content
    return [part.model_dump() for part in parts if isinstance(part, FilePartSchema)]


def followed(turn: Turn, chats: Store, process: Runtime, after: int, allowed: Check | None = None) -> Response:
    """The events of a turn after a number."""
    said = events(turn, after, lambda: process.closing, lambda: process.is_saved(turn), allowed)
    return StreamingResponse(
        marking_read(said, turn, chats),
        media_type="text/event-stream",
        headers={**HEADERS, "X-Chat-Id": str(turn.chat_id)},
    )
