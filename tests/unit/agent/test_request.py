"""What agents are sent, by the rules of each format."""

import json
from typing import Any
from uuid import UUID

import pytest

from lib.agent.endpoints.serving import CHAT_MODEL, TASKS, UNKNOWN_TASK
from lib.agent.formats.chat_completions.writer import BROKEN_OFF
from lib.agent.formats.registry import CHAT, RESPONSES, request_format_of
from lib.agent.formats.request import MAX_BODY_BYTES, Dialect, encoded, request_body, without_streaming
from lib.agent.formats.shared.history import MAX_ID_CHARS, short_id
from lib.agent.prompt import Prompt
from lib.errors import AgentFailed
from lib.identity import User
from lib.messages.files import GivenFile, KeptFile
from lib.messages.parts import ContextMessage, Error, File, Part, Reasoning, Role, Text, ToolCall, ToolResult

ANN = User("ann@example.com", "ann@example.com", "Ann", authenticated=True)
CHAT_ID = UUID(int=7)
RESPONSES_DIALECT = Dialect(RESPONSES)


def message(role: Role, *parts: Part | str) -> ContextMessage:
    return ContextMessage(role, [Text(part) if isinstance(part, str) else part for part in parts])


def call(call_id: str, arguments: str = "{}") -> ToolCall:
    return ToolCall(call_id, "f", arguments)


def result(call_id: str, output: str = "3") -> ToolResult:
    return ToolResult(call_id, output)


def sent(*conversation: ContextMessage, dialect: Dialect = CHAT_MODEL, notices: list[str] | None = None) -> Any:
    return request_body(Prompt(CHAT_ID, ANN, conversation), dialect, (notices if notices is not None else []).append)


def items(*conversation: ContextMessage) -> Any:
    return sent(*conversation, dialect=RESPONSES_DIALECT)["input"]


def messages(*conversation: ContextMessage) -> Any:
    return sent(*conversation)["messages"]


@pytest.mark.parametrize(
    ("task", "fields"),
    [
        ("llm/v1/chat", {"messages"}),
        ("agent/v1/chat", {"messages", "databricks_options"}),
        ("agent/v2/chat", {"messages", "databricks_options", "context"}),
        ("agent/v1/responses", {"input", "databricks_options", "context"}),
        ("agent/v2/responses", {"input", "databricks_options", "context"}),
        ("agent/v9/whatever", {"input", "databricks_options"}),
    ],
)
def test_each_task_gets_the_fields_that_it_takes(task: str, fields: set[str]) -> None:
    found = sent(message("user", "Why?"), dialect=TASKS.get(task, UNKNOWN_TASK))
    assert set(found) == {"stream", *fields}
    assert found.get("databricks_options", {"return_trace": True}) == {"return_trace": True}
    context = {"conversation_id": str(CHAT_ID), "user_id": "ann@example.com"}
    assert found.get("context", context) == context


@pytest.mark.parametrize("dialect", TASKS.values())
def test_the_format_of_a_request_is_recognised_from_its_body(dialect: Dialect) -> None:
    assert request_format_of(sent(message("user", "Why?"), dialect=dialect)) is dialect.format


def test_the_context_names_a_person_without_an_email_address_too() -> None:
    nobody = User("local-dev-user", None, None, authenticated=False)
    found = request_body(Prompt(CHAT_ID, nobody, [message("user", "Why?")]), TASKS["agent/v2/chat"], lambda _: None)
    assert found["context"]["user_id"] == "local-dev-user"


def test_chat_messages_carry_tool_calls_with_their_results() -> None:
    answer = message("assistant", "I look.", call("c", '{"a": 1}'), result("c"), "It is 3.")
    assert messages(message("user", "Why?"), answer, message("user", "Sure?")) == [
        {"role": "user", "content": "Why?"},
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}],
        },
        {"role": "tool", "tool_call_id": "c", "content": "3"},
        {"role": "assistant", "content": "It is 3."},
        {"role": "user", "content": "Sure?"},
    ]


def test_responses_items_carry_tool_calls_with_their_results() -> None:
    answer = message("assistant", "I look.", call("c"), result("c"), "It is 3.")
    assert items(message("user", "Why?"), answer, message("user", "Sure?")) == [
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "I look."},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "3"},
        {"role": "assistant", "content": "It is 3."},
        {"role": "user", "content": "Sure?"},
    ]


def test_content_beside_a_tool_call_is_never_empty() -> None:
    [_, first, output, last, _] = messages(
        message("user", "Why?"), message("assistant", call("c"), result("c", "")), message("user", "And?")
    )
    assert (first["content"], output["content"], last["content"]) == (" ", " ", BROKEN_OFF)


def test_a_call_without_a_result_and_a_result_without_a_call_are_left_out() -> None:
    answer = message("assistant", call("open"), result("nobody's"), "Done.", Reasoning("hm"))
    assert messages(message("user", "Why?"), answer)[1:] == [{"role": "assistant", "content": "Done."}]


def test_an_image_in_the_history_is_mentioned_by_name() -> None:
    image = File("image/png", "data:image/png;base64,AAAA", "sales")
    told = messages(message("user", "Draw."), message("assistant", image), message("user", "Nice."))
    assert [message["content"] for message in told] == ["Draw.", "(image/png: sales)", "Nice."]
    with_text = messages(message("user", "Draw."), message("assistant", "Here:", image))
    assert with_text[1:] == [{"role": "assistant", "content": "Here:"}]


def test_calls_that_use_an_id_again_keep_their_own_results() -> None:
    found = items(
        message("user", "Why?"), message("assistant", call("c"), result("c", "1"), call("c"), result("c", "2"))
    )
    assert [item["output"] for item in found if "output" in item] == ["1", "2"]


@pytest.mark.parametrize("dialect", [CHAT_MODEL, RESPONSES_DIALECT])
def test_two_consecutive_questions_are_merged(dialect: Dialect) -> None:
    """A failed answer without text is not in the history, and strict models require alternating roles."""
    failed = message("assistant", Error("Sorry."))
    found = sent(
        message("system", "Be kind."), message("user", "Why?"), failed, message("user", "Hello?"), dialect=dialect
    )
    expected = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Why?\n\nHello?"}]
    assert found.get("messages", found.get("input")) == expected


def test_roles_alternate_whatever_is_in_the_history() -> None:
    history = [
        message("user", "a"),
        message("assistant", "b"),
        message("assistant", "c"),
        message("user", "d"),
        message("assistant", call("x"), result("x")),
        message("user", "e"),
        message("assistant", " "),
        message("user", "f"),
    ]
    roles = [message["role"] for message in messages(*history)]
    assert roles == ["user", "assistant", "user", "assistant", "tool", "assistant", "user"]


def test_only_instructions_are_sent_from_before_the_first_question() -> None:
    found = messages(message("assistant", "Hi."), message("system", "Be kind."), message("user", "Why?"))
    assert [message["role"] for message in found] == ["system", "user"]


@pytest.mark.parametrize("arguments", ["", "[1]", '{"broken', "7", "{" * 5000])
def test_arguments_are_always_an_object(arguments: str) -> None:
    [_, sent_call, _] = items(message("user", "Why?"), message("assistant", call("c", arguments), result("c")))
    assert isinstance(json.loads(sent_call["arguments"]), dict)


def test_long_ids_are_cut_the_same_for_call_and_result_and_stay_apart() -> None:
    first, second = "x" * 64 + "1", "x" * 64 + "2"
    found = items(
        message("user", "Why?"), message("assistant", call(first), call(second), result(second), result(first))
    )
    calls = [item["call_id"] for item in found if item.get("type") == "function_call"]
    results = [item["call_id"] for item in found if item.get("type") == "function_call_output"]
    assert calls == results and len(set(calls)) == 2
    assert {len(one) for one in calls} == {MAX_ID_CHARS}
    assert short_id("y" * 64) == "y" * 64


def test_the_oldest_turns_are_left_out_until_the_request_fits() -> None:
    big = "é" * 700_000  # two bytes each
    history = [
        message("system", "Be kind."),
        message("user", "first"),
        message("assistant", call("c"), result("c", big)),
        message("user", "second"),
        message("assistant", call("d"), result("d", big)),
        message("user", "third"),
        message("assistant", big),
        message("user", "now?"),
    ]
    notices: list[str] = []
    for dialect in (CHAT_MODEL, TASKS["agent/v1/responses"]):
        found = sent(*history, dialect=dialect, notices=notices)
        assert len(encoded(found)) <= MAX_BODY_BYTES
        text = json.dumps(found)
        assert '"first"' not in text and '"second"' in text and "Be kind." in text and "now?" in text
    assert notices == ["The conversation is too long for the agent: its oldest turn was left out."] * 2


def test_a_conversation_that_just_fits_is_sent_complete() -> None:
    notices: list[str] = []
    history = [message("user", "a" * 1_900_000), message("assistant", "b" * 2_000_000), message("user", "c" * 99_000)]
    found = sent(*history, notices=notices)
    assert len(found["messages"]) == 3 and notices == []


@pytest.mark.parametrize("head", [[], [message("system", "Be kind.")]])
@pytest.mark.parametrize("dialect", [CHAT_MODEL, RESPONSES_DIALECT])
def test_a_conversation_that_fills_the_request_to_the_last_byte_is_sent_complete(
    head: list[ContextMessage], dialect: Dialect
) -> None:
    def encoded_with(chars: int, notices: list[str]) -> bytes:
        turns = [message("user", "a" * chars), message("assistant", "b"), message("user", "c")]
        return encoded(sent(*head, *turns, dialect=dialect, notices=notices))

    notices: list[str] = []
    fitting = 1 + MAX_BODY_BYTES - len(encoded_with(1, notices))
    assert len(encoded_with(fitting, notices)) == MAX_BODY_BYTES and notices == []
    assert len(encoded_with(fitting + 1, notices)) < 200
    assert notices == ["The conversation is too long for the agent: its oldest turn was left out."]


@pytest.mark.parametrize("before", [[], [message("user", "a"), message("assistant", "b")]])
def test_a_question_that_is_too_large_alone_is_refused_with_a_reason(before: list[ContextMessage]) -> None:
    with pytest.raises(AgentFailed, match="too large for the agent"):
        sent(*before, message("user", "x" * MAX_BODY_BYTES))


def test_a_lone_surrogate_in_the_history_does_not_prevent_a_question() -> None:
    assert encoded(sent(message("user", "a\ud800b\x00")))


def test_a_request_without_streaming_differs_only_in_the_field_stream() -> None:
    found = sent(message("user", "Why?"), dialect=Dialect(CHAT, model="m", wants_usage=True))
    assert found["stream_options"] == {"include_usage": True}
    expected = {"stream": False, "messages": found["messages"], "model": "m"}
    assert without_streaming(found) == expected


SALES = GivenFile("sales.csv", "text/csv", text="File “sales.csv”:\n\n```csv\na,b\n```")
CHART = GivenFile("chart.png", "image/png", data_url="data:image/png;base64,AAAA")
REPORT = GivenFile("report.pdf", "application/pdf", data_url="data:application/pdf;base64,AAAA")


def with_files(text: str, *files: GivenFile | KeptFile) -> ContextMessage:
    return ContextMessage("user", [Text(text)], files)


@pytest.mark.parametrize("dialect", [*TASKS.values(), UNKNOWN_TASK])
def test_a_text_file_stands_before_the_question_as_text_in_every_format(dialect: Dialect) -> None:
    found = sent(with_files("Why?", SALES), dialect=dialect)
    assert found[dialect.format.field] == [{"role": "user", "content": f"{SALES.text}\n\nWhy?"}]


def test_responses_take_images_and_pdf_files_as_inputs() -> None:
    assert items(with_files("Why?", CHART, SALES, REPORT)) == [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Image “chart.png”:"},
                {"type": "input_image", "image_url": CHART.data_url, "detail": "auto"},
                {"type": "input_text", "text": SALES.text},
                {"type": "input_file", "filename": "report.pdf", "file_data": REPORT.data_url},
                {"type": "input_text", "text": "Why?"},
            ],
        }
    ]


def test_chat_completions_take_images_by_their_address() -> None:
    answer = message("assistant", "It is a chart.", call("c"), result("c"))
    assert messages(with_files("Why?", CHART), answer, message("user", "Sure?")) == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Image “chart.png”:"},
                {"type": "image_url", "image_url": {"url": CHART.data_url}},
                {"type": "text", "text": "Why?"},
            ],
        },
        *messages(message("user", "Why?"), answer, message("user", "Sure?"))[1:],
    ]


@pytest.mark.parametrize(
    ("task", "file", "sentence"),
    [
        ("llm/v1/chat", REPORT, "This agent takes no PDF files, so “report.pdf” cannot be sent to it."),
        ("agent/v1/chat", CHART, "This agent takes no images, so “chart.png” cannot be sent to it."),
        ("agent/v2/chat", CHART, "This agent takes no images, so “chart.png” cannot be sent to it."),
    ],
)
def test_a_file_that_the_agent_has_no_form_for_fails_its_question_and_no_later_one(
    task: str, file: GivenFile, sentence: str
) -> None:
    with pytest.raises(AgentFailed) as failure:
        sent(with_files("Why?", file), dialect=TASKS[task])
    assert str(failure.value) == sentence
    later = sent(with_files("Why?", file), message("assistant", "So."), message("user", "And?"), dialect=TASKS[task])
    assert later["messages"][0]["content"] == f"(A file called “{file.name}” was attached here.)\n\nWhy?"


def test_a_file_whose_bytes_were_not_read_is_not_sent() -> None:
    kept = KeptFile(UUID(int=1), "a.png", "image/png")
    assert items(with_files("Why?", kept)) == [{"role": "user", "content": "Why?"}]


def test_files_that_fill_a_request_are_refused_with_a_reason_of_their_own() -> None:
    large = GivenFile("a.pdf", "application/pdf", data_url="x" * MAX_BODY_BYTES)
    with pytest.raises(AgentFailed, match="and its files are too large for the agent"):
        sent(with_files("Why?", large), dialect=RESPONSES_DIALECT)
