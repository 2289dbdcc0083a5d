"""The agents behind an agent: what they are called, and which calls ask them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lib.messages.groups import asked_agents, group_parts
from lib.messages.parts import Citation, Speaker, Text, ToolCall, ToolResult
from lib.messages.sub_agents import asked_agent, question_to, shown_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("agent-hr-policies", "Hr policies"),
        ("sql_agent", "Sql agent"),
        ("Genie", "Genie"),
        ("HR policies", "HR policies"),
        ("agent", "Agent"),
        ("agent-", "Agent"),
        ("agent_7", "7"),
        ("-", "-"),
        ("", ""),
    ],
)
def test_a_name_is_shown_in_words(name: str, shown: str) -> None:
    assert shown_name(name) == shown


@given(some.text())
def test_a_name_never_gets_lost(name: str) -> None:
    assert bool(shown_name(name)) == bool(name.strip())


@pytest.mark.parametrize(
    ("tool", "asked"),
    [
        ("agent-hr-policies", "Hr policies"),
        ("transfer_to_sql_agent", "Sql agent"),
        ("transfer_back_to_supervisor", "Supervisor"),
        ("handoff_to_billing", "Billing"),
        ("data_expert", "Data expert"),
        ("run_sql", ""),
        ("agent", ""),
        ("agents", ""),
        ("transfer_to_", ""),
        ("transfer_money", ""),
    ],
)
def test_a_call_that_asks_an_agent_is_told_from_one_of_a_tool(tool: str, asked: str) -> None:
    assert asked_agent(ToolCall("1", tool, "{}"), {"Data expert"}) == asked


def test_a_group_knows_who_speaks_and_whom_its_calls_ask() -> None:
    source = Citation("", "a.pdf")
    parts = [
        ToolCall("1", "data-expert", "{}"),
        ToolResult("1", "Done."),
        Speaker("data-expert"),
        Text("42"),
        source,
        Speaker("boss"),
        Text("It is 42."),
    ]
    groups = group_parts(parts)
    assert [(group.kind, group.speaker) for group in groups] == [
        ("tools", ""),
        ("speaker", "Data expert"),
        ("text", "Data expert"),
        ("citations", "Data expert"),
        ("speaker", "Boss"),
        ("text", "Boss"),
    ]
    assert asked_agents(groups[0]) == ["Data expert"]
    assert asked_agents(group_parts([*parts[:2], ToolCall("2", "run_sql", "{}")])[0]) == []


@pytest.mark.parametrize(
    ("arguments", "question"),
    [
        ('{"query": "How many?"}', "How many?"),
        ('"How many?"', "How many?"),
        ("How many?", "How many?"),
        ('{"a": "x", "b": "y"}', ""),
        ('{"n": 1}', ""),
        ("[]", ""),
        ("", ""),
    ],
)
def test_the_question_to_an_agent_is_shown_as_words(arguments: str, question: str) -> None:
    assert question_to(ToolCall("1", "agent-a", arguments)) == question
