"""Draws a block of code: as the chart or the diagram that it describes, or as code."""

from streamlit.delta_generator import DeltaGenerator

from lib.figures.figure import Chart, Diagram, Refused
from lib.figures.recognise import kind_of, read_figure
from lib.ui.language import _, sentence
from lib.ui.markdown.escape import escape_text


def draw_code(place: DeltaGenerator, code: str, language: str, *, figures: bool) -> None:
    """Without `figures`, draw nothing but code."""
    highlighting = _highlighting(code, language)
    match read_figure(language, code) if figures else None:
        case Chart(spec, alt):
            place.vega_lite_chart(spec, alt=sentence(alt))
            _draw_source(place, code, highlighting)
        case Diagram(text, alt):
            place.mermaid_chart(text, alt=alt)
            # Shown if the browser finds that it is no diagram (assets/style).
            place.code(code, language=highlighting)
            _draw_source(place, code, highlighting)
        case Refused(reason):
            place.code(code, language=highlighting)
            place.caption(_("This is not drawn. {reason}").format(reason=escape_text(sentence(reason))))
        case None:
            place.code(code, language=highlighting)


def _draw_source(place: DeltaGenerator, code: str, highlighting: str | None) -> None:
    place.expander(_("Show source"), type="compact").code(code, language=highlighting)


def _highlighting(code: str, language: str) -> str | None:
    kind = kind_of(language, code)
    if kind == "mermaid":
        return None
    return "json" if kind else language or None
