"""Files in Unity Catalog Volumes."""

import re

_PATH = re.compile(r"(?:dbfs:)?/{1,3}(Volumes(?:/[^/\x00-\x1f]+){4,})", re.IGNORECASE)


def volume_path(address: str) -> str | None:
    """`/Volumes/<catalog>/<schema>/<volume>/<file>` for the address of a file in a Volume."""
    found = _PATH.fullmatch(address)
    if found is None or any(step in (".", "..") for step in found[1].split("/")):
        return None
    return f"/Volumes{found[1][len('Volumes') :]}"
