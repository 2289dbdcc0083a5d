"""The files that stand in a composer: attached, but not asked about yet.

They are stored when they are attached, so a question that is refused loses none of them, and the session keeps only
what is told of them. Those whose question is never asked are deleted after a day.
"""

from collections.abc import Sequence
from uuid import uuid4

import streamlit as st
from streamlit.typing import UploadedFile

from lib.attachments.kinds import recognised
from lib.attachments.limits import MAX_FILE_BYTES, MAX_FILES, MAX_QUESTION_BYTES
from lib.attachments.names import clean_name
from lib.errors import BadInput, TooLarge
from lib.store.files import Attachment
from lib.ui.language import _
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors

MEGABYTE = 1024 * 1024


def held_files(box: str) -> list[Attachment]:
    """The list itself. `box` names the composer."""
    held: list[Attachment] = st.session_state.setdefault(f"held-files-{box}", [])
    return held


def hold_files(context: PageContext, box: str, uploaded: Sequence[UploadedFile]) -> bool:
    """Store the files and hold them. Returns whether all are held; why one is not is shown."""
    held = held_files(box)
    before = len(held)
    for file in uploaded:
        with show_errors():
            held.append(_stored(context, held, file))
    return len(held) == before + len(uploaded)


def _stored(context: PageContext, held: Sequence[Attachment], file: UploadedFile) -> Attachment:
    name, content = clean_name(file.name), file.getvalue()
    if len(held) >= MAX_FILES:
        many = _("A question has at most {most} files, so “{name}” was left out.")
        raise BadInput(many.format(most=MAX_FILES, name=name))
    if len(content) > MAX_FILE_BYTES:
        large = _("“{name}” is too large: a file has at most {most} MB.")
        raise TooLarge(large.format(most=MAX_FILE_BYTES // MEGABYTE, name=name))
    if len(content) + sum(each["size"] or 0 for each in held) > MAX_QUESTION_BYTES:
        much = _("The files of a question have at most {most} MB together, so “{name}” was left out.")
        raise TooLarge(much.format(most=MAX_QUESTION_BYTES // MEGABYTE, name=name))
    return context.store.add_file(uuid4(), name, recognised(name, content), content)


def let_go_of_files(box: str) -> None:
    """Of all: the chat of this composer has ended."""
    st.session_state.pop(f"held-files-{box}", None)


def draw_held_files(box: str) -> None:
    """Draw them above the composer, each as a button that lets go of it."""
    with st.bottom.container(horizontal=True, key=f"held-{box}"):
        for file in held_files(box):
            st.button(
                escape_label(file["name"]),
                key=f"let-go-{file['id']}",
                icon=":material/close:",
                help=_("Do not attach this file"),
                on_click=_let_go,
                args=(box, file["id"]),
            )


def _let_go(box: str, file_id: str) -> None:
    held = held_files(box)
    held[:] = [file for file in held if file["id"] != file_id]
