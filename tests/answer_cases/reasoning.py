"""Reasoning in every field and tag, and text that only looks like reasoning."""

from typing import Any

from tests.answer_cases import (
    STOP,
    AnswerCase,
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
)

THOUGHT, BOTH = "Hm, let me see.", ("reasoning", "text")
_SUMMARY = [{"type": "summary_text", "text": THOUGHT}]
_BLOCK = {"type": "thinking", "thinking": THOUGHT, "signature": "x"}


def _chat(name: str, **said: Any) -> list[AnswerCase]:
    """The text in a delta, and in a complete message."""
    return [
        AnswerCase(f"{name}, streamed", sse(chunk(**said), chunk("Yes."), STOP), "Yes.", BOTH),
        AnswerCase(f"{name}, whole", json_body(chat("Yes.", **said)), "Yes.", BOTH),
    ]


def _tagged(text: str, seen: str, kinds: tuple[str, ...] = BOTH, name: str = "") -> list[AnswerCase]:
    """The text in one piece, in two, and letter by letter, in both formats."""
    middle = len(text) // 2
    return [
        AnswerCase(f"{name or text!r}, at once", sse(chunk(text), STOP), seen, kinds),
        AnswerCase(f"{name or text!r}, in two", sse(chunk(text[:middle]), chunk(text[middle:]), STOP), seen, kinds),
        AnswerCase(f"{name or text!r}, by letters", sse(*(delta(letter) for letter in text)), seen, kinds),
        AnswerCase(f"{name or text!r}, as an item", sse(done(message(text))), seen, kinds),
    ]


def _reasoned(kind: str, **fields: Any) -> AnswerCase:
    event = {"type": f"response.{kind}", "item_id": "r1", **fields}
    return AnswerCase(kind, sse(event, delta("Yes."), done(message("Yes."))), "Yes.", BOTH)


REASONING: list[AnswerCase] = [
    *_chat("reasoning_content", reasoning_content=THOUGHT),
    *_chat("reasoning", reasoning=THOUGHT),
    *_chat("reasoning as an object", reasoning={"content": THOUGHT}),
    *_chat("thinking", thinking=THOUGHT),
    *_chat("thinking as an object", thinking={"text": THOUGHT}),
    *_chat("thinking_blocks", thinking_blocks=[_BLOCK]),
    *_chat("two names for the same", reasoning_content=THOUGHT, thinking_blocks=[_BLOCK]),
    *_chat("reasoning_details", reasoning_details=[{"type": "reasoning.text", "text": THOUGHT}]),
    AnswerCase("a part thinking", sse(chunk([_BLOCK]), chunk([{"type": "text", "text": "Yes."}]), STOP), "Yes.", BOTH),
    AnswerCase(
        "a part reasoning", sse(chunk([{"type": "reasoning", "summary": _SUMMARY}]), chunk("Yes."), STOP), "Yes.", BOTH
    ),
    AnswerCase("both in one content", json_body(chat([_BLOCK, {"type": "text", "text": "Yes."}])), "Yes.", BOTH),
    AnswerCase(
        "ChatAgent's",
        sse({"delta": {"role": "assistant", "id": "a", "content": f"<think>{THOUGHT}</think>Yes."}}),
        "Yes.",
        BOTH,
    ),
    AnswerCase("an item", sse(done(item("reasoning", id="r", summary=_SUMMARY)), done(message("Yes."))), "Yes.", BOTH),
    AnswerCase(
        "in a whole response",
        sse(completed(item("reasoning", id="r", summary=_SUMMARY), message("Yes."))),
        "Yes.",
        BOTH,
    ),
    AnswerCase(
        "lines",
        json_lines(
            {"message": {"thinking": THOUGHT, "content": ""}, "done": False},
            {"message": {"content": "Yes."}, "done": True, "done_reason": "stop"},
        ),
        "Yes.",
        BOTH,
    ),
    _reasoned("reasoning_summary_text.delta", delta=THOUGHT),
    _reasoned("reasoning_text.delta", delta=THOUGHT),
    _reasoned("reasoning.delta", delta={"text": THOUGHT}),
    _reasoned("reasoning_summary_text.done", text=THOUGHT),
    _reasoned("reasoning_summary_part.done", part=_SUMMARY[0]),
    _reasoned("reasoning_text.done", text=THOUGHT),
    *_tagged(f"<think>{THOUGHT}</think>\n\nYes.", "Yes."),
    *_tagged(f"<thinking>{THOUGHT}</thinking>\nYes.", "Yes."),
    *_tagged(f'\n<Think type="deep">\n{THOUGHT}</THINK>Yes.', "Yes."),
    *_tagged(f"<thought>{THOUGHT}</thought> Yes.", "Yes."),
    *_tagged(f"{THOUGHT}\n</think>\n\nYes.", "Yes."),
    *_tagged(f"{THOUGHT}</thinking>Yes.", "Yes."),
    *_tagged("</think>\nYes.", "Yes.", ("text",)),
    *_tagged(f"I look. <think>{THOUGHT}</think>Yes.", "I look. \n\nYes.", ("text", "reasoning", "text")),
    *_tagged(
        f"I look.\n\n<thinking>{THOUGHT}</thinking>\n\nYes.", "I look.\n\n\n\nYes.", ("text", "reasoning", "text")
    ),
]

_FENCED = "So:\n```xml\n<think>hm</think>\n```\nThat is all."
_TILDES = "~~~\n</think>\n~~~\nYes."
TEXT: list[AnswerCase] = [
    *(
        case
        for text in (
            _FENCED,
            _TILDES,
            "Put it into `<think>` and `</think>`.",
            "Models write ``<think>`` first.\nThen they answer.",
            "a < b, x <thin air, <thinkers> and </thinkable>",
            "<reason>no</reason> <thoughtful>",
            "In XML: <reasoning>why</reasoning>",
            "The <think> tag opens it.",
            "<name of the table> is long",
            "The table has <name>Ann</name> in it.",
            "```\n<name>Ann</name>\n```",
        )
        for case in _tagged(text, text, ("text",))
    ),
]

SPOKEN = ("speaker", "text")
SPEAKERS: list[AnswerCase] = [
    *_tagged("<name>sql_agent</name>Yes.", "Yes.", SPOKEN),
    *_tagged("\n<name>sql agent</name>\n\nYes.", "Yes.", SPOKEN),
    *_tagged("<name>a</name><think>Hm.</think>Yes.", "Yes.", ("speaker", "reasoning", "text")),
    AnswerCase(
        "an item of its own",
        sse(
            done(message("<name>a</name>", "n")),
            delta("Yes."),
            done(message("Yes.")),
            done(message("<name>b</name>", "n2")),
        ),
        "Yes.",
        SPOKEN,
    ),
    AnswerCase(
        "a delta of its own", sse(delta("<name>a</name>", "n"), delta("Ye", "m"), delta("s.", "m")), "Yes.", SPOKEN
    ),
    AnswerCase("a delta behind the answer", sse(delta("Yes.", "m"), delta("<name>b</name>", "n")), "Yes."),
    AnswerCase(
        "cut between the letters",
        sse(delta("<na", "n"), delta("me>a</n", "n"), delta("ame>", "n"), delta("Yes.", "n")),
        "Yes.",
        SPOKEN,
    ),
    AnswerCase(
        "ChatAgent's messages",
        sse({"delta": {"id": "n", "content": "<name>a</name>"}}, {"delta": {"id": "m", "content": "Yes."}}),
        "Yes.",
        SPOKEN,
    ),
    AnswerCase(
        "of each step",
        json_body(
            {
                "messages": [
                    {"role": "assistant", "content": "<name>a</name>One."},
                    {"role": "assistant", "id": "2", "content": "<name>b</name>Two."},
                ]
            }
        ),
        "One.\n\nTwo.",
        (*SPOKEN, *SPOKEN),
    ),
]
