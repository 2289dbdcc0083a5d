"""The chart that is kept with an answer: as a figure in HTML, and in words where nothing can be drawn."""

import logging
from collections.abc import Sequence
from html import escape

from lib.export.chart_svg import chart_svg
from lib.messages.parts import Part
from lib.messages.result import find_result
from lib.tables.charts import Chart, charts_of, is_offered
from lib.tables.country_map import not_on_map
from lib.tables.parse import Table
from lib.tables.shown_values import SHOWN_ROWS, shown_values
from lib.tables.vega_lite import described

log = logging.getLogger("lakechat.export")


def chart_figure(parts: Sequence[Part], chart: Chart | None) -> str:
    """Empty for a chart that the result cannot be drawn as. The file has the result as a table in any case."""
    table = _table_of(parts, chart)
    if chart is None or table is None:
        return ""
    try:
        svg = chart_svg(shown_values(table), chart)
    except Exception as error:
        log.warning("A chart was left out of an export: %s", type(error).__name__)
        return ""
    return f"<figure>\n{svg}<figcaption>{escape(_words(table, chart))}</figcaption>\n</figure>\n"


def chart_words(parts: Sequence[Part], chart: Chart | None) -> str:
    """What is drawn. Empty for a chart that the result cannot be drawn as."""
    table = _table_of(parts, chart)
    return _words(table, chart) if chart and table else ""


def _table_of(parts: Sequence[Part], chart: Chart | None) -> Table | None:
    """The result, if it can be drawn as the chart."""
    result = find_result(parts) if chart else None
    is_drawable = chart and result and is_offered(chart, charts_of(shown_values(result.table)))
    return result.table if result and is_drawable else None


def _words(table: Table, chart: Chart) -> str:
    shown = min(len(table.rows), SHOWN_ROWS)
    first = f" (the first {shown:,} of {table.total:,} rows)" if table.total > shown else ""
    missing = not_on_map(shown_values(table), chart)
    return described(chart) + first + (f". Not on the map: {', '.join(missing)}" if missing else "")
