"""The question that leads to another answer: Regenerate, and "Try again" under an answer that has failed."""

from uuid import UUID

from lib.chat.turn import Question
from lib.errors import BadInput, ChatBusy, NoSuchMessage
from lib.store.models import Message
from lib.store.store import Store


def question_again(
    store: Store,
    chat_id: UUID,
    message_id: UUID,
    turn_id: UUID,
    other_agent: str | None = None,
    time_zone: str | None = None,
) -> Question:
    """Asks the question that the message is, or answers, once more. The answer becomes a sibling of the earlier ones.

    The caller must own the chat. Raises NoSuchMessage, ChatBusy for an answer that is being written, and BadInput for
    an answer to nothing.
    """
    message = message_of(store, chat_id, message_id)
    asked = message if message.role == "user" else _asked(store, chat_id, message)
    return Question(
        chat_id=chat_id,
        question_id=asked.id,
        turn_id=turn_id,
        text=asked.content,
        attachments=asked.attachments,
        follows=asked.parent_id,
        is_beginning=asked.parent_id is None,
        other_agent=other_agent,
        time_zone=time_zone,
    )


def message_of(store: Store, chat_id: UUID, message_id: UUID) -> Message:
    """A message of a chat. Raises NoSuchMessage, or ChatBusy for an answer that is being written."""
    message = store.get_message(message_id)
    if message and message.chat_id == chat_id:
        return message
    running = store.running_turn(chat_id)
    raise ChatBusy if running and running.id == message_id else NoSuchMessage


def _asked(store: Store, chat_id: UUID, answer: Message) -> Message:
    asked = message_of(store, chat_id, answer.parent_id) if answer.parent_id else None
    if asked is None or asked.role != "user":
        raise BadInput("This message answers no question, so there is nothing to answer again.")
    return asked
