"""A running answer: text as it grows, and what is drawn between the text."""

import time
from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.chat.turn import Turn
from lib.messages.parts import Part
from lib.ui.answer.groups import PartGroup, group_parts
from lib.ui.answer.parts import draw_group
from lib.ui.answer.refresh_rate import interval_seconds, watchers
from lib.ui.markdown.convert import streamlit_markdown
from lib.ui.markdown.draw import draw_markdown_into
from lib.ui.markdown.escape import escape_label
from lib.ui.markdown.footnotes import split_footnotes
from lib.ui.markdown.streaming import finished_chars

CHECK_SECONDS = 0.25
MAY_WATCH_SECONDS = 2.0


def draw_live(turn: Turn, may_watch: Callable[[], bool]) -> None:
    """Draw the answer until it has ended or may be watched no longer: everything so far at once, then what comes.

    A rerun, a closed tab or another page leaves here at any time.
    """
    first = st.empty()
    cursor, asked_at = LiveRenderer(first), time.monotonic()
    with watchers().watching(), turn.log.watched():
        while True:
            drawn_at, seen, ended = time.monotonic(), len(turn.log), turn.log.closed
            if drawn_at - asked_at > MAY_WATCH_SECONDS:
                asked_at = drawn_at
                if not may_watch():
                    return
            parts = turn.answer.parts
            if not parts:
                _draw_waiting(first, turn)
            cursor.draw(parts)
            if ended:
                return
            turn.log.wait(seen, CHECK_SECONDS)
            _leave_if_over()
            _rest_until(drawn_at + interval_seconds(watchers().count, cursor.open_chars), turn)


def _leave_if_over() -> None:
    """Where Streamlit notices that this run is over: a turn may be silent for minutes."""
    _ = "_" in st.session_state


def _rest_until(due_at: float, turn: Turn) -> None:
    """No more often than the pace allows; the end of an answer is drawn at once."""
    while (left_seconds := due_at - time.monotonic()) > 0 and not turn.log.closed:
        time.sleep(min(left_seconds, CHECK_SECONDS))
        _leave_if_over()


def _draw_waiting(slot: DeltaGenerator, turn: Turn) -> None:
    slot.caption(f":material/hourglass_empty: {escape_label(turn.notice or 'Thinking…')}")


class LiveRenderer:
    """How far the answer has been drawn. Text is drawn in blocks: one that is whole is never sent again.

    A segment of the answer has one place, the one in which it will be drawn when the answer has ended: the browser
    keeps what stood on the page before a run until something is drawn in its place, or the run has ended, and a box
    whose other form stood one place further would be seen twice for so long.
    """

    def __init__(self, first: DeltaGenerator) -> None:
        """`first` is the first segment's place."""
        self._first = first
        self._place = first
        self._index = -1
        self._chars = 0
        self._block = ""
        self._notes: dict[str, str] = {}
        """Footnotes of the blocks before: they stand at the end, wherever that is by now."""
        self._shown = ""
        self._drawn: tuple[int, bool] = (0, True)
        self._slot: DeltaGenerator | None = None

    @property
    def open_chars(self) -> int:
        """The size of the block that is sent again with every update."""
        return len(self._block)

    def draw(self, parts: list[Part]) -> None:
        """What has come since, in order."""
        found = group_parts(parts)
        for index in range(max(0, self._index), len(found)):
            group, is_last = found[index], index == len(found) - 1
            if index > self._index:
                self._begin(index, group.kind)
            if group.kind == "text":
                self._grow(group.text, is_last)
            else:
                self._redraw(group, is_last)

    def _begin(self, index: int, kind: str) -> None:
        self._index, self._chars, self._notes, self._drawn = index, 0, {}, (0, True)
        self._place = _place(st.empty() if index else self._first, index, kind)
        self._begin_block("")

    def _begin_block(self, block: str) -> None:
        self._block, self._shown, self._slot = block, "", None

    def _grow(self, text: str, is_last: bool) -> None:
        """Cut where a block has been finished; what follows it is another element."""
        self._block, self._chars = self._block + text[self._chars :], len(text)
        if cut := finished_chars(self._block):
            words, notes = split_footnotes(self._block[:cut])
            self._notes |= dict(notes)
            self._show(streamlit_markdown(words, noted=frozenset(self._notes)))
            self._begin_block(self._block[cut:])
        footnotes = "".join(f"[^{label}]: {note}\n\n" for label, note in self._notes.items())
        self._show(streamlit_markdown(footnotes + self._block, growing=is_last))

    def _show(self, markdown: str) -> None:
        if markdown.strip() and markdown != self._shown:
            self._shown = markdown
            self._slot = self._slot or self._place.empty()
            draw_markdown_into(self._slot, markdown)

    def _redraw(self, group: PartGroup, is_last: bool) -> None:
        """With every part that comes, and once more when something else follows."""
        state = (len(group.parts), is_last)
        if state != self._drawn:
            self._drawn = state
            self._slot = self._slot or self._place.empty()
            with self._slot.container():
                draw_group(group, running=is_last)


def _place(slot: DeltaGenerator, index: int, kind: str) -> DeltaGenerator:
    """An earlier run of the same answer may have cut its text elsewhere, and a container goes on with what the one
    before it held. Not after something else has stood there: a form, because it cannot be seen.
    """
    if kind == "text":
        slot.form(f"place-{index}", border=False)
    return slot.container()
