"""Search in memory, by the rules of the database: titles, then messages, then titles with a typo."""

from typing import TypeVar

from lib.store.chat_record import ChatRecord
from lib.store.models import Message
from lib.store.search_cursor import SearchCursor, Stage
from lib.store.search_hit import FoundChat, FoundChats, HitPage, SearchHit, Speaker
from lib.store.search_words import search_words
from lib.store.snippets import snippet
from lib.store.validation import valid_query

HITS_A_CHAT = 3
Found = TypeVar("Found")


class MemorySearch:
    """One search in the records of a user, the last active first. Raises BadInput for a query that is too long."""

    def __init__(self, records: list[ChatRecord], query: str, language: str) -> None:
        self._records = records
        self._query = valid_query(query)
        self._language = language
        self._words = search_words(self._query, language)

    def hits(self, limit: int, after: SearchCursor | None) -> HitPage:
        titled = self._titled()
        found = [(_after_title(record), self._title_hit(record)) for record in titled]
        said = [(record, message) for record in self._records for message in self._matching(record)]
        said.sort(key=lambda pair: pair[1].created_at, reverse=True)
        found += [(_after_message(message), self._hit(record, message)) for record, message in said]
        similar = self._similar(except_of=titled)
        found += [(_after_title(record, Stage.SIMILAR_TITLES), self._title_hit(record)) for record in similar]
        page, cursor = _page(found, limit, after)
        return HitPage(page, cursor)

    def chats(self, limit: int, after: SearchCursor | None) -> FoundChats:
        titled = self._titled()
        found = [(_after_title(record), self._chat(record)) for record in titled]
        said = [(record, hits) for record in self._records if record not in titled and (hits := self._matching(record))]
        said.sort(key=lambda pair: pair[1][0].created_at, reverse=True)
        found += [(_after_message(hits[0]), self._chat(record)) for record, hits in said]
        similar = self._similar(except_of=[*titled, *(record for record, _ in said)])
        found += [(_after_title(record, Stage.SIMILAR_TITLES), self._chat(record)) for record in similar]
        page, cursor = _page(found, limit, after)
        return FoundChats(page, cursor)

    def _titled(self) -> list[ChatRecord]:
        return [record for record in self._records if self._words.is_in(record.chat.title)]

    def _similar(self, except_of: list[ChatRecord]) -> list[ChatRecord]:
        others = [record for record in self._records if record not in except_of]
        return [record for record in others if self._words.is_in(record.chat.title, is_lenient=True)]

    def _matching(self, record: ChatRecord) -> list[Message]:
        """The newest first."""
        said = [message for message in record.messages if message.role in ("user", "assistant")]
        matching = [message for message in said if self._words.is_in(message.content)]
        return sorted(matching, key=lambda message: message.created_at, reverse=True)

    def _title_hit(self, record: ChatRecord) -> SearchHit:
        chat = record.chat
        return SearchHit(
            chat.id,
            None,
            chat.title,
            snippet(chat.title, self._query, self._language),
            chat.created_at,
            chat.agent,
            None,
        )

    def _hit(self, record: ChatRecord, message: Message) -> SearchHit:
        chat, shown = record.chat, snippet(message.content, self._query, self._language)
        role: Speaker = "user" if message.role == "user" else "assistant"
        return SearchHit(chat.id, message.id, chat.title, shown, message.created_at, chat.agent, role)

    def _chat(self, record: ChatRecord) -> FoundChat:
        chat, hits = record.chat, self._matching(record)
        shown = [self._hit(record, message) for message in hits[:HITS_A_CHAT]]
        title, is_archived = snippet(chat.title, self._query, self._language), chat.archived_at is not None
        return FoundChat(chat.id, title, chat.agent, chat.updated_at, is_archived, shown, len(hits))


def _after_title(record: ChatRecord, stage: Stage = Stage.TITLES) -> SearchCursor:
    return SearchCursor.after_title(stage, record.chat.updated_at, record.chat.id)


def _after_message(message: Message) -> SearchCursor:
    """A message in memory has no number; no two of one user were said in the same microsecond."""
    return SearchCursor.after_message(SearchCursor.after_title(Stage.MESSAGES, message.created_at, message.id).place)


def _page(
    found: list[tuple[SearchCursor, Found]], limit: int, after: SearchCursor | None
) -> tuple[list[Found], SearchCursor | None]:
    """What comes after a place, in the order of stages and in each the newest first."""
    rest = [each for each in found if after is None or _order(each[0]) > _order(after)]
    return [each for _, each in rest[:limit]], rest[limit - 1][0] if len(rest) > limit else None


def _order(cursor: SearchCursor) -> tuple[int, int, int]:
    return cursor.stage, -cursor.place, -cursor.id.int
