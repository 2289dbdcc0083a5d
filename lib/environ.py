"""Reads environment variables one at a time and collects all problems as sentences."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from lib.settings.variable import Choice, Listed, Number, Pattern, Text, Variable

ROOT = Path(__file__).parents[1]
_NAMED = re.compile(r"(?:(?P<name>[^=]+)=\s*)?(?P<id>[\w-]+)", re.ASCII)
IMAGES = (".svg", ".png", ".jpg", ".webp")


class Reader:
    """Collects the problems instead of stopping at the first. Blank variables count as unset."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def given(self, variable: Variable) -> str | None:
        return self._environ.get(variable.name, "").strip() or None

    def text(self, variable: Text) -> str:
        return self.given(variable) or variable.default

    def number(self, variable: Number) -> int:
        value = self.given(variable)
        if value is None:
            return variable.default
        if not (value.isascii() and value.isdigit() and variable.least <= int(value) <= variable.most):
            self.problems.append(f"{variable.name} must be a whole number {variable.bounds}.")
            return variable.default
        return int(value)

    def choice(self, variable: Choice) -> str:
        value = self.given(variable) or variable.choices[0]
        if value not in variable.choices:
            self.problems.append(f"{variable.name} must be one of {', '.join(variable.choices)}.")
        return value

    def like(self, variable: Pattern) -> str | None:
        value = self.given(variable)
        if value is not None and not variable.pattern.fullmatch(value):
            self.problems.append(f"{variable.name} must look like {variable.example}.")
        return value

    def url(self, variable: Variable) -> str | None:
        value = self.given(variable)
        if value is not None and not names_server(value, ("http", "https")):
            self.problems.append(f"{variable.name} must be a full URL that begins with https:// or http://.")
        return value

    def image(self, variable: Variable) -> Path | None:
        """The file, from the app's own folder on if its path is not absolute."""
        value = self.given(variable)
        if value is None:
            return None
        path = ROOT / value
        if path.suffix.lower() not in IMAGES or not path.is_file():
            self.problems.append(
                f"{variable.name} must be the path of an image in the app's folder: {', '.join(IMAGES)}."
            )
        return path

    def listed(self, variable: Listed) -> tuple[str, ...]:
        """The values between the separators, without blank ones; the default if there is no other."""
        values = (value.strip() for value in (self.given(variable) or "").split(variable.separator))
        return tuple(filter(None, values)) or variable.default

    def named(self, variable: Listed, default: str, *, taken: Iterable[str]) -> dict[str, str]:
        """Ids by their names, written as `name=id`. One without a name has the default one; no name may be taken."""
        found: dict[str, str] = {}
        names = set(taken)
        for each in self.listed(variable):
            match = _NAMED.fullmatch(each)
            if match is None:
                self.problems.append(f"{variable.name} lists ids as name=id, and {each!r} is not one.")
                continue
            own = (match["name"] or default).strip()
            if own in names:
                self.problems.append(f"{variable.name} gives the name {own!r}, which another agent has.")
            names.add(own)
            found[own] = match["id"]
        return found


def names_server(url: str, schemes: tuple[str, ...]) -> bool:
    """Whether the URL has one of these schemes and names a host, or a socket's folder in its query."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) or (url.startswith(f"{parts.scheme}://") and "host=" in parts.query)
        return parts.scheme in schemes and has_host and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
