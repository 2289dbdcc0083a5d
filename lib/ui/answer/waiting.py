"""Says what an answer waits for before it begins."""

import math
import time

from streamlit.delta_generator import DeltaGenerator

from lib.chat.turn import Turn
from lib.ui.markdown.escape import escape_label

THINKING = "Thinking…"


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
    """If there is a pause: why, until when, and for how long one waits. `now` is of `time.monotonic`."""
    pause, waited_seconds = turn.pause, now - turn.started_at
    if pause is None:
        return THINKING
    said = f" It said: {_sentence(pause.said)}" if pause.said else ""
    left_seconds = math.ceil(pause.ends_at - now)
    again = f"Asking again in {_duration(left_seconds)}." if left_seconds > 0 else "Asking again now."
    longest_seconds = waited_seconds + max(0.0, pause.gives_up_at - now)
    waiting = f"Waiting for {_duration(waited_seconds)} so far, {_duration(longest_seconds)} at most."
    return f"{pause.reason}{said} {again} {waiting}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    parts = ([f"{minutes} min"] if minutes else []) + ([f"{rest} s"] if rest or not minutes else [])
    return " ".join(parts)
