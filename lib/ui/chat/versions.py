"""Draws "2/3" between two arrows where a question or an answer has other versions, and switches between them."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from lib.store.models import Message
from lib.ui.chat.excerpt import open_branch
from lib.ui.language import N_, _
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors

LABELS = {"left": N_("Previous version"), "right": N_("Next version")}


def draw_versions_of(context: PageContext, message: Message) -> None:
    draw_versions(context, message.chat_id, message.siblings, message.id, message.parent_id or message.chat_id)


def draw_versions(context: PageContext, chat_id: UUID, siblings: Sequence[UUID], shown: UUID, place: UUID) -> None:
    """Draw nothing for the only version. `place` is what the versions follow.

    The keys name the place and not the version, and after the last version comes the first: so a button stays, with the
    keyboard's focus on it, however often it is used.
    """
    if len(siblings) < 2 or shown not in siblings:
        return
    number = siblings.index(shown)
    with st.container(horizontal=True, vertical_alignment="center", gap=None, width="content", key=f"versions-{place}"):
        _draw_step(context, chat_id, "left", place, siblings[number - 1])
        st.markdown(f":small[:gray[{number + 1}/{len(siblings)}]]", width="content")
        _draw_step(context, chat_id, "right", place, siblings[(number + 1) % len(siblings)])


def _draw_step(context: PageContext, chat_id: UUID, way: str, place: UUID, to: UUID) -> None:
    st.button(
        _(LABELS[way]),
        key=f"step-{way}-{place}",
        icon=f":material/chevron_{way}:",
        type="tertiary",
        on_click=open_version,
        args=(context, chat_id, to),
    )


def open_version(context: PageContext, chat_id: UUID, message_id: UUID) -> None:
    with show_errors():
        open_branch(context, chat_id, message_id)
