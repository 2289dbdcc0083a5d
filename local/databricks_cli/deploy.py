"""`bundle deploy` and `bundle deployment bind`: files first, then one resource after the other."""

import sys
from typing import Any

from local.databricks_cli import http, state
from local.databricks_cli.approval import ask, left, replaced
from local.databricks_cli.arguments import Arguments
from local.databricks_cli.bundle import Bundle, identity, resource
from local.databricks_cli.failure import AlreadyPrinted, Failure
from local.databricks_cli.upload import upload

Json = dict[str, Any]
KINDS = ("postgres_projects", "postgres_roles", "postgres_databases", "apps")
"""Those that the stand-in can make, in the order in which they depend on each other."""
APP_FIELDS = ("name", "description", "resources", "user_api_scopes", "compute_size", "telemetry_export_destinations")
MASK = (
    "description,budget_policy_id,usage_policy_id,resources,user_api_scopes,forward_user_access_token,compute_size,"
    "compute_min_instances,compute_max_instances,git_repository,telemetry_export_destinations"
)


def deploy(bundle: Bundle, arguments: Arguments) -> None:
    """Raises AlreadyPrinted where a resource could not be made, and Failure where somebody has to be asked first."""
    with state.lock(bundle, arguments):
        made = state.ids(bundle)
        ask(bundle, made, arguments)
        print(f"Uploading bundle files to {bundle.files_path}...", file=sys.stderr)
        uploaded = upload(bundle)
        counts = {"created": 0, "changed": 0, "deleted": 0, "unchanged": 0}
        try:
            for name in [*left(bundle, made), *replaced(bundle, made)]:
                _delete(bundle, name, made)
                counts["deleted"] += 1
            for kind in KINDS:
                for key in (bundle.config.get("resources") or {}).get(kind) or {}:
                    counts[_bring_about(bundle, kind, key, made)] += 1
        finally:
            state.keep(bundle, made)
            print(f"Files: {uploaded} uploaded, 0 deleted", file=sys.stderr)
        print(f"Resources: {', '.join(f'{number} {done}' for done, number in counts.items())}", file=sys.stderr)


def bind(bundle: Bundle, arguments: Arguments) -> None:
    """Raises Failure where there is no such resource."""
    key, resource_id = arguments.words[3:5]
    kind = _kind_of(bundle, key)
    what = kind.removesuffix("s")
    try:
        bundle.client.get(f"/api/2.0/{'apps' if kind == 'apps' else 'postgres'}/{resource_id}")
    except http.ApiError as error:
        raise Failure(f"{what} with an id '{resource_id}' is not found") from error
    if "auto-approve" not in arguments.switches:
        raise Failure(
            "this bind operation requires user confirmation, but the current console does not support prompting.\n"
            "To proceed, use --auto-approve after reviewing the plan above."
        )
    with state.lock(bundle, arguments):
        state.keep(bundle, state.ids(bundle) | {f"{kind}.{key}": resource_id})
    print(f"Successfully bound {what} with an id '{resource_id}'", file=sys.stderr)
    print("Run 'bundle deploy' to deploy changes to your workspace", file=sys.stderr)


def _kind_of(bundle: Bundle, key: str) -> str:
    """The program knows a resource by its key alone here, so two kinds with one key cannot be told apart."""
    found = [kind for kind, group in (bundle.config.get("resources") or {}).items() if key in group]
    if not found:
        raise Failure(f"no such resource: {key}")
    if len(found) > 1:
        raise Failure(f"ambiguous: {key} (can resolve to all of [{' '.join(f'{kind}.{key}' for kind in found)}])")
    return str(found[0])


def _bring_about(bundle: Bundle, kind: str, key: str, made: dict[str, str]) -> str:
    name = f"{kind}.{key}"
    wanted = resource(bundle, kind, key, made)
    action = "update" if name in made else "create"
    try:
        if kind == "apps":
            return _app(bundle, name, wanted, made)
        return _lakebase(bundle, name, wanted, made)
    except http.ApiError as error:
        status = f"({error.status} {error.code})"
        print(
            f"Error: cannot {action} resources.{name}: {error.message} {status}\n\n{error.details}\n", file=sys.stderr
        )
        raise AlreadyPrinted from error


def _app(bundle: Bundle, name: str, wanted: Json, made: dict[str, str]) -> str:
    body = {field: wanted[field] for field in APP_FIELDS if field in wanted}
    if name not in made:
        made[name] = bundle.client.post("/api/2.0/apps", body, no_compute="true")["name"]
        print(f"Created {name}", file=sys.stderr)
        return "created"
    there = bundle.client.get(f"/api/2.0/apps/{made[name]}")
    if all(there.get(field) == value for field, value in body.items()):
        return "unchanged"
    bundle.client.post(f"/api/2.0/apps/{made[name]}/update", {"app": body, "update_mask": MASK})
    print(f"Updated {name}", file=sys.stderr)
    return "changed"


def _lakebase(bundle: Bundle, name: str, wanted: Json, made: dict[str, str]) -> str:
    """A project, a role or a database: one that is made already is only looked at."""
    if name in made:
        bundle.client.get(f"/api/2.0/postgres/{made[name]}")
        return "unchanged"
    kind, _, key = name.partition(".")
    path = identity(bundle, kind, key, made)
    collection, _, id = path.rpartition("/")
    id_field = f"{collection.rpartition('/')[2].removesuffix('s')}_id"
    spec = {field: value for field, value in wanted.items() if field not in ("parent", id_field, "lifecycle")}
    bundle.client.post(f"/api/2.0/postgres/{collection}", {"spec": spec}, **{id_field: id})
    made[name] = path
    print(f"Created {name}", file=sys.stderr)
    return "created"


def _delete(bundle: Bundle, name: str, made: dict[str, str]) -> None:
    """An app. A role of a database goes with the database, which the stand-in does not delete."""
    if name.startswith("apps."):
        bundle.client.delete(f"/api/2.0/apps/{made[name]}")
    del made[name]
    print(f"Deleted {name}", file=sys.stderr)
