"""Writes assessments to traces through MLflow's REST API, with the rights of the app.

A trace in an experiment has an id like `tr-…` and is assessed with version 3.0 of the API; one in Unity Catalog has an
id like `trace:/catalog.schema/…`, and version 4.0. The shapes are those that MLflow's own client (3.17.2) sends.
No call is repeated here: after a request whose reply was lost, only `find` tells whether it had been carried out.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from lib.feedback.failures import NotThere, Unavailable
from lib.feedback.workspace_calls import Json, call, dict_or_empty
from lib.store.assessments import Assessment
from lib.workspace import Workspace

NAME = "user_feedback"
_IN_CATALOG = re.compile(r"trace:/([^/]+)/([^/]+)")


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
        info = dict_or_empty(dict_or_empty(reply.get("trace")).get("trace_info"))
        known = info.get("assessments")
        for each in map(dict_or_empty, known if isinstance(known, list) else []):
            if dict_or_empty(each.get("metadata")).get("vote_id") == str(wanted.id):
                return str(each.get("assessment_id"))
        return None

    def _query(self, trace: "_Trace") -> Json:
        return self._warehouse if trace.location else {}

    def _call(self, method: str, path: str, body: Json | None, query: Json) -> Json:
        return call(self._workspace, method, path, body, query)


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


def _unwrapped(reply: Json) -> Json:
    return dict_or_empty(reply.get("assessment", reply))
