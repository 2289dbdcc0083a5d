"""Taking chats away: the files of one chat in a dialog, and all chats as a zip."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import IO

import streamlit as st

from lib.errors import LakechatError
from lib.export.as_csv import NamedTable, tables_of, zip_of
from lib.export.chat_file import FORMATS, FormatName, make_file
from lib.export.file_names import safe_name
from lib.export.source import ChatSource, open_source
from lib.store.models import Chat
from lib.tables.csv_file import MEDIA_TYPE as CSV_MEDIA_TYPE
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import PageContext, timezone

PROGRESS_SECONDS = 2.0
"""How often the progress of an export is looked up, in the memory of the process."""
CHOICES: dict[FormatName, tuple[str, str, str]] = {
    "markdown": ("Markdown", ":material/markdown:", "To read, or to go on with in a document."),
    "html": ("Web page", ":material/html:", "One HTML file that opens without a network. Prints well."),
    "json": ("JSON", ":material/data_object:", "Everything in the chat, with all versions of questions and answers."),
}
EXPORT_ALL = "Export all my chats"
ALL_AS: dict[FormatName, str] = {"json": "JSON", "markdown": "Markdown", "html": "web pages"}


@st.dialog("Export this chat", on_dismiss="rerun")
def export_dialog(context: PageContext, chat: Chat) -> None:
    """A button for each format. Its file is made when it is clicked, not before."""
    zone = timezone()

    def source() -> ChatSource:
        return open_source(context.store, chat.id, datetime.now(zone))

    try:
        tables = list(tables_of(source()))
    except LakechatError as error:
        st.error(escape_label(str(error)), icon=":material/error:")
        return
    for name, (label, icon, purpose) in CHOICES.items():
        kind = FORMATS[name]
        st.download_button(
            label,
            partial(_file, source, name),
            file_name=safe_name(chat.title, kind.suffix),
            mime=kind.media_type,
            key=f"export-{name}-{chat.id}",
            on_click="ignore",
            icon=icon,
            width="stretch",
        )
        st.caption(purpose)
    if tables:
        _draw_tables(chat, tables)


def _file(source: Callable[[], ChatSource], name: FormatName) -> bytes:
    return _read(make_file(source(), name))


def _draw_tables(chat: Chat, tables: list[NamedTable]) -> None:
    """One as a CSV file, several as a zip of them."""
    is_one = len(tables) == 1
    st.download_button(
        "CSV",
        tables[0].to_csv if is_one else lambda: _read(zip_of(iter(tables))),
        file_name=safe_name(chat.title, ".csv" if is_one else " tables.zip"),
        mime=CSV_MEDIA_TYPE if is_one else "application/zip",
        key=f"export-csv-{chat.id}",
        on_click="ignore",
        icon=":material/table:",
        width="stretch",
    )
    st.caption("The table in it, for a spreadsheet." if is_one else f"Its {len(tables)} tables, for a spreadsheet.")


def _read(file: IO[bytes]) -> bytes:
    with file:
        return file.read()


@st.fragment(run_every=PROGRESS_SECONDS)
def draw_export_all(context: PageContext) -> None:
    """A link to the zip of all chats; its progress while one is being made.

    A link, because the browser writes what comes to the disk: a download button would hold all of it in memory.
    """
    running = context.runtime.exports.running(context.user.id)
    if running is None:
        json, markdown, html = (_link(name, label) for name, label in ALL_AS.items())
        st.html(f'<p class="export-all">{EXPORT_ALL} as {json}, {markdown} or {html}, in one zip.</p>')
    elif running.chats_total:
        st.progress(
            min(1.0, running.chats_done / running.chats_total),
            f"Exporting: {running.chats_done:,} of {running.chats_total:,} chats",
        )
    else:
        st.caption(f"Exporting: {running.chats_done:,} chats so far")


def _link(name: FormatName, label: str) -> str:
    return f'<a href="/api/export?format={name}" aria-label="{EXPORT_ALL} as {label}" download>{label}</a>'
