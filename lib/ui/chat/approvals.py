"""Draws what an agent asks before it acts: a card for each call, on which the owner of the chat decides."""

from collections import Counter
from uuid import UUID

import streamlit as st

from lib.chat.deciding import MAX_REASON_CHARS, decide, decision
from lib.chat.turn import Turn
from lib.messages.approvals import calls_to_decide, without_calls_to_decide
from lib.messages.parts import Approval, ToolCall
from lib.ui.answer.parts import draw_parts
from lib.ui.answer.tool_calls import draw_arguments
from lib.ui.language import N_, _
from lib.ui.markdown.escape import escape_label
from lib.ui.page_context import PageContext
from lib.ui.sign_in import current_asker
from lib.ui.toasts import show_errors

NOT_YET = N_("The owner of this chat has not decided yet.")
REASON = N_("Reason (optional; the agent is told)")


def draw_waiting(context: PageContext, turn: Turn, *, is_owner: bool) -> None:
    """The answer as far as it has come, and what it waits for."""
    parts = turn.answer.parts
    draw_parts(without_calls_to_decide(parts), "running", "", str(turn.id))
    seen: Counter[str] = Counter()
    for call, approval in calls_to_decide(parts):
        # By the id of its call, so that what was typed stays with its card when another one goes.
        key = f"approval-{turn.id}-{call.id}-{seen[call.id]}"
        seen[call.id] += 1
        if is_owner:
            with st.form(key, enter_to_submit=False):
                _draw_request(call, approval)
                _draw_buttons(context, turn.chat_id, call.id, key)
        else:
            with st.container(border=True, key=key):
                _draw_request(call, approval)
                st.caption(f":material/hourglass_empty: {_(NOT_YET)}")


def _draw_request(call: ToolCall, approval: Approval) -> None:
    wish = _("The agent wants to use {tool}").format(tool=f"**{escape_label(call.name)}**")
    place = f" · {escape_label(approval.server)}" if approval.server else ""
    st.markdown(f":material/front_hand: {wish}{place}")
    draw_arguments(call.arguments)


def _draw_buttons(context: PageContext, chat_id: UUID, call_id: str, key: str) -> None:
    reason_key = f"{key}-reason"
    st.text_input(
        _(REASON), key=reason_key, max_chars=MAX_REASON_CHARS, placeholder=_(REASON), label_visibility="collapsed"
    )
    with st.container(horizontal=True):
        for name, label, icon, is_approved, is_always in (
            ("approve", _("Approve"), ":material/check:", True, False),
            ("deny", _("Deny"), ":material/block:", False, False),
            ("always", _("Always allow in this chat"), ":material/done_all:", True, True),
        ):
            st.form_submit_button(
                label,
                key=f"{key}-{name}",
                icon=icon,
                type="primary" if name == "approve" else "secondary",
                on_click=_decide,
                args=(context, chat_id, call_id, reason_key, is_approved, is_always),
            )


def _decide(
    context: PageContext, chat_id: UUID, call_id: str, reason_key: str, is_approved: bool, is_always: bool
) -> None:
    with show_errors():
        made = decision(call_id, is_approved, st.session_state.get(reason_key))
        turns, asker = context.runtime.turns, current_asker(context)
        decide(turns, context.store, asker, chat_id, [made], is_always=is_always)
