"""Text that Postgres takes."""


def storable_text(text: str) -> str:
    """Without NUL characters, and without halves of surrogate pairs that have no other half."""
    text = text.replace("\x00", "")
    if text.isascii():
        return text
    try:
        text.encode()  # finds a half six times as quickly as a search, and nothing else runs meanwhile
    except UnicodeEncodeError:
        # Two halves that stand side by side become the character that they were meant to be.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return text
