"""The checks of a workspace before a deployment, as the person who deploys."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lib.checks.apps import PEOPLE, access
from lib.checks.asking import Answer, Asking
from lib.checks.bound import BoundChecks
from lib.checks.finding import Finding
from lib.checks.running import Check
from lib.checks.sign_in import Principal, SignIn
from lib.checks.users import People
from lib.workspace import Workspace
from local.bundle.program import given_variables
from local.doctor import apps, lakebase
from local.doctor.chats_place import keeps_its_chats
from local.doctor.command_line import Managed
from local.doctor.deployed_before import NAME as BEFORE
from local.doctor.deployed_before import taken_away
from local.doctor.schema_owner import NAME as SCHEMA
from local.doctor.schema_owner import owner
from local.doctor.wanted import Wanted

LET_IN = 'make options OPTIONS="everyone …"  # with the options that you have already'


@dataclass(frozen=True)
class Deployment:
    """`login` signs in again; `options` are words that every command of the CLI about this target needs."""

    wanted: Wanted
    managed: Managed
    workspace: Workspace
    login: str
    options: Sequence[str]

    def checks(self) -> list[Check]:
        asking, wanted = Asking.as_app(self.workspace), self.wanted
        sign_in = SignIn(asking, lambda: str(self.workspace.client.config.auth_type), self.login)
        people = People("forwarded", frozenset(wanted.scopes)) if wanted.scopes else People("missing")
        checks = [sign_in.check, sign_in.then("Databricks Apps", lambda _me: [apps.are_offered(asking)])]
        checks += [
            sign_in.then(BEFORE, lambda _me: self._deployed_before()),
            sign_in.then(f"App: {wanted.app_name}", lambda _me: self._app(asking)),
        ]
        if where := self._place():
            checks += [
                sign_in.then("Lakebase", lambda _me: [lakebase.is_offered(asking)]),
                sign_in.then(f"Lakebase project: {where.project}", lambda me: lakebase.place(asking, where, me)),
                sign_in.then(SCHEMA, lambda me: self._schema(asking, where, me)),
            ]
        return [*checks, *BoundChecks(wanted.bound, asking, "bind", people).checks(sign_in)]

    def _deployed_before(self) -> Iterator[Finding]:
        return taken_away(self.managed, self.wanted.target, self.wanted.key, self.wanted.app_name)

    def _app(self, asking: Asking) -> Iterator[Finding]:
        answer, wanted = apps.look_up(asking, self.wanted.app_name), self.wanted
        is_managed = self.managed.has("apps", wanted.key, wanted.app_name)
        bind = self._bind(wanted.key, wanted.app_name)
        app = apps.WantedApp(wanted.app_name, is_managed, bind)
        yield apps.name_is_free(answer, app)
        yield from keeps_its_chats(answer, wanted, self.managed)
        yield from apps.user_authorization(answer, wanted.scopes)
        if wanted.lets_people_in:
            yield Finding(PEOPLE, "good", "The bundle says who.")
        elif answer.status == 200:
            yield access(asking, wanted.app_name)
        else:
            yield Finding(
                PEOPLE, "warning", "Only those who manage the app may open it: the bundle lets nobody else in.", LET_IN
            )

    def _place(self) -> lakebase.Place | None:
        wanted = self.wanted
        if wanted.branch is None:
            return None
        project = wanted.branch.partition("/branches/")[0]
        key = wanted.makes.get("postgres_projects", "")
        return lakebase.Place(
            wanted.branch,
            wanted.database_id,
            frozenset(wanted.makes),
            self.managed.has("postgres_projects", key, project),
            project in self.managed.left.values(),
            self._bind(key, project),
        )

    def _schema(self, asking: Asking, where: lakebase.Place, me: Principal) -> Iterable[Finding]:
        answer: Answer = apps.look_up(asking, self.wanted.app_name)
        if answer.status != 200 and not answer.is_missing:
            return [Finding(SCHEMA, "unknown", "You may not see the app, so whose it must be is not known.")]
        client_id = str(answer.body.get("service_principal_client_id") or "")
        return owner(asking, self.workspace, where, me, client_id)

    def _bind(self, key: str, id: str) -> str:
        return shlex.join(
            ["databricks", "bundle", "deployment", "bind", key, id, "-t", self.wanted.target, *self.options]
        )


def options(given: Mapping[str, str], profile: str | None) -> list[str]:
    """The words that every command of the CLI about this target needs, without the target."""
    words = ["--profile", profile] if profile else []
    return [*words, *given_variables(given)]
