"""How the parts of an answer look, the same while they come and when they are read again."""

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st

from lib.store.models import Attachment, Part, Status
from lib.ui.markdown import markdown_of
from lib.ui.segments import Segment, segments
from lib.ui.tables import rows_of
from lib.ui.text import is_web, link, plain, unlinked

ENDINGS: dict[Status, tuple[str]] = {
    "stopped": (":material/stop_circle: You stopped this answer.",),
    "interrupted": (":material/warning: This answer was interrupted. What had come is kept.",),
}
SQL_ARGUMENTS = ("sql", "query", "statement", "code")


def draw_parts(parts: Sequence[Part], status: Status, note: str) -> None:
    """A finished answer; `note` stands in small type at its end."""
    found = segments(parts)
    foot = " · ".join([*ENDINGS.get(status, ()), note])
    # One element less for most messages: elements are what a page costs.
    has_text_to_end = bool(found) and found[-1].kind == "text"
    for segment in found[:-1] if has_text_to_end else found:
        draw_segment(segment)
    if has_text_to_end:
        st.markdown(f"{markdown_of(found[-1].text)}\n\n:small[:gray[{foot}]]", anchors=False)
    else:
        st.caption(foot)


def draw_segment(segment: Segment, *, running: bool = False) -> None:
    """`running`: more of it may come."""
    match segment.kind:
        case "text":
            st.markdown(markdown_of(segment.text), anchors=False)
        case "reasoning":
            _draw_reasoning(segment.text, running)
        case "tools":
            _draw_tools(segment.calls, running)
        case "citations":
            _draw_citations(segment.parts)
        case "login":
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
        st.markdown(markdown_of(text), anchors=False)


def _draw_tools(calls: list[tuple[Part, Part | None]], running: bool) -> None:
    """Collapsed: what was called and for how long; inside, with what and what came of it."""
    awaited = running and any(result is None for _, result in calls)
    with st.status(_tools_label(calls), state="running" if awaited else "complete"):
        for call, result in calls:
            if len(calls) > 1:
                st.caption(f"{plain(call['name'])}{_took([result])}")
            _draw_arguments(call["arguments"])
            if result:
                _draw_output(result["output"], key=f"{call['id']}-{running}")


def _tools_label(calls: list[tuple[Part, Part | None]]) -> str:
    names = list(dict.fromkeys(call["name"] for call, _ in calls))
    what = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    times = f" ({len(calls)} calls)" if len(calls) > len(names) else ""
    return f"{plain(what)}{times}{_took([result for _, result in calls])}"


def _took(results: Sequence[Part | None]) -> str:
    """The time that all of them took; nothing when one is awaited or was not timed."""
    times = [result.get("duration_ms") if result else None for result in results]
    known = [time for time in times if time is not None]
    if not known or len(known) < len(times):
        return ""
    took_ms = sum(known)
    return f" · {took_ms / 1000:.1f} s" if took_ms >= 100 else f" · {took_ms} ms"


def _draw_arguments(arguments: str) -> None:
    """SQL as SQL, anything else as it was written."""
    data = _json(arguments)
    if isinstance(data, dict):
        for name in SQL_ARGUMENTS:
            if isinstance(value := data.pop(name, None), str):
                st.code(value, language="sql", wrap_lines=True)
        arguments = json.dumps(data, ensure_ascii=False, indent=2) if data else ""
    if arguments:
        st.code(arguments, language="json", wrap_lines=True)


def _draw_output(output: str, key: str) -> None:
    """A table as a table, to sort, search and take away as CSV; anything else as it was written."""
    rows = rows_of(_json(output))
    if rows:
        st.dataframe(rows, hide_index=True, key=f"table-{key}")
    else:
        st.code(output, language=None, wrap_lines=True)


def draw_attachments(attachments: Sequence[Attachment]) -> None:
    """By name under their question, each leading to where it lies if that was said."""
    names = [_named(each["name"], each["url"] or "") for each in attachments]
    if names:
        st.caption(f":material/attach_file: {' · '.join(names)}")


def _named(name: str, url: str) -> str:
    return link(name, url) if is_web(url) else unlinked(name)


def _draw_citations(citations: Sequence[Part]) -> None:
    links = [link(part["title"], part["url"]) for part in citations if is_web(part["url"])]
    if links:
        st.caption("Sources: " + " · ".join(links))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
