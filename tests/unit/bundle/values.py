"""A plausible value for each variable that an option needs."""

from local.bundle.catalogue import OPTIONS

USUAL = {"dev": (), "prod": (), "ephemeral": ("ephemeral",)}
"""The options of each target, as the project comes."""
VALUES = {
    "genie_space_id": "01f0c3a5b1d21e4f8a7b6c5d4e3f2a10",
    "agent_app": "their-agent",
    "agent_url": "https://their-agent.databricksapps.com/invocations",
    "experiment_id": "123456789012345",
    "attachments_volume": "main.default.lakechat",
    "starter_questions": "What is new?|Who are you?",
    "admin_users": "ann@example.com",
    "agent_profiles": '{"my-agent": {"name": "Sales", "icon": "📈"}}',
    "telemetry_schema": "main.lakechat",
    "lakebase_branch": "projects/ours/branches/production",
    "restored_branch": "as-of-monday",
    "restored_database": "lakechat",
    "lakebase_database": "ours-db",
}


def needed(*options: str) -> dict[str, str]:
    """What these options need."""
    return {name: VALUES[name] for option in options for name in OPTIONS[option].needs}
