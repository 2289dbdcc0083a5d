"""What a target of the bundle is going to make and bind, read from its files without the Databricks CLI."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.checks.bound import Bound
from local.bundle.merging import merged
from local.bundle.reading import ROOT, BadYaml, bundle
from local.bundle.references import resolved, used_variables, values, variables_in

Json = dict[str, Any]


class NoTarget(ValueError):
    """The message is one sentence for whoever deploys; `fix` is what to run."""

    def __init__(self, sentence: str, fix: str = "") -> None:
        super().__init__(sentence)
        self.fix = fix


@dataclass(frozen=True)
class Wanted:
    """`key` is the app's in the bundle; `branch` is None without a database."""

    target: str
    key: str
    app_name: str
    scopes: tuple[str, ...]
    lets_people_in: bool
    bound: Bound
    branch: str | None
    database: str
    """projects/…/branches/…/databases/…; empty without one."""
    makes: Mapping[str, str]
    """The keys of the resources that the bundle makes, by their kind."""
    profile: str | None
    host: str | None
    """Where the bundle says to which workspace it belongs."""

    @property
    def database_id(self) -> str:
        return self.database.rpartition("/")[2]


def wanted(target: str, given: Mapping[str, str], environ: Mapping[str, str], root: Path = ROOT) -> Wanted:
    """Raises NoTarget, also where a variable has no value or the files cannot be read."""
    try:
        whole = bundle(root)
    except BadYaml as error:
        raise NoTarget(str(error)) from error
    if target not in (whole.get("targets") or {}):
        raise NoTarget(f"databricks.yml has no target {target!r}. It has: {', '.join(whole.get('targets') or {})}.")
    config = merged(whole, target)
    known = _known(config, target, {**_overrides(root, target), **variables_in(environ), **given})
    resources = config.get("resources") or {}
    apps = resources.get("apps") or {}
    if len(apps) != 1:
        raise NoTarget(f"The target {target} has {len(apps)} apps. This command checks one.")
    ((key, app),) = apps.items()
    makes = {kind: next(iter(each)) for kind, each in resources.items() if each}
    return _wanted(target, key, resolved(app, known), makes, resolved(config.get("workspace") or {}, known))


def _wanted(target: str, key: str, app: Json, makes: Mapping[str, str], workspace: Json) -> Wanted:
    database: Json = next((each["postgres"] for each in _resources(app) if "postgres" in each), {})
    return Wanted(
        target,
        key,
        str(app.get("name")),
        tuple(map(str, app.get("user_api_scopes") or ())),
        bool(app.get("permissions")),
        _bound(app),
        str(database["branch"]) if database else None,
        str(database.get("database", "")),
        makes,
        workspace.get("profile"),
        workspace.get("host"),
    )


def _bound(app: Json) -> Bound:
    """The small model is the endpoint that TITLE_ENDPOINT takes; all others are agents."""
    resources = {str(each.get("name")): each for each in _resources(app)}
    env = {each.get("name"): each.get("value_from") for each in (app.get("config") or {}).get("env") or ()}
    serving = {name: each["serving_endpoint"] for name, each in resources.items() if "serving_endpoint" in each}
    endpoints = {name: str(each["name"]) for name, each in serving.items()}
    small = endpoints.pop(str(env.get("TITLE_ENDPOINT")), None)
    found = resources.values()
    spaces = [each["genie_space"] for each in found if "genie_space" in each]
    return Bound(
        tuple(endpoints.values()),
        {str(each["name"]): str(each["space_id"]) for each in spaces},
        small,
        next((str(each["experiment"]["experiment_id"]) for each in found if "experiment" in each), None),
        next((str(each["uc_securable"]["securable_full_name"]) for each in found if _is_volume(each)), None),
    )


def _is_volume(resource: Json) -> bool:
    return (resource.get("uc_securable") or {}).get("securable_type") == "VOLUME"


def _resources(app: Json) -> list[Json]:
    return [each for each in app.get("resources") or () if isinstance(each, dict)]


def _known(config: Json, target: str, given: Mapping[str, str]) -> dict[str, Any]:
    """What the references stand for, also those to what the bundle makes itself. Raises NoTarget."""
    found = values(config, target, given)
    for name in sorted(used_variables(config.get("resources"))):
        if name not in given and "default" not in (config.get("variables") or {}).get(name, {}):
            option = "AGENT=my-agent" if name == "serving_endpoint" else f"SET={name}=…"
            raise NoTarget(f"The variable {name} has no value.", f"make doctor {option}")
    made = config.get("resources") or {}
    for key, project in (made.get("postgres_projects") or {}).items():
        found[f"resources.postgres_projects.{key}.id"] = resolved(f"projects/{project['project_id']}", found)
    for key, each in (made.get("postgres_databases") or {}).items():
        path = f"{each['parent']}/databases/{each['database_id']}"
        found[f"resources.postgres_databases.{key}.id"] = resolved(path, found)
    return found


def _overrides(root: Path, target: str) -> dict[str, str]:
    """The values that the CLI reads from a file of one's own."""
    path = root / ".databricks" / "bundle" / target / "variable-overrides.json"
    try:
        return {name: str(value) for name, value in json.loads(path.read_text(encoding="utf-8")).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise NoTarget(f"{path.relative_to(root)} cannot be read as JSON ({type(error).__name__}).") from error
