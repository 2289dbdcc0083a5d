"""Translates Plotly's bars, lines, points and areas, which may stand in one figure, to Vega-Lite."""

from collections.abc import Iterator, Sequence
from typing import Any

from lib.figures.figure import NotDrawn
from lib.figures.plotly_looks import Spec, colour, looks
from lib.figures.plotly_traces import Trace, has_lines, has_points, is_date, is_filled, milliseconds, points

SHORT_CHARS = 8
"""Names up to this length are written level below the axis, longer ones upright."""


def of_points(traces: Sequence[Trace], layout: Spec) -> Spec:
    """A layer for all bars, one for all areas, and so on. They share the axes and the colours."""
    lying = [trace for trace in traces if trace.get("orientation") == "h"]
    if lying and len(lying) < len(traces):
        raise NotDrawn("It has bars in both directions.")
    names = [trace["name"] for trace in traces]
    along, across = ("y", "x") if lying else ("x", "y")
    rows = points(traces, is_lying=bool(lying))
    bars = {trace["name"] for trace in traces if trace.get("type") == "bar"}
    axis = _axis([row["x"] for row in rows], has_bars=bool(bars))
    if axis["type"] == "temporal":
        rows = [row | {"x": milliseconds(row["x"])} for row in rows]
    value = {"field": "y", "type": "quantitative", "title": across, "format": ",~f"}
    tooltip = [{"field": "x", "type": axis["type"], "title": along}, value]
    encoding: Spec = {
        along: {"field": "x"} | axis | looks(layout, f"{along}axis"),
        across: {"field": "y", "type": "quantitative"} | looks(layout, f"{across}axis"),
        "tooltip": tooltip,
    }
    if len(names) > 1:
        encoding["color"] = colour(names)
        tooltip.append({"field": "series", "title": "name"})
    barmode = str(layout.get("barmode", "group"))
    return {"encoding": encoding, "layer": list(_layers(traces, rows, bars, barmode, along, across))}


def _layers(
    traces: Sequence[Trace], rows: Sequence[Spec], bars: set[str], barmode: str, along: str, across: str
) -> Iterator[Spec]:
    def layer(mark: Spec, names: set[str], encoding: Spec | None = None) -> Iterator[Spec]:
        if of_layer := [row for row in rows if row["series"] in names]:
            yield {"mark": mark, "data": {"values": of_layer}, "encoding": encoding or {}}

    others = [trace for trace in traces if trace["name"] not in bars]
    filled = {trace["name"] for trace in others if is_filled(trace)}
    stacked = {across: {"field": "y", "type": "quantitative", "stack": "zero"}}
    separate = {across: {"field": "y", "type": "quantitative", "stack": None}}
    beside = {f"{along}Offset": {"field": "series", "sort": None}} if barmode == "group" and len(bars) > 1 else {}
    yield from layer({"type": "bar"}, bars, beside or (stacked if barmode in ("stack", "relative") else separate))
    is_stack = any("stackgroup" in trace for trace in others)
    yield from layer({"type": "area", "opacity": 0.4, "line": True}, filled, stacked if is_stack else separate)
    yield from layer({"type": "line"}, {trace["name"] for trace in others if has_lines(trace)} - filled)
    marked = {trace["name"] for trace in others if has_points(trace)} - filled
    sized = {"size": {"field": "size", "type": "quantitative", "legend": None}}
    has_sizes = all("size" in row for row in rows if row["series"] in marked)
    yield from layer({"type": "point", "filled": True}, marked, sized if has_sizes else None)


def _axis(places: Sequence[Any], *, has_bars: bool) -> Spec:
    """A place for each value in the order of the figure, unless they are numbers or dates along a line."""
    if not has_bars and all(isinstance(place, int | float) for place in places):
        return {"type": "quantitative", "scale": {"zero": False}}
    if not has_bars and all(is_date(place) for place in places):
        return {"type": "temporal", "scale": {"type": "utc"}}
    level = {"labelAngle": 0} if all(len(str(place)) <= SHORT_CHARS for place in places) else {}
    return {"type": "ordinal", "sort": None, "axis": {"labelOverlap": True, "labelLimit": 160} | level}
