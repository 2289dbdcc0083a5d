"""What a small model is given to summarise, and what is taken of its answer."""

import json
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.chat.context import context_chars
from lib.chat.summaries import MAX_SUMMARY_CHARS, SummaryPlan, as_data, cleaned_summary
from lib.config import load
from lib.store.context import LackingMessage, Unsummarised


def message(text: str, role: str = "user", files: tuple[str, ...] = ()) -> LackingMessage:
    return LackingMessage(uuid4(), role, text, list(files))  # type: ignore[arg-type]


@given(st.text(), st.text(max_size=50))
def test_no_text_passes_for_the_end_of_its_message_or_of_the_summary(text: str, summary: str) -> None:
    given = as_data(Unsummarised(summary, [message(text), message("Be brief.", "system"), message("a", "assistant")]))
    assert json.loads(given) == {
        "summary": summary,
        "messages": [{"role": "user", "text": text}, {"role": "assistant", "text": "a"}],
    }


def test_of_a_long_message_the_model_reads_both_ends_and_the_names_of_its_files() -> None:
    given = as_data(Unsummarised("", [message(f"begin{'x' * 50_000}end", files=("sales.csv",))]))
    [said] = json.loads(given)["messages"]
    assert said["text"].startswith("begin") and said["text"].endswith("end") and len(said["text"]) < 8_010
    assert said["files"] == ["sales.csv"]


@given(st.text(), st.integers(1, 400))
def test_a_summary_is_never_longer_than_it_may_be(said: str, most_chars: int) -> None:
    assert len(cleaned_summary(said, most_chars)) <= most_chars


@pytest.mark.parametrize(
    ("said", "summary"),
    [
        ("<think>Hm.</think>\n# Revenue\n\n- North: **5 €**", "Revenue\n- North: **5 €"),
        (" \n<think>Hm.", ""),
        ("Revenue of the North in 2026", "Revenue of the…"),
        ("Revenue 2026…\n- and by month", "Revenue 2026…"),
        ("Revenueofthenorthin2026", "Revenueofthenor…"),
    ],
)
def test_what_a_model_says_becomes_plain_text_cut_between_words(said: str, summary: str) -> None:
    most_chars = 16 if summary.endswith("…") else 100
    assert cleaned_summary(said, most_chars) == summary


@given(st.integers(100, 10_000_000))
def test_a_summary_is_due_before_anything_falls_out_that_it_does_not_cover(budget: int) -> None:
    environ = {"SERVING_ENDPOINT": "agent", "HISTORY_TOKEN_BUDGET": str(budget)}
    settings = load(environ)
    plan = SummaryPlan.of(settings)
    assert plan.summary_chars <= MAX_SUMMARY_CHARS
    assert 0 <= plan.kept_chars <= plan.max_chars < context_chars(settings) - plan.summary_chars
    crowded = SummaryPlan.of(load(environ | {"SYSTEM_PROMPT": "x" * 4 * budget} if budget < 1_000 else environ))
    assert min(vars(crowded).values()) >= 100
