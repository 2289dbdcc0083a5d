"""Drawing an answer while it is written.

The script run that draws it lasts as long as the answer. It sleeps until the turn's log grows, then draws what has
come since. When somebody clicks, leaves or closes the tab, Streamlit ends the run by an exception out of the next call
to Streamlit; the turn does not notice and goes on.

Text is drawn block by block: each change sends a whole element to the browser, so what is finished becomes an element
of its own and is never sent again. A tool call or a file is drawn again whenever something of it comes.
"""

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
    """Draw the answer so far at once, then what comes, until it ends or `may_watch`, asked now and then, says no."""
    first = st.empty()
    renderer, asked_at = LiveRenderer(first), time.monotonic()
    with watchers().watching(), turn.chunks.watched():
        while True:
            drawn_at, seen, ended = time.monotonic(), len(turn.chunks), turn.chunks.closed
            if drawn_at - asked_at > MAY_WATCH_SECONDS:
                asked_at = drawn_at
                if not may_watch():
                    return
            parts = turn.answer.parts
            if not parts:
                _draw_waiting(first, turn)
            renderer.draw(parts)
            if ended:
                return
            turn.chunks.wait(seen, CHECK_SECONDS)
            _leave_if_over()
            _rest_until(drawn_at + interval_seconds(watchers().count, renderer.open_chars), turn)


def _leave_if_over() -> None:
    """Any call of Streamlit's ends a run that is over. Needed here because a turn may be silent for minutes."""
    _ = "_" in st.session_state


def _rest_until(due_at: float, turn: Turn) -> None:
    """Unless the answer ends before: its end is drawn at once."""
    while (left_seconds := due_at - time.monotonic()) > 0 and not turn.chunks.closed:
        time.sleep(min(left_seconds, CHECK_SECONDS))
        _leave_if_over()


def _draw_waiting(slot: DeltaGenerator, turn: Turn) -> None:
    slot.caption(f":material/hourglass_empty: {escape_label(turn.notice or 'Thinking…')}")


class LiveRenderer:
    """Knows how far the answer has been drawn.

    Each group of parts has one place: the one in which it will be drawn again when the answer has ended. The browser
    keeps the elements of the run before until something is drawn in their places or the run has ended: a tool call that
    moved by one place would be seen twice meanwhile.
    """

    def __init__(self, first: DeltaGenerator) -> None:
        """`first` is the place of the first group."""
        self._first = first
        self._place = first
        self._index = -1
        self._chars = 0
        self._block = ""
        self._footnotes: dict[str, str] = {}
        """Footnotes of the blocks that are finished, by label: they are drawn below the open block."""
        self._shown = ""
        self._drawn: tuple[int, bool] = (0, True)
        self._slot: DeltaGenerator | None = None

    @property
    def open_chars(self) -> int:
        """How much text is sent again with every update."""
        return len(self._block)

    def draw(self, parts: list[Part]) -> None:
        """What has come since the last time."""
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
        """Cut off what is finished; the rest goes on in a new element."""
        self._block, self._chars = self._block + text[self._chars :], len(text)
        if cut := finished_chars(self._block):
            words, notes = split_footnotes(self._block[:cut])
            self._footnotes |= dict(notes)
            self._show(streamlit_markdown(words, noted=frozenset(self._footnotes)))
            self._begin_block(self._block[cut:])
        written = "".join(f"[^{label}]: {note}\n\n" for label, note in self._footnotes.items())
        self._show(streamlit_markdown(written + self._block, growing=is_last))

    def _show(self, markdown: str) -> None:
        if markdown.strip() and markdown != self._shown:
            self._shown = markdown
            self._slot = self._slot or self._place.empty()
            draw_markdown_into(self._slot, markdown)

    def _redraw(self, group: PartGroup, is_last: bool) -> None:
        """When a part has come, and once more when the next group begins: this one is then no longer running."""
        state = (len(group.parts), is_last)
        if state != self._drawn:
            self._drawn = state
            self._slot = self._slot or self._place.empty()
            with self._slot.container():
                draw_group(group, running=is_last)


def _place(slot: DeltaGenerator, index: int, kind: str) -> DeltaGenerator:
    """A container for one group. For text it must be a new one.

    An earlier run of the same answer may have cut its text elsewhere, and the browser puts the elements of a container
    into the one that stood there before: the old blocks would stay below the new. It makes a new one after an element
    of another kind; a form without a border is one that nobody sees.
    """
    if kind == "text":
        slot.form(f"place-{index}", border=False)
    return slot.container()
