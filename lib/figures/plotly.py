"""Translates Plotly's figures of common kinds to Vega-Lite.

Only values and names are taken over, so nothing else in a figure can do anything.
"""

from collections.abc import Sequence
from typing import Any

from lib.figures.figure import Chart, NotDrawn
from lib.figures.plotly_looks import Spec, colour, looks, object_of
from lib.figures.plotly_points import of_points
from lib.figures.plotly_traces import XY, Trace, check_trace, name_of, values_of, words
from lib.figures.vega_lite import read_vega_lite

HEIGHT_PIXELS = 340
MAX_HISTOGRAM_BINS = 100


def is_plotly(figure: object) -> bool:
    """Whether some JSON is a figure, if nothing else says so."""
    if not isinstance(figure, dict) or not isinstance(figure.get("layout"), dict):
        return False
    data = figure.get("data")
    return isinstance(data, list) and bool(data) and all(isinstance(each, dict) and "type" in each for each in data)


def from_plotly(figure: Any) -> Chart:
    """Raises NotDrawn."""
    if isinstance(figure, list):
        figure = {"data": figure}
    traces = figure.get("data") if isinstance(figure, dict) else None
    if not isinstance(traces, list) or not traces or not all(isinstance(trace, dict) for trace in traces):
        raise NotDrawn("It has no data.")
    layout = figure.get("layout")
    named = [trace | {"name": name_of(trace, number)} for number, trace in enumerate(traces) if _is_shown(trace)]
    return read_vega_lite(_translated(named, object_of(layout)))


def _is_shown(trace: Trace) -> bool:
    return trace.get("visible", True) is True


def _translated(traces: Sequence[Trace], layout: Spec) -> Spec:
    kinds = sorted({str(trace.get("type", "scatter")) for trace in traces})
    translate = of_points if set(kinds) <= set(XY) else _TRANSLATIONS.get(", ".join(kinds))
    if not (traces and translate):
        raise NotDrawn(f"Figures of this kind are not drawn here: {', '.join(kinds)[:80]}.")
    for trace in traces:
        check_trace(trace)
    title = words(layout.get("title"))
    return {"height": HEIGHT_PIXELS, **translate(traces, layout)} | ({"title": title} if title else {})


def _histogram(traces: Sequence[Trace], layout: Spec) -> Spec:
    along, across = ("y", "x") if "x" not in traces[0] else ("x", "y")
    rows = [{"x": each, "series": trace["name"]} for trace in traces for each in values_of(trace, along) or ()]
    is_number = all(isinstance(row["x"], int | float) for row in rows)
    count = min(int(_number(traces[0].get(f"nbins{along}"), 20)), MAX_HISTOGRAM_BINS)
    binned = {"bin": {"maxbins": max(2, count)}} if is_number else {"type": "nominal", "sort": None}
    is_stack = layout.get("barmode", "group") == "stack"
    counted = {"aggregate": "count", "type": "quantitative", "stack": "zero" if is_stack else None}
    encoding = {
        along: {"field": "x"} | binned | looks(layout, f"{along}axis"),
        across: counted | {"title": words(object_of(layout.get(f"{across}axis")).get("title")) or "count"},
    }
    if len(traces) > 1:
        encoding["color"] = colour([trace["name"] for trace in traces])
    opacity = 0.6 if len(traces) > 1 and not is_stack else 1
    return {
        "data": {"values": rows},
        "mark": {"type": "bar", "opacity": opacity, "tooltip": True},
        "encoding": encoding,
    }


def _boxes(traces: Sequence[Trace], layout: Spec) -> Spec:
    rows = []
    for trace in traces:
        values = values_of(trace, "y") or ()
        groups = values_of(trace, "x") or [trace["name"]] * len(values)
        rows += [{"x": group, "y": value} for group, value in zip(groups, values, strict=False)]
    encoding = {
        "x": {"field": "x", "type": "nominal", "sort": None} | looks(layout, "xaxis"),
        "y": {"field": "y", "type": "quantitative"} | looks(layout, "yaxis"),
    }
    return {"data": {"values": rows}, "mark": "boxplot", "encoding": encoding}


def _pie(traces: Sequence[Trace], layout: Spec) -> Spec:
    trace = _only(traces)
    labels, values = values_of(trace, "labels"), values_of(trace, "values")
    if not labels or not values:
        raise NotDrawn("It has no values.")
    rows = [{"label": str(label), "value": value} for label, value in zip(labels, values, strict=False)]
    names = list(dict.fromkeys(row["label"] for row in rows))
    hole = min(_number(trace.get("hole"), 0), 0.9)
    encoding = {
        "theta": {"field": "value", "type": "quantitative", "stack": True},
        "color": colour(names) | {"field": "label"},
        "order": {"field": "value", "type": "quantitative", "sort": "descending"},
        "tooltip": [{"field": "label"}, {"field": "value", "type": "quantitative"}],
    }
    mark = {"type": "arc", "innerRadius": {"expr": f"min(width, height) / 2 * {hole:.2f}"}}
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def _heatmap(traces: Sequence[Trace], layout: Spec) -> Spec:
    trace = _only(traces)
    lines = trace.get("z")
    if not isinstance(lines, list) or not all(isinstance(line, list) for line in lines):
        raise NotDrawn("Its “z” is no list of lists.")
    x, y = values_of(trace, "x"), values_of(trace, "y")
    rows = [
        {"x": x[column] if x and column < len(x) else column, "y": y[row] if y and row < len(y) else row, "z": value}
        for row, line in enumerate(lines)
        for column, value in enumerate(line)
    ]
    place = {"type": "ordinal", "sort": None}
    encoding = {
        "x": {"field": "x"} | place | looks(layout, "xaxis"),
        # The first row is the lowest.
        "y": {"field": "y", "scale": {"reverse": True}} | place | looks(layout, "yaxis"),
        "color": {
            "field": "z",
            "type": "quantitative",
            "title": words(object_of(trace.get("colorbar")).get("title")) or None,
        },
        "tooltip": [{"field": name} for name in ("x", "y", "z")],
    }
    return {"data": {"values": rows}, "mark": "rect", "encoding": encoding}


def _number(value: Any, default: float) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else default


def _only(traces: Sequence[Trace]) -> Trace:
    if len(traces) > 1:
        raise NotDrawn("It has several charts.")
    return traces[0]


_TRANSLATIONS = {"histogram": _histogram, "box": _boxes, "pie": _pie, "heatmap": _heatmap}
