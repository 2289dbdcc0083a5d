"""The command that imports the chats of Databricks' chat template, against its real schema."""

import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg2
import pytest
from psycopg2 import sql

from lib.admin.import_template import DONE, IMPOSSIBLE, SOME_REFUSED, WRONG_USE, main
from lib.admin.template_chats import TemplateChats
from lib.db.database import Database
from lib.db.template_schema import TemplateSchema
from lib.identity import User
from lib.importer.limits import MAX_CHAT_CHARS
from lib.messages.parts import Text, ToolCall, ToolResult
from lib.store.models import Vote
from lib.store.postgres import PostgresStore
from lib.store.user_ids import PostgresUserIds
from local import environment
from local.environment import Principal
from local.postgres import Cluster
from local.workspace import Workspace
from tests.conftest import ANN, BOB, ROLE
from tests.integration.template_schema import NINE, Template
from tests.integration.test_store import answered, new_turn

ANNS_ID = "7402@1093"
ROOT = Path(__file__).parents[2]
Run = Callable[..., int]


@pytest.fixture
def source(cluster: Cluster, database_name: str) -> Template:
    made = Template(cluster, database_name)
    made.grant()
    return made


@pytest.fixture
def run(database_url: str) -> Run:
    return lambda *arguments: main(arguments, {"DATABASE_URL": database_url})


@pytest.fixture
def ann(database: Database) -> PostgresStore:
    """Ann, who has signed in here before."""
    user_ids = PostgresUserIds(database)
    user = replace(ANN, platform_id=ANNS_ID)
    assert user_ids.id_of(user) == ANN.id
    return PostgresStore(database, user, user_ids)


def texts(store: PostgresStore, chat_id: UUID) -> list[str]:
    return [message.content for message in store.list_messages(chat_id)]


def test_a_chat_comes_whole_to_whom_the_platform_knows_by_its_users_id(
    source: Template, run: Run, ann: PostgresStore
) -> None:
    chat_id = source.chat(ANNS_ID, "Sales 🏔", "public")
    question = source.says(chat_id, "user", "How much?", 1)
    tool = {"type": "dynamic-tool", "toolCallId": "c1", "toolName": "sql", "input": {"q": 1}}
    parts = [{"type": "step-start"}, {**tool, "state": "output-available", "output": "42"}]
    answer = source.says(chat_id, "assistant", [*parts, {"type": "text", "text": "About 42."}], 1, "tr-9")
    source.vote(chat_id, answer, False)
    assert run() == DONE
    chat = ann.get_chat(chat_id)
    assert chat
    assert (chat.title, chat.visibility, chat.unread, chat.agent) == ("Sales 🏔", "public", False, None)
    nine = NINE.replace(tzinfo=UTC)
    assert (chat.created_at, chat.updated_at) == (nine, nine + timedelta(minutes=1))
    said, told = ann.list_messages(chat_id)
    assert (said.id, told.id, told.parent_id, told.trace_id) == (question, answer, question, "tr-9")
    assert told.parts == [ToolCall("c1", "sql", '{"q": 1}'), ToolResult("c1", "42"), Text("About 42.")]
    assert ann.votes(chat_id) == {answer: Vote(False)}


def test_a_repeat_changes_nothing_and_a_dry_run_writes_nothing(
    source: Template, run: Run, ann: PostgresStore, capsys: pytest.CaptureFixture[str]
) -> None:
    chat_id, *_ = source.talk(ANNS_ID)
    assert run("--dry-run") == DONE
    assert "nothing was written" in (said := capsys.readouterr().out) and " 1   new" in said
    assert ann.get_chat(chat_id) is None
    run()
    before = (ann.get_chat(chat_id), ann.list_records(chat_id))
    assert run() == DONE
    assert " 1   here already" in capsys.readouterr().out
    assert (ann.get_chat(chat_id), ann.list_records(chat_id)) == before


def test_what_is_said_there_later_follows_and_moves_the_chat(source: Template, run: Run, ann: PostgresStore) -> None:
    chat_id, _, answer = source.talk(ANNS_ID)
    other = source.talk(ANNS_ID)[0]
    source.says(other, "user", "Later", 5)
    run()
    page = ann.list_chats(1)
    later = source.says(chat_id, "user", "And then?", 9)
    source.vote(chat_id, source.says(chat_id, "assistant", "Nothing.", 10), True)
    assert run() == DONE
    assert texts(ann, chat_id) == ["How much?", "42", "And then?", "Nothing."]
    assert next(each for each in ann.list_messages(chat_id) if each.id == later).parent_id == answer
    assert list(ann.votes(chat_id).values()) == [Vote(True)]
    assert [(chat.id, chat.unread) for chat in ann.list_chats().chats] == [(chat_id, False), (other, False)]
    assert [chat.id for chat in ann.list_chats(older_than=page.cursor).chats] == [chat_id]


def test_what_was_said_here_meanwhile_stays_open(source: Template, run: Run, ann: PostgresStore) -> None:
    chat_id, *_ = source.talk(ANNS_ID)
    run()
    answered(ann, chat_id, "Said here", "Yes.")
    source.says(chat_id, "user", "Said there", 9)
    assert run() == DONE
    assert texts(ann, chat_id) == ["How much?", "42", "Said here", "Yes."]
    assert "Said there" in [record.message.content for record in ann.list_records(chat_id)]


def test_what_was_deleted_here_does_not_come_back(source: Template, run: Run, ann: PostgresStore) -> None:
    deleted, trashed = source.talk(ANNS_ID)[0], source.talk(ANNS_ID)[0]
    run()
    ann.delete_chat(deleted)
    ann.trash_chat(trashed)
    for chat_id in (deleted, trashed):
        source.says(chat_id, "user", "More", 9)
    assert run() == DONE
    assert ann.list_chat_ids(10) == []


def test_somebody_who_was_never_here_finds_the_chats_at_the_first_sign_in(
    source: Template, run: Run, database: Database
) -> None:
    chat_id, *_ = source.talk(ANNS_ID)
    source.says(chat_id, "user", "And?", 3)
    run()
    user_ids = PostgresUserIds(database)
    store = PostgresStore(database, replace(ANN, platform_id=ANNS_ID), user_ids)
    assert user_ids.id_of(replace(ANN, platform_id=ANNS_ID)) == ANN.id
    assert texts(store, chat_id) == ["How much?", "42", "And?"]
    assert run() == DONE
    assert store.list_chat_ids(10) == [chat_id]


def test_a_list_of_users_decides_whose_chats_come_to_whom(
    source: Template, run: Run, database: Database, tmp_path: Path
) -> None:
    anns, bobs, nobodys = (source.talk(id)[0] for id in ("local-1", "local-2", "local-3"))
    by_address = source.talk("Carl@Example.com")[0]
    users = tmp_path / "users.csv"
    users.write_text(f"userId,email\nlocal-1,{ANN.id.upper()}\nlocal-2,{BOB.id}\nlocal-3,\n")
    assert run("--users", str(users)) == DONE
    for user_id, chat_ids in ((ANN.id, [anns]), (BOB.id, [bobs]), ("carl@example.com", [by_address]), ("local-3", [])):
        assert PostgresStore(database, User(user_id, None, None, True)).list_chat_ids(10) == chat_ids
    assert nobodys not in (anns, bobs)


def test_an_id_that_another_user_has_is_not_touched(
    source: Template, run: Run, ann: PostgresStore, database: Database
) -> None:
    chat_id, *_ = source.talk(ANNS_ID)
    bob = PostgresStore(database, BOB)
    bob.start_turn(replace(new_turn(chat_id), question="Bob's own"))
    assert run() == run() == DONE
    [mine] = ann.list_chat_ids(10)
    assert mine != chat_id
    assert texts(ann, mine) == ["How much?", "42"]
    assert texts(bob, chat_id) == ["Bob's own"]
    source.says(chat_id, "user", "More", 9)
    run()
    assert texts(ann, mine) == ["How much?", "42", "More"]


def test_a_chat_that_cannot_be_taken_is_named_and_the_others_come(
    source: Template, run: Run, ann: PostgresStore, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "what-ann-said"
    good = source.talk(ANNS_ID)[0]
    deep, long = source.talk(ANNS_ID)[0], source.talk(ANNS_ID)[0]
    source.put(uuid4(), deep, "user", f'[{{"type": "x", "{secret}": {"[" * 5_000 + "]" * 5_000}}}]', 5)
    source.put(uuid4(), long, "user", f'[{{"type": "text", "text": "{secret * (MAX_CHAT_CHARS // 10)}"}}]', 5)
    assert run() == SOME_REFUSED
    assert ann.list_chat_ids(10) == [good]
    assert all(f"Chat {id} was not taken." in caplog.text for id in (deep, long))
    assert secret not in caplog.text


def test_public_chats_can_be_made_private_and_odd_content_comes_as_far_as_it_can(
    source: Template, run: Run, ann: PostgresStore
) -> None:
    chat_id, *_ = source.talk(ANNS_ID, visibility="public")
    source.put(uuid4(), chat_id, "assistant", r'[{"type": "text", "text": "a\u0000b\ud800c", "n": 1e999}]', 5)
    source.run('UPDATE ai_chatbot."Chat" SET "createdAt" = \'infinity\'')
    empty = source.chat(ANNS_ID)
    assert run("--private") == DONE
    chat = ann.get_chat(chat_id)
    assert chat and chat.visibility == "private"
    assert chat.created_at == chat.updated_at == (NINE + timedelta(minutes=5)).replace(tzinfo=UTC)
    assert texts(ann, chat_id)[-1] == "abc"
    assert ann.get_chat(empty) is None


def test_chats_and_messages_meet_however_the_pages_fall(source: Template, database: Database) -> None:
    expected = {}
    for number in range(5):
        chat_id = source.chat(ANNS_ID)
        ids = [source.says(chat_id, "assistant" if place % 2 else "user", "x", place // 2) for place in range(number)]
        expected[chat_id] = ids
    for size in (1, 2, 3, 100):
        chats = TemplateChats(TemplateSchema(database), chats_a_page=size, messages_a_page=size)
        assert {chat.id: [each.id for each in messages] for chat, messages in chats} == expected


def test_without_schema_or_grants_a_sentence_says_so(
    cluster: Cluster, database_name: str, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    assert run() == IMPOSSIBLE
    assert "There is no schema ai_chatbot" in caplog.text
    source = Template(cluster, database_name)
    caplog.clear()
    assert run() == IMPOSSIBLE
    grants = caplog.text[caplog.text.index("GRANT") :]
    assert f'GRANT USAGE ON SCHEMA ai_chatbot TO "{ROLE}";' in grants
    source.run(grants.strip())
    assert run() == DONE
    source.run(sql.SQL('REVOKE SELECT ON ai_chatbot."Vote" FROM {}').format(sql.Identifier(ROLE)))
    assert run() == IMPOSSIBLE
    source.run('ALTER TABLE ai_chatbot."Message" DROP COLUMN "traceId"')
    caplog.clear()
    assert run() == IMPOSSIBLE
    assert "lacks Message.traceId" in caplog.text


def test_wrong_settings_and_lists_are_named_without_secrets(
    run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert main([], {}) == WRONG_USE
    assert "No database is set." in caplog.text
    assert run("--users", str(tmp_path / "none.csv")) == WRONG_USE
    caplog.clear()
    assert main([], {"DATABASE_URL": "mysql://ann:secret@localhost/x"}) == WRONG_USE
    assert "must look like postgresql://" in caplog.text and "secret" not in caplog.text


def test_the_command_logs_in_to_lakebase_as_the_app_does(
    source: Template, platform: dict[str, str], cluster: Cluster, database_name: str, workspace: Workspace
) -> None:
    assert workspace.minter
    workspace.minter.rotate()  # the role's password was set since, for tests that need none of the workspace's
    source.talk(ANNS_ID)
    bound = environment.of_lakebase(cluster, Principal()) | {"PGDATABASE": database_name, "PGUSER": ROLE}
    environ = {name: value for name, value in platform.items() if name != "DATABASE_URL"} | bound
    told = [sys.executable, "-m", "lib.admin.import_template"]
    done = subprocess.run(told, cwd=ROOT, env=environ, capture_output=True, text=True)  # noqa: S603
    assert (done.returncode, done.stderr) == (DONE, "")
    assert "2 messages stored" in done.stdout


def test_the_imported_chats_can_be_taken_out_again_as_the_document_says(
    source: Template, run: Run, ann: PostgresStore, database_url: str
) -> None:
    chat_id, own = source.talk(ANNS_ID)[0], answered(ann).chat_id
    run()
    answered(ann, chat_id, "Go on", "Yes.")
    [undo] = re.findall(r"```sql\n(BEGIN;.*?)```", (ROOT / "docs" / "import.md").read_text(), re.DOTALL)
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(undo)
    assert ann.list_chat_ids(10) == [own]
    assert run() == DONE
    assert texts(ann, chat_id) == ["How much?", "42"]
