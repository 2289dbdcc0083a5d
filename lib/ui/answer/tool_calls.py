"""Draws the tool calls of an answer: a box that says what was done, and inside it arguments and output."""

from typing import Literal

import streamlit as st

from lib.messages.arguments import arguments_of, language_of
from lib.messages.groups import PartGroup
from lib.messages.parts import Approval, ToolResult
from lib.messages.sub_agents import asked_agent, question_to
from lib.ui.answer.call_label import duration_of, has_failed, label_of, queried
from lib.ui.answer.tool_output import draw_output
from lib.ui.language import N_, _
from lib.ui.markdown.escape import escape_label, escape_text

SHOWN_BELOW = N_("The result is shown below the answer.")
NOT_DECIDED = N_("Nobody decided whether this call may be made, so it was not made.")


def draw_tool_calls(group: PartGroup, running: bool, key: str, shown_below: ToolResult | None) -> None:
    """Draw one box for calls in a row. `running` means that more calls or results may follow.

    `key` is unique on the page.
    """
    calls = group.calls
    is_waiting = running and any(call.result is None and not call.is_refused for call in calls)
    # An agent often tries again: what counts is how it ended.
    end: Literal["error", "complete"] = "error" if has_failed(calls[-1].result) else "complete"
    label = label_of(group)
    # The mark of what is complete would say that a call was made.
    is_refused = all(call.is_refused for call in calls)
    with (
        st.expander(label, icon=":material/block:")
        if is_refused
        else st.status(label, state="running" if is_waiting else end)
    ):
        for number, (tool, result, approval) in enumerate(calls):
            asked = asked_agent(tool, group.speakers)
            if len(calls) > 1:
                st.caption(" · ".join(filter(None, (escape_label(asked or tool.name), duration_of([result])))))
            elif queried(calls):
                st.caption(escape_label(tool.name))
            if asked and (question := question_to(tool)):
                st.markdown(escape_text(question))
            else:
                draw_arguments(tool.arguments)
            if approval:
                st.caption(decision_words(approval))
            if result and result is shown_below:
                st.caption(_(SHOWN_BELOW))
            elif result:
                # Not by the call's id: some agents count their calls in every answer.
                draw_output(result.output, f"{key}-{number}-{running}")


def decision_words(approval: Approval) -> str:
    if approval.is_approved is None:
        return f":material/block: {_(NOT_DECIDED)}"
    if approval.is_standing:
        return f":material/check: {_('Always allowed in this chat')}"
    icon, words = ("check", _("Approved")) if approval.is_approved else ("block", _("Denied"))
    reason = f": {escape_label(approval.reason)}" if approval.reason else ""
    return f":material/{icon}: {words}{reason}"


def draw_arguments(arguments: str) -> None:
    """Draw each argument that is code with its highlighting, and the others as JSON or text."""
    codes, rest = arguments_of(arguments)
    for language, code in codes:
        st.code(code, language=language, wrap_lines=True)
    if rest:
        st.code(rest, language="json" if rest[0] in "{[" else language_of("", rest), wrap_lines=True)
