"""What the deployment would take away of what this bundle deployed before.

The CLI asks before it deletes a database. It deletes an app without a question where the app has another name now.
"""

from collections.abc import Iterator

from lib.checks.finding import Finding
from local.bundle.catalogue import OPTIONS
from local.bundle.databases import FIRST_PROJECT
from local.doctor.command_line import Managed

NAME = "Deployed before"
HOLD_CHATS = {"postgres_projects": "Lakebase project", "postgres_databases": "Lakebase database"}


def taken_away(managed: Managed, target: str, app_key: str, app_name: str) -> Iterator[Finding]:
    """Nothing if nothing is; `app_key` and `app_name` are those that the bundle has for the app now."""
    if not managed.known:
        says = "What this bundle deployed before could not be found out, so neither could what would be deleted now."
        yield Finding(NAME, "unknown", says)
        return
    for (kind, _), id in managed.left.items():
        if kind in HOLD_CHATS:
            says = (
                f"This bundle made the {HOLD_CHATS[kind]} {id.rpartition('/')[2]} and does not declare it any more, so "
                "the deployment would delete it, with all chats."
            )
            yield Finding(
                NAME, "bad", says, keep(target, managed.key_of("postgres_projects", id.partition("/branches/")[0]))
            )
    before = managed.ids.get(("apps", app_key), app_name)
    if before != app_name:
        says = (
            f"This bundle deployed the app {before}. Under the name {app_name} the deployment would delete that one, "
            "and the new app would have another service principal, which cannot use the chats."
        )
        yield Finding(NAME, "bad", says, f'make options TARGET={target} SET="app_name={before}"')


def keep(target: str, project_key: str | None) -> str:
    """The command that declares again what was made under this key."""
    if project_key == FIRST_PROJECT:
        return f'make options TARGET={target} OPTIONS="first-database …"  # with the options that you have already'
    without = " or ".join(name for name, option in OPTIONS.items() if option.group == "database")
    return f'make options TARGET={target} OPTIONS="…"  # with the options that you have, without {without}'
