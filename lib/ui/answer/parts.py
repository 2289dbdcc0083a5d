"""Draws the parts of an answer, both while it is written and afterwards."""

from collections.abc import Sequence

import streamlit as st

from lib.messages.citation_marks import marked
from lib.messages.groups import PartGroup, group_parts
from lib.messages.parts import Citation, Error, File, Note, Part, Reasoning, SignIn, Speaker, Text, ToolCall, ToolResult
from lib.messages.result import find_result
from lib.messages.sub_agents import shown_name
from lib.store.models import Status
from lib.ui.answer.files import draw_file
from lib.ui.answer.history import NO_HISTORY, History
from lib.ui.answer.kept_chart import NO_KEPT_CHART, KeptChart
from lib.ui.answer.result import draw_result
from lib.ui.answer.sources import draw_sources, source_marks
from lib.ui.answer.tool_calls import draw_tool_calls
from lib.ui.language import N_, _, sentence
from lib.ui.markdown.draw import draw_markdown
from lib.ui.markdown.escape import escape_label

ENDINGS: dict[Status, tuple[str, str]] = {
    "stopped": (":material/stop_circle:", N_("You stopped this answer.")),
    "interrupted": (":material/warning:", N_("This answer was interrupted and may be incomplete.")),
}


def draw_parts(
    parts: Sequence[Part],
    status: Status,
    note: str,
    key: str,
    history: History = NO_HISTORY,
    kept: KeptChart = NO_KEPT_CHART,
) -> None:
    """Draw a whole answer, with the table it rests on and `note` in small type below.

    `key` is unique on the page, and `note` may be empty.
    """
    groups, result = group_parts(marked(parts)), find_result(parts) if status != "running" else None
    foot = " · ".join(filter(None, [_ending(status), note]))
    marks = source_marks(parts)
    shown_below = result.output if result and not result.is_trivial else None
    # Draw the note in one element with the last text, if possible: the number of elements makes a page slow.
    has_text_to_end = bool(groups) and groups[-1].kind == "text" and not result
    for number, group in enumerate(groups[:-1] if has_text_to_end else groups):
        draw_group(group, f"{key}-{number}", shown_below=shown_below, marks=marks)
    if has_text_to_end:
        draw_markdown(groups[-1].text, f":small[:gray[{foot}]]" if foot else "", marks=marks)
        return
    if result:
        draw_result(result, parts, key, history, kept)
    if foot:
        st.caption(foot)


def _ending(status: Status) -> str:
    if status not in ENDINGS:
        return ""
    icon, text = ENDINGS[status]
    return f"{icon} {_(text)}"


def draw_group(
    group: PartGroup,
    key: str,
    *,
    running: bool = False,
    shown_below: ToolResult | None = None,
    marks: Sequence[str] = (),
) -> None:
    """Draw the group as one element.

    `running` means that the group may still grow. What is shown below the answer is not drawn here.
    """
    match group.parts[0]:
        case Text(text):
            draw_markdown(text, marks=marks)
        case Reasoning(text):
            _draw_reasoning(text, running)
        case ToolCall() | ToolResult():
            draw_tool_calls(group, running, key, shown_below)
        case Speaker(name):
            st.caption(f":material/support_agent: {escape_label(shown_name(name))}")
        case Citation():
            draw_sources(group.sources, group.speaker)
        case File() as file:
            draw_file(file)
        case SignIn(url, text):
            with st.container():
                st.link_button(_("Sign in to continue"), url, icon=":material/login:")
                st.caption(escape_label(sentence(text)))
        case Note(text):
            st.caption(f":material/info: {escape_label(sentence(text))}")
        case Error(text):
            st.error(escape_label(sentence(text)), icon=":material/error:")


def _draw_reasoning(text: str, running: bool) -> None:
    """Show the text only when it is complete. Otherwise every word would send the whole text again."""
    if running:
        st.status(_("Thinking…"), type="compact")
        return
    with st.expander(_("Thought about it"), icon=":material/neurology:"):
        draw_markdown(text, figures=False)
