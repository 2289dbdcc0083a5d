"""Text that comes several times appears once, and messages written at the same time stay separate."""

from typing import Any

from tests.forms import STOP, Form, added, called, chat, chunk, completed, delta, done, gave, message, sse, whole

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


REPEATED: list[Form] = [
    Form("an item twice", sse(delta("Twice"), done(message("Twice")), done(message("Twice"))), "Twice"),
    Form("an item twice, without deltas", sse(done(message("Twice")), done(message("Twice"))), "Twice"),
    Form("an item without an id twice", sse(done(message("Twice", "")), done(message("Twice", ""))), "Twice"),
    Form("completed twice", sse(completed(message("Twice")), completed(message("Twice"))), "Twice"),
    Form(
        "completed twice behind deltas",
        sse(delta("Twice"), done(message("Twice")), completed(message("Twice")), completed(message("Twice"))),
        "Twice",
    ),
    Form("completed twice without ids", sse(completed(message("Twice", "")), completed(message("Twice", ""))), "Twice"),
    Form("an item behind completed", sse(delta("Twice"), completed(message("Twice")), done(message("Twice"))), "Twice"),
    Form(
        "a text done behind its item",
        sse(done(message("Twice")), {"type": "response.output_text.done", "item_id": "m1", "text": "Twice"}),
        "Twice",
    ),
    Form(
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
    Form("an item that grows", sse(done(message("It grows")), done(message("It grows on"))), "It grows on"),
    Form(
        "calls twice",
        sse(
            called(),
            gave("3"),
            called(),
            gave("3"),
            done(message("Three")),
            completed(called()["item"], gave("3")["item"], message("Three")),
        ),
        "Three",
        TOOL,
    ),
    Form("a chat answer behind its deltas", sse(chunk("Twi"), chunk("ce"), STOP, chat("Twice")), "Twice"),
    Form("whole messages that grow", sse(chat("Twi", None), chat("Twice", None), chat("Twice")), "Twice"),
    Form(
        "the conversation with each step",
        sse(
            {"messages": [_say("Why?", "human")]},
            {"messages": [_say("Why?", "human"), _say("Because.")]},
            {"messages": [_say("Why?", "human"), _say("Because.")]},
        ),
        "Because.",
    ),
    Form(
        "the same words in two steps",
        sse(done(message("I look.", "")), called(), gave("3"), done(message("I look.", ""))),
        "I look.\n\nI look.",
        ("text", *TOOL),
    ),
]

APART: list[Form] = [
    Form("announced", sse(added(_A), added(_B, 1), *_interleaved(), done(_A), done(_B, 1)), _APART, ("text",)),
    Form("announced, and never finished", sse(added(_A), added(_B, 1), *_interleaved()), _APART, ("text",)),
    Form("told apart by their places", sse(*_interleaved(a=0, b=1), done(_A), done(_B, 1)), _APART),
    Form("told apart by their ends", sse(*_interleaved(), done(_A), done(_B, 1)), _APART),
    Form("told apart by coming back", sse(*_interleaved()), _APART),
    Form(
        "the later one first",
        sse(added(_A), added(_B, 1), *reversed(_interleaved()[1:3]), delta("Alpha ", "a"), delta("two", "b")),
        "oneAlpha \n\nBeta two",
    ),
    Form(
        "with a call between",
        sse(added(_A), delta("Alpha one", "a"), called(), gave("3"), delta("Beta two", "b"), done(_A), done(_B)),
        _APART,
        ("text", *TOOL),
    ),
    Form(
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

DONE_ALONE: list[Form] = [
    Form("output_text.done", sse({"type": "response.output_text.done", "item_id": "m", "text": "Fine"}), "Fine"),
    Form(
        "content_part.done",
        sse({"type": "response.content_part.done", "item_id": "m", "part": {"type": "output_text", "text": "Fine"}}),
        "Fine",
    ),
    Form("refusal.done", sse({"type": "response.refusal.done", "item_id": "m", "refusal": "I cannot."}), "I cannot."),
    Form(
        "two parts",
        sse(
            {"type": "response.output_text.done", "item_id": "m", "content_index": 0, "text": "One. "},
            {"type": "response.output_text.done", "item_id": "m", "content_index": 1, "text": "Two."},
        ),
        "One. Two.",
    ),
    Form(
        "done with more than its deltas",
        sse(delta("One"), {"type": "response.output_text.done", "item_id": "m1", "text": "One and two"}),
        "One and two",
    ),
    Form(
        "arguments done alone",
        sse(
            added({"type": "function_call", "id": "f", "call_id": "c", "name": "f", "arguments": ""}),
            {"type": "response.function_call_arguments.done", "item_id": "f", "arguments": "{}"},
        ),
        "",
        ("tool_call",),
    ),
    Form(
        "a refusal in an item",
        whole({"output": [{"type": "message", "content": [{"type": "refusal", "refusal": "I cannot."}]}]}),
        "I cannot.",
    ),
    Form(
        "a refusal in deltas",
        sse({"type": "response.refusal.delta", "item_id": "m", "delta": "I cannot."}),
        "I cannot.",
    ),
    Form("a refusal in chat", sse(chunk(refusal="I can"), chunk(refusal="not."), STOP), "I cannot."),
    Form("a refusal in a whole chat answer", whole(chat(None, refusal="I cannot.")), "I cannot."),
]
