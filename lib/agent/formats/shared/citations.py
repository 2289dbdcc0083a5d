"""Reads what agents say about their sources: annotations of a text, and documents that a retriever found."""

from collections.abc import Iterator
from typing import Any

from lib.agent.formats.shared.volume_links import volume_link
from lib.messages.citation_marks import anchor
from lib.messages.parts import Citation
from lib.messages.volume_path import volume_path
from lib.messages.web_url import is_web_url
from lib.storable import storable_text

MAX_CITATIONS = 200
MAX_MARKS = 20
"""Of one citation."""
MAX_SNIPPET_CHARS = 1_000
MAX_TITLE_CHARS = 300
MAX_PLACE_CHARS = 80
_HOLDERS = ("metadata", "url_citation", "file_citation", "web", "source", "document")
"""Fields that hold a citation one level deeper. A later one is the better one."""
_ADDRESSES = ("url", "uri", "doc_uri", "source", "file_path", "path", "title", "filename")
_NAMES = (
    *("title", "filename", "file_name", "document_title", "document_name", "name", "source", "doc_uri", "file_path"),
    *("path", "file_id"),
)
_SNIPPETS = ("cited_text", "quote", "snippet", "excerpt", "page_content", "content", "text", "chunk_text")
_MARKS = ("【", "[")
"""An annotation's `text` may be the mark that it replaces."""
_PLACES = {
    **dict.fromkeys(("page_label", "page_number", "page"), "page"),
    **{"section": "section", "row": "row", "line": "line", "chunk_id": "chunk", "chunk_index": "chunk"},
}
"""Fields that say where in a source a passage is, the most telling first, and what they count."""
_RANGES = (
    ("start_page_number", "end_page_number", "page", 0),
    ("start_line", "end_line", "line", 0),
    ("start_block_index", "end_block_index", "section", 1),
    ("start_char_index", "end_char_index", "character", 1),
)
"""The fields of a range, what it counts, and what is added to count from one. Of Anthropic's, the end is exclusive."""
_FIELDS = ("annotations", "citations")


def citations_of(annotations: Any, text: str = "", *, after: str = "", end: str = "") -> Iterator[Citation]:
    """`text` is what the annotations' positions are in; `after` ends where all of them belong, and `end` where those
    belong that have no position.
    """
    for annotation in annotations if isinstance(annotations, list) else []:
        if isinstance(annotation, str):
            annotation = {"url": annotation, "title": annotation}
        if isinstance(annotation, dict):
            yield from _citation(annotation, text, after, end)


def citations_in_stream(annotation: Any, said: str) -> Iterator[Citation]:
    """`said` is the text before it. A Knowledge Assistant cites a passage right behind what rests on it."""
    is_passage = isinstance(annotation, dict) and volume_link(_stripped(annotation.get("url"))) is not None
    yield from citations_of([annotation], end=said if is_passage else "")


def citations_of_message(message: dict[str, Any], text: str = "") -> Iterator[Citation]:
    """The citations of a message, whose text is `text`, and of all parts of its content."""
    for field in _FIELDS:
        yield from citations_of(message.get(field), text)
    yield from citations_of_content(message.get("content"))


def citations_of_content(content: Any) -> Iterator[Citation]:
    """A text of several parts is cut where its sources are cited, so they belong to the ends of the parts."""
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    for part in parts:
        text = _text(part.get("text"))
        for field in _FIELDS:
            yield from citations_of(part.get(field), text, end=text if len(parts) > 1 else "")


def _citation(annotation: dict[str, Any], text: str, after: str, end: str) -> Iterator[Citation]:
    fields = dict(annotation)
    for holder in _HOLDERS:
        inner = annotation.get(holder)
        if isinstance(inner, dict):
            fields = {**inner, **fields} if holder == "metadata" else {**fields, **inner}
    addresses = list(filter(None, (_stripped(fields.get(key)) for key in _ADDRESSES)))
    url = next(filter(is_web_url, addresses), "")
    path = next(filter(None, map(volume_path, addresses)), None)
    place, snippet = _place(fields), _snippet(fields)
    if link := volume_link(url):
        url, path = link.url, link.path
        place = place or (f"page {link.page}" if link.page else None)
        snippet = snippet or link.passage[:MAX_SNIPPET_CHARS] or None
    title = next(filter(None, (_stripped(fields.get(key)) for key in _NAMES)), "") or (addresses or [""])[0]
    if path and (volume_path(title) or is_web_url(title)):
        title = path.rsplit("/", 1)[1]
    if title:
        cited_for = anchor(after or text[: _position(fields, len(text))] or end)
        ends = (cited_for,) if cited_for else ()
        yield Citation(url, title[:MAX_TITLE_CHARS], path, place, snippet, ends)


def _position(fields: dict[str, Any], length: int) -> int:
    """The end of the text that a source is cited for; 0 if it is not said, or nonsense."""
    start, end, index = (_count(fields.get(key)) for key in ("start_index", "end_index", "index"))
    if start is not None and end is not None:
        return end if start < end <= length else 0
    # Streams of chunks number the annotations by this name, from 0.
    is_place = fields.get("type") == "file_citation"
    return index if is_place and index is not None and index <= length else 0


def _place(fields: dict[str, Any]) -> str | None:
    for first, last, unit, added in _RANGES:
        start, end = _count(fields.get(first)), _count(fields.get(last))
        if start is not None:
            end = start if end is None else end - (first != "start_line")
            return _range(unit, start + added, end + added)
    for key, unit in _PLACES.items():
        number = _count(fields.get(key))
        said = _one_line(fields.get(key)) if number is None else str(number)
        if said:
            return f"{unit} {said}"[:MAX_PLACE_CHARS]
    return None


def _range(unit: str, first: int, last: int) -> str:
    return f"{unit} {first:,}" if last <= first else f"{unit}s {first:,}\u2013{last:,}"


def _snippet(fields: dict[str, Any]) -> str | None:
    for key in _SNIPPETS:
        said = _one_line(fields.get(key))
        if said and not said.startswith(_MARKS):
            return said if len(said) <= MAX_SNIPPET_CHARS else f"{said[:MAX_SNIPPET_CHARS].rstrip()}…"
    return None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _one_line(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _stripped(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


class HeldCitations:
    """The citations of an answer until the text before them is whole. Each passage is emitted once."""

    def __init__(self) -> None:
        self._held: list[Citation] = []
        self._emitted: list[Citation] = []

    def add(self, citation: Citation) -> None:
        """A repeated one completes the first: most agents say more about a source when they send it again."""
        citation = _storable(citation)
        for place, held in enumerate(self._held):
            if _is_same(held, citation):
                self._held[place] = _merged(held, citation)
                return
        is_new = not any(_is_same(emitted, citation) for emitted in self._emitted)
        if is_new and len(self._held) + len(self._emitted) < MAX_CITATIONS:
            self._held.append(citation)

    def take(self) -> list[Citation]:
        taken, self._held = self._held, []
        self._emitted += taken
        return taken


def _is_same(one: Citation, other: Citation) -> bool:
    """Whether they are the same passage of the same source, as far as both say."""
    pairs = ((one.place, other.place), (one.snippet, other.snippet))
    is_same_source = (one.url or one.path or one.title) == (other.url or other.path or other.title)
    return is_same_source and all(a == b or not (a and b) for a, b in pairs)


def _merged(first: Citation, later: Citation) -> Citation:
    return Citation(
        first.url,
        later.title if first.title == first.url else first.title,
        first.path or later.path,
        first.place or later.place,
        first.snippet or later.snippet,
        tuple(dict.fromkeys((*first.after, *later.after)))[:MAX_MARKS],
    )


def _storable(citation: Citation) -> Citation:
    texts = (citation.path, citation.place, citation.snippet)
    path, place, snippet = (storable_text(text) if text else None for text in texts)
    after = tuple(map(storable_text, citation.after))
    return Citation(storable_text(citation.url), storable_text(citation.title), path, place, snippet, after)
