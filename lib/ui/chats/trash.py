"""The trash: what was deleted lately, to be restored or deleted for good."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from lib.errors import DatabaseUnavailable
from lib.labels import clean_label
from lib.store.chat_summary import TABLE_LIMIT
from lib.store.cursor import Cursor
from lib.store.models import Chat
from lib.ui.chats.cells import when_cell
from lib.ui.chats.delete_dialog import delete_dialog
from lib.ui.chats.table import UNTITLED, key_of, unpick
from lib.ui.language import N_, _, ngettext, number_text
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import PageContext, timezone
from lib.ui.toasts import show_errors

LATEST = 100
OUTCOME, PLACES = "trash-outcome", "trash-places"
EMPTY = N_("The trash is empty.")


def draw_trash(context: PageContext) -> bool:
    """Returns whether a dialog is open."""
    places: list[Cursor] = st.session_state.setdefault(PLACES, [])
    page = context.store.list_trashed(TABLE_LIMIT, after=places[-1] if places else None)
    if places and not page.chats:
        places.clear()
        page = context.store.list_trashed(TABLE_LIMIT)
    st.caption(
        ngettext(
            "Deleted chats are kept here for {number} day, and then deleted for good.",
            "Deleted chats are kept here for {number} days, and then deleted for good.",
            context.runtime.settings.trash_days,
        )
    )
    has_dialog = _draw_actions(context, [chat for chat in page.chats if st.session_state.get(key_of(chat.id))])
    if not page.chats:
        st.markdown(_(EMPTY))
    with st.container(gap=None, key="chat-table"):
        for chat in page.chats:
            _draw_row(chat)
    if places or page.cursor:
        _draw_pager(places, page.cursor)
    return has_dialog


def is_in_trash(context: PageContext, chat_id: str) -> bool:
    """Whether a chat that this tab showed just now is among those that were trashed last."""
    try:
        return chat_id in (str(chat.id) for chat in context.store.list_trashed(LATEST).chats)
    except DatabaseUnavailable:
        return False


def draw_restore(context: PageContext, chat_id: str) -> None:
    """A button that takes one chat out of the trash. The next run finds it at its address."""
    args = (context, [UUID(chat_id)])
    st.button(_("Restore"), icon=":material/restore_from_trash:", on_click=_restore, args=args)


def _draw_actions(context: PageContext, chats: Sequence[Chat]) -> bool:
    ids = [chat.id for chat in chats]
    with st.container(horizontal=True, vertical_alignment="center", key="chat-actions"):
        st.button(
            _("Restore"),
            icon=":material/restore_from_trash:",
            disabled=not ids,
            on_click=_restore,
            args=(context, ids),
        )
        asked = st.button(_("Delete for good"), icon=":material/delete_forever:", disabled=not ids)
        selected = _("{count} selected").format(count=number_text(len(ids)))
        outcome = selected if ids else st.session_state.get(OUTCOME)
        if outcome:
            st.caption(outcome)
    if asked:
        delete_dialog(context, chats, _note_deleted)
    return asked


def _draw_row(chat: Chat) -> None:
    title = escape_label(clean_label(chat.title) or _(UNTITLED))
    with st.container(horizontal=True, vertical_alignment="center", key=f"chat-row-{chat.id}"):
        st.checkbox(title, key=key_of(chat.id), width="stretch")
        st.html(when_cell(chat.deleted_at or chat.updated_at, timezone()))


def _draw_pager(places: list[Cursor], cursor: Cursor | None) -> None:
    with st.container(horizontal=True, key="chat-pager"):
        st.button(_("First page"), icon=":material/first_page:", disabled=not places, on_click=places.clear)
        st.button(
            _("Next"), icon=":material/chevron_right:", disabled=cursor is None, on_click=_turn_to, args=(cursor,)
        )


def _turn_to(place: Cursor) -> None:
    st.session_state[PLACES].append(place)


def _restore(context: PageContext, ids: Sequence[UUID]) -> None:
    with show_errors():
        restored = context.store.restore_chats(ids)
        st.session_state[OUTCOME] = ngettext("{number} chat restored", "{number} chats restored", len(restored))
        unpick(ids)


def _note_deleted(deleted: int) -> None:
    said = ngettext("{number} chat deleted for good", "{number} chats deleted for good", deleted)
    st.session_state[OUTCOME] = said
