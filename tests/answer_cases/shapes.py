"""Contents and answers in the shapes that many servers use, and answers in unknown formats."""

from typing import Any

from tests.answer_cases import STOP, AnswerCase, chat, chunk, delta, done, json_body, json_lines, message, sse

TOOL = ("tool_call", "tool_result", "text")
UNKNOWN = "in a format that this app cannot read"


def _legacy_call(arguments: str, **name: str) -> dict[str, Any]:
    return chunk(function_call={**name, "arguments": arguments})


def _block(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"content_block_{kind}", "index": 0, **fields}


def _langchain(content: str, kind: str = "AIMessageChunk") -> list[Any]:
    return [{"type": kind, "content": content, "id": "run-1"}, {"langgraph_node": "agent"}]


def _unknown(name: str, body: bytes) -> AnswerCase:
    return AnswerCase(name, body, "", ("error",), "failed", UNKNOWN)


CONTENTS: list[AnswerCase] = [
    AnswerCase("a number", sse(chunk(42), chunk(" is it"), STOP), "42 is it"),
    AnswerCase("a fraction", json_body(chat(0.5)), "0.5"),
    AnswerCase("zero", json_body(chat(0)), "0"),
    AnswerCase("true", json_body(chat(True)), "true"),
    AnswerCase("a number as a delta", sse(delta(42), done(message(42))), "42"),
    AnswerCase("a list of strings", json_body(chat(["One ", "two"])), "One two"),
    AnswerCase(
        "a text one level deeper",
        json_body(chat([{"type": "text", "text": {"value": "Fine", "annotations": []}}])),
        "Fine",
    ),
    AnswerCase(
        "an item's content as a string", sse(done({"type": "message", "role": "assistant", "content": "Fine"})), "Fine"
    ),
    AnswerCase(
        "legacy text", sse({"choices": [{"index": 0, "text": "Fine "}]}, {"choices": [{"text": "text"}]}), "Fine text"
    ),
    AnswerCase(
        "legacy text, whole", json_body({"choices": [{"index": 0, "text": "Fine", "finish_reason": "stop"}]}), "Fine"
    ),
    AnswerCase("speech with its words", json_body(chat(None, audio={"id": "a", "transcript": "Fine"})), "Fine"),
]

CALLS: list[AnswerCase] = [
    AnswerCase(
        "function_call",
        sse(
            _legacy_call('{"a"', name="f"),
            _legacy_call(": 1}"),
            chunk(finish="function_call"),
            {"choices": [{"delta": {"role": "function", "name": "f", "content": "3"}}]},
            chunk("Three"),
            STOP,
        ),
        "Three",
        TOOL,
    ),
    AnswerCase(
        "function_call, whole",
        json_body(chat(None, "function_call", function_call={"name": "f", "arguments": "{}"})),
        "",
        ("tool_call",),
    ),
    AnswerCase(
        "LangChain's",
        json_body(
            {
                "messages": [
                    {"type": "ai", "content": "", "tool_calls": [{"name": "f", "args": {"a": 1}, "id": "c"}]},
                    {"type": "tool", "content": "3", "tool_call_id": "c"},
                    {"type": "ai", "content": "Three"},
                ]
            }
        ),
        "Three",
        TOOL,
    ),
]

SERVERS: list[AnswerCase] = [
    AnswerCase("predictions of strings", json_body({"predictions": ["Fine"]}), "Fine"),
    AnswerCase("a prediction", json_body({"predictions": "Fine"}), "Fine"),
    AnswerCase("numbers predicted", json_body({"predictions": [0.7, 0.3]}), "0.7\n\n0.3"),
    AnswerCase("strings as the output", json_body({"output": ["One.", "Two."]}), "One.\n\nTwo."),
    AnswerCase("a list of chunks", sse([chunk("Fi"), chunk("ne"), STOP]), "Fine"),
    AnswerCase("a chat answer in a list", json_body([chat("Fine")]), "Fine"),
    AnswerCase("JSON that was written twice", sse(json_body(chunk("Fine")).decode(), json_body(STOP).decode()), "Fine"),
    AnswerCase("a number predicted", json_body({"predictions": [42]}), "42"),
    AnswerCase("predictions of objects", json_body({"predictions": [{"content": "Fine"}]}), "Fine"),
    AnswerCase("a chat answer predicted", json_body({"predictions": [chat("Fine")]}), "Fine"),
    AnswerCase("predictions of generated text", json_body({"predictions": [[{"generated_text": "Fine"}]]}), "Fine"),
    AnswerCase("a response as the result", json_body({"result": {"output": [message("Fine")]}}), "Fine"),
    *(
        AnswerCase(f"the field {field}", json_body({field: "Fine"}), "Fine")
        for field in ("response", "output", "answer", "result", "content", "text", "message", "output_text", "reply")
    ),
    AnswerCase("fields in fields", json_body({"output": {"answer": {"text": "Fine"}}}), "Fine"),
    AnswerCase("a list of messages", json_body([{"role": "assistant", "content": "Fine"}]), "Fine"),
    AnswerCase("a message", json_body({"role": "assistant", "content": "Fine"}), "Fine"),
    AnswerCase("a string", json_body("Fine"), "Fine"),
    AnswerCase("strings in a stream", sse("Fi", "ne"), "Fine"),
    AnswerCase("text in a stream", sse({"text": "Fi"}, {"text": "ne"}, end=b""), "Fine"),
    AnswerCase(
        "tokens in a stream", sse({"type": "token", "content": "Fi"}, {"type": "token", "content": "ne"}), "Fine"
    ),
    AnswerCase(
        "text deltas",
        sse({"type": "start"}, {"type": "text-delta", "id": "0", "delta": "Fine"}, {"type": "finish"}),
        "Fine",
    ),
    AnswerCase("a pretty document", b'{\n  "output": [\n    {"type": "message", "content": "Fine"}\n  ]\n}\n', "Fine"),
    AnswerCase("a document with a byte order mark", b"\xef\xbb\xbf" + json_body({"answer": "Fine"}), "Fine"),
    AnswerCase("lines of chat", json_lines(chunk("Fi"), chunk("ne"), STOP), "Fine"),
    AnswerCase("lines of Responses", json_lines(delta("Fine"), done(message("Fine"))), "Fine"),
    AnswerCase("lines with blank ones", b"\n" + json_lines(chunk("Fine"), STOP).replace(b"\n", b"\n\n"), "Fine"),
    AnswerCase("lines that end in [DONE]", json_lines(delta("Fine")) + b"[DONE]\n", "Fine"),
    AnswerCase(
        "Ollama's chat",
        json_lines(
            {"message": {"role": "assistant", "content": "Fi"}, "done": False},
            {"message": {"content": "ne"}, "done": False},
            {"message": {"content": ""}, "done": True},
        ),
        "Fine",
    ),
    AnswerCase(
        "Ollama's generate",
        json_lines(
            {"response": "Fi", "done": False},
            {"response": "ne", "done": False},
            {"response": "", "done": True, "done_reason": "stop"},
        ),
        "Fine",
    ),
    AnswerCase(
        "generated tokens",
        sse(
            {"token": {"text": "Fi"}, "generated_text": None},
            {"token": {"text": "ne"}, "generated_text": None},
            {"token": {"text": "</s>", "special": True}, "generated_text": "Fine"},
            end=b"",
        ),
        "Fine",
    ),
    AnswerCase("generated text", json_body([{"generated_text": "Fine"}]), "Fine"),
    AnswerCase(
        "content blocks",
        sse(
            {"type": "message_start", "message": {"content": []}},
            _block("start", content_block={"type": "text", "text": ""}),
            _block("delta", delta={"type": "text_delta", "text": "Fine"}),
            _block("stop"),
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
            {"type": "message_stop"},
            end=b"",
        ),
        "Fine",
    ),
    AnswerCase(
        "a message of content blocks",
        json_body(
            {
                "type": "message",
                "role": "assistant",
                "stop_reason": "end_turn",
                "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Fine"}],
            }
        ),
        "Fine",
        ("reasoning", "text"),
    ),
    AnswerCase(
        "candidates",
        sse(
            {"candidates": [{"content": {"parts": [{"text": "Hm.", "thought": True}]}}]},
            {"candidates": [{"content": {"parts": [{"text": "Fine"}]}, "finishReason": "STOP"}]},
            end=b"",
        ),
        "Fine",
        ("reasoning", "text"),
    ),
    AnswerCase("LangGraph's messages", sse(_langchain("Why?", "human"), _langchain("Fi"), _langchain("ne")), "Fine"),
    AnswerCase("LangGraph's updates", sse({"agent": {"messages": [{"type": "ai", "content": "Fine"}]}}), "Fine"),
    AnswerCase(
        "events that share a paragraph",
        b"data: " + json_body(chunk("Fine")) + b"\ndata: " + json_body(STOP) + b"\n\n",
        "Fine",
    ),
]

UNKNOWN_FORMS: list[AnswerCase] = [
    _unknown("an object of no form", json_body({"foo": {"bar": 1}})),
    _unknown("an empty object", json_body({})),
    _unknown("numbers", json_body([1, 2])),
    _unknown("a content of no form", json_body(chat({"weird": 1}))),
    _unknown("an event of no form", sse({"type": "custom.event", "payload": 3})),
    _unknown("words that are no JSON", sse(b"data: Hello\n\n")),
    _unknown("a text that is no event stream", b"Hello there.\nAll is well.\n"),
    _unknown("XML in events", sse(b"data: <answer>Fine</answer>\n\n")),
]
