"""The schema of Databricks' chat template as its own migrations leave it, and rows in it."""

import json
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg2
from psycopg2 import sql

from local.postgres import Cluster
from tests.conftest import ROLE

OWNER = "role_of_the_template"
NINE = datetime(2026, 2, 3, 9, 0, 0, 250_000)  # noqa: DTZ001  the template stores UTC without saying so
DDL = """
CREATE SCHEMA ai_chatbot;
CREATE TABLE ai_chatbot."Chat" (
    "id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
    "createdAt" timestamp NOT NULL,
    "title" text NOT NULL,
    "userId" text NOT NULL,
    "visibility" varchar DEFAULT 'private' NOT NULL,
    "lastContext" jsonb
);
CREATE TABLE ai_chatbot."Message" (
    "id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
    "chatId" uuid NOT NULL REFERENCES ai_chatbot."Chat" ("id"),
    "role" varchar NOT NULL,
    "parts" json NOT NULL,
    "attachments" json NOT NULL,
    "createdAt" timestamp NOT NULL,
    "traceId" text
);
CREATE TABLE ai_chatbot."Vote" (
    "chatId" uuid NOT NULL REFERENCES ai_chatbot."Chat" ("id"),
    "messageId" uuid NOT NULL REFERENCES ai_chatbot."Message" ("id"),
    "isUpvoted" boolean NOT NULL,
    PRIMARY KEY ("chatId", "messageId")
);
"""
GRANTS = "GRANT USAGE ON SCHEMA ai_chatbot TO {0}; GRANT SELECT ON ALL TABLES IN SCHEMA ai_chatbot TO {0}"


class Template:
    """As the template's own app writes, which is another role than ours."""

    def __init__(self, cluster: Cluster, database_name: str) -> None:
        self._dsn = cluster.admin_dsn(database_name)
        self.run(DDL)

    def run(self, statement: str | sql.Composable, *binds: Any) -> None:
        with closing(psycopg2.connect(self._dsn)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement, binds)

    def grant(self) -> None:
        self.run(sql.SQL(GRANTS).format(sql.Identifier(ROLE)))

    def chat(self, user_id: str, title: str = "Sales", visibility: str = "private", at: datetime = NINE) -> UUID:
        id = uuid4()
        self.run('INSERT INTO ai_chatbot."Chat" VALUES (%s, %s, %s, %s, %s)', id, at, title, user_id, visibility)
        return id

    def says(
        self, chat_id: UUID, role: str, said: str | list[Any], minutes: float = 0, trace_id: str | None = None
    ) -> UUID:
        """`said` is one text, or parts."""
        id = uuid4()
        parts = json.dumps([{"type": "text", "text": said}] if isinstance(said, str) else said)
        self.put(id, chat_id, role, parts, minutes, trace_id)
        return id

    def put(
        self, id: UUID, chat_id: UUID, role: str, parts: str, minutes: float = 0, trace_id: str | None = None
    ) -> None:
        at = NINE + timedelta(minutes=minutes)
        statement = 'INSERT INTO ai_chatbot."Message" VALUES (%s, %s, %s, %s, %s, %s, %s)'
        self.run(statement, id, chat_id, role, parts, "[]", at, trace_id)

    def talk(self, user_id: str, *, visibility: str = "private") -> tuple[UUID, UUID, UUID]:
        """A chat with a question and its answer."""
        chat_id = self.chat(user_id, visibility=visibility)
        question_id = self.says(chat_id, "user", "How much?", 1)
        return chat_id, question_id, self.says(chat_id, "assistant", "42", 2, "tr-1")

    def vote(self, chat_id: UUID, message_id: UUID, is_upvoted: bool) -> None:
        self.run('INSERT INTO ai_chatbot."Vote" VALUES (%s, %s, %s)', chat_id, message_id, is_upvoted)
