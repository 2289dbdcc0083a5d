"""What can be done with several chats at once. Each is one statement, and says how many chats it changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

import streamlit as st

from lib.chat.discarding import trash_several
from lib.chat.sharing import share_again
from lib.export.chat_file import FormatName
from lib.store import bulk_edits
from lib.store.edits import Edit
from lib.store.models import Chat
from lib.store.store import Store
from lib.ui.chats.delete_dialog import delete_dialog
from lib.ui.chats.filters import ARCHIVED
from lib.ui.chats.table import unpick
from lib.ui.export import ALL_AS
from lib.ui.language import _, ngettext, number_text
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors

DONE = "all-chats-done"
Change = Callable[[Store, list[UUID]], list[UUID]]
"""Changes several chats, and returns those that it changed."""
Said = Callable[[int], str]
"""What is said of so many chats that were changed."""


@dataclass(frozen=True)
class Done:
    """What the last click did, and what takes it back."""

    said: str
    chat_ids: list[UUID]
    undo: Change | None


def draw_actions(context: PageContext, view: str, chats: Sequence[Chat], *, is_away: bool) -> bool:
    """Always the same buttons, so that nothing moves when a chat is chosen. Returns whether a dialog is open."""
    has_trash = context.runtime.settings.trash_days > 0
    ids, is_off = [chat.id for chat in chats], is_away or not chats
    is_archived = view == ARCHIVED
    archive = bulk_edits.archive(not is_archived), bulk_edits.archive(is_archived)
    with st.container(horizontal=True, vertical_alignment="center", key="chat-actions"):
        st.button(
            _("Unarchive") if is_archived else _("Archive"),
            icon=":material/unarchive:" if is_archived else ":material/archive:",
            disabled=is_off,
            on_click=_edit,
            args=(context, ids, *archive, _said_unarchived if is_archived else _said_archived),
        )
        st.button(
            _("Make private"),
            icon=":material/lock:",
            disabled=is_off or all(chat.visibility == "private" for chat in chats),
            on_click=_make_private,
            args=(context, chats),
        )
        deletes = st.button(
            _("Delete"),
            icon=":material/delete:",
            disabled=is_off,
            on_click=_trash if has_trash else None,
            args=(context, chats) if has_trash else (),
        )
        with st.popover(_("Export"), icon=":material/download:", disabled=is_off):
            st.html(_export_links(ids))
        _draw_outcome(context, chats)
    asks = deletes and not has_trash
    if asks:
        delete_dialog(context, chats, _note_deleted)
    return asks


def _draw_outcome(context: PageContext, chats: Sequence[Chat]) -> None:
    """How many are chosen; else what was done last, with a way back."""
    done: Done | None = st.session_state.get(DONE)
    if chats:
        st.caption(_("{count} selected").format(count=number_text(len(chats))))
    elif done:
        st.caption(done.said)
        if done.chat_ids and done.undo:
            st.button(_("Undo"), type="tertiary", icon=":material/undo:", on_click=_undo, args=(context, done))


def _edit(context: PageContext, ids: list[UUID], edit: Edit, undo: Edit, said: Said) -> None:
    with show_errors():
        changed = context.store.edit_chats(ids, edit)
        _note(ids, changed, said, lambda store, these: store.edit_chats(these, undo))


def _make_private(context: PageContext, chats: Sequence[Chat]) -> None:
    ids = [chat.id for chat in chats]
    with show_errors():
        changed = context.store.edit_chats(ids, bulk_edits.set_visibility("private"))
        _note(ids, changed, _said_private, lambda store, these: share_again(store, chats, these))


def _trash(context: PageContext, chats: Sequence[Chat]) -> None:
    with show_errors():
        gone = trash_several(context.runtime.turns, context.store, chats, context.runtime.settings.trash_days)
        ids = [chat.id for chat in chats]
        _note(ids, gone, _said_trashed, lambda store, these: store.restore_chats(these))


def _note_deleted(deleted: int) -> None:
    said = ngettext("{number} chat deleted", "{number} chats deleted", deleted)
    st.session_state[DONE] = Done(said, [], None)


def _note(ids: list[UUID], changed: list[UUID], said: Said, undo: Change) -> None:
    """For `_draw_outcome`."""
    st.session_state[DONE] = Done(said(len(changed)), changed, undo)
    unpick(ids)


def _undo(context: PageContext, done: Done) -> None:
    with show_errors():
        changed = done.undo(context.store, done.chat_ids) if done.undo else []
        said = ngettext("Undone for {number} chat", "Undone for {number} chats", len(changed))
        st.session_state[DONE] = Done(said, [], None)


def _said_archived(count: int) -> str:
    return ngettext("{number} chat archived", "{number} chats archived", count)


def _said_unarchived(count: int) -> str:
    return ngettext("{number} chat put back into the list", "{number} chats put back into the list", count)


def _said_private(count: int) -> str:
    return ngettext("{number} chat made private", "{number} chats made private", count)


def _said_trashed(count: int) -> str:
    return ngettext("{number} chat moved to the trash", "{number} chats moved to the trash", count)


def _export_links(ids: Sequence[UUID]) -> str:
    """Links, because the browser writes what comes to the disk."""
    links = ((_("Zip of {format}").format(format=_(label)), _query(name, ids)) for name, label in ALL_AS.items())
    return "".join(
        f'<p class="export-all"><a href="/api/export?{query}" download>{text}</a></p>' for text, query in links
    )


def _query(name: FormatName, ids: Sequence[UUID]) -> str:
    return urlencode([("format", name), *(("chat", str(chat_id)) for chat_id in ids)]).replace("&", "&amp;")
