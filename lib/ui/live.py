"""A running answer for `st.write_stream`: text as it grows, and what is drawn between the text."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.chat.turn import Turn
from lib.store.models import Part
from lib.ui.blocks import finished_chars
from lib.ui.pace import interval_seconds, watchers
from lib.ui.parts import draw_part, draw_reasoning, draw_tool

CHECK_SECONDS = 0.25
Piece = str | Callable[[], object]


def draw_live(turn: Turn) -> None:
    """Draw the answer until it has ended. A rerun, a closed tab or another page leaves here at any time."""
    slot = st.empty()
    slot.caption(":material/hourglass_empty: Thinking…")
    st.write_stream(_pieces(turn, slot))


def _pieces(turn: Turn, slot: DeltaGenerator) -> Iterator[Piece]:
    """Everything so far at once, then what comes, no more often than the pace allows."""
    cursor = _Cursor(slot)
    with watchers().one_more():
        while True:
            drawn_at, seen, ended = time.monotonic(), len(turn.log), turn.log.closed
            yield from cursor.news(turn.answer.parts)
            if ended:
                return
            turn.log.wait(seen, CHECK_SECONDS)
            # Where Streamlit notices that this run is over: a turn may be silent for minutes.
            _ = "_" in st.session_state
            pause = interval_seconds(watchers().count, cursor.open_chars) - (time.monotonic() - drawn_at)
            time.sleep(max(0.0, pause))


def _nothing() -> None:
    """As a piece of the stream: closes the element before it, so that it is not sent again."""


class _Cursor:
    """How far the parts have been told. Text is told at once; other parts when they are whole."""

    def __init__(self, slot: DeltaGenerator) -> None:
        self._slot: DeltaGenerator | None = slot
        self._part = 0
        self._chars = 0
        self._block = ""
        self._waiting: dict[str, DeltaGenerator] = {}

    @property
    def open_chars(self) -> int:
        return len(self._block)

    def news(self, parts: list[Part]) -> Iterator[Piece]:
        """What has come since, in order."""
        while self._part < len(parts):
            part, is_last = parts[self._part], self._part == len(parts) - 1
            yield from self._greet()
            if part["type"] == "text":
                yield from self._text(part["text"])
            elif part["type"] == "reasoning":
                if is_last:
                    return
                yield partial(draw_reasoning, part["text"])
            else:
                yield partial(self._other, part)
            if is_last and part["type"] == "text":
                return
            self._part, self._chars, self._block = self._part + 1, 0, ""
            yield _nothing

    def _greet(self) -> Iterator[Piece]:
        """The first thing that comes takes the place of the waiting sign."""
        if self._slot:
            yield self._slot.empty
            self._slot = None

    def _text(self, text: str) -> Iterator[Piece]:
        delta, self._chars = text[self._chars :], len(text)
        if not delta:
            return
        block = self._block + delta
        cut = finished_chars(block)
        told = len(self._block)
        if cut:
            yield block[told:cut] if cut > told else ""
            yield _nothing
            told = cut
        self._block = block[cut:]
        yield block[told:]

    def _other(self, part: Part) -> None:
        if part["type"] == "tool_call":
            self._waiting[part["id"]] = slot = st.empty()
            slot.status(f"Running {part['name']}…", type="step")
            self._calls = {**getattr(self, "_calls", {}), part["id"]: part}
        elif part["type"] == "tool_result" and part["call_id"] in self._waiting:
            with self._waiting.pop(part["call_id"]).container():
                draw_tool(self._calls[part["call_id"]], part)
        else:
            draw_part(part, {})
