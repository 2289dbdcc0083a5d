"""Start a turn: what all routes that take a question have in common."""

from lib.chat.turn import Question, Turn
from lib.errors import NotFound
from lib.identity import Asker
from lib.runtime import Runtime
from lib.store.store import Store


def start_turn(process: Runtime, chats: Store, asker: Asker, question: Question) -> Turn:
    """The turn that answers the question. For ids that were used before it is the turn of then, also after its end."""
    if turn := process.turns.ask(chats, asker, question):
        return turn
    message = chats.get_message(question.turn_id)
    if message is None:
        raise NotFound
    return Turn.ended(message)
