"""What is said of a chart."""

from typing import get_args

import pytest

from lib.tables import vega_lite
from lib.tables.charts import Chart, Kind
from lib.ui.answer.chart import described


@pytest.mark.parametrize("kind", get_args(Kind))
@pytest.mark.parametrize("series", [None, "region {x}"])
def test_a_page_describes_a_chart_as_exports_and_the_api_do(kind: Kind, series: str | None) -> None:
    chart = Chart(kind, "month", "{y}", series)
    assert described(chart) == vega_lite.described(chart)
