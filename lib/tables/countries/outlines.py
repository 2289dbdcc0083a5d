"""The outlines of the countries, and the places of those that are too small to have one."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from lib.tables.countries.frame import Box

FOLDER = Path(__file__).parent
Point = tuple[float, float]
"""Longitude and latitude, in degrees."""


def box_of(code: str) -> Box:
    """The main part of a country that `codes_of` knows."""
    if place := small_places().get(code):
        return (*place, *place)
    west, south, east, north = _geometries()[code]["bbox"]
    return west, south, east, north


@lru_cache(maxsize=1)
def small_places() -> dict[str, Point]:
    """By code."""
    return {code: (x, y) for code, (x, y) in json.loads((FOLDER / "small.json").read_text()).items()}


def topology_with(properties: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """All outlines as TopoJSON with one object, `countries`, in which the countries have these properties, by code."""
    geometries = [
        {"type": "MultiPolygon", "arcs": each["arcs"]}
        | ({"properties": properties[code]} if code in properties else {})
        for code, each in _geometries().items()
    ]
    return _topology() | {"objects": {"countries": {"type": "GeometryCollection", "geometries": geometries}}}


def rings_of_all() -> Iterator[tuple[str, list[list[Point]]]]:
    """The rings of each country, which go on beyond 180 degrees where they cross the date line."""
    for code, geometry in _geometries().items():
        yield code, [_points(ring) for polygon in geometry["arcs"] for ring in polygon]


def _points(ring: list[int]) -> list[Point]:
    points: list[Point] = []
    for arc in ring:
        for x, y in _arcs()[arc] if arc >= 0 else _arcs()[~arc][::-1]:
            points.append((x + 360 * round((points[-1][0] - x) / 360) if points else x, y))
    return points


@lru_cache(maxsize=1)
def _topology() -> dict[str, Any]:
    topology: dict[str, Any] = json.loads((FOLDER / "outlines.json").read_text())
    return topology


@lru_cache(maxsize=1)
def _geometries() -> dict[str, dict[str, Any]]:
    """By code."""
    return {each["id"]: each for each in _topology()["objects"]["countries"]["geometries"]}


@lru_cache(maxsize=1)
def _arcs() -> list[list[Point]]:
    """In TopoJSON each point is written as the steps from the one before."""
    scale, _ = _topology()["transform"]["scale"]
    arcs = []
    for steps in _topology()["arcs"]:
        x = y = 0
        arcs.append([((x := x + east) * scale, (y := y + north) * scale) for east, north in steps])
    return arcs
