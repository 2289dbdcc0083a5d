"""The choice of an agent for a chat that is about to begin. It counts for that chat alone."""

from uuid import UUID

import streamlit as st

from lib.labels import truncated
from lib.profiles import AgentFace
from lib.ui.agents import has_choice, icon_of, label_of
from lib.ui.language import _
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import PageContext

MAX_OPTION_CHARS = 60


def draw_agent_picker(context: PageContext, chat_id: UUID) -> None:
    """Above the input, if there are several agents: a menu whose button names the one that is chosen."""
    if not has_choice():
        return
    faces = {face.id: face for face in context.runtime.agents.faces}
    with st.bottom.container(key="agent-picker"):
        st.menu_button(
            label_of(chosen_face(context, chat_id)),
            list(faces),
            key=f"pick-{chat_id}",
            help=_("The agent that answers in this chat"),
            type="tertiary",
            format_func=lambda id: _option(faces[id]),
            on_click=_choose,
            args=(chat_id,),
        )


def chosen_face(context: PageContext, chat_id: UUID) -> AgentFace:
    """The default agent until another one is chosen."""
    faces = context.runtime.agents.faces
    return next((face for face in faces if face.id == chosen_agent(chat_id)), faces[0])


def chosen_agent(chat_id: UUID) -> str | None:
    agent: str | None = st.session_state.get(_chosen(chat_id))
    return agent


def shortened(text: str, most_chars: int) -> str:
    return text if len(text) <= most_chars else f"{truncated(text, most_chars - 1)}…"


def _option(face: AgentFace) -> str:
    said = escape_label(shortened(face.description, MAX_OPTION_CHARS))
    name = f"{icon_of(face)} **{escape_label(face.name)}**"
    return f"{name} :small[:gray[{said}]]" if said else name


def _choose(chat_id: UUID) -> None:
    st.session_state[_chosen(chat_id)] = st.session_state[f"pick-{chat_id}"]


def _chosen(chat_id: UUID) -> str:
    return f"agent-{chat_id}"
