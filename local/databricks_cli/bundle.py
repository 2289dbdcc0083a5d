"""A bundle as the program loads it: files joined, one target chosen, variables given, references resolved."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.bundle import merging, reading
from local.databricks_cli import credentials
from local.databricks_cli.arguments import Arguments
from local.databricks_cli.client import Client
from local.databricks_cli.failure import Failure
from local.databricks_cli.references import resolved, resolved_part

Json = dict[str, Any]
NO_VALUE = (
    "no value assigned to required variable {0}. Variables are usually assigned in databricks.yml, and they can be "
    'overridden using "--var", the BUNDLE_VAR_{0} environment variable, or '
    ".databricks/bundle/<target>/variable-overrides.json"
)


@dataclass(frozen=True)
class Bundle:
    """`config` is what `bundle validate -o json` prints. References to resources still stand in it."""

    root: Path
    target: str
    config: Json
    client: Client

    @property
    def apps(self) -> dict[str, Json]:
        return (self.config.get("resources") or {}).get("apps") or {}

    @property
    def files_path(self) -> str:
        return str(self.config["workspace"]["file_path"])

    @property
    def state_path(self) -> str:
        return str(self.config["workspace"]["state_path"])


def load(arguments: Arguments, version: str) -> Bundle:
    """Raises Failure, and ApiError where the workspace refuses to say who calls."""
    root = _root(Path.cwd())
    try:
        whole = reading.bundle(root)
    except reading.BadYaml as error:
        raise Failure(str(error)) from error
    _check_version(str(whole["bundle"].get("databricks_cli_version", "")), version)
    target = arguments.flags.get("target") or os.environ.get("DATABRICKS_BUNDLE_TARGET") or _default(whole)
    if target not in whole["targets"]:
        raise Failure(f"{target}: no such target. Available targets: {', '.join(whole['targets'])}")
    mode = (whole["targets"][target] or {}).get("mode", "")
    config = merging.merged(whole, target)
    config["bundle"] |= {"target": target, "mode": mode}
    _give_values(config, arguments)
    workspace = config.setdefault("workspace", {})
    found = credentials.resolve(
        arguments.flags.get("profile") or workspace.get("profile", ""), workspace.get("host", "")
    )
    client = Client(found)
    _place(config, client.me())
    return Bundle(root, target, _with_source_paths(resolved(config, "resources")), client)


def _root(directory: Path) -> Path:
    for folder in (directory, *directory.parents):
        if (folder / "databricks.yml").exists():
            return folder
    raise Failure("unable to locate bundle root: databricks.yml not found")


def _default(whole: Json) -> str:
    marked = [name for name, target in whole["targets"].items() if (target or {}).get("default")]
    if not marked and len(whole["targets"]) > 1:
        raise Failure("please specify target")
    return str((marked or list(whole["targets"]))[0])


def _check_version(constraint: str, version: str) -> None:
    wanted = re.fullmatch(r">=\s*(\d+)\.(\d+)\.(\d+)", constraint)
    if wanted and tuple(map(int, version.split("."))) < tuple(map(int, wanted.groups())):
        raise Failure(f"Databricks CLI version constraint not satisfied. Required: {constraint}, current: {version}")


def _give_values(config: Json, arguments: Arguments) -> None:
    variables = config.get("variables") or {}
    for name in arguments.variables:
        if name not in variables:
            raise Failure(f"variable {name} has not been defined")
    for name, variable in variables.items():
        value = arguments.variables.get(name, os.environ.get(f"BUNDLE_VAR_{name}", variable.get("default")))
        if value is None:
            raise Failure(NO_VALUE.format(name))
        variable["value"] = value


def _place(config: Json, me: Json) -> None:
    """Where in the workspace the bundle goes, and who deploys it."""
    name = me["userName"]
    workspace, bundle = config["workspace"], config["bundle"]
    workspace["current_user"] = {"userName": name, "short_name": name.partition("@")[0]}
    usual = f"/Workspace/Users/{name}/.bundle/{bundle['name']}/{bundle['target']}"
    root = str(resolved({**config, "root": workspace.get("root_path") or usual}, "resources")["root"])
    workspace["root_path"] = root
    for part in ("file", "state", "artifact", "resource"):
        workspace[f"{part}_path"] = (
            f"{root}/{'resources' if part == 'resource' else f'{part}s'.replace('states', 'state')}"
        )


def _with_source_paths(config: Json) -> Json:
    """The source of an app is where it will be uploaded."""
    files = config["workspace"]["file_path"]
    for key, app in ((config.get("resources") or {}).get("apps") or {}).items():
        source = app.get("source_code_path")
        if not source:
            raise Failure(f"Missing app source code path for resources.apps.{key}")
        app["source_code_path"] = f"{files}/{source.removeprefix('./').strip('/')}".rstrip("/")
    return config


def resource(bundle: Bundle, kind: str, key: str, ids: dict[str, str]) -> Json:
    """The resource, with its references to those that are made already. Raises Failure for one to another."""
    _give_ids(bundle, ids)
    return resolved_part(bundle.config["resources"][kind][key], bundle.config)


def identity(bundle: Bundle, kind: str, key: str, ids: dict[str, str]) -> str:
    """The id under which the program remembers the resource. Raises Failure as `resource`."""
    _give_ids(bundle, ids)
    wanted = bundle.config["resources"][kind][key]
    if kind == "apps":
        return str(wanted["name"])
    plural = kind.removeprefix("postgres_")
    parent = [resolved_part({"parent": wanted["parent"]}, bundle.config)["parent"]] if "parent" in wanted else []
    return "/".join((*parent, plural, wanted[f"{plural.removesuffix('s')}_id"]))


def _give_ids(bundle: Bundle, ids: dict[str, str]) -> None:
    for name, made in ids.items():
        kind, key = name.split(".")
        if key in (bundle.config["resources"].get(kind) or {}):
            bundle.config["resources"][kind][key]["id"] = made
