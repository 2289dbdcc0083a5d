"""E-mail addresses as identities: all spellings of an address are one person."""

from unicodedata import normalize


def folded(address: str) -> str:
    """The same string for all spellings of an address: Unicode's canonical caseless match, composed. Idempotent.

    It is decomposed before case folding, because a combining mark may keep a letter from being folded. chat.folded() in
    sql/migrations does the same.
    """
    return normalize("NFC", normalize("NFD", address).casefold())
