"""The part of Vega-Lite that is allowed: it loads nothing and draws no maps, pictures or links.

What is not listed is refused, because nobody can say what the next version of Vega makes of it.
"""

import re
from collections.abc import Mapping
from typing import Any

from lib.figures.expressions import check_expression, check_format, names
from lib.figures.figure import NotDrawn

COMPOSED = names("layer concat hconcat vconcat")
VIEW = COMPOSED | names(
    "mark encoding facet repeat spec data transform params title name description width height columns resolve spacing"
    " align bounds center view"
)
DROPPED = names("$schema config usermeta background autosize padding datasets")
"""Looks and the way of embedding are the app's. `datasets` are put in where they are named."""
MARKS = names("arc area bar boxplot circle errorband errorbar line point rect rule square text tick trail")
CHANNELS = names(
    "x y x2 y2 xOffset yOffset xError yError xError2 yError2 theta theta2 radius radius2 color fill stroke opacity"
    " fillOpacity strokeOpacity strokeWidth strokeDash size angle shape text tooltip detail order key description row"
    " column facet"
)
TYPES = ("quantitative", "temporal", "ordinal", "nominal")
TRANSFORMS = names(
    "aggregate bin calculate extent filter fold joinaggregate lookup regression sample stack timeUnit window"
)
REFUSED = names("url href image signal loader projection encode domainRaw density flatten impute pivot quantile loess")
EXPRESSIONS = names("calculate filter test expr labelExpr and or not")
FREE = names("domain domainMin domainMax domainMid value datum values equal lt lte gt gte range oneOf extent keyvals")
"""Here numbers are values, and may be of any size."""
MAX_NUMBER = 4_000
"""Of anything else, such as pixels, ticks and bins."""
MAX_TRANSFORMS = 20
MAX_ITEMS = 500
"""Of any other list, such as the ticks of an axis."""
MIN_LOG_BASE = 1.5
MAX_DEGREE = 5
_EVENTS = re.compile(r"timer|[:\[{@>,]")
"""Of a clock, or outside of the chart. A regression is also `on` a field."""
_REMOTE = re.compile(r"url\s*\(|javascript:", re.IGNORECASE)


def check_view(view: Mapping[str, Any]) -> None:
    """Raises NotDrawn if this is no view, without looking into the views within it."""
    if unknown := view.keys() - VIEW:
        raise NotDrawn(f"It uses “{min(unknown)}”, which is not allowed here.")
    if len(view.keys() & (COMPOSED | {"mark", "spec"})) != 1:
        raise NotDrawn("It does not say what is to be drawn.")
    if "mark" in view:
        mark = view["mark"]
        _check_name(mark.get("type") if isinstance(mark, dict) else mark, MARKS, "mark")
    for transform in _dicts(view.get("transform", []), "transform"):
        if not transform.keys() & TRANSFORMS:
            raise NotDrawn("It transforms its data in a way that is not allowed here.")
    encoding = view.get("encoding", {})
    for channel, definitions in _dict(encoding, "encoding").items():
        _check_name(channel, CHANNELS, "channel")
        for definition in _dicts(definitions if isinstance(definitions, list) else [definitions or {}], channel):
            if "type" in definition:
                _check_name(definition["type"], TYPES, "type")


def check_property(name: str, value: Any) -> None:
    """Raises NotDrawn if something of this name may not have this value. Does not look into objects and lists."""
    if name in REFUSED or (name == "bind" and value not in ("scales", "legend")):
        raise NotDrawn(f"It uses “{name}”, which is not allowed here.")
    if isinstance(value, str):
        _check_text(name, value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        _check_number(name, value)
    elif isinstance(value, list) and len(value) > (MAX_TRANSFORMS if name == "transform" else MAX_ITEMS):
        raise NotDrawn(f"It has too many items in “{name}”.")
    elif isinstance(value, dict) and name in ("tickCount", "bins", "keyvals", "on", "clear"):
        raise NotDrawn(f"It uses “{name}” in a way that is not allowed here.")


def _check_text(name: str, text: str) -> None:
    if name in EXPRESSIONS:
        check_expression(text)
    # In the box at the pointer, a column of this name would be loaded as a picture.
    if _REMOTE.search(text) or (text == "image" and name in ("field", "title", "as", "fold", "groupby")):
        raise NotDrawn("It loads something from elsewhere.")
    if name == "format":
        check_format(text)
    if name in ("tickCount", "cursor") or (name in ("on", "clear") and _EVENTS.search(text)):
        raise NotDrawn(f"It uses “{name}” with words that are not allowed here.")


def _check_number(name: str, number: float) -> None:
    is_too_fine = name.endswith("Dash") and 0 < number < 1
    is_too_slow = (name == "base" and number < MIN_LOG_BASE) or (name == "order" and number > MAX_DEGREE)
    if is_too_fine or is_too_slow or (name not in FREE and abs(number) > MAX_NUMBER):
        raise NotDrawn(f"Its “{name}” is {number:g}, which would take too long.")


def _check_name(name: Any, allowed: frozenset[str] | tuple[str, ...], what: str) -> None:
    if not isinstance(name, str) or name not in allowed:
        raise NotDrawn(f"It has a {what} that is not drawn here: {str(name)[:40]}")


def _dict(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NotDrawn(f"Its {what} is not valid.")
    return value


def _dicts(values: Any, what: str) -> list[dict[str, Any]]:
    if not isinstance(values, list):
        raise NotDrawn(f"Its {what} is not valid.")
    return [_dict(value, what) for value in values]
