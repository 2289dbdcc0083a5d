"""Where an agent names its sources: the same annotations in every format."""

from collections.abc import Iterator
from typing import Any

from lib.messages.parts import Citation

_INNER = ("url_citation", "file_citation", "web", "source", "document")
"""Fields in which some formats hold a citation one level deeper."""
_NAMES = ("title", "filename", "file_name", "document_title", "document_name", "name", "source", "doc_uri", "file_id")
_FIELDS = ("annotations", "citations")


class Citations:
    """Tells each source once, those without a web address by their name."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def of(self, annotations: Any) -> Iterator[Citation]:
        for annotation in annotations if isinstance(annotations, list) else []:
            if isinstance(annotation, str):
                yield from self._one({"url": annotation, "title": annotation})
            elif isinstance(annotation, dict):
                yield from self._one(annotation)

    def of_message(self, message: dict[str, Any]) -> Iterator[Citation]:
        """Those of a message and of all the parts of its content."""
        for field in _FIELDS:
            yield from self.of(message.get(field))
        yield from self.of_content(message.get("content"))

    def of_content(self, content: Any) -> Iterator[Citation]:
        for part in content if isinstance(content, list) else []:
            if isinstance(part, dict):
                for field in _FIELDS:
                    yield from self.of(part.get(field))

    def _one(self, annotation: dict[str, Any]) -> Iterator[Citation]:
        inner = next((found for key in _INNER if isinstance(found := annotation.get(key), dict)), {})
        fields = {**annotation, **inner}
        url = _text(fields.get("url")) or _text(fields.get("uri"))
        address = url if url.startswith(("https://", "http://")) else ""
        name = next((found for key in _NAMES if (found := _text(fields.get(key)))), "") or url
        key = address or name
        if key and key not in self._told:
            self._told.add(key)
            yield Citation(address, name)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
