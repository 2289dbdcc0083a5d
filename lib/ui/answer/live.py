"""Draws an answer while it is written.

The script run that draws it lasts as long as the answer. It sleeps until the turn has new chunks, then draws them.
When the user clicks, leaves or closes the tab, Streamlit ends the run: its next call to Streamlit raises an exception.
The turn is not affected and continues.

Text is drawn block by block. Each change sends a whole element to the browser, so a finished block becomes an element
of its own and is never sent again. A group of tool calls is drawn again whenever it gets another part.
"""

import time
from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.chat.turn import Turn
from lib.messages.approvals import without_calls_to_decide
from lib.messages.groups import PartGroup, group_parts
from lib.messages.parts import Part
from lib.ui.answer.parts import draw_group
from lib.ui.answer.refresh_rate import interval_seconds, watchers
from lib.ui.answer.waiting import WaitingLine
from lib.ui.markdown.convert import streamlit_markdown
from lib.ui.markdown.draw import draw_markdown_into
from lib.ui.markdown.footnotes import split_footnotes
from lib.ui.markdown.streaming import finished_chars
from lib.ui.slots import emptied

CHECK_SECONDS = 0.25
MAY_WATCH_SECONDS = 2.0


def draw_live(turn: Turn, may_watch: Callable[[], bool]) -> None:
    """Draw the answer so far and then every change, until it ends or `may_watch` is False.

    `may_watch` is called every MAY_WATCH_SECONDS.
    """
    first = st.empty()
    waiting, renderer, checked_at = WaitingLine(first), LiveRenderer(first, str(turn.id)), time.monotonic()
    with watchers().watching(), turn.chunks.watched():
        while True:
            # Read the length and the end before the parts: a chunk that is added in between is drawn the next time.
            drawn_at, chunks_drawn, ended = time.monotonic(), len(turn.chunks), turn.chunks.closed
            if drawn_at - checked_at > MAY_WATCH_SECONDS:
                checked_at = drawn_at
                if not may_watch():
                    return
            # What waits for a decision is drawn once the turn waits.
            parts = without_calls_to_decide(turn.answer.parts)
            if not parts:
                waiting.draw(turn)
            renderer.draw(parts)
            if ended:
                return
            turn.chunks.wait(chunks_drawn, CHECK_SECONDS)
            _end_cancelled_run()
            _sleep_until(drawn_at + interval_seconds(watchers().count, renderer.open_chars), turn)


def _end_cancelled_run() -> None:
    """Call Streamlit, which then ends a cancelled run. Without it a silent turn would hold the run for minutes."""
    _ = "_" in st.session_state


def _sleep_until(due_at: float, turn: Turn) -> None:
    """Return early when the answer ends, so that the end is drawn at once."""
    while (left_seconds := due_at - time.monotonic()) > 0 and not turn.chunks.closed:
        time.sleep(min(left_seconds, CHECK_SECONDS))
        _end_cancelled_run()


class LiveRenderer:
    """Draws the parts of an answer that are new or have changed since the last call.

    Each group of parts is drawn at the position at which it will be drawn again after the end of the answer. The
    browser shows the elements of the previous run until this run draws at their positions or ends. So a tool call that
    moved by one position would show twice until then.
    """

    def __init__(self, first: DeltaGenerator, key: str) -> None:
        """`first` is the element for the first group. `key` is unique on the page."""
        self._first = first
        self._key = key
        self._place = first
        self._index = -1
        self._chars = 0
        self._block = ""
        self._footnotes: dict[str, str] = {}
        """The footnotes of finished blocks, by label. They are drawn below the open block."""
        self._shown = ""
        self._drawn: tuple[int, bool] = (0, True)
        self._slot: DeltaGenerator | None = None

    @property
    def open_chars(self) -> int:
        """The number of characters that every update sends again."""
        return len(self._block)

    def draw(self, parts: list[Part]) -> None:
        """Draw what has changed since the last call. `parts` are all parts so far."""
        groups = group_parts(parts)
        for index in range(max(0, self._index), len(groups)):
            group, is_last = groups[index], index == len(groups) - 1
            if index > self._index:
                self._begin(index, group.kind)
            if group.kind == "text":
                self._grow(group.text, is_last)
            else:
                self._redraw(group, is_last)

    def _begin(self, index: int, kind: str) -> None:
        self._index, self._chars, self._footnotes, self._drawn = index, 0, {}, (0, True)
        self._place = _place(st.empty() if index else self._first, index, kind)
        self._begin_block("")

    def _begin_block(self, block: str) -> None:
        self._block, self._shown, self._slot = block, "", None

    def _grow(self, text: str, is_last: bool) -> None:
        """Show the finished beginning of the block once more, and continue with the rest in a new element."""
        self._block, self._chars = self._block + text[self._chars :], len(text)
        if cut := finished_chars(self._block):
            words, notes = split_footnotes(self._block[:cut])
            self._footnotes |= dict(notes)
            self._show(streamlit_markdown(words, noted=frozenset(self._footnotes)))
            self._begin_block(self._block[cut:])
        written = "".join(f"[^{label}]: {note}\n\n" for label, note in self._footnotes.items())
        self._show(streamlit_markdown(written + self._block, growing=is_last))

    def _show(self, markdown: str) -> None:
        # An end of a line that has only come now would draw a figure again.
        if markdown.strip() and markdown.rstrip() != self._shown:
            self._shown = markdown.rstrip()
            self._slot = self._slot or self._place.empty()
            draw_markdown_into(self._slot, markdown)

    def _redraw(self, group: PartGroup, is_last: bool) -> None:
        """Draw the group if it has another part, and once more when the next group begins: then it is not running."""
        state = (len(group.parts), is_last)
        if state != self._drawn:
            self._drawn = state
            self._slot = self._slot or self._place.empty()
            with self._slot.container():
                draw_group(group, f"{self._key}-{self._index}", running=is_last)


def _place(slot: DeltaGenerator, index: int, kind: str) -> DeltaGenerator:
    """A container for one group.

    An earlier run of this answer may have split its text at other places. Its blocks must not remain below new ones.
    """
    return (emptied(slot, f"place-{index}") if kind == "text" else slot).container()
