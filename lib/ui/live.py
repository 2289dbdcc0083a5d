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
from lib.ui.parts import draw_segment
from lib.ui.segments import Segment, segments
from lib.ui.text import plain

CHECK_SECONDS = 0.25
MAY_WATCH_SECONDS = 2.0
Piece = str | Callable[[], object]


def draw_live(turn: Turn, may_watch: Callable[[], bool]) -> None:
    """Draw the answer until it has ended or may be watched no longer.

    A rerun, a closed tab or another page leaves here at any time.
    """
    waiting = st.empty()
    _draw_waiting(waiting, turn)
    st.write_stream(_pieces(turn, waiting, may_watch))


def _pieces(turn: Turn, waiting: DeltaGenerator | None, may_watch: Callable[[], bool]) -> Iterator[Piece]:
    """Everything so far at once, then what comes, no more often than the pace allows."""
    cursor, asked_at = Cursor(), time.monotonic()
    with watchers().one_more(), turn.log.watched():
        while True:
            drawn_at, seen, ended = time.monotonic(), len(turn.log), turn.log.closed
            if drawn_at - asked_at > MAY_WATCH_SECONDS:
                asked_at = drawn_at
                if not may_watch():
                    return
            for piece in cursor.news(turn.answer.parts):
                if waiting:
                    yield waiting.empty
                    waiting = None
                yield piece
            if ended:
                return
            if waiting:
                _draw_waiting(waiting, turn)
            turn.log.wait(seen, CHECK_SECONDS)
            # Where Streamlit notices that this run is over: a turn may be silent for minutes.
            _ = "_" in st.session_state
            pause = interval_seconds(watchers().count, cursor.open_chars) - (time.monotonic() - drawn_at)
            time.sleep(max(0.0, pause))


def _draw_waiting(slot: DeltaGenerator, turn: Turn) -> None:
    slot.caption(f":material/hourglass_empty: {plain(turn.notice or 'Thinking…')}")


class Cursor:
    """How far the answer has been told. Yields text to append, and callables that draw what is not text."""

    def __init__(self) -> None:
        self._index = -1
        self._chars = 0
        self._block = ""
        self._drawn: tuple[int, bool] = (0, True)
        self._slot: DeltaGenerator | None = None

    @property
    def open_chars(self) -> int:
        """The size of the block that is sent again with every update."""
        return len(self._block)

    def news(self, parts: list[Part]) -> Iterator[Piece]:
        """What has come since, in order."""
        found = segments(parts)
        for index in range(max(0, self._index), len(found)):
            if index > self._index:
                yield from self._begin(index)
            segment, is_last = found[index], index == len(found) - 1
            yield from self._text(segment.text) if segment.kind == "text" else self._redraw(segment, is_last)

    def _begin(self, index: int) -> Iterator[Piece]:
        """Close the element before, so that it is not sent again."""
        self._index, self._chars, self._block, self._drawn, self._slot = index, 0, "", (0, True), None
        yield _nothing

    def _text(self, text: str) -> Iterator[Piece]:
        """What is new, cut where a block has been finished."""
        told, self._block, self._chars = len(self._block), self._block + text[self._chars :], len(text)
        if cut := finished_chars(self._block):
            yield self._block[told:cut]
            yield _nothing
            told, self._block = max(0, told - cut), self._block[cut:]
        if self._block[told:]:
            yield self._block[told:]

    def _redraw(self, segment: Segment, is_last: bool) -> Iterator[Piece]:
        state = (len(segment.parts), is_last)
        if state != self._drawn:
            self._drawn = state
            yield partial(self._draw, segment, is_last)

    def _draw(self, segment: Segment, running: bool) -> None:
        self._slot = self._slot or st.empty()
        with self._slot.container():
            draw_segment(segment, running=running)


def _nothing() -> None:
    """As a piece of the stream it ends the element before it."""
