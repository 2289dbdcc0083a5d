"""The events of a response: the same answer gives the same numbers, however it arrived and whenever it is read."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from lib.agent.events import Chunk, CurrentMessage, Event, TextDelta
from lib.agent.formats.decoder import Decoder
from lib.api.responses.response import Origin, current_response
from lib.api.responses.stream import NOTHING_SEEN, response_events
from lib.chat.turn import Turn
from lib.messages.parts import Citation, File, Note, Part, Reasoning, SignIn, Text, ToolCall, ToolResult

STREAMS = Path(__file__).parents[1] / "fixtures" / "streams"
ORIGIN = Origin(datetime(2026, 11, 1, tzinfo=UTC), "demo-agent", None)
EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
Events = list[dict[str, Any]]


def running(chunks: Sequence[Chunk]) -> Turn:
    turn = Turn(uuid4(), uuid4(), uuid4(), agent=None)
    for chunk in chunks:
        turn.take(chunk)
    return turn


def ended(turn: Turn, parts: Sequence[Part] | None = None) -> Turn:
    turn.status = "complete"
    if parts is not None:
        turn.answer.use_stored(parts, turn.answer.trace_id, turn.answer.usage)
    turn.chunks.close()
    return turn


def of_the_past(turn: Turn) -> Turn:
    """The same answer when only its stored parts exist."""
    past = Turn(turn.id, turn.chat_id, turn.question_id, agent=None)
    past.answer.use_stored(turn.answer.parts, turn.answer.trace_id, turn.answer.usage)
    return ended(past)


def events_of(turn: Turn, after: int = NOTHING_SEEN) -> Events:
    async def all_of_them() -> bytes:
        return b"".join([body async for body in response_events(turn, ORIGIN, after, lambda: False)])

    return parsed(asyncio.run(all_of_them()).decode())


def parsed(body: str) -> Events:
    """The data of the events; asserts that the server-sent events are well-formed."""
    found = []
    for block in body.split("\n\n")[:-1]:
        name, _, data = block.partition("\ndata: ")
        event = json.loads(data)
        assert name == f"event: {event['type']}"
        EVENT.validate_python(event)
        found.append(event)
    return found


def texts(events: Events) -> str:
    return "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")


def chunks_of(*events: Event) -> list[Chunk]:
    return [Chunk("{}", (event,)) for event in events]


def stream_of(file: str) -> list[Chunk]:
    decoder = Decoder()
    chunks = [decoder.feed(line[6:]) for line in (STREAMS / file).read_text().splitlines() if line.startswith("data: ")]
    return [*chunks, Chunk("", decoder.end(is_whole=True))]


def said_twice(events: Events) -> list[str]:
    """The text of each item's deltas, where its final event differs from it."""
    deltas: dict[str, str] = {}
    for event in events:
        if event["type"] == "response.output_text.delta":
            deltas[event["item_id"]] = deltas.get(event["item_id"], "") + event["delta"]
    done = {event["item_id"]: event["text"] for event in events if event["type"] == "response.output_text.done"}
    return [item for item in deltas if deltas[item] != done.get(item)]


@pytest.mark.parametrize("file", sorted(path.name for path in STREAMS.glob("*.sse")))
def test_every_format_gives_the_events_of_the_standard(file: str) -> None:
    turn = ended(running(stream_of(file)))
    events = events_of(turn)
    numbers = [event["sequence_number"] for event in events]
    assert numbers == sorted(set(numbers))
    assert [event["type"] for event in events[:2]] == ["response.created", "response.in_progress"]
    assert events[-1]["type"] == "response.completed"
    response = Response.model_validate(events[-1]["response"])
    assert response.output_text == turn.answer.content
    assert said_twice(events) == []
    added = [event["item"]["id"] for event in events if event["type"] == "response.output_item.added"]
    done = [event["item"]["id"] for event in events if event["type"] == "response.output_item.done"]
    assert sorted(added) == sorted(done)


@pytest.mark.parametrize("file", sorted(path.name for path in STREAMS.glob("*.sse")))
def test_a_reader_can_resume_from_any_event(file: str) -> None:
    turn = ended(running(stream_of(file)))
    whole = events_of(turn)
    for place, event in enumerate(whole):
        assert events_of(turn, event["sequence_number"]) == whole[place + 1 :]


@pytest.mark.parametrize("file", sorted(path.name for path in STREAMS.glob("*.sse")))
def test_a_reader_of_stored_parts_gets_the_rest_exactly_once(file: str) -> None:
    turn = ended(running(stream_of(file)))
    past, whole = of_the_past(turn), events_of(turn)
    assert events_of(past)[-1] == whole[-1]
    for place, event in enumerate(whole):
        rest = events_of(past, event["sequence_number"])
        assert texts(whole[: place + 1]) + texts(rest) == texts(whole)
        assert [each for each in rest if "delta" not in each] == [
            each for each in whole[place + 1 :] if "delta" not in each
        ]


def test_a_sequence_number_within_a_delta_resumes_with_the_rest_of_the_delta() -> None:
    past = of_the_past(ended(running(chunks_of(TextDelta("Forty-two.")))))
    (delta,) = [event for event in events_of(past) if event["type"] == "response.output_text.delta"]
    (rest, *_) = events_of(past, delta["sequence_number"] - 4)
    assert (rest["delta"], rest["sequence_number"]) == ("two.", delta["sequence_number"])


def test_text_and_sources_added_when_the_turn_ends_are_sent_at_the_end() -> None:
    turn = running(chunks_of(TextDelta("Forty")))
    events = events_of(ended(turn, [Text("Forty-two."), Citation("https://example.com", "A page")]))
    assert texts(events) == "Forty-two."
    (noted,) = [event for event in events if event["type"] == "response.output_text.annotation.added"]
    assert (noted["annotation"]["url"], noted["annotation"]["start_index"]) == ("https://example.com", 10)


def test_an_answer_shorter_than_the_events_sent_ends_with_its_real_content() -> None:
    turn = running(chunks_of(TextDelta("Forty-two, and more than may be kept.")))
    events = events_of(ended(turn, [Text("Forty-two,")]))
    assert Response.model_validate(events[-1]["response"]).output_text == "Forty-two,"
    numbers = [event["sequence_number"] for event in events]
    assert numbers == sorted(set(numbers))


def test_messages_written_at_the_same_time_are_items_that_grow_at_the_same_time() -> None:
    first, second = CurrentMessage(1), CurrentMessage(2)
    turn = running(
        chunks_of(first, TextDelta("One"), second, TextDelta("Two"), first, TextDelta(" more"), second, TextDelta("!"))
    )
    events = events_of(ended(turn))
    assert said_twice(events) == []
    assert Response.model_validate(events[-1]["response"]).output_text == "One more\n\nTwo!" == turn.answer.content


def test_a_reader_beyond_the_end_gets_the_final_event_unless_they_had_it() -> None:
    past = of_the_past(ended(running(chunks_of(TextDelta("Yes.")))))
    last = events_of(past)[-1]["sequence_number"]
    assert events_of(past, last) == []
    (end,) = events_of(past, last + 7)
    assert (end["type"], end["sequence_number"]) == ("response.completed", last + 8)


def output_of(*parts: Part) -> list[dict[str, Any]]:
    response = current_response(ended(running([]), parts), ORIGIN)
    Response.model_validate(response)
    found: list[dict[str, Any]] = response["output"]
    return found


def test_every_kind_of_part_has_its_output_item() -> None:
    output = output_of(
        Reasoning("Let me look."),
        ToolCall("call_1", "run_sql", '{"sql": "SELECT 1"}'),
        ToolResult("call_1", "1 row"),
        File("image/png", "data:image/png;base64,AAAA", ""),
        Text("One."),
        Note("The agent was not told all."),
    )
    assert [item["type"] for item in output] == [
        "reasoning",
        "function_call",
        "function_call_output",
        "image_generation_call",
        "message",
    ]
    assert output[0]["summary"] == [{"type": "summary_text", "text": "Let me look."}]
    assert (output[1]["call_id"], output[2]["call_id"], output[2]["output"]) == ("call_1", "call_1", "1 row")
    assert output[3]["result"] == "AAAA"
    assert {item["status"] for item in output} == {"completed"}


def test_two_calls_with_the_same_id_stay_separate() -> None:
    calls = output_of(ToolCall("a", "f", "{}"), ToolResult("a", "1"), ToolCall("a", "f", "{}"), ToolResult("a", "2"))
    assert [call["call_id"] for call in calls] == ["a", "a", "a#2", "a#2"]


def test_a_source_is_an_annotation_at_each_place_where_it_is_cited() -> None:
    cited = [Citation("https://a.b", "A", after=("Two.", "One.", "no")), Citation("", "B", after=("One.",))]
    (message,) = output_of(Text("One. Two."), *cited)
    first, second, third = message["content"][0]["annotations"]
    assert (first["start_index"], first["end_index"], second["end_index"], third["index"]) == (9, 9, 4, 4)


def test_sources_without_text_are_attached_to_the_next_message_or_an_empty_one() -> None:
    (message,) = output_of(Citation("", "handbook.pdf"), Text("See the handbook."))
    assert [each["filename"] for each in message["content"][0]["annotations"]] == ["handbook.pdf"]
    (empty,) = output_of(SignIn("https://example.com/login", "Sign in, please."))
    (link,) = empty["content"][0]["annotations"]
    assert (link["url"], link["title"]) == ("https://example.com/login", "Sign in, please.")
    assert empty["content"][0]["text"] == ""
