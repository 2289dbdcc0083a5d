"""Waits until the platform says that the app is running."""

import time
from collections.abc import Callable

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.apps import App

from local.deploy.known_problems import Place, recognised
from local.deploy.problem import Problem

POLL_SECONDS = 2.0


def wait_until_running(
    client: WorkspaceClient,
    place: Place,
    tell: Callable[[str], None],
    *,
    seconds: float,
    poll_seconds: float = POLL_SECONDS,
) -> App:
    """The app, once it runs; `tell` gets each message of the platform once. Raises Problem."""
    deadline, told = time.monotonic() + seconds, ""
    while True:
        app = client.apps.get(place.app_name)
        state, message = status(app)
        if message != told:
            tell(message)
            told = message
        if state == "RUNNING":
            return app
        if state == "CRASHED":
            raise recognised(message, place, f"The app does not run: it is {state}.")
        if time.monotonic() > deadline:
            raise Problem(
                f"The app did not run within {seconds:g} s.",
                f"databricks apps logs {place.app_name} says how far it came. Running this command again is safe.",
                message,
            )
        time.sleep(poll_seconds)


def status(app: App) -> tuple[str, str]:
    """The state of the app, and what the platform says of it."""
    state = app.app_status.state.value if app.app_status and app.app_status.state else "UNKNOWN"
    message = app.app_status.message if app.app_status and app.app_status.message else f"The app is {state}."
    return state, message
