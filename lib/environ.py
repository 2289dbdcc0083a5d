"""Reads environment variables one at a time and collects all problems as sentences."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
_NAMED = re.compile(r"(?:(?P<name>[^=]+)=\s*)?(?P<id>[\w-]+)", re.ASCII)
IMAGES = (".svg", ".png", ".jpg", ".webp")


class Reader:
    """Collects the problems instead of stopping at the first. Blank variables count as unset."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def number(self, name: str, default: int, *, least: int = 1, most: int = 1_000_000_000) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            self.problems.append(f"{name} must be a whole number from {least} to {most:,}.")
            return default
        return int(value)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """The first of `allowed` is the default."""
        value = self.text(name) or allowed[0]
        if value not in allowed:
            self.problems.append(f"{name} must be one of {', '.join(allowed)}.")
        return value

    def like(self, name: str, pattern: re.Pattern[str], example: str) -> str | None:
        value = self.text(name)
        if value is not None and not pattern.fullmatch(value):
            self.problems.append(f"{name} must look like {example}.")
        return value

    def url(self, name: str) -> str | None:
        value = self.text(name)
        if value is not None and not names_server(value, ("http", "https")):
            self.problems.append(f"{name} must be a full URL that begins with https:// or http://.")
        return value

    def image(self, name: str) -> Path | None:
        """The file, from the app's own folder on if its path is not absolute."""
        value = self.text(name)
        if value is None:
            return None
        path = ROOT / value
        if path.suffix.lower() not in IMAGES or not path.is_file():
            self.problems.append(f"{name} must be the path of an image in the app's folder: {', '.join(IMAGES)}.")
        return path

    def listed(self, name: str, separator: str = ",") -> tuple[str, ...]:
        """The values between the separators, without blank ones."""
        return tuple(value.strip() for value in (self.text(name) or "").split(separator) if value.strip())

    def named(self, name: str, default: str, *, taken: Iterable[str]) -> dict[str, str]:
        """Ids by their names, written as `name=id`. One without a name has the default one; no name may be taken."""
        found: dict[str, str] = {}
        names = set(taken)
        for each in self.listed(name):
            match = _NAMED.fullmatch(each)
            if match is None:
                self.problems.append(f"{name} lists ids as name=id, and {each!r} is not one.")
                continue
            own = (match["name"] or default).strip()
            if own in names:
                self.problems.append(f"{name} gives the name {own!r}, which another agent has.")
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
