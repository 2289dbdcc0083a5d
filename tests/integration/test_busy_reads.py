"""A database that hangs: the first read of a page waits, and the others of the same user do not wait again."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from time import monotonic

import psycopg2

from lib.identity import Asker
from lib.runtime import Runtime
from local.postgres import Cluster
from tests.conftest import ANN, BOB
from tests.integration.test_resilient_store import ask, asked, said
from tests.integration.test_turns import ended
from tests.waiting import until

AT_ONCE_SECONDS = 1.0


VOTES = "LOCK TABLE chat.votes IN ACCESS EXCLUSIVE MODE"


@contextmanager
def holding(cluster: Cluster, database: str, lock: str) -> Iterator[None]:
    with closing(psycopg2.connect(cluster.admin_dsn(database))) as admin, admin.cursor() as cursor:
        cursor.execute(lock)
        yield
        admin.rollback()


def test_after_a_read_has_waited_in_vain_the_user_s_others_come_from_memory(
    runtime: Runtime, cluster: Cluster, database_name: str
) -> None:
    question = asked()
    turn = ask(runtime, question)
    other = ask(runtime, asked("And elsewhere?"), BOB)
    store = runtime.store(ANN)
    before = store.list_messages(question.chat_id)
    with holding(cluster, database_name, VOTES):
        assert store.votes(question.chat_id) == {}
        began = monotonic()
        # A page makes a store for each of its parts.
        again = runtime.store(ANN)
        assert again.list_messages(question.chat_id) == before
        assert [chat.id for chat in again.list_chats().chats] == [question.chat_id]
        assert monotonic() - began < AT_ONCE_SECONDS
        assert runtime.connection_state.mode == "saved" and not runtime.connection_state.is_lost
        # What is asked goes to the database all the same.
        follow = ask(runtime, asked("And now?", question.chat_id))
        assert runtime.is_saved(follow)
        # Whoever has not waited asks: here, for a chat that is not in memory.
        assert runtime.resilient_database
        runtime.resilient_database.cached_chats.remove(other.chat_id)
        assert said(runtime.store(BOB).list_messages(other.chat_id))[0] == ("user", "And elsewhere?")
    assert turn.status == "complete"


def test_after_a_question_has_waited_in_vain_its_page_is_drawn_at_once(
    runtime: Runtime, cluster: Cluster, database_name: str
) -> None:
    question = asked()
    ask(runtime, question)
    with holding(cluster, database_name, "LOCK TABLE chat.turns, chat.messages, chat.chats IN ACCESS EXCLUSIVE MODE"):
        turn = runtime.turns.ask(runtime.store(ANN), Asker(ANN, None), asked("And now?", question.chat_id))
        began = monotonic()
        page = runtime.store(ANN)
        page.mark_read(question.chat_id)
        assert page.find_chat(question.chat_id) and page.list_messages(question.chat_id)
        assert page.votes(question.chat_id) == {}
        assert page.list_chats().chats
        assert monotonic() - began < AT_ONCE_SECONDS
    assert turn and ended(turn).status == "complete"


def test_a_question_waits_for_the_row_of_its_chat_also_if_the_chat_is_not_in_memory(
    runtime: Runtime, cluster: Cluster, database_name: str
) -> None:
    question = asked()
    ask(runtime, question)
    assert runtime.resilient_database
    runtime.resilient_database.cached_chats.remove(question.chat_id)
    with holding(cluster, database_name, f"SELECT FROM chat.chats WHERE id = '{question.chat_id}' FOR UPDATE"):
        follow = ask(runtime, asked("And now?", question.chat_id))
        assert follow.status == "complete" and not runtime.is_saved(follow)
    until(lambda: runtime.is_saved(follow))
