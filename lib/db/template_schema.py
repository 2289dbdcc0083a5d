"""Reads the schema of Databricks' chat template, `ai_chatbot`, in the app's database. It is never written to.

Its queries are in a folder of their own, because the schema need not be there: the app has all others planned at start.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, RowMapping, text

from lib.db.database import Database
from lib.db.diagnosis import Diagnosis
from lib.db.failures import NO_PRIVILEGE
from lib.db.queries import FOLDER, queries

READ_SECONDS = 300
"""One page of messages reads their whole table: the template has no index for it."""
_QUERIES = FOLDER / "databricks_template"
_READ_ONLY = f"SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = '{READ_SECONDS}s'"
ABSENT = "There is no schema ai_chatbot in this database: there is nothing to import."
OUTDATED = (
    "The schema ai_chatbot lacks {}. It is of an older version of the template: deploy the template's present version "
    "once, which completes it, and run the import again."
)
DENIED = "This role may not read the schema ai_chatbot."


class TemplateSchema:
    def __init__(self, database: Database) -> None:
        self._database = database

    def diagnose(self) -> Diagnosis | None:
        """Why it cannot be read; None if it can."""
        [state] = self.rows("template_state")
        if not state["has_schema"]:
            return Diagnosis("3F000", ABSENT)
        if state["lacking"]:
            return Diagnosis("42P01", OUTDATED.format(", ".join(state["lacking"])))
        if state["may_use"] and not state["denied"]:
            return None
        tables = ", ".join(f'ai_chatbot."{name}"' for name in ("Chat", "Message", "Vote"))
        use, read = "GRANT USAGE ON SCHEMA ai_chatbot TO {};", f"GRANT SELECT ON {tables} TO {{}};"
        return Diagnosis(NO_PRIVILEGE, DENIED, (use.format(state["role"]), read.format(state["role"])))

    def rows(self, query: str, /, **binds: Any) -> Sequence[RowMapping]:
        def read(engine: Engine) -> Sequence[RowMapping]:
            with engine.execution_options(isolation_level="READ COMMITTED").begin() as connection:
                connection.execute(text(_READ_ONLY))
                return connection.execute(queries(_QUERIES)[query], binds).mappings().all()

        return self._database.run(read, seconds=READ_SECONDS)
