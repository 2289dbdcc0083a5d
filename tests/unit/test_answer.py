"""How the events of an answer become the parts of a message."""

import time
from threading import Thread

from lib.agent.events import (
    AgentError,
    CurrentMessage,
    Event,
    ReasoningDelta,
    ReasoningWasText,
    TextDelta,
    TextRetracted,
    TextWasReasoning,
    TraceId,
    Usage,
)
from lib.chat.answer import Answer
from lib.messages.parts import Citation, Error, File, Reasoning, Text, ToolCall, ToolResult


def after(*events: Event) -> Answer:
    answer = Answer()
    for event in events:
        answer.take(event)
    return answer


def test_text_grows_in_one_part() -> None:
    answer = after(TextDelta("One "), TextDelta(""), TextDelta("two."))
    assert answer.parts == [Text("One two.")]
    assert answer.content == "One two." and answer.has_text


def test_parts_are_in_the_order_in_which_they_arrived() -> None:
    answer = after(
        ReasoningDelta("Hm. "),
        ReasoningDelta("Yes."),
        TextDelta("Let me look."),
        ToolCall("1", "run_sql", "{}"),
        ToolResult("1", "[]"),
        TextDelta("Nothing."),
        Citation("https://host", "Host"),
    )
    assert [part.type for part in answer.parts] == [
        "reasoning",
        "text",
        "tool_call",
        "tool_result",
        "text",
        "citation",
    ]
    assert answer.parts[0] == Reasoning("Hm. Yes.")
    assert answer.content == "Let me look.\n\nNothing."


def test_a_snapshot_has_everything_received_so_far_exactly_once() -> None:
    answer, words = Answer(), [f"{number} " for number in range(20_000)]
    whole, looks = "".join(words), []

    def look() -> None:
        while len(answer.content) < len(whole):
            looks.append(whole.startswith(answer.content))

    readers = [Thread(target=look) for _ in range(2)]
    for reader in readers:
        reader.start()
    for word in words:
        answer.take(TextDelta(word))
    for reader in readers:
        reader.join()
    assert answer.parts == [Text(whole)]
    assert all(looks)


def test_a_new_message_starts_a_new_part() -> None:
    answer = after(TextDelta("One."), CurrentMessage(1), TextDelta("Two"), TextDelta("."))
    assert answer.parts == [Text("One."), Text("Two.")]


def test_a_message_without_text_leaves_nothing() -> None:
    assert after(CurrentMessage(1), TextDelta(""), CurrentMessage(2)).parts == []


def test_messages_written_at_the_same_time_are_in_order_of_their_numbers() -> None:
    answer = after(
        CurrentMessage(1), TextDelta("Two"), CurrentMessage(0), TextDelta("On"), CurrentMessage(1), TextDelta(".")
    )
    answer.take(CurrentMessage(0))
    answer.take(TextDelta("e."))
    assert answer.parts == [Text("One."), Text("Two.")]


def test_a_source_does_not_cut_the_text_in_two_but_an_image_does() -> None:
    source, image = Citation("", "handbook.pdf"), File("image/png", "", "chart")
    answer = after(TextDelta("See "), source, TextDelta("this: "), image, TextDelta("Nice."))
    assert [part.type for part in answer.parts] == ["text", "citation", "file", "text"]
    assert answer.content == "See this: \n\nNice."


def test_text_reclassified_as_reasoning_is_removed_from_the_text() -> None:
    answer = after(TextDelta("Hm"), TextDelta("."), TextWasReasoning(), TextDelta("Yes."))
    assert answer.parts == [Reasoning("Hm."), Text("Yes.")]


def test_reasoning_reclassified_as_text_continues_the_text_before_it() -> None:
    answer = after(TextDelta("The "), ReasoningDelta(" tag"), ReasoningDelta("."), ReasoningWasText("<think>"))
    assert answer.parts == [Text("The <think> tag.")]


def test_reasoning_reclassified_as_text_is_its_own_part_if_no_text_precedes_it() -> None:
    call = ToolCall("1", "f", "{}")
    assert after(ReasoningDelta("Tag."), ReasoningWasText("<think>")).parts == [Text("<think>Tag.")]
    assert after(call, ReasoningDelta("Tag."), ReasoningWasText("<think>")).parts == [call, Text("<think>Tag.")]


def test_only_the_growing_text_can_be_reclassified_as_reasoning() -> None:
    call = ToolCall("1", "f", "{}")
    assert after(TextDelta("Hm."), call, TextWasReasoning()).parts == [Text("Hm."), call]
    assert after(TextDelta("Hm."), call, ReasoningWasText("<think>")).parts == [Text("Hm."), call]


def test_retracted_text_of_several_messages_is_replaced_message_by_message() -> None:
    answer = after(
        TextDelta("AB"),
        TextRetracted(),
        TextDelta("A"),
        CurrentMessage(1),
        TextDelta("B"),
        CurrentMessage(0),
        TextDelta("a"),
    )
    assert answer.parts == [Text("Aa"), Text("B")]


def test_an_image_is_an_answer() -> None:
    answer = after(File("image/png", "data:image/png;base64,AAAA", ""))
    assert not answer.is_empty and answer.content == "" and not answer.has_text


def test_a_tool_result_has_the_duration_of_its_call() -> None:
    began = time.monotonic()
    answer = after(ToolCall("1", "a", "{}"), ToolCall("2", "b", "{}"), ToolResult("2", "y"), ToolResult("1", "x"))
    passed_ms = round((time.monotonic() - began) * 1000)
    results = [part for part in answer.parts if isinstance(part, ToolResult)]
    assert [(part.call_id, part.output) for part in results] == [("2", "y"), ("1", "x")]
    assert all(part.duration_ms is not None and 0 <= part.duration_ms <= passed_ms for part in results)


def test_a_tool_result_without_its_call_has_no_duration() -> None:
    assert after(ToolResult("1", "x")).parts == [ToolResult("1", "x", duration_ms=None)]


def test_trace_and_usage_are_kept_beside_the_parts() -> None:
    answer = after(TraceId("tr-1"), Usage({"input_tokens": 3}))
    assert (answer.trace_id, answer.usage, answer.parts) == ("tr-1", {"input_tokens": 3}, [])


def test_an_error_part_follows_the_partial_answer_and_is_not_visible_text() -> None:
    answer = after(TextDelta("So far"), AgentError("internal"))
    answer.fail("The agent could not answer.")
    assert answer.parts[-1] == Error("The agent could not answer.")
    assert answer.content == "So far"


def test_a_note_is_stored_with_the_answer_but_does_not_count_as_one() -> None:
    answer = Answer()
    answer.note("The oldest turn was left out.")
    assert answer.is_empty
    answer.take(TextDelta("42"))
    assert not answer.is_empty
    assert (answer.content, [part.type for part in answer.parts]) == ("42", ["note", "text"])
