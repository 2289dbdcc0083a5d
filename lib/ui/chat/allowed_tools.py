"""The dialog with the tools that are always allowed in a chat."""

import streamlit as st

from lib.store.allowed_tools import AllowedTool
from lib.store.models import Chat
from lib.ui.agents import agent_name, has_choice
from lib.ui.language import N_, _
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import PageContext
from lib.ui.toasts import show_errors

ALWAYS_ALLOWED = N_("Always allowed tools")
NOT_ASKED = N_("The agent uses these in this chat without asking. Take one out, and it asks again.")


def allowed_tools_dialog(context: PageContext, chat: Chat) -> None:
    st.dialog(_(ALWAYS_ALLOWED), on_dismiss="rerun")(_draw)(context, chat)


def _draw(context: PageContext, chat: Chat) -> None:
    st.caption(_(NOT_ASKED))
    with show_errors(st.error):
        tools = context.store.list_allowed_tools(chat.id)
        if not tools:
            st.rerun()
        for number, tool in enumerate(tools):
            _draw_tool(context, chat, tool, number)


def _draw_tool(context: PageContext, chat: Chat, tool: AllowedTool, number: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        agent = agent_name(tool.agent) if has_choice() else ""
        places = "".join(f" · {escape_label(place)}" for place in (tool.server, agent) if place)
        st.markdown(f"**{escape_label(tool.name)}**{places}", width="stretch")
        if st.button(_("Ask again"), key=f"disallow-{chat.id}-{number}"):
            context.store.allow_tool(chat.id, tool, False)
            st.rerun(scope="fragment")
