"""Answers that failed: whatever shape the error has, what came before is kept and the answer is not complete."""

from typing import Any

from tests.answer_cases import (
    STOP,
    AnswerCase,
    added,
    chat,
    chunk,
    completed,
    delta,
    done,
    item,
    json_body,
    json_lines,
    message,
    sse,
    tool_call,
    tool_output,
)

HALF, BROKE_OFF = "Half of an answer", "broke off before the answer was complete"
LENGTH, FILTER = "reached the agent's length limit", "a content filter ended it"


def _broken(name: str, body: bytes, error: str = "", text: str = HALF) -> AnswerCase:
    return AnswerCase(name, body, text, ("text", "error") if text else ("error",), "failed", error)


def _in_stream(name: str, error: Any, words: str = "") -> list[AnswerCase]:
    """The error within a stream of either format, before its first word, and alone under HTTP 200."""
    return [
        _broken(f"{name}, in Responses", sse(delta(HALF), error), words),
        _broken(f"{name}, in chat", sse(chunk(HALF), error), words),
        _broken(f"{name}, at once", sse(error), words, ""),
        *([_broken(f"{name}, alone", json_body(error), words, "")] if isinstance(error, dict) else []),
    ]


ERRORS: dict[str, tuple[Any, str]] = {
    "an empty error": ({"error": ""}, ""),
    "an error that is an empty object": ({"error": {}}, ""),
    "an error in words": ({"error": "The tool broke."}, "The tool broke."),
    "an error with a message": ({"error": {"message": "Boom", "code": 500}}, "Boom"),
    "an error with a code alone": ({"error": {"message": "", "code": "overloaded"}}, ""),
    "an error that is true": ({"error": True, "message": "Boom"}, "Boom"),
    "an error within an error": ({"error": {"error": {"message": "Boom"}}}, "Boom"),
    "an exception of LangGraph": (b'event: error\ndata: {"error": "ValueError", "message": "Boom"}\n\n', "error: Boom"),
    "an error code": ({"error_code": "INTERNAL", "message": "Boom"}, "Boom"),
    "a detail": ({"detail": "Boom"}, "Boom"),
    "details": ({"detail": [{"loc": ["body", "input"], "msg": "field required"}]}, "input: field required"),
    "an object of the kind error": ({"object": "error", "message": "Boom", "code": 400}, "Boom"),
    "a type of the kind error": ({"type": "error", "message": "Boom", "sequence_number": 3}, "Boom"),
    "a type that ends in error": ({"type": "invalid_request_error", "message": "Boom"}, "Boom"),
    "a status": ({"status": "failed", "message": "Boom"}, "Boom"),
    "a list of errors": ({"errors": [{"message": "Boom"}, {"message": "Bang"}]}, "Boom"),
    "a code and a message": ({"code": 500, "message": "Boom"}, "Boom"),
    "a problem": ({"type": "about:blank", "title": "Bad", "status": 502, "detail": "Boom"}, "Boom"),
    "a fault": ({"fault": {"faultstring": "Boom", "detail": {"errorcode": "x"}}}, "Boom"),
    "an exception": ({"exception": "ValueError: Boom"}, "Boom"),
    "an error of a function": ({"errorMessage": "Boom", "errorType": "KeyError"}, "Boom"),
    "no success": ({"success": False, "message": "Boom"}, "Boom"),
    "an event of the kind error": ({"event": "error", "status": 400, "message": "Boom"}, "Boom"),
    "a response that failed": ({"type": "response.failed", "response": {"error": {"message": "Boom"}}}, "Boom"),
    "a response that failed without words": ({"type": "response.failed"}, ""),
    "an event's name and JSON": (b'event: error\ndata: {"error_code": "E1", "message": "Boom"}\n\n', "Boom"),
    "an event's name and other JSON": (b'event: error\ndata: {"reason": "Boom"}\n\n', "Boom"),
    "an event's name and words": (b"event: error\ndata: Boom\n\n", "Boom"),
    "an event's name alone": (b"event: error\ndata:\n\n", ""),
    "a field line": (b"error: Boom\n\n", "Boom"),
    "a line of JSON between events": (b'{"error": {"message": "Boom"}}\n\n', "Boom"),
}

_GATEWAY = {"error": {"message": "Boom", "type": "None", "param": "None", "code": "500"}}
_CHOICE = {"choices": [{"index": 0, "delta": {}, "error": {"code": 502, "message": "Boom"}, "finish_reason": None}]}
_DELTA = {"choices": [{"index": 0, "delta": {"error": "Boom"}, "finish_reason": None}]}
_TORN = b'data: {"type": "response.output_text.delta", "delta": "and so'
_FAILED = {"object": "response", "status": "failed", "output": [], "error": {"message": "Boom"}}
_CUT_SHORT = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
_ITEM = {"type": "function_call_output", "call_id": "c1", "output": "3"}

BROKEN: list[AnswerCase] = [
    *(case for name, (error, words) in ERRORS.items() for case in _in_stream(name, error, words)),
    _broken("a gateway's error without an end", sse(chunk(HALF), _GATEWAY, end=b""), "Boom"),
    _broken("an error in a choice", sse(chunk(HALF), _CHOICE), "Boom"),
    _broken("an error in a delta", sse(chunk(HALF), _DELTA), "Boom"),
    AnswerCase(
        "an error predicted", json_body({"predictions": [{"error": "Boom"}]}), "", ("error",), "failed", ": Boom"
    ),
    _broken("half an item", sse(done(message(HALF, status="incomplete")), end=b""), BROKE_OFF),
    _broken("a whole response that failed", json_body(_FAILED), "Boom", ""),
    # An answer that stopped short.
    _broken("length", sse(chunk(HALF), chunk(finish="length")), LENGTH),
    _broken("max_tokens", sse(chunk(HALF), chunk(finish="max_tokens")), LENGTH),
    _broken("MAX_TOKENS of a whole answer", json_body(chat(HALF, "MAX_TOKENS")), LENGTH),
    _broken("content_filter", sse(chunk(HALF), chunk(finish="content_filter")), FILTER),
    _broken("error as a reason", sse(chunk(HALF), chunk(finish="error")), "met an error"),
    _broken("a reason nobody knows", sse(chunk(HALF), chunk(finish="out_of_credit")), "out_of_credit"),
    _broken("an abort", sse(chunk(HALF), chunk(finish="abort")), "abort"),
    _broken("ChatAgent's length", sse({"delta": {"content": HALF}, "finish_reason": "length"}), LENGTH),
    _broken("incomplete", sse(delta(HALF), {"type": "response.incomplete", "response": _CUT_SHORT}), LENGTH),
    _broken("incomplete, whole", json_body({"object": "response", "output": [message(HALF)], **_CUT_SHORT}), LENGTH),
    _broken("cancelled", sse(delta(HALF), {"type": "response.cancelled", "response": {}}), "cancelled"),
    # A stream without the end that its format announces.
    _broken("chat without a reason to end", sse(chunk(HALF), end=b""), BROKE_OFF),
    _broken("deltas alone", sse(delta(HALF), end=b""), BROKE_OFF),
    _broken(
        "one message whole and half of the next",
        sse(done(message(HALF)), delta("", "m2"), delta("", "m2"), delta(" And", "m2"), end=b""),
        BROKE_OFF,
        f"{HALF}\n\n And",
    ),
    _broken("legacy text", sse({"choices": [{"index": 0, "text": HALF}]}, end=b""), BROKE_OFF),
    _broken("lines of JSON", json_lines(chunk(HALF)), BROKE_OFF),
    _broken("lines that never say done", json_lines({"message": {"content": HALF}, "done": False}), BROKE_OFF),
    _broken("tokens without their end", sse({"token": {"text": HALF}, "generated_text": None}, end=b""), BROKE_OFF),
    _broken("an event that is torn", sse({"delta": {"role": "assistant", "content": HALF}}, end=_TORN), BROKE_OFF),
    _broken("a document that is torn", json_body({"output": [message(HALF)]})[:-9], BROKE_OFF, ""),
    AnswerCase(
        "a tool's result alone",
        sse(tool_call(), tool_output("3"), end=b""),
        "",
        ("tool_call", "tool_result", "error"),
        "failed",
        BROKE_OFF,
    ),
    AnswerCase(
        "an item begun",
        sse(
            done(message("One")),
            added(item("function_call", id="f", call_id="c", name="f", arguments="")),
            {"type": "response.function_call_arguments.delta", "item_id": "f", "delta": '{"a'},
            end=b"",
        ),
        "One",
        ("text", "tool_call", "error"),
        "failed",
        BROKE_OFF,
    ),
]

FALSE_ALARMS: list[AnswerCase] = [
    AnswerCase("null", sse({**chunk("Fine"), "error": None}, STOP), "Fine"),
    AnswerCase("false", sse({**chunk("Fine"), "error": False}, STOP), "Fine"),
    AnswerCase("empty beside content", sse({**chunk("Fine"), "error": "", "errors": []}, STOP), "Fine"),
    AnswerCase("empty beside a delta", sse({**delta("Fine"), "error": "", "code": 0}, done(message("Fine"))), "Fine"),
    AnswerCase("empty beside an answer", json_body({"answer": "Fine", "error": "", "status": "ok"}), "Fine"),
    AnswerCase(
        "no error in a whole response", json_body({"output": [message("Fine")], "error": None, "code": None}), "Fine"
    ),
    AnswerCase(
        "a result that speaks of errors",
        sse(tool_call(), tool_output('{"error": "no such table"}'), delta("Fine")),
        "Fine",
        ("tool_call", "tool_result", "text"),
    ),
    AnswerCase(
        "a tool that failed",
        sse(item("mcp_call", id="c", name="f", arguments="{}", error="no such table"), delta("Fine")),
        "Fine",
        ("tool_call", "tool_result", "text"),
    ),
    AnswerCase(
        "a call with a status", sse(done({**_ITEM, "status": "failed"}), delta("Fine")), "Fine", ("tool_result", "text")
    ),
    AnswerCase("a text about an error", sse(chunk('{"error": "x"}'), STOP), '{"error": "x"}'),
    AnswerCase("a detail in an item", sse(done({**message("Fine"), "detail": "high"})), "Fine"),
    AnswerCase("a good code", sse(delta("Fine"), {"code": 200, "status": "success"}), "Fine"),
]

ENDED: list[AnswerCase] = [
    *(
        AnswerCase(f"{reason}", sse(chunk("Fine"), chunk(finish=reason), end=b""), "Fine")
        for reason in (
            "stop",
            "STOP",
            "end_turn",
            "stop_sequence",
            "eos",
            "eos_token",
            "null",
            "COMPLETE",
            "tool_calls",
            "function_call",
            "tool-calls",
        )
    ),
    AnswerCase(
        "usage behind the end", sse(chunk("Fine"), STOP, {"choices": [], "usage": {"total_tokens": 3}}, end=b""), "Fine"
    ),
    AnswerCase("an empty piece behind the end", sse(chunk("Fine"), STOP, chunk("", role="assistant"), end=b""), "Fine"),
    AnswerCase("[DONE] alone", sse(delta("Fine")), "Fine"),
    AnswerCase("a finished message", sse(delta("Fine"), done(message("Fine")), end=b""), "Fine"),
    AnswerCase(
        "a finished text", sse({"type": "response.output_text.done", "item_id": "m", "text": "Fine"}, end=b""), "Fine"
    ),
    AnswerCase("a completed response", sse(delta("Fine"), completed(message("Fine")), end=b""), "Fine"),
    AnswerCase(
        "ChatAgent without a word of it",
        sse({"delta": {"role": "assistant", "id": "a", "content": "Fine"}}, end=b""),
        "Fine",
    ),
    AnswerCase(
        "only what an agent asks for",
        sse(done(item("mcp_approval_request", id="r", name="f")), end=b""),
        "",
        ("tool_call", "approval"),
        "running",
    ),
]
