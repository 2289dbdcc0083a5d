"""The page with all chats of the user, to look through, sort, filter, and change several at once."""

import streamlit as st

from lib.store.chat_summary import LISTED, ChatFilter
from lib.ui.auto_refresh import refresh_on_connection_change
from lib.ui.chats.actions import draw_actions
from lib.ui.chats.filters import ARCHIVED, TRASH, clear_filters, draw_filters, draw_view
from lib.ui.chats.table import draw_table, picked, read_page
from lib.ui.chats.trash import draw_trash
from lib.ui.export import draw_export_all
from lib.ui.language import N_, _
from lib.ui.page_context import PageContext

AWAY = N_(
    "Lakebase is away. These are the chats that the app has in memory; others may be missing. "
    "Nothing can be changed until it is back."
)
NO_CHATS = N_("You have no chats yet. Your first question starts one.")
NO_ARCHIVE = N_("Nothing is archived. A chat that you archive leaves the list on the left and is kept here.")
NO_MATCH = N_("No chat matches these filters.")


def draw_chats(context: PageContext) -> bool:
    """Returns whether a dialog is open."""
    with st.container(key="all-chats"):
        st.title(_("All chats"), anchor=False)
        view = draw_view(context)
        if view == TRASH:
            return draw_trash(context)
        has_dialog = _draw(context, view)
    if not has_dialog:
        refresh_on_connection_change(context.runtime)
    return has_dialog


def _draw(context: PageContext, view: str) -> bool:
    """Returns whether a dialog is open."""
    chosen = draw_filters(context, view)
    page = read_page(context, chosen)
    if page.is_partial:
        st.caption(f":material/cloud_sync: {_(AWAY)}")
    has_dialog = draw_actions(context, view, picked(page.rows), is_away=page.is_partial)
    if page.rows:
        draw_table(page)
    else:
        _draw_nothing(view, chosen)
    draw_export_all(context)
    return has_dialog


def _draw_nothing(view: str, chosen: ChatFilter) -> None:
    if chosen in (LISTED, ChatFilter(archived=True)):
        st.markdown(_(NO_ARCHIVE if view == ARCHIVED else NO_CHATS))
    else:
        st.markdown(_(NO_MATCH))
        st.button(_("Clear the filters"), icon=":material/filter_alt_off:", on_click=clear_filters)
