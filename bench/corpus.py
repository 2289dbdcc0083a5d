"""Words with a natural (Zipf) distribution, and a corpus of messages made of them."""

from collections.abc import Iterator
from typing import Any

import numpy as np

VOCABULARY = 50_000
NUMBERS = 1_000_000
"""Order numbers and the like: each occurs a few times at most."""
NUMBER_SHARE = 0.03
QUESTION_AND_ANSWER_WORDS, TITLE_WORDS = (12, 70), (5, 5)
MESSAGES_A_CHAT = 20
BATCH = 20_000
_SYLLABLES = [a + b for a in "bcdfghjklmnprstvwz" for b in "aeiou"] + ["an", "er", "in", "on", "re", "st", "th", "co"]

# Every fifth chat belongs to the user, the others to 400 more users. A chat's id is derived from its number.
USERS = """
INSERT INTO chat.users (id) SELECT 'other-' || number FROM generate_series(0, 399) AS number
 UNION ALL SELECT %(user)s ON CONFLICT (id) DO NOTHING
"""
CHATS = """
INSERT INTO chat.chats (id, user_id, title, search, updated_at)
SELECT CAST(md5('chat ' || number) AS uuid), CASE number %% 5 WHEN 0 THEN %(user)s ELSE 'other-' || number %% 400 END,
       title, chat.title_vector(title), now() - number * interval '7 s'
  FROM unnest(%(texts)s) WITH ORDINALITY AS said (title, number)
"""
MESSAGES = """
INSERT INTO chat.messages (chat_id, user_id, role, status, parts, content, search)
SELECT chats.id, chats.user_id, CASE number %% 2 WHEN 1 THEN 'user' ELSE 'assistant' END, 'complete',
       jsonb_build_array(jsonb_build_object('type', 'text', 'text', content)), content, chat.vector(content)
  FROM unnest(%(texts)s) WITH ORDINALITY AS said (content, number)
  JOIN chat.chats ON chats.id = CAST(md5('chat ' || 1 + (%(before)s + number - 1) / %(a_chat)s) AS uuid)
 ORDER BY number
"""
INDEX = "SELECT pg_get_indexdef(CAST('chat.messages_by_word' AS regclass))"


class Corpus:
    """Deterministic. `words` are sorted by frequency, which follows Zipf's law."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(7)
        self.words = self._vocabulary()
        weights = 1 / np.arange(2, VOCABULARY + 2)
        self._cumulated = np.cumsum(weights / weights.sum())

    def texts(self, count: int, typical_words: tuple[int, int] = QUESTION_AND_ANSWER_WORDS) -> Iterator[list[str]]:
        """Yield batches of at most BATCH texts, alternately a question and an answer."""
        for begin in range(0, count, BATCH):
            yield list(self._batch(min(BATCH, count - begin), typical_words))

    def _vocabulary(self) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < VOCABULARY:
            length = int(self._random.integers(1, 5))
            found.setdefault("".join(_SYLLABLES[each] for each in self._random.integers(0, len(_SYLLABLES), length)))
        return list(found)

    def _batch(self, count: int, typical_words: tuple[int, int]) -> Iterator[str]:
        typical = np.tile(typical_words, count)[:count]
        lengths = np.maximum(1, (typical * self._random.lognormal(0, 0.5, count)).astype(int))
        said = [self.words[place] for place in np.searchsorted(self._cumulated, self._random.random(lengths.sum()))]
        for place in np.flatnonzero(self._random.random(len(said)) < NUMBER_SHARE):
            said[place] = str(self._random.integers(NUMBERS))
        begin = 0
        for end in np.cumsum(lengths):
            yield " ".join(said[begin:end])
            begin = end


def fill(admin: Any, corpus: Corpus, user: str, messages: int) -> None:
    """Insert the messages, a fifth of them the user's, unless an earlier run has.

    The search index is built at the end, which is much faster, and the users come last: an earlier run that was broken
    off is not taken for whole, but fails at the first chat.
    """
    admin.execute("SELECT EXISTS (SELECT FROM chat.users WHERE id = %s)", (user,))
    if admin.fetchone() == (True,):
        return
    admin.execute("SET session_replication_role = replica; SET maintenance_work_mem = '1GB'")
    titles = [title for batch in corpus.texts(messages // MESSAGES_A_CHAT, TITLE_WORDS) for title in batch]
    admin.execute(CHATS, {"user": user, "texts": titles})
    admin.execute(INDEX)
    (index,) = admin.fetchone()
    admin.execute("DROP INDEX chat.messages_by_word")
    for number, texts in enumerate(corpus.texts(messages)):
        admin.execute(MESSAGES, {"texts": texts, "before": number * BATCH, "a_chat": MESSAGES_A_CHAT})
    admin.execute(index)
    admin.execute(USERS, {"user": user})
    admin.execute("VACUUM ANALYZE chat.messages, chat.chats")
    admin.execute("CHECKPOINT")
