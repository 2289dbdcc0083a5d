"""Shows the errors of a click as toasts; the page below stays as it was."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from lib.errors import LakechatError

QUEUED = "queued_toasts"


@contextmanager
def show_errors(show: Callable[[str], object] | None = None) -> Iterator[None]:
    """Show the sentence of a LakechatError: with `show`, for example in a dialog, else as a toast in the next run."""
    try:
        yield
    except LakechatError as error:
        (show or queue_toast)(str(error))


def queue_toast(sentence: str) -> None:
    """Store the sentence in the session until it is drawn, because another run may cut this one short."""
    st.session_state.setdefault(QUEUED, []).append(sentence)


def draw_toasts() -> None:
    for sentence in st.session_state.pop(QUEUED, []):
        st.toast(sentence, icon=":material/error:", duration="long")
