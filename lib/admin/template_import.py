"""Brings the chats of Databricks' chat template to their owners: what is new, and what has been added to known ones."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from lib.admin.template_chats import TemplateChats
from lib.admin.users_file import is_address
from lib.db.diagnosis import NotReady
from lib.db.failures import Kind, kind_of
from lib.errors import DatabaseUnavailable, NotTaken
from lib.identity import User
from lib.importer.databricks_template import TemplateChat, TemplateMessage, outline, with_contents
from lib.importer.refused import NotTakenChat
from lib.store.admin_imports import AdminImports, Known
from lib.store.imports import ImportedChat

log = logging.getLogger("lakechat.admin")
ID_IN_USE = "An id of it is used for something else here."
NOT_STORABLE = "The database refuses its content."
BUSY = "The database was too busy. Run the import again."
TOO_DEEP = "It is nested too deeply."


@dataclass
class Summary:
    """How many chats ended in which way; `refused` are those that could not be taken."""

    counts: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    refused: list[UUID] = field(default_factory=list)

    @property
    def chats(self) -> int:
        return self.counts.total()


class TemplateImport:
    """With `is_dry_run` nothing is written."""

    def __init__(
        self,
        source: TemplateChats,
        target: AdminImports,
        users: Mapping[str, str | None],
        *,
        is_dry_run: bool,
        keeps_public: bool,
        retry: Callable[[Callable[[], str]], str],
    ) -> None:
        self._source = source
        self._target = target
        self._users = users
        self._is_dry_run = is_dry_run
        self._keeps_public = keeps_public
        self._retry = retry
        self.summary = Summary()

    def run(self, progress: Callable[[Summary], None]) -> None:
        """Raises DatabaseUnavailable. What was imported until then stays."""
        for chat, messages in self._source:
            outcome = self._outcome(chat, messages)
            self.summary.counts[outcome] += 1
            progress(self.summary)

    def _outcome(self, chat: TemplateChat, messages: list[TemplateMessage]) -> str:
        """One chat that cannot be taken does not keep the others."""
        if not messages:
            return "empty"
        if chat.user_id in self._users and self._users[chat.user_id] is None:
            return "left out"
        try:
            return self._retry(lambda: self._import(chat, messages))
        except NotTakenChat as refused:
            return self._refused(chat, str(refused))
        except NotTaken:
            return self._refused(chat, NOT_STORABLE)
        except RecursionError:
            return self._refused(chat, TOO_DEEP)
        except DatabaseUnavailable as error:
            if isinstance(error, NotReady) or kind_of(error.failure) is Kind.AWAY:
                raise
            return self._refused(chat, BUSY)

    def _refused(self, chat: TemplateChat, reason: str) -> str:
        log.warning("Chat %s was not taken. %s", chat.id, reason)
        self.summary.refused.append(chat.id)
        return "refused"

    def _import(self, about: TemplateChat, messages: list[TemplateMessage]) -> str:
        owner = self._owner(about.user_id)
        chat = outline(about, messages, keeps_public=self._keeps_public)
        known = self._target.find(owner, chat)
        if known.state not in ("new", "longer"):
            return known.state
        chat = with_contents(chat, self._source.contents([each.id for each in messages]))
        if not self._is_dry_run and not self._stored(owner, chat, known):
            raise NotTakenChat(ID_IN_USE)
        self.summary.messages += len(known.missing) if known.state == "longer" else len(messages)
        return known.state

    def _stored(self, owner: User, chat: ImportedChat, known: Known) -> bool:
        return self._target.complete(owner, chat, known) if known.chat_id else self._target.add(owner, chat)

    def _owner(self, user_id: str) -> User:
        """Asked each time, because people may sign in here for the first time meanwhile."""
        return self._target.owner(user_id, self._users.get(user_id) or (user_id if is_address(user_id) else None))
