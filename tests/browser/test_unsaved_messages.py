"""A user asks on while the database refuses writes: the messages stay, and the page says whether they are saved."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from local import environment
from local.postgres import Cluster
from tests.browser.person import Person
from tests.integration.refusing_database import RefusingDatabase

QUESTION = "Which region sold most last quarter?"


@pytest.fixture
def refusing(app_url: str, cluster: Cluster) -> Iterator[RefusingDatabase]:
    """Refusals in the database that all browser tests share; they are removed at the end."""
    made = RefusingDatabase(cluster, environment.DATABASE)
    yield made
    made.remove()


def begin(person: Person) -> None:
    person.ask(QUESTION)
    expect(person.answer).to_contain_text("Saved")


@pytest.mark.parametrize("code", ["53100", "25006", "42P01"])
def test_a_question_is_marked_as_unsaved_until_the_database_takes_it(
    ann: Person, refusing: RefusingDatabase, code: str
) -> None:
    begin(ann)
    refusing.writes(code)
    ann.ask("And the quarter before?")
    # All texts, so that a failure says which message was not as expected.
    texts = (re.escape(QUESTION), r"Saved \d", r"And the quarter before\?.*Not saved yet", "Not saved yet")
    expect(ann.messages).to_have_text([re.compile(text) for text in texts])
    ann.start_new_chat()
    ann.ask("And in a new chat?")
    expect(ann.page.get_by_text("Not saved yet")).to_have_count(2)
    refusing.relent()
    expect(ann.page.get_by_text("Not saved yet")).to_have_count(0)
    ann.reload()
    ann.expect_messages("And in a new chat?", "")
    assert not ann.complaints


def test_a_question_refused_for_its_content_returns_to_the_composer(ann: Person, refusing: RefusingDatabase) -> None:
    begin(ann)
    refusing.content("22001", "%poison%")
    ann.ask("Is this poison?")
    ann.expect_text("The database refused this content")
    expect(ann.box).to_have_value("Is this poison?")
    ann.ask("And this?")
    expect(ann.messages).to_have_count(4)
    expect(ann.page.get_by_text("Not saved yet")).to_have_count(0)


def test_a_message_that_can_never_be_saved_says_so(ann: Person, refusing: RefusingDatabase) -> None:
    begin(ann)
    refusing.content("23514", "%poison%")
    refusing.writes("53100")
    ann.ask("Is this poison?")
    expect(ann.page.get_by_text("Not saved yet")).to_have_count(2)
    refusing.run("DELETE FROM public.refusing WHERE what = 'write'")
    ann.expect_text("Could not be saved: the database refused it")
    expect(ann.page.get_by_text("Not saved yet")).to_have_count(0)
    ann.expect_text("Is this poison?")
    ann.go_to("New chat")
    ann.page.get_by_role("link", name="Saved in Lakebase").click()
    ann.expect_text("Messages that could not be saved")
