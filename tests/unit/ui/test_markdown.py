"""The user reads the words that the agent wrote."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.ui.markdown.convert import UNFINISHED_FIGURE, streamlit_markdown
from lib.ui.markdown.draw import split_code
from lib.ui.markdown.streaming import finished_chars
from tests.unit.ui.fragments import WRITTEN_AND_READ
from tests.unit.ui.markdown_reader import addresses, read

Fragments = list[tuple[str, str]]
FRAGMENTS = st.lists(st.sampled_from(WRITTEN_AND_READ), min_size=1, max_size=6).map(
    lambda found: (" ".join(each for each, _ in found), " ".join(each for _, each in found))
)
# Markdown around the words, with the words that are then read.
PLACES = {
    "paragraph": ("Words {}\nof {} more", "Words {} of {} more"),
    "heading": ("## Words {}\n\nof {}", "Words {} of {}"),
    "setext": ("Words {}\n---\nof {}", "Words {} of {}"),
    "items": ("- Words {}\n  1. of {}", "Words {} of {}"),
    "loose items": ("1. Words {}\n\n   of {}", "Words {} of {}"),
    "quote": ("> Words {}\n> > - of {}\n\nend", "Words {} of {} end"),
    "row": ("| Words | {} |\n|---|---|\n| of | {} |\n\nend", "Words {} of {} end"),
    "after code": ("```sql\nSELECT $1, ':b:' -- <br>\n```\nWords {} of {}", "SELECT $1, ':b:' -- <br> Words {} of {}"),
    "after a formula": ("$$\n\\frac{{a}}{{b}}\n$$\nWords {} of {}", "\\frac{{a}}{{b}} Words {} of {}"),
    "html table": (
        "<table><tr><th>Words</th><th>{}</th></tr>\n<tr><td>of</td><td>{}</td></tr></table>\nend",
        "Words {} of {} end",
    ),
    "after open code": ("- ~~~\n  a:b:c $\n\nWords {} of {}", "a:b:c $ Words {} of {}"),
}


@pytest.mark.parametrize(("written", "words"), WRITTEN_AND_READ)
def test_a_markdown_fragment_reads_as_written(written: str, words: str) -> None:
    assert read(streamlit_markdown(f"x {written} y")) == " ".join(f"x {words} y".split())


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("a<b of a >= b and <b>x</b>", "a<b of a >= b and x"),
        ("<b of 2>x</b>", "<b of 2>x</b>"),
        ("x<a and c=2> y </a>", "x<a and c=2> y </a>"),
        ("<b >x</b> <b class=y>x</b> <b\nid = 'z'>x</b>", "x x x"),
        ("<ol reversed><li>x</ol> <img src='https://a.example/i.png' alt=b />", "• x Image: b"),
    ],
)
def test_words_between_signs_are_no_attributes_of_a_tag(written: str, words: str) -> None:
    assert read(streamlit_markdown(written)) == words


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=100)
@given(first=FRAGMENTS, second=FRAGMENTS)
def test_words_in_every_place_read_as_written(place: str, first: tuple[str, str], second: tuple[str, str]) -> None:
    written, words = PLACES[place]
    if place == "row" and "|" in first[0] + second[0]:
        return
    if place == "html table" and any(mark in first[0] + second[0] for mark in ("\\", "`")):
        return  # a bar is escaped there, and a backslash or a tick before it would take that for itself
    shown = streamlit_markdown(written.format(first[0], second[0]))
    assert read(shown) == " ".join(words.format(first[1], second[1]).split())


CODE = st.text("ab`~$:<|*-\\ >1.\n", max_size=40).map(lambda text: f"{text}:material/home:".replace("```", ""))
# Where a code fence may be: the Markdown, the prefix of each line, and the words that are read.
CODE_PLACES = {
    "item": ("- a\n{}\n\n  b\n- c", "  ", "- a {} b c"),
    "beginning of an item": ("1. x\n2. {}\n\n   b", "   ", "x {} b"),
    "deep item": ("- a\n  - b\n{}\n\n    c\n  - d\n\ne", "    ", "a b {} c d e"),
    "quote": ("> a\n{}\n> b\n\nc", "> ", "a {} b c"),
    "quoted item": ("> - a\n{}\n>\n>   b\n\nc", ">   ", "a {} b c"),
}


def read_as_drawn(text: str) -> str:
    pieces = split_code(streamlit_markdown(text))
    return " ".join(" ".join(f"{read(words)} {code}" for words, code, _ in pieces).split())


@pytest.mark.parametrize("place", CODE_PLACES)
@settings(max_examples=100)
@given(code=CODE, fence=st.sampled_from(["```", "~~~", "````sql"]))
def test_fenced_code_in_every_place_reads_as_written(place: str, code: str, fence: str) -> None:
    text, prefix, words = CODE_PLACES[place]
    lines = [fence, *code.split("\n"), fence.removesuffix("sql")]
    fenced = "\n".join(prefix + line for line in lines)
    if "of an item" in place:
        fenced = fenced.lstrip()
    if "~~~" in code or any(line.startswith(">") for line in lines):
        return
    assert read_as_drawn(text.format(fenced)) == " ".join(words.removeprefix("- ").format(code).split())


@pytest.mark.parametrize("text", ["a\n\n    :material/home:\n    $x", "- a\n\n      :material/home:\n      $x\n\n  b"])
def test_indented_code_reads_as_written(text: str) -> None:
    assert read_as_drawn(text) == " ".join(text.removeprefix("- ").split())


@settings(max_examples=300)
@given(st.text("ab \n$:*_~`\\()|>-=+^{}#!&;", max_size=60).filter(lambda text: "```" not in text and "~~~" not in text))
def test_no_letter_is_lost_or_added_whatever_markup_surrounds_it(text: str) -> None:
    shown = "".join(filter(str.isalpha, read(streamlit_markdown(text))))
    assert shown == "".join(filter(str.isalpha, text))


def drawn_while_it_grows(text: str) -> list[str]:
    """The words on the page after each character, as the live answer cuts it into blocks."""
    seen, done, begun = [], "", 0
    for end in range(len(text) + 1):
        cut = finished_chars(text[begun:end])
        if cut:
            done += f"{streamlit_markdown(text[begun : begun + cut])}\n\n"
            begun += cut
        seen.append(read(done + streamlit_markdown(text[begun:end], growing=True)))
    return [*seen, read(done + streamlit_markdown(text[begun:]))]


@settings(max_examples=50)
@given(st.lists(FRAGMENTS.map(lambda pair: pair[0]), min_size=1, max_size=3).map("\n\nThen ".join))
def test_a_streamed_answer_reads_like_one_that_came_at_once(text: str) -> None:
    assert drawn_while_it_grows(text)[-1] == read(streamlit_markdown(text))


@pytest.mark.parametrize(
    "formula", ["\\(x = \\frac{a}{b}\\)", "\\[\nx = \\frac{a}{b}\n\\]", "$$\nx\n\n= 1\n$$", "$$x_1$$", "$\\frac{a}{b}$"]
)
def test_a_formula_is_not_shown_before_it_is_complete(formula: str) -> None:
    text = f"So\n{formula}"
    assert set(drawn_while_it_grows(text)) == {"", "S", "So", read(streamlit_markdown(text))}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("so **bol", "so **bol**"),
        ("so **", "so "),
        ("so **bold *it", "so **bold *it**"),
        ("(so **bold", "(so **bold**"),
        ("[**bold", "[**bold**"),
        ("f(*args, **options", "f(*args, \\*\\*options"),
        ("see `x`: f(**a) and **b", "see `x`: f(\\*\\*a) and **b**"),
        ("a **kwargs to", "a \\*\\*kwargs to"),
        ("{**first, **second", "{\\*\\*first, \\*\\*second"),
        ("so **two\nlines", "so \\*\\*two\nlines"),
        ("<table><tr><th>a</th></tr><tr><td>b", "| a |\n|---|\n"),
        ("so\n<table><tr><th>a", "so\n\n"),
        ("use `a:b", "use `a:b`"),
        ("see [the docs](https://a.exam", "see the docs"),
        ("one<b", "one"),
        ("one<br>", "one"),
        ("costs $", "costs "),
        ("a\\", "a"),
        ("so\n```mermaid\ngraph", f"so\n{UNFINISHED_FIGURE}"),
        ("- ```vega-lite\n  {\n", f"- {UNFINISHED_FIGURE}"),
        ('```json\n{"$schema": "https://vega.github.io/schema/vega-lite/v5.json"', UNFINISHED_FIGURE),
        ('```json\n{"data": [], "layout"', UNFINISHED_FIGURE),
        ('```json\n{"data": [', '```json\n{"data": [\n```'),
        ("$5M to ", "\\$5M to "),
    ],
)
def test_unfinished_markup_does_not_flash_while_streaming(text: str, shown: str) -> None:
    assert streamlit_markdown(text, growing=True) == shown


@pytest.mark.parametrize(
    "code",
    [
        "```python\nprint('$5', ':smile:', '<br>')\n\n# **x**\n```",
        "~~~\n```\n$x$\n~~~",
        "- item\n\n  ```\n  $x$ :b:\n  ```",
        "> ```\n> $x$ :b:\n> ```",
        "1. a\n\n       indented $x :b:",
        "a `$x :b: <br>` b",
        "`` a ` $b ``",
        "a `$x\n$y` b",
    ],
)
def test_code_is_not_changed(code: str) -> None:
    assert streamlit_markdown(code) == code


def test_line_ends_of_all_systems_become_newlines() -> None:
    assert streamlit_markdown("a\r\n\r\n- b\rc") == "a\n\n- b\nc"


@pytest.mark.parametrize(
    "sign", ["`", "[", "*a", "$", "\\(", "<b>", "<", "[a](", "`` ", "- ", "> ", "|a", "$$\n", ":a", "<table>\n"]
)
def test_unclosed_markup_takes_linear_time(sign: str) -> None:
    # In quadratic time this would exceed the timeout of a test.
    assert len(streamlit_markdown(sign * 100_000)) >= 100_000


def test_an_unclosed_code_block_is_closed_at_the_end() -> None:
    assert streamlit_markdown("```sql\nSELECT $1") == "```sql\nSELECT $1\n```"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\\[ g = \\frac{a}{b} \\]", "$$\ng = \\frac{a}{b}\n$$"),
        ("$$ g = 1 $$.", "$$\ng = 1.\n$$"),
        ("1. a\n   \\[\n   y\n   = 1\n   \\]\n   b", "1. a\n   $$\n   y\n   = 1\n   $$\n   b"),
        ("> \\[ y = 1 \\]", "> $$\n> y = 1\n> $$"),
        ("- $$y = 1$$", "- $$\n  y = 1\n  $$"),
        ("so \\[ y\n= 1 \\] then", "so $$y = 1$$ then"),
        ("| \\(\\|x\\|\\) |\n|---|\n| $|y|_1$ |", "| $$\\Vert x\\Vert $$ |\n|---|\n| $$\\vert y\\vert _1$$ |"),
        ("$x$-axis, $n$.", "$$x$$-axis, $$n$$."),
        ("$r = \\$5$ a", "$$r = \\$5$$ a"),
    ],
)
def test_every_notation_of_a_formula_becomes_the_one_that_streamlit_draws(written: str, shown: str) -> None:
    assert streamlit_markdown(written) == shown


@pytest.mark.parametrize(
    "text",
    [
        "$5 = 4€ and $6",
        "$A$B",
        "$my_var$ x",
        "$100 = 2$",
        "$it is$",
        "$10M a >= b US$ 5",
        "$2 + x = 5$",
        "$x",
        "a$x$",
        "$ x$",
    ],
)
def test_other_text_is_not_taken_for_a_formula(text: str) -> None:
    assert "$$" not in streamlit_markdown(text).replace("\\$", "")


def test_footnotes_are_moved_to_the_end() -> None:
    text = "Claim[^1], other[^note].\n\n[^1]: First $5.\n[^note]: Second\n  line.\n\nLast."
    assert read(streamlit_markdown(text)) == "Claim¹, other[note]. Last. ¹ First $5. [note] Second line."


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("| a | b |\n|---|---|\n| `x | y` | 2 |", "| a | b |\n|---|---|\n| `x \\| y` | 2 |"),
        ("| a | b |\n|---|---|\n| 1 | 2 | 3 |", "| a | b |\n|---|---|\n| 1 | 2 \\| 3 |"),
        ("| a |\n|---|\n| 1<br>2 |", "| a |\n|---|\n| 1&#10;2 |"),
        (
            "So\n<table class='x'>\n<thead><tr><th>a</th><th>b|c</th></tr></thead>\n"
            "<tr><td><b>1</b><td>2\n3\n</tr></TABLE>\nend",
            "So\n\n| a | b\\|c |\n|---|---|\n| **1** | 2 3 |\n\nend",
        ),
        ("- <table><tr><td>a</td></tr></table>", "- | a |\n  |---|\n"),
        ("<table><tr>words<td>a</td></tr></table>", "\\<table>\\<tr>words\\<td>a\\</td>\\</tr>\\</table>"),
        ("a<br>- b<br/>1. c", "a\\\n\\- b\\\n1\\. c"),
        ("> - a<br>b", "> - a\\\n>   b"),
        ("# a<br>b", "# a&#10;b"),
        ("<details>\n<summary>More</summary>\n\ntext\n\n</details>", "\n**More**\n\ntext\n\n"),
        ("[1]: https://a.example/b", "\\[1]: https://a.example/b"),
        ("[x][1]\n\n[1]: https://a.example/b", "[x][1]\n\n[1]: https://a.example/b"),
        ('[x]\n\n[x]: <https://a.example/(b)> "T"', '[x]\n\n[x]: <https://a.example/(b)> "T"'),
        ("![x]\n\n[x]: <data:image/png;base64,AA==>", "![x]\n\n[x]: <data:image/png;base64,AA==>"),
        ("    $x\n    y\n\nb", "```\n$x\ny\n```\n\nb"),
    ],
)
def test_markdown_is_converted_as_intended(written: str, shown: str) -> None:
    assert streamlit_markdown(written) == shown


@pytest.mark.parametrize(
    "written",
    [
        "[x](#copy/1/2)",
        "[x]: #copy/1/2",
        "[x]: <#copy/1/2>",
        "[x]: /page 'title'",
        "[x]:\n#copy/1/2",
        "[a\nb]: #copy/1/2 [a b]",
        "[x]: https://a.example [y](#copy/1/2)",
        "[x]: https://a.example)[y](#copy/1/2)",
        "[x]: https://a.example/[y](#copy/1/2)",
        "[ ]: https://a.example/([y](#copy/1/2) [ ]",
        "[a]: https://a.example [a]\n[x]: #copy/1/2",
        "> - [x]: #copy/1/2",
        "<p>[x]: #copy/1/2</p>",
        "[x]: javascript&#58;alert",
    ],
)
def test_no_link_leads_into_the_app(written: str) -> None:
    text = streamlit_markdown(f"[x] and [x][] and [:material/content_copy:][x]\n\n{written}")
    assert not [address for address in addresses(text) if not address.startswith("https://a.example")]
    assert "1/2" in read(text) or "copy" not in written
