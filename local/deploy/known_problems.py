"""Recognises what the Databricks CLI and the platform say when a deployment fails.

The sources for the texts are the CLI, its tests, and what people report. Where a text is not known, the code of the
error is what counts; and whatever was said is always shown below our own sentence.
"""

import re
from dataclasses import dataclass

from local.deploy.problem import Problem


@dataclass(frozen=True)
class Place:
    """What the commands in a fix are about; `options` are those of every command, such as `-t dev`."""

    target: str
    app_name: str
    options: str
    login: str


@dataclass(frozen=True)
class Known:
    """`fix` may name the fields of a Place, and the groups of `pattern` by their names."""

    pattern: str
    says: str
    fix: str


KNOWN = (
    Known(
        r"refresh token is invalid|OAuth is not configured|cannot configure default credentials|no cached credentials"
        r"|Access token has expired|Invalid access token|Client authentication failed|cannot get access token",
        "You are not signed in to the workspace, or your sign-in has ended.",
        "{login}, then this command again.",
    ),
    Known(
        r"deploy lock (?:force-)?acquired by (?P<who>\S+)",
        "A deployment of {who} is under way, or was interrupted and left its lock behind.",
        "If nobody is deploying: databricks bundle deploy --force-lock {options}, then this command again.",
    ),
    Known(
        r"no value assigned to required variable serving_endpoint",
        "Nothing says which agent to deploy with.",
        "make deploy TARGET={target} AGENT=…, the name of its serving endpoint (databricks serving-endpoints list).",
    ),
    Known(
        r"no value assigned to required variable (?P<name>\w+)",
        "The variable {name} has no value.",
        'Give it one: make deploy TARGET={target} SET="{name}=…"',
    ),
    Known(
        r"version constraint not satisfied",
        "The Databricks CLI is too old for this bundle.",
        "Update it (https://docs.databricks.com/dev-tools/cli/install.html), then this command again.",
    ),
    Known(
        r"(?:recreation|deletion) of the following Lakebase",
        "The deployment would delete a database that has chats. The Databricks CLI stopped it.",
        "Do not approve that. An older version of this bundle declared the database otherwise, or OPTIONS named it: "
        "docs/deploy.md (“Later”) says how to keep it.",
    ),
    Known(
        r"lifecycle\.prevent_destroy set",
        "The deployment would delete or replace a database that has chats, which the bundle forbids.",
        "Give lakebase_project and lakebase_database the values again that they had before: "
        'make options TARGET={target} SET="lakebase_project=…".',
    ),
    Known(
        r"does not support prompting|--auto-approve",
        "The deployment would delete or replace something, and asks before it does.",
        "Read what it says, then answer it yourself: databricks bundle deploy {options}",
    ),
    Known(
        r"(?i)user token passthrough|passthrough (?:is )?not enabled",
        "The workspace does not let apps act for people, which the option on-behalf needs.",
        "Ask an admin of the workspace to switch on user authorization for apps, or deploy without the option.",
    ),
    Known(
        r"(?i)app with the same name already exists",
        "An app named {app_name} exists, and this bundle did not make it.",
        "If it is yours, take it over: databricks bundle deployment bind lakechat {app_name} {options} --auto-approve. "
        'If not, choose another name: make deploy TARGET={target} SET="app_name=…".',
    ),
    Known(
        r"(?i)project with such id already exists",
        "A Lakebase project of that name exists, and this bundle did not make it.",
        'Choose another one: make deploy TARGET={target} SET="lakebase_project=…", or use what you have with the '
        "option existing-lakebase (docs/deploy.md).",
    ),
    Known(
        r"resources\.postgres_.*(?:FEATURE_DISABLED|NOT_IMPLEMENTED|ENDPOINT_NOT_FOUND)|(?i:lakebase is not enabled)",
        "The workspace has no Lakebase, or it is switched off.",
        "Ask an admin of the workspace for Lakebase, or deploy without a database: make deploy TARGET=ephemeral.",
    ),
    Known(
        r"Endpoint with name '(?P<endpoint>[^']*)' does not exist",
        "The workspace has no serving endpoint named {endpoint}.",
        "List what it has: databricks serving-endpoints list. Then: make deploy TARGET={target} AGENT=…",
    ),
    Known(
        r"cannot (?:create|update) resources\.apps\.\S+.*RESOURCE_DOES_NOT_EXIST",
        "Something that the app is to use does not exist.",
        "What was said names it: correct it with AGENT=… or SET=…, then deploy again.",
    ),
    Known(
        r"\(403 \w+\)|PERMISSION_DENIED",
        "You may not do that in this workspace.",
        "docs/deploy.md says who needs which permission (“Who may do what”).",
    ),
    Known(
        r"(?i)installing (?:packages|requirements|dependencies)",
        "The platform could not install what requirements.txt names.",
        "databricks apps logs {app_name} says which package. Without access to PyPI, a workspace needs a mirror of it.",
    ),
    Known(
        r"error resolving resource (?P<resource>\S+)",
        "The app names a resource that it does not have: {resource}.",
        "Deploy again; if it stays, a line was added to app.yaml by hand (docs/deploy.md).",
    ),
    Known(
        r"(?i)app (?:crashed|exited)",
        "The app was started and ended by itself.",
        "databricks apps logs {app_name} says why; its last lines name the setting or the package at fault.",
    ),
    Known(
        r"(?i)timed out|deadline exceeded|did not (?:start|become ready)",
        "The app did not start in time.",
        "databricks apps logs {app_name} says how far it came. Running this command again is safe.",
    ),
    Known(
        r"(?i)no such host|connection refused|connection reset|network is unreachable|TLS handshake|certificate",
        "The workspace cannot be reached.",
        "Check its address and your network (VPN, proxy), then run this command again.",
    ),
)


def recognised(said: str, place: Place, otherwise: str) -> Problem:
    """The first that fits; `otherwise` is the sentence if none does."""
    for known in KNOWN:
        if found := re.search(known.pattern, said):
            words = {**vars(place), **found.groupdict()}
            return Problem(known.says.format(**words), known.fix.format(**words), said)
    return Problem(otherwise, "What was said tells more. Running this command again is safe.", said)
