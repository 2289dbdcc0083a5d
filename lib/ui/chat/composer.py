"""Every way to ask a question: typed, and by `send` and `ask` what is done with a message or a starter question.

A question is sent in a callback. Streamlit runs callbacks before the page, so the page is drawn once and already shows
the question.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID, uuid4

import streamlit as st
from streamlit.typing import ChatInputValue, UploadedFile

from lib.attachments.limits import MAX_FILE_BYTES
from lib.chat.conversation import first_answer_id
from lib.chat.turn import Question
from lib.store.files import Attachment
from lib.ui.chat.agent_picker import chosen_agent, draw_agent_picker
from lib.ui.chat.excerpt import leave_excerpt
from lib.ui.chat.held_files import MEGABYTE, draw_held_files, held_files, hold_files
from lib.ui.chat.new_chat import next_chat
from lib.ui.drafts import accepted_questions
from lib.ui.language import N_, _
from lib.ui.page_context import PageContext, browser_timezone
from lib.ui.sign_in import current_asker
from lib.ui.toasts import show_errors

DRAFT = "draft"
HANDLED = "handled_by_callback"
ASKED = "asked_question"
WAITS = N_("The agent waits for your decision above")
ASK, ASK_ABOUT_FILES = N_("Ask a question"), N_("What would you like to know about this?")


class Typed(NamedTuple):
    """What a person sends off."""

    text: str
    files: Sequence[UploadedFile]


def draw_composer(
    context: PageContext,
    chat_id: UUID,
    box: str | None = None,
    *,
    is_new: bool = False,
    is_agent_waiting: bool = False,
) -> None:
    """Draw the input for a question. If a question is refused, its text is put back.

    While the agent waits for a decision, a question is refused.

    `box` is the input's key instead of `chat_id`: the browser keeps the draft as long as the key stays the same.
    With `is_new` it begins the chat, and offers the choice of an agent.
    """
    box = box or str(chat_id)
    key = f"question-{box}"
    if draft := st.session_state.pop(DRAFT, None):
        st.session_state[key] = draft
    draw_held_files(box)
    if is_new:
        draw_agent_picker(context, chat_id)
    given = st.chat_input(
        _(WAITS if is_agent_waiting else ASK_ABOUT_FILES if held_files(box) else ASK),
        key=key,
        accept_file="multiple",
        max_upload_size=MAX_FILE_BYTES // MEGABYTE,
        on_submit=_ask_typed,
        args=(context, chat_id, box, key),
    )
    if given and not st.session_state.pop(HANDLED, False):
        _ask_without_callback(context, chat_id, box, _typed(given))


def _typed(given: ChatInputValue | str | None) -> Typed:
    if isinstance(given, ChatInputValue):
        return Typed(given.text, given.files)
    return Typed(given or "", ())


def _ask_without_callback(context: PageContext, chat_id: UUID, box: str, typed: Typed) -> None:
    """Send a question in the first run of a session, which has no callbacks yet.

    A browser that was disconnected for minutes, or whose app was deployed again, gets a new session and may send a
    question before the page has been drawn once.
    """
    st.session_state[DRAFT] = typed.text
    if _try_to_ask_typed(context, chat_id, box, typed):
        del st.session_state[DRAFT]
    st.rerun()


def _ask_typed(context: PageContext, chat_id: UUID, box: str, key: str) -> None:
    st.session_state[HANDLED] = True
    typed, is_accepted = _typed(st.session_state[key]), False
    try:
        is_accepted = _try_to_ask_typed(context, chat_id, box, typed)
    finally:
        if not is_accepted:
            st.session_state[key] = typed.text


def _try_to_ask_typed(context: PageContext, chat_id: UUID, box: str, typed: Typed) -> bool:
    """Send the question with its files. Returns False if it, or a file of it, was refused: what is good is kept."""
    if not hold_files(context, box, typed.files):
        return False
    held = held_files(box)
    if held and not typed.text.strip():
        return False  # the input asks for the question

    def when_taken() -> None:
        held.clear()
        accepted_questions().add(context.user, box, typed.text)

    return _try_to_ask(context, chat_id, typed.text, attachments=tuple(held), when_taken=when_taken)


def ask(context: PageContext, chat_id: UUID, text: str, follows: UUID | None = None) -> None:
    _try_to_ask(context, chat_id, text, follows)


def _try_to_ask(
    context: PageContext,
    chat_id: UUID,
    text: str,
    follows: UUID | None = None,
    attachments: Sequence[Attachment] = (),
    when_taken: Callable[[], object] = lambda: None,
) -> bool:
    """Send the question. Returns False if it was refused."""
    question_id = uuid4()
    question = Question(
        chat_id,
        question_id,
        first_answer_id(question_id),
        text,
        chosen_agent(chat_id),
        is_new_chat=next_chat(chat_id) is not None,
        attachments=attachments,
        follows=follows,
    )
    return send(context, question, when_taken)


def send(context: PageContext, question: Question, when_taken: Callable[[], object] = lambda: None) -> bool:
    """False if it was refused, for a reason that is shown.

    While the database takes the question, the browser may ask for another run: its connection was cut and is back, or
    its user goes to another page. Streamlit then ends this run at its next access to the session. So nothing accesses
    the session from there on, and what must be noted of a question that is taken, `when_taken` among it, is noted in
    objects. Else the page would show the question as not sent.
    """
    new_chat = next_chat(question.chat_id)
    leave_excerpt()
    st.session_state[ASKED] = str(question.question_id)
    zone = browser_timezone()
    question = replace(question, time_zone=zone.key if zone else None)
    with show_errors():
        context.runtime.turns.ask(context.store, current_asker(context), question)
        when_taken()
        if new_chat:
            new_chat.is_begun = True
        return True
    return False
