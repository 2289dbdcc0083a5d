"""A real database that refuses reads or writes with a given SQLSTATE, by triggers and policies of the superuser."""

from psycopg2 import sql

from local.postgres import Cluster
from tests.conftest import administer

TABLES = ("chats", "messages", "turns", "turn_log", "instructions")
SWITCH = """
CREATE TABLE public.refusing (what text PRIMARY KEY, sqlstate text NOT NULL, said text NOT NULL);
CREATE FUNCTION public.refuse(asked text, content text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    found public.refusing;
BEGIN
    SELECT * INTO found FROM public.refusing WHERE what = asked AND content LIKE said;
    IF found.sqlstate IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = found.sqlstate, MESSAGE = 'refused by the test';
    END IF;
    RETURN true;
END $$;
CREATE FUNCTION public.refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.refuse('write', '');
    RETURN NULL;
END $$;
CREATE FUNCTION public.refuse_content() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.refuse('content', NEW.content);
    RETURN NEW;
END $$;
CREATE TRIGGER refusing BEFORE INSERT OR UPDATE ON chat.messages
   FOR EACH ROW EXECUTE FUNCTION public.refuse_content();
"""
ON_TABLE = """
CREATE TRIGGER refused BEFORE INSERT OR UPDATE OR DELETE ON chat.{table}
   FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_write();
CREATE POLICY refused ON chat.{table} AS RESTRICTIVE FOR SELECT USING (public.refuse('read', ''));
"""


class RefusingDatabase:
    """The refusals of one database; each stays on until `relent`."""

    def __init__(self, cluster: Cluster, database: str) -> None:
        self._cluster, self._database = cluster, database
        self.run(SWITCH)
        for table in TABLES:
            self.run(ON_TABLE.format(table=table))

    def run(self, statement: str | sql.Composable) -> None:
        """As the superuser."""
        administer(self._cluster, statement, self._database)

    def writes(self, sqlstate: str) -> None:
        self._switch("write", sqlstate)

    def reads(self, sqlstate: str) -> None:
        self._switch("read", sqlstate)

    def content(self, sqlstate: str, said: str) -> None:
        """Refuse messages whose content is LIKE `said`."""
        self._switch("content", sqlstate, said)

    def relent(self) -> None:
        self.run("DELETE FROM public.refusing")

    def _switch(self, what: str, sqlstate: str, said: str = "%") -> None:
        row = sql.SQL("INSERT INTO public.refusing VALUES ({}, {}, {})")
        self.run(row.format(*map(sql.Literal, (what, sqlstate, said))))

    def remove(self) -> None:
        self.relent()
        for table in TABLES:
            self.run(f"DROP TRIGGER refused ON chat.{table}; DROP POLICY refused ON chat.{table}")
        self.run("DROP TABLE public.refusing; DROP FUNCTION public.refuse_write, public.refuse_content CASCADE")
        self.run("DROP FUNCTION public.refuse")
