"""The table of all chats: a row for each, a box to choose it, and buttons to turn the pages."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from lib.labels import clean_label
from lib.store.chat_summary import ChatFilter, ChatSummary, Column, Order, SummaryPage, TableCursor
from lib.store.models import Chat
from lib.ui.chats.cells import cells, headings
from lib.ui.chats.filters import chosen_order, sort_by
from lib.ui.language import N_, _
from lib.ui.markdown.escape import escape_label
from lib.ui.navigation import WAITING_ICON, go_to_chat
from lib.ui.page_context import PageContext, timezone

PLACES, ASKED, PICK_ALL = "all-chats-places", "all-chats-asked", "pick-all"
UNTITLED = N_("New chat")
ARROWS = {True: ":material/arrow_upward:", False: ":material/arrow_downward:"}


def read_page(context: PageContext, chosen: ChatFilter) -> SummaryPage:
    """The page that the user has turned to; the first one after another filter or order was chosen."""
    order = chosen_order()
    if st.session_state.get(ASKED) != (chosen, order):
        st.session_state[ASKED], st.session_state[PLACES] = (chosen, order), []
    places: list[TableCursor] = st.session_state[PLACES]
    page = context.store.list_summaries(chosen, order, after=places[-1] if places else None)
    if places and not page.rows:  # all of them were moved or deleted
        places.pop()
        return read_page(context, chosen)
    return page


def picked(rows: Sequence[ChatSummary]) -> list[Chat]:
    return [row.chat for row in rows if st.session_state.get(key_of(row.chat.id))]


def unpick(ids: Sequence[UUID]) -> None:
    for chat_id in ids:
        st.session_state[key_of(chat_id)] = False


def draw_table(page: SummaryPage) -> None:
    ids = [row.chat.id for row in page.rows]
    with st.container(gap=None, key="chat-table"):
        _draw_head(ids)
        for row in page.rows:
            _draw_row(row)
    _draw_pager(page)


def _draw_head(ids: list[UUID]) -> None:
    order = chosen_order()
    st.session_state[PICK_ALL] = all(st.session_state.get(key_of(chat_id)) for chat_id in ids)
    with st.container(horizontal=True, vertical_alignment="center", key="chat-row-head"):
        st.checkbox(
            _("Select all on this page"), key=PICK_ALL, on_change=_pick_all, args=(ids,), label_visibility="collapsed"
        )
        _draw_sort(_("Title"), "title", order)
        st.html(headings())
        _draw_sort(_("Created"), "created", order)
        _draw_sort(_("Last active"), "activity", order)


def _draw_sort(label: str, column: Column, order: Order) -> None:
    st.button(
        label,
        key=f"sort-{column}",
        type="tertiary",
        icon=ARROWS[order.ascending] if order.by == column else None,
        icon_position="right",
        on_click=sort_by,
        args=(column,),
    )


def _draw_row(row: ChatSummary) -> None:
    chat, title = row.chat, escape_label(clean_label(row.chat.title) or _(UNTITLED))
    with st.container(horizontal=True, vertical_alignment="center", key=f"chat-row-{chat.id}"):
        st.checkbox(_("Select {title}").format(title=title), key=key_of(chat.id), label_visibility="collapsed")
        st.button(
            title,
            key=f"open-{chat.id}",
            type="tertiary",
            icon=_icon(chat),
            width="stretch",
            on_click=go_to_chat,
            args=(chat.id,),
        )
        st.html(cells(row, timezone(), chosen_order().by))


def _icon(chat: Chat) -> str:
    if chat.running:
        return WAITING_ICON if chat.is_waiting else "spinner"
    return ":material/keep:" if chat.pinned_at else ":material/chat_bubble:"


def _draw_pager(page: SummaryPage) -> None:
    places: list[TableCursor] = st.session_state[PLACES]
    if not places and page.cursor is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="chat-pager"):
        st.button(_("Previous"), icon=":material/chevron_left:", on_click=_turn_back, disabled=not places)
        st.button(
            _("Next"),
            icon=":material/chevron_right:",
            icon_position="right",
            on_click=_turn_to,
            args=(page.cursor,),
            disabled=page.cursor is None,
        )
        st.caption(_("Page {number}").format(number=len(places) + 1))


def _turn_back() -> None:
    st.session_state[PLACES].pop()


def _turn_to(place: TableCursor) -> None:
    st.session_state[PLACES].append(place)


def _pick_all(ids: list[UUID]) -> None:
    for chat_id in ids:
        st.session_state[key_of(chat_id)] = st.session_state[PICK_ALL]


def key_of(chat_id: UUID) -> str:
    return f"pick-{chat_id}"
