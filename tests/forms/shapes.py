"""Contents and answers in the shapes of many servers, and answers that nobody can read."""

from typing import Any

from tests.forms import STOP, Form, chat, chunk, delta, done, lines, message, sse, whole

TOOL = ("tool_call", "tool_result", "text")
UNKNOWN = "in a form this app does not know"


def _legacy_call(arguments: str, **name: str) -> dict[str, Any]:
    return chunk(function_call={**name, "arguments": arguments})


def _block(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"content_block_{kind}", "index": 0, **fields}


def _langchain(content: str, kind: str = "AIMessageChunk") -> list[Any]:
    return [{"type": kind, "content": content, "id": "run-1"}, {"langgraph_node": "agent"}]


def _unknown(name: str, body: bytes) -> Form:
    return Form(name, body, "", ("error",), "failed", UNKNOWN)


CONTENTS: list[Form] = [
    Form("a number", sse(chunk(42), chunk(" is it"), STOP), "42 is it"),
    Form("a fraction", whole(chat(0.5)), "0.5"),
    Form("zero", whole(chat(0)), "0"),
    Form("true", whole(chat(True)), "true"),
    Form("a number as a delta", sse(delta(42), done(message(42))), "42"),
    Form("a list of strings", whole(chat(["One ", "two"])), "One two"),
    Form(
        "a text one level deeper", whole(chat([{"type": "text", "text": {"value": "Fine", "annotations": []}}])), "Fine"
    ),
    Form(
        "an item's content as a string", sse(done({"type": "message", "role": "assistant", "content": "Fine"})), "Fine"
    ),
    Form(
        "legacy text", sse({"choices": [{"index": 0, "text": "Fine "}]}, {"choices": [{"text": "text"}]}), "Fine text"
    ),
    Form("legacy text, whole", whole({"choices": [{"index": 0, "text": "Fine", "finish_reason": "stop"}]}), "Fine"),
    Form("speech with its words", whole(chat(None, audio={"id": "a", "transcript": "Fine"})), "Fine"),
]

CALLS: list[Form] = [
    Form(
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
    Form(
        "function_call, whole",
        whole(chat(None, "function_call", function_call={"name": "f", "arguments": "{}"})),
        "",
        ("tool_call",),
    ),
    Form(
        "LangChain's",
        whole(
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

SERVERS: list[Form] = [
    Form("predictions of strings", whole({"predictions": ["Fine"]}), "Fine"),
    Form("a prediction", whole({"predictions": "Fine"}), "Fine"),
    Form("numbers predicted", whole({"predictions": [0.7, 0.3]}), "0.7\n\n0.3"),
    Form("strings as the output", whole({"output": ["One.", "Two."]}), "One.\n\nTwo."),
    Form("a list of chunks", sse([chunk("Fi"), chunk("ne"), STOP]), "Fine"),
    Form("a chat answer in a list", whole([chat("Fine")]), "Fine"),
    Form("JSON that was written twice", sse(whole(chunk("Fine")).decode(), whole(STOP).decode()), "Fine"),
    Form("a number predicted", whole({"predictions": [42]}), "42"),
    Form("predictions of objects", whole({"predictions": [{"content": "Fine"}]}), "Fine"),
    Form("a chat answer predicted", whole({"predictions": [chat("Fine")]}), "Fine"),
    Form("predictions of generated text", whole({"predictions": [[{"generated_text": "Fine"}]]}), "Fine"),
    Form("a response as the result", whole({"result": {"output": [message("Fine")]}}), "Fine"),
    *(
        Form(f"the field {field}", whole({field: "Fine"}), "Fine")
        for field in ("response", "output", "answer", "result", "content", "text", "message", "output_text", "reply")
    ),
    Form("fields in fields", whole({"output": {"answer": {"text": "Fine"}}}), "Fine"),
    Form("a list of messages", whole([{"role": "assistant", "content": "Fine"}]), "Fine"),
    Form("a message", whole({"role": "assistant", "content": "Fine"}), "Fine"),
    Form("a string", whole("Fine"), "Fine"),
    Form("strings in a stream", sse("Fi", "ne"), "Fine"),
    Form("text in a stream", sse({"text": "Fi"}, {"text": "ne"}, end=b""), "Fine"),
    Form("tokens in a stream", sse({"type": "token", "content": "Fi"}, {"type": "token", "content": "ne"}), "Fine"),
    Form(
        "text deltas",
        sse({"type": "start"}, {"type": "text-delta", "id": "0", "delta": "Fine"}, {"type": "finish"}),
        "Fine",
    ),
    Form("a pretty document", b'{\n  "output": [\n    {"type": "message", "content": "Fine"}\n  ]\n}\n', "Fine"),
    Form("a document with a byte order mark", b"\xef\xbb\xbf" + whole({"answer": "Fine"}), "Fine"),
    Form("lines of chat", lines(chunk("Fi"), chunk("ne"), STOP), "Fine"),
    Form("lines of Responses", lines(delta("Fine"), done(message("Fine"))), "Fine"),
    Form("lines with blank ones", b"\n" + lines(chunk("Fine"), STOP).replace(b"\n", b"\n\n"), "Fine"),
    Form("lines that end in [DONE]", lines(delta("Fine")) + b"[DONE]\n", "Fine"),
    Form(
        "Ollama's chat",
        lines(
            {"message": {"role": "assistant", "content": "Fi"}, "done": False},
            {"message": {"content": "ne"}, "done": False},
            {"message": {"content": ""}, "done": True},
        ),
        "Fine",
    ),
    Form(
        "Ollama's generate",
        lines(
            {"response": "Fi", "done": False},
            {"response": "ne", "done": False},
            {"response": "", "done": True, "done_reason": "stop"},
        ),
        "Fine",
    ),
    Form(
        "generated tokens",
        sse(
            {"token": {"text": "Fi"}, "generated_text": None},
            {"token": {"text": "ne"}, "generated_text": None},
            {"token": {"text": "</s>", "special": True}, "generated_text": "Fine"},
            end=b"",
        ),
        "Fine",
    ),
    Form("generated text", whole([{"generated_text": "Fine"}]), "Fine"),
    Form(
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
    Form(
        "a message of content blocks",
        whole(
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
    Form(
        "candidates",
        sse(
            {"candidates": [{"content": {"parts": [{"text": "Hm.", "thought": True}]}}]},
            {"candidates": [{"content": {"parts": [{"text": "Fine"}]}, "finishReason": "STOP"}]},
            end=b"",
        ),
        "Fine",
        ("reasoning", "text"),
    ),
    Form("LangGraph's messages", sse(_langchain("Why?", "human"), _langchain("Fi"), _langchain("ne")), "Fine"),
    Form("LangGraph's updates", sse({"agent": {"messages": [{"type": "ai", "content": "Fine"}]}}), "Fine"),
    Form(
        "events that share a paragraph", b"data: " + whole(chunk("Fine")) + b"\ndata: " + whole(STOP) + b"\n\n", "Fine"
    ),
]

UNKNOWN_FORMS: list[Form] = [
    _unknown("an object of no form", whole({"foo": {"bar": 1}})),
    _unknown("an empty object", whole({})),
    _unknown("numbers", whole([1, 2])),
    _unknown("a content of no form", whole(chat({"weird": 1}))),
    _unknown("an event of no form", sse({"type": "custom.event", "payload": 3})),
    _unknown("words that are no JSON", sse(b"data: Hello\n\n")),
    _unknown("a text that is no event stream", b"Hello there.\nAll is well.\n"),
    _unknown("XML in events", sse(b"data: <answer>Fine</answer>\n\n")),
]
