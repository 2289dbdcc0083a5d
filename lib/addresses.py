"""E-mail addresses as identities: all spellings of an address are one person."""

from unicodedata import normalize


def folded(address: str) -> str:
    """Return one string for all spellings of an address (Unicode's canonical caseless matching). Idempotent.

    NFD comes before case folding because a combining mark can prevent a letter from being folded. The SQL function
    chat.folded() in sql/migrations does the same.
    """
    return normalize("NFC", normalize("NFD", address).casefold())
