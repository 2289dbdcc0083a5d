"""`python -m local.databricks_cli …`, or the program `databricks` that executable.py makes."""

import json
import sys
from collections.abc import Callable, Sequence

from local.databricks_cli import app_commands, auth, deploy, http, state, version
from local.databricks_cli.approval import left
from local.databricks_cli.arguments import Arguments, parse
from local.databricks_cli.bundle import Bundle, load
from local.databricks_cli.failure import AlreadyPrinted, Failure

COMMANDS: dict[tuple[str, ...], Callable[[Arguments], None]] = {
    ("auth", "describe"): auth.describe,
    ("auth", "token"): auth.token,
    ("current-user", "me"): auth.me,
    ("apps", "get"): app_commands.get,
}
BUNDLE_COMMANDS: dict[tuple[str, ...], Callable[[Bundle, Arguments], None]] = {
    ("bundle", "deploy"): deploy.deploy,
    ("bundle", "run"): app_commands.run,
    ("bundle", "deployment", "bind"): deploy.bind,
}


def main(words: Sequence[str], number: str = version.USUAL) -> int:
    """`number` is the version that the program goes by. Returns the exit code."""
    try:
        _run(parse(words), number)
    except AlreadyPrinted:
        return 1
    except (Failure, http.ApiError, OSError) as failure:
        print(f"Error: {failure}", file=sys.stderr)
        return 1
    return 0


def _run(arguments: Arguments, number: str) -> None:
    words = tuple(arguments.words)
    if words[:1] == ("version",) or "version" in arguments.switches:
        version.show(arguments, number)
    elif words[:2] in COMMANDS:
        COMMANDS[words[:2]](arguments)
    elif words[:2] == ("bundle", "validate"):
        _validate(arguments, number)
    elif words[:2] == ("bundle", "summary"):
        bundle = load(arguments, number)
        _summarise(bundle)
        print(json.dumps(bundle.config, indent=2) if arguments.wants_json else _overview(bundle))
    elif command := BUNDLE_COMMANDS.get(words[:3]) or BUNDLE_COMMANDS.get(words[:2]):
        command(load(arguments, number), arguments)
    else:
        raise Failure(f'unknown command "{" ".join(words)}" for "databricks"')


def _validate(arguments: Arguments, number: str) -> None:
    """Prints the configuration before it fails for a warning, as the program does."""
    from local.databricks_cli.checks import warnings  # what it imports takes longer than the other commands do in all

    bundle = load(arguments, number)
    found = warnings(bundle)
    for warning in found:
        print(f"Warning: {warning}\n", file=sys.stderr)
    print(json.dumps(bundle.config, indent=2) if arguments.wants_json else _overview(bundle))
    if not arguments.wants_json:
        print("\nValidation OK!" if not found else f"\nFound {len(found)} warning{'s' * (len(found) > 1)}")
    if found and "strict" in arguments.switches:
        said = "1 warning was found" if len(found) == 1 else f"{len(found)} warnings were found"
        raise Failure(f"{said}. Warnings are not allowed in strict mode")


def _summarise(bundle: Bundle) -> None:
    """Add the ids of what is deployed, declared or not, and where the workspace shows it."""
    made = state.ids(bundle)
    for name in left(bundle, made):
        kind, _, key = name.partition(".")
        group = bundle.config.setdefault("resources", {}).setdefault(kind, {})
        group[key] = {"id": made[name], "modified_status": "deleted"}
    for kind, group in (bundle.config.get("resources") or {}).items():
        for key, resource in group.items():
            resource |= {"id": made[f"{kind}.{key}"]} if f"{kind}.{key}" in made else {"modified_status": "created"}
    for app in bundle.apps.values():
        if "id" in app:
            app["url"] = f"{bundle.client.credentials.host}/apps/{app['id']}"


def _overview(bundle: Bundle) -> str:
    workspace = bundle.config["workspace"]
    where = f"  User: {workspace['current_user']['userName']}\n  Path: {workspace['root_path']}"
    return f"Name: {bundle.config['bundle']['name']}\nTarget: {bundle.target}\nWorkspace:\n{where}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
