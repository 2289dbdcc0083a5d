"""A temporary chat: only the session of one tab has it, so nobody can find it and it ends with the tab.

It is an Ephemeral chat in an app that may have a database: its store is in memory, and its turns run in a runtime
without a database (`Runtime.temporary`). So nothing of it can be written, searched, listed, exported or found through
the API. When Streamlit drops the session, a running answer is stopped.
"""

import weakref
from contextlib import suppress
from dataclasses import replace
from uuid import UUID, uuid4

import streamlit as st

from lib.errors import DatabaseUnavailable
from lib.identity import User
from lib.runtime import Runtime
from lib.store.memory import MemoryStore
from lib.store.memory_chats import MemoryChats
from lib.store.models import NewTurn, Started
from lib.store.store import Store
from lib.ui.chat.held_files import let_go_of_files
from lib.ui.drafts import TEMPORARY
from lib.ui.language import N_, _
from lib.ui.page_context import PageContext

SESSION_KEY = "temporary_chat"
NOTICE = N_("Nothing of it is saved: it ends when you close or reload this tab. The agent may keep logs of its own.")


class _TemporaryStore(MemoryStore):
    def __init__(self, chats: MemoryChats, user: User, kept: Store | None = None) -> None:
        """`kept` has the user's standing instructions."""
        super().__init__(chats, user)
        self._kept = kept

    def start_turn(self, turn: NewTurn) -> Started:
        if self._kept:
            with suppress(DatabaseUnavailable):
                self.save_instructions(self._kept.read_instructions())
        return super().start_turn(turn)

    def copy_chat(self, chat_id: UUID, new_chat_id: UUID, until: UUID | None = None) -> bool:
        """Never: the copy would be a chat that no page shows, and take the place of the original."""
        return False


class TemporaryChat:
    """Put it into the session. A running answer is stopped when nothing refers to the object any more."""

    def __init__(self, user: User, process: Runtime) -> None:
        self.id = uuid4()
        self._chats = MemoryChats(max_chats=1, files=process.files_in_memory)
        end = weakref.finalize(self, _stop, process, self.store(user), self.id)
        end.atexit = False

    def store(self, user: User, kept: Store | None = None) -> Store:
        """With `kept`, the store of what the user keeps, questions are asked with the standing instructions there."""
        return _TemporaryStore(self._chats, user, kept)


def _stop(process: Runtime, store: Store, chat_id: UUID) -> None:
    process.turns.stop(store, chat_id)
    process.files_in_memory.remove(lambda file: file.chat_id == chat_id)


def temporary_chat(context: PageContext) -> tuple[PageContext, TemporaryChat]:
    """The session's temporary chat, made if there is none, with a context in which everything about it happens."""
    process = context.runtime.temporary
    if SESSION_KEY not in st.session_state:
        st.session_state[SESSION_KEY] = TemporaryChat(context.user, process)
    chat: TemporaryChat = st.session_state[SESSION_KEY]
    return replace(context, store=chat.store(context.user, context.store), runtime=process, is_temporary=True), chat


def has_temporary_chat(user: User) -> bool:
    """Whether something was said in it."""
    chat = st.session_state.get(SESSION_KEY)
    return bool(chat and chat.store(user).list_chats().chats)


def draw_temporary_header() -> bool:
    """Draw what kind of chat it is. Returns whether the user ends it."""
    with st.container(horizontal=True, vertical_alignment="center", key="chat-header"):
        notice = f":small[:gray[:material/timer_off: {_(NOTICE)}]]"
        st.markdown(f"# {_('Temporary chat')}\n\n{notice}", anchors=False)
        return st.button(_("End"), icon=":material/close:", help=_("Discard this chat now"))


def end_temporary_chat() -> None:
    """Its answer, if one is being written, stops as soon as nothing refers to the chat."""
    st.session_state.pop(SESSION_KEY, None)
    let_go_of_files(TEMPORARY)
