"""Writes assessments to traces through MLflow's REST API, with the rights of the app.

A trace in an experiment has an id like `tr-…` and is assessed with version 3.0 of the API; one in Unity Catalog has an
id like `trace:/catalog.schema/…`, and version 4.0. The shapes are those that MLflow's own client (3.17.2) sends.
No call is repeated here: after a request whose reply was lost, only `find` tells whether it had been carried out.
"""

import re
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx

from lib.feedback.failures import Busy, Forbidden, NotThere, Refused, Unavailable
from lib.retry_after import retry_after_seconds
from lib.store.assessments import Assessment
from lib.workspace import Workspace

NAME = "user_feedback"
TIMEOUT = httpx.Timeout(15, connect=5)
"""In seconds. Two calls have to end within CLAIM_SECONDS."""
_IN_CATALOG = re.compile(r"trace:/([^/]+)/([^/]+)")

Json = dict[str, Any]


@cache
def _tls() -> ssl.SSLContext:
    """One for the process: reading the certificate authorities takes some 30 ms each time."""
    return httpx.create_ssl_context()


class MLflow:
    """Every call blocks. Raises the errors of `lib.feedback.failures`."""

    def __init__(self, workspace: Workspace, warehouse_id: str | None = None) -> None:
        """`warehouse_id`: the SQL warehouse through which traces in Unity Catalog are written, if they need one."""
        self._workspace = workspace
        self._warehouse = {"sql_warehouse_id": warehouse_id} if warehouse_id else {}

    def create(self, wanted: Assessment) -> str:
        """The id that MLflow gave it. Raises NotThere while the trace is not there."""
        trace = _Trace.of(wanted.trace_id)
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        source = {"source_type": "HUMAN", "source_id": wanted.source_id}
        said = {"assessment_name": NAME, "source": source, **_said(wanted), "create_time": now, "last_update_time": now}
        reply = self._call("POST", f"{trace.path}/assessments", trace.wrapped(said), self._query(trace))
        id = _unwrapped(reply).get("assessment_id")
        if not isinstance(id, str) or not id:
            raise Unavailable("MLflow's reply has no assessment_id.")
        return id

    def update(self, wanted: Assessment, id: str) -> None:
        """Raises NotThere if the assessment, or its trace, is not there any more."""
        trace, said = _Trace.of(wanted.trace_id), _said(wanted)
        query, body = self._query(trace), trace.wrapped(said)
        mask = ",".join(said)
        if trace.location:
            query, body["assessment_id"] = {**query, "update_mask": mask}, id
        else:
            body["update_mask"] = mask
        self._call("PATCH", f"{trace.path}/assessments/{quote(id, safe='')}", body, query)

    def delete(self, wanted: Assessment, id: str) -> None:
        """An assessment that is not there is as good as deleted."""
        trace = _Trace.of(wanted.trace_id)
        try:
            self._call("DELETE", f"{trace.path}/assessments/{quote(id, safe='')}", None, self._query(trace))
        except NotThere:
            return

    def find(self, wanted: Assessment) -> str | None:
        """The id of an assessment that an earlier request created, if one did. Raises NotThere without its trace."""
        trace = _Trace.of(wanted.trace_id)
        path = f"{trace.path}/info" if trace.location else trace.path
        reply = self._call("GET", path, None, self._query(trace))
        info = _dict(_dict(reply.get("trace")).get("trace_info"))
        known = info.get("assessments")
        for each in map(_dict, known if isinstance(known, list) else []):
            if _dict(each.get("metadata")).get("vote_id") == str(wanted.id):
                return str(each.get("assessment_id"))
        return None

    def _query(self, trace: "_Trace") -> Json:
        return self._warehouse if trace.location else {}

    def _call(self, method: str, path: str, body: Json | None, query: Json) -> Json:
        try:
            headers = self._workspace.headers()
            url = f"{self._workspace.host}{path}"
        except Exception as error:  # the SDK raises errors of many libraries
            raise Unavailable(type(error).__name__) from error
        try:
            with httpx.Client(timeout=TIMEOUT, verify=_tls()) as client:  # votes are too rare to keep a connection
                response = client.request(method, url, json=body, params=query, headers=headers)
        except httpx.InvalidURL as error:  # an agent may give its trace any id
            raise Refused(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise Unavailable(type(error).__name__) from error
        _check(response)
        try:
            return _dict(response.json())
        except ValueError as error:
            raise Unavailable("MLflow's reply is not JSON.") from error


@dataclass(frozen=True)
class _Trace:
    """`location` is the schema of Unity Catalog that holds the trace, with a prefix of tables perhaps; else None."""

    id: str
    location: str | None

    @classmethod
    def of(cls, trace_id: str) -> "_Trace":
        match = _IN_CATALOG.fullmatch(trace_id)
        return cls(match[2], match[1]) if match else cls(trace_id, None)

    @property
    def path(self) -> str:
        id = quote(self.id, safe="")
        if self.location is None:
            return f"/api/3.0/mlflow/traces/{id}"
        return f"/api/4.0/mlflow/traces/{quote(self.location, safe='')}/{id}"

    def wrapped(self, assessment: Json) -> Json:
        """The body of a request: for 3.0 the assessment in a field, for 4.0 bare and with the trace's location."""
        if self.location is None:
            return {"assessment": {"trace_id": self.id, **assessment}}
        return {"trace_id": self.id, "trace_location": _trace_location(self.location), **assessment, "valid": True}


def _trace_location(location: str) -> Json:
    names = location.split(".", 2)
    schema = dict(zip(("catalog_name", "schema_name", "table_prefix"), names, strict=False))
    if len(names) == 3:
        return {"type": "UC_TABLE_PREFIX", "uc_table_prefix": schema}
    return {"type": "UC_SCHEMA", "uc_schema": schema}


def _said(wanted: Assessment) -> Json:
    """What can change, by the names that MLflow's update mask takes. MLflow keeps metadata that is left out."""
    tags = ", ".join(wanted.tags)
    metadata = {
        "tags": tags,
        "agent": wanted.agent or "",
        "chat_id": str(wanted.chat_id),
        "message_id": str(wanted.message_id),
        "vote_id": str(wanted.id),
    }
    rationale = "\n".join(filter(None, (tags, wanted.comment)))
    return {"feedback": {"value": wanted.is_upvoted}, "rationale": rationale, "metadata": metadata}


def _check(response: httpx.Response) -> None:
    """Raise what a status means. The body is not looked at: it may quote what was sent."""
    match response.status_code:
        case 404:
            raise NotThere
        case 403:
            raise Forbidden
        case 429:
            raise Busy(retry_after_seconds(response.headers))
        case 400 | 405 | 409 | 413 | 422:
            raise Refused(f"HTTP {response.status_code}")
        case status if not 200 <= status < 300:
            raise Unavailable(f"HTTP {status}")


def _unwrapped(reply: Json) -> Json:
    return _dict(reply.get("assessment", reply))


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
