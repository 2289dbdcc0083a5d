"""The results of a search, and a chat that is opened at one of its messages, without a browser."""

from uuid import UUID, uuid4

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from lib.db.database import Database
from lib.store.answer_ids import new_answer_id
from lib.store.models import Ending, NewTurn
from lib.store.postgres import PostgresStore
from lib.store.store import MESSAGES_LIMIT, PAGE_LIMIT
from tests.app.conftest import Opened, path_of
from tests.app.test_main import messages, stored_chat
from tests.conftest import ANN, BOB

TURNS = 60
MARK = ":material/search: Found by your search"


def opened_at(opened: Opened, chat_id: UUID, message_id: object) -> AppTest:
    page = opened(str(chat_id))
    page.query_params["message"] = str(message_id)
    return page.run()


def searched(opened: Opened, words: str) -> AppTest:
    page = opened("search")
    page.text_input(key="search-words").set_value(words).run()
    assert not page.exception
    return page


def questions(page: AppTest) -> list[str]:
    return [text for text in texts(page) if text.startswith("Question")]


def texts(page: AppTest) -> list[str]:
    """The messages without the number of their version."""
    return [text.split(" :small")[0] for text in messages(page)]


def message_of(database: Database, chat_id: UUID, content: str) -> UUID:
    found = PostgresStore(database, ANN).list_messages(chat_id, 2 * TURNS)
    return next(message.id for message in found if message.content == content)


def is_marked(page: AppTest) -> bool:
    return MARK in [caption.value for caption in page.main.caption]


def test_a_chat_is_one_result_however_often_the_words_stand_in_it(opened: Opened, database: Database) -> None:
    stored_chat(database, ANN, "Alpha", turns=5)
    stored_chat(database, BOB, "Beta", turns=5)
    page = searched(opened, "question")
    labels = [button.label for button in page.main.button]
    assert labels[0] == "Alpha"
    hits = [f":gray[You:] **Question** {n}\\." for n in (5, 4, 3)]
    assert [label.rsplit(" :gray", 1)[0] for label in labels[1:]] == hits
    assert "5 messages" in page.main.caption[0].value
    assert page.query_params["q"] == "question"


def test_a_click_on_a_hit_opens_the_chat_at_the_message(opened: Opened, database: Database) -> None:
    chat_id = stored_chat(database, ANN, "Alpha", turns=TURNS)
    page = searched(opened, '"question 20"')
    page.main.button[1].click().run()
    assert not page.exception
    assert path_of(page) == str(chat_id)
    assert page.query_params["message"] == str(message_of(database, chat_id, "Question 20."))
    assert is_marked(page)
    shown = messages(page)
    assert len(shown) == MESSAGES_LIMIT
    assert shown[0].startswith("Answer 10.") and "Question 20." in shown and shown[-1] == "Question 30."


def test_a_title_that_was_found_opens_the_end_of_its_chat(opened: Opened, database: Database) -> None:
    chat_id = stored_chat(database, ANN, "Zebra", turns=TURNS)
    page = searched(opened, "zebra")
    assert page.main.button[0].label == "**Zebra**"
    page.main.button[0].click().run()
    assert path_of(page) == str(chat_id)
    assert questions(page)[-1] == f"Question {TURNS}." and not is_marked(page)


def test_earlier_and_later_messages_come_until_the_chat_is_whole(opened: Opened, database: Database) -> None:
    chat_id = stored_chat(database, ANN, "Alpha", turns=TURNS)
    page = opened_at(opened, chat_id, message_of(database, chat_id, "Question 30."))
    buttons = {"Show earlier messages", "Show later messages"}
    clicks = 0
    while found := [button for button in page.main.button if button.label in buttons]:
        found[0].click().run()
        clicks += 1
        assert is_marked(page) and clicks < 10
    assert questions(page) == [f"Question {number}." for number in range(1, TURNS + 1)]


@pytest.mark.parametrize("leave", ["the button", "a question"])
def test_the_end_of_the_chat_is_one_step_away(opened: Opened, database: Database, leave: str) -> None:
    chat_id = stored_chat(database, ANN, "Alpha", turns=TURNS)
    page = opened_at(opened, chat_id, message_of(database, chat_id, "Answer 1."))
    assert questions(page)[0] == "Question 1."
    if leave == "the button":
        next(button for button in page.main.button if button.label == "Go to the end").click().run()
        assert questions(page)[-1] == f"Question {TURNS}."
    else:
        page.chat_input[0].set_value("And now?").run()
        assert "And now?" in messages(page)
    assert "message" not in page.query_params and not is_marked(page)


def ask_instead(database: Database, chat_id: UUID, follows: UUID) -> UUID:
    """The id of another version of the question that follows a message. Its branch is open then, and ends there."""
    store = PostgresStore(database, ANN)
    turn = NewTurn(new_answer_id(), chat_id, uuid4(), "Instead.", "Alpha", None, "test", follows=follows)
    store.start_turn(turn)
    store.finish_turn(Ending(turn.turn_id, chat_id, turn.question_id, "complete", [], "", None, None, 1))
    return turn.question_id


def test_a_hit_on_a_closed_branch_opens_its_branch(opened: Opened, database: Database) -> None:
    store, chat_id = PostgresStore(database, ANN), stored_chat(database, ANN, "Alpha", turns=2)
    closed = message_of(database, chat_id, "Question 2.")
    ask_instead(database, chat_id, message_of(database, chat_id, "Answer 1."))
    assert texts(opened(str(chat_id)))[2:3] == ["Instead."]
    page = opened_at(opened, chat_id, closed)
    assert questions(page) == ["Question 1.", "Question 2."] and is_marked(page)
    assert [message.content for message in store.list_messages(chat_id)][2] == "Question 2."


def test_versions_are_switched_in_the_middle_of_a_chat_too(opened: Opened, database: Database) -> None:
    chat_id = stored_chat(database, ANN, "Alpha", turns=TURNS)
    found, before = (message_of(database, chat_id, content) for content in ("Question 20.", "Answer 19."))
    other = ask_instead(database, chat_id, before)
    page = opened_at(opened, chat_id, found)
    first = texts(page)[0]
    for version, shown in ((other, "Instead."), (found, "Question 20."), (other, "Instead.")):
        next(button for button in page.main.button if button.label == "Next version").click().run()
        assert not page.exception and not is_marked(page)
        said = texts(page)
        assert said[0] == first
        assert [text for text in said if text in ("Instead.", "Question 20.")] == [shown]
        assert (said[-1] == "Question 30.") is (version == found)
        assert page.query_params["message"] == str(version)
    assert "Instead." in texts(opened_at(opened, chat_id, other))


@pytest.mark.parametrize("message_id", ["no id", "00000000-0000-4000-8000-000000000001", "another chat's"])
def test_an_address_with_no_message_of_the_chat_shows_its_end(
    opened: Opened, database: Database, message_id: str
) -> None:
    chat_id = stored_chat(database, ANN, "Alpha", turns=TURNS)
    if message_id == "another chat's":
        message_id = str(message_of(database, stored_chat(database, ANN, "Beta"), "Answer 1."))
    page = opened_at(opened, chat_id, message_id)
    assert not page.exception
    assert questions(page)[-1] == f"Question {TURNS}." and not is_marked(page)


def test_more_results_come_on_demand_and_stay_for_the_way_back(opened: Opened, database: Database) -> None:
    for number in range(PAGE_LIMIT + 1):
        stored_chat(database, ANN, f"Alpha {number}")
    page = searched(opened, "alpha")

    def found() -> int:
        return len([button for button in page.main.button if "Alpha" in button.label])

    assert found() == PAGE_LIMIT
    next(button for button in page.main.button if button.label == "Show more results").click().run()
    assert found() == PAGE_LIMIT + 1
    page.main.button[PAGE_LIMIT].click().run()
    assert "message" not in page.query_params
    page._page_hash = calc_hash("search")
    page.query_params["q"] = "alpha"
    page.run()
    assert found() == PAGE_LIMIT + 1


def test_a_search_that_is_too_long_is_refused_with_a_sentence(opened: Opened) -> None:
    page = searched(opened, "x" * 201)
    assert "200" in page.warning[0].value
