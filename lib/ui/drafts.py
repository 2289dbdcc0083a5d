"""Tells the browser which of its drafts have arrived. `assets/drafts.js`, which runs in the browser, keeps them there.

The app sees nothing of a draft before it is sent, and afterwards keeps only a checksum of it for a moment.
"""

import json
import zlib
from collections import OrderedDict, deque
from hashlib import sha256
from html import escape
from threading import Lock
from typing import Any
from uuid import uuid4

import streamlit as st

from lib.identity import User

TEMPORARY = "temporary"
"""The input of a temporary chat: the browser keeps no draft of it, and nothing is remembered of its questions."""
ERASURE = "drafts-erased"
MAX_USERS = 1_000
MAX_MARKS = 5
"""How many accepted questions are told: more than a person sends before the page has run."""


class AcceptedQuestions:
    """The last questions of each user that this process has accepted, also for a tab that was reloaded meanwhile."""

    def __init__(self) -> None:
        self._marks: OrderedDict[str, deque[dict[str, Any]]] = OrderedDict()
        self._lock = Lock()

    def add(self, user: User, box: str, typed: str) -> None:
        """`box` names the input in which it was typed."""
        if box == TEMPORARY:
            return
        # The token distinguishes two questions with the same text.
        mark = {"box": box, "checksum": zlib.adler32(typed.encode(errors="replace")), "token": uuid4().hex}
        with self._lock:
            self._marks.setdefault(user.id, deque(maxlen=MAX_MARKS)).append(mark)
            self._marks.move_to_end(user.id)
            while len(self._marks) > MAX_USERS:
                self._marks.popitem(last=False)

    def of(self, user: User) -> list[dict[str, Any]]:
        """Oldest first."""
        with self._lock:
            return list(self._marks.get(user.id, ()))


@st.cache_resource(show_spinner=False)
def accepted_questions() -> AcceptedQuestions:
    return AcceptedQuestions()


def erase_drafts() -> None:
    """Have the next run tell the browser that its drafts must go: each erasure has a name, so that it happens once."""
    st.session_state[ERASURE] = uuid4().hex


def draw_draft_keeper(user: User) -> None:
    """Draw it on every page, and hidden (assets/style)."""
    owner = sha256(user.id.encode()).hexdigest()
    accepted = escape(json.dumps(accepted_questions().of(user)))
    with st.container(key="draft-keeper"):
        erased = st.session_state.get(ERASURE, "")
        st.html(f'<i data-draft-owner="{owner}" data-drafts-accepted="{accepted}" data-drafts-erased="{erased}"></i>')
