"""Votes on traces in Unity Catalog with MLflow's own client; run by a test, where MLflow is on the path.

Prints what the client got, one line of JSON a step.
"""

import json
import sys

from mlflow.entities.assessment import AssessmentSource, Feedback, FeedbackValue
from mlflow.store.tracking.databricks_rest_store import DatabricksTracingRestStore
from mlflow.utils.rest_utils import MlflowHostCreds


class Store(DatabricksTracingRestStore):
    def _resolve_sql_warehouse_id(self, explicit=None):
        """Without a warehouse, the client of 3.17.2 sends a broken path when it changes an assessment."""
        return explicit or "a-warehouse"


def show(assessment) -> None:
    print(json.dumps(assessment.to_dictionary()))  # noqa: T201


host, token, *trace_ids = sys.argv[1:]
store = Store(lambda: MlflowHostCreds(host, token=token))
source = AssessmentSource("HUMAN", "ann@example.com")
for trace_id in trace_ids:
    vote = Feedback(name="user_feedback", value=True, source=source, trace_id=trace_id, rationale="Right")
    made = store.create_assessment(vote)
    show(made)
    show(store.update_assessment(trace_id, made.assessment_id, feedback=FeedbackValue(False), rationale="Wrong"))
    show(store.update_assessment(trace_id, made.assessment_id, name="renamed", metadata={"chat": "c1"}))
    show(store.get_assessment(trace_id, made.assessment_id))
    for each in store.get_trace_info(trace_id).assessments:
        show(each)
    store.delete_assessment(trace_id, made.assessment_id)
    assert not store.get_trace_info(trace_id).assessments
