"""Shows the errors of a click as toasts; the page below stays as it was."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from lib.errors import LakechatError
from lib.ui.language import sentence

QUEUED = "queued_toasts"


@contextmanager
def show_errors(show: Callable[[str], object] | None = None) -> Iterator[None]:
    """Show the sentence of a LakechatError: with `show`, for example in a dialog, else as a toast in the next run."""
    try:
        yield
    except LakechatError as error:
        (show or queue_toast)(sentence(str(error)))


def queue_toast(text: str) -> None:
    """Store the text in the session until it is drawn, because another run may cut this one short."""
    st.session_state.setdefault(QUEUED, []).append(text)


def draw_toasts() -> None:
    for text in st.session_state.pop(QUEUED, []):
        st.toast(text, icon=":material/error:", duration="long")
