"""The header of a chat: its title, its attributes, and the menu of its owner."""

import streamlit as st

from lib.store import edits
from lib.store.models import Chat
from lib.store.validation import MAX_TITLE_CHARS
from lib.ui.chat.share_dialog import share_dialog, sharing_words
from lib.ui.export import export_dialog
from lib.ui.markdown.escape import escape_label, escape_text
from lib.ui.navigation import new_chat_page
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors
from lib.ui.undo import trash_with_undo


def draw_header(context: PageContext, chat: Chat) -> bool:
    """Returns whether a dialog is open. Then the caller must end the run soon, because clicks in the dialog wait."""
    with st.container(horizontal=True, vertical_alignment="center", key="chat-header"):
        st.markdown(
            "\n\n".join([f"# {escape_text(chat.title)}", *_attributes(context, chat)]),
            anchors=False,
            width="stretch",
        )
        key = f"chat-menu-{chat.id}"
        chosen = st.menu_button(
            "What to do with this chat", _options(chat), key=key, icon=":material/more_horiz:", type="tertiary"
        )
    return _do(context, chat, chosen)


def _attributes(context: PageContext, chat: Chat) -> list[str]:
    """One line with the agent (if there are several), "Archived" and how it is shared; or no line."""
    has_choice = chat.agent and len(context.runtime.agents.names) > 1
    attributes = {
        f":material/smart_toy: {escape_label(chat.agent or '')}": has_choice,
        ":material/archive: Archived": chat.archived_at,
        f":material/group: {sharing_words(chat)}": chat.visibility == "public",
    }
    shown = [attribute for attribute, applies in attributes.items() if applies]
    return [f":small[:gray[{' · '.join(shown)}]]"] if shown else []


def _options(chat: Chat) -> list[str]:
    pin = "Unpin" if chat.pinned_at else "Pin"
    archive = "Unarchive" if chat.archived_at else "Archive"
    return ["Rename", pin, "Share", "Export", archive, "Delete"]


def _do(context: PageContext, chat: Chat, chosen: str | None) -> bool:
    match chosen:
        case "Rename":
            _rename_dialog(context, chat)
        case "Share":
            share_dialog(context, chat)
        case "Export":
            export_dialog(context, chat)
        case "Delete" if context.runtime.settings.trash_days:
            trash_with_undo(context, chat)
            st.rerun()
        case "Delete":
            _delete_dialog(context, chat)
        case "Pin" | "Unpin":
            with show_errors():
                context.store.edit_chat(chat.id, edits.pin(chosen == "Pin"))
            st.rerun()
        case str():
            with show_errors():
                context.store.edit_chat(chat.id, edits.archive(chosen == "Archive"))
            st.rerun()
    return chosen is not None


@st.dialog("Rename this chat", on_dismiss="rerun")
def _rename_dialog(context: PageContext, chat: Chat) -> None:
    with st.form("rename", border=False):
        title = st.text_input("Title", chat.title, max_chars=MAX_TITLE_CHARS, label_visibility="collapsed")
        with st.container(horizontal=True):
            # The Enter key presses the first one.
            is_saved = st.form_submit_button("Save", type="primary")
            is_cancelled = st.form_submit_button("Cancel")
    if is_saved:
        with show_errors(st.error):
            context.store.edit_chat(chat.id, edits.rename(title))
            st.rerun()
    if is_cancelled:
        st.rerun()


@st.dialog("Delete this chat?", on_dismiss="rerun")
def _delete_dialog(context: PageContext, chat: Chat) -> None:
    st.markdown(f"“{escape_text(chat.title)}” and all its messages will be deleted for good.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel"):
            st.rerun()
        if st.button("Delete", key="delete-for-good", type="primary", icon=":material/delete:"):
            with show_errors(st.error):
                context.runtime.turns.stop(context.store, chat.id)
                context.store.delete_chat(chat.id)
                st.switch_page(new_chat_page())
