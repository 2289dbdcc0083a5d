"""Where an agent names its sources: the same annotations in every format."""

from collections.abc import Iterator
from typing import Any

from lib.agent.events import Citation


class Citations:
    """Tells each address once; passes over what is not a web address, such as a file's id."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def of(self, annotations: Any) -> Iterator[Citation]:
        for annotation in annotations if isinstance(annotations, list) else []:
            if isinstance(annotation, dict):
                # Chat completions hold it one level deeper than Responses.
                inner = annotation.get("url_citation")
                yield from self._one(inner if isinstance(inner, dict) else annotation)

    def of_content(self, content: Any) -> Iterator[Citation]:
        """Those of all the parts of a message."""
        for part in content if isinstance(content, list) else []:
            if isinstance(part, dict):
                yield from self.of(part.get("annotations"))

    def _one(self, annotation: dict[str, Any]) -> Iterator[Citation]:
        url, title = annotation.get("url"), annotation.get("title")
        if isinstance(url, str) and url.startswith(("https://", "http://")) and url not in self._told:
            self._told.add(url)
            yield Citation(url, title if isinstance(title, str) and title.strip() else url)
