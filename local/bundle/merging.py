"""Joins a target into the bundle by the rules of the Databricks CLI."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any


def joined(base: Any, over: Any) -> Any:
    """The CLI's rule: maps are joined, lists appended, nothing leaves what was there, anything else is replaced."""
    if over is None or base is None:
        return base if over is None else over
    if isinstance(base, list) and isinstance(over, list):
        return base + over
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    both = {key: joined(base[key], over[key]) for key in base.keys() & over.keys()}
    return {**base, **over, **both}


def merged(bundle: Mapping[str, Any], target: str) -> dict[str, Any]:
    """`bundle` as the CLI deploys it for `target`: the target's parts joined in, its variables as defaults.

    Of an app's resources that have the same name, the last one counts, as a whole.
    """
    over = bundle["targets"][target] or {}
    whole = {key: deepcopy(value) for key, value in bundle.items() if key not in ("targets", "include")}
    for key in ("bundle", "workspace", "resources", "sync", "permissions", "presets"):
        if key in over:
            whole[key] = joined(whole.get(key), over[key])
    if "mode" in over:
        whole["bundle"] = {**(whole.get("bundle") or {}), "mode": over["mode"]}
    whole["variables"] = _variables(whole.get("variables") or {}, over.get("variables") or {})
    for app in (whole.get("resources", {}).get("apps") or {}).values():
        if isinstance(app, dict) and isinstance(app.get("resources"), list):
            app["resources"] = _by_name(app["resources"])
    return whole


def _variables(declared: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    over = {name: value if isinstance(value, dict) else {"default": value} for name, value in values.items()}
    return {name: {**(declared.get(name) or {}), **over.get(name, {})} for name in [*declared, *over]}


def _by_name(resources: list[Any]) -> list[Any]:
    nameless = [resource for resource in resources if not isinstance(resource, dict) or "name" not in resource]
    named = {resource["name"]: resource for resource in resources if isinstance(resource, dict) and "name" in resource}
    return [*named.values(), *nameless]
