"""Where places are on a map, and which part of the map is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import radians

MARGIN = 0.08
MIN_DEGREES = 14
"""Of a frame, so that it shows what lies around the countries."""
MAX_DEGREES = (150, 110)
"""Of longitude and latitude. What is larger is shown on a map of the world."""
EDGE_STEPS = 8
Box = tuple[float, float, float, float]
"""West, south, east and north, in degrees."""
WORLD: Box = (-180, -57, 180, 84)


@dataclass(frozen=True)
class Frame:
    """The middle and the size, in the units of `projected`."""

    x: float
    y: float
    width: float
    height: float


def projected(longitude: float, latitude: float) -> tuple[float, float]:
    """Tom Patterson's Natural Earth projection, with polynomials as in d3's `geoNaturalEarth1Raw`."""
    east, north = radians(longitude), radians(latitude)
    square = north * north
    fourth = square * square
    x = east * (0.8707 - 0.131979 * square + fourth * (-0.013791 + fourth * (0.003971 * square - 0.001529 * fourth)))
    y = north * (1.007226 + square * (0.015085 + fourth * (-0.044475 + 0.028874 * square - 0.005916 * fourth)))
    return x, y


def frame_of(boxes: Sequence[Box]) -> Frame:
    """Shows all of them, and the world if there is none or they are far apart."""
    west, south, east, north = _around(boxes) if boxes else WORLD
    edge = [step / EDGE_STEPS for step in range(EDGE_STEPS + 1)]
    points = [projected(west + (east - west) * across, south + (north - south) * up) for across in edge for up in edge]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Frame((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2, max(xs) - min(xs), max(ys) - min(ys))


def _around(boxes: Sequence[Box]) -> Box:
    west, east = _widened(min(box[0] for box in boxes), max(box[2] for box in boxes))
    south, north = _widened(min(box[1] for box in boxes), max(box[3] for box in boxes))
    if east - west > MAX_DEGREES[0] or north - south > MAX_DEGREES[1]:
        return WORLD
    return max(west, -180), max(south, -80), min(east, 180), min(north, 84)


def _widened(low: float, high: float) -> tuple[float, float]:
    more = max(MARGIN * (high - low), (MIN_DEGREES - (high - low)) / 2)
    return low - more, high + more
