"""The shapes and words of a picture in SVG."""

from html import escape


def rect(colour: str, left: float, top: float, width: float, height: float, strength: float | None = None) -> str:
    """`strength` is that of the colour, from 0 to 1."""
    drawn = f'x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{colour}" {drawn}{_opacity(strength)}/>\n'


def circle(colour: str, x: float, y: float, strength: float | None = None) -> str:
    return f'<circle class="{colour}" cx="{x:.1f}" cy="{y:.1f}" r="4"{_opacity(strength)}/>\n'


def area(colour: str, rings: list[list[tuple[float, float]]], strength: float | None) -> str:
    path = "".join(f"M{'L'.join(f'{x:.1f},{y:.1f}' for x, y in ring)}Z" for ring in rings)
    return f'<path class="{colour}" d="{path}"{_opacity(strength)}/>\n'


def _opacity(strength: float | None) -> str:
    return "" if strength is None else f' fill-opacity="{strength:.2f}"'


def polyline(colour: str, points: list[tuple[float, float]]) -> str:
    return f'<polyline class="{colour}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>\n'


def grid_line(begin: tuple[float, float], end: tuple[float, float]) -> str:
    return f'<path d="M{begin[0]:.1f} {begin[1]:.1f}L{end[0]:.1f} {end[1]:.1f}"/>\n'


def words(x: float, y: float, said: str, anchor: str, *, limit: int = 22, is_rising: bool = False) -> str:
    """`anchor` is start, middle or end."""
    shown = escape(said if len(said) <= limit else f"{said[: limit - 1]}…")
    place = f'transform="translate({x:.1f} {y:.1f}) rotate(-90)"' if is_rising else f'x="{x:.1f}" y="{y:.1f}"'
    return f'<text {place} text-anchor="{anchor}">{shown}</text>\n'


def number(value: float) -> str:
    return f"{value:,.10g}"
