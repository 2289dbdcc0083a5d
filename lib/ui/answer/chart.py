"""Offers the charts of a result, and draws the one that was chosen."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import streamlit as st

from lib.tables.charts import Chart, Kind, charts_of, is_offered
from lib.tables.country_map import not_on_map
from lib.tables.vega_lite import vega_lite
from lib.ui.answer.kept_chart import KeptChart
from lib.ui.answer.tool_output import ShownTable, prepared
from lib.ui.language import N_, _, number_text
from lib.ui.markdown.escape import escape_label

View = Literal["table", "changes"] | Kind
NAMES: dict[View, str] = {
    "table": N_("Table"),
    "line": N_("Line"),
    "bar": N_("Bars"),
    "stacked": N_("Stacked"),
    "map": N_("Map"),
    "scatter": N_("Scatter"),
}
CHANGES_NAME = N_("Changes")
ICONS: dict[View, str] = {
    "table": ":material/table:",
    "line": ":material/show_chart:",
    "bar": ":material/bar_chart:",
    "stacked": ":material/stacked_bar_chart:",
    "map": ":material/public:",
    "scatter": ":material/scatter_plot:",
    "changes": ":material/difference:",
}
DESCRIPTIONS: dict[Kind, str] = {
    "line": N_("Line chart: {y} by {x}"),
    "bar": N_("Bar chart: {y} by {x}"),
    "stacked": N_("Stacked bar chart: {y} by {x}"),
    "map": N_("Map: {y} by {x}"),
    "scatter": N_("Scatter chart: {y} against {x}"),
}


def draw_views(
    output: str,
    key: str,
    kept: KeptChart,
    *,
    is_open: bool,
    changes: Literal["none", "offered", "open"] = "none",
) -> Chart | Literal["table", "changes"] | None:
    """Draw the choice between the table, its charts and its changes, and return what was chosen.

    At first that is the chart that is kept, if the result can be drawn as it. Otherwise it is the table with `is_open`,
    and never None, else None until something is chosen. `changes` says whether there are some, and whether they are
    shown at first.
    """
    charts = _charts(output)
    if is_open and not charts and changes == "none":
        return "table"
    kept_kind = kept.chart.kind if kept.chart and is_offered(kept.chart, charts) else None
    kinds: list[View] = ["table", *charts]
    view = st.segmented_control(
        _("Show the result as"),
        kinds if changes == "none" else [*kinds, "changes"],
        format_func=_name,
        default=kept_kind or ("changes" if changes == "open" else "table" if is_open else None),
        required=is_open,
        key=f"view-{key}",
        on_change=_keep,
        args=(kept, output, key),
        # Otherwise it would be forgotten by going to another chat.
        persist_state="session",
        label_visibility="collapsed",
    )
    if view is None or view == "table" or view == "changes":
        return view
    return _choose(view, output, key, kept)


def _name(view: View) -> str:
    return f"{ICONS[view]} {_(CHANGES_NAME if view == 'changes' else NAMES[view])}"


def _choose(kind: Kind, output: str, key: str, kept: KeptChart) -> Chart:
    """Of the charts of one kind, which have different measures."""
    charts = _charts(output)[kind]
    if len(charts) == 1:
        return charts[0]
    place = st.selectbox(
        _("Measure"),
        range(len(charts)),
        index=_place(kept.chart, charts),
        format_func=lambda place: escape_label(charts[place].y),
        key=_measure(kind, key),
        on_change=_keep,
        args=(kept, output, key),
        persist_state="session",
        label_visibility="collapsed",
        width=150,
    )
    return charts[place]


def _keep(kept: KeptChart, output: str, key: str) -> None:
    """Changes are not kept: they are of the day on which they were looked at."""
    view: View | None = st.session_state[f"view-{key}"]
    if view is None or view == "table":
        kept.keep(None)
    elif view != "changes":
        charts = _charts(output)[view]
        kept.keep(charts[st.session_state.get(_measure(view, key), _place(kept.chart, charts))])


def _place(chart: Chart | None, charts: Sequence[Chart]) -> int:
    return charts.index(chart) if chart in charts else 0


def _measure(kind: Kind, key: str) -> str:
    """Where the session keeps which measure is drawn."""
    return f"measure-{kind}-{key}"


def draw_chart(output: str, chart: Chart) -> None:
    """Draw what `draw_views` returned for the same output."""
    shown = prepared(output)
    assert isinstance(shown, ShownTable)  # noqa: S101 - only a table has charts
    st.vega_lite_chart(vega_lite(shown.values, chart, st.context.locale), alt=described(chart), width="stretch")
    if missing := not_on_map(shown.values, chart):
        st.caption(escape_label(_("Not on the map: {names}").format(names=", ".join(missing))))
    if shown.table.total > shown.count:
        shows = _("The chart shows the first {shown} of {count} rows.")
        st.caption(shows.format(shown=number_text(shown.count), count=number_text(shown.table.total)))


def described(chart: Chart) -> str:
    """For people who do not see it: in English what `lib.tables.vega_lite.described` gives."""
    text = _(DESCRIPTIONS[chart.kind]).format(x=chart.x, y=chart.y)
    if not chart.series:
        return text
    return _("{chart}, with a colour for each {series}").format(chart=text, series=chart.series)


# A page draws all its answers again in every run.
@lru_cache(maxsize=64)
def _charts(output: str) -> dict[Kind, list[Chart]]:
    shown = prepared(output)
    return charts_of(shown.values) if isinstance(shown, ShownTable) else {}
