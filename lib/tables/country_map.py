"""Writes a map of countries in Vega-Lite, each in the colour of its value."""

from collections.abc import Mapping, Sequence
from typing import Any

from lib.tables.charts import Chart, Columns
from lib.tables.countries.frame import Frame, frame_of
from lib.tables.countries.names import codes_of
from lib.tables.countries.outlines import box_of, small_places, topology_with

NO_VALUE_COLOUR, BORDER_COLOUR = "#80808033", "#8080808C"
"""Quiet on light and dark ground alike."""
LEGEND_PIXELS = 200
SMALL_PIXELS = 70
"""The area of the circle of a country that is too small for an outline."""
Row = Mapping[str, Any]


def by_country(columns: Columns, rows: Sequence[Row], chart: Chart) -> dict[str, Row]:
    """The rows by the codes of their countries, without those that are none."""
    codes = dict(zip(columns[chart.x], codes_of(chart.x, columns[chart.x]), strict=True))
    return {code: row for row in rows if (code := codes[row["x"]])}


def not_on_map(columns: Columns, chart: Chart) -> list[str]:
    """The names of those that are no countries, as they are written."""
    names = columns[chart.x] if chart.kind == "map" else []
    codes = zip(names, codes_of(chart.x, names), strict=True)
    return [name for name, code in codes if code is None and isinstance(name, str)]


def map_layers(columns: Columns, rows: Sequence[Row], chart: Chart, tooltip: list[dict[str, Any]]) -> dict[str, Any]:
    """`tooltip` has the fields of a row. The outlines are there once, for all layers."""
    countries = by_country(columns, rows, chart)
    topology = topology_with({code: {"y": row["y"], "label": row["label"]} for code, row in countries.items()})
    colour = _colour(chart, values_between(countries))
    valued = _layer("geoshape", _of_properties(colour), [_of_properties(each) for each in tooltip])
    layers = [
        {"mark": _mark("geoshape", NO_VALUE_COLOUR) | {"aria": False}},
        valued | {"transform": [{"filter": "isValid(datum.properties) && isValid(datum.properties.y)"}]},
    ]
    if small := [_placed(code, row) for code, row in countries.items() if code in small_places()]:
        layers.append(_layer("circle", colour, tooltip) | {"data": {"values": small}})
        layers[-1]["encoding"] |= {name: {"field": name, "type": "quantitative"} for name in ("longitude", "latitude")}
    return {
        "data": {"values": topology, "format": {"type": "topojson", "feature": "countries"}},
        "projection": _projection(frame_of([box_of(code) for code in countries])),
        "layer": layers,
    }


def values_between(countries: Mapping[str, Row]) -> tuple[float, float]:
    """The lowest and the highest, which differ."""
    values = [row["y"] for row in countries.values()] or [0]
    low, high = min(values), max(values)
    if low == high:
        low, high = min(low, 0), max(high, 0)
    return low, high if low < high else 1


def _placed(code: str, row: Row) -> dict[str, Any]:
    longitude, latitude = small_places()[code]
    return {"longitude": longitude, "latitude": latitude, "y": row["y"], "label": row["label"]}


def _layer(mark: str, colour: dict[str, Any], tooltip: list[dict[str, Any]]) -> dict[str, Any]:
    return {"mark": _mark(mark), "encoding": {"color": colour, "tooltip": tooltip}}


def _mark(kind: str, colour: str | None = None) -> dict[str, Any]:
    drawn = {"type": kind, "stroke": BORDER_COLOUR, "strokeWidth": 0.6, "clip": True}
    if kind == "circle":
        drawn |= {"size": SMALL_PIXELS, "opacity": 1}
    return drawn | ({"fill": colour} if colour else {})


def _colour(chart: Chart, between: tuple[float, float]) -> dict[str, Any]:
    legend = {"orient": "bottom", "direction": "horizontal", "gradientLength": LEGEND_PIXELS, "tickCount": 3}
    return {
        "field": "y",
        "type": "quantitative",
        "title": chart.y,
        "scale": {"domain": list(between), "range": "heatmap"},
        "legend": legend,
    }


def _of_properties(field: dict[str, Any]) -> dict[str, Any]:
    """GeoJSON has the fields of a row there."""
    return field | {"field": f"properties.{field['field']}"}


def _projection(frame: Frame) -> dict[str, Any]:
    """So that the frame fills the chart, however wide that is."""
    scale = f"min(width / {frame.width:.4f}, height / {frame.height:.4f})"
    x, y = f"width / 2 - {frame.x:.4f} * {scale}", f"height / 2 + {frame.y:.4f} * {scale}"
    return {"type": "naturalEarth1", "scale": {"expr": scale}, "translate": {"expr": f"[{x}, {y}]"}}
