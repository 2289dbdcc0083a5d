"""Taking chats away: the files of one chat in a dialog, and all chats as a zip."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from html import escape
from typing import IO

import streamlit as st

from lib.errors import LakechatError
from lib.export.as_csv import NamedTable, tables_of, zip_of
from lib.export.chat_file import FORMATS, FormatName, make_file
from lib.export.file_names import safe_name
from lib.export.source import ChatSource, open_source
from lib.store.models import Chat
from lib.tables.csv_file import MEDIA_TYPE as CSV_MEDIA_TYPE
from lib.ui.agents import agent_name
from lib.ui.language import N_, _, ngettext, number_text, sentence
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import PageContext, timezone

PROGRESS_SECONDS = 2.0
"""How often the progress of an export is looked up, in the memory of the process."""
CHOICES: dict[FormatName, tuple[str, str, str]] = {
    "markdown": ("Markdown", ":material/markdown:", N_("To read, or to go on with in a document.")),
    "html": (N_("Web page"), ":material/html:", N_("One HTML file that opens without a network. Prints well.")),
    "json": (
        "JSON",
        ":material/data_object:",
        N_("Everything in the chat, with all versions of questions and answers."),
    ),
}
ALL_AS: dict[FormatName, str] = {"json": "JSON", "markdown": "Markdown", "html": N_("web pages")}


def export_dialog(context: PageContext, chat: Chat) -> None:
    st.dialog(_("Export this chat"), on_dismiss="rerun")(_draw)(context, chat)


def _draw(context: PageContext, chat: Chat) -> None:
    """A button for each format. Its file is made when it is clicked, not before."""
    zone = timezone()

    def source() -> ChatSource:
        return open_source(context.store, chat.id, datetime.now(zone), agent_name)

    try:
        tables = list(tables_of(source()))
    except LakechatError as error:
        st.error(escape_label(sentence(str(error))), icon=":material/error:")
        return
    for name, (label, icon, purpose) in CHOICES.items():
        kind = FORMATS[name]
        st.download_button(
            _(label),
            partial(_file, source, name),
            file_name=safe_name(chat.title, kind.suffix),
            mime=kind.media_type,
            key=f"export-{name}-{chat.id}",
            on_click="ignore",
            icon=icon,
            width="stretch",
        )
        st.caption(_(purpose))
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
    said = ngettext("The table in it, for a spreadsheet.", "Its {number} tables, for a spreadsheet.", len(tables))
    st.caption(said)


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
        links = {name: _link(name, _(label)) for name, label in ALL_AS.items()}
        said = _("Export all my chats as {json}, {markdown} or {html}, in one zip.").format(**links)
        st.html(f'<p class="export-all">{said}</p>')
    elif running.chats_total:
        st.progress(
            min(1.0, running.chats_done / running.chats_total),
            _("Exporting: {done} of {total} chats").format(
                done=number_text(running.chats_done), total=number_text(running.chats_total)
            ),
        )
    else:
        st.caption(_("Exporting: {done} chats so far").format(done=number_text(running.chats_done)))


def _link(name: FormatName, label: str) -> str:
    title = escape(_("Export all my chats as {format}").format(format=label))
    return f'<a href="/api/export?format={name}" aria-label="{title}" download>{label}</a>'
