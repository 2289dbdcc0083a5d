"""What an answer's owner has besides its result: the results of earlier versions, and the way to a new one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from lib.ui.language import _


@dataclass(frozen=True)
class Earlier:
    """The result of an earlier version of the answer."""

    version: int
    said_at: str
    """In words."""
    read: Callable[[], str | None]
    """Gives the output with the table; None if it cannot be read now."""


@dataclass(frozen=True)
class History:
    earlier: Sequence[Earlier]
    """The last one first."""
    changes: Literal["none", "offered", "open"]
    compared: int
    """The place in `earlier` of the version that the result is compared with at first."""
    draw_action: Callable[[], object]


NO_HISTORY = History((), "none", 0, lambda: None)


def choose_earlier(history: History, key: str) -> Earlier:
    """Draw the choice of a version to compare with, if there are several."""
    if len(history.earlier) == 1:
        return history.earlier[0]
    place = st.selectbox(
        _("Compare with"),
        range(len(history.earlier)),
        index=history.compared,
        format_func=lambda place: _label(history.earlier[place]),
        key=f"compared-{key}",
        persist_state="session",
        label_visibility="collapsed",
        width=240,
    )
    return history.earlier[place]


def _label(earlier: Earlier) -> str:
    return _("Since {moment} (version {version})").format(moment=earlier.said_at, version=earlier.version)
