"""What people say of answers, and where it goes."""

import re

from lib.settings.variable import Group, Listed, Pattern

MAX_TAGS = 20
MAX_TAG_CHARS = 60
"""Of a reason given with a vote."""

MLFLOW_EXPERIMENT_ID = Pattern(
    "MLFLOW_EXPERIMENT_ID",
    "The number of the MLflow experiment that has the agent's traces. Ratings of answers with a trace then "
    "become assessments there ([feedback.md](feedback.md)). The app's service principal needs `CAN_EDIT` on "
    "it.",
    pattern=re.compile(r"\d+"),
    example="123456789012345",
    unset="unset: ratings are kept here",
)
MLFLOW_TRACING_SQL_WAREHOUSE_ID = Pattern(
    "MLFLOW_TRACING_SQL_WAREHOUSE_ID",
    "For traces in Unity Catalog: the SQL warehouse through which assessments are written, if the workspace "
    "needs one. The service principal needs `CAN_USE` on it.",
    pattern=re.compile(r"[0-9a-f]{16}"),
    example="1234567890abcdef",
)
FEEDBACK_TAGS = Listed(
    "FEEDBACK_TAGS",
    "The reasons that one can choose from after a thumb down, separated by a vertical bar: at most "
    f"{MAX_TAGS}, of at most {MAX_TAG_CHARS} characters.",
    separator="|",  # tags may contain commas
    default=("Wrong number", "Wrong table or filter", "Did not answer", "Too slow", "Unclear"),
)
GROUP = Group(
    "Feedback",
    (
        MLFLOW_EXPERIMENT_ID,
        MLFLOW_TRACING_SQL_WAREHOUSE_ID,
        FEEDBACK_TAGS,
    ),
)
