"""Rests between chats, so that an import does not hold up everybody else's requests."""

import time
from collections.abc import Callable

from lib.errors import ShuttingDown

REST_SHARE = 0.25
"""Of the time that a chat took. Parsing and converting one holds the interpreter most of the time."""
CLOSING = "The app is restarting. Import the file again in a moment; it goes on where it was."


def resting(is_closing: Callable[[], bool]) -> Callable[[], None]:
    """To be called after each chat. Raises ShuttingDown."""
    began = time.monotonic()

    def done() -> None:
        nonlocal began
        if is_closing():
            raise ShuttingDown(CLOSING)
        time.sleep((time.monotonic() - began) * REST_SHARE)
        began = time.monotonic()

    return done
