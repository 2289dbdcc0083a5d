"""Checks Vega's expressions, small formulas such as `datum.price * 2`.

Streamlit has them interpreted, not compiled, so they reach nothing outside of the chart. But some functions take any
time or memory: `sequence(1e12)`, `pad('', 1e9)`, regular expressions. Only functions in the list are allowed.
"""

import re

from lib.figures.figure import NotDrawn


def names(words: str) -> frozenset[str]:
    return frozenset(words.split())


MAX_CHARS = 500
FUNCTIONS = names(
    "abs ceil clamp exp floor isFinite isNaN isNumber isString isValid log max min pow round sqrt toNumber toString if"
    " length lower upper trim format timeFormat utcFormat toDate time date day dayofyear year quarter month week hours"
    " minutes seconds utcyear utcquarter utcmonth utcdate utcday datetime utc now"
)
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^'\\]*'|\"[^\"\\]*\")|\d+(?:\.\d*)?(?:e[+-]?\d+)?|(?P<name>[A-Za-z_]\w*)(?P<call>\s*\()?"
    r"|[-+*/%<>=!&|?:.,()\[\]])"
)
_WIDE = re.compile(r"\d{3}")


def check_expression(text: str) -> None:
    """Raises NotDrawn for all that is not known to be harmless."""
    if len(text) > MAX_CHARS:
        raise NotDrawn(f"It has a formula of more than {MAX_CHARS} characters.")
    at, text = 0, text.rstrip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if not token or (token["call"] and (token["name"] not in FUNCTIONS or text[:at].rstrip().endswith("."))):
            raise NotDrawn(f"It has a formula that is not allowed here: {text[:80]}")
        if token["text"] and "ormat" in text:
            check_format(token["text"])
        at = token.end()


def check_format(text: str) -> None:
    """Raises NotDrawn. A number in a format may be the width to which it is filled up, which must not be a million."""
    if _WIDE.search(text):
        raise NotDrawn(f"It has a number format that is not allowed here: {text[:80]}")
