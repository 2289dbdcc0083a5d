"""Page logic that can be tested without a browser."""

from uuid import UUID, uuid4

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button
from streamlit.util import calc_hash

from lib.db.database import Database
from lib.errors import Gone
from lib.identity import User
from lib.messages.continuation import CONTINUE
from lib.messages.parts import Citation, FollowUp, Part, Text, content_of
from lib.store import edits
from lib.store.answer_ids import new_answer_id
from lib.store.files import Attachment
from lib.store.models import Ending, NewTurn
from lib.store.postgres import PostgresStore
from lib.ui.markdown.escape import escape_label, escape_text
from lib.ui.page_context import runtime
from lib.ui.row_menu import CHOSEN
from local.workspace import Workspace
from tests.app.conftest import Opened, modes, path_of, titles
from tests.conftest import ANN, BOB
from tests.waiting import until


def stored_chat(database: Database, user: User, title: str, *, turns: int = 1) -> UUID:
    """A chat in which question 1 was answered by answer 1, and so on."""
    return stored_answers(database, user, title, *([Text(f"Answer {number}.")] for number in range(1, turns + 1)))


def stored_answers(database: Database, user: User, title: str, *answers: list[Part]) -> UUID:
    store, chat_id = PostgresStore(database, user), uuid4()
    for number, parts in enumerate(answers, start=1):
        turn = NewTurn(new_answer_id(), chat_id, uuid4(), f"Question {number}.", title, None, "test")
        store.start_turn(turn)
        words = content_of(parts)
        store.finish_turn(
            Ending(turn.turn_id, chat_id, turn.question_id, "complete", parts, words, None, None, first_event_ms=1)
        )
    return chat_id


def foot(page: AppTest) -> str:
    return " ".join([*(each.value for each in page.sidebar.caption), *modes(page)])


def messages(page: AppTest) -> list[str]:
    """The text of each message, without the line that says when it was saved."""
    return [" ".join(each.value for each in [*m.text, *m.markdown]) for m in page.chat_message]


def test_a_new_user_sees_an_empty_chat_and_starter_questions(opened: Opened) -> None:
    page = opened()
    assert not page.exception
    assert page.title[0].value == "What would you like to know?"
    assert "No chats yet" in foot(page)
    assert escape_text("ann@example.com") in foot(page)
    assert [found.label.replace("\\", "") for found in page.main.button] == [
        "What can you help me with?",
        "Which data can you see?",
    ]
    assert len(page.chat_input) == 1
    assert page.main.caption[0].value.startswith("Good ") and not page.main.get("page_link")


def test_a_new_chat_says_what_the_agent_can_do_and_leads_to_the_last_three_chats(
    opened: Opened, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = [stored_chat(database, ANN, f"Chat {number}") for number in range(1, 5)]
    opened()
    runtime().turns.look_up_agents()  # as the launcher does at the start
    until(lambda: [each.value for each in opened().main.markdown if each.value.startswith("Knows the orders")])
    links = [link.proto for link in opened().main.get("page_link")]
    assert [link.page.split("/")[-1] for link in links] == [str(chat) for chat in reversed(chats[1:])]
    assert links[0].label.startswith("Chat 4 ")
    monkeypatch.setenv("AGENT_DESCRIPTION", "Only *our* words. " + "x" * 500)
    runtime().stop()
    st.cache_resource.clear()
    shown = opened().main.markdown[0].value
    assert shown.startswith(escape_text("Only *our* words.")) and shown.endswith("x…")


PROFILES = """{
  "demo-agent": {"name": "Shop *analyst*", "icon": "📈", "starters": ["Which region sold most last quarter?"]},
  "demo-chat": {"description": "Talks.", "icon": ":material/no_such_symbol:"}
}"""


def test_agents_have_names_icons_and_questions_of_their_own(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVING_ENDPOINT", "demo-agent,demo-chat")
    monkeypatch.setenv("AGENT_PROFILES", PROFILES)
    page = opened()
    picker = page.get("menu_button")[0]
    assert picker.proto.label == r"📈 Shop \*analyst\*"
    assert list(picker.proto.options)[1] == r":material/smart_toy: **demo\-chat** :small[:gray[Talks\.]]"
    starters = [each.label for each in page.main.button]
    assert starters == [r"Which region sold most last quarter?"]
    picker.click("demo-chat").run()
    assert page.main.markdown[0].value == r"Talks\."
    assert page.get("menu_button")[0].proto.label == r":material/smart_toy: demo\-chat"
    assert "Which data can you see?" in [each.label for each in page.main.button]
    page.chat_input[0].set_value("What can you do?").run()
    assert r":material/smart_toy: demo\-chat" in page.main.markdown[0].value
    again = next(each for each in page.get("menu_button") if each.key.startswith("answer-menu-"))
    again.click("Regenerate with demo-agent").run()
    assert not page.exception
    assert any(each.value.startswith(r"📈 Shop \*analyst\* ·") for each in page.main.caption)
    assert page.chat_message[-1].avatar == "📈"
    monkeypatch.setenv("SERVING_ENDPOINT", "demo-agent")
    monkeypatch.setenv("AGENT_PROFILES", '{"demo-agent": {"name": "Shop"}}')
    runtime().stop()
    st.cache_resource.clear()
    assert "no longer offered: Shop answers" in opened(path_of(page)).main.markdown[0].value


def test_an_answer_of_a_supervisor_names_who_was_asked_and_who_speaks(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVING_ENDPOINT", "demo-supervisor")
    page = opened()
    page.chat_input[0].set_value("How can a customer return something?").run()
    assert not page.exception
    answer = page.chat_message[-1]
    assert [box.label.partition(" · ")[0] for box in answer.get("status")] == ["Asked Handbook"]
    assert answer.get("status")[0].markdown[0].value == "How can a customer return something?"
    said = [each.value for each in answer.caption if "support_agent" in each.value]
    assert said == [f":material/support_agent: {name}" for name in ("Supervisor", "Handbook", "Supervisor")]
    assert "2 sources of Handbook" in answer.get("html")[0].proto.body


def test_a_question_opens_a_chat_with_its_answer(opened: Opened) -> None:
    page = opened()
    page.chat_input[0].set_value("Which region sold most last quarter?").run()
    assert not page.exception
    question, answer = messages(page)
    assert question == "Which region sold most last quarter?"
    assert "Nordics" in answer
    chat_id = path_of(page)
    assert UUID(chat_id)
    assert "No chats yet" not in foot(page)
    assert titles(page) == ["New chat", "Which region sold most last quarter?"]
    assert messages(opened(chat_id)) == [question, answer]


def test_a_starter_question_is_asked_as_it_is_shown(opened: Opened, workspace: Workspace) -> None:
    before = len(workspace.requests.invocations)
    page = opened()
    page.button(key="starter-0").click().run()
    assert messages(page)[0] == "What can you help me with?"
    assert len(workspace.requests.invocations) == before + 1


def test_a_refused_question_returns_to_the_composer_with_an_explanation(opened: Opened) -> None:
    page = opened()
    much = "x" * 100_001
    page.chat_input[0].set_value(much).run()
    assert [toast.value for toast in page.toast] == [
        "Your message has 100,001 characters; 100,000 is the most. Shorten it, please."
    ]
    box = page.chat_input[0].proto
    assert box.set_value and box.value == much
    assert "No chats yet" in foot(page)
    page.run()
    assert not page.toast


def test_a_failed_answer_is_tried_again_beside_the_question_it_answers(opened: Opened, workspace: Workspace) -> None:
    workspace.faults.invocations.next(status=413)
    page = opened()
    page.chat_input[0].set_value("Which region sold most last quarter?").run()
    assert "This conversation is too long for the agent." in page.error[0].value.replace("\\", "")
    next(found for found in page.button if found.label == "Try again").click().run()
    assert not page.error
    question, answer = messages(page)
    assert question == "Which region sold most last quarter?"
    assert "Nordics" in answer


def failed_chat(opened: Opened, workspace: Workspace) -> AppTest:
    """A new chat whose first answer has failed halfway."""
    half = b'data: {"type": "response.output_text.delta", "item_id": "1", "delta": "Half"}\n\n'
    error = b'data: {"type": "error", "message": "It broke."}\n\n'
    workspace.faults.invocations.next(chunks=[half, error])
    page = opened()
    page.chat_input[0].set_value("Which region sold most last quarter?").run()
    return page


@pytest.mark.parametrize("label", ["Try again", "Continue"])
def test_a_click_in_a_stale_tab_makes_a_branch_and_keeps_the_newer_messages(
    opened: Opened, workspace: Workspace, database: Database, label: str
) -> None:
    stale = failed_chat(opened, workspace)
    fresh = opened(path_of(stale))
    fresh.chat_input[0].set_value("How many orders are there?").run()
    said = messages(fresh)
    next(found for found in stale.button if found.label == label).click().run()
    assert not stale.exception
    store, chat_id = PostgresStore(database, ANN), UUID(path_of(stale))
    shown = store.list_messages(chat_id)
    assert [message.content.strip() for message in shown[::2]] == [
        said[0],
        *([CONTINUE] if label == "Continue" else []),
    ]
    (newer,) = {id for message in shown for id in message.siblings} - {message.id for message in shown}
    next(found for found in stale.button if found.label == "Previous version").click().run()
    shown = [text.removesuffix(" :small[:gray[1/2]]") for text in messages(stale)]
    assert len(said) == 4 and shown == said
    assert newer in {message.id for message in store.list_messages(chat_id)}


def test_a_suggested_question_is_asked_as_it_is_shown_and_only_under_the_last_answer(
    opened: Opened, database: Database
) -> None:
    suggested = [FollowUp(text) for text in ("And by *month*?", "And by region?", "And by category?", "A fourth?")]
    chat_id = stored_answers(database, ANN, "Alpha", [Text("One."), FollowUp("Old?")], [Text("Two."), *suggested])
    page = opened(str(chat_id))
    assert [found.label for found in follow_ups(page)] == [escape_label(each.text) for each in suggested[:3]]
    follow_ups(page)[0].click().run()
    assert not page.exception
    assert messages(page)[4] == "And by *month*?"
    assert not {found.label for found in follow_ups(page)} & {escape_label(each.text) for each in suggested[:1]}


def test_readers_of_a_shared_chat_get_no_suggested_questions(opened: Opened, database: Database) -> None:
    chat_id = stored_answers(database, BOB, "Alpha", [Text("One."), FollowUp("And then?")])
    assert PostgresStore(database, BOB).edit_chat(chat_id, edits.set_visibility("public"))
    page = opened(str(chat_id))
    assert messages(page) and not follow_ups(page)


def test_the_alternatives_that_an_answer_ends_with_are_buttons_that_send_them(
    opened: Opened, database: Database
) -> None:
    asked = Text("There are two.\n\nWhich region do you mean?\n\n- **EMEA**\n- Americas\n")
    page = opened(str(stored_answers(database, ANN, "Alpha", [asked])))
    assert [found.label for found in follow_ups(page, "choice")] == ["EMEA", "Americas"]
    follow_ups(page, "choice")[1].click().run()
    assert not page.exception
    assert messages(page)[2] == "Americas"


def test_what_the_agent_suggests_itself_comes_before_the_alternatives_in_its_text(
    opened: Opened, database: Database
) -> None:
    parts = [Text("Which region do you mean?\n- EMEA\n- Americas"), FollowUp("EMEA, please")]
    page = opened(str(stored_answers(database, ANN, "Alpha", parts)))
    assert [found.label for found in follow_ups(page)] == ["EMEA, please"] and not follow_ups(page, "choice")


def test_a_deployment_may_show_no_suggestions_at_all(
    opened: Opened, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOLLOW_UPS", "off")
    for parts in ([Text("One."), FollowUp("And then?")], [Text("Which do you mean?\n- EMEA\n- Americas")]):
        page = opened(str(stored_answers(database, ANN, "Alpha", parts)))
        assert messages(page) and not follow_ups(page) and not follow_ups(page, "choice")


def follow_ups(page: AppTest, kind: str = "follow-up") -> list[Button]:
    return [found for found in page.button if (found.key or "").startswith(f"{kind}-")]


def test_text_typed_into_a_deleted_chat_is_kept_for_a_new_chat(opened: Opened, database: Database) -> None:
    store, chat_id = PostgresStore(database, ANN), stored_chat(database, ANN, "Alpha")
    page = opened(str(chat_id))
    assert store.delete_chat(chat_id)
    page.chat_input[0].set_value("How many orders are there?").run()
    assert [toast.value for toast in page.toast] == [Gone.sentence]
    assert page.title[0].value == "Deleted"
    box = page.chat_input[0]
    assert box.proto.set_value and box.proto.value == "How many orders are there?"
    assert store.list_chats().chats == []
    box.set_value("How many orders are there?").run()
    (chat,) = store.list_chats().chats
    assert chat.id != chat_id and path_of(page) == str(chat.id)
    assert messages(page)[0] == "How many orders are there?"
    assert opened(str(chat_id)).title[0].value == "Not found"


def test_a_chat_that_went_to_the_trash_elsewhere_is_restored_on_the_spot(opened: Opened, database: Database) -> None:
    store, chat_id = PostgresStore(database, ANN), stored_chat(database, ANN, "Alpha")
    page = opened(str(chat_id))
    assert store.trash_chat(chat_id)
    page.chat_input[0].set_value("How many orders are there?").run()
    assert page.title[0].value == "In the trash"
    assert page.chat_input[0].proto.value == "How many orders are there?"
    next(found for found in page.main.button if found.label == "Restore").click().run()
    assert not page.exception
    assert path_of(page) == str(chat_id) and messages(page)[0] == "Question 1."
    assert store.list_trashed().chats == []
    assert store.trash_chat(chat_id) and store.delete_chat(chat_id)
    assert page.run().title[0].value == "Deleted"


def test_a_deleted_chat_can_be_taken_back_from_whatever_page_is_open(opened: Opened, database: Database) -> None:
    alpha, beta = (stored_chat(database, ANN, title) for title in ("Alpha", "Beta"))
    page = opened(str(alpha))
    page.get("menu_button")[0].click("Delete").run()
    assert path_of(page) == "" and titles(page) == ["New chat", "Beta"]
    page._page_hash = calc_hash(str(beta))
    page.run()
    page._page_hash = ""
    assert path_of(page) == str(beta)
    next(found for found in page.button if found.label == "Undo").click().run()
    assert not page.exception
    assert path_of(page) == str(alpha) and titles(page) == ["New chat", "Beta", "Alpha"]
    assert "Undo" not in [found.label for found in page.button]


def test_the_chat_list_loads_more_in_pages_of_twenty(opened: Opened, database: Database) -> None:
    for number in range(21):
        stored_chat(database, ANN, f"Chat {number}")
    page = opened()
    assert titles(page) == ["New chat", *(f"Chat {number}" for number in range(20, 0, -1))]
    next(found for found in page.sidebar.button if found.label == "Load more").click().run()
    assert titles(page)[-1] == "Chat 0"
    assert "Load more" not in [found.label for found in page.sidebar.button]


def test_a_long_chat_shows_only_its_last_forty_messages(opened: Opened, database: Database) -> None:
    page = opened(str(stored_chat(database, ANN, "Long", turns=21)))
    assert (len(page.chat_message), messages(page)[0]) == (40, "Question 2.")
    next(found for found in page.button if found.label == "Show earlier messages").click().run()
    assert (len(page.chat_message), messages(page)[0]) == (42, "Question 1.")
    assert "Show earlier messages" not in [found.label for found in page.button]


def test_another_users_chat_looks_the_same_as_an_unknown_one(opened: Opened, database: Database) -> None:
    theirs = stored_chat(database, BOB, "Bob's own")
    seen = [opened(path) for path in (str(theirs), str(uuid4()), "no-such-page", str(uuid4()).upper())]
    for page in seen:
        assert not page.exception
        assert page.title[0].value == "Not found"
        assert not page.chat_message and not page.chat_input
        assert "Bob" not in " ".join(titles(page))


def test_an_answer_links_only_to_web_addresses(opened: Opened, database: Database) -> None:
    store, chat_id = PostgresStore(database, ANN), uuid4()
    turn = NewTurn(new_answer_id(), chat_id, uuid4(), "Where from?", "Sources", None, "test")
    store.start_turn(turn)
    urls = ("https://host/a)](b", "javascript:alert(1)", "data:text/html,x")
    parts = [Citation(url, f"T{number}") for number, url in enumerate(urls)]
    store.finish_turn(Ending(turn.turn_id, chat_id, turn.question_id, "complete", parts, "", None, None, 1))
    [shown] = [each.proto.body for each in opened(str(chat_id)).get("html") if "<details" in each.proto.body]
    assert '<a href="https://host/a)](b" target="_blank" rel="noreferrer">T0</a>' in shown
    # A source without a web address is named but not linked.
    assert ">T1</div>" in shown and ">T2</div>" in shown
    assert "javascript" not in shown and "data:" not in shown


def test_attachments_are_shown_under_their_question_and_link_only_to_web_addresses(
    opened: Opened, database: Database
) -> None:
    urls = ("https://host/a)](b?c&d", "javascript:alert(1)", None)
    files = [
        Attachment(name=f"**{number}** a@b.c", content_type="x", size=1, url=url) for number, url in enumerate(urls)
    ]
    turn = NewTurn(new_answer_id(), uuid4(), uuid4(), "What is in these?", "Files", None, "test", attachments=files)
    store = PostgresStore(database, ANN)
    store.start_turn(turn)
    store.finish_turn(Ending(turn.turn_id, turn.chat_id, turn.question_id, "complete", [], "", None, None, 1))
    page = opened(str(turn.chat_id))
    [shown] = [each.value for each in page.chat_message[0].caption]
    assert f"[{escape_label('**0** a@b.c')}](https://host/a%29]%28b?c&amp;d)" in shown
    assert f"{escape_text('**1** a@b.c')} · {escape_text('**2** a@b.c')}" in shown and "javascript" not in shown


@pytest.mark.parametrize("option", ["Archive", "Pin", "Delete", "Rename", "Share", "Burn", ""])
def test_nothing_is_done_with_a_chat_of_somebody_else_or_by_an_option_that_does_not_exist(
    option: str, opened: Opened, database: Database
) -> None:
    theirs, mine = stored_chat(database, BOB, "Theirs"), stored_chat(database, ANN, "Mine")
    PostgresStore(database, BOB).edit_chat(theirs, edits.set_visibility("public"))
    before = PostgresStore(database, BOB).get_chat(theirs), PostgresStore(database, ANN).get_chat(mine)
    page = opened(str(theirs))
    for chat_id in (theirs, uuid4(), *([mine] if option in ("Burn", "") else ())):
        page.session_state[CHOSEN] = chat_id, option
        page.run()
        assert not page.exception and not page.error
    assert (PostgresStore(database, BOB).get_chat(theirs), PostgresStore(database, ANN).get_chat(mine)) == before


def test_without_a_sign_in_on_the_platform_an_explanation_is_shown_and_no_chat(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_APP_NAME", "lakechat")
    page = opened()
    assert not page.exception
    assert [error.value for error in page.error] == [
        "You are not signed in. Open the app through your Databricks workspace."
    ]
    assert not page.chat_input and not page.chat_message


def test_a_missing_setting_is_named_and_the_app_works_once_it_is_set(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SERVING_ENDPOINT")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///chats.db")
    page = opened()
    assert not page.exception
    [error] = page.error
    assert "No agent is set" in error.value and "DATABASE_URL must" in error.value
    monkeypatch.setenv("SERVING_ENDPOINT", "demo-agent")
    monkeypatch.delenv("DATABASE_URL")
    page.button[0].click().run()
    assert not page.error
    assert page.title[0].value == "What would you like to know?"
    assert "Ephemeral — no history" in foot(page)


def test_a_click_that_fails_shows_an_explanation_and_keeps_the_page(opened: Opened, database: Database) -> None:
    chat_id = stored_chat(database, ANN, "Alpha")
    page = opened(str(chat_id))
    page.chat_input[0].set_value(" ").run()
    assert not page.exception
    assert len(page.toast) == 1
    assert messages(page)[0] == "Question 1."


def test_a_vote_changed_in_another_tab_shows_at_the_next_rerun(opened: Opened, database: Database) -> None:
    store, chat_id = PostgresStore(database, ANN), stored_chat(database, ANN, "Alpha")
    page = opened(str(chat_id))
    page.feedback[0].set_value(1).run()
    answer = store.list_messages(chat_id)[-1]
    assert store.votes(chat_id)[answer.id].is_upvoted
    store.vote(answer.id, False, "No.")
    page.run()
    assert page.feedback[0].value == 0
    page.feedback[0].set_value(1).run()
    assert store.votes(chat_id)[answer.id].comment == "No."
