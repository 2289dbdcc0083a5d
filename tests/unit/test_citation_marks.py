"""Marks in the text of an answer: where they stand, and that they change nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.export.markdown_html import html_of
from lib.messages.citation_marks import anchor, marked, unmarked
from lib.messages.parts import Citation, Part, Text
from lib.ui.markdown.convert import streamlit_markdown

PIECES = (
    *(
        "Revenue rose",
        " to $5M",
        " and $x_1$ fell",
        ". ",
        "**bold**",
        "*so.*",
        "**12 %**",
        "`code x`",
        "``",
        "~~no~~",
        "\n",
        "\n\n",
    ),
    *(
        "[a page](https://a.b/c)",
        "https://a.b/c",
        "<b>x</b>",
        "<br>",
        "- item",
        "1. item",
        "> quote",
        "    code",
        "# Head",
    ),
    *(
        "```sql\nSELECT 1\n```\n",
        "| a | b |\n| --- | --- |\n| 1 | x |\n",
        "\\(x y\\)",
        "$$\nx y\n$$",
        "me@a.b",
        "![",
        "](",
        "(x)",
    ),
    *("[a]: https://a.b", "[a]", "é", "。", "<pre>", "<!-- x", ":smile:", "~~~", "\\", "&amp;"),
)
SOURCE = "https://host/a"


def shown(text: str, *after: str) -> str:
    (part, *_) = marked([Text(text), Citation(SOURCE, "A", after=after)])
    assert isinstance(part, Text)
    return unmarked(part.text, lambda number: f"[{number}]")


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.integers(0, 200))
def test_a_mark_changes_nothing_but_the_place_where_it_stands(text: str, at: int) -> None:
    (part, *_) = marked([Text(text), Citation(SOURCE, "A", after=(anchor(text[:at]),))])
    assert isinstance(part, Text)
    assert unmarked(part.text, lambda _: "") == text
    assert unmarked(html_of(part.text), lambda _: "") == html_of(text)
    assert unmarked(streamlit_markdown(part.text), lambda _: "") == streamlit_markdown(text)


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("Sales rose. Then they fell.", "Sales rose.", "Sales rose.[1] Then they fell."),
        ("It cost $5M in May, $6M in June.", "in May", "It cost $5M in May[1], $6M in June."),
        ("It is **bold.**", "**bold.**", "It is **bold.**[1]"),
        ("Up by **12 %** now", "**12 %**", "Up by **12 %**[1] now"),
        ("| a |\n| --- |\n| one |", "one", "| a |\n| --- |\n| one[1] |"),
    ],
)
def test_a_mark_stands_behind_the_words_that_it_is_for(text: str, after: str, expected: str) -> None:
    assert shown(text, after) == expected


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("Sales rose.", "not there"),
        ("So. So.", "So."),
        ("Revenue", "Reve"),
        ("Run `SELECT 1` now", "SELECT"),
        ("```\nSELECT 1\n```", "SELECT"),
        ("Let $x = y$ hold", "Let $x"),
        ("See https://a.b/c now", "a.b/c"),
        ("See [a page](https://a.b)", "[a"),
        ("As [1] says, sales rose.", "rose."),
        ("Sales rose.【4:0†source】 Yes.", "Yes."),
        ("Sales rose.[^a]", "rose."),
    ],
)
def test_there_is_no_mark_where_it_could_be_wrong(text: str, after: str) -> None:
    assert shown(text, after) == text


def test_sources_are_numbered_through_and_a_source_may_be_cited_twice() -> None:
    parts: list[Part] = [
        Text("One. Two."),
        Citation("", "A", after=("One.",)),
        Text("Three."),
        Citation("", "B", after=("One.", "Three.")),
    ]
    texts = [unmarked(part.text, lambda number: f"[{number}]") for part in marked(parts) if isinstance(part, Text)]
    assert texts == ["One.[1][2] Two.", "Three.[2]"]
