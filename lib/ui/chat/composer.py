"""Every way to ask: the box, a starter question, once more, and on from where an answer broke off."""

from uuid import UUID, uuid4

import streamlit as st

from lib.chat.conversation import first_answer_id
from lib.chat.turn import Question
from lib.identity import identify_asker
from lib.store.answer_ids import new_answer_id
from lib.store.models import Message
from lib.ui.markdown.escape import escape_label
from lib.ui.navigation import go_to_chat
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors

NEW_CHAT_ID = "new_chat_id"
AGENT = "agent"
CALLED_BACK = "called_back"
DRAFT = "draft"
GO_ON = "Please go on from where you stopped."


def draft_chat_id() -> UUID:
    """The id that the next new chat of this session will have: sending its first question twice opens one chat."""
    found: UUID = st.session_state.setdefault(NEW_CHAT_ID, uuid4())
    return found


def draw_welcome(context: PageContext, chat_id: UUID) -> None:
    """An empty chat with questions to begin with."""
    st.title("What would you like to know?", anchor=False)
    agents = context.runtime.agents.names
    if len(agents) > 1:
        st.selectbox("Agent", agents, key=AGENT, width=320)
    with st.container(horizontal=True):
        for number, starter in enumerate(context.runtime.settings.starter_questions):
            st.button(escape_label(starter), key=f"starter-{number}", on_click=_ask, args=(context, chat_id, starter))


def draw_composer(context: PageContext, chat_id: UUID, box: str | None = None) -> None:
    """The box to write in; a question that is refused is handed back as a draft.

    `box` is the path of the chat whose box this is: what was being written there stands in it.
    """
    key = f"question-{box or chat_id}"
    if draft := st.session_state.pop(DRAFT, None):
        st.session_state[key] = draft
    typed = st.chat_input("Ask a question", key=key, on_submit=_ask_typed, args=(context, chat_id, key))
    if typed and not st.session_state.pop(CALLED_BACK, False):
        _ask_without_callback(context, chat_id, typed)


def draw_retry_buttons(context: PageContext, answer: Message) -> None:
    """For an answer that did not come to its end."""
    st.button("Try again", icon=":material/refresh:", on_click=_ask_again, args=(context, answer))
    if answer.content:
        go_on = (context, answer.chat_id, GO_ON, answer.id)
        st.button("Continue", icon=":material/resume:", on_click=_ask, args=go_on)


def _ask_without_callback(context: PageContext, chat_id: UUID, typed: str) -> None:
    """In the first run of a session, which knows no callbacks yet: whoever was cut off for long, or whose app was
    deployed anew, may be back and have sent a question before the page has been drawn once.
    """
    st.session_state[DRAFT] = typed
    if _is_taken(context, chat_id, typed):
        del st.session_state[DRAFT]
    st.rerun()


def _ask_typed(context: PageContext, chat_id: UUID, key: str) -> None:
    st.session_state[CALLED_BACK] = True
    typed, is_taken = str(st.session_state[key] or ""), False
    try:
        is_taken = _is_taken(context, chat_id, typed)
    finally:
        if not is_taken:
            st.session_state[key] = typed


def _ask(context: PageContext, chat_id: UUID, text: str, follows: UUID | None = None) -> None:
    _is_taken(context, chat_id, text, follows)


def _is_taken(context: PageContext, chat_id: UUID, text: str, follows: UUID | None = None) -> bool:
    """Ask; False when the question was refused."""
    question_id = uuid4()
    # Only a chat that does not exist yet can choose: afterwards it remembers.
    is_new = chat_id == st.session_state.get(NEW_CHAT_ID)
    agent = st.session_state.get(AGENT) if is_new else None
    question = Question(
        chat_id, question_id, first_answer_id(question_id), text, agent, is_new_chat=is_new, follows=follows
    )
    return _send(context, question)


def _ask_again(context: PageContext, answer: Message) -> None:
    """The same question; the new answer stands beside the old one, which is kept."""
    with show_errors():
        for question in context.store.list_messages(answer.chat_id, 1, before=answer.id):
            _send(context, Question(answer.chat_id, question.id, new_answer_id(), question.content))


def _send(context: PageContext, question: Question) -> bool:
    with show_errors():
        context.runtime.turns.ask(context.store, identify_asker(context.user, st.context.headers), question)
        if st.session_state.get(NEW_CHAT_ID) == question.chat_id:
            del st.session_state[NEW_CHAT_ID]
            go_to_chat(question.chat_id)
        return True
    return False
