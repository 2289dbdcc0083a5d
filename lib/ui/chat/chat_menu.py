"""What the owner of a chat can do with it, from the chat's header or from its row in the sidebar."""

import streamlit as st

from lib.store import edits
from lib.store.models import Chat
from lib.store.validation import MAX_TITLE_CHARS
from lib.ui.chat.allowed_tools import ALWAYS_ALLOWED, allowed_tools_dialog
from lib.ui.chat.share_dialog import share_dialog
from lib.ui.export import export_dialog
from lib.ui.language import N_, _
from lib.ui.markdown.escape import escape_text
from lib.ui.navigation import leave_chat
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors
from lib.ui.undo import trash_with_undo

OPTIONS = (N_("Rename"), N_("Share"), N_("Export"), N_("Archive"), N_("Delete"))
"""Besides Pin or Unpin, of a chat that is not archived."""
WITHOUT_INSTRUCTIONS, WITH_INSTRUCTIONS = N_("Without my standing instructions"), N_("With my standing instructions")


def options_of(chat: Chat, *, has_instructions: bool) -> list[str]:
    pin = N_("Unpin") if chat.pinned_at else N_("Pin")
    others = [N_("Unarchive") if chat.archived_at and option == "Archive" else option for option in OPTIONS]
    switch = WITHOUT_INSTRUCTIONS if chat.uses_instructions else WITH_INSTRUCTIONS
    is_of_use = has_instructions or not chat.uses_instructions
    tools = [ALWAYS_ALLOWED] if chat.allows_tools else []
    return [others[0], pin, *others[1:3], *([switch] if is_of_use else []), *tools, *others[3:]]


def carry_out(context: PageContext, chat: Chat, option: str | None) -> bool:
    """Returns whether a dialog is open. Then the caller must end the run soon, because clicks in the dialog wait.

    Any other option than these ends the run, or does nothing.
    """
    match option:
        case "Rename":
            st.dialog(_("Rename this chat"), on_dismiss="rerun")(_draw_renaming)(context, chat)
        case "Share":
            share_dialog(context, chat)
        case "Export":
            export_dialog(context, chat)
        case "Always allowed tools":
            allowed_tools_dialog(context, chat)
        case "Delete" if context.runtime.settings.trash_days:
            trash_with_undo(context, chat)
            st.rerun()
        case "Delete":
            st.dialog(_("Delete this chat?"), on_dismiss="rerun")(_draw_deletion)(context, chat)
        case "Pin" | "Unpin":
            with show_errors():
                context.store.edit_chat(chat.id, edits.pin(option == "Pin"))
            st.rerun()
        case "With my standing instructions" | "Without my standing instructions":
            with show_errors():
                context.store.edit_chat(chat.id, edits.use_instructions(option == WITH_INSTRUCTIONS))
            st.rerun()
        case "Archive" | "Unarchive":
            with show_errors():
                context.store.edit_chat(chat.id, edits.archive(option == "Archive"))
            st.rerun()
        case _:
            return False
    return True


def _draw_renaming(context: PageContext, chat: Chat) -> None:
    with st.form("rename", border=False):
        title = st.text_input(_("Title"), chat.title, max_chars=MAX_TITLE_CHARS, label_visibility="collapsed")
        with st.container(horizontal=True):
            # The Enter key presses the first one.
            is_saved = st.form_submit_button(_("Save"), type="primary")
            is_cancelled = st.form_submit_button(_("Cancel"))
    if is_saved:
        with show_errors(st.error):
            context.store.edit_chat(chat.id, edits.rename(title))
            st.rerun()
    if is_cancelled:
        st.rerun()


def _draw_deletion(context: PageContext, chat: Chat) -> None:
    warning = _("“{title}” and all its messages will be deleted for good.")
    st.markdown(warning.format(title=escape_text(chat.title)))
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(_("Cancel")):
            st.rerun()
        if st.button(_("Delete"), key="delete-for-good", type="primary", icon=":material/delete:"):
            with show_errors(st.error):
                context.runtime.turns.stop(context.store, chat.id)
                context.store.delete_chat(chat.id)
                leave_chat(chat.id)
