"""Questions, their titles, and the ids of their answers."""

from uuid import UUID, uuid5

from lib.errors import BadInput
from lib.labels import clean_label, truncated
from lib.storable import storable_text
from lib.store.answer_ids import as_answer_id

MAX_QUESTION_CHARS = 100_000
QUESTION_TITLE_CHARS = 60
NEW_CHAT_TITLE = "New chat"
FILES_ALONE = "Your message has files, but no words. Write what you would like to know about them, please."
_ANSWERS = UUID("6f1c5f0e-4c1b-4a63-9d0e-8a3f2f6f2b11")


def question_text(text: str, *, has_files: bool = False) -> str:
    """The question as it is stored. Raises BadInput if it is empty or too long."""
    text = storable_text(text).strip()
    if not text:
        raise BadInput(FILES_ALONE if has_files else "Your message is empty.")
    if len(text) > MAX_QUESTION_CHARS:
        raise BadInput(
            f"Your message has {len(text):,} characters; {MAX_QUESTION_CHARS:,} is the most. Shorten it, please."
        )
    return text


def title_of(question: str) -> str:
    """A title from the beginning of a question, on one line."""
    return shortened(question, QUESTION_TITLE_CHARS) or NEW_CHAT_TITLE


def shortened(text: str, most_chars: int) -> str:
    """The text as a label, cut between words if it is too long; empty if nothing of it is visible."""
    words = clean_label(text)
    if len(words) <= most_chars:
        return words
    head = truncated(words, most_chars - 1)
    whole, space, _ = head.rpartition(" ")
    # Cut within a word only if that word fills most of the line.
    return f"{(whole if space and len(whole) > most_chars // 3 else head).rstrip()}…"


def first_answer_id(question_id: UUID) -> UUID:
    """The id of a question's first answer, derived from the question's so that a repeated request gets the same."""
    return as_answer_id(uuid5(_ANSWERS, str(question_id)))
