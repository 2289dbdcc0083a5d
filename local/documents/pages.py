"""Which pages of docs/ have generated parts, and what makes each part."""

from collections.abc import Callable, Mapping
from pathlib import Path

from local.documents.limits import fixed_limits
from local.documents.markers import with_parts
from local.documents.settings import settings

DOCS = Path(__file__).parents[2] / "docs"
COMMAND = "make docs"
PARTS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "configuration.md": {"settings": settings, "fixed limits": fixed_limits},
}
"""By the name of the page and the name of the part, which its markers have. A new page is one more line."""


def updated(name: str, page: str) -> str:
    """The text of the page with its generated parts made anew. Raises NoSuchPart."""
    return with_parts(page, PARTS[name])
