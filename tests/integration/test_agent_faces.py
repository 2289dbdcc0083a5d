"""What people see of agents over REST: names from tags and settings, and the agents behind a supervisor."""

from collections.abc import Callable

from lib.runtime import Runtime
from tests.integration.rest_client import Client, chat_of, messages_of
from tests.integration.test_usage import app_with  # noqa: F401
from tests.waiting import until

STARTERS = ["How can a customer return something?", "Which region sold most last quarter?"]


def test_programs_get_the_names_of_agents_and_go_on_with_their_ids(
    app_with: Callable[..., Runtime],  # noqa: F811
    ann: Client,
) -> None:
    said = '{"demo-agent": {"name": "Shop", "icon": "📈", "starters": ["How many?"]}}'
    app_with(SERVING_ENDPOINT="demo-agent,demo-supervisor", AGENT_PROFILES=said)
    until(lambda: ann.get("/agents").json()["profiles"][1]["name"] == "Help desk")
    shop, desk = ann.get("/agents").json()["profiles"]
    assert {**shop, "description": ""} == {
        **{"id": "demo-agent", "name": "Shop", "icon": "📈", "starters": ["How many?"]},
        "description": "",
    }
    assert (desk["id"], desk["icon"], desk["starters"]) == ("demo-supervisor", ":material/support_agent:", STARTERS)
    models = {each["id"]: each["name"] for each in ann.get("/v1/models").json()["data"]}
    assert models == {"demo-agent": "Shop", "demo-supervisor": "Help desk"}
    assert ann.get("/v1/models/demo-supervisor").json()["description"].startswith("Asks the one who knows")
    asked = [each["question"] for each in ann.get("/starters", agent="demo-supervisor").json()["data"]]
    assert asked == STARTERS
    assert [each["question"] for each in ann.get("/starters").json()["data"]] == ["How many?"]


def test_an_answer_of_a_supervisor_says_who_said_what(
    app_with: Callable[..., Runtime],  # noqa: F811
    ann: Client,
) -> None:
    app_with(SERVING_ENDPOINT="demo-supervisor", AGENT_PROFILES='{"demo-supervisor": {"name": "Desk"}}')
    chat_id = chat_of(ann.ask("How can a customer return something?"))
    note, *parts = messages_of(ann, chat_id)[-1]["parts"]
    assert note["type"] == "note"  # it should act for Ann, and got no token of hers
    assert [part.get("name") or part["type"] for part in parts] == [
        "agent-supervisor",
        "agent-handbook",
        "tool_result",
        "agent-handbook",
        "text",
        *["citation"] * 2,
        "agent-supervisor",
        "text",
    ]
    assert [(part["path"], part["place"]) for part in parts if part["type"] == "citation"] == [
        ("/Volumes/main/shop/handbook/returns policy.pdf", f"page {page}") for page in (3, 4)
    ]
    exported = ann.get(f"/chat/{chat_id}/export", format="markdown").text
    assert "- Agent: Desk\n" in exported and "## Desk · " in exported
    assert "**Asked: Handbook**" in exported and "*Handbook:*" in exported and "Sources of Handbook:" in exported
    assert ann.get(f"/chat/{chat_id}/export").json()["chat"]["agent"] == "demo-supervisor"
