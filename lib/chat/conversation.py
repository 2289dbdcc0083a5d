"""Questions, their titles, and the ids of their answers."""

import re
from uuid import UUID, uuid5

from lib.errors import BadInput
from lib.labels import clean_label, truncated
from lib.storable import storable_text
from lib.store.answer_ids import as_answer_id
from lib.store.validation import MAX_TITLE_CHARS

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


_QUOTES = "\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb"


def cleaned_title(suggestion: str) -> str | None:
    """A model's suggestion made fit for the sidebar, cut between words; None if nothing is left."""
    answer = storable_text(suggestion).rpartition("</think>")[2]
    text = re.sub(r"<think>.*|<[^>]*>", " ", answer, flags=re.DOTALL)
    lines = [clean_label(line).strip(f" #*{_QUOTES}") for line in text.splitlines()]
    first = next((line for line in lines if line), "")
    title = re.sub(r"^title\s*:\s*", "", first, flags=re.IGNORECASE).strip(f" .{_QUOTES}")
    return shortened(title, MAX_TITLE_CHARS) or None
