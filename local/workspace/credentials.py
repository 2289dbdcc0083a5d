"""Short-lived database passwords: each is really set as the role's password while it is valid."""

import secrets
import threading
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import encrypt_password
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.workspace.errors import ApiError
from local.workspace.faults import Faults
from local.workspace.lakebase_instances import LakebaseInstances
from local.workspace.lakebase_projects import LakebaseProjects
from local.workspace.tokens import POSTGRES, Tokens


@dataclass(frozen=True)
class Credential:
    password: str
    issued_at: datetime
    expires_at: datetime

    @property
    def is_fresh(self) -> bool:
        return datetime.now(UTC) < self.issued_at + (self.expires_at - self.issued_at) / 2


class Minter:
    """Changes the role's password. A role has one, where Lakebase accepts every token that is not expired; so the
    same credential is given out again until half its life is over, and processes do not lock each other out."""

    def __init__(self, admin_dsn: str, role: str, ttl_seconds: float) -> None:
        self._admin_dsn = admin_dsn
        self._role = role
        self._ttl = timedelta(seconds=ttl_seconds)
        self._current: Credential | None = None
        self._lock = threading.Lock()

    def mint(self) -> Credential:
        with self._lock:
            if self._current is None or not self._current.is_fresh:
                self._current = self._new()
            return self._current

    def rotate(self) -> None:
        """Invalidate every credential given out so far; the next one will be new."""
        with self._lock:
            self._current = self._new()

    def _new(self) -> Credential:
        now = datetime.now(UTC)
        credential = Credential(secrets.token_urlsafe(48), now, now + self._ttl)
        statement = sql.SQL("ALTER ROLE {} PASSWORD %s VALID UNTIL %s").format(sql.Identifier(self._role))
        with closing(psycopg2.connect(self._admin_dsn)) as connection, connection, connection.cursor() as cursor:
            # Hashed here, so that the server's log never holds a password.
            verifier = encrypt_password(credential.password, self._role, connection, "scram-sha-256")
            cursor.execute(statement, (verifier, credential.expires_at.isoformat()))
        return credential


class Credentials:
    """`postgres` is Lakebase Autoscaling, `database` a provisioned instance: other field names, same thing.

    Every endpoint and instance that the workspace has is served by the one local Postgres.
    """

    def __init__(
        self,
        tokens: Tokens,
        faults: Faults,
        minter: Minter | None,
        projects: LakebaseProjects,
        instances: LakebaseInstances,
    ) -> None:
        self._tokens = tokens
        self._faults = faults
        self.minter = minter
        self._endpoints = projects.resources
        self._instances = instances.instances
        self.routes = [
            Route("/api/2.0/postgres/credentials", self.postgres, methods=["POST"]),
            Route("/api/2.0/database/credentials", self.database, methods=["POST"]),
        ]

    async def postgres(self, request: Request) -> Response:
        body = await self._body(request)
        endpoint = body.get("endpoint")
        if not endpoint:
            raise ApiError(400, "Field 'endpoint' is required.", "INVALID_PARAMETER_VALUE")
        credential = await self._mint(f"endpoint {endpoint}", known=str(endpoint) in self._endpoints)
        return JSONResponse({"token": credential.password, "expire_time": _rfc3339(credential.expires_at)})

    async def database(self, request: Request) -> Response:
        names = (await self._body(request)).get("instance_names")
        if not names or not isinstance(names, list):
            raise ApiError(400, "Field 'instance_names' is required.", "INVALID_PARAMETER_VALUE")
        credential = await self._mint(
            f"Database instance {', '.join(map(str, names))}", known=set(map(str, names)) <= set(self._instances)
        )
        return JSONResponse({"token": credential.password, "expiration_time": _rfc3339(credential.expires_at)})

    async def _body(self, request: Request) -> dict[str, object]:
        await self._faults.meet(self._faults.credentials)
        self._tokens.caller(request, POSTGRES)
        try:
            body = await request.json()
        except ValueError as exc:
            raise ApiError(400, "The request body is not JSON.", "MALFORMED_REQUEST") from exc
        return body if isinstance(body, dict) else {}

    async def _mint(self, name: str, *, known: bool) -> Credential:
        if self.minter is None or not known:
            raise ApiError(404, f"{name} not found.", "NOT_FOUND")
        return await run_in_threadpool(self.minter.mint)


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
