"""The line that a search hit shows of a text."""

import pytest

from lib.store.search_hit import MARK_END, MARK_START
from lib.store.snippets import SNIPPET_CHARS, parted, snippet


def shown(text: str, query: str) -> str:
    return snippet(text, query).replace(MARK_START, "[").replace(MARK_END, "]")


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("<p>Sold in <b>Lisbon</b>, said <i>Ann</i></p>", "lisbon", "<p>Sold in <b>[Lisbon]</b>, said <i>Ann</i></p>"),
        ("if a < b and c > d: print('<b>')", "print", "if a < b and c > d: [print]('<b>')"),
        ("Map<String, List<Order>> open;", "order", "Map<String, List<[Order]>> open;"),
        ("AT&amp;T &lt;sells&gt;", "sells", "AT&amp;T &lt;[sells]&gt;"),
        ("SELECT *\n  FROM main.sales.orders", "sales", "SELECT * FROM main.[sales].orders"),
        ("GROSSE ÄRGER in Zürich", "ärger zürich", "GROSSE [ÄRGER] in [Zürich]"),
        ("decomposed: Zu\u0308rich", "zu\u0308rich", "decomposed: [Zu\u0308rich]"),
        ("👩‍💻 wrote 😀Lisbon😀", "lisbon", "👩‍💻 wrote 😀[Lisbon]😀"),
        ("order_id is 7", "order", "[order]_id is 7"),
        ("北京大学 and 北京", "北京", "[北京大学] and [北京]"),
    ],
)
def test_a_snippet_quotes_the_text_verbatim(text: str, query: str, expected: str) -> None:
    assert shown(text, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("lis", "[Lisbon] before Porto or Madrid"),
        ("li", "Lisbon before Porto or Madrid"),
        ("porto lis", "[Lisbon] before [Porto] or Madrid"),
        ("por lisbon", "[Lisbon] before Porto or Madrid"),
        ("lisbon -porto", "[Lisbon] before Porto or Madrid"),
        ('lisbon -"before porto" madrid', "[Lisbon] before Porto or [Madrid]"),
        ("lisbon or madrid", "[Lisbon] before Porto or [Madrid]"),
        ('"before porto"', "Lisbon [before] [Porto] or Madrid"),
        ('"?!', "Lisbon before Porto or Madrid"),
    ],
)
def test_exactly_the_searched_words_are_marked(query: str, expected: str) -> None:
    assert shown("Lisbon before Porto or Madrid", query) == expected


def test_a_snippet_of_a_long_text_starts_where_the_words_are_close_together() -> None:
    text = "revenue " + "of the many things " * 500 + "the revenue of Lisbon " + "grew and grew " * 500
    line = snippet(text, "revenue lisbon")
    assert f"{MARK_START}revenue{MARK_END} of {MARK_START}Lisbon{MARK_END} grew" in line
    assert line.split()[0] in text.split()
    assert line.split()[-1] in text.split()
    assert len(line) <= SNIPPET_CHARS + 4


def test_a_snippet_at_the_end_of_a_text_includes_what_precedes_it() -> None:
    line = snippet("one two three " * 500 + "Lisbon", "lisbon")
    assert line.endswith(f"three {MARK_START}Lisbon{MARK_END}")
    assert len(line) > SNIPPET_CHARS / 2


@pytest.mark.parametrize("text", ["x" * 5_000, "a " + "x" * 5_000, "x" * 5_000 + " a", "👩‍💻" * 2_000 + "xxx"])
def test_a_very_long_word_is_cut(text: str) -> None:
    line = snippet(text, "xxx")
    assert f"{MARK_START}xxx" in line
    assert len(line) <= SNIPPET_CHARS + 2


def test_marks_in_the_text_itself_are_not_marks_of_a_hit() -> None:
    assert snippet(f"{MARK_START}Porto{MARK_END} and Lisbon", "lisbon") == f"Porto and {MARK_START}Lisbon{MARK_END}"


@pytest.mark.parametrize(
    ("query", "finished"),
    [
        ("lisbon rev", "lisbon "),
        ('"lisbon before" rev', '"lisbon before" '),
        ("lisbon -porto main.sales.ord", "lisbon -porto "),
        ("lisbon", ""),
        ("lisbon re", ""),
        ("lisbon -rev", ""),
        ('lisbon "rev', ""),
        ('lisbon "before rev"', ""),
        ("lisbon or rev", ""),
        ("-lisbon rev", ""),
    ],
)
def test_the_words_before_an_unfinished_one_are_told_apart_only_where_both_must_be_there(
    query: str, finished: str
) -> None:
    assert parted(query) == (finished, query.removeprefix(finished))


def test_asterisks_of_bold_words_are_removed_and_those_of_powers_kept() -> None:
    assert snippet("It came to **€1,032**; the best was **Aug**.", "best") == (
        f"It came to €1,032; the {MARK_START}best{MARK_END} was Aug."
    )
    assert snippet("best of 2**3 and 4**5", "best").endswith("of 2**3 and 4**5")


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("| Region | Sold |\n| --- | ---: |\n| Nordics | 12 |", "nordics", "Region · Sold [Nordics] · 12"),
        ("Run `SELECT 1` in `main`", "select", "Run [SELECT] 1 in main"),
        (
            "```sql\nSELECT `a`, b**2\n  FROM sales\n```\nthat is it",
            "sales",
            "SELECT `a`, b**2 FROM [sales] that is it",
        ),
        ("see [the *sales* report](https://example.com/a_(b)?c=1) now", "report", "see the sales [report] now"),
        ("see [it](https://example.com/quarterly) now", "quarterly", "see [it](https://example.com/[quarterly]) now"),
        ("## Results\n> - **North**: up\n> - ~~South~~: down", "north", "Results [North]: up South: down"),
        ("1 * 2 * 3, COUNT(*), *.csv and a | b", "csv", "1 * 2 * 3, COUNT(*), *.[csv] and a | b"),
        ("![a map](https://example.com/x.png) of it", "map", "a [map] of it"),
    ],
)
def test_a_snippet_holds_no_signs_of_markdown(text: str, query: str, expected: str) -> None:
    assert shown(text, query) == expected


def test_a_snippet_holds_no_source_of_a_figure_unless_only_that_has_the_words() -> None:
    text = "Sales rose.\n\n```mermaid\nflowchart LR\n  Orders --> Lisbon\n```\n\nMost in May."
    assert shown(text, "rose") == "Sales [rose]. Most in May."
    assert "Orders --> [Lisbon]" in shown(text, "lisbon")
    assert shown(text.replace("mermaid", "sql"), "rose").startswith("Sales [rose]. flowchart LR")


def test_a_snippet_of_a_very_long_answer_is_soon_made() -> None:
    for text in ("| " * 10_000, "`" * 20_000, "*" * 20_000, "[" * 20_000, "[a](" * 5_000, "-" * 20_000, "é ß " * 5_000):
        assert len(snippet(text, "lisbon")) <= SNIPPET_CHARS
