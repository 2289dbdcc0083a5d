"""Errors of a click, as toasts over a page that stays as it was."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from lib.errors import LakechatError

QUEUED = "queued_toasts"


@contextmanager
def show_errors(say: Callable[[str], object] | None = None) -> Iterator[None]:
    """Show an error of the app as a sentence: with `say`, as in a dialog, or as a toast in the next run."""
    try:
        yield
    except LakechatError as error:
        (say or queue_toast)(str(error))


def queue_toast(sentence: str) -> None:
    """Kept in the session until it is drawn: this run may be cut short by another."""
    st.session_state.setdefault(QUEUED, []).append(sentence)


def draw_toasts() -> None:
    for sentence in st.session_state.pop(QUEUED, []):
        st.toast(sentence, icon=":material/error:", duration="long")
