"""What a click could not do, said in a sentence on a page that stays as it was."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from lib.errors import LakechatError

QUEUED = "told"


@contextmanager
def show_errors(say: Callable[[str], object] | None = None) -> Iterator[None]:
    """Inside a dialog `say` shows the sentence there; else the next run does, above the page."""
    try:
        yield
    except LakechatError as error:
        (say or queue_toast)(str(error))


def queue_toast(sentence: str) -> None:
    """Kept until it is drawn: a run that is cut short would lose it."""
    st.session_state.setdefault(QUEUED, []).append(sentence)


def draw_toasts() -> None:
    for sentence in st.session_state.pop(QUEUED, []):
        st.toast(sentence, icon=":material/error:", duration="long")
