"""What the workspace tells about a serving endpoint."""

from typing import Any

DESCRIPTIONS = {
    "demo-agent": "Knows the orders, customers and regions of a small shop, and answers questions about its sales with "
    "a query and a table.",
    "demo-supervisor": "Asks the one who knows: the data of the shop, or its handbook.",
    "demo-knowledge": "Answers from the handbook of the shop, and says where it is written.",
}
TILES = {"demo-supervisor": "MULTI_AGENT_SUPERVISOR", "demo-knowledge": "KNOWLEDGE_ASSISTANT"}
"""The endpoints of agents that Databricks builds."""
TAGS = {
    "demo-supervisor": {
        "lakechat_name": "Help desk",
        "lakechat_icon": ":material/support_agent:",
        "lakechat_starters": "How can a customer return something?|Which region sold most last quarter?",
    },
    "demo-knowledge": {
        "lakechat_name": "Handbook",
        "lakechat_icon": ":material/menu_book:",
        "lakechat_starters": "How can a customer return something?|How long does delivery take?"
        "|What is the guarantee on tents?",
        "team": "shop",
    },
}
USER_SCOPES = {"demo-chatagent": ["model-serving"]}  # this one acts on behalf of its user


def endpoint(name: str, task: str, user_scopes: list[str]) -> dict[str, Any]:
    policy = {"auth_policy": {"user_auth_policy": {"api_scopes": user_scopes}}} if user_scopes else {}
    return {
        **{"name": name, "id": f"local-{name}", "creator": "demo@example.com", "task": task, **policy},
        "description": DESCRIPTIONS.get(name),
        "tags": [{"key": key, "value": value} for key, value in TAGS.get(name, {}).items()],
        **({"tile_endpoint_metadata": {"problem_type": TILES[name]}} if name in TILES else {}),
        **{"creation_timestamp": 1767225600000, "last_updated_timestamp": 1767225600000},
        "state": {"ready": "READY", "config_update": "NOT_UPDATING"},
        "config": {"served_entities": [{"name": name, "entity_name": f"main.demo.{name}", "entity_version": "1"}]},
        "permission_level": "CAN_QUERY",
    }
