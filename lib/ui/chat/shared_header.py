"""The top of a chat that somebody else shares: a page to be read."""

from uuid import uuid4

import streamlit as st

from lib.store.models import SharedChat
from lib.ui.agents import agent_label, has_choice
from lib.ui.chat.share_dialog import moment
from lib.ui.export import export_dialog
from lib.ui.language import N_, _
from lib.ui.markdown.escape import escape_text
from lib.ui.navigation import go_to_chat
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors

# Lines of about 75 characters, and no empty bar below where others have a box to ask in.
STYLE = """<style>
[data-testid=stMainBlockContainer]:has(.st-key-shared-header) { max-width: 43rem; }
[data-testid=stApp]:has(.st-key-shared-header) [data-testid=stBottomBlockContainer] { padding: 0; }
.st-key-shared-header { padding-bottom: 0.5rem; }
</style>"""
CONTINUE = N_("Continue in a copy of your own")


def draw_shared_header(context: PageContext, chat: SharedChat) -> bool:
    """Returns whether a dialog is open."""
    with st.container(key="shared-header"):
        st.html(STYLE)
        st.title(escape_text(chat.title), anchor=False)
        st.caption(_byline(chat))
        with st.container(horizontal=True):
            st.button(_(CONTINUE), icon=":material/content_copy:", on_click=_copy, args=(context, chat))
            wants_export = st.button(_("Export"), icon=":material/download:")
    if wants_export:
        export_dialog(context, chat)
    return wants_export


def _byline(chat: SharedChat) -> str:
    """By whom, when and until when; what is not known is left out."""
    said = [_by_whom(chat), *([agent_label(chat.agent)] if chat.agent and has_choice() else [])]
    if chat.shared_at:
        words = _("as of {moment}") if chat.snapshot_id else _("since {moment}")
        said.append(words.format(moment=moment(chat.shared_at)))
    if chat.shared_until:
        said.append(_("until {moment}").format(moment=moment(chat.shared_until)))
    return f":material/visibility: {' · '.join(said)}"


def _by_whom(chat: SharedChat) -> str:
    if not chat.owner_name:
        return _("Shared by its owner, read-only")
    return _("Shared by {owner}, read-only").format(owner=escape_text(chat.owner_name))


def _copy(context: PageContext, chat: SharedChat) -> None:
    new_id = uuid4()
    with show_errors():
        if context.store.copy_chat(chat.id, new_id):
            go_to_chat(new_id)
