"""`bundle run` for an app, and `apps get`."""

import json
import sys
import time
from typing import Any

from local.databricks_cli import credentials, http, state
from local.databricks_cli.arguments import Arguments
from local.databricks_cli.bundle import Bundle, resource
from local.databricks_cli.client import Client
from local.databricks_cli.failure import Failure

Json = dict[str, Any]
POLL_SECONDS = 0.01
NOT_DEPLOYED = "resource not found or not yet deployed. Did you forget to run 'databricks bundle deploy'?"


def run(bundle: Bundle, arguments: Arguments) -> None:
    """Start the app if it is stopped, then deploy its code and wait until it runs. Raises Failure and ApiError."""
    if len(arguments.words) < 3:
        raise Failure("expected a KEY of the resource to run")
    key = arguments.words[2]
    made = state.ids(bundle)
    if not made:
        raise Failure(NOT_DEPLOYED)
    if key not in bundle.apps:
        raise Failure(f'resource with key "{key}" not found')
    wanted = resource(bundle, "apps", key, made)
    at = f"/api/2.0/apps/{wanted['name']}"
    _say(f"Getting the status of the app {wanted['name']}")
    app = bundle.client.get(at)
    _say(f"App is in {app['app_status']['state']} state")
    _say(f"App compute is in {app['compute_status']['state']} state")
    if app["compute_status"]["state"] in ("STOPPED", "ERROR"):
        _start(bundle.client, at, wanted["name"])
    _deploy(bundle.client, at, wanted)
    print(f"You can access the app at {app['url']}", file=sys.stderr)


def get(arguments: Arguments) -> None:
    """Prints the app as JSON, whatever is asked for, as the program does for what has no table."""
    if len(arguments.words) < 3:
        raise Failure("accepts 1 arg(s), received 0")
    client = Client(credentials.resolve(arguments.flags.get("profile", "")))
    print(json.dumps(client.get(f"/api/2.0/apps/{arguments.words[2]}"), indent=2))


def _start(client: Client, at: str, name: str) -> None:
    _say(f"Starting the app {name}")
    client.post(f"{at}/start", {})
    while (app := client.get(at))["compute_status"]["state"] == "STARTING":
        _say("App is starting...")
        time.sleep(POLL_SECONDS)
    if app["compute_status"]["state"] != "ACTIVE":
        raise Failure(
            f"failed to reach ACTIVE, got {app['compute_status']['state']}: {app['compute_status']['message']}"
        )
    _say("App is started!")


def _deploy(client: Client, at: str, wanted: Json) -> None:
    config = wanted.get("config") or {}
    body = {"mode": "SNAPSHOT", "source_code_path": wanted["source_code_path"]}
    body |= {"command": config["command"]} if config.get("command") else {}
    body |= {"env_vars": config["env"]} if config.get("env") else {}
    try:
        deployment = client.post(f"{at}/deployments", body)
    except http.ApiError:
        if not (pending := client.get(at).get("pending_deployment")):
            raise
        _say("Waiting for the pending deployment to complete...")
        _wait(client, at, pending["deployment_id"])
        _say("Pending deployment is completed!")
        deployment = client.post(f"{at}/deployments", body)
    _wait(client, at, deployment["deployment_id"])


def _wait(client: Client, at: str, deployment_id: str) -> None:
    """Says each message once, where the real program repeats them every time it asks."""
    said = ""
    while True:
        status = client.get(f"{at}/deployments/{deployment_id}")["status"]
        if status["message"] != said:
            said = status["message"]
            _say(said)
        if status["state"] == "FAILED":
            raise Failure(f"failed to reach SUCCEEDED, got FAILED: {said}")
        if status["state"] == "SUCCEEDED":
            return
        time.sleep(POLL_SECONDS)


def _say(message: str) -> None:
    print(f"✓ {message}", file=sys.stderr, flush=True)
