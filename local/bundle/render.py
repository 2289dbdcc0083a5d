"""Writes what a target binds, as the text of `targets/<target>.yml`."""

from typing import Any

import yaml

from local.bundle.catalogue import SERVING
from local.bundle.choice import Choice
from local.bundle.databases import FIRST_PROJECT, NEW_LAKEBASE, OWN_BRANCH
from local.bundle.option import Fields, endpoint

NO_ENDPOINT = "none"
"""The value of serving_endpoint where none is bound: the CLI demands one, used or not."""
KEEP = {"prevent_destroy": True}
HEADER = """\
# What the target `{target}` binds: the agent, the database, and the options that were chosen.
# Written by: make options TARGET={target} OPTIONS="{options}"
# You may change it by hand; the command then leaves it alone. docs/deploy.md explains the options.
"""


class _Indented(yaml.SafeDumper):
    """Lists stand further to the right than their key, as in the other files."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def render(choice: Choice) -> str:
    """The same choice always gives the same text, by which a change by hand is noticed."""
    options = " ".join(option.name for option in choice.options)
    text: str = yaml.dump(
        {"targets": {choice.target: _target(choice)}},
        Dumper=_Indented,
        sort_keys=False,
        allow_unicode=True,
        width=110,
    )
    return HEADER.format(target=choice.target, options=options) + text


def _target(choice: Choice) -> Fields:
    variables = dict(choice.variables)
    target: dict[str, Any] = {}
    if choice.agent is not SERVING:
        # app.yaml binds a serving endpoint, and an app with a binding that is missing does not start.
        target["sync"] = {"exclude": ["../app.yaml"]}
        variables["serving_endpoint"] = NO_ENDPOINT
    if variables:
        target = {"variables": variables, **target}
    return target | {"resources": {**_database(choice), "apps": {"lakechat": _app(choice)}}}


def _app(choice: Choice) -> Fields:
    app: dict[str, Any] = {"name": "${var.app_name}"}
    for option in choice.extras:
        app |= option.app
    if choice.has("on-behalf"):
        app["user_api_scopes"] = _scopes(choice)
    config: dict[str, Any] = {"env": _env(choice)}
    if choice.agent is not SERVING:
        config = {"command": ["streamlit", "run", "app.py"], **config}
    return app | {"resources": _resources(choice), "config": config}


def _scopes(choice: Choice) -> list[str]:
    scopes = [scope for option in (choice.agent, *choice.extras) for scope in option.scopes]
    return list(dict.fromkeys(scopes))


def _resources(choice: Choice) -> list[Fields]:
    more = [endpoint(f"serving-endpoint-{n}", "Another agent.", name) for n, name in enumerate(choice.agents, 2)]
    rest = [resource for option in (choice.database, *choice.extras) for resource in option.resources]
    return [*choice.agent.resources, *more, *rest]


def _env(choice: Choice) -> list[Fields]:
    agents = list(choice.agent.env)
    if choice.agents:
        listed = ",".join(("${var.serving_endpoint}", *choice.agents))
        agents = [{"name": "SERVING_ENDPOINT", "value": listed}]
    return agents + [entry for option in (choice.database, *choice.extras) for entry in option.env]


def _database(choice: Choice) -> Fields:
    """What the bundle makes for the chats: all of it, the project with the database it comes with, or nothing."""
    match choice.database.name:
        case NEW_LAKEBASE.name | "restored":
            return {"postgres_projects": {"chats_project": _project(choice)}, **_own_database()}
        case "first-database":
            return {"postgres_projects": {FIRST_PROJECT: _project(choice)}}
    return {}


def _project(choice: Choice) -> Fields:
    suspension: Fields = {"suspend_timeout_duration": "${var.lakebase_suspend_after}"}
    if choice.has("always-on"):
        suspension = {"no_suspension": True}
    return {
        "project_id": "${var.lakebase_project}",
        "display_name": "Lakechat",
        "pg_version": 17,
        "default_endpoint_settings": {
            "autoscaling_limit_min_cu": "${var.lakebase_min_cu}",
            "autoscaling_limit_max_cu": "${var.lakebase_max_cu}",
            **suspension,
        },
        "lifecycle": KEEP,
    }


def _own_database() -> Fields:
    """A database with an id that is known beforehand, and the role that owns it and that nobody can log in as."""
    role = {
        "parent": OWN_BRANCH,
        "role_id": "lakechat-owner",
        "postgres_role": "lakechat_owner",
        "auth_method": "NO_LOGIN",
        "lifecycle": KEEP,
    }
    database = {
        "parent": OWN_BRANCH,
        "database_id": "${var.lakebase_database}",
        "postgres_database": "lakechat",
        "role": "${resources.postgres_roles.chats_owner.id}",
        "lifecycle": KEEP,
    }
    return {"postgres_roles": {"chats_owner": role}, "postgres_databases": {"chats": database}}
