"""The chart that is kept with an answer."""

from collections.abc import Callable
from dataclasses import dataclass

from lib.tables.charts import Chart


@dataclass(frozen=True)
class KeptChart:
    """`keep` is called with the chart that is chosen, and with None for the table."""

    chart: Chart | None
    keep: Callable[[Chart | None], object]


NO_KEPT_CHART = KeptChart(None, lambda _: None)
