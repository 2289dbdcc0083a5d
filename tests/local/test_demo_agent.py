"""The demo agent answers what DuckDB computes, and remembers the history it is sent."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lib.chat.follow_ups import questions_in
from lib.figures.figure import Chart, Diagram
from lib.figures.recognise import read_figure
from lib.messages.choices import choices_in
from local.demo import handbook, make_data
from local.demo.agent import DemoAgent
from local.demo.asked_again import MAX_CONVERSATIONS, Days
from local.demo.data import DATA, QueryRefused, shared_warehouse
from local.demo.events import End, Message, TextDelta, ToolCall, ToolResult
from local.demo.files import from_data_url, take_texts
from local.demo.follow_ups import follow_ups_for
from local.demo.genie import genie_answer
from local.demo.summaries import summary_for
from local.demo.titles import title_for
from local.workspace.endpoints import TAGS

BEST_REGION = "Which region sold most last quarter?"


class Answer:
    """The agent's answers to these questions, asked one after the other."""

    def __init__(self, *asked: str, days_later: int = 0) -> None:
        self.events = list(DemoAgent(days_later).answer([Message("user", text) for text in asked]))
        self.text = "".join(event.text for event in self.events if isinstance(event, TextDelta))
        self.sql = [json.loads(e.arguments)["sql"] for e in self.events if isinstance(e, ToolCall)]
        self.results = [json.loads(e.output) for e in self.events if isinstance(e, ToolResult)]


def test_the_agent_says_what_files_it_received_and_speaks_of_them_later() -> None:
    blocks = "File “sales.csv”:\n\n````csv\nday,`q`\nMon,```\n````\nOnly the first 1 of its 9 rows are given here.\n\n"
    given, question = take_texts(f"{blocks}File “a.md”:\n\n```markdown\nx\ny\n```\n\nWhat is this?")
    image = from_data_url("dot.gif", "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAAAAACwAAAAAAQABAAACAkQBADs=")
    assert image and question == "What is this?"
    asked = [Message("user", question, (*given, image)), Message("user", "How many rows did the file have?")]
    for questions in (asked[:1], asked):
        text = "".join(event.text for event in DemoAgent().answer(questions) if isinstance(event, TextDelta))
        assert text.startswith("I received 3 files.\n\n**sales.csv** has 1 rows and 2 columns: `day`, ``q``.\n\n| day")
        assert text.endswith(
            "**a.md** is a text of 2 lines and 3 characters.\n\n**dot.gif** is a GIF image of 1 by 1 pixels."
        )


@pytest.mark.parametrize("question", [BEST_REGION, "Show revenue by month for 2026"])
def test_the_agent_understands_each_question_that_it_suggests(question: str) -> None:
    end = Answer(question).events[-1]
    assert isinstance(end, End) and len(end.follow_ups) == 3
    for suggested in end.follow_ups:
        answer = Answer(question, suggested)
        assert answer.sql or "```sql" in answer.text


EVERY_KIND = (
    "hi",
    BEST_REGION,
    "And by month?",
    "Show me the SQL",
    "What tables are there?",
    "thanks",
    "Help me choose",
    "SELECT 1",
    "Write a report",
    "What is our profit?",
)


@pytest.mark.parametrize("question", EVERY_KIND)
def test_the_agent_understands_each_question_that_the_small_model_suggests(question: str) -> None:
    suggested = follow_ups_for(f"Question:\n{question}\n\nAnswer:\nSomething.")
    assert len(suggested) == 3 and question not in suggested
    assert questions_in("\n".join(suggested), question) == suggested
    for each in suggested:
        assert Answer(question, each).sql


def test_the_agent_understands_each_alternative_that_it_offers() -> None:
    asked = "Help me choose"
    choices = choices_in(Answer(asked).text)
    assert len(choices) == 4
    for choice in choices:
        assert Answer(asked, choice).sql


def rows(sql: str) -> list[tuple[Any, ...]]:
    return shared_warehouse().query(sql).rows


def test_the_handbook_answers_each_question_that_its_page_begins_with() -> None:
    for question in TAGS["demo-knowledge"]["lakechat_starters"].split("|"):
        assert handbook.is_about_handbook(question)


@pytest.mark.parametrize(
    ("question", "said"),
    [("What can you do?", "Genie space"), ("Send the sales report to ann@example.com", "cannot send")],
)
def test_the_genie_space_offers_nothing_that_only_the_agent_can_do(question: str, said: str) -> None:
    assert said in genie_answer([question]).text


def test_the_committed_data_equals_the_generators_output(tmp_path: Path) -> None:
    make_data.write(tmp_path)
    for path in sorted(DATA.glob("*.csv")):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
    assert sum(path.stat().st_size for path in DATA.glob("*.csv")) < 200_000


def test_a_question_that_is_asked_again_is_asked_a_day_later() -> None:
    days, first, again = Days(), [Message("user", BEST_REGION)], [Message("user", BEST_REGION), Message("user", "why?")]
    assert [days.ask("a", first), days.ask("a", again), days.ask("b", first), days.ask(None, first)] == [0, 0, 0, 0]
    assert [days.ask("a", first), days.ask("a", again), days.ask("b", again), days.ask(None, first)] == [1, 2, 0, 0]
    for number in range(MAX_CONVERSATIONS):
        days.ask(str(number), first)
    assert len(days._conversations) == MAX_CONVERSATIONS and days.ask("a", first) == 0


@pytest.mark.parametrize(
    "question", [BEST_REGION, "Show revenue by month for 2026", "Who are our top 10 customers?", "revenue by region"]
)
def test_the_data_of_a_later_day_have_more_orders_and_every_result_changes(question: str) -> None:
    results = [Answer(question, days_later=days).results for days in (0, 1, 2)]
    assert len({json.dumps(result) for result in results}) == 3
    counts = [shared_warehouse(days).query("SELECT COUNT(*) FROM orders").rows for days in (0, 1, 2)]
    assert counts == [[(2000,)], [(2012,)], [(2024,)]]
    assert Answer(question, days_later=1).results == results[1]


def test_the_months_go_on_with_the_days() -> None:
    months = [row[0] for row in Answer("Show revenue by month for 2026", days_later=1).results[0]["rows"]]
    assert (len(months), months[-1]) == (11, "2026-11")


def test_the_best_region_of_last_quarter_is_the_one_duckdb_finds() -> None:
    answer = Answer(BEST_REGION)
    (region, revenue), *_ = rows(
        "SELECT region, SUM(revenue) FROM orders JOIN customers USING (customer_id)"
        " WHERE order_date BETWEEN '2026-07-01' AND '2026-09-30' GROUP BY 1 ORDER BY 2 DESC"
    )
    assert answer.text.startswith(f"**{region}** had the highest revenue in Q3 2026: **€{revenue:,.0f}**")
    assert f"| {region} | €{revenue:,.0f} |" in answer.text


def test_revenue_by_month_lists_every_month_of_the_year_in_order() -> None:
    answer = Answer("Show revenue by month for 2026")
    months = rows(
        "SELECT ROUND(SUM(revenue), 2) FROM orders WHERE YEAR(order_date) = 2026"
        " GROUP BY MONTH(order_date) ORDER BY MONTH(order_date)"
    )
    assert re.findall(r"\| \w{3} 2026 \| (€[\d,]+)", answer.text) == [f"€{revenue:,.0f}" for (revenue,) in months]


def test_the_top_ten_customers_are_ten_and_in_order() -> None:
    answer = Answer("Who are our top 10 customers?")
    best = rows("SELECT customer FROM sales GROUP BY 1 ORDER BY SUM(revenue) DESC LIMIT 10")
    assert re.findall(r"^\| ([^|]+) \| €", answer.text, re.MULTILINE) == [name for (name,) in best]


@pytest.mark.parametrize(
    ("question", "expected_sql"),
    [
        (
            "How many orders did we get in March 2026?",
            "SELECT COUNT(*) FROM orders WHERE order_date BETWEEN '2026-03-01' AND '2026-03-31'",
        ),
        ("total revenue in the Nordics", "SELECT ROUND(SUM(revenue), 2) FROM sales WHERE region = 'Nordics'"),
        (
            "What is the average order value for tents?",
            "SELECT ROUND(AVG(revenue), 2) FROM sales WHERE category = 'Tents'",
        ),
        ("units sold since September 2026", "SELECT SUM(quantity) FROM orders WHERE order_date >= '2026-09-01'"),
        (
            "return rate of Footwear last year",
            "SELECT ROUND(100 * AVG(returned::INT), 2) FROM sales"
            " WHERE category = 'Footwear' AND YEAR(order_date) = 2025",
        ),
        (
            "how many customers bought in Q2 2026",
            "SELECT COUNT(DISTINCT customer_id) FROM orders WHERE order_date BETWEEN '2026-04-01' AND '2026-06-30'",
        ),
        (
            "Update me on sales in the UK between May and July 2025",
            "SELECT ROUND(SUM(revenue), 2) FROM sales"
            " WHERE country = 'United Kingdom' AND order_date BETWEEN '2025-05-01' AND '2025-07-31'",
        ),
    ],
)
def test_a_single_number_is_what_duckdb_computes(question: str, expected_sql: str) -> None:
    answer = Answer(question)
    assert answer.results[0]["rows"][0][0] == pytest.approx(float(rows(expected_sql)[0][0]))


@pytest.mark.parametrize(
    ("question", "first_cells"),
    [
        ("compare 2025 and 2026", {"2025", "2026"}),
        ("Alps vs Nordics this year", {"Alps", "Nordics"}),
        ("Compare the return rate of Footwear and Apparel", {"Footwear", "Apparel"}),
        ("Q2 vs Q3 2026", {"2026-Q2", "2026-Q3"}),
    ],
)
def test_a_comparison_has_one_row_for_each_side(question: str, first_cells: set[str]) -> None:
    assert {row[0] for row in Answer(question).results[0]["rows"]} == first_cells


def test_a_tool_call_comes_before_its_result_and_both_before_the_text() -> None:
    events = Answer(BEST_REGION).events
    call, result, first_text, *_, end = events
    assert isinstance(call, ToolCall) and isinstance(result, ToolResult) and isinstance(first_text, TextDelta)
    assert call.call_id == result.call_id
    assert isinstance(end, End) and end.output_tokens == sum(isinstance(event, TextDelta) for event in events)


def test_the_demo_agent_remembers_the_first_and_the_last_question() -> None:
    asked = (BEST_REGION, "and by month?")
    assert f'"{BEST_REGION}"' in Answer(*asked, "What did I ask first?").text
    assert '"and by month?"' in Answer(*asked, "what did I ask before?").text
    assert "1. Which region" in Answer(*asked, "list my questions").text


@pytest.mark.parametrize(
    "question", ["What did I ask first?", "and by month?", "show me the SQL", "what about the Alps?"]
)
def test_without_history_the_demo_agent_says_that_it_sees_only_one_message(question: str) -> None:
    assert "I can only see this message" in Answer(question).text


def test_a_follow_up_keeps_what_it_does_not_change() -> None:
    by_month = Answer(BEST_REGION, "and by month?")
    assert [row[0] for row in by_month.results[0]["rows"]] == ["2026-07", "2026-08", "2026-09"]
    nordics = Answer(BEST_REGION, "and by month?", "what about the Nordics?", "and the average basket?")
    assert (
        "AVG(revenue)" in nordics.sql[0] and "region = 'Nordics'" in nordics.sql[0] and "2026-07-01" in nordics.sql[0]
    )


def test_a_complete_question_takes_nothing_from_the_previous_one() -> None:
    assert (
        Answer("return rate for tents in 2025", "Who are our top 10 customers?").sql
        == Answer("Who are our top 10 customers?").sql
    )


def test_show_me_the_sql_shows_the_statement_that_was_run() -> None:
    ran = Answer(BEST_REGION, "and by month?").sql[0]
    assert f"```sql\n{ran}\n```" in Answer(BEST_REGION, "and by month?", "thanks", "show me the SQL").text


def test_typed_sql_runs_as_it_stands() -> None:
    answer = Answer("```sql\nSELECT category, COUNT(*) AS n FROM products GROUP BY 1 ORDER BY 1\n```")
    assert answer.results[0]["rows"][0] == ["Apparel", 3]
    assert "| Apparel | 3 |" in answer.text


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE orders",
        "DELETE FROM orders",
        "SELECT 1; DROP TABLE orders",
        "COPY orders TO '/tmp/x'",
        "SET threads = 4",
        "ATTACH 'x.db'",
    ],
)
def test_sql_that_is_more_than_one_select_is_refused(statement: str) -> None:
    assert "error" in Answer(statement).results[0]
    assert rows("SELECT COUNT(*) FROM orders") == [(2000,)]


@pytest.mark.parametrize("source", ["read_csv('/etc/passwd')", "read_text('/etc/hostname')", "'/etc/passwd'"])
def test_sql_cannot_read_files(source: str) -> None:
    with pytest.raises(QueryRefused):
        shared_warehouse().query(f"FROM {source}")


def test_a_large_result_is_truncated_and_says_so() -> None:
    answer = Answer("SELECT * FROM orders")
    assert len(answer.results[0]["rows"]) == 200 and answer.results[0]["truncated"]
    assert answer.text.count("\n| O-") == 15


@pytest.mark.parametrize("question", ["hi", "help", "Who are you?", "what can you do?"])
def test_the_demo_agent_says_that_it_has_no_model(question: str) -> None:
    text = Answer(question).text
    assert text.startswith("I am Lakechat's demo agent") and "no language model" in text
    assert all(name in text for name in ("SERVING_ENDPOINT", "AGENT_URL", "AGENT_API_KEY", "AGENT_MODEL"))


def test_the_demo_agent_says_what_it_cannot_do() -> None:
    assert "costs" in Answer("What was our profit by month?").text
    assert "could not find anything" in Answer("sing me a song").text
    assert 'do not know "Germany"' in Answer("revenue in Germany").text
    assert "no orders in 2023" in Answer("revenue in 2023").text


def test_the_tables_are_described_from_the_catalog() -> None:
    text = Answer("What data do you have?").text
    assert all(f"**{table}**" in text for table in ("customers", "orders", "products", "sales"))


def test_a_long_answer_has_every_kind_of_markdown() -> None:
    text = Answer("Tell me everything about the data").text
    assert 500 < len(text.split()) < 900
    assert all(mark in text for mark in ("# The shop", "\n- *", "\n| ---", "```sql", "**"))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (BEST_REGION, "Region sold most last quarter"),
        ("Who are our top 10 customers?", "Our top 10 customers"),
        ("How many orders do we have in each region?", "Orders in each region"),
        ("How many orders are there in each region?", "Orders in each region"),
        ("hi", "A question about hi"),
        ("Help me choose", "Help me choose"),
        (
            "Write a title for this:\n\nUser: show me the revenue by month for 2026\nAssistant: Here it is",
            "Revenue by month for 2026",
        ),
    ],
)
def test_a_title_has_two_to_six_words_of_the_text(text: str, title: str) -> None:
    assert title_for(text) == title and 2 <= len(title.split()) <= 6


@pytest.mark.parametrize(
    ("question", "language", "kind"),
    [
        ("Draw revenue by month for 2026", "vega-lite", Chart),
        ("Show revenue by region as a Plotly chart", "plotly", Chart),
        ("Draw a diagram of the tables", "mermaid", Diagram),
    ],
)
def test_charts_and_diagrams_are_drawn_on_request(question: str, language: str, kind: type) -> None:
    block = re.search(rf"```{language}\n(.*?)\n```$", Answer(question).text, re.DOTALL)
    assert block and isinstance(read_figure(language, block[1]), kind)
    assert (
        "```"
        not in Answer(
            question.replace("Draw", "Describe").replace(" as a Plotly chart", "").replace("a diagram of ", "")
        ).text
    )


def test_a_summary_goes_on_from_the_one_before_and_stays_short() -> None:
    said = [{"role": "user", "text": "Show **revenue**"}, {"role": "assistant", "text": "It was 5 €. " * 50}]
    first = summary_for(json.dumps({"summary": "", "messages": said}))
    asked, answered = first.splitlines()
    assert asked == "- The person asked: Show revenue"
    assert answered.startswith("- The agent answered: It was 5 €.") and len(answered) < 200
    for _ in range(10):
        first = summary_for(json.dumps({"summary": first, "messages": said}))
    assert 1_000 < len(first) < 1_700 and first.endswith(answered)
    assert summary_for("no JSON") == summary_for("[]") == ""
