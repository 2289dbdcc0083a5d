"""Draws a block of code: as the chart or the diagram that it describes, or as code."""

import json

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.figures.figure import Chart, Diagram, Refused
from lib.figures.recognise import kind_of, read_figure
from lib.ui.language import _, sentence
from lib.ui.markdown.escape import escape_text

SHOWN_LINES = 40
"""A longer source of what is not drawn is folded up."""


def draw_code(place: DeltaGenerator, code: str, language: str, *, figures: bool) -> None:
    """Without `figures`, draw nothing but code."""
    highlighting = _highlighting(code, language)
    match read_figure(language, code) if figures else None:
        case Chart(spec, alt):
            place.vega_lite_chart(spec, alt=sentence(alt))
            _draw_source(place, code, highlighting)
        case Diagram(text, alt):
            place.mermaid_chart(_in_our_colors(text), alt=alt)
            # Shown if the browser finds that it is no diagram (assets/style).
            place.code(code, language=highlighting)
            _draw_source(place, code, highlighting)
        case Refused(reason):
            place.caption(_("This is not drawn. {reason}").format(reason=escape_text(sentence(reason))))
            if code.count("\n") > SHOWN_LINES:
                _draw_source(place, code, highlighting)
            else:
                place.code(code, language=highlighting)
        case None:
            place.code(code, language=highlighting)


def _in_our_colors(diagram: str) -> str:
    """The slices of a pie in the colours of charts. Mermaid's can hardly be told from the page and from each other."""
    if not diagram.lstrip().startswith("pie"):
        return diagram
    colors: list[str] = st.get_option(f"theme.{st.context.theme.type or 'light'}.chartCategoricalColors") or []
    variables = {f"pie{number}": color for number, color in enumerate(colors, start=1)}
    return f"%%{{init: {json.dumps({'themeVariables': variables})}}}%%\n{diagram}"


def _draw_source(place: DeltaGenerator, code: str, highlighting: str | None) -> None:
    place.expander(_("Show source"), type="compact").code(code, language=highlighting)


def _highlighting(code: str, language: str) -> str | None:
    kind = kind_of(language, code)
    if kind == "mermaid":
        return None
    return "json" if kind else language or None
