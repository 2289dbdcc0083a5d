"""What Plotly's figures say about axes, names and colours, in Vega-Lite."""

from collections.abc import Sequence
from typing import Any

from lib.figures.figure import NotDrawn
from lib.figures.plotly_traces import words

Spec = dict[str, Any]


def object_of(value: Any) -> Spec:
    return value if isinstance(value, dict) else {}


def looks(layout: Spec, axis: str) -> Spec:
    """What the figure says about an axis."""
    described = object_of(layout.get(axis))
    if described.get("type") == "log":
        raise NotDrawn("It has a logarithmic axis.")
    return {"title": words(described.get("title")) or None}


def colour(names: Sequence[str]) -> Spec:
    legend = {"orient": "bottom", "columns": 3, "title": None}
    return {"field": "series", "type": "nominal", "scale": {"domain": list(names)}, "legend": legend}
