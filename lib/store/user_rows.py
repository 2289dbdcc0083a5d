"""Runs named queries for one user, and turns what the database refuses into the app's errors."""

import json
from typing import Any

from lib.db.database import Database
from lib.db.failures import StatementFailed
from lib.errors import ChatBusy, Gone, LakechatError, MovedOn, NoSuchFile, NoSuchMessage, NotAnAnswer, NotFound
from lib.identity import User
from lib.storable import storable
from lib.store.user_ids import UserIds

ROW_LEVEL_SECURITY = "42501"
"""The SQLSTATE for a row that row-level security hides. A missing grant has the same one; Database tells them apart and
raises NotReady for the grant."""
REFUSALS: dict[str | None, type[LakechatError]] = {
    "one_running_turn_a_chat": ChatBusy,
    "chat_ends_there": MovedOn,
    "message_is_in_the_chat": NoSuchMessage,
    "question_follows_an_answer": NotAnAnswer,
    "file_is_there": NoSuchFile,
    "chat_is_not_deleted": Gone,
    "chat_is_ones_own": NotFound,
}
"""By the name of the constraint: one of a table, or one that a function of the schema gives to the error it raises."""


class UserRows:
    """Raises the errors of REFUSALS, and NotFound for a write to rows of somebody else."""

    def __init__(self, database: Database, user: User, user_ids: UserIds | None) -> None:
        self._database = database
        self._user = user
        self._user_ids = user_ids

    def own(self, query: str, **binds: Any) -> list[Any]:
        bound = {name: _bound(value) for name, value in binds.items()}
        try:
            return list(self._database.rows(query, user_id=self.user_id, **bound))
        except StatementFailed as error:
            if error.sqlstate == ROW_LEVEL_SECURITY:
                raise NotFound from error
            if refusal := REFUSALS.get(error.constraint):
                raise refusal from error
            raise

    def readable(self, query: str, **binds: Any) -> list[Any]:
        """As `own`, but row-level security also lets the query read the public chats of other users."""
        return self.own(query, scope="shared", **binds)

    def forget_user(self) -> None:
        """Look the id up anew from now on, because its rows are gone."""
        if self._user_ids:
            self._user_ids.forget(self._user)

    @property
    def user_id(self) -> str:
        """Looked up each time, because it cannot be known while the database is away."""
        return self._user_ids.id_of(self._user) if self._user_ids else self._user.id


def _bound(value: Any) -> Any:
    """Fit for a statement: lists and dicts as JSON."""
    value = storable(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
