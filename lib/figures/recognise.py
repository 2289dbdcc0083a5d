"""Tells the blocks of code that are figures from all others, and reads them."""

import html
import re
from functools import lru_cache
from typing import Literal

from lib.figures.bounded_json import read_json
from lib.figures.figure import Figure, NotDrawn, Refused
from lib.figures.mermaid import read_mermaid
from lib.figures.plotly import from_plotly, is_plotly
from lib.figures.vega_lite import read_vega_lite

Kind = Literal["vega-lite", "plotly", "mermaid", "json"]
_KINDS: dict[str, Kind] = {
    "vega-lite": "vega-lite",
    "vegalite": "vega-lite",
    "vega_lite": "vega-lite",
    "plotly": "plotly",
    "mermaid": "mermaid",
}
# A browser reads entities in the word behind a fence, and ends the word at a sign.
_WORD = re.compile(r"\W*(vega-lite|\w+)", re.IGNORECASE)
_SCHEMA = re.compile(r'"\$schema"\s*:\s*"https?://vega\.github\.io/schema/vega-lite/')


def kind_of(language: str, code: str) -> Kind | None:
    """The kind of figure; None for other code. `language` is what stands behind the fence.

    Of "json" only `read_figure` can tell whether it is one.
    """
    word = _WORD.match(html.unescape(language))
    name = word[1].lower() if word else ""
    if name != "json":
        return _KINDS.get(name)
    if _SCHEMA.search(code):
        return "vega-lite"
    return "json" if '"data"' in code and '"layout"' in code else None


# A page draws all its answers again in every run.
@lru_cache(maxsize=32)
def read_figure(language: str, code: str) -> Figure | None:
    """None for other code."""
    kind = kind_of(language, code)
    try:
        match kind:
            case None:
                return None
            case "mermaid":
                return read_mermaid(code)
            case "vega-lite":
                return read_vega_lite(read_json(code))
            case "plotly":
                return from_plotly(read_json(code))
            case "json":
                return from_plotly(figure) if is_plotly(figure := _json(code)) else None
    except NotDrawn as exc:
        return Refused(str(exc))


def _json(code: str) -> object:
    try:
        return read_json(code)
    except NotDrawn:
        return None
