"""The line below which the agent still sees what was said, in a chat that is too long to be sent whole."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from uuid import UUID

import streamlit as st

from lib.chat.context import ContextCut, context_cut
from lib.errors import DatabaseUnavailable
from lib.store.models import Chat, Message
from lib.ui.instructions import known_instructions
from lib.ui.language import N_, _
from lib.ui.page_context import PageContext

LINE = N_(":material/visibility_off: The agent no longer sees what is above this line")
HELP = N_(
    "The chat is longer than what is sent to the agent with a question. If something from above matters, "
    "say it again. Nothing of the chat is lost."
)
SUMMARY = N_("The summary that it gets instead")
HELP_WITH_SUMMARY = N_(
    "The chat is longer than what is sent to the agent with a question. Instead of what is above, it gets a summary, "
    "which a small model wrote. If something else from above matters, say it again. Nothing of the chat is lost."
)


def find_cut(context: PageContext, chat: Chat, last_shown: UUID, *, is_end: bool) -> ContextCut | None:
    """Where the agent begins to see. `is_end`: whether the last one that is shown ends the branch.

    What leads to a message never changes, so the session remembers the answer until the branch ends elsewhere, or the
    instructions that are sent with it are others. Genie remembers by itself what it was asked.
    """
    if chat.agent in context.runtime.settings.genie_spaces:
        return None
    try:
        leaf = last_shown if is_end else context.store.list_messages(chat.id, 1)[-1].id
        instructions = known_instructions(context) if chat.uses_instructions else ""
        key, known_as = f"context-cut-{chat.id}", (leaf, context.runtime.connection_state.mode, len(instructions))
        known, cut = st.session_state.get(key, (None, None))
        if known != known_as:
            cut = context_cut(context.store, chat.id, leaf, context.runtime.settings)
            st.session_state[key] = (known_as, cut)
    except (DatabaseUnavailable, IndexError):
        return None
    found: ContextCut | None = cut
    return found


@contextmanager
def cut_at(message: Message, cut: ContextCut | None, *, is_first: bool) -> Iterator[None]:
    """Draw the line with a message that it touches, as one element, so that it moves no other message."""
    is_above = is_first and cut is not None and message.parent_id == cut.message_id
    is_below = cut is not None and message.id == cut.message_id
    with st.container() if is_above or is_below else nullcontext():
        if cut and is_above:
            _draw_line(cut)
        yield
        if cut and is_below:
            _draw_line(cut)


def _draw_line(cut: ContextCut) -> None:
    with st.container(key="context-cut"):
        st.caption(_(LINE), help=_(HELP_WITH_SUMMARY if cut.summary else HELP))
        if cut.summary:
            with st.expander(_(SUMMARY)):
                st.text(cut.summary.content)
