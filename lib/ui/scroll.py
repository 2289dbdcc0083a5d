"""Scrolls the page to an element: an invisible component, whose script is `assets/scroll.js`."""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

SCRIPT = Path(__file__).parents[2] / "assets" / "scroll.js"
_component = st.components.v2.component("lakechat_scroll", js=SCRIPT.read_text())


def show_box(container: str, visit: str) -> None:
    """Begin typing in the box in the container with that key, and scroll until all of the container can be seen."""
    with st.container(key="scroll-to-box"):
        _component(data={"selector": f".st-key-{container}", "visit": visit, "block": "nearest"}, height=1)


def scroll_to(slot: DeltaGenerator, container: str | None, visit: str) -> None:
    """Scroll to the container with that key and move the focus there; None: to the end of the page.

    The same `visit` scrolls again only when the browser comes back from another page. In a dialog, or on a page that is
    drawn slowly, the element may appear late: the browser waits for it.
    """
    data = {"selector": f".st-key-{container}" if container else None, "visit": visit, "block": "start"}
    with slot.container(key="scroll"):
        _component(data=data, height=1)
