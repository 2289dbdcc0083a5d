"""Says what an answer waits for before it begins."""

import math
import time

from streamlit.delta_generator import DeltaGenerator

from lib.chat.turn import Turn
from lib.ui.language import N_, _, sentence
from lib.ui.markdown.escape import escape_label

THINKING = N_("Thinking…")
COUNTED_FROM_SECONDS = 10
"""A number that counts from the start would make every short wait look long."""


class WaitingLine:
    """The line in place of the answer. It is sent to the browser only when it changes, at most once a second."""

    def __init__(self, slot: DeltaGenerator) -> None:
        self._slot = slot
        self._shown = ""

    def draw(self, turn: Turn) -> None:
        words = words_for(turn, time.monotonic())
        if words != self._shown:
            self._shown = words
            self._slot.caption(f":material/hourglass_empty: {escape_label(words)}")


def words_for(turn: Turn, now: float) -> str:
    """For how long one waits, and if there is a pause, why and until when. `now` is of `time.monotonic`."""
    pause, waited_seconds = turn.pause, now - turn.started_at
    if pause is None:
        is_counted = waited_seconds >= COUNTED_FROM_SECONDS
        return f"{_(THINKING)} {_duration(math.floor(waited_seconds))}" if is_counted else _(THINKING)
    left_seconds = math.ceil(pause.ends_at - now)
    longest_seconds = waited_seconds + max(0.0, pause.gives_up_at - now)
    return " ".join(
        [
            sentence(pause.reason),
            *([_("It said: {words}").format(words=_ended(pause.said))] if pause.said else []),
            _("Asking again in {duration}.").format(duration=_duration(left_seconds))
            if left_seconds > 0
            else _("Asking again now."),
            _("Waiting for {waited} so far, {longest} at most.").format(
                waited=_duration(waited_seconds), longest=_duration(longest_seconds)
            ),
        ]
    )


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    parts = ([f"{minutes} min"] if minutes else []) + ([f"{rest} s"] if rest or not minutes else [])
    return " ".join(parts)
