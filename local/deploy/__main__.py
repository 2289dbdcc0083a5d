"""`make deploy`: deploys a target and waits until the app runs and keeps chats.

    python -m local.deploy dev serving_endpoint=my-agent
    python -m local.deploy prod titles feedback experiment_id=123456 --ask "Who are you?"

The exit code is 0 if the app runs as it should, 1 if a step failed, and 130 after Ctrl-C. It can always
be run again.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from databricks.sdk.errors.base import DatabricksError

from local.bundle.reading import ROOT
from local.deploy.deployment import Deployment
from local.deploy.known_problems import recognised
from local.deploy.problem import Problem
from local.deploy.progress import Progress
from local.deploy.running import status
from local.deploy.wanted import Wanted

INTERRUPTED = {
    "Deploy": "The upload stopped half-way, and may have left its lock behind.",
    "Start": "The platform goes on with what was begun.",
    "Storage": "The app is deployed and started; what it says of its database is not known.",
    "Question": "The app is deployed and runs; the question was not waited for.",
}
BEFORE = "Nothing was changed in the workspace."


def main(arguments: Sequence[str], root: Path = ROOT, environ: Mapping[str, str] = os.environ) -> int:
    wanted = _wanted(arguments)
    if wanted.profile:
        os.environ["DATABRICKS_CONFIG_PROFILE"] = wanted.profile
    progress = Progress(0)
    deployment = Deployment(wanted, root, environ, progress)
    progress.steps = len(deployment.steps)
    try:
        for name, step in deployment.steps:
            with progress.step(name):
                step()
    except Problem as problem:
        progress.say("", *problem.lines())
        return 1
    except (DatabricksError, OSError, ValueError) as error:  # a network or a sign-in that ends in any step
        said = f"{type(error).__name__}: {error}"
        progress.say("", *recognised(said, deployment.place, f"The step {progress.current} failed.").lines())
        return 1
    except KeyboardInterrupt:
        progress.say("", *_interrupted(deployment, progress.current))
        return 130
    progress.say("", f"Lakechat runs: {deployment.url}")
    progress.times()
    return 0


def _wanted(arguments: Sequence[str]) -> Wanted:
    parser = argparse.ArgumentParser(prog="python -m local.deploy", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("target", nargs="?", default="dev")
    parser.add_argument("words", nargs="*", help="options, and variables as name=value")
    parser.add_argument("--none", action="store_true", help="no options at all, instead of those of the last time")
    parser.add_argument("--profile", default="", help="the profile of ~/.databrickscfg")
    parser.add_argument("--ask", default="", help="a question that the running app must answer")
    parser.add_argument("--force", action="store_true", help="deploy although the workspace is not ready")
    parser.add_argument("--wait", type=float, default=600.0, metavar="SECONDS", help="how long a start may take")
    given = parser.parse_intermixed_args(arguments)
    options = [word for word in given.words if "=" not in word]
    variables = dict(word.split("=", 1) for word in given.words if "=" in word)
    return Wanted(
        given.target,
        options if options or given.none else None,
        variables,
        given.profile,
        given.ask,
        given.force,
        given.wait,
    )


def _interrupted(deployment: Deployment, step: str) -> list[str]:
    """What state things are in, as far as that can be told."""
    said = [f"Interrupted at: {step}. {INTERRUPTED.get(step, BEFORE)} Running this command again is safe."]
    if step in INTERRUPTED:
        try:
            said.append(f"The platform says: {status(deployment.client.apps.get(deployment.place.app_name))[1]}")
        except (DatabricksError, ValueError, OSError):
            said.append("How the app is could not be found out.")
    return said


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
