"""One chat on the page: its header, its messages, the answer that is being written, and the box to write in."""

from uuid import UUID, uuid4

import streamlit as st

from lib.chat.conversation import first_answer_id
from lib.chat.turn import Question, Turn
from lib.errors import LakechatError
from lib.store.models import Chat, Message
from lib.store.store import MESSAGES_LIMIT
from lib.ui.live import draw_live
from lib.ui.parts import draw_parts
from lib.ui.sidebar import chat_page, new_chat_page
from lib.ui.text import plain
from lib.ui.visitor import Visitor

OPENED = "opened_chat"
NEW_CHAT_ID = "new_chat_id"
ELSEWHERE_CHECK_SECONDS = 2
USER_AVATAR = ":material/person:"
AGENT_AVATAR = "assets/lakechat.png"


def draft_chat_id() -> UUID:
    """The id that the next new chat of this session will have: sending its first question twice opens one chat."""
    found: UUID = st.session_state.setdefault(NEW_CHAT_ID, uuid4())
    return found


def draw_welcome(visitor: Visitor, chat_id: UUID) -> None:
    """An empty chat with questions to begin with."""
    st.title("What would you like to know?", anchor=False)
    with st.container(horizontal=True):
        for number, starter in enumerate(visitor.runtime.settings.starter_questions):
            st.button(plain(starter), key=f"starter-{number}", on_click=_ask_starter, args=(visitor, chat_id, starter))


def draw_header(visitor: Visitor, chat: Chat) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"#### {plain(chat.title)}", anchors=False, width="stretch")
        chosen = st.menu_button("", ["Delete"], key=f"menu-{chat.id}", icon=":material/more_horiz:", type="tertiary")
    if chosen == "Delete":
        _confirm_delete(visitor, chat)


def draw_messages(visitor: Visitor, chat: Chat) -> None:
    """The last ones; earlier ones when asked for."""
    shown_key = f"shown-{chat.id}"
    shown = st.session_state.get(shown_key, MESSAGES_LIMIT)
    messages = visitor.store.list_messages(chat.id, shown)
    if messages and messages[0].parent_id:
        st.button("Show earlier messages", on_click=_set, args=(shown_key, shown + MESSAGES_LIMIT), type="tertiary")
    for message in messages:
        draw_message(message)


def draw_message(message: Message) -> None:
    if message.role == "user":
        with st.chat_message("user", avatar=USER_AVATAR):
            st.text(message.content)
    else:
        with st.chat_message("assistant", avatar=AGENT_AVATAR):
            draw_parts(message.parts, message.status)


def draw_running(visitor: Visitor, chat: Chat) -> None:
    """The answer that is being written, live; then the page again, with the answer as it is kept."""
    turn = visitor.runtime.turns.find(chat.id)
    if turn:
        with st.bottom:
            st.button("Stop", icon=":material/stop_circle:", shortcut="Esc", on_click=_stop, args=(visitor, turn))
        with st.chat_message("assistant", avatar=AGENT_AVATAR):
            draw_live(turn)
        st.rerun()
    elif chat.running:
        visitor.runtime.turns.end_dead()
        _wait_for_elsewhere(visitor, chat)


@st.fragment(run_every=ELSEWHERE_CHECK_SECONDS)
def _wait_for_elsewhere(visitor: Visitor, chat: Chat) -> None:
    st.caption(":material/hourglass_empty: The answer is being written…")
    now = visitor.store.get_chat(chat.id)
    if now is None or not now.running:
        st.rerun()


def draw_input(visitor: Visitor, chat_id: UUID) -> None:
    """The box to write in; a question that is refused is handed back as a draft."""
    key = f"question-{chat_id}"
    st.chat_input("Ask a question", key=key, on_submit=_ask_typed, args=(visitor, chat_id, key))
    for sentence in st.session_state.pop("refusals", []):
        st.toast(sentence, icon=":material/error:", duration="long")


def go_to_opened(visitor: Visitor) -> None:
    """After the first question of a new chat: to its own page."""
    chat_id = st.session_state.pop(OPENED, None)
    chat = visitor.store.get_chat(chat_id) if chat_id else None
    if chat:
        st.switch_page(chat_page(chat))


def _ask_starter(visitor: Visitor, chat_id: UUID, text: str) -> None:
    _ask(visitor, chat_id, text)


def _ask_typed(visitor: Visitor, chat_id: UUID, key: str) -> None:
    typed = str(st.session_state[key] or "")
    if not _ask(visitor, chat_id, typed):
        st.session_state[key] = typed


def _ask(visitor: Visitor, chat_id: UUID, text: str) -> bool:
    """Whether the question was taken."""
    question_id = uuid4()
    question = Question(chat_id, question_id, first_answer_id(question_id), text)
    try:
        visitor.runtime.turns.ask(visitor.store, visitor.user, question)
    except LakechatError as error:
        st.session_state.setdefault("refusals", []).append(str(error))
        return False
    if st.session_state.get(NEW_CHAT_ID) == chat_id:
        del st.session_state[NEW_CHAT_ID]
        st.session_state[OPENED] = chat_id
    return True


def _stop(visitor: Visitor, turn: Turn) -> None:
    visitor.runtime.turns.stop(turn.chat_id)


@st.dialog("Delete this chat?")
def _confirm_delete(visitor: Visitor, chat: Chat) -> None:
    st.markdown(f"“{plain(chat.title)}” and all its messages will be gone for good.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel"):
            st.rerun()
        if st.button("Delete", type="primary", icon=":material/delete:"):
            visitor.runtime.turns.stop(chat.id)
            visitor.store.delete_chat(chat.id)
            st.switch_page(new_chat_page())


def _set(key: str, value: object) -> None:
    st.session_state[key] = value
