"""How the parts of an answer look, the same while they come and when they are read again."""

from collections.abc import Sequence

import streamlit as st

from lib.store.models import Attachment, Part, Status
from lib.ui.files import draw_file
from lib.ui.markdown.draw import write
from lib.ui.markdown.escape import is_web, link, plain, unlinked
from lib.ui.segments import Segment, segments
from lib.ui.tools import draw_tools

ENDINGS: dict[Status, tuple[str]] = {
    "stopped": (":material/stop_circle: You stopped this answer.",),
    "interrupted": (":material/warning: This answer was interrupted. What had come is kept.",),
}


def draw_parts(parts: Sequence[Part], status: Status, note: str) -> None:
    """A finished answer; `note` stands in small type at its end."""
    found = segments(parts)
    foot = " · ".join([*ENDINGS.get(status, ()), note])
    # One element less for most messages: elements are what a page costs.
    has_text_to_end = bool(found) and found[-1].kind == "text"
    for segment in found[:-1] if has_text_to_end else found:
        draw_segment(segment)
    if has_text_to_end:
        write(found[-1].text, f":small[:gray[{foot}]]")
    else:
        st.caption(foot)


def draw_segment(segment: Segment, *, running: bool = False) -> None:
    """As one element. `running`: more of it may come."""
    match segment.kind:
        case "text":
            write(segment.text)
        case "reasoning":
            _draw_reasoning(segment.text, running)
        case "tools":
            draw_tools(segment.calls, running)
        case "citations":
            _draw_citations(segment.parts)
        case "file":
            draw_file(segment.parts[0])
        case "login":
            with st.container():
                st.link_button("Sign in to go on", segment.parts[0]["url"], icon=":material/login:")
                st.caption(plain(segment.text))
        case "note":
            st.caption(f":material/info: {plain(segment.text)}")
        case "error":
            st.error(plain(segment.text), icon=":material/error:")


def _draw_reasoning(text: str, running: bool) -> None:
    """Its text only when it is whole: it would be sent again with every word."""
    if running:
        st.status("Thinking…", type="compact")
        return
    with st.expander("Thought about it", icon=":material/neurology:"):
        write(text)


def draw_attachments(attachments: Sequence[Attachment]) -> None:
    """By name under their question, each leading to where it lies if that was said."""
    names = [_named(each["name"], each["url"] or "") for each in attachments]
    if names:
        st.caption(f":material/attach_file: {' · '.join(names)}")


def _named(name: str, url: str) -> str:
    return link(name, url) if is_web(url) else unlinked(name)


def _draw_citations(citations: Sequence[Part]) -> None:
    """By name, each leading to its page if it has one."""
    names = [_named(part["title"] or part["url"] or "A source without a name", part["url"]) for part in citations]
    st.caption("Sources: " + " · ".join(names))
