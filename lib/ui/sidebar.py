"""The sidebar: one page for each chat, so that links, back and forward and the highlight are the browser's own."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from urllib.parse import urlsplit
from uuid import UUID

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from lib.store.models import Chat
from lib.store.store import PAGE_LIMIT
from lib.ui.text import plain
from lib.ui.visitor import Visitor, timezone

SECTIONS = ((0, "Today"), (1, "Yesterday"), (7, "Previous 7 days"), (30, "Previous 30 days"))
OLDER = "Older"
SHOWN = "chats_shown"


def navigate(visitor: Visitor) -> tuple[StreamlitPage, Chat | None]:
    """Draw the sidebar; the page to run and its chat. Only the visitor's own chats are pages."""
    listed = visitor.store.list_chats(st.session_state.get(SHOWN, PAGE_LIMIT))
    if any(chat.running for chat in listed.chats):
        visitor.runtime.turns.look_for_dead()
    chats = {str(chat.id): chat for chat in listed.chats}
    addressed = _addressed(visitor, chats)
    groups = {section: [chat_page(chat) for chat in group] for section, group in by_day(listed.chats, timezone())}
    hidden = [_hidden_page(path, chat) for path, chat in addressed.items()]
    page = st.navigation({"": [new_chat_page(), *hidden], **groups}, expanded=True)
    with st.sidebar:
        _draw_foot(visitor, is_empty=not chats, has_more=listed.has_more)
    return page, (chats | addressed).get(page.url_path)


def new_chat_page() -> StreamlitPage:
    return st.Page("chat.py", title="New chat", icon=":material/edit_square:", default=True)


def chat_page(chat: Chat, *, is_listed: bool = True) -> StreamlitPage:
    return st.Page(
        "chat.py",
        title=plain(chat.title),
        icon=_mark(chat),
        url_path=str(chat.id),
        visibility="visible" if is_listed else "hidden",
    )


def _mark(chat: Chat) -> str | None:
    """An answer is being written, or was finished while its owner was away."""
    if chat.running:
        return "spinner"
    return ":material/mark_chat_unread:" if chat.unread else None


def by_day(chats: Sequence[Chat], zone: tzinfo) -> list[tuple[str, list[Chat]]]:
    """Chats under their sections, in the order in which they come; no empty section."""
    today = datetime.now(zone).date()
    groups: dict[str, list[Chat]] = {}
    for chat in chats:
        groups.setdefault(section_of(chat.updated_at.astimezone(zone).date(), today), []).append(chat)
    return list(groups.items())


def section_of(day: date, today: date) -> str:
    return next((name for days, name in SECTIONS if today - day <= timedelta(days=days)), OLDER)


def _addressed(visitor: Visitor, listed: Mapping[str, Chat]) -> dict[str, Chat | None]:
    """The path of the address when it is not in the list, with the visitor's chat that it leads to, if there is one."""
    path = urlsplit(st.context.url or "").path.strip("/")
    if not path or path in listed:
        return {}
    return {path: visitor.store.get_chat(UUID(path)) if _is_uuid(path) else None}


def _hidden_page(path: str, chat: Chat | None) -> StreamlitPage:
    if chat:
        return chat_page(chat, is_listed=False)
    return st.Page("not_found.py", title="Not found", url_path=path.replace("/", "-"), visibility="hidden")


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _draw_foot(visitor: Visitor, *, is_empty: bool, has_more: bool) -> None:
    """Always as many elements: while an answer streams, a missing one would leave its ghost behind."""
    top = st.empty()
    if is_empty:
        top.caption("No conversations yet")
    elif has_more:
        top.button("Load more", on_click=_show_more, type="tertiary", icon=":material/expand_more:")
    if visitor.runtime.is_ephemeral:
        st.caption(":orange-badge[:material/cloud_off: Ephemeral — no history]")
    else:
        st.caption(":material/cloud_done: Saved in Lakebase")
    st.caption(f":material/person: {plain(visitor.user.name or visitor.user.email or visitor.user.id)}")


def _show_more() -> None:
    st.session_state[SHOWN] = st.session_state.get(SHOWN, PAGE_LIMIT) + PAGE_LIMIT
