"""One option of a deployment, and the pieces that options are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Option:
    """One choice. Options of the same `group` exclude each other, since each stands in place of what is usual there."""

    name: str
    says: str
    """What one gets, as a phrase for the prompt and the guide."""
    needs: tuple[str, ...] = ()
    """Variables that must be given, because no guess could be right."""
    takes: tuple[str, ...] = ()
    """Further variables that it uses, which have a default."""
    sets: Mapping[str, str] = field(default_factory=dict)
    """Variables whose usual value is another one with this option."""
    resources: tuple[Fields, ...] = ()
    env: tuple[Fields, ...] = ()
    app: Fields = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    """What the app may do as the person, where people are asked for as themselves."""
    group: str = ""


def from_resource(name: str, resource: str) -> Fields:
    return {"name": name, "value_from": resource}


def value(name: str, value: str) -> Fields:
    return {"name": name, "value": value}


def endpoint(name: str, description: str, of: str) -> Fields:
    """A serving endpoint as a resource of the app, which may query it."""
    return {"name": name, "description": description, "serving_endpoint": {"name": of, "permission": "CAN_QUERY"}}


def lakebase(branch: str, database: str) -> Fields:
    return {
        "name": "postgres",
        "description": "The chats.",
        "postgres": {"branch": branch, "database": database, "permission": "CAN_CONNECT_AND_CREATE"},
    }
