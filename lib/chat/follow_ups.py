"""Has a model suggest what to ask next, where the agent itself suggests nothing."""

import asyncio
import re

from lib.agent.formats.shared.normalise import MAX_FOLLOW_UP_CHARS
from lib.chat.model_text import QUOTES, lines_of
from lib.chat.small_model import SmallModel
from lib.chat.turn import Turn
from lib.messages.choices import choices_of
from lib.messages.parts import MOST_FOLLOW_UPS, SignIn, follow_ups_of
from lib.store.store import Store

QUESTION_CHARS = 2_000
ANSWER_START_CHARS, ANSWER_END_CHARS = 3_000, 1_000
INSTRUCTION = (
    f"Below are a question and its answer. Suggest {MOST_FOLLOW_UPS} questions that the same person may want to ask "
    "next, as they would write them, in the language of the question: short, different from each other, and such that "
    "more of the same data can answer them. Write each question on a line of its own, ending with a question mark, and "
    "nothing else. If no question suggests itself, answer NONE."
)
_BULLET = re.compile(r"^(?:[-*+•–]|\(?\d{1,2}[.):])\s*(?!\d)")  # noqa: RUF001
# Latin, Chinese and Japanese, Arabic, and Greek, whose question mark is typed as a semicolon.
_IS_QUESTION = re.compile(r".*[?\uff1f\u061f\u037e]|.*[\u0370-\u03ff].*;")


def wants_follow_ups(turn: Turn) -> bool:
    """Whether a model should be asked: the answer is whole, and says nothing itself of what comes next."""
    if turn.status != "complete" or not turn.is_stored or not turn.answer.content:
        return False
    parts = turn.answer.parts
    return not (follow_ups_of(parts) or choices_of(parts) or any(isinstance(part, SignIn) for part in parts))


async def suggest_follow_ups(model: SmallModel, store: Store, turn: Turn) -> None:
    """Ask for the questions, once, and store them with the answer."""
    said = await model.ask(INSTRUCTION, _exchange(turn.question, turn.answer.content))
    if questions := questions_in(said, asked=turn.question):
        await asyncio.to_thread(store.add_follow_ups, turn.chat_id, turn.id, questions)


def questions_in(said: str, asked: str) -> list[str]:
    """The questions that a model's text has, each on a line; not the one that was asked, and none twice.

    Whatever is no question is left out: the model may refuse, or say first what it is going to do.
    """
    found: dict[str, str] = {}
    for line in lines_of(said):
        question = _BULLET.sub("", line).strip(f" *{QUOTES}")
        if _IS_QUESTION.fullmatch(question) and len(question) <= MAX_FOLLOW_UP_CHARS:
            found.setdefault(_words(question), question)
    found.pop(_words(asked), None)
    found.pop("", None)  # a question mark alone
    return list(found.values())[:MOST_FOLLOW_UPS]


def _words(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.casefold()))


def _exchange(question: str, answer: str) -> str:
    """Both, so far as they are needed: of a long answer the beginning and the end."""
    if len(answer) > ANSWER_START_CHARS + ANSWER_END_CHARS:
        answer = f"{answer[:ANSWER_START_CHARS]}\n[…]\n{answer[-ANSWER_END_CHARS:]}"
    return f"Question:\n{question[:QUESTION_CHARS]}\n\nAnswer:\n{answer}"
