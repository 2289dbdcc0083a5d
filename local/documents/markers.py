"""The generated parts of a page, which stand between two comments; what is around them is written by hand."""

import re
from collections.abc import Callable, Mapping


class NoSuchPart(Exception):
    """The markers of a page are not exactly those of its parts."""


def with_parts(page: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """The page with each part made anew. Raises NoSuchPart unless each has its two markers, once."""
    marked = re.findall(r"^<!-- (?:begin|end) .*$", page, re.MULTILINE)
    if sorted(marked) != sorted(marker for name in parts for marker in _markers(name)):
        raise NoSuchPart(f"The page must have two markers for each of: {', '.join(parts)}. It has: {marked}.")
    for name, part in parts.items():
        page = _with_part(page, name, part())
    return page


def _with_part(page: str, name: str, text: str) -> str:
    begin, end = _markers(name)
    before, _, rest = page.partition(begin + "\n")
    _, found, after = rest.partition("\n" + end)
    if not found:
        raise NoSuchPart(f"The marker of the end of {name!r} must stand behind that of its beginning.")
    return f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}"


def _markers(name: str) -> tuple[str, str]:
    return f"<!-- begin {name}: made by `make docs`, do not edit -->", f"<!-- end {name} -->"
