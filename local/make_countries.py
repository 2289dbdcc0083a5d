"""Writes the countries of the map chart from two npm packages: `python -m local.make_countries FOLDER`.

FOLDER is where `npm install --prefix FOLDER world-atlas@2.0.2 i18n-iso-countries@7.14.0` has put them.
"""

import json
import math
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from local.country_names import LEFT_OUT, names

TARGET = Path(__file__).parents[1] / "lib" / "tables" / "countries"
STEPS = 10
"""Places are rounded to a tenth of a degree."""
ROUND = 360 * STEPS
SMALLEST = 10
"""Of a polygon, in squares of a step. Rounding could turn a smaller one inside out, which fills the globe."""
BEND = 1.5
"""In steps: where a border bends less, it is drawn straight."""
MAIN_SHARE = 0.2
"""Of the largest polygon: what is smaller does not count when a map is cut to a country, such as overseas islands."""
WITHOUT_NUMBER = {"N. Cyprus": "CY", "Somaliland": "SO", "Kosovo": "XK"}
"""Areas for which ISO 3166 has no number, and the code that it gives them or the country in which it counts them."""
PLACES = {
    **{"BQ": (-68.3, 12.2), "CC": (96.8, -12.2), "CX": (105.6, -10.5), "GF": (-53, 4), "GI": (-5.4, 36.1)},
    **{
        "GP": (-61.5, 16.2),
        "KI": (173, 1.4),
        "MQ": (-61, 14.6),
        "RE": (55.5, -21.1),
        "SJ": (16, 78.5),
        "TK": (-171.8, -9.2),
    },
    **{"TV": (179.2, -8.5), "YT": (45.1, -12.8)},
}
"""Of the small ones that the larger map does not have either, or has on both sides of the date line."""
Point = tuple[int, int]


def outlines(topology: Any, codes: dict[str, str]) -> dict[str, Any]:
    """As TopoJSON, whose arcs are the borders: each is there once for both countries."""
    arcs = [_straightened(list(_rounded(arc, topology["transform"]))) for arc in topology["arcs"]]
    by_code: dict[str, list[Any]] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        if (code := _code(geometry, codes)) not in LEFT_OUT:
            polygons = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
            by_code.setdefault(code, []).extend(each for each in polygons if _area(each[0], arcs) >= SMALLEST)
    used = sorted({_number(arc) for polygons in by_code.values() for ring in _rings(polygons) for arc in ring})
    places = {number: place for place, number in enumerate(used)}
    geometries = [
        {
            "type": "MultiPolygon",
            "id": code,
            "bbox": _box(polygons, arcs),
            "arcs": [[[_renumbered(arc, places) for arc in ring] for ring in each] for each in polygons],
        }
        for code, polygons in sorted(by_code.items())
    ]
    return {
        "type": "Topology",
        "transform": {"scale": [1 / STEPS, 1 / STEPS], "translate": [0, 0]},
        "objects": {"countries": {"type": "GeometryCollection", "geometries": geometries}},
        "arcs": [_steps_of(arcs[number]) for number in used],
    }


def small_places(topology: Any, codes: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Where each country is in a larger map: the middle of its largest polygon."""
    arcs = [list(_rounded(arc, topology["transform"])) for arc in topology["arcs"]]
    places = dict(PLACES)
    for geometry in topology["objects"]["countries"]["geometries"]:
        polygons = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
        west, south, east, north = _box(polygons, arcs)
        places.setdefault(_code(geometry, codes), (round((west + east) / 2, 1), round((south + north) / 2, 1)))
    return places


def _code(geometry: Any, codes: dict[str, str]) -> str:
    name = geometry["properties"]["name"]
    return codes.get(geometry.get("id", "")) or WITHOUT_NUMBER.get(name, name)


def _rounded(arc: list[list[int]], transform: Any) -> Iterator[Point]:
    (scale_x, scale_y), (x, y), last = transform["scale"], transform["translate"], None
    for step_x, step_y in arc:
        x, y = x + step_x * scale_x, y + step_y * scale_y
        point = (round(x * STEPS), round(y * STEPS))
        if point != last:
            yield point
        last = point


def _straightened(points: list[Point]) -> list[Point]:
    """After Douglas and Peucker. The ends stay, so that borders go on meeting."""
    if len(points) < 3:
        return points
    bends = [_distance(point, points[0], points[-1]) for point in points[1:-1]]
    if max(bends) < BEND:
        return [points[0], points[-1]]
    corner = bends.index(max(bends)) + 1
    return _straightened(points[: corner + 1])[:-1] + _straightened(points[corner:])


def _distance(point: Point, begin: Point, end: Point) -> float:
    """From the line between the two, or from the one place where they are."""
    (x, y), (x1, y1), (x2, y2) = point, begin, end
    length = math.hypot(x2 - x1, y2 - y1)
    return abs((x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)) / length if length else math.hypot(x - x1, y - y1)


def _area(ring: list[int], arcs: list[list[Point]]) -> float:
    """Above zero if it runs clockwise, as an outer ring must."""
    points = _points(ring, arcs)
    doubled = sum(x2 * y1 - x1 * y2 for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True))
    return doubled / 2 * math.cos(math.radians(sum(y for _, y in points) / len(points) / STEPS))


def _points(ring: list[int], arcs: list[list[Point]]) -> list[Point]:
    """Beyond 180 degrees, where the ring crosses the date line."""
    points: list[Point] = []
    for arc in ring:
        for x, y in arcs[arc] if arc >= 0 else arcs[~arc][::-1]:
            points.append((x + ROUND * round((points[-1][0] - x) / ROUND) if points else x, y))
    return points


def _box(polygons: list[Any], arcs: list[list[Point]]) -> list[float]:
    """West, south, east and north of its main parts, in degrees."""
    areas = [_area(each[0], arcs) for each in polygons]
    main = [each for each, area in zip(polygons, areas, strict=True) if area >= MAIN_SHARE * max(areas)]
    points = [point for each in main for point in _points(each[0], arcs)]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    if max(xs) - min(xs) > ROUND / 2:  # parts on both sides of the date line
        xs = [x % ROUND for x in xs]
    return [each / STEPS for each in (min(xs), min(ys), max(xs), max(ys))]


def _rings(polygons: list[Any]) -> Iterator[list[int]]:
    return (ring for polygon in polygons for ring in polygon)


def _number(arc: int) -> int:
    return arc if arc >= 0 else ~arc


def _renumbered(arc: int, places: dict[int, int]) -> int:
    return places[arc] if arc >= 0 else ~places[~arc]


def _steps_of(points: list[Point]) -> list[Point]:
    """As TopoJSON has them: the first, and from each to the next. An arc has two points at least."""
    if len(points) == 1:
        return [points[0], (0, 0)]
    return [points[0], *((x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in pairwise(points))]


def main(folder: Path) -> None:
    packages = folder / "node_modules"
    iso, atlas = packages / "i18n-iso-countries", packages / "world-atlas"
    codes = {number: two for two, _, number, *_ in json.loads((iso / "codes.json").read_text())}
    topology = outlines(json.loads((atlas / "countries-110m.json").read_text()), codes)
    drawn = {geometry["id"] for geometry in topology["objects"]["countries"]["geometries"]}
    named, places = names(iso), small_places(json.loads((atlas / "countries-50m.json").read_text()), codes)
    _write("outlines.json", topology)
    _write("names.json", named)
    _write("small.json", {code: places[code] for code in named if code not in drawn})


def _write(name: str, data: Any) -> None:
    (TARGET / name).write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
