"""Which drafts the browser may drop."""

import zlib

from lib.identity import User
from lib.ui.drafts import MAX_MARKS, MAX_USERS, TEMPORARY, AcceptedQuestions

ANN = User("ann@example.com", None, None, authenticated=True)
BOB = User("bob@example.com", None, None, authenticated=True)


def test_a_user_is_told_of_their_own_last_questions_by_checksum_only() -> None:
    accepted = AcceptedQuestions()
    for number in range(MAX_MARKS + 1):
        accepted.add(ANN, "new", f"Söme question {number}")
    marks = accepted.of(ANN)
    assert [mark["checksum"] for mark in marks] == [
        zlib.adler32(f"Söme question {number}".encode()) for number in range(1, MAX_MARKS + 1)
    ]
    assert "question" not in str(marks)
    assert accepted.of(BOB) == []


def test_the_same_question_accepted_twice_is_told_twice() -> None:
    accepted = AcceptedQuestions()
    accepted.add(ANN, "new", "Again")
    accepted.add(ANN, "new", "Again")
    first, second = accepted.of(ANN)
    assert first["token"] != second["token"]


def test_only_the_users_who_asked_last_are_remembered() -> None:
    accepted = AcceptedQuestions()
    accepted.add(ANN, "new", "First")
    for number in range(MAX_USERS):
        accepted.add(User(f"user-{number}", None, None, authenticated=True), "new", "Later")
    assert accepted.of(ANN) == []


def test_nothing_is_remembered_of_a_temporary_chat() -> None:
    accepted = AcceptedQuestions()
    accepted.add(ANN, TEMPORARY, "Secret")
    assert accepted.of(ANN) == []
