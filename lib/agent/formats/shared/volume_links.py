"""Reads links to files in Volumes, as Knowledge Assistants of Databricks cite them.

`https://<workspace>/ajax-api/2.0/fs/files/Volumes/<catalog>/<schema>/<volume>/<file>#page=3:~:text=<passage>`: the page
and the cited passage are in the fragment. The host may be one that only the assistant itself knows, such as localhost.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from lib.messages.volume_path import volume_path

_FILE = re.compile(r"/(?:ajax-api|api)/2\.0/fs/files(?P<path>/Volumes/.+)")
_PAGE = re.compile(r"(?:^|&)page=(?P<number>\d{1,6})(?=&|\Z)")
_LOCAL = re.compile(r"localhost|127\.[\d.]+|\[?::1\]?|0\.0\.0\.0|[^.]+")
"""Hosts that a browser cannot reach, or finds something else at."""


@dataclass(frozen=True)
class VolumeLink:
    url: str
    """Empty if no browser can open it."""
    path: str
    page: str | None
    passage: str


def volume_link(address: str) -> VolumeLink | None:
    """None for the address of anything else."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return None
    found = _FILE.fullmatch(unquote(parts.path))
    path = volume_path(found["path"]) if found else None
    if path is None:
        return None
    place, _, directive = parts.fragment.partition(":~:")
    page = _PAGE.search(place)
    is_local = not host or bool(_LOCAL.fullmatch(host))
    return VolumeLink("" if is_local else address, path, page["number"] if page else None, _passage(directive))


def _passage(directive: str) -> str:
    """The first of `text=[before-,]start[,end][,-behind]`: what is around it is not cited."""
    text = next((value for key, value in _fields(directive) if key == "text"), "")
    pieces = [unquote(piece) for piece in text.split(",") if not piece.startswith("-") and not piece.endswith("-")]
    return " … ".join(" ".join(piece.split()) for piece in pieces if piece.strip())


def _fields(directive: str) -> list[tuple[str, str]]:
    """Their values still encoded, because a comma in the text is encoded, and one between two pieces is not."""
    pairs = (field.partition("=") for field in directive.split("&"))
    return [(key, value) for key, _, value in pairs]
