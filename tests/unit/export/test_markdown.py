"""A chat as Markdown: what was said is there to be read, and nothing of it changes what stands around it."""

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lib.export.as_markdown import write_markdown
from lib.export.markdown_text import closed, escaped, fenced, table, verbatim
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
from lib.store import edits
from tests.unit.export.chats import BOB, Chats, attachment

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
SIGNS = st.text(st.sampled_from(list("aB1 .)-+=#*_`~|<>[]()!&;$\\:/\"'{}\n\té中\u2028")), max_size=40)


def markdown_of(*parts: Part, question: str = "How much?") -> str:
    chats = Chats()
    return "".join(write_markdown(chats.source(chats.add(question, *parts))))


def shown(markdown: str) -> str:
    """The words that a reader of Markdown sees."""
    words = []
    for token in READER.parse(markdown):
        words += [child.content for child in token.children or [] if child.type in ("text", "code_inline")]
        if token.type in ("fence", "code_block", "html_block"):
            words.append(token.content)
    return "".join(words)


def test_the_top_says_what_the_file_is() -> None:
    chats = Chats()
    chat_id = chats.add("How much?")
    found = "".join(write_markdown(chats.source(chat_id, zone=ZoneInfo("Europe/Zurich"))))
    assert found.split("\n\n## ")[0].splitlines() == [
        "# How much?",
        "",
        "- Exported: 2026-03-04 13:00 CET",
        "- Agent: sales",
        "- Begun: 2026-03-04 13:00 CET",
        "- Last active: 2026-03-04 13:00 CET",
        "- Shown: the open branch, 2 messages",
    ]
    assert "## You · 2026-03-04 13:00 CET\n\nHow much?\n" in found
    assert "## sales · 2026-03-04 13:00 CET\n\n42\n" in found


def test_other_versions_are_left_out_and_counted() -> None:
    chats = Chats()
    turn = chats.ask("How much?")
    chats.answer(turn, [Text("One version")])
    record = chats.store._find(turn.chat_id)
    assert record
    chats.add("And then?", Text("Left out"), chat_id=turn.chat_id)
    left_out = record.messages[-2:]
    chats.add("Or?", Text("Shown"), chat_id=turn.chat_id)
    # The third question follows the first answer, as an edited second one does.
    record.messages[-2] = replace(record.messages[-2], parent_id=turn.turn_id)
    found = "".join(write_markdown(chats.source(turn.chat_id)))
    assert "the open branch, 4 of 6 messages; other versions are left out" in found
    assert "Shown" in found
    assert not any(message.content in found for message in left_out)


def test_a_reader_of_a_shared_chat_is_told_whose_it_is() -> None:
    chats = Chats()
    chat_id = chats.add("How much?")
    chats.store.edit_chat(chat_id, edits.set_visibility("public"))
    found = "".join(write_markdown(chats.source(chat_id, BOB)))
    assert "- Shared by: Ann\n" in found
    assert "## Ann · " in found and "## You" not in found


def test_tool_calls_are_a_summary_with_fenced_blocks_and_tables_are_tables() -> None:
    found = markdown_of(
        ToolCall("1", "run_sql", '{"query": "SELECT 1", "limit": 5}'),
        ToolResult("1", '[{"region": "N|S", "sum": 2}, {"region": "*x*", "sum": null}]', 1_234),
        ToolCall("2", "look_up", "plain"),
        ToolResult("2", "it says ``` here"),
        Text("Done."),
    )
    assert "**Tool: run\\_sql** · 1.2 s\n\n```sql\nSELECT 1\n```\n\n```json\n" in found
    assert "| region | sum |\n| --- | ---: |\n| N\\|S | 2 |\n| \\*x\\* |  |\n" in found
    assert "**Tool: look\\_up**\n\n```\nplain\n```\n\nResult:\n\n````\nit says ``` here\n````\n\nDone." in found


def test_each_other_part_has_its_place() -> None:
    found = markdown_of(
        Reasoning("Hm.\n\n```\nopen"),
        Citation("https://host/a b", "A [source]", place="page 3", snippet="Oil *it*."),
        Citation("", ""),
        File("image/png", "data:image/png;base64,AAAA", "chart"),
        File("text/csv", "https://host/x.csv", ""),
        SignIn("https://host", "Sign in."),
        Note("A *note*."),
        Error("It failed."),
        Unknown({"type": "video"}),
    )
    for piece in (
        "> **Reasoning**\n>\n> Hm.\n>\n> ```\n> open\n> ```\n",
        "Sources:\n\n1. [A \\[source\\]](<https://host/a%20b>), page 3\n\n   > Oil \\*it\\*.\n"
        "\n2. A source without a name",
        "Image: chart",
        "File: [https://host/x.csv](<https://host/x.csv>)",
        "> Sign in.",
        "> A \\*note\\*.",
        "> **Error:** It failed.",
        '```json\n{\n  "type": "video"\n}\n```',
    ):
        assert piece in found
    assert "base64" not in found


def test_an_address_that_is_no_web_page_is_no_link() -> None:
    assert "](" not in markdown_of(Citation("javascript:alert(1)", "Click"), File("text/html", "data:text/html,x", "x"))


def test_attachments_and_endings_are_named() -> None:
    chats = Chats()
    turn = chats.ask("See?", attachments=[attachment("a_b.csv", "https://host/a.csv"), attachment("c")])
    running = "".join(write_markdown(chats.source(turn.chat_id)))
    assert "Attachments: [a\\_b.csv](<https://host/a.csv>) · c" in running
    assert "still being written" in running
    chats.answer(turn, [Text("Half an")], "stopped")
    assert "Half an\n\n*This answer was stopped.*\n" in "".join(write_markdown(chats.source(turn.chat_id)))


@given(SIGNS)
def test_what_a_person_wrote_is_read_as_they_wrote_it(said: str) -> None:
    found = shown(verbatim(said))
    expected = said if "\n" in said.strip() else " ".join(said.split("\n")).strip()
    assert found.strip("\n") == expected.strip("\n")


def test_numbers_and_names_are_not_escaped_without_need() -> None:
    assert [escaped(said) for said in ("1.5", "-5", "+49", "a-b.", "1. x", "- x", "---", "=")] == [
        *("1.5", "-5", "+49", "a-b.", "1\\. x", "\\- x", "\\---", "\\="),
    ]


@given(SIGNS, SIGNS)
def test_a_title_or_a_cell_has_no_formatting(one: str, two: str) -> None:
    markdown = table([one, "n"], [[two, 1]])
    assert [token.type for token in READER.parse(markdown)][:1] == ["table_open"]
    assert shown(f"# {escaped(one)}") == " ".join(one.split("\n")).strip()


@given(
    st.lists(
        st.sampled_from([*"abX`~ \n#<!-?>", "```", "~~~", "\n```\n", "\n<!--", "\n<script>", "<pre", "\n</pre>"])
    ).map("".join)
)
@example("\n<!--\n```\n\n<!-->")
@example("- a\n  <!--\n```\n-->")
@example("<!DOCTYPE\n\n")
@example("<pre>\n```\n</script>\n")
@example("<div>\n```\n")
@example("</pre>\n<script>\n\n```\n\n</pre>")
def test_an_answer_that_breaks_off_takes_nothing_with_it(answer: str) -> None:
    tokens = READER.parse(f"{closed(answer)}\n\n## The next message\n")
    assert [token.content for token in tokens if token.type == "inline"][-1:] == ["The next message"]
    assert tokens[-1].type == "heading_close"


@pytest.mark.parametrize("text", ["", "a", "`", "``` x ```", "~~~~\n`````", "a\r\nb"])
def test_a_fence_is_longer_than_any_in_it(text: str) -> None:
    [token] = READER.parse(fenced(text, "text"))
    assert (token.type, token.info) == ("fence", "text")
    assert re.sub(r"\n\Z", "", token.content) == text.replace("\r", "").rstrip("\n")


def test_comments_that_never_end_take_linear_time() -> None:
    """If each looked for its end by itself, this would take an hour, which the time limit of a test does not allow."""
    assert closed("<!-- a\n" * 150_000).startswith("\\<!-- a\n\\<!-- a\n")


def test_what_the_continue_button_asks_is_shown_as_the_action() -> None:
    _title, _you, said = markdown_of(Text("More."), question=CONTINUE).partition("## You")
    assert "\n*Continue*\n" in said and CONTINUE not in said


def test_who_speaks_whom_they_asked_and_whose_the_sources_are_is_said_by_name() -> None:
    found = markdown_of(
        ToolCall("1", "agent-hr_policies", '{"query": "Leave?"}'),
        ToolResult("1", "Handed over."),
        Speaker("agent-hr_policies"),
        Text("30 days."),
        Citation("", "leave.pdf"),
    )
    assert "**Asked: Hr policies**" in found
    assert "*Hr policies:*\n\n30 days.\n\nSources of Hr policies:\n\n1. leave.pdf" in found


def test_an_agent_goes_by_the_name_that_people_know() -> None:
    chats = Chats()
    source = replace(chats.source(chats.add("How much?")), agent_name={"sales": "Our *sales*"}.__getitem__)
    found = "".join(write_markdown(source))
    assert "- Agent: Our \\*sales\\*\n" in found and "## Our \\*sales\\* · " in found
