"""Everything in an answer besides text: files, citations, and the arguments and outputs of tools."""

import json
from typing import Any

from tests.answer_cases import (
    PIXEL,
    STOP,
    AnswerCase,
    chat,
    chunk,
    completed,
    delta,
    done,
    item,
    json_body,
    message,
    sse,
    tool_call,
    tool_output,
)

IMAGE, SOURCED, FOLLOWED = ("text", "file"), ("text", "citation"), ("text", "follow_up")
TOOL = ("tool_call", "tool_result", "text")
_DATA = PIXEL.partition(",")[2]
_URL = {"type": "image_url", "image_url": {"url": PIXEL}}
_TEXT = {"type": "text", "text": "See:"}


def _part(name: str, part: dict[str, Any]) -> list[AnswerCase]:
    return [
        AnswerCase(f"{name}, in chat", sse(chunk([_TEXT, part]), STOP), "See:", IMAGE),
        AnswerCase(f"{name}, in an item", sse(done(message("See:", "m", part))), "See:", IMAGE),
        AnswerCase(
            f"{name}, twice",
            sse(done(message("See:", "m", part)), completed(message("See:", "m", part))),
            "See:",
            IMAGE,
        ),
    ]


FILES: list[AnswerCase] = [
    *_part("image_url", _URL),
    *_part("image_url as a string", {"type": "image_url", "image_url": PIXEL}),
    *_part("output_image", {"type": "output_image", "image_url": PIXEL}),
    *_part("an image elsewhere", {"type": "image_url", "image_url": {"url": "https://example.com/chart.png"}}),
    *_part("a source", {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": _DATA}}),
    *_part("data and its type", {"type": "image", "data": _DATA, "mimeType": "image/png"}),
    *_part("inline data", {"inlineData": {"mimeType": "image/png", "data": _DATA}}),
    *_part("a file's id", {"type": "image_file", "image_file": {"file_id": "file-1"}}),
    *_part("a file", {"type": "file", "file": {"filename": "report.pdf", "file_id": "file-1"}}),
    AnswerCase("images beside the content", sse(chunk("See:", images=[_URL]), STOP), "See:", IMAGE),
    AnswerCase(
        "images in deltas and again",
        sse(chunk("See:"), chunk(images=[_URL]), chunk(images=[_URL]), STOP),
        "See:",
        IMAGE,
    ),
    AnswerCase(
        "images without their type", sse(chunk("See:", images=[{"b64_json": _DATA}, PIXEL]), STOP), "See:", IMAGE
    ),
    AnswerCase("no images", sse(chunk("See:", images=[], audio=None), STOP), "See:"),
    AnswerCase("an image alone", json_body(chat(None, images=[_URL])), "", ("file",)),
    AnswerCase(
        "an image made",
        sse(done(item("image_generation_call", id="i", result=_DATA, output_format="png")), delta("See.")),
        "See.",
        ("tool_call", "tool_result", "file", "text"),
    ),
    AnswerCase(
        "an image that a tool gave",
        sse(
            tool_call(),
            tool_output([{"type": "text", "text": "1"}, {"type": "image", "data": _DATA, "mimeType": "image/png"}]),
            delta("See."),
        ),
        "See.",
        ("tool_call", "tool_result", "file", "text"),
    ),
]


def _sourced(name: str, annotation: dict[str, Any]) -> list[AnswerCase]:
    part = {"type": "output_text", "text": "See.", "annotations": [annotation]}
    event = {"type": "response.output_text.annotation.added", "item_id": "m1", "annotation": annotation}
    return [
        AnswerCase(f"{name}, of an item", sse(done({**message("See."), "content": [part]})), "See.", SOURCED),
        AnswerCase(
            f"{name}, in the text", sse(delta("Se"), event, delta("e."), done(message("See."))), "See.", SOURCED
        ),
        AnswerCase(f"{name}, in chat", sse(chunk("Se", annotations=[annotation]), chunk("e."), STOP), "See.", SOURCED),
    ]


_SUGGESTED = {"follow_ups": ["And then?"]}
_GENIE = [{"text": {"content": "Hi."}}, {"suggested_questions": {"questions": ["And then?"]}}]
FOLLOW_UPS: list[AnswerCase] = [
    *(
        AnswerCase(f"{name}, {where}", body, "Hi.", FOLLOWED)
        for name in ("follow_ups", "follow_up_questions", "suggested_questions")
        for custom in [{"custom_outputs": {name: ["And then?"]}}]
        for where, body in {
            "with an item": sse({**done(message("Hi.")), **custom}),
            "in the response": sse(done(message("Hi.")), completed(message("Hi."), **custom)),
            "in a whole response": json_body({"output": [message("Hi.")], **custom}),
            "in a ChatAgent's chunk": sse({"delta": {"role": "assistant", "content": "Hi.", "id": "1"}, **custom}),
        }.items()
    ),
    AnswerCase("before the text", sse({"custom_outputs": _SUGGESTED}, delta("Hi."), completed()), "Hi.", FOLLOWED),
    AnswerCase("Genie's attachments", sse({**done(message("Hi.")), "attachments": _GENIE}), "Hi.", FOLLOWED),
    AnswerCase("no list", sse({**done(message("Hi.")), "custom_outputs": {"follow_ups": "And then?"}}), "Hi."),
    AnswerCase("no texts", sse({**done(message("Hi.")), "custom_outputs": {"follow_ups": [1, None, {}]}}), "Hi."),
]
SOURCES: list[AnswerCase] = [
    *_sourced("an address", {"type": "url_citation", "url": "https://example.com/a", "title": "A"}),
    *_sourced("an address deeper", {"type": "url_citation", "url_citation": {"url": "https://example.com/a"}}),
    *_sourced("a file", {"type": "file_citation", "file_id": "f", "filename": "handbook.pdf", "index": 3}),
    *_sourced("a document", {"type": "char_location", "document_title": "handbook.pdf", "cited_text": "x"}),
    *_sourced("a path", {"type": "url_citation", "url": "/Volumes/main/docs/handbook.pdf"}),
    *_sourced("an id", {"type": "file_path", "file_id": "file-1"}),
    AnswerCase(
        "addresses beside the answer",
        sse({**chunk("See."), "citations": ["https://example.com/a"]}, STOP),
        "See.",
        SOURCED,
    ),
    AnswerCase(
        "sources of a simple server",
        json_body({"answer": "See.", "sources": [{"title": "handbook.pdf"}]}),
        "See.",
        SOURCED,
    ),
]

_ARGUMENTS: dict[str, tuple[Any, str]] = {
    "an object": ({"text": "hello", "lang": "de"}, '{"text": "hello", "lang": "de"}'),
    "nested": ({"query": {"sql": "SELECT 1"}}, '{"query": {"sql": "SELECT 1"}}'),
    "a string": ('{"a": 1}', '{"a": 1}'),
    "empty": ("", ""),
    "an empty object": ({}, "{}"),
    "a number": (5, "5"),
    "zero": (0, "0"),
    "a list": (["a", "b"], '["a", "b"]'),
}
_PARTS = [{"type": "text", "text": '{"a": 1}', "id": "lc_1"}, {"type": "text", "text": "two"}]
_ROWS = [{"text": "a", "n": 1}, {"text": "b", "n": 2}]
_OUTPUTS: dict[str, tuple[Any, str]] = {
    "text": ("done", "done"),
    "parts": (_PARTS, '{"a": 1}\ntwo'),
    "parts as JSON": (json.dumps(_PARTS), '{"a": 1}\ntwo'),
    "a result": ({"content": _PARTS, "isError": False}, '{"a": 1}\ntwo'),
    "a result as JSON": (json.dumps({"content": _PARTS, "structuredContent": {"a": 1}}), '{"a": 1}\ntwo'),
    "a result without text": ({"content": [], "structuredContent": {"a": 1}}, '{"a": 1}'),
    "a result that is an error": (
        {"content": [{"type": "text", "text": "no table"}], "isError": True},
        "Error: no table",
    ),
    "a resource": ([{"type": "resource", "resource": {"uri": "file:///a", "text": "words"}}], "words"),
    "rows with a column text": (_ROWS, json.dumps(_ROWS)),
    "rows with a column type": (json.dumps([{"type": "a", "n": 1}]), json.dumps([{"type": "a", "n": 1}])),
    "strings": (["a", "b"], '["a", "b"]'),
    "an object": ({"text": "a", "n": 1}, '{"text": "a", "n": 1}'),
    "nothing": (None, ""),
    "an empty list": ([], "[]"),
    "zero": (0, "0"),
}
ARGUMENTS = {
    AnswerCase(f"arguments: {name}", sse(tool_call(given), tool_output("3"), delta("ok")), "ok", TOOL): seen
    for name, (given, seen) in _ARGUMENTS.items()
}
OUTPUTS = {
    AnswerCase(f"output: {name}", sse(tool_call(), tool_output(given), delta("ok")), "ok", TOOL): seen
    for name, (given, seen) in _OUTPUTS.items()
}
