"""The agents that a supervisor asks: whoever asks the supervisor needs rights on each of them."""

from collections.abc import Iterator
from urllib.parse import quote

from lib.checks.asking import Asking, Json, listed, nested
from lib.checks.finding import Finding
from lib.checks.permissions import reaches
from lib.checks.serving import Endpoint, look_up

SUPERVISOR = "MULTI_AGENT_SUPERVISOR"
MOST_PAGES = 5


def sub_agents(asking: Asking, endpoint: Endpoint) -> Iterator[Finding]:
    """Nothing for an agent that is no supervisor. Raises NoAnswer."""
    if nested(endpoint.answer.body, "tile_endpoint_metadata").get("problem_type") != SUPERVISOR:
        return
    tools = _tools(asking, endpoint.name)
    if tools is None:
        says = "It asks other agents, which this sign-in may not list. Whoever asks it needs CAN_QUERY on each of them."
        yield Finding(endpoint.label, "unknown", says, "databricks supervisor-agents list-supervisor-agents")
        return
    for name in filter(None, map(_endpoint_of, tools)):
        yield _sub_agent(look_up(asking, endpoint.label, name))
    if others := [str(tool.get("tool_type")) for tool in tools if not _endpoint_of(tool)]:
        says = f"It also uses other tools, whose permissions cannot be checked from here: {', '.join(sorted(others))}."
        yield Finding(endpoint.label, "unknown", says)


def _sub_agent(endpoint: Endpoint) -> Finding:
    label, name, answer = endpoint.label, endpoint.name, endpoint.answer
    if answer.is_missing or answer.is_denied:
        says = f"It asks {name}, which this sign-in may not see. Whoever asks needs CAN_QUERY on it."
        return Finding(label, "bad", says, "databricks serving-endpoints list")
    match reaches(answer.body.get("permission_level"), "CAN_QUERY"):
        case True:
            return Finding(label, "good", f"It asks {name}, which this sign-in may ask, too.")
        case False:
            return Finding(label, "bad", f"It asks {name}, on which this sign-in lacks CAN_QUERY.")
    return Finding(label, "unknown", f"It asks {name}. The workspace does not say who may ask that.")


def _tools(asking: Asking, endpoint_name: str) -> list[Json] | None:
    """None if they may not be listed."""
    token = ""
    for _ in range(MOST_PAGES):
        page = asking.get("/api/2.1/supervisor-agents", **({"page_token": token} if token else {}))
        agents = listed(page.body.get("supervisor_agents"))
        name = next((str(each.get("name")) for each in agents if each.get("endpoint_name") == endpoint_name), "")
        if name.startswith("supervisor-agents/"):
            answer = asking.get(f"/api/2.1/{quote(name)}/tools")
            return listed(answer.body.get("tools")) if answer.status == 200 else None
        token = str(page.body.get("next_page_token") or "")
        if not token:
            break
    return None


def _endpoint_of(tool: Json) -> str:
    """The serving endpoint of a tool that is an agent; empty for another tool, or where it is not named."""
    kinds = ("knowledge_assistant", "serving_endpoint")
    names = (nested(tool, kind).get(field) for kind in kinds for field in ("serving_endpoint_name", "name"))
    return next((name for name in names if isinstance(name, str) and name), "")
