"""Any answer, in any format, cut anywhere: no text is lost or repeated, and nothing crashes.

The oracle is the text that the generator put in.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lib.agent.events import CurrentMessage, Event, ReasoningDelta, TextDelta
from lib.agent.formats.decoder import Decoder
from lib.agent.http.framing import messages, opening
from lib.chat.answer import Answer
from lib.messages.parts import Text, ToolCall, ToolResult

MODEST = settings(derandomize=True, max_examples=60)
JUNK = [
    b": keep-alive",
    b"event: ping",
    b"retry: 3000",
    b"data: not json",
    b'data: {"unknown": 1}',
    b'data: {"type": "response.in_progress"}',
    b'data: {"type": "response.queued", "item": 3, "delta": []}',
    b'data: {"choices": [], "delta": {}, "usage": null}',
    b'data: {"item": {"type": "later"}, "type": "response.output_item.done"}',
]
# Without NUL and halves of surrogate pairs, which are dropped on purpose, and without <, which may begin a tag.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00<"), min_size=1, max_size=30)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    *(
        "type",
        "item",
        "delta",
        "item_id",
        "output",
        "choices",
        "message",
        "messages",
        "content",
        "id",
        "error",
        "usage",
    ),
    *("tool_calls", "function", "index", "role", "response", "databricks_output", "trace", "info", "metadata", "text"),
    *("annotations", "annotation", "summary", "call_id", "arguments", "name", "finish_reason", "status"),
]
KINDS = [
    *("response.output_text.delta", "response.output_item.done", "response.output_item.added", "response.completed"),
    *("response.failed", "function_call", "function_call_output", "message", "reasoning", "mcp_call", "error"),
    *("response.function_call_arguments.delta", "response.output_text.annotation.added", "tool", "assistant", "length"),
]
# Objects with field names of the formats and arbitrary values.
almost_events: st.SearchStrategy[Any] = st.recursive(
    json_values | st.sampled_from(KINDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=25,
)


@st.composite
def cut(draw: st.DrawFn, whole: str) -> list[str]:
    """The pieces of a text."""
    places = sorted(draw(st.sets(st.integers(1, max(1, len(whole) - 1)), max_size=4)))
    return [whole[start:end] for start, end in zip([0, *places], [*places, len(whole)], strict=True) if start < end]


@st.composite
def responses(draw: st.DrawFn) -> tuple[list[str], list[Any]]:
    """Texts of messages, and events that carry them in one of the ways that agents use."""
    spoken = [f"{number}{draw(texts)}" for number in range(draw(st.integers(1, 3)))]
    found: list[Any] = []
    output = []
    for number, text in enumerate(spoken):
        item_id = f"msg_{number}"
        item = {
            "type": "message",
            "id": item_id,
            "role": "assistant",
            "content": [{"type": "output_text", "text": text}],
        }
        output.append(item)
        way = draw(st.sampled_from(["both", "done", "deltas", "other id", "only at the end"]))
        if way in ("both", "deltas", "other id"):
            found.append({"type": "response.output_item.added", "item": {**item, "content": []}})
            for piece in draw(cut(text)):
                found.append({"type": "response.output_text.delta", "item_id": item_id, "delta": piece})
        if way in ("both", "done", "other id"):
            done = item if way != "other id" else {**item, "id": f"other_{number}"}
            found.append({"type": "response.output_item.done", "item": done})
        if way == "only at the end":
            break
    spoken = spoken[: len(output)]
    found.append({"type": "response.completed", "response": {"status": "completed", "output": output}})
    return spoken, found


@st.composite
def chats(draw: st.DrawFn) -> tuple[list[str], list[Any]]:
    text = draw(texts)
    chunks: list[Any] = [{"choices": [{"index": 0, "delta": {"role": "assistant", "content": None}}]}]
    for piece in draw(cut(text)):
        content: Any = draw(st.sampled_from([piece, [{"type": "text", "text": piece}]]))
        chunks.append({"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": None}]})
    return [text], [*chunks, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]


@st.composite
def chat_agents(draw: st.DrawFn) -> tuple[list[str], list[Any]]:
    spoken = draw(st.lists(texts, min_size=1, max_size=3))
    found: list[Any] = []
    for number, text in enumerate(spoken):
        for piece in draw(cut(text)):
            found.append({"delta": {"role": "assistant", "id": f"run-{number}", "content": piece}})
        if draw(st.booleans()):
            found.append({"delta": {"role": "tool", "id": f"t{number}", "tool_call_id": "c", "content": "result"}})
    return spoken, found


@st.composite
def wires(draw: st.DrawFn) -> tuple[list[str], list[bytes]]:
    """Texts of messages, and the bytes of an answer with these texts, split anywhere."""
    spoken, found = draw(st.one_of(responses(), chats(), chat_agents()))
    end = draw(st.sampled_from([b"\n", b"\r\n"]))
    lines: list[bytes] = []
    for data in found:
        lines += draw(st.lists(st.sampled_from(JUNK), max_size=2))
        lines.append(b"data: " + json.dumps(data, ensure_ascii=draw(st.booleans())).encode())
    lines += [b"data: [DONE]"] if draw(st.booleans()) else []
    start = draw(st.sampled_from([b"", b"\xef\xbb\xbf", end]))
    content = start + b"".join(line + end + end for line in lines)
    # Some servers leave out the last blank line.
    content = content[: -len(end)] if draw(st.booleans()) else content
    places = sorted(draw(st.sets(st.integers(1, len(content) - 1), max_size=12)))
    bounds = zip([0, *places], [*places, len(content)], strict=True)
    return spoken, [content[begin:until] for begin, until in bounds]


def read(pieces: list[bytes]) -> list[Event]:
    async def reading() -> list[Event]:
        async def received() -> AsyncIterator[bytes]:
            for piece in pieces:
                yield piece

        decoder, stream = Decoder(), received()
        head = await opening(stream)
        found = [event async for data in messages(head, stream) for event in decoder.feed(data).events]
        return [*found, *decoder.end(is_whole=True)]

    return asyncio.run(reading())


def visible(found: list[Event]) -> str:
    return "".join(event.text for event in found if isinstance(event, TextDelta))


@MODEST
@given(wires())
def test_the_text_of_an_answer_comes_exactly_once(wire: tuple[list[str], list[bytes]]) -> None:
    spoken, pieces = wire
    assert visible(read(pieces)) == "".join(spoken)


@MODEST
@given(wires(), st.data())
def test_an_answer_that_is_cut_off_is_read_up_to_the_cut(
    wire: tuple[list[str], list[bytes]], data: st.DataObject
) -> None:
    spoken, pieces = wire
    content = b"".join(pieces)
    shorter = content[: data.draw(st.integers(0, len(content)))]
    first, second = visible(read([shorter])), visible(read([shorter[:7], shorter[7:]]))
    assert first == second
    assert "".join(spoken).startswith(first)


@MODEST
@given(chat_agents())
def test_messages_of_one_stream_are_separated(wire: tuple[list[str], list[Any]]) -> None:
    spoken, found = wire
    decoder = Decoder()
    events = [event for data in found for event in decoder.feed(json.dumps(data)).events]
    texts_read = [""]
    for event in [*events, *decoder.end(is_whole=True)]:
        match event:
            case CurrentMessage(number):
                assert number == len(texts_read)
                texts_read.append("")
            case TextDelta(text):
                texts_read[-1] += text
    assert texts_read == spoken


@MODEST
@given(st.lists(texts, min_size=2, max_size=4), st.booleans(), st.data())
def test_messages_written_at_the_same_time_stay_apart(spoken: list[str], announced: bool, data: st.DataObject) -> None:
    """They are announced first, or told apart at the latest when each is finished."""
    spoken = [f"{number}{text}" for number, text in enumerate(spoken)]
    items = [{"type": "message", "id": f"m{number}", "content": text} for number, text in enumerate(spoken)]
    added = [{"type": "response.output_item.added", "item": {**item, "content": []}} for item in items]
    left = [data.draw(cut(text)) for text in spoken]
    # Without an announcement they are in the order in which they begin.
    begun = len(left) if announced else 0
    found: list[Any] = added if announced else []
    while any(left):
        number = data.draw(st.sampled_from([place for place in range(min(begun + 1, len(left))) if left[place]]))
        begun = max(begun, number + 1)
        found.append({"type": "response.output_text.delta", "item_id": f"m{number}", "delta": left[number].pop(0)})
    found += [{"type": "response.output_item.done", "item": item} for item in items]
    answer, decoder = Answer(), Decoder()
    for event in (*(event for one in found for event in decoder.feed(json.dumps(one)).events), *decoder.end()):
        answer.take(event)
    assert answer.parts == [Text(text) for text in spoken]


@MODEST
@given(texts, texts, st.data())
def test_reasoning_is_recognised_wherever_its_tags_are_split(thought: str, text: str, data: st.DataObject) -> None:
    decoder = Decoder()
    found: list[Event] = []
    for piece in data.draw(cut(f"\n<think>{thought}</think>\n\n{text}")):
        found += decoder.feed(json.dumps({"choices": [{"delta": {"content": piece}}]})).events
    found += decoder.end()
    assert "".join(event.text for event in found if isinstance(event, ReasoningDelta)) == thought
    assert visible(found) == text.lstrip()


@MODEST
@given(st.lists(almost_events, max_size=6))
def test_no_json_crashes_the_decoder(values: list[Any]) -> None:
    decoder = Decoder()
    for value in values:
        chunk = decoder.feed(json.dumps(value))
        assert "\n" not in chunk.raw
        assert chunk.raw == "" or json.loads(chunk.raw) is not None
    decoder.end()


@MODEST
@given(st.lists(st.binary(max_size=40), max_size=5))
def test_no_bytes_crash_the_reader(pieces: list[bytes]) -> None:
    read(pieces)


@MODEST
@given(texts, texts, st.data())
def test_tool_call_arguments_are_complete_wherever_they_are_split(name: str, value: str, data: st.DataObject) -> None:
    arguments = json.dumps({"value": value})
    decoder = Decoder()
    found: list[Event] = []
    for number, piece in enumerate(data.draw(cut(arguments))):
        head = {"id": "c", "type": "function"} if number == 0 else {}
        function = {"arguments": piece, **({"name": name} if number == 0 else {})}
        delta = {"tool_calls": [{"index": 0, **head, "function": function}]}
        found += decoder.feed(json.dumps({"choices": [{"index": 0, "delta": delta}]})).events
    result = {"delta": {"role": "tool", "tool_call_id": "c", "content": "ok"}}
    assert [*found, *decoder.feed(json.dumps(result)).events] == [ToolCall("c", name, arguments), ToolResult("c", "ok")]
