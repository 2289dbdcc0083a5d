"""The checks of a running app: what it may do, and what the admin who looks may do with their own sign-in."""

from dataclasses import dataclass

from lib.checks import apps, lakebase
from lib.checks.asking import Asking
from lib.checks.bound import Bound, BoundChecks
from lib.checks.finding import Finding
from lib.checks.running import Check
from lib.checks.schema import DATABASE, schema
from lib.checks.sign_in import SignIn
from lib.checks.users import People
from lib.config import Settings
from lib.database_settings import Lakebase
from lib.db.database import Database
from lib.identity import AccessToken
from lib.workspace import Workspace


@dataclass(frozen=True)
class RunningApp:
    """`token` is that of the admin who looks. It is used only to ask about their own rights."""

    settings: Settings
    workspace: Workspace
    database: Database | None
    token: AccessToken | None

    def checks(self) -> list[Check]:
        """The sign-in is among them only if the app uses the workspace for anything."""
        asking = Asking.as_app(self.workspace)
        sign_in = SignIn(asking, lambda: str(self.workspace.client.config.auth_type))
        checks = BoundChecks(self._bound(), asking, "use", self._people()).checks(sign_in)
        checks += [*self._lakebase(asking, sign_in), *self._app(asking, sign_in)]
        return [*([sign_in.check] if checks else ()), *checks, *self._agent_elsewhere(), self._database()]

    def _bound(self) -> Bound:
        settings = self.settings
        return Bound(
            agents=() if settings.agent_url else settings.agents,
            spaces=settings.genie_spaces,
            small_model=settings.title_endpoint,
            experiment=settings.mlflow_experiment_id,
            volume=(settings.attachments_volume or "").removeprefix("/Volumes/").replace("/", ".") or None,
        )

    def _people(self) -> People:
        """Off the platform nobody's token is forwarded, which says nothing about a deployment."""
        if self.settings.agent_auth == "app":
            return People("unused")
        if self.token is None:
            return People("missing" if self.settings.on_platform else "unknown")
        return People("forwarded", self.token.scopes, Asking.as_user(self.workspace, self.token.value))

    def _lakebase(self, asking: Asking, sign_in: SignIn) -> list[Check]:
        where = self.settings.database
        if not isinstance(where, Lakebase):
            return []
        if endpoint := where.endpoint:
            return [sign_in.then(lakebase.COMPUTE, lambda _me: [lakebase.compute(asking, endpoint)])]
        name = where.instance
        if name is None:
            return []
        return [sign_in.then(f"Lakebase instance: {name}", lambda _me: [lakebase.instance(asking, name)])]

    def _app(self, asking: Asking, sign_in: SignIn) -> list[Check]:
        name = self.settings.app_name
        return [sign_in.then(apps.PEOPLE, lambda _me: [apps.access(asking, name)])] if name else []

    def _agent_elsewhere(self) -> list[Check]:
        if not self.settings.agent_url:
            return []
        says = "An agent at an address of its own is not checked here. Ask it a question."
        return [Check("AGENT_URL", lambda: [Finding("AGENT_URL", "unknown", says)])]

    def _database(self) -> Check:
        database = self.database
        if database is None:
            says = "No database is bound, so chats are kept in memory and lost at a restart."
            return Check(DATABASE, lambda: [Finding(DATABASE, "warning", says)])
        return Check(DATABASE, lambda: schema(database))
