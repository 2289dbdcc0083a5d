"""What the user asks the table of all chats for: filters and order. Both outlast a visit to another page."""

from datetime import date, datetime, time, timedelta, tzinfo

import streamlit as st

from lib.store.chat_summary import LAST_ACTIVE, ChatFilter, Column, Order
from lib.ui.agents import agent_name
from lib.ui.language import N_, _
from lib.ui.page_context import PageContext, timezone

CHATS, ARCHIVED, TRASH = N_("Chats"), N_("Archived"), N_("Trash")
PINNED, SHARED, RUNNING, WAITING = N_("Pinned"), N_("Shared"), N_("Being answered"), N_("Needs you")
VIEW, MARKS, AGENT, DATES, ORDER = (f"all-chats-{name}" for name in ("view", "marks", "agent", "dates", "order"))
ANY_AGENT = N_("All agents")
FIRST_DIRECTION: dict[Column, Order] = {
    "activity": LAST_ACTIVE,
    "title": Order("title", ascending=True),
    "created": Order("created"),
}


def draw_view(context: PageContext) -> str:
    """Chats, the archive, or the trash if there is one."""
    views = [CHATS, ARCHIVED, *([TRASH] if context.runtime.settings.trash_days else [])]
    chosen = st.segmented_control(
        _("Show"),
        views,
        format_func=_,
        default=CHATS,
        required=True,
        key=VIEW,
        persist_state="session",
        label_visibility="collapsed",
    )
    return str(chosen)


def draw_filters(context: PageContext, view: str) -> ChatFilter:
    """A shared chat can be read by others wherever its owner keeps it: the filter also finds it in the archive."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="chat-filters"):
        marks = st.pills(
            _("Only"),
            [PINNED, SHARED, RUNNING, WAITING],
            format_func=_,
            selection_mode="multi",
            key=MARKS,
            persist_state="session",
        )
        agent = _draw_agents(context)
        dates = st.date_input(
            _("Last active"), value=[], format=_("YYYY/MM/DD"), key=DATES, persist_state="session", width=240
        )
    since, before = _range(dates, timezone())
    return ChatFilter(
        archived=None if view == CHATS and SHARED in marks else view == ARCHIVED,
        pinned=PINNED in marks,
        shared=SHARED in marks,
        running=RUNNING in marks,
        waiting=WAITING in marks,
        agent=agent,
        since=since,
        before=before,
    )


def _draw_agents(context: PageContext) -> str | None:
    """Only where there is a choice, or one was made."""
    chosen = st.session_state.get(AGENT)
    agents = sorted({*context.store.list_agents(), *([chosen] if chosen else [])}, key=agent_name)
    if len(agents) < 2 and not chosen:
        return None
    asked: str | None = st.selectbox(
        _("Agent"),
        agents,
        index=None,
        format_func=agent_name,
        placeholder=_(ANY_AGENT),
        key=AGENT,
        persist_state="session",
        width=200,
    )
    return asked


def _range(dates: tuple[date, ...], zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """From the beginning of the first day to the end of the last. With one day chosen, the other is still to come."""
    if len(dates) < 2:
        return None, None
    first, last = dates
    return datetime.combine(first, time.min, zone), datetime.combine(last + timedelta(days=1), time.min, zone)


def clear_filters() -> None:
    for key, nothing in ((MARKS, []), (AGENT, None), (DATES, [])):
        st.session_state[key] = nothing


def chosen_order() -> Order:
    order: Order = st.session_state.get(ORDER, LAST_ACTIVE)
    return order


def sort_by(column: Column) -> None:
    """By another column, or by the same in the other direction."""
    order = chosen_order()
    other = Order(column, ascending=not order.ascending)
    st.session_state[ORDER] = other if order.by == column else FIRST_DIRECTION[column]
