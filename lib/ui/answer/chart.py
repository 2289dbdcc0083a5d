"""Offers the charts of a result, and draws the one that was chosen."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import streamlit as st

from lib.tables.charts import Chart, Kind, charts_of
from lib.tables.vega_lite import described, vega_lite
from lib.ui.answer.tool_output import ShownTable, prepared
from lib.ui.markdown.escape import escape_label

View = Literal["table", "changes"] | Kind
NAMES: dict[View, str] = {
    "table": ":material/table: Table",
    "line": ":material/show_chart: Line",
    "bar": ":material/bar_chart: Bars",
    "stacked": ":material/stacked_bar_chart: Stacked",
    "scatter": ":material/scatter_plot: Scatter",
}
CHANGES_NAME = ":material/difference: Changes"


def draw_views(
    output: str, key: str, *, is_open: bool, changes: Literal["none", "offered", "open"] = "none"
) -> Chart | Literal["table", "changes"] | None:
    """Draw the choice between the table, its charts and its changes, and return what was chosen.

    With `is_open` that is the table at first, and never None; otherwise None until something is chosen. `changes` says
    whether there are some, and whether they are shown at first.
    """
    charts = _charts(output)
    if is_open and not charts and changes == "none":
        return "table"
    names: dict[View, str] = NAMES if changes == "none" else {**NAMES, "changes": CHANGES_NAME}
    kinds: list[View] = ["table", *charts]
    view = st.segmented_control(
        "Show the result as",
        kinds if changes == "none" else [*kinds, "changes"],
        format_func=names.__getitem__,
        default="changes" if changes == "open" else "table" if is_open else None,
        required=is_open,
        key=f"view-{key}",
        # Otherwise it would be forgotten by going to another chat.
        persist_state="session",
        label_visibility="collapsed",
    )
    if view is None or view == "table" or view == "changes":
        return view
    return _chosen(charts[view], f"{view}-{key}")


def _chosen(charts: Sequence[Chart], key: str) -> Chart:
    """Of the charts of one kind, which have different measures."""
    if len(charts) == 1:
        return charts[0]
    place = st.selectbox(
        "Measure",
        range(len(charts)),
        format_func=lambda place: escape_label(charts[place].y),
        key=f"measure-{key}",
        persist_state="session",
        label_visibility="collapsed",
        width=200,
    )
    return charts[place]


def draw_chart(output: str, chart: Chart) -> None:
    """Draw what `draw_views` returned for the same output."""
    shown = prepared(output)
    assert isinstance(shown, ShownTable)  # noqa: S101 - only a table has charts
    st.vega_lite_chart(vega_lite(shown.values, chart, st.context.locale), alt=described(chart), width="stretch")
    if shown.table.total > shown.count:
        st.caption(f"The chart shows the first {shown.count:,} of {shown.table.total:,} rows.")


# A page draws all its answers again in every run.
@lru_cache(maxsize=64)
def _charts(output: str) -> dict[Kind, list[Chart]]:
    shown = prepared(output)
    return charts_of(shown.values) if isinstance(shown, ShownTable) else {}
