"""`make doctor`: what this machine and the workspace lack for a deployment, and how to mend it.

    python -m local.doctor --target dev serving_endpoint=my-agent
    python -m local.doctor --profile staging --target prod

The exit code is 1 if something is bad.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lib.checks.finding import Finding
from lib.checks.running import reports
from lib.workspace import Workspace
from local.bundle.program import find
from local.bundle.reading import ROOT
from local.doctor.command_line import command_line, managed
from local.doctor.deployment import Deployment, options
from local.doctor.laptop import laptop
from local.doctor.lines import Lines
from local.doctor.wanted import NoTarget, wanted

MOST_SECONDS = 30.0
WORKSPACE = "Workspace"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.doctor", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--target", default="dev", help="the target of databricks.yml")
    parser.add_argument("--profile", help="the profile of ~/.databrickscfg")
    parser.add_argument("variables", nargs="*", help="variables of the bundle, as name=value")
    given = parser.parse_args(arguments)
    variables = dict(word.split("=", 1) for word in given.variables if "=" in word)
    if given.profile:
        os.environ["DATABRICKS_CONFIG_PROFILE"] = given.profile
    return show(given.target, variables, Lines(), given.profile)


def show(target: str, variables: Mapping[str, str], lines: Lines, profile: str | None = None) -> int:
    findings, of_target = [], deployment(target, variables, profile=profile)
    for heading, group in (("This machine", laptop()), (f"Target {target}", of_target)):
        lines.heading(heading)
        for finding in group:
            findings.append(finding)
            lines.finding(finding)
    lines.summary(findings)
    return int(any(finding.status == "bad" for finding in findings))


def deployment(
    target: str,
    variables: Mapping[str, str],
    environ: Mapping[str, str] = os.environ,
    root: Path = ROOT,
    profile: str | None = None,
) -> Iterator[Finding]:
    """What stands in the way of deploying this target with these variables, as whoever is signed in.

    The workspace is that of `profile`, else the one that the bundle names, else that of the environment.
    """
    program = find(root, environ)
    yield command_line(program, root)
    try:
        target_wanted = wanted(target, variables, environ, root)
    except NoTarget as error:
        yield Finding(WORKSPACE, "bad", f"{error} So the workspace was not checked.", error.fix)
        return
    place = profile or target_wanted.profile, target_wanted.host
    profile = profile or environ.get("DATABRICKS_CONFIG_PROFILE")
    if program is None and not environ.get("DATABRICKS_HOST") and not profile and not any(place):
        yield Finding(WORKSPACE, "unknown", "It was not checked: nothing says which one.", login(environ))
        return
    words = options(variables, profile)
    deploying = Deployment(
        target_wanted, managed(program, target, words, root), Workspace(*place), login(environ), words
    )
    *_, report = reports(deploying.checks(), MOST_SECONDS)
    yield from report.findings


def login(environ: Mapping[str, str]) -> str:
    """The command that signs in with OAuth."""
    host = environ.get("DATABRICKS_HOST") or "https://<your workspace>"
    profile = environ.get("DATABRICKS_CONFIG_PROFILE")
    return f"databricks auth login --host {host}" + (f" --profile {profile}" if profile else "")


if __name__ == "__main__":
    sys.exit(main())
