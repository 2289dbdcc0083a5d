"""The sidebar. Each chat is a page of its own, so links, back and forward and the highlight work as on any site."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from lib.errors import DatabaseUnavailable
from lib.store.models import Chat, Page, SharedChat
from lib.store.store import PAGE_LIMIT
from lib.ui.auto_refresh import remember_list
from lib.ui.chat.temporary import has_temporary_chat
from lib.ui.drafts import draw_draft_keeper
from lib.ui.language import N_, _
from lib.ui.leave_warning import draw_leave_warning
from lib.ui.markdown.escape import escape_text
from lib.ui.navigation import (
    chat_page,
    chats_page,
    current_path,
    deleted_page,
    insights_page,
    new_chat_page,
    not_found_page,
    requested_path,
    search_page,
    setup_page,
    status_page,
    temporary_page,
    unavailable_page,
)
from lib.ui.page_context import PageContext, timezone
from lib.ui.page_scripts import draw_page_scripts
from lib.ui.palette import draw_palette
from lib.ui.row_menu import draw_row_menu
from lib.ui.settings_dialog import draw_settings_button
from lib.ui.status import draw_mode

SECTIONS = ((0, N_("Today")), (1, N_("Yesterday")), (7, N_("Previous 7 days")), (30, N_("Previous 30 days")))
OLDER = N_("Older")
SHOWN = "chats_shown"
DELETED = "deleted_chat"
Lookup = Chat | DatabaseUnavailable | None
"""The chat at an address; None if there is none, DatabaseUnavailable if it cannot be looked up."""


def draw_sidebar(context: PageContext) -> tuple[StreamlitPage, Chat | None]:
    """Returns the page to run and its chat. Only chats that the user may read become pages."""
    limit = st.session_state.get(SHOWN, PAGE_LIMIT)
    listed = context.store.list_chats(limit)
    if context.runtime.turns.recover_dead(listed.chats):
        listed = context.store.list_chats(limit)
    pinned = {chat.id: chat for chat in _pinned(context, listed)}
    unpinned = [chat for chat in listed.chats if chat.id not in pinned]
    remember_list(listed.chats)
    chats: dict[str, Lookup] = {str(chat.id): chat for chat in (*pinned.values(), *unpinned)}
    has_temporary = has_temporary_chat(context.user)
    others = [search_page(), chats_page(), status_page(), insights_page(), temporary_page(is_listed=has_temporary)]
    others += [setup_page()] if context.is_admin else []
    addressed = _addressed(context, chats, {page.url_path for page in others})
    others += [_hidden_page(path, chat) for path, chat in addressed.items()]
    groups = [(N_("Pinned"), list(pinned.values())), *by_day(unpinned, timezone())]
    pages = {_(name): [chat_page(chat) for chat in group] for name, group in groups if group}
    page = st.navigation({"": [new_chat_page(), *others], **pages}, expanded=True)
    with st.sidebar:
        _draw_foot(context, is_empty=not chats, has_more=listed.has_more)
        draw_row_menu(pinned)
        draw_leave_warning(is_needed=has_temporary)
    chat = (chats | addressed).get(page.url_path)
    return page, None if isinstance(chat, DatabaseUnavailable) else chat


def _pinned(context: PageContext, listed: Page) -> list[Chat]:
    """The pinned chats, last pinned first. Queries only if the list does not have all chats."""
    if listed.has_more:
        return context.store.list_pinned()
    return sorted((chat for chat in listed.chats if chat.pinned_at), key=_pinned_at, reverse=True)


def _pinned_at(chat: Chat) -> datetime:
    return chat.pinned_at or chat.created_at


def by_day(chats: Sequence[Chat], zone: tzinfo) -> list[tuple[str, list[Chat]]]:
    """The sections with their chats, in the order of the chats; no section is empty."""
    today = datetime.now(zone).date()
    groups: dict[str, list[Chat]] = {}
    for chat in chats:
        groups.setdefault(section_of(chat.updated_at.astimezone(zone).date(), today), []).append(chat)
    return list(groups.items())


def section_of(day: date, today: date) -> str:
    return next((name for days, name in SECTIONS if today - day <= timedelta(days=days)), OLDER)


def _addressed(context: PageContext, listed: Mapping[str, Lookup], others: set[str]) -> dict[str, Lookup]:
    """The chats that are not listed but that the address, or a callback of the last run, asks for; by path."""
    paths = {current_path(), requested_path()}
    paths -= {"", *others, *listed}
    return {path: _find(context, path) for path in paths}


def _find(context: PageContext, path: str) -> Lookup:
    if not _is_uuid(path):
        return None
    try:
        return context.store.find_chat(UUID(path))
    except DatabaseUnavailable as error:
        return error


def _hidden_page(path: str, chat: Lookup) -> StreamlitPage:
    if isinstance(chat, DatabaseUnavailable):
        return unavailable_page(path)
    if chat:
        return chat_page(chat, is_listed=False)
    return deleted_page(path) if _was_open(path) else not_found_page(path)


def _was_open(path: str) -> bool:
    """Whether this tab showed the user's own chat at that path until the chat was deleted."""
    chat = st.session_state.get("chat")
    if chat and str(chat.id) == path and (not isinstance(chat, SharedChat) or chat.is_owner):
        st.session_state[DELETED] = path
    return bool(st.session_state.get(DELETED) == path)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _draw_foot(context: PageContext, *, is_empty: bool, has_more: bool) -> None:
    """Draw the foot, always with the same number of elements: until a running answer ends, the browser would also show
    elements of the previous run that this run does not draw (see lib/ui/chat/messages.py).
    """
    draw_draft_keeper(context.user)
    draw_page_scripts()
    top = st.empty()
    if is_empty:
        top.caption(_("No chats yet"))
    elif has_more:
        top.button(_("Load more"), on_click=_show_more, type="tertiary", icon=":material/expand_more:")
    draw_palette()
    with st.container(horizontal=True, vertical_alignment="center", key="foot"):
        st.caption(f":material/person: {escape_text(context.user.name or context.user.email or context.user.id)}")
        draw_mode(context)
        with st.container(key="insights-link", width="content"):
            st.page_link(insights_page(), label=_("Insights"), icon=":material/monitoring:")
        draw_settings_button()


def _show_more() -> None:
    st.session_state[SHOWN] = st.session_state.get(SHOWN, PAGE_LIMIT) + PAGE_LIMIT
