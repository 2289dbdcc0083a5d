"""Writes a result as a chart and tables as a diagram, as blocks of code in the languages that agents use for them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from local.demo.answer import label
from local.demo.data import Result
from local.demo.question import Question
from local.demo.sql import MEASURES, TIME_DIMENSIONS

CHART = r"\b(vega\W?lite|plotly|draw|plot|chart|graph)\b"
PLOTLY = r"\bplotly\b"
DIAGRAM = r"\b(mermaid|diagram)\b"
VEGA_LITE_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


def chart(question: Question, result: Result, *, in_plotly: bool) -> str:
    """Of the measure by the dimension that was asked for; empty without a dimension."""
    if not question.dimension or not result.rows:
        return ""
    names = [label(question.dimension, row[0]) for row in result.rows]
    values = [row[1] for row in result.rows]
    write = _plotly if in_plotly else _vega_lite
    measure = MEASURES[question.measure or "revenue"].label
    return write(question.dimension, measure, names, values)


def _vega_lite(dimension: str, measure: str, names: Sequence[str], values: Sequence[Any]) -> str:
    is_over_time = dimension in TIME_DIMENSIONS
    of_names, of_values = ("x", "y") if is_over_time else ("y", "x")
    spec = {
        "$schema": VEGA_LITE_SCHEMA,
        "title": _title(dimension, measure),
        "data": {"values": [{dimension: name, measure: value} for name, value in zip(names, values, strict=True)]},
        "mark": {"type": "line", "point": True} if is_over_time else "bar",
        "encoding": {
            of_names: {"field": dimension, "type": "ordinal", "sort": None, "title": None},
            of_values: {"field": measure, "type": "quantitative"},
        },
    }
    return _fenced("vega-lite", json.dumps(spec, indent=2, default=float))


def _plotly(dimension: str, measure: str, names: Sequence[str], values: Sequence[Any]) -> str:
    trace = {"type": "scatter" if dimension in TIME_DIMENSIONS else "bar", "x": list(names), "y": list(values)}
    layout = {"title": {"text": _title(dimension, measure)}, "yaxis": {"title": {"text": measure}}}
    return _fenced("plotly", json.dumps({"data": [trace], "layout": layout}, indent=2, default=float))


def diagram(tables: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    """The tables with their columns and types. A column such as `customer_id` refers to `customers`."""
    lines = ["erDiagram"]
    for table, columns in tables.items():
        lines += [f"  {table} {{", *(f"    {kind.split('(')[0].lower()} {column}" for column, kind in columns), "  }"]
    names = {table: {column for column, _ in columns} for table, columns in tables.items()}
    lines += [
        f'  {other} ||--o{{ {table} : "{key}"'
        for table, columns in names.items()
        for other in names
        if other != table and (key := f"{other.removesuffix('s')}_id") in columns
    ]
    return _fenced("mermaid", "\n".join(lines))


def _title(dimension: str, measure: str) -> str:
    return f"{measure.capitalize()} by {dimension}"


def _fenced(language: str, code: str) -> str:
    return f"```{language}\n{code}\n```"
