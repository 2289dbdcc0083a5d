"""The stem that the forms of a word share (sale, sales), in the language of SEARCH_LANGUAGE.

Postgres has the same stemmers. Here they mark what was found, and find it in memory.
"""

from functools import cache, lru_cache
from threading import Lock
from typing import Any

import snowballstemmer

_lock = Lock()
"""A stemmer keeps the word that it works on."""


@lru_cache(100_000)
def stem(word: str, language: str) -> str:
    """Of a folded word. In the language `simple` a word has no other forms."""
    if language == "simple":
        return word
    with _lock:
        return str(_stemmer(language).stemWord(word))


@cache
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(language)
