"""Names of files that every system takes, made of titles that anybody wrote."""

import re
from urllib.parse import quote

from lib.labels import clean_label, truncated

MAX_CHARS = 80
MAX_BYTES = 180
"""In UTF-8. Most systems take 255, and a zip adds a day and an id."""
FALLBACK = "Chat"
# Windows takes none of these, and shells and browsers make something else of some.
_UNFIT = re.compile(r'[\\/:*?"<>|%$`\x00-\x1f\x7f]+')
_QUOTING = str.maketrans('?"\\', "___")
"""What a name in quotes cannot have, and what stands for a letter that is not in ASCII."""
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def safe_name(title: str, suffix: str = "") -> str:
    """No path, no hidden file, no name that Windows keeps for itself."""
    name = truncated(" ".join(_UNFIT.sub(" ", clean_label(title)).split()), MAX_CHARS)
    name = name.encode()[:MAX_BYTES].decode(errors="ignore").strip(". ")
    return f"{FALLBACK if not name or _RESERVED.fullmatch(name) else name}{suffix}"


def content_disposition(name: str) -> str:
    """RFC 6266: the name in ASCII for old programs, and as it is (RFC 8187)."""
    plain = name.encode("ascii", "replace").decode().translate(_QUOTING)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
