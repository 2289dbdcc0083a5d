"""Chats that a test inserts into the app's database before it opens the app."""

from contextlib import closing
from uuid import UUID, uuid4

import psycopg2
from psycopg2.extras import register_uuid

from lib.identity import User

INSERT_USER = "INSERT INTO chat.users (id, email, name) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
INSERT_CHAT = """
INSERT INTO chat.chats (id, user_id, title, created_at, updated_at)
SELECT %(id)s, %(user)s, %(title)s, at, at FROM (SELECT now() - make_interval(mins => %(minutes)s) AS at) AS activity
"""
INSERT_MESSAGE = """
INSERT INTO chat.messages (id, chat_id, user_id, parent_id, role, status, parts, content)
VALUES (%(id)s, %(chat)s, %(user)s, %(parent)s, %(role)s, 'complete',
        jsonb_build_array(jsonb_build_object('type', 'text', 'text', %(text)s::text)), %(text)s)
"""


class SeededChats:
    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def add(self, user: User, title: str, *, minutes_ago: int = 0, turns: int = 0, answer: str = "") -> UUID:
        """Insert a chat of `turns` questions and answers, or of one. `answer` is what all of them answer."""
        chat_id = uuid4()
        answers = [answer] * max(turns, 1) if answer else [f"Answer {number}." for number in range(1, turns + 1)]
        with closing(psycopg2.connect(self._dsn)) as connection, connection, connection.cursor() as cursor:
            register_uuid(conn_or_curs=cursor)
            cursor.execute(INSERT_USER, (user.id, user.email, user.name))
            chat = {"id": chat_id, "user": user.id, "title": title, "minutes": minutes_ago}
            cursor.execute(INSERT_CHAT, chat)
            parent = None
            for number, said in enumerate(answers, start=1):
                for role, text in (("user", f"Question {number}."), ("assistant", said)):
                    message = {"id": uuid4(), "chat": chat_id, "user": user.id, "parent": parent}
                    cursor.execute(INSERT_MESSAGE, {**message, "role": role, "text": text})
                    parent = message["id"]
        return chat_id
