"""The header of a chat: its title, its attributes, and the menu of its owner."""

import streamlit as st

from lib.store.models import Chat
from lib.ui.agents import agent_label, has_choice
from lib.ui.chat.chat_menu import WITHOUT_INSTRUCTIONS, carry_out, options_of
from lib.ui.chat.share_dialog import sharing_words
from lib.ui.instructions import known_instructions
from lib.ui.language import _
from lib.ui.markdown.escape import escape_label, escape_text
from lib.ui.page_context import PageContext


def draw_header(context: PageContext, chat: Chat) -> bool:
    """Returns whether a dialog is open. Then the caller must end the run soon, because clicks in the dialog wait."""
    with st.container(horizontal=True, key="chat-header"):
        st.markdown(
            "\n\n".join([f"# {escape_text(chat.title)}", *_attributes(context, chat)]),
            anchors=False,
            width="stretch",
        )
        key = f"chat-menu-{chat.id}"
        chosen = st.menu_button(
            _("What to do with this chat"),
            options_of(chat, has_instructions=bool(known_instructions(context))),
            key=key,
            icon=":material/more_horiz:",
            type="tertiary",
            format_func=_,
        )
    return carry_out(context, chat, chosen)


def _attributes(context: PageContext, chat: Chat) -> list[str]:
    """One line with the agent (if there are several), "Archived" and the like, and how it is shared; or no line."""
    attributes = {
        **_agent(context, chat),
        f":material/archive: {_('Archived')}": chat.archived_at,
        f":material/speaker_notes_off: {_(WITHOUT_INSTRUCTIONS)}": not chat.uses_instructions,
        f":material/group: {sharing_words(chat)}": chat.visibility == "public",
    }
    shown = [attribute for attribute, applies in attributes.items() if applies]
    return [f":small[:gray[{' · '.join(shown)}]]"] if shown else []


def _agent(context: PageContext, chat: Chat) -> dict[str, bool]:
    """Whose chat it is, and who answers if that agent is gone."""
    if chat.agent is None:
        return {}
    agents = context.runtime.agents
    is_offered = agents.face(chat.agent).is_offered
    gone = _("no longer offered: {agent} answers").format(agent=escape_label(agents.faces[0].name))
    return {agent_label(chat.agent): has_choice() or not is_offered, gone: not is_offered}
