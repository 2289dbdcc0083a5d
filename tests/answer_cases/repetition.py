"""Text that comes several times appears once, and messages written at the same time stay separate."""

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
    json_body,
    message,
    sse,
    tool_call,
    tool_output,
)

TOOL = ("tool_call", "tool_result", "text")
_A, _B = message("Alpha one", "a"), message("Beta two", "b")
_PIECES = [("a", "Alpha "), ("b", "Beta "), ("a", "one"), ("b", "two")]
_APART = "Alpha one\n\nBeta two"


def _interleaved(**place_of: int) -> list[dict[str, Any]]:
    return [
        delta(text, item_id, **({"output_index": place_of[item_id]} if place_of else {})) for item_id, text in _PIECES
    ]


def _say(text: str, kind: str = "ai") -> dict[str, Any]:
    return {"type": kind, "content": text}


REPEATED: list[AnswerCase] = [
    AnswerCase("an item twice", sse(delta("Twice"), done(message("Twice")), done(message("Twice"))), "Twice"),
    AnswerCase("an item twice, without deltas", sse(done(message("Twice")), done(message("Twice"))), "Twice"),
    AnswerCase("an item without an id twice", sse(done(message("Twice", "")), done(message("Twice", ""))), "Twice"),
    AnswerCase("completed twice", sse(completed(message("Twice")), completed(message("Twice"))), "Twice"),
    AnswerCase(
        "completed twice behind deltas",
        sse(delta("Twice"), done(message("Twice")), completed(message("Twice")), completed(message("Twice"))),
        "Twice",
    ),
    AnswerCase(
        "completed twice without ids", sse(completed(message("Twice", "")), completed(message("Twice", ""))), "Twice"
    ),
    AnswerCase(
        "an item behind completed", sse(delta("Twice"), completed(message("Twice")), done(message("Twice"))), "Twice"
    ),
    AnswerCase(
        "a text done behind its item",
        sse(done(message("Twice")), {"type": "response.output_text.done", "item_id": "m1", "text": "Twice"}),
        "Twice",
    ),
    AnswerCase(
        "every way of saying it",
        sse(
            added(message("Twice")),
            delta("Twi"),
            delta("ce"),
            {"type": "response.output_text.done", "item_id": "m1", "content_index": 0, "text": "Twice"},
            {"type": "response.content_part.done", "item_id": "m1", "part": {"type": "output_text", "text": "Twice"}},
            done(message("Twice")),
            completed(message("Twice")),
        ),
        "Twice",
    ),
    AnswerCase("an item that grows", sse(done(message("It grows")), done(message("It grows on"))), "It grows on"),
    AnswerCase(
        "calls twice",
        sse(
            tool_call(),
            tool_output("3"),
            tool_call(),
            tool_output("3"),
            done(message("Three")),
            completed(tool_call()["item"], tool_output("3")["item"], message("Three")),
        ),
        "Three",
        TOOL,
    ),
    AnswerCase("a chat answer behind its deltas", sse(chunk("Twi"), chunk("ce"), STOP, chat("Twice")), "Twice"),
    AnswerCase("whole messages that grow", sse(chat("Twi", None), chat("Twice", None), chat("Twice")), "Twice"),
    AnswerCase(
        "the conversation with each step",
        sse(
            {"messages": [_say("Why?", "human")]},
            {"messages": [_say("Why?", "human"), _say("Because.")]},
            {"messages": [_say("Why?", "human"), _say("Because.")]},
        ),
        "Because.",
    ),
    AnswerCase(
        "the same words in two steps",
        sse(done(message("I look.", "")), tool_call(), tool_output("3"), done(message("I look.", ""))),
        "I look.\n\nI look.",
        ("text", *TOOL),
    ),
]

APART: list[AnswerCase] = [
    AnswerCase("announced", sse(added(_A), added(_B, 1), *_interleaved(), done(_A), done(_B, 1)), _APART, ("text",)),
    AnswerCase("announced, and never finished", sse(added(_A), added(_B, 1), *_interleaved()), _APART, ("text",)),
    AnswerCase("told apart by their places", sse(*_interleaved(a=0, b=1), done(_A), done(_B, 1)), _APART),
    AnswerCase("told apart by their ends", sse(*_interleaved(), done(_A), done(_B, 1)), _APART),
    AnswerCase("told apart by coming back", sse(*_interleaved()), _APART),
    AnswerCase(
        "the later one first",
        sse(added(_A), added(_B, 1), *reversed(_interleaved()[1:3]), delta("Alpha ", "a"), delta("two", "b")),
        "oneAlpha \n\nBeta two",
    ),
    AnswerCase(
        "with a call between",
        sse(
            added(_A),
            delta("Alpha one", "a"),
            tool_call(),
            tool_output("3"),
            delta("Beta two", "b"),
            done(_A),
            done(_B),
        ),
        _APART,
        ("text", *TOOL),
    ),
    AnswerCase(
        "with thoughts between",
        sse(
            delta("Alpha one", "a"),
            {"type": "response.reasoning_text.delta", "item_id": "r", "delta": "Hm."},
            done(_A),
            delta("Beta two", "b"),
            done(_B),
        ),
        _APART,
        ("text", "reasoning", "text"),
    ),
]

DONE_ALONE: list[AnswerCase] = [
    AnswerCase("output_text.done", sse({"type": "response.output_text.done", "item_id": "m", "text": "Fine"}), "Fine"),
    AnswerCase(
        "content_part.done",
        sse({"type": "response.content_part.done", "item_id": "m", "part": {"type": "output_text", "text": "Fine"}}),
        "Fine",
    ),
    AnswerCase(
        "refusal.done", sse({"type": "response.refusal.done", "item_id": "m", "refusal": "I cannot."}), "I cannot."
    ),
    AnswerCase(
        "two parts",
        sse(
            {"type": "response.output_text.done", "item_id": "m", "content_index": 0, "text": "One. "},
            {"type": "response.output_text.done", "item_id": "m", "content_index": 1, "text": "Two."},
        ),
        "One. Two.",
    ),
    AnswerCase(
        "done with more than its deltas",
        sse(delta("One"), {"type": "response.output_text.done", "item_id": "m1", "text": "One and two"}),
        "One and two",
    ),
    AnswerCase(
        "arguments done alone",
        sse(
            added({"type": "function_call", "id": "f", "call_id": "c", "name": "f", "arguments": ""}),
            {"type": "response.function_call_arguments.done", "item_id": "f", "arguments": "{}"},
        ),
        "",
        ("tool_call",),
    ),
    AnswerCase(
        "a refusal in an item",
        json_body({"output": [{"type": "message", "content": [{"type": "refusal", "refusal": "I cannot."}]}]}),
        "I cannot.",
    ),
    AnswerCase(
        "a refusal in deltas",
        sse({"type": "response.refusal.delta", "item_id": "m", "delta": "I cannot."}),
        "I cannot.",
    ),
    AnswerCase("a refusal in chat", sse(chunk(refusal="I can"), chunk(refusal="not."), STOP), "I cannot."),
    AnswerCase("a refusal in a whole chat answer", json_body(chat(None, refusal="I cannot.")), "I cannot."),
]
