"""Compares two versions of one text: as it was streamed, and as it was sent when it was finished."""

ALIKE_CHARS = 12


def alike(streamed: str, full: str) -> bool:
    """Whether both are versions of one text, such as with footnotes and without."""
    size = min(len(streamed), len(full), ALIKE_CHARS)
    return size > 0 and streamed[:size] == full[:size]


def rest(full: str, streamed: str) -> str:
    return full[len(streamed) :] if full.startswith(streamed) else ""
