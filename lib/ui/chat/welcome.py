"""The start of a new chat: a greeting, what the agent can do, questions to start with, and the last chats."""

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import streamlit as st

from lib.feedback.starters import liked_starters
from lib.identity import User
from lib.profiles import MAX_DESCRIPTION_CHARS, AgentFace
from lib.store.models import Chat
from lib.ui.auto_refresh import LISTED_CHATS
from lib.ui.chat.agent_picker import chosen_face, shortened
from lib.ui.chat.composer import ask
from lib.ui.dates import when
from lib.ui.language import N_, _
from lib.ui.markdown.escape import escape_label, escape_text
from lib.ui.navigation import chat_page
from lib.ui.page_context import PageContext, timezone

LAST_CHATS = 3
GREETINGS = ((5, N_("Good evening")), (12, N_("Good morning")), (18, N_("Good afternoon")), (24, N_("Good evening")))
"""Each until the hour before it."""
HEADLINE = N_("What would you like to know?")
STARTERS = N_("What can you help me with?"), N_("Which data can you see?")
"""What the settings have if BRAND_GREETING and STARTER_QUESTIONS are not set."""
_NAME = re.compile(r"[^\W\d_]{2,}")
_FIRST_OF_SEVERAL = re.compile(r"[^\W\d_]{2,}(?=[ ._-][^\W\d_]{2,})")


def draw_welcome(context: PageContext, chat_id: UUID) -> None:
    now = datetime.now(timezone())
    with st.container(key="welcome"):
        st.caption(escape_text(greeting(context.user, now.hour)))
        st.title(escape_text(_(context.runtime.settings.brand_greeting)), anchor=False)
        face = chosen_face(context, chat_id)
        if description := shortened(face.description, MAX_DESCRIPTION_CHARS):
            st.markdown(escape_text(description))
        _draw_starters(context, chat_id, face)
        if not context.is_temporary:
            _draw_last_chats(st.session_state[LISTED_CHATS], now)


def greeting(user: User, hour: int) -> str:
    words = _(next(words for until, words in GREETINGS if hour < until))
    name = first_name(user)
    return f"{words}, {name}" if name else words


def first_name(user: User) -> str:
    """Empty if it is not known for sure: a user name such as "asmith" has none to call somebody by."""
    text = (user.name or user.email or "").partition("@")[0].strip()
    if text != text.casefold():
        match = _NAME.match(text)
        return match[0] if match else ""
    match = _FIRST_OF_SEVERAL.match(text)
    return match[0].capitalize() if match else ""


def _draw_starters(context: PageContext, chat_id: UUID, face: AgentFace) -> None:
    configured = list(map(_, face.starters))
    with st.container(key="starters", horizontal=True):
        for number, starter in enumerate(configured):
            _draw_starter(context, chat_id, starter, f"starter-{number}", None)
        for number, liked in enumerate(liked_starters(context.store, configured)):
            _draw_starter(context, chat_id, liked, f"liked-{number}", ":material/thumb_up:")


def _draw_starter(context: PageContext, chat_id: UUID, question: str, key: str, icon: str | None) -> None:
    args, help = (context, chat_id, question), _("You liked an answer to this question") if icon else None
    st.button(escape_label(question), key=key, icon=icon, help=help, on_click=ask, args=args, width="stretch")


def _draw_last_chats(listed: Sequence[Chat], now: datetime) -> None:
    """The user's last active ones."""
    if not listed:
        return
    st.caption(_("Go on where you stopped"))
    with st.container(key="last-chats"):
        for chat in sorted(listed, key=lambda chat: chat.updated_at, reverse=True)[:LAST_CHATS]:
            page, at = chat_page(chat), when(chat.updated_at.astimezone(now.tzinfo), now)
            st.page_link(page, label=f"{page.title} :small[:gray[{at}]]", icon=page.icon or ":material/history:")
