"""Questions and their answers: read, asked, followed and stopped."""

from uuid import UUID, uuid4

from fastapi import Response
from fastapi.responses import StreamingResponse

from lib.agent.ask import Said
from lib.api import sse
from lib.api.common import EVENTS, NOTHING, router
from lib.api.shapes import AskShape, AttachmentShape, DoneShape, MessagesShape
from lib.api.shaping import message_shape, running_shape
from lib.api.visit import Chats, Process, Visitor, must_own, readable
from lib.chat.conversation import first_answer_id
from lib.chat.turn import Question, Turn
from lib.errors import BadInput, NotFound
from lib.runtime import Runtime
from lib.store.models import Attachment, text_part
from lib.store.store import Store

ALL_MESSAGES = 10_000

talk = router("answers")


@talk.get("/messages/{chat_id}")
@talk.get("/chats/{chat_id}/messages")
def messages(chat_id: UUID, chats: Chats, process: Process) -> MessagesShape:
    """Oldest first; the answer that is being written, as far as it has come, is the last. Also of public chats."""
    readable(chats, chat_id)
    turn = process.turns.attach(chats, chat_id)
    data = [message_shape(message) for message in chats.list_messages(chat_id, ALL_MESSAGES)]
    if turn and all(message.id != turn.id for message in data):
        data.append(running_shape(turn))
    return MessagesShape(data=data)


@talk.post("/chat", response_class=StreamingResponse, responses=EVENTS)
def chat(body: AskShape, user: Visitor, chats: Chats, process: Process) -> Response:
    """Ask, and follow the answer. Leaving does not end it; asking again with the same ids asks nothing twice."""
    question = _question(body, process.is_ephemeral)
    turn = process.turns.ask(chats, user, question) or _ended(chats, question)
    return _stream(turn, process, after=0)


@talk.get("/chat/{chat_id}/stream", response_class=StreamingResponse, responses={**EVENTS, **NOTHING})
def stream(chat_id: UUID, chats: Chats, process: Process, last_event_id: sse.LastEventId = "0") -> Response:
    """Follow the running answer from after Last-Event-ID; 204 when none runs, or another one by now.

    Also in public chats.
    """
    is_owner = readable(chats, chat_id).is_owner
    turn = process.turns.attach(chats, chat_id)
    after = sse.place_in(turn, last_event_id) if turn else None
    if turn is None or after is None:
        return Response(status_code=204)
    return _stream(turn, process, after, None if is_owner else lambda: chats.find_chat(chat_id) is not None)


@talk.post("/chat/{chat_id}/stop")
def stop(chat_id: UUID, chats: Chats, process: Process) -> DoneShape:
    """End the running answer and keep what came of it."""
    must_own(chats, chat_id)
    return DoneShape(success=process.turns.stop(chats, chat_id))


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
        is_new_chat=body.id is None,
        attachments=[_attachment(each) for each in last.attachments],
    )


def _attachment(given: AttachmentShape) -> Attachment:
    return Attachment(name=given.name, content_type=given.content_type, size=given.size, url=given.url)


def _ended(chats: Store, question: Question) -> Turn:
    """The answer that these ids were given before, also where the question has been answered again since."""
    message = chats.get_message(question.turn_id)
    if message is None:
        raise NotFound
    return Turn.ended(message)


def _stream(turn: Turn, process: Runtime, after: int, allowed: sse.Check | None = None) -> Response:
    return StreamingResponse(
        sse.events(turn, after, lambda: process.closing, lambda: process.is_saved(turn), allowed),
        media_type="text/event-stream",
        headers={**sse.HEADERS, "X-Chat-Id": str(turn.chat_id)},
    )
