"""The ResponsesAgent behind Databricks' long-running agent server, and at /mlflow behind MLflow's plain one."""

import os
from typing import Any

import databricks_ai_bridge.long_running.db as database
import responses_agent  # noqa: F401 - registers the agent
from databricks_ai_bridge.long_running import LongRunningAgentServer
from mlflow.genai.agent_server import AgentServer
from sqlalchemy.ext.asyncio import create_async_engine


class Postgres:
    """In place of the connection to Lakebase, which asks a workspace for the host and the password."""

    def __init__(self, *, instance_name: str, **pool: Any) -> None:
        self.engine = create_async_engine(os.environ["POSTGRES_URL"], **pool)


database.AsyncLakebaseSQLAlchemy = Postgres
app = LongRunningAgentServer(
    "ResponsesAgent",
    db_instance_name=os.environ["LAKEBASE_INSTANCE_NAME"],
    poll_interval_seconds=0.05,
    heartbeat_interval_seconds=0.5,
    heartbeat_stale_threshold_seconds=2.0,
).app
# In one process, because each takes three seconds to import MLflow.
app.mount("/mlflow", AgentServer("ResponsesAgent").app)
