"""A chat as HTML: whatever was said, the file runs nothing, loads nothing, and shows it."""

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.export.as_html import write_html
from lib.export.attached_files import MAX_EMBEDDED_BYTES
from lib.export.html_style import POLICY, STYLE
from lib.export.markdown_html import _MARKDOWN, MAX_CHARS, html_of
from lib.messages.continuation import CONTINUE
from lib.messages.parts import (
    Citation,
    Error,
    File,
    Note,
    Part,
    Reasoning,
    SignIn,
    Speaker,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
)
from tests.unit.export.chats import Chats, attachment

HOSTILE = [
    "</style><script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<!-- ",
    "]]>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](//evil.example/x)",
    "![x](https://evil.example/x.png)",
    "![x](//evil.example/x.png)",
    '![x](data:image/png;base64,AAAA" onload="alert(1))',
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x][1]\n\n[1]: https://evil.example/x.png",
    "<https://evil.example/\"onclick='x'>",
    "<javascript:alert(1)>",
    '[x](https://h/?a="><script>alert(1)</script>)',
    '```"><script>\nalert(1)\n```',
    "| a |\n|--:|\n| <script>x</script> |",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example><form action=https://evil.example>",
    "<iframe srcdoc='<script>x</script>'></iframe><link rel=stylesheet href=//evil.example>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x00<script>",
]
TAGS = set(
    re.findall(
        r"\w+",
        "html head meta title style body main h1 h2 h3 h4 h5 h6 dl dt dd article time div p a pre code details summary "
        "table thead tbody tr th td img blockquote ul ol li em strong s sup br hr",
    )
)
ATTRIBUTES = set(
    re.findall(
        r"[\w-]+", "lang charset http-equiv content name dir class datetime href rel tabindex scope src alt start"
    )
)


class Reader(HTMLParser):
    """What a browser would find in the file."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.metas = 0
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        assert tag in TAGS, tag
        assert given.keys() <= ATTRIBUTES, given
        assert given.get("class") in (
            None,
            "right",
            "center",
            "wide",
            "said",
            "note",
            "error",
            "user",
            "assistant",
        ) or (tag == "code" and (given["class"] or "").startswith("language-"))
        if tag == "a" and "href" in given:
            assert re.match(r"https?://|mailto:", given["href"] or "", re.IGNORECASE), given
        if tag == "img":
            assert (given["src"] or "").startswith("data:image/"), given

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def html_with(*parts: Part, question: str = "How much?", **fields: object) -> str:
    chats = Chats()
    return "".join(write_html(chats.source(chats.add(question, *parts, **fields))))


def everywhere(said: str) -> list[Part]:
    """Part by part, the same words in each place where an agent may put them."""
    return [
        Text(said),
        Reasoning(said),
        ToolCall(said, said, said),
        ToolResult(said, said),
        ToolCall("2", "sql", f'{{"query": "{said.encode().hex()}"}}'),
        ToolResult("2", f"a,b\n{said.replace(chr(10), ' ')},1"),
        Citation(said, said, f"/Volumes/a/b/c/{said}", said, said, (said,)),
        Citation(f"https://host/{said}", said),
        File("image/png", said, said),
        File(said, f"https://host/{said}", said),
        SignIn(said, said),
        Speaker(said),
        Note(said),
        Error(said),
        Unknown({said: said}),
    ]


@pytest.mark.parametrize("said", HOSTILE)
def test_hostile_words_do_nothing_wherever_they_stand(said: str) -> None:
    attachments = [attachment(said), attachment(said, f"https://host/{said}")]
    found = html_with(*everywhere(said), question=said, title=said, agent=said, attachments=attachments)
    reader = read(found)
    assert reader.tags.count("style") == reader.tags.count("main") == 1
    assert reader.tags.count("meta") == 4
    assert found.rstrip().endswith("</main>\n</body>\n</html>")


@given(st.lists(st.sampled_from([*HOSTILE, *"<>\"'&`*_[]()!\\ \n:/#|~-", "a", "http://h", "| --- |"])).map("".join))
def test_no_mixture_of_hostile_words_does_anything(said: str) -> None:
    read(html_of(said))


def test_the_file_loads_nothing_and_allows_nothing() -> None:
    found = html_with(*everywhere("words"))
    assert f'content="{POLICY.replace(chr(39), "&#x27;")}"' in found
    assert POLICY.startswith("default-src 'none';") and "unsafe" not in POLICY and "http" not in POLICY
    assert found.index("Content-Security-Policy") < found.index("<title>")
    assert not re.search(r"@import|url\(|<link|<script", STYLE + found)


def test_the_policy_allows_the_style_sheet_as_it_stands_in_the_file() -> None:
    [style] = re.findall(r"<style>(.*)</style>", html_with(), re.DOTALL)
    assert f"style-src 'sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in POLICY


def test_what_a_person_wrote_is_shown_as_it_was_written() -> None:
    said = "# *a*  b\n\n\t<c> & $d$"
    assert said in "".join(read(html_with(question=said)).words)


def test_an_answer_is_drawn() -> None:
    found = html_of("# Title\n\n**bold** ~~gone~~ <b>x</b>\n\n| a | b |\n|---|--:|\n| 1<br>2 | `3` |\n\n- one")
    for piece in ("<h3>Title</h3>", "<strong>bold</strong>", "<s>gone</s>", "&lt;b&gt;x", '<th class="right">b</th>'):
        assert piece in found
    assert re.search(r"<td>1<br />\s*2</td>", found)
    assert "<li>one</li>" in found


@pytest.mark.parametrize("language", ["vega-lite", "plotly", "mermaid", "json"])
def test_the_source_of_a_figure_stays_code(language: str) -> None:
    found = html_of(f'```{language}\n{{"mark": "<script>"}}\n```')
    assert f'<pre><code class="language-{language}">{{&quot;mark&quot;: &quot;&lt;script&gt;&quot;}}' in found


@pytest.mark.parametrize("formula", [r"\(a_1 * b_1\)", r"\[x_{*} \\ y\]", "$$a_b * c_d$$"])
def test_a_formula_is_shown_as_it_was_written(formula: str) -> None:
    assert formula in "".join(read(html_of(f"So {formula} holds *now*")).words)
    assert "<em>now</em>" in html_of(f"So {formula} holds *now*")


def test_tool_calls_are_folded_with_tables_in_them() -> None:
    result = ToolResult("1", '[{"region": "N", "sum": 2}, {"region": "S", "sum": null}]', 1_234)
    found = html_with(ToolCall("1", "run_sql", '{"query": "SELECT 1"}'), result)
    [details] = re.findall(r"<details>.*?</details>", found, re.DOTALL)
    assert "<summary>Tool: run_sql · 1.2 s</summary>" in details
    assert '<th scope="col">region</th><th scope="col">sum</th>' in details
    assert '<tr><td>N</td><td class="right">2</td></tr>\n<tr><td>S</td><td></td></tr>' in details
    assert "SELECT 1" in details


def test_images_of_an_answer_are_in_the_file_and_others_are_links() -> None:
    found = html_with(
        File("image/png", "data:image/png;base64,AAAA", "A chart"), File("image/png", "https://host/x.png", "There")
    )
    assert '<img src="data:image/png;base64,AAAA" alt="A chart">' in found
    assert 'Image: <a href="https://host/x.png" rel="noreferrer">There</a>' in found


def test_the_top_says_what_the_file_is_and_times_have_their_zone() -> None:
    chats = Chats()
    found = "".join(write_html(chats.source(chats.add(), zone=ZoneInfo("Europe/Zurich"))))
    assert "<dt>Exported</dt><dd>2026-03-04 13:00 CET</dd>" in found
    assert "<dt>Shown</dt><dd>the open branch, 2 messages</dd>" in found
    assert '<time datetime="2026-03-04T12:00:00+00:00">2026-03-04 13:00 CET</time>' in found


def test_a_text_too_long_to_parse_is_shown_as_it_is() -> None:
    assert html_of("*a* <b>" * (MAX_CHARS // 7 + 1)).startswith('<div class="said">*a* &lt;b&gt;*a*')


@pytest.mark.parametrize("beginning", ["\\( a ", "\\[ a "])
def test_formulas_that_never_end_take_linear_time(beginning: str) -> None:
    """Without a bound this takes ten minutes, which the time limit of a test does not allow."""
    assert beginning.strip(" \\") in _MARKDOWN.render(beginning * 60_000)


def test_small_images_of_a_question_are_in_the_file_and_other_files_are_named() -> None:
    chats = Chats()
    png = b"\x89PNG\r\n\x1a\n"
    image = chats.store.add_file(uuid4(), 'a"<b>.png', "image/png", png)
    large = chats.store.add_file(uuid4(), "large.png", "image/png", b"x" * (MAX_EMBEDDED_BYTES + 1))
    table = chats.store.add_file(uuid4(), "a.csv", "text/csv", b"a,b")
    page = "".join(write_html(chats.source(chats.add(attachments=[image, large, table], said_at=None))))
    assert page.count("<img") == 1
    assert f'<img src="data:image/png;base64,{b64encode(png).decode()}" alt="a&quot;&lt;b&gt;.png">' in page
    assert "Attachments: a&quot;&lt;b&gt;.png · large.png · a.csv" in page


def test_what_the_continue_button_asks_is_shown_as_the_action() -> None:
    html = html_with(Text("More."), question=CONTINUE)
    article = html[html.index("<article") :]
    assert "Continue</p>" in article and CONTINUE not in article
