"""The chart that is kept with an answer: as a figure in HTML, and in words where nothing can be drawn."""

import logging
from collections.abc import Sequence
from html import escape

from lib.export.chart_svg import chart_svg
from lib.messages.parts import Part
from lib.messages.result import find_result
from lib.tables.charts import Chart, charts_of, is_offered
from lib.tables.shown_values import SHOWN_ROWS, shown_values
from lib.tables.vega_lite import described

log = logging.getLogger("lakechat.export")


def chart_figure(parts: Sequence[Part], chart: Chart | None) -> str:
    """Empty for a chart that the result cannot be drawn as. The file has the result as a table in any case."""
    if not (words := chart_words(parts, chart)):
        return ""
    result = find_result(parts)
    assert chart and result  # noqa: S101 - both have words
    try:
        svg = chart_svg(shown_values(result.table), chart)
    except Exception as error:
        log.warning("A chart was left out of an export: %s", type(error).__name__)
        return ""
    return f"<figure>\n{svg}<figcaption>{escape(words)}</figcaption>\n</figure>\n"


def chart_words(parts: Sequence[Part], chart: Chart | None) -> str:
    """What is drawn. Empty for a chart that the result cannot be drawn as."""
    result = find_result(parts) if chart else None
    if chart is None or result is None or not is_offered(chart, charts_of(shown_values(result.table))):
        return ""
    shown, total = min(len(result.table.rows), SHOWN_ROWS), result.table.total
    return described(chart) + (f" (the first {shown:,} of {total:,} rows)" if total > shown else "")
