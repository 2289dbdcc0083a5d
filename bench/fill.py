"""Chats and messages by the million, written by the database itself."""

from typing import Any
from uuid import UUID

USER = "INSERT INTO chat.users (id) VALUES (%(user)s) ON CONFLICT (id) DO NOTHING"
# All have the words of one title, because working out those of a million takes many minutes. The titles are not in the
# order of time.
CHATS = """
SET session_replication_role = replica;
INSERT INTO chat.chats (user_id, title, search, created_at, updated_at)
SELECT %(user)s, 'Chat number ' || number * 7919 %% 1000003, words.search, last.at, last.at
  FROM chat.title_vector('Chat number 1') AS words (search), generate_series(1, CAST(%(count)s AS bigint)) AS number,
       CAST(now() - number * interval '7 s' AS timestamptz) AS last (at);
RESET session_replication_role
"""
CHAT = "INSERT INTO chat.chats (id, user_id, title) VALUES (%(chat)s, %(user)s, 'A long conversation')"
# Each message's parent is the one before it; its id is made of the chat's id and the message's number.
MESSAGES = """
INSERT INTO chat.messages (id, chat_id, user_id, parent_id, role, status, parts, content)
SELECT CAST(left(%(chat)s, 24) || lpad(to_hex(number), 12, '0') AS uuid), CAST(%(chat)s AS uuid), %(user)s,
       CASE WHEN number > 1
            THEN CAST(left(%(chat)s, 24) || lpad(to_hex(number - 1), 12, '0') AS uuid) END,
       CASE WHEN number %% 2 = 1 THEN 'user' ELSE 'assistant' END, 'complete',
       jsonb_build_array(jsonb_build_object('type', 'text', 'text', %(text)s)), %(text)s
  FROM generate_series(1, %(count)s) AS number
"""
WORDS = "Revenue in the north grew by twelve percent, while returns stayed where they were. "
MESSAGE_CHARS = 500


def chats(admin: Any, user: str, count: int) -> bool:
    """Insert `count` chats of a user, seven seconds apart; False if they are there from an earlier run."""
    admin.execute("SELECT count(1) FROM chat.chats WHERE user_id = %s", (user,))
    if admin.fetchone() == (count,):
        return False
    admin.execute(USER, {"user": user})
    admin.execute(CHATS, {"user": user, "count": count})
    admin.execute("ANALYZE chat.chats")
    return True


def chat(admin: Any, user: str, chat_id: UUID, count: int, *, analyze: bool = True) -> None:
    """Insert one chat of `count` messages, 500 characters each."""
    binds = {"user": user, "chat": str(chat_id), "count": count}
    text = (WORDS * MESSAGE_CHARS)[:MESSAGE_CHARS]
    admin.execute(USER, binds)
    admin.execute(CHAT, binds)
    admin.execute(MESSAGES, {**binds, "text": text})
    if analyze:
        admin.execute("ANALYZE chat.messages")
