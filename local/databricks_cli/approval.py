"""What a deployment would take away: refused where the bundle says to keep it, and asked about where it holds data.

An app is neither: the program deletes it and makes another one without a question.
"""

import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from local.databricks_cli.arguments import Arguments
from local.databricks_cli.bundle import Bundle, identity
from local.databricks_cli.failure import Failure

Json = dict[str, Any]
ASKED = {
    "postgres_projects": "projects along with\nall their branches, databases, and endpoints",
    "postgres_databases": "databases",
}
ASKING = """
This action will result in the deletion or recreation of the following Lakebase {0}.
All data stored in them will be permanently lost:
  delete resources.{1}"""
KEPT = (
    "resources.{0} has lifecycle.prevent_destroy set, but the plan calls for this resource to be recreated or "
    "destroyed. To avoid this error, disable lifecycle.prevent_destroy for resources.{0}"
)


def ask(bundle: Bundle, made: dict[str, str], arguments: Arguments) -> None:
    """Raises Failure where something is to be kept, and for what only somebody at a terminal may approve."""
    gone, other = list(left(bundle, made)), list(replaced(bundle, made))
    kept = [name for name in other if _declared(bundle, name).get("lifecycle", {}).get("prevent_destroy")]
    if kept:
        raise Failure("\n".join(map(KEPT.format, kept)))
    asked = [name for name in (*gone, *other) if name.partition(".")[0] in ASKED]
    for name in asked:
        print(ASKING.format(ASKED[name.partition(".")[0]], name), file=sys.stderr)
    if asked and "auto-approve" not in arguments.switches:
        raise Failure(
            "the deployment requires destructive actions, but the current console does not support prompting.\n"
            "To proceed, use --auto-approve after reviewing the plan above."
        )
    if asked:
        raise Failure("the stand-in deletes no database")


def left(bundle: Bundle, made: dict[str, str]) -> Iterator[str]:
    """What is deployed and no longer declared."""
    yield from (name for name in made if not _declared(bundle, name))


def replaced(bundle: Bundle, made: dict[str, str]) -> Iterator[str]:
    """What goes by another id now, or is below something that is yet to be made."""
    for name, id in made.items():
        kind, _, key = name.partition(".")
        with suppress(Failure):
            if not _declared(bundle, name) or identity(bundle, kind, key, made) == id:
                continue
        yield name


def _declared(bundle: Bundle, name: str) -> Json:
    kind, _, key = name.partition(".")
    return ((bundle.config.get("resources") or {}).get(kind) or {}).get(key) or {}
