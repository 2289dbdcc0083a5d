"""Recorded answers of every format, decoded."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lib.agent.events import AgentError, CurrentMessage, Event, ReasoningDelta, TextDelta, TraceId, Usage
from lib.agent.formats.decoder import Decoder
from lib.agent.http.server_error import read
from lib.messages.parts import Approval, Citation, SignIn, Speaker, ToolCall, ToolResult

STREAMS = Path(__file__).parents[2] / "fixtures" / "streams"
CALL = ToolCall("call_1", "run_sql", '{"sql": "SELECT 1"}')
RESULT = ToolResult("call_1", '[{"x": 1}]')
TOO_LONG = "The answer is incomplete: it reached the agent's length limit."
THOUGHT = ReasoningDelta("Let me look.")
TRACE = TraceId("tr-1")
LEAVE = "https://dbc-1234.cloud.databricks.com/ajax-api/2.0/fs/files/Volumes/main/people/docs/leave%20policy.pdf"
FOLDER = "/Volumes/main/people/docs"
POLICY = Citation(
    f"{LEAVE}#page=3:~:text=Everybody%20has%2030%20days%20of%20leave%2C%20pro%20rata.",
    "leave policy.pdf",
    f"{FOLDER}/leave policy.pdf",
    "page 3",
    "Everybody has 30 days of leave, pro rata.",
    ("Everybody has 30 days of leave a year.",),
)
PARENTS = "Parental leave is 16 weeks."
PARENTAL = Citation("", "parental.md", f"{FOLDER}/parental.md", None, "Sixteen weeks … on full pay", (PARENTS,))
COUNTS = Usage({"input_tokens": 9, "output_tokens": 7, "total_tokens": 16})
PAGE = "https://dbc-1.cloud.databricks.com/explore/connections/wiki?o=7"

EXPECTED: dict[str, list[Event]] = {
    "responses.sse": [
        THOUGHT,
        TextDelta("I will ask the data."),
        CALL,
        RESULT,
        CurrentMessage(1),
        TextDelta("One"),
        TextDelta(" row."),
        TRACE,
        Usage({"input_tokens": 3, "output_tokens": 4}),
        Citation("https://docs.example.com/a", "Page A"),
    ],
    "responses_items_only.sse": [CALL, RESULT, TextDelta("One"), CurrentMessage(1), TextDelta("row.")],
    "responses_app.sse": [TextDelta("One row."), TRACE],
    "responses_failed.sse": [
        TextDelta("One"),
        AgentError('{"code": "server_error", "message": "The model is overloaded."}'),
    ],
    "responses_incomplete.sse": [
        TextDelta("One"),
        Usage({"output_tokens": 1}),
        AgentError(TOO_LONG, is_cut_short=True),
    ],
    "responses_error_in_200.sse": [TextDelta("One"), AgentError("The tool broke.")],
    "responses_approval.sse": [ToolCall("mcpr_1", "send_mail", '{"to": "ann"}'), Approval("mcpr_1", server="mail")],
    "responses_supervisor.sse": [
        CurrentMessage(1),
        Speaker("agent-supervisor"),
        TextDelta("I ask "),
        TextDelta("the experts."),
        ToolCall("call_1", "agent-hr-policies", '{"query": "How much leave do we have?"}'),
        ToolResult("call_1", "Handed over to agent-hr-policies."),
        CurrentMessage(2),
        CurrentMessage(3),
        Speaker("agent-hr-policies"),
        TextDelta("Everybody has 30 days "),
        TextDelta("of leave a year."),
        TextDelta(" Parental leave "),
        TextDelta("is 16 weeks."),
        POLICY,
        replace(PARENTAL, after=(f"{POLICY.after[0]} {PARENTS}",)),
        CurrentMessage(4),
        CurrentMessage(5),
        Speaker("agent-supervisor"),
        TextDelta("In short: 30 days, "),
        TextDelta("and 16 weeks for parents."),
        TRACE,
        COUNTS,
    ],
    "responses_knowledge.json": [TextDelta(f"{POLICY.after[0]} {PARENTS}"), COUNTS, POLICY, PARENTAL],
    "chat.sse": [
        THOUGHT,
        CALL,
        TextDelta("One"),
        TextDelta(" row."),
        Usage({"prompt_tokens": 3, "completion_tokens": 4}),
    ],
    "chat_think.sse": [THOUGHT, TextDelta("One row.")],
    "chat_too_long.sse": [
        TextDelta("One"),
        Usage({"completion_tokens": 1}),
        AgentError(TOO_LONG, is_cut_short=True),
    ],
    "chat_agent.sse": [
        CALL,
        RESULT,
        TextDelta("One"),
        TextDelta(" row."),
        CurrentMessage(1),
        TextDelta("That is all."),
        TRACE,
    ],
    "responses.json": [CALL, RESULT, TextDelta("One row."), Usage({"input_tokens": 3}), TRACE],
    "chat.json": [TextDelta("One row."), Usage({"prompt_tokens": 3})],
    "chat_agent.json": [CALL, RESULT, TextDelta("One row."), TRACE],
}


def messages(name: str) -> list[str]:
    content = (STREAMS / name).read_text()
    if name.endswith(".json"):
        return [content]
    lines = [line.removeprefix("data: ") for line in content.splitlines() if line.startswith("data: ")]
    return [line for line in lines if line != "[DONE]"]


def decoded(*raws: str) -> list[Event]:
    decoder = Decoder()
    found = [event for raw in raws for event in decoder.feed(raw).events]
    return [*found, *decoder.end(is_whole=True)]


def decoded_json(*data: object) -> list[Event]:
    return decoded(*(json.dumps(one) for one in data))


def text(events: list[Event]) -> str:
    """What a person sees, with a line break between messages."""
    return "".join(
        "\n" if isinstance(event, CurrentMessage) else event.text
        for event in events
        if isinstance(event, CurrentMessage | TextDelta)
    )


def delta(item_id: str, words: str) -> dict[str, object]:
    return {"type": "response.output_text.delta", "item_id": item_id, "delta": words}


def done(item_id: str, words: str) -> dict[str, object]:
    content = [{"type": "output_text", "text": words}]
    return {"type": "response.output_item.done", "item": {"type": "message", "id": item_id, "content": content}}


def whole(*items: dict[str, object]) -> dict[str, object]:
    return {"type": "response.completed", "response": {"output": [item["item"] for item in items]}}


def joined(events: list[Event]) -> list[Event]:
    """Consecutive deltas of one kind, joined."""
    found: list[Event] = []
    for event in events:
        last = found[-1] if found else None
        if isinstance(event, ReasoningDelta) and isinstance(last, ReasoningDelta):
            found[-1] = ReasoningDelta(last.text + event.text)
        else:
            found.append(event)
    return found


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_recorded_answer_is_decoded_as_expected(name: str) -> None:
    assert joined(decoded(*messages(name))) == EXPECTED[name]


def test_every_recorded_answer_is_read_by_a_test() -> None:
    assert {path.name for path in STREAMS.iterdir()} == {*EXPECTED, "responses_login.sse"}


def test_an_error_that_asks_for_a_sign_in_gives_the_sign_in_url() -> None:
    [_, result, login] = decoded(*messages("responses_login.sse"))
    assert isinstance(result, ToolResult) and "Credential for user identity" in result.output
    assert isinstance(login, SignIn) and login.url == PAGE and "wiki" in login.text


@pytest.mark.parametrize("url", ["http://dbc-1.cloud.databricks.com/x", "https://evil.example/databricks.com", "none"])
def test_only_databricks_own_pages_are_offered_for_sign_in(url: str) -> None:
    complaint = f"Credential for user identity('a') is not found for the connection 'c'. Please visit {url}"
    assert decoded_json({"error": complaint}) == [AgentError(complaint)]


def test_a_sign_in_asked_for_in_an_answers_text_is_found_across_deltas() -> None:
    complaint = f"Credential for user identity('a') is not found for the connection 'c'. Please login: {PAGE}"
    events = decoded_json(*(delta("m", letter) for letter in complaint))
    assert text(events) == complaint
    assert [event.url for event in events if isinstance(event, SignIn)] == [PAGE]


@pytest.mark.parametrize(
    ("stream", "seen"),
    [
        ([delta("a", "x y"), done("a", "x y"), whole(done("a", "x y"))], "x y"),
        ([delta("a", "x y"), done("other", "x y"), whole(done("third", "x y"))], "x y"),
        ([delta("a", "x y z 0123456789"), done("a", "x y z 0123456789[^1]")], "x y z 0123456789[^1]"),
        ([delta("a", "x, and then y"), done("a", "x[^1], and then y"), whole(done("a", "x[^1], and then y"))],
         "x, and then y"),
        ([done("a", "x"), done("a", "x"), whole(done("a", "x"), done("a", "x")), whole(done("a", "x"))], "x"),
        ([done("", "x"), done("", "x"), whole(done("", "x")), whole(done("", "x"))], "x"),
        ([done("a", "same"), done("b", "same"), whole(done("a", "same"), done("b", "same"))], "same\nsame"),
        ([done("a", "It grows"), done("a", "It grows on.")], "It grows on."),
        ([delta("fake", "one"), done("fake", "one"), delta("fake", "two"), done("fake", "two")], "one\ntwo"),
        ([whole(done("a", "one"), done("b", "two"))], "one\ntwo"),
        ([done("a", "one"), whole(done("a", "one"), done("b", "two"))], "one\ntwo"),
        ([done("a", "yes"), whole(done("a", "yes"), done("", "y"))], "yes\ny"),
        ([delta("a", "one"), delta("a", " more"), delta("b", "two"), delta("b", " more")], "one more\ntwo more"),
        ([delta("1", "ran"), delta("2", "dom "), delta("3", "ids"), done("4", "random ids")], "random ids"),
        ([delta("a", "open"), done("b", "another")], "open\nanother"),
        ([delta("a", "It is one."), done("b", "It was two.")], "It is one.\nIt was two."),
        ([done("a", ""), delta("b", "one")], "one"),
        ([delta("a", "a"), done("a", "a"), done("a", " "), delta("b", "b")], "a\n \nb"),
    ],
)  # fmt: skip
def test_repeated_text_comes_once_and_new_text_always(stream: list[object], seen: str) -> None:
    assert text(decoded_json(*stream)) == seen


def test_tool_calls_with_the_same_index_are_separated_by_their_ids() -> None:
    def message(call_id: str) -> dict[str, object]:
        call = {"id": call_id, "index": 0, "function": {"name": "f", "arguments": {"n": call_id}}}
        return {"delta": {"role": "assistant", "tool_calls": [call]}}

    assert decoded_json(message("a"), message("b")) == [
        ToolCall("a", "f", '{"n": "a"}'),
        ToolCall("b", "f", '{"n": "b"}'),
    ]


def test_a_call_without_an_id_still_finds_its_result() -> None:
    call = {"type": "function_call", "name": "f", "arguments": "{}"}
    [called, result] = decoded_json(call, {"type": "function_call_output", "output": "3"})
    assert isinstance(called, ToolCall) and result == ToolResult(called.id, "3") and called.id


def test_a_tool_call_whose_stream_breaks_off_is_kept() -> None:
    item = {"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": ""}
    begun = {"type": "response.output_item.added", "item": item}
    piece = {"type": "response.function_call_arguments.delta", "item_id": "fc", "delta": '{"a'}
    assert decoded_json(begun, piece) == [ToolCall("c", "f", '{"a')]


def test_characters_that_postgres_refuses_are_removed_from_every_event() -> None:
    events = decoded_json(
        delta("a", "x\x00\ud83d"),
        delta("a", "\ude00\udc00"),
        {"type": "function_call", "call_id": "i\x00", "name": "n\ud800", "arguments": "a\x00"},
        {"type": "function_call_output", "call_id": "i\x00", "output": "o\x00"},
        {"type": "response.output_text.annotation.added", "annotation": {"url": "https://a\x00", "title": "\x00t"}},
        {"choices": [], "usage": {"n\x00": 1, "bad": "\x00", "nested": {"\ud800k": 2}}, "trace_id": "t\x00"},
        {"error": "e\x00\ud800"},
    )
    assert text(events) == "x😀"
    assert ToolCall("i", "n", "a") in events and ToolResult("i", "o") in events
    assert Citation("https://a", "t") in events and TraceId("t") in events and AgentError("e") in events
    assert Usage({"n": 1, "nested": {"k": 2}}) in events


def test_nan_and_infinity_are_not_taken_as_counts() -> None:
    assert decoded('{"choices": [], "usage": {"a": NaN, "b": 2}}') == [Usage({"b": 2})]


def test_what_each_response_of_an_answer_used_is_added_up() -> None:
    begun = {"type": "response.created", "response": {"id": "r"}}

    def ended(tokens: int) -> dict[str, object]:
        usage = {"input_tokens": tokens, "input_tokens_details": {"cached_tokens": 1}}
        return {"type": "response.completed", "response": {"id": "r", "output": [], "usage": usage}}

    events = decoded_json(begun, ended(10), begun, ended(20), ended(20))
    used = [event.counts for event in events if isinstance(event, Usage)]
    assert used[0] == {"input_tokens": 10, "input_tokens_details": {"cached_tokens": 1}}
    assert used[1:] == [{"input_tokens": 30, "input_tokens_details": {"cached_tokens": 2}}] * 2


def test_a_trace_of_megabytes_is_not_kept() -> None:
    spans = ["x" * 1000] * 5000
    trace = {"databricks_output": {"trace": {"info": {"trace_id": "tr-9"}, "data": {"spans": spans}}}}
    for data in ({**done("a", "hi"), **trace}, {"type": "response.completed", "response": {"output": [], **trace}}):
        chunk = Decoder().feed(json.dumps(data))
        assert TraceId("tr-9") in chunk.events
        assert len(chunk.raw) < 500 and json.loads(chunk.raw)["type"] == data["type"]


def test_a_chunk_is_forwarded_as_one_line_of_json_that_can_be_sent() -> None:
    raw = json.dumps({**done("a", "line\nline\u2028"), "n": "\ud800"}, indent=1)
    handed_on = Decoder().feed(raw).raw
    assert "\n" not in handed_on and json.loads(handed_on) == json.loads(raw)
    with_trace = {"trace_id": "t", "databricks_output": {"trace": {"info": {}}}, "half": "\ud800"}
    assert Decoder().feed(json.dumps(with_trace)).raw.encode()


@pytest.mark.parametrize(
    "junk", ["", "no json", "[1, 2]", "[" * 100_000, '{"a": ' * 2_000, "null", "{}", '{"type": 7}']
)
def test_data_that_is_not_an_event_is_counted_and_ignored(junk: str) -> None:
    decoder = Decoder()
    assert decoder.feed(junk).events == ()
    assert decoder.ignored == 1
    assert text([*decoder.feed(json.dumps(delta("a", "on"))).events]) == "on"


def test_a_question_that_the_agent_echoes_is_not_taken_for_an_answer() -> None:
    echo = {"messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]}
    assert text(decoded_json(echo)) == "So."
    item = {"type": "message", "role": "user", "content": "Why?"}
    assert decoded_json({"type": "response.output_item.done", "item": item}) == []


def test_no_text_is_taken_from_an_error_that_is_a_web_page() -> None:
    [error] = decoded_json({"error": "<!DOCTYPE html><html>502</html>"})
    assert isinstance(error, AgentError) and read(error.message).sentence == ""
