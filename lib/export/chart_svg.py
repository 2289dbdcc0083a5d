"""Draws a chart as SVG, without a script, with the same rows as on the page."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from lib.export import map_svg
from lib.export.chart_scale import Scale, scale_of
from lib.export.svg_shapes import circle, grid_line, number, polyline, rect, words
from lib.tables.charts import Chart, Columns, is_time
from lib.tables.vega_lite import described, drawn_rows

WIDTH, HEIGHT, TOP, RIGHT, BOTTOM, LEFT, NAMES_WIDTH = 720, 320, 12, 24, 44, 80, 170
BAR, FILLED = 26, 0.8
"""The room of a name beside which bars lie, and how much of it they fill."""
LEGEND_LINE, LEGEND_COLUMNS, NAME_BELOW = 20, 3, 72
Row = Mapping[str, Any]
Rows = Sequence[Row]


def chart_svg(columns: Columns, chart: Chart) -> str:
    """Raises ValueError if no row has all values, and ArithmeticError for numbers that are too large."""
    rows: Rows = drawn_rows(columns, chart)
    if not rows:
        raise ValueError("No row has all values.")
    colours = {name: f"c{place}" for place, name in enumerate(_distinct(rows, "series"))}
    height = HEIGHT
    if chart.kind == "map":
        drawn, height = map_svg.map_shapes(columns, rows, chart), map_svg.HEIGHT + map_svg.LEGEND_HEIGHT
    elif chart.kind == "scatter":
        drawn = _scatter(rows, colours, chart)
    elif chart.kind == "line":
        drawn = _line(rows, colours, chart, has_dates=isinstance(columns[chart.x][0], date))
    elif is_time(chart.x, columns[chart.x]):
        drawn = _upright_bars(rows, colours, chart)
    else:
        height = TOP + BOTTOM + BAR * len(_distinct(rows, "label"))
        drawn = _lying_bars(rows, colours, chart, height)
    inside = "".join([*drawn, *_legend(colours, height)])
    height += LEGEND_LINE * -(-len(colours) // LEGEND_COLUMNS)
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(described(chart))}">\n{inside}</svg>\n'


def _line(rows: Rows, colours: Mapping[str, str], chart: Chart, *, has_dates: bool) -> Iterator[str]:
    y = scale_of([row["y"] for row in rows], HEIGHT - BOTTOM, TOP, from_zero=True)
    places = _places_in_time(rows) if has_dates else _places(rows)
    yield from _rising(y, chart)
    yield from _names_below(places, chart)
    names: list[str | None] = [*colours] or [None]
    for name in names:
        points = [(places[row["label"]], y(row["y"])) for row in rows if row.get("series") == name]
        yield polyline(_colour({"series": name}, colours), points)


def _scatter(rows: Rows, colours: Mapping[str, str], chart: Chart) -> Iterator[str]:
    y = scale_of([row["y"] for row in rows], HEIGHT - BOTTOM, TOP, from_zero=False)
    x = scale_of([row["x"] for row in rows], LEFT, WIDTH - RIGHT, from_zero=False)
    yield from _rising(y, chart)
    for tick in x.ticks():
        yield words(x(tick), HEIGHT - BOTTOM + 16, number(tick), "middle")
    yield _title_below(chart.x, HEIGHT)
    for row in rows:
        yield circle(_colour(row, colours), x(row["x"]), y(row["y"]))


def _upright_bars(rows: Rows, colours: Mapping[str, str], chart: Chart) -> Iterator[str]:
    y = scale_of(_ends(rows, chart), HEIGHT - BOTTOM, TOP, from_zero=True)
    places = _places(rows)
    band = FILLED * (WIDTH - LEFT - RIGHT) / len(places)
    yield from _rising(y, chart)
    yield from _names_below(places, chart)
    for row, begin, end, offset, share in _bars(rows, colours, chart):
        left, top = places[row["label"]] + band * (offset - 0.5), min(y(begin), y(end))
        yield rect(_colour(row, colours), left, top, band * share, abs(y(begin) - y(end)))


def _lying_bars(rows: Rows, colours: Mapping[str, str], chart: Chart, height: int) -> Iterator[str]:
    """So that the names beside them can be read."""
    x = scale_of(_ends(rows, chart), NAMES_WIDTH, WIDTH - RIGHT, from_zero=True)
    middles = {label: TOP + BAR * (place + 0.5) for place, label in enumerate(_distinct(rows, "label"))}
    for label, middle in middles.items():
        yield words(NAMES_WIDTH - 8, middle + 4, label, "end")
    for tick in x.ticks():
        yield grid_line((x(tick), TOP), (x(tick), height - BOTTOM))
        yield words(x(tick), height - BOTTOM + 16, number(tick), "middle")
    yield _title_below(chart.y, height)
    for row, begin, end, offset, share in _bars(rows, colours, chart):
        left, top = min(x(begin), x(end)), middles[row["label"]] + BAR * FILLED * (offset - 0.5)
        yield rect(_colour(row, colours), left, top, abs(x(begin) - x(end)), BAR * FILLED * share)


def _bars(rows: Rows, colours: Mapping[str, str], chart: Chart) -> Iterator[tuple[Row, float, float, float, float]]:
    """Each row, the values between which its bar is, where in the room of its name it begins, and its share of that."""
    names, sums = [*colours], dict.fromkeys(_distinct(rows, "label"), 0.0)
    for row in rows:
        if chart.kind == "stacked":
            begin = sums[row["label"]]
            sums[row["label"]] = begin + row["y"]
            yield row, begin, sums[row["label"]], 0, 1
        else:
            place = names.index(row["series"]) if names else 0
            yield row, 0, row["y"], place / max(len(names), 1), 1 / max(len(names), 1)


def _ends(rows: Rows, chart: Chart) -> list[float]:
    """The values between which all bars are."""
    if chart.kind == "bar":
        return [row["y"] for row in rows]
    return [sum(row["y"] for row in rows if row["label"] == label) for label in _distinct(rows, "label")]


def _places(rows: Rows) -> dict[str, float]:
    """The middle of the room of each name along the axis below."""
    labels = _distinct(rows, "label")
    band = (WIDTH - LEFT - RIGHT) / len(labels)
    return {label: LEFT + band * (place + 0.5) for place, label in enumerate(labels)}


def _places_in_time(rows: Rows) -> dict[str, float]:
    """As far apart as they are in time."""
    first, last = rows[0]["x"], rows[-1]["x"]
    x = Scale(first, last if last > first else first + 1, LEFT, WIDTH - RIGHT)
    return {row["label"]: x(row["x"]) for row in rows}


def _rising(y: Scale, chart: Chart) -> Iterator[str]:
    for tick in y.ticks():
        yield grid_line((LEFT, y(tick)), (WIDTH - RIGHT, y(tick)))
        yield words(LEFT - 8, y(tick) + 4, number(tick), "end")
    yield words(14, (HEIGHT - BOTTOM + TOP) / 2, chart.y, "middle", limit=40, is_rising=True)


def _names_below(places: Mapping[str, float], chart: Chart) -> Iterator[str]:
    """As many as there is room for."""
    free = 0.0
    for label, place in places.items():
        if place >= free:
            yield words(place, HEIGHT - BOTTOM + 16, label, "middle", limit=11)
            free = place + NAME_BELOW
    yield _title_below(chart.x, HEIGHT)


def _title_below(title: str, height: int) -> str:
    return words(WIDTH / 2, height - 8, title, "middle", limit=60)


def _legend(colours: Mapping[str, str], top: int) -> Iterator[str]:
    width = (WIDTH - LEFT) / LEGEND_COLUMNS
    for place, (name, colour) in enumerate(colours.items()):
        left, y = LEFT + place % LEGEND_COLUMNS * width, top + place // LEGEND_COLUMNS * LEGEND_LINE
        yield rect(colour, left, y, 10, 10)
        yield words(left + 16, y + 10, name, "start")


def _colour(row: Row, colours: Mapping[str, str]) -> str:
    return colours.get(row.get("series") or "", "c0")


def _distinct(rows: Rows, name: str) -> list[str]:
    return list(dict.fromkeys(row[name] for row in rows if name in row))
