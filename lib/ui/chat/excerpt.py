"""Which part of a chat is shown: its end, or the messages around the one that the address names.

The address of a message is that of its chat with `?message=<id>`. Where the part begins and ends is kept in the
session, so that only the run that opens a message, or asks for later ones, reads the order of the whole branch.
"""

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import streamlit as st

from lib.errors import DatabaseUnavailable
from lib.store.models import Chat, Message, SharedChat
from lib.store.store import MESSAGES_LIMIT
from lib.ui.language import _
from lib.ui.navigation import MESSAGE
from lib.ui.page_context import PageContext

LATER = MESSAGES_LIMIT // 2
"""How many messages after the named one are shown at first."""


@dataclass(frozen=True)
class Excerpt:
    """A part of the open branch, or of the branch that ends before `until`: at most `limit` messages."""

    named: UUID | None = None
    """The message that the address names."""
    is_found: bool = False
    """Whether the user may read it, and it is marked. A version that was switched to is not."""
    until: UUID | None = None
    """The first message that is no longer shown; None if the end of the chat is shown."""
    limit: int = MESSAGES_LIMIT
    reached: UUID | None = None
    """The message at the edge of what was shown before later or earlier ones came."""
    visit: str = ""
    """Another one each time the page has to scroll to one of these messages."""

    @property
    def marked(self) -> UUID | None:
        return self.named if self.is_found else None


def excerpt_of(context: PageContext, chat: Chat) -> Excerpt:
    """The part of the chat that the page shows now."""
    named = _named()
    excerpt: Excerpt = st.session_state.get(_key(chat.id), Excerpt())
    if excerpt.named == named:
        return excerpt
    try:
        excerpt = _around(context, chat, named) if named else Excerpt()
    except DatabaseUnavailable:
        # The end of the chat is in memory. The message is looked for again in the next run.
        return Excerpt()
    st.session_state[_key(chat.id)] = excerpt
    return excerpt


def is_at_end(chat: Chat) -> bool:
    """Whether the last run, or this one, shows the end of the chat."""
    return st.session_state.get(_key(chat.id), Excerpt()).until is None


def leave_excerpt() -> None:
    """Show the end of the chat: call this in a callback."""
    if MESSAGE in st.query_params:
        st.query_params.clear()


def open_branch(context: PageContext, chat_id: UUID, message_id: UUID) -> None:
    """Open the branch through another version of a message: call this in a callback.

    An excerpt begins where it did, and the address names that version: the message that it named before would
    open its own branch again.
    """
    if MESSAGE not in st.query_params:
        context.store.open_branch(chat_id, message_id)
        return
    excerpt: Excerpt = st.session_state.get(_key(chat_id), Excerpt())
    before = _branch(context, chat_id)
    context.store.open_branch(chat_id, message_id)
    branch = _branch(context, chat_id)
    if message_id not in branch:  # an answer that is still being written
        leave_excerpt()
        return
    place = branch.index(message_id)
    end = before.index(excerpt.until) if excerpt.until in before else len(before)
    start = min(place, max(0, end - excerpt.limit))
    end = min(len(branch), max(end, place + 1 + LATER))
    until = branch[end] if end < len(branch) else None
    st.query_params[MESSAGE] = str(message_id)
    st.session_state[_key(chat_id)] = replace(
        excerpt, named=message_id, is_found=False, until=until, limit=end - start, reached=None
    )


def read_excerpt(context: PageContext, chat: Chat, excerpt: Excerpt) -> list[Message]:
    return context.store.list_messages(chat.id, excerpt.limit, before=excerpt.until)


def show_earlier(chat: Chat, excerpt: Excerpt, first: UUID) -> None:
    """Call this in a callback. `first` is the earliest message that is shown: it keeps its place.

    Counted from what was drawn, so that a click that arrives twice shows no more than one.
    """
    limit = excerpt.limit + MESSAGES_LIMIT
    st.session_state[_key(chat.id)] = replace(excerpt, limit=limit, reached=first, visit=str(uuid4()))


def draw_later(context: PageContext, chat: Chat, excerpt: Excerpt) -> None:
    """Draw the way to the messages after the excerpt, if there are any."""
    if excerpt.until is None:
        return
    with st.container(horizontal=True):
        st.button(_("Show later messages"), on_click=_show_later, args=(context, chat, excerpt), type="tertiary")
        st.button(_("Go to the end"), on_click=leave_excerpt, type="tertiary", icon=":material/vertical_align_bottom:")


def _show_later(context: PageContext, chat: Chat, excerpt: Excerpt) -> None:
    branch = _branch(context, chat.id)
    if excerpt.until not in branch:  # another tab has opened another branch meanwhile
        leave_excerpt()
        return
    end = branch.index(excerpt.until) + MESSAGES_LIMIT
    st.session_state[_key(chat.id)] = replace(
        excerpt,
        until=branch[end] if end < len(branch) else None,
        limit=excerpt.limit + MESSAGES_LIMIT,
        reached=excerpt.until,
        visit=str(uuid4()),
    )


def _around(context: PageContext, chat: Chat, named: UUID) -> Excerpt:
    """The messages around one. If that is not on the open branch, its owner's chat opens the branch through it."""
    branch = _branch(context, chat.id)
    if named not in branch and is_own(chat) and context.store.open_branch(chat.id, named):
        branch = _branch(context, chat.id)
    if named not in branch:
        return Excerpt(named)
    end = branch.index(named) + 1 + LATER
    return Excerpt(named, True, branch[end] if end < len(branch) else None, visit=str(uuid4()))


def _branch(context: PageContext, chat_id: UUID) -> list[UUID]:
    extent = context.store.extent(chat_id)
    return extent.branch if extent else []


def is_own(chat: Chat) -> bool:
    return not isinstance(chat, SharedChat) or chat.is_owner


def _named() -> UUID | None:
    try:
        return UUID(st.query_params.get(MESSAGE, ""))
    except ValueError:
        return None


def _key(chat_id: UUID) -> str:
    return f"excerpt-{chat_id}"
