"""How a snippet shows the matching words."""

import pytest

from lib.store.search_hit import MARK_END, MARK_START
from lib.ui.search import highlighted, unmarked


def marked(text: str) -> str:
    return text.replace("<", MARK_START).replace(">", MARK_END)


@pytest.mark.parametrize(
    ("snippet", "shown"),
    [
        ("nothing marked", "nothing marked"),
        ("the <Nordics> sold <most>", "the **Nordics** sold **most**"),
        ("<a><b>", "**a****b**"),
        ("(<quarter>ly)", "\\(**quarter**ly\\)"),
        ("<!a> b", "\\!a b"),
        ("one<> two", "one two"),
        ("*x* <y*z> ![i](u)", "\\*x\\* **y\\*z** \\!\\[i\\]\\(u\\)"),
        ("lines\n\n# <head>\n", "lines \\# **head**"),
        ("<never ended", "never ended"),
    ],
)
def test_matching_words_are_bold_and_the_rest_is_verbatim(snippet: str, shown: str) -> None:
    assert highlighted(marked(snippet)) == shown


def test_a_snippet_without_its_marks_is_the_original_text() -> None:
    assert unmarked(marked("the <Nordics> sold <most>")) == "the Nordics sold most"
