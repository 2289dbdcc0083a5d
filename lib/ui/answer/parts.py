"""How the parts of an answer look, both while they come and afterwards."""

from collections.abc import Sequence

import streamlit as st

from lib.messages.parts import Citation, Error, File, Note, Part, Reasoning, SignIn, Text, ToolCall, ToolResult
from lib.store.models import Attachment, Status
from lib.ui.answer.files import draw_file
from lib.ui.answer.groups import PartGroup, group_parts
from lib.ui.answer.tool_calls import draw_tool_calls
from lib.ui.markdown.draw import draw_markdown
from lib.ui.markdown.escape import escape_label, escape_text, is_web_url, link

ENDINGS: dict[Status, tuple[str]] = {
    "stopped": (":material/stop_circle: You stopped this answer.",),
    "interrupted": (":material/warning: This answer was interrupted. What had arrived is kept.",),
}


def draw_parts(parts: Sequence[Part], status: Status, note: str) -> None:
    """A whole answer, with `note` in small type below."""
    groups = group_parts(parts)
    foot = " · ".join([*ENDINGS.get(status, ()), note])
    # In one element with the last text, if possible: the cost of a page is its number of elements.
    has_text_to_end = bool(groups) and groups[-1].kind == "text"
    for group in groups[:-1] if has_text_to_end else groups:
        draw_group(group)
    if has_text_to_end:
        draw_markdown(groups[-1].text, f":small[:gray[{foot}]]")
    else:
        st.caption(foot)


def draw_group(group: PartGroup, *, running: bool = False) -> None:
    """As one element. `running`: more of it may come."""
    match group.parts[0]:
        case Text(text):
            draw_markdown(text)
        case Reasoning(text):
            _draw_reasoning(text, running)
        case ToolCall() | ToolResult():
            draw_tool_calls(group.calls, running)
        case Citation():
            _draw_citations(group.parts)
        case File() as file:
            draw_file(file)
        case SignIn(url, text):
            with st.container():
                st.link_button("Sign in to go on", url, icon=":material/login:")
                st.caption(escape_label(text))
        case Note(text):
            st.caption(f":material/info: {escape_label(text)}")
        case Error(text):
            st.error(escape_label(text), icon=":material/error:")


def _draw_reasoning(text: str, running: bool) -> None:
    """The text only once it is whole: before, it would be sent again with every word."""
    if running:
        st.status("Thinking…", type="compact")
        return
    with st.expander("Thought about it", icon=":material/neurology:"):
        draw_markdown(text)


def draw_attachments(attachments: Sequence[Attachment]) -> None:
    """Their names under the question, as links where they have an address."""
    names = [_named(each["name"], each["url"] or "") for each in attachments]
    if names:
        st.caption(f":material/attach_file: {' · '.join(names)}")


def _named(name: str, url: str) -> str:
    return link(name, url) if is_web_url(url) else escape_text(name)


def _draw_citations(parts: Sequence[Part]) -> None:
    """Their names, as links where they have an address."""
    sources = [part for part in parts if isinstance(part, Citation)]
    names = [_named(source.title or source.url or "A source without a name", source.url) for source in sources]
    st.caption("Sources: " + " · ".join(names))
