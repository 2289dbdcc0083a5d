"""The SQL that is text: named, one statement each, and owner-scoped."""

import re
from pathlib import Path

import pytest

from lib.db.queries import FOLDER, queries

ROOT = Path(__file__).parents[2]
CODE = "\n".join(path.read_text() for path in (ROOT / "lib").rglob("*.py"))
# What a process does for its own turns, whoever their users are.
FOR_THE_PROCESS = {
    "find_other_session",
    "write_log",
    "purge_log",
    "record_heartbeat",
    "release_turn",
    "list_stop_requests",
    "claim_dead_turns",
    "set_search_language",
    "index_more",
}
# What is done for retention, with the chats of all users.
OF_ALL_USERS = {"purge_trash", "shorten_inactive", "shorten_trash", "purge_inactive", "archive_inactive", "purge_files"}
# What is counted of all users.
TO_COUNT = {"count_day"}
# What is sent to MLflow, the votes of all users.
FOR_MLFLOW = {
    "claim_assessment",
    "next_assessment",
    "settle_assessment",
    "delete_assessment",
    "count_assessments",
    "retry_assessments",
}
# What concerns objects of the Volume, which are no user's.
OF_THE_VOLUME = {"note_object", "take_removals", "end_removals"}
# What reads no rows of anybody.
OF_NOBODY = {"words_of_search"}
# What finds out who the user is.
OF_PEOPLE = {"resolve_user_id", "join_users", "find_user_id"}
NAMED = [
    (match[1], match[2])
    for file in sorted(FOLDER.glob("*.sql"))
    for match in re.finditer(
        r"^-- name: (\w+)\n(.*?)(?=^-- (?:name|fragment): |\Z)", file.read_text(), re.DOTALL | re.MULTILINE
    )
]
every_query = pytest.mark.parametrize(("name", "body"), NAMED, ids=[name for name, _ in NAMED])


def test_every_named_query_is_found_and_none_twice() -> None:
    assert [name for name, _ in NAMED] == list(queries())


@every_query
def test_a_query_is_one_statement_under_a_line_for_its_reader(name: str, body: str) -> None:
    assert body.startswith("-- ")
    statement = "\n".join(line for line in body.strip().splitlines() if not line.startswith("-- "))
    assert statement.count(";") == 1
    assert statement.endswith(";")
    assert "--" not in statement
    assert "::" not in statement
    assert ";" not in str(queries()[name])


@every_query
def test_a_query_of_users_rows_carries_the_owner(name: str, body: str) -> None:
    assert (":user_id" in queries()[name].text) == (
        name not in FOR_THE_PROCESS | FOR_MLFLOW | OF_ALL_USERS | TO_COUNT | OF_THE_VOLUME | OF_NOBODY | OF_PEOPLE
    )


@every_query
def test_a_query_is_used(name: str, body: str) -> None:
    assert f'"{name}"' in CODE


@every_query
def test_a_colon_in_a_comment_becomes_no_bind(name: str, body: str) -> None:
    statement = queries()[name].text
    assert "--" not in statement
    assert set(queries()[name]._bindparams) == set(re.findall(r"(?<!:):(\w+)", statement))


def test_columns_are_listed_where_rows_leave_a_query() -> None:
    """`*` is allowed only within a recursion, whose last SELECT lists its columns."""
    for name, query in queries().items():
        last = str(query).rpartition("\nSELECT")[2]
        assert "*" not in last, name


def test_sql_shared_by_statements_is_written_once() -> None:
    for file in sorted(FOLDER.glob("*.sql")):
        script = file.read_text()
        for fragment in re.findall(r"^-- fragment: (\w+)$", script, re.MULTILINE):
            assert script.count(f"{{{fragment}}}") > 1, fragment
    assert not any("{" in query.text for query in queries().values())
