"""An open page shows changes from other tabs, API clients and processes, without disturbing a draft."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import httpx
import psycopg2
import pytest
from playwright.sync_api import expect

from lib.identity import User
from local import environment, lakebase
from local.postgres import Cluster
from local.workspace import Workspace
from tests.browser.agent import HeldAgent
from tests.browser.conftest import PRINCIPAL, serving
from tests.browser.person import Person
from tests.browser.seeded_chats import SeededChats
from tests.browser.slow_database import SlowDatabase
from tests.integration.rest_client import asking

Visit = Callable[..., Person]
LONGER_THAN_A_LOOK_MS = 5_000
DRAFT = "What I am writing just now"


@pytest.fixture(scope="module")
def replica_url(
    cluster: Cluster, demo_workspace: Workspace, app_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Another process of the app over the same database."""
    bound = environment.of_lakebase(cluster, PRINCIPAL)
    with serving(demo_workspace, bound, tmp_path_factory.mktemp("replica")) as app:
        yield app.url


@pytest.fixture
def open_chat(visit: Visit, seeded_chats: SeededChats, new_user: User) -> Person:
    """Ann has a chat open and begins to write."""
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    ann.expect_messages("Question 1.", "Answer 1.")
    ann.box.fill(DRAFT)
    return ann


def program(url: str, user: User) -> httpx.Client:
    return httpx.Client(base_url=f"{url}/api", headers={"x-forwarded-email": user.id}, timeout=20)


def test_an_open_chat_shows_messages_from_another_tab_and_keeps_its_draft(open_chat: Person, agent: HeldAgent) -> None:
    other = open_chat.another_tab(open_chat.path)
    agent.says("Said ", "elsewhere.")
    other.ask("And elsewhere?")
    open_chat.expect_messages("Question 1.", "Answer 1.", "And elsewhere?", "Said elsewhere.")
    expect(open_chat.box).to_have_value(DRAFT)
    other.choose("Rename")
    other.dialog.get_by_role("textbox").fill("Beta")
    other.dialog.get_by_role("button", name="Save").click()
    expect(open_chat.heading).to_have_text("Beta")
    expect(open_chat.links.last).to_contain_text("Beta")
    other.start_new_chat()
    other.ask("Something new?")
    expect(open_chat.links).to_have_count(3)
    expect(open_chat.box).to_have_value(DRAFT)
    assert open_chat.complaints == []


def test_the_draft_of_a_chat_moved_to_the_trash_in_another_tab_is_kept_for_a_new_chat(
    open_chat: Person, agent: HeldAgent
) -> None:
    path = open_chat.path
    other = open_chat.another_tab(path)
    other.choose("Delete")
    open_chat.expect_text("This chat is in the trash. What you write here starts a new chat.")
    expect(open_chat.box).to_have_value(DRAFT)
    agent.says("Answered.")
    open_chat.box.press("Enter")
    open_chat.expect_messages(DRAFT, "Answered.")
    open_chat.expect_other_path(path)
    expect(open_chat.links).to_have_count(2)


def test_a_question_in_a_deleted_chat_is_refused_and_its_text_is_kept(
    open_chat: Person, new_user: User, app_url: str, cluster: Cluster
) -> None:
    """The page looks for changes on its own, so the chat is deleted when the question is already on its way."""
    database = SlowDatabase(cluster)
    with database.deleting(UUID(open_chat.path)):
        open_chat.box.press("Enter")
        database.expect_question()
    open_chat.expect_text("This chat was deleted.")
    expect(open_chat.box).to_have_value(DRAFT)
    with program(app_url, new_user) as api:
        assert api.get("/history").json()["data"] == []


def test_a_dialog_stays_open_while_other_tabs_change_chats(open_chat: Person, new_user: User, app_url: str) -> None:
    open_chat.choose("Rename")
    title = open_chat.dialog.get_by_role("textbox")
    title.fill("Half a title")
    with program(app_url, new_user) as api:
        api.post("/chat", json=asking("And elsewhere?", open_chat.path)).raise_for_status()
    open_chat.page.wait_for_timeout(LONGER_THAN_A_LOOK_MS)
    expect(title).to_have_value("Half a title")
    open_chat.dialog.get_by_role("button", name="Save").click()
    expect(open_chat.heading).to_have_text("Half a title")
    open_chat.expect_text("And elsewhere?")


def test_an_open_chat_shows_changes_made_by_another_process(
    visit: Visit, seeded_chats: SeededChats, new_user: User, replica_url: str, agent: HeldAgent
) -> None:
    ann = visit(str(seeded_chats.add(new_user, "Alpha", turns=1)))
    ann.expect_messages("Question 1.", "Answer 1.")
    ann.box.fill(DRAFT)
    with program(replica_url, new_user) as api:
        agent.says("Said ", "there.")
        api.post("/chat", json=asking("And there?", ann.path)).raise_for_status()
        ann.expect_messages("Question 1.", "Answer 1.", "And there?", "Said there.")
        api.patch(f"/chat/{ann.path}", json={"title": "Beta"}).raise_for_status()
        expect(ann.heading).to_have_text("Beta")
        assert api.delete(f"/chat/{ann.path}").status_code == 200
    ann.expect_text("This chat was deleted. What you write here starts a new chat.")
    expect(ann.box).to_have_value(DRAFT)


def test_a_reader_of_a_shared_chat_sees_the_owners_new_messages(
    visit: Visit, seeded_chats: SeededChats, new_user: User, app_url: str, agent: HeldAgent
) -> None:
    chat_id = seeded_chats.add(new_user, "Alpha", turns=1)
    with program(app_url, new_user) as owner:
        owner.patch(f"/chat/{chat_id}/visibility", json={"visibility": "public"}).raise_for_status()
        bob = visit(str(chat_id), user=User("bob@example.com", "bob@example.com", "Bob", authenticated=True))
        bob.expect_messages("Question 1.", "Answer 1.")
        agent.says("More.")
        owner.post("/chat", json=asking("And more?", str(chat_id))).raise_for_status()
        bob.expect_messages("Question 1.", "Answer 1.", "And more?", "More.")


def test_an_idle_page_of_a_single_process_sends_no_queries(
    visit: Visit, agent: HeldAgent, cluster: Cluster, demo_workspace: Workspace, tmp_path: Path
) -> None:
    lakebase.bind(cluster, role=PRINCIPAL.client_id, database="alone")
    bound = environment.of_lakebase(cluster, PRINCIPAL) | {"PGDATABASE": "alone"}
    with serving(demo_workspace, bound, tmp_path) as app:
        ann = visit(url=app.url)
        agent.says("Said.")
        ann.ask("How many?")
        ann.expect_messages("How many?", "Said.")
        with closing(psycopg2.connect(cluster.admin_dsn())) as connection, connection.cursor() as cursor:
            connection.autocommit = True

            def last_asked() -> object:
                cursor.execute("SELECT max(query_start) FROM pg_stat_activity WHERE datname = 'alone'")
                return cursor.fetchone()

            # The process cleans up after a turn for some seconds.
            seen = None
            for _ in range(10):
                if seen == (seen := last_asked()):
                    break
                ann.page.wait_for_timeout(2 * LONGER_THAN_A_LOOK_MS)
            else:
                raise AssertionError("it was never idle")
