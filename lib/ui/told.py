"""What a click could not do, said in a sentence on a page that stays as it was."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from lib.errors import LakechatError

TOLD = "told"


@contextmanager
def telling(say: Callable[[str], object] | None = None) -> Iterator[None]:
    """Inside a dialog `say` shows the sentence there; else the next run does, above the page."""
    try:
        yield
    except LakechatError as error:
        (say or tell)(str(error))


def tell(sentence: str) -> None:
    """Kept until it is drawn: a run that is cut short would lose it."""
    st.session_state.setdefault(TOLD, []).append(sentence)


def draw_told() -> None:
    for sentence in st.session_state.pop(TOLD, []):
        st.toast(sentence, icon=":material/error:", duration="long")
