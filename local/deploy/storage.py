"""Judges what the app says of where it keeps chats."""

from typing import Any

from local.deploy.known_problems import Place
from local.deploy.problem import Problem


def verdict(health: dict[str, Any], place: Place, *, keeps_chats: bool) -> str:
    """One sentence if that is what was deployed. Raises Problem."""
    mode, reason = health.get("mode"), str(health.get("reason") or "")
    if mode == "saved":
        return f"Chats are saved in Lakebase (migration {health.get('migration')})."
    if mode == "ephemeral" and not keeps_chats:
        return "Chats live in the app's memory, as this target has it, and are lost when it restarts."
    if mode == "ephemeral":
        says = "The app runs, but keeps no chats: it knows of no database although one is bound."
        raise Problem(
            says,
            f"Deploy again; if it stays, compare the app's environment with targets/{place.target}.yml.",
            reason,
        )
    says = "The app runs, but cannot use its database."
    if "belongs to the role" in reason:
        says = "The app runs, but its schema belongs to somebody else, so it cannot keep chats."
    raise Problem(says, _fix(reason, place), reason)


def _fix(reason: str, place: Place) -> str:
    _, asks, statements = reason.partition("An admin can run: ")
    if asks:
        return f"Run as an admin of the database: {statements}  The app then recovers by itself (docs/deploy.md)."
    return f"docs/lakebase.md explains it. The app recovers by itself; databricks apps logs {place.app_name} says more."
