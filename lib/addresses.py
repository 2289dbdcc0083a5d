"""E-mail addresses as identities: two spellings of one address are one person."""

from unicodedata import normalize


def folded(address: str) -> str:
    """The same for all spellings of an address: Unicode's canonical caseless match, composed. Folding again is idle.

    Decomposed before the case is folded, so that no mark keeps a letter from its small form. chat.folded() in
    sql/migrations does the same.
    """
    return normalize("NFC", normalize("NFD", address).casefold())
