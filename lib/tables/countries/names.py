"""Recognises countries by their English names and their codes of ISO 3166."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

MIN_COUNTRIES = 3
MIN_SHARE = 0.9
"""Of the values of a column."""
_FILE = Path(__file__).parent / "names.json"
_OF_COUNTRIES = re.compile(
    r"(?i:country|countries)|(?:^|[\W_])(?i:nations?|markets?|land|geo|iso[23]?)(?:$|[\W_])|[a-z](?:Nation|Market|Land)$"
)
"""The names of columns whose short texts are codes of countries. Elsewhere CA, DE and IN may be American states."""


def column_of_countries(columns: Mapping[str, Sequence[Any]]) -> str | None:
    """The first whose values are countries, nearly all of them and each another one."""
    return next((name for name, values in columns.items() if _are_countries(name, values)), None)


def _are_countries(name: str, values: Sequence[Any]) -> bool:
    known = [code for code in codes_of(name, values) if code]
    is_each_once = len(set(known)) == len(known)
    return is_each_once and len(known) >= max(MIN_COUNTRIES, MIN_SHARE * len(values))


def codes_of(name: str, values: Sequence[Any]) -> list[str | None]:
    """For each value of the column the two-letter code of its country; None for what is no country."""
    says_countries = bool(_OF_COUNTRIES.search(name))
    texts = [value.strip() if isinstance(value, str) else "" for value in values]
    has_pairs = says_countries or sum(len(text) == 2 for text in texts) < len(texts) / 2
    return [_code(text, any_case=says_countries) if len(text) != 2 or has_pairs else None for text in texts]


def _code(text: str, *, any_case: bool) -> str | None:
    """Without `any_case`, what may be a code must be in capitals: "AND" is Andorra, "and" is not."""
    if len(text) <= 3 and not any_case and not text.isupper():
        return None
    return _codes().get(_key(text))


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    of_country: dict[str, list[str]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return {_key(name): code for code, names in of_country.items() for name in [code, *names]}


def _key(text: str) -> str:
    """The same for all ways to write a name."""
    letters = [sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)]
    plain = "".join(letters).casefold().replace("&", " and ")
    words = re.findall(r"\w+", re.sub(r"[.'\u2019]", "", plain))
    return " ".join("saint" if word == "st" else word for word in words if word != "the")
