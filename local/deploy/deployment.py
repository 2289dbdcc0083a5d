"""The steps of a deployment. Each can be done again after any failure, so the whole command can be repeated."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors.base import DatabricksError

from local.bundle import options, validate
from local.bundle.choice import BadChoice
from local.bundle.program import Program, find
from local.bundle.reading import BadYaml, minimum_cli_version
from local.deploy import command_line, storage
from local.deploy.command_line import CommandFailed
from local.deploy.known_problems import recognised
from local.deploy.problem import Problem
from local.deploy.progress import Progress
from local.deploy.running import wait_until_running
from local.deploy.visitor import Visitor
from local.deploy.wanted import Described, Wanted, described
from local.doctor.__main__ import deployment as checks
from local.doctor.lines import MARKS

APP = "lakechat"
"""The key of the app in databricks.yml."""
INSTALL = "https://docs.databricks.com/dev-tools/cli/install.html"
HEALTH_SECONDS = 120.0
SDK_SECONDS = 30


class Deployment:
    """Made anew for each run. The attributes that a step finds out are there for the next ones."""

    program: Program
    client: WorkspaceClient
    app: Described
    url = ""

    def __init__(self, wanted: Wanted, root: Path, environ: Mapping[str, str], progress: Progress) -> None:
        self._wanted, self._root, self._environ, self._progress = wanted, root, environ, progress
        self.place = wanted.place()
        self._variables = wanted.variables

    @property
    def steps(self) -> list[tuple[str, Callable[[], None]]]:
        steps = [
            ("Options", self.choose),
            ("Databricks CLI", self.find_program),
            ("Sign-in", self.sign_in),
            ("Bundle", self.validate),
            ("Workspace", self.check),
            ("Deploy", self.deploy),
            ("Start", self.start),
            ("Storage", self.look_at_storage),
        ]
        return [*steps, ("Question", self.ask)] if self._wanted.ask else steps

    def choose(self) -> None:
        """Bring the target's file to what is asked for."""
        try:
            chosen = options.prepare(self._wanted.target, self._wanted.options, self._wanted.variables, self._root)
        except (BadChoice, BadYaml) as error:
            raise Problem(str(error)) from error
        self._variables = chosen.variables
        names = ", ".join(chosen.options) or "none"
        self._tell(f"Target {chosen.target}, options: {names}. They stand in {chosen.file.relative_to(self._root)}.")
        for note in chosen.notes:
            self._tell(note)

    def find_program(self) -> None:
        program, least = find(self._root, self._environ), minimum_cli_version(self._root)
        if program is None:
            raise Problem(
                "The Databricks CLI is not installed, or not on PATH.", f"Install it ({INSTALL}), at least {least}."
            )
        if not program.is_at_least(least):
            says = f"The Databricks CLI is {program.version}, and this bundle needs {least}."
            raise Problem(says, f"Update it ({INSTALL}), then this command again.")
        self.program = program
        self._tell(f"Version {program.version}.")

    def sign_in(self) -> None:
        try:
            self.app = described(self.program, self._wanted, self._root)
            self.place = self._wanted.place(self.app.app_name)
            self.client = WorkspaceClient(config=self._config())
            user_name = self.client.current_user.me().user_name
        except (ValueError, OSError, DatabricksError) as error:
            raise recognised(str(error), self.place, "The workspace does not accept your sign-in.") from error
        self._tell(f"{self.app.app_name} in {self.client.config.host}, as {user_name}.")

    def validate(self) -> None:
        found = validate.report([self._wanted.target], root=self._root, environ=self._environ)
        if found.problems:
            raise Problem(
                "The bundle has mistakes.", "Correct them, then run this command again.", "\n".join(found.problems)
            )
        self._tell(found.checked)

    def check(self) -> None:
        """Bad findings stop the deployment, unless forced; what could not be checked is only shown."""
        found = checks(self._wanted.target, self._variables, self._environ, self._root, self._wanted.profile)
        findings = [each for each in found if each.status != "good"]
        for finding in findings:
            self._tell(f"{MARKS[finding.status]} {finding.name}. {finding.says}")
            if finding.fix:
                self._tell(f"  {finding.fix}")
        bad = [finding.name for finding in findings if finding.status == "bad"]
        if bad and not self._wanted.force:
            says = f"The workspace is not ready: {', '.join(bad)}."
            raise Problem(says, "Do what stands above. FORCE=1 deploys all the same.")
        if not findings:
            self._tell("Nothing stands in the way.")

    def deploy(self) -> None:
        self._run(["bundle", "deploy"], "The deployment failed.")

    def start(self) -> None:
        """Deploy the code to the app, start it if it is stopped, and wait until the platform says that it runs."""
        self._run(["bundle", "run", APP], "The app could not be started.")
        wanted = self._wanted
        try:
            app = wait_until_running(self.client, self.place, self._tell, seconds=wanted.wait_seconds)
        except DatabricksError as error:
            raise recognised(str(error), self.place, "The platform does not say how the app is.") from error
        self.url = app.url or ""

    def look_at_storage(self) -> None:
        with Visitor(self.client, self.url, self.place) as visitor:
            health = visitor.lakebase(min(HEALTH_SECONDS, self._wanted.wait_seconds))
        self._tell(storage.verdict(health, self.place, keeps_chats=self.app.keeps_chats))

    def ask(self) -> None:
        with Visitor(self.client, self.url, self.place) as visitor:
            answer = " ".join(visitor.ask(self._wanted.ask).split())
        self._tell(f"{self._wanted.ask} {answer[:200]}{'…' if len(answer) > 200 else ''}")

    def _run(self, command: list[str], otherwise: str) -> None:
        try:
            command_line.run(self.program, [*command, *self._wanted.cli_options], self._root, self._tell)
        except CommandFailed as failed:
            raise recognised(failed.said, self.place, otherwise) from failed

    def _config(self) -> Config:
        seconds: dict[str, Any] = {"retry_timeout_seconds": SDK_SECONDS, "http_timeout_seconds": SDK_SECONDS}
        return Config(profile=self._wanted.profile or self.app.profile or None, host=self.app.host or None, **seconds)

    def _tell(self, line: str) -> None:
        self._progress.tell(line)
