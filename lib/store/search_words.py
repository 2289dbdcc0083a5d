"""A search as people write it: what a text must have to be found, and what of it to mark.

`"a phrase"`, `-without`, `this or that`, and a last word that may be unfinished, by the rules of chat.words() and
chat.asked() in the database.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lib.store.folding import folded, folded_in_place
from lib.store.stems import stem

WORD = re.compile("(?:[^\\W_]|[\u0300-\u036f])+")
_TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
_UNFINISHED = re.compile("(?:[^\\W_]{3}|[\u2e80-\uffdc])$")
_DIGIT = re.compile("[0-9]")
TYPO_CHARS = range(4, 31)
Span = tuple[int, int, int]
"""Beginning and end of a match, and which of the words it is."""


@dataclass(frozen=True)
class Word:
    text: str
    stem: str
    is_begun: bool = False

    def matches(self, word: str, language: str) -> bool:
        begins = self.is_begun and word.startswith(self.text)
        return begins or word == self.text or stem(word, language) == self.stem

    def is_like(self, word: str, language: str) -> bool:
        """Also with a typo, as chat.near() has it."""
        return self.matches(word, language) or not near(self.text).isdisjoint(near(word))


@dataclass(frozen=True)
class Term:
    """Words that stand one after the other; those of a phrase as they are written."""

    words: tuple[Word, ...]
    is_phrase: bool = False
    is_excluded: bool = False

    def is_in(self, text: list[str], language: str, *, is_lenient: bool) -> bool:
        if self.is_phrase:
            return any(self._stands_at(text, place) for place in range(len(text)))
        matches = [each.is_like if is_lenient and not self.is_excluded else each.matches for each in self.words]
        return all(any(match(word, language) for word in text) for match in matches)

    def _stands_at(self, text: list[str], place: int) -> bool:
        there = text[place : place + len(self.words)]
        return len(there) == len(self.words) and all(
            word == sought.text or (sought.is_begun and word.startswith(sought.text))
            for word, sought in zip(there, self.words, strict=True)
        )


class SearchWords:
    """A search, parsed. A text must have all terms of one of the alternatives."""

    def __init__(self, query: str, language: str) -> None:
        self._language = language
        self._alternatives = [terms for terms in _alternatives(query, language) if terms]
        found = [term for terms in self._alternatives for term in terms if not term.is_excluded]
        self.words = list(dict.fromkeys(word for term in found for word in term.words))
        self._pattern = _candidates(self.words)

    def is_in(self, text: str, *, is_lenient: bool = False) -> bool:
        """Whether a text has what is searched for; with `is_lenient` words may have a typo."""
        if not self.words:
            return False
        words = WORD.findall(folded(text))
        return any(
            all(term.is_in(words, self._language, is_lenient=is_lenient) != term.is_excluded for term in terms)
            for terms in self._alternatives
        )

    def spans(self, text: str) -> Iterator[Span]:
        """Where the words stand in a text."""
        if self._pattern is None:
            return
        plain, places = folded_in_place(text)
        for match in self._pattern.finditer(plain):
            for number, word in enumerate(self.words):
                if word.matches(match[0], self._language):
                    begin, end = match.span()
                    yield (begin, end, number) if places is None else (places[begin], places[end], number)
                    break


@lru_cache(64)
def search_words(query: str, language: str) -> SearchWords:
    return SearchWords(query, language)


@lru_cache(10_000)
def near(word: str) -> frozenset[str]:
    """The word, and all that is left of it without one of its letters; empty for short words and numbers."""
    if len(word) not in TYPO_CHARS or _DIGIT.search(word):
        return frozenset()
    return frozenset({word, *(word[:place] + word[place + 1 :] for place in range(len(word)))})


def is_unfinished(query: str) -> bool:
    """Whether the last word may go on."""
    return bool(_UNFINISHED.search(query))


def _alternatives(query: str, language: str) -> list[list[Term]]:
    alternatives: list[list[Term]] = [[]]
    terms = list(_TERM.finditer(query))
    for found in terms:
        minus, phrase, word = found.groups()
        if word is not None and not minus and word.lower() == "or":
            alternatives.append([])
            continue
        is_last = found is terms[-1] and not minus and is_unfinished(query)
        term = _term(phrase if word is None else word, language, phrase is not None or "-" in (word or ""), is_last)
        if term.words:
            alternatives[-1].append(Term(term.words, term.is_phrase, bool(minus)))
    return alternatives


def _term(text: str, language: str, is_phrase: bool, is_last: bool) -> Term:
    found = WORD.findall(folded(text))
    last = len(found) - 1 if is_last else -1
    words = (Word(word, word if is_phrase else stem(word, language), place == last) for place, word in enumerate(found))
    return Term(tuple(words), is_phrase and len(found) > 1)


def _candidates(words: list[Word]) -> re.Pattern[str] | None:
    """Whole words that begin as one of the words or its stem does: a stemmer may change the last letters of a word."""
    if not words:
        return None
    heads = {re.escape(word.text[: max(1, min(len(word.text), len(word.stem) - 1))]) for word in words}
    return re.compile(f"(?<![^\\W_])(?:{'|'.join(sorted(heads))})(?:[^\\W_])*")
