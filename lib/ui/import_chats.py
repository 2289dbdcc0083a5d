"""Bringing chats back from a file, on the Status page."""

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from lib.errors import LakechatError
from lib.importer.limits import MAX_FILE_BYTES, MB, TOO_LARGE
from lib.importer.pauses import resting
from lib.importer.report import Report, Skipped
from lib.importer.run import import_file
from lib.ui.language import N_, _, ngettext, number_text, sentence
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import PageContext

MAX_SHOWN = 20
"""Chats that were skipped; the others are counted."""
_LABEL = N_("Import chats")
_REPORT = "import-report"
"""Where the result is while the page runs again."""
_HELP = N_("A file from here, from ChatGPT or from Open WebUI. Importing it again changes nothing.")


@st.fragment
def draw_import(context: PageContext) -> None:
    """Runs when a file has been chosen. Then the sidebar shows the new chats."""
    st.markdown(f"**{_(_LABEL)}**")
    limit = _("At most {megabytes} MB.").format(megabytes=MAX_FILE_BYTES // MB)
    st.caption(f"{_(_HELP)} {limit}")
    with st.form("import", clear_on_submit=True, border=False):
        file = st.file_uploader(
            _(_LABEL),
            type=["json", "zip"],
            label_visibility="collapsed",
            key="import-file",
            max_upload_size=MAX_FILE_BYTES // MB,
        )
        wanted = st.form_submit_button(_("Import"), icon=":material/upload:")
    if wanted and file is None:
        st.info(_("Choose a file first."), icon=":material/info:")
    elif wanted and file:
        _import(context, file)
    if report := st.session_state.pop(_REPORT, None):
        _draw(report)


def _import(context: PageContext, file: UploadedFile) -> None:
    process = context.runtime
    try:
        if file.size > MAX_FILE_BYTES:
            st.error(sentence(TOO_LARGE), icon=":material/error:")
            return
        with process.imports.place(context.user.id), st.spinner(_("Importing…")):
            report = import_file(context.store, file, resting(lambda: process.closing))
    except LakechatError as error:
        st.error(escape_label(sentence(str(error))), icon=":material/error:")
    else:
        st.session_state[_REPORT] = report
        st.rerun()  # all of the page: the sidebar has new chats


def _draw(report: Report) -> None:
    st.success(escape_label(summary(report)), icon=":material/check:")
    if skipped := report.all_skipped:
        count = len(report.skipped) + report.more_skipped
        label = ngettext("What could not be taken", "What could not be taken ({number})", count)
        with st.expander(label):
            _draw_skipped(skipped)


def _draw_skipped(skipped: Sequence[Skipped]) -> None:
    for each in skipped[:MAX_SHOWN]:
        st.markdown(f"**{escape_label(each.title)}**: {escape_label(sentence(each.reason))}")
    if len(skipped) > MAX_SHOWN:
        st.caption(_("And {number} more.").format(number=number_text(len(skipped) - MAX_SHOWN)))


def summary(report: Report) -> str:
    said = [_("No chats were imported.")]
    if report.imported:
        said = [ngettext("{number} chat was imported.", "{number} chats were imported.", report.imported)]
    if report.unchanged:
        said += [ngettext("{number} chat was here already.", "{number} chats were here already.", report.unchanged)]
    return " ".join(said)
