"""How the parts of an answer look, the same while they come and when they are read again."""

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st

from lib.store.models import Part, Status
from lib.ui.text import plain

ENDINGS: dict[Status, tuple[str, str]] = {
    "stopped": (":material/stop_circle:", "You stopped this answer."),
    "interrupted": (":material/warning:", "This answer was interrupted. What had come is kept."),
}
MAX_ROWS = 1_000


def draw_parts(parts: Sequence[Part], status: Status) -> None:
    """A finished answer."""
    results = {part["call_id"]: part for part in parts if part["type"] == "tool_result"}
    for part in parts:
        draw_part(part, results)
    _draw_citations([part for part in parts if part["type"] == "citation"])
    if status in ENDINGS:
        icon, sentence = ENDINGS[status]
        st.caption(f"{icon} {sentence}")


def draw_part(part: Part, results: dict[str, Part]) -> None:
    match part["type"]:
        case "text":
            st.markdown(part["text"], anchors=False)
        case "reasoning":
            draw_reasoning(part["text"])
        case "tool_call":
            draw_tool(part, results.get(part["id"]))
        case "error":
            st.error(plain(part["text"]), icon=":material/error:")


def draw_reasoning(text: str) -> None:
    with st.expander("Thought about it", icon=":material/neurology:"):
        st.markdown(text, anchors=False)


def draw_tool(call: Part, result: Part | None) -> None:
    """Collapsed: what was called, for how long, with what, and what came of it."""
    took = f" · {result['duration_ms'] / 1000:.1f} s" if result and "duration_ms" in result else ""
    with st.expander(f"{plain(call['name'])}{took}", icon=":material/build:"):
        _draw_arguments(call["arguments"])
        if result:
            _draw_output(result["output"])


def _draw_arguments(arguments: str) -> None:
    """SQL as SQL, anything else as it was written."""
    data = _json(arguments)
    if isinstance(data, dict) and len(data) == 1:
        [(name, value)] = data.items()
        if isinstance(value, str):
            st.code(value, language="sql" if name in ("sql", "query", "statement") else None, wrap_lines=True)
            return
    if arguments:
        st.code(arguments, language="json", wrap_lines=True)


def _draw_output(output: str) -> None:
    rows = _rows(_json(output))
    if rows:
        st.dataframe(rows, hide_index=True)
    else:
        st.code(output, language=None, wrap_lines=True)


def _draw_citations(citations: Sequence[Part]) -> None:
    links = [f"[{plain(part['title'])}]({_href(part['url'])})" for part in citations if _is_web(part["url"])]
    if links:
        st.caption("Sources: " + " · ".join(links))


def _is_web(url: str) -> bool:
    return url.startswith(("https://", "http://"))


def _href(url: str) -> str:
    return "".join(f"%{ord(mark):02X}" if mark in "()<> \\\n" else mark for mark in url)


def _rows(data: Any) -> list[dict[str, Any]]:
    """Rows of a table, in the shapes in which tools give them; empty when it is no table."""
    if isinstance(data, dict) and isinstance(data.get("rows"), list):
        columns, rows = data.get("columns"), data["rows"]
        if isinstance(columns, list) and all(isinstance(row, list) for row in rows):
            return [dict(zip(map(str, columns), row, strict=False)) for row in rows[:MAX_ROWS]]
        data = rows
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        return data[:MAX_ROWS]
    return []


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
