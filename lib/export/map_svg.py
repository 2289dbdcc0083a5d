"""Draws a map of countries as SVG: the stronger the colour, the higher the value."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lib.export.svg_shapes import area, circle, number, rect, words
from lib.tables.charts import Chart, Columns
from lib.tables.countries.frame import frame_of, projected
from lib.tables.countries.outlines import box_of, rings_of_all, small_places
from lib.tables.country_map import by_country, values_between

WIDTH, HEIGHT, LEGEND_HEIGHT = 720, 360, 44
WEAKEST, SHADES, SHADE_WIDTH = 0.25, 8, 28
Place = tuple[float, float]
Row = Mapping[str, Any]


def map_shapes(columns: Columns, rows: Sequence[Row], chart: Chart) -> Iterator[str]:
    """The map is `WIDTH` by `HEIGHT`, and below it is the legend. Raises OverflowError as the other charts do."""
    countries = by_country(columns, rows, chart)
    low, high = values_between(countries)
    if not math.isfinite(high - low):
        raise OverflowError
    strengths = {code: _strength((row["y"] - low) / (high - low)) for code, row in countries.items()}
    at = _Places([box_of(code) for code in countries])
    # A picture of its own, so that land does not reach below the legend.
    yield f'<svg width="{WIDTH}" height="{HEIGHT}">\n'
    for code, rings in rings_of_all():
        drawn = [at.ring(ring) for ring in rings]
        if visible := [ring for ring in drawn if _is_visible(ring)]:
            yield area("c0" if code in strengths else "land", visible, strengths.get(code))
    for code, strength in strengths.items():
        if place := small_places().get(code):
            yield circle("c0", *at(*place), strength=strength)
    yield "</svg>\n"
    yield from _legend(chart, low, high)


class _Places:
    """Where longitudes and latitudes are in the picture."""

    def __init__(self, boxes: Sequence[tuple[float, float, float, float]]) -> None:
        self._frame = frame_of(boxes)
        self._scale = min(WIDTH / self._frame.width, HEIGHT / self._frame.height)

    def __call__(self, longitude: float, latitude: float) -> Place:
        x, y = projected(longitude, latitude)
        return WIDTH / 2 + (x - self._frame.x) * self._scale, HEIGHT / 2 - (y - self._frame.y) * self._scale

    def ring(self, points: Sequence[Place]) -> list[Place]:
        """Without points that fall together."""
        return list(dict.fromkeys((round(x, 1), round(y, 1)) for x, y in (self(*point) for point in points)))


def _is_visible(ring: Sequence[Place]) -> bool:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return len(ring) > 2 and max(xs) > 0 and min(xs) < WIDTH and max(ys) > 0 and min(ys) < HEIGHT


def _strength(share: float) -> float:
    return WEAKEST + (1 - WEAKEST) * share


def _legend(chart: Chart, low: float, high: float) -> Iterator[str]:
    for place in range(SHADES):
        yield rect("c0", place * SHADE_WIDTH, HEIGHT + 8, SHADE_WIDTH, 10, _strength(place / (SHADES - 1)))
    yield words(0, HEIGHT + 34, number(low), "start")
    yield words(SHADES * SHADE_WIDTH, HEIGHT + 34, number(high), "end")
    yield words(SHADES * SHADE_WIDTH + 12, HEIGHT + 17, chart.y, "start", limit=60)
