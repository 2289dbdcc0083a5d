"""What the formats say about sources: passage, place, file in a Volume, and where in the text they are cited."""

import json
from typing import Any

import pytest

from lib.agent.formats.decoder import Decoder
from lib.agent.formats.shared.citations import MAX_SNIPPET_CHARS, citations_of
from lib.messages.parts import Citation

FILE = "/Volumes/main/docs/manuals/pumps/a b.pdf"


def cited(*events: dict[str, Any]) -> list[Citation]:
    decoder = Decoder()
    read = [event for each in events for event in decoder.feed(json.dumps(each)).events]
    return [event for event in (*read, *decoder.end(is_whole=True)) if isinstance(event, Citation)]


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (
            {"type": "page_location", "cited_text": "Oil it.", "document_title": "Manual", "start_page_number": 3}
            | {"end_page_number": 5},
            Citation("", "Manual", place="pages 3\u20134", snippet="Oil it."),
        ),
        (
            {"type": "char_location", "cited_text": "Oil", "document_title": "Manual", "start_char_index": 0}
            | {"end_char_index": 3},
            Citation("", "Manual", place="characters 1\u20133", snippet="Oil"),
        ),
        (
            {"type": "content_block_location", "document_title": "M", "start_block_index": 1, "end_block_index": 2},
            Citation("", "M", place="section 2"),
        ),
        (
            {"page_content": "Oil\n it.", "metadata": {"doc_uri": f"dbfs:{FILE}", "chunk_id": "7"}},
            Citation("", "a b.pdf", FILE, "chunk 7", "Oil it."),
        ),
        ({"url": FILE, "title": "Manual", "page": 2}, Citation("", "Manual", FILE, "page 2")),
        ({"title": "Manual", "source": "/Volumes/a/../b/c/d"}, Citation("", "Manual")),
        ({"title": "Manual", "content": 5, "page": True, "chunk_id": None}, Citation("", "Manual")),
        ({"title": "M", "start_page_number": -1, "end_page_number": "x"}, Citation("", "M")),
        ({"type": "file_citation", "file_id": "f", "text": "\u30104:0\u2020source\u3011"}, Citation("", "f")),
    ],
)
def test_each_kind_of_source_is_read(annotation: dict[str, Any], expected: Citation) -> None:
    assert list(citations_of([annotation])) == [expected]


def test_a_long_passage_is_cut() -> None:
    (citation,) = citations_of([{"title": "M", "content": "x" * 5_000}])
    assert citation.snippet == "x" * MAX_SNIPPET_CHARS + "\u2026"


def test_a_later_mention_completes_the_first() -> None:
    annotation = {"type": "url_citation", "url": "https://a.b", "title": "A", "start_index": 0, "end_index": 5}
    part = {"type": "output_text", "text": "Sales rose.", "annotations": [annotation]}
    item = {"type": "message", "id": "m", "role": "assistant", "content": [part]}
    found = cited(
        {"type": "response.output_text.delta", "item_id": "m", "delta": "Sales rose."},
        {"type": "response.output_text.annotation.added", "item_id": "m", "annotation": {"url": "https://a.b"}},
        {"type": "response.output_item.done", "item": item},
        {"type": "response.completed", "response": {"status": "completed", "output": [item]}},
    )
    assert found == [Citation("https://a.b", "A", after=("Sales",))]


@pytest.mark.parametrize(
    "place", [{"start_index": 0, "end_index": 99}, {"start_index": 5, "end_index": 1}, {"end_index": 3}, {}]
)
def test_a_position_that_is_nonsense_is_none(place: dict[str, int]) -> None:
    part = {"type": "output_text", "text": "Sales.", "annotations": [{"url": "https://a.b", "title": "A", **place}]}
    (citation,) = cited({"type": "message", "id": "m", "role": "assistant", "content": [part]})
    assert citation.after == ()


def test_a_citation_of_anthropic_stands_behind_its_block() -> None:
    source = {"type": "page_location", "cited_text": "Oil it.", "document_title": "M", "start_page_number": 1}
    found = cited(
        {"type": "message_start", "message": {}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Oil"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": source}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": " it"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": " often."}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
    )
    assert found == [Citation("", "M", place="page 1", snippet="Oil it.", after=("Oil it",))]


def test_positions_of_a_streamed_chat_are_those_in_the_whole_text() -> None:
    place = {"start_index": 0, "end_index": 11, "url": "https://a.b", "title": "A"}
    annotation = {"type": "url_citation", "url_citation": place}
    found = cited(
        {"choices": [{"delta": {"role": "assistant", "content": "Sales "}}]},
        {"choices": [{"delta": {"content": "rose. Yes."}}]},
        {"choices": [{"delta": {"annotations": [annotation]}, "finish_reason": "stop"}]},
    )
    assert found == [Citation("https://a.b", "A", after=("Sales rose.",))]
