"""Sources as annotations of a text."""

from collections.abc import Iterator, Sequence

from lib.api.responses.items import Cited, Json
from lib.messages.citation_marks import position_after


def placed(text: str, cited: Sequence[Cited]) -> Iterator[Json]:
    """An annotation for each place where a source is cited; at the end of the text where that is not known."""
    for citation, after in cited:
        found = [place for ending in after if (place := position_after(text, ending)) is not None]
        for place in found or [len(text)]:
            if citation["type"] == "file_citation":
                yield {**citation, "index": place}
            else:
                yield {**citation, "start_index": place, "end_index": place}
