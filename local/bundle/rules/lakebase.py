"""What the bundle declares of Lakebase: a strict table of the keys in use, and what must hold between them."""

from collections.abc import Iterator
from typing import Any

from local.bundle.shapes import Keys, amount_of, anything, flag, like, listed, number, one_of, seconds, text
from local.bundle.situation import Situation

_BRANCH = like(r"projects/[a-z0-9-]+/branches/[a-z0-9-]+", "the path of a branch, projects/…/branches/…")
_IDENTIFIER = like(r"[a-z_][a-z0-9_]{0,62}", "a name in Postgres, of a-z, 0-9 and _")
_KEEP = Keys(optional={"prevent_destroy": flag})
_PROJECT = Keys(
    {"project_id": like(r"[a-z][a-z0-9-]{0,62}", "1 to 63 characters of a-z, 0-9 and -, beginning with a letter")},
    {
        "display_name": text,
        "pg_version": number(16, 18, whole=True),
        "history_retention_duration": seconds(172_800, 3_024_000),
        "default_endpoint_settings": Keys(
            {"autoscaling_limit_min_cu": number(0.5, 64), "autoscaling_limit_max_cu": number(0.5, 64)},
            {"suspend_timeout_duration": seconds(60, 604_800), "no_suspension": flag},
        ),
        "permissions": listed(anything),
        "purge_on_delete": flag,
        "lifecycle": _KEEP,
    },
)
_ID = like(r"[a-z0-9][a-z0-9-]{2,61}[a-z0-9]", "4 to 63 characters of a-z, 0-9 and -")
_ROLE = Keys(
    {"parent": _BRANCH, "role_id": _ID, "postgres_role": _IDENTIFIER},
    {
        "auth_method": one_of("NO_LOGIN", "LAKEBASE_OAUTH_V1", "PG_PASSWORD_SCRAM_SHA_256"),
        "replace_existing": flag,
        "lifecycle": _KEEP,
    },
)
_DATABASE = Keys(
    {"parent": _BRANCH, "database_id": _ID, "postgres_database": _IDENTIFIER, "role": text},
    {"replace_existing": flag, "lifecycle": _KEEP},
)
_TABLE = {"postgres_projects": _PROJECT, "postgres_roles": _ROLE, "postgres_databases": _DATABASE}


def problems(seen: Situation) -> Iterator[str]:
    for kind, keys in _TABLE.items():
        for key, each in seen.resources(kind).items():
            path = f"resources.{kind}.{key}"
            yield from keys(each, path)
            if not (each.get("lifecycle") or {}).get("prevent_destroy"):
                yield f"{path} holds everybody's chats; add lifecycle: prevent_destroy: true."
    for key, project in seen.resources("postgres_projects").items():
        yield from _sizes(project.get("default_endpoint_settings"), f"resources.postgres_projects.{key}")
        yield from _permissions(seen, project, f"resources.postgres_projects.{key}")


def _sizes(settings: Any, path: str) -> Iterator[str]:
    if not isinstance(settings, dict):
        yield f"{path} lacks default_endpoint_settings; without them nobody knows its size and when it suspends."
        return
    least = amount_of(settings.get("autoscaling_limit_min_cu"))
    most = amount_of(settings.get("autoscaling_limit_max_cu"))
    if least is not None and most is not None and not least <= most <= least + 16:
        yield f"{path} may grow from {least:g} to {most:g} compute units; the difference must be 0 to 16."
    if bool(settings.get("no_suspension")) == ("suspend_timeout_duration" in settings):
        yield f"{path} must have either suspend_timeout_duration or no_suspension: true."


def _permissions(seen: Situation, project: dict[str, Any], path: str) -> Iterator[str]:
    """A list of permissions replaces what the platform gave the app."""
    for _, app in seen.apps() if project.get("permissions") else ():
        del app
        listed = str(project["permissions"])
        if ".service_principal_client_id}" not in listed:
            yield f"{path}.permissions lacks the app's service principal; the second deployment would lock the app out."
