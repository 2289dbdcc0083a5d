"""What the palette sends when something is chosen, without a browser."""

import json
from uuid import uuid4

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest

from lib.db.database import Database
from tests.app.conftest import Opened, path_of
from tests.app.test_main import messages, stored_chat
from tests.app.test_search import is_marked, message_of
from tests.conftest import ANN, BOB


def choose(page: AppTest, chosen: object) -> AppTest:
    """Send what the browser sends for a choice."""
    (palette,) = [each for each in page.sidebar.get("bidi_component") if "palette" in each.proto.component_name]
    event = json.dumps([{"event": "chosen", "value": chosen}])
    state = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{palette.proto.id}__events", json_trigger_value=event)
    page._run(WidgetStates(widgets=[*page._tree.get_widget_states().widgets, state]))
    assert not page.exception
    return page


def test_a_hit_opens_its_chat_at_the_message(opened: Opened, database: Database) -> None:
    chat_id = stored_chat(database, ANN, "Alpha", turns=60)
    message_id = str(message_of(database, chat_id, "Question 20."))
    page = choose(opened(), {"chat": str(chat_id), "message": message_id, "words": "question"})
    assert path_of(page) == str(chat_id) and is_marked(page)
    assert (page.query_params["message"], page.query_params["q"]) == (message_id, "question")


def test_a_recent_chat_opens_at_its_end(opened: Opened, database: Database) -> None:
    chat_id = stored_chat(database, ANN, "Alpha", turns=2)
    page = choose(opened(), {"chat": str(chat_id), "words": ""})
    assert path_of(page) == str(chat_id) and not is_marked(page)
    assert "Question 2." in messages(page)


def test_all_results_are_a_page(opened: Opened, database: Database) -> None:
    stored_chat(database, ANN, "Alpha")
    page = choose(opened(), {"words": "alpha"})
    assert path_of(page) == "search"
    assert "**Alpha**" in [button.label for button in page.main.button]


@pytest.mark.parametrize("chosen", [None, 1, "x", [], {"chat": "no id"}, {"chat": None}, {"chat": str(uuid4())}])
def test_what_is_no_place_leads_nowhere(opened: Opened, chosen: object) -> None:
    assert path_of(choose(opened(), chosen)) == path_of(opened())


def test_the_chat_of_another_user_leads_nowhere(opened: Opened, database: Database) -> None:
    chat_id = stored_chat(database, BOB, "Beta")
    page = choose(opened(), {"chat": str(chat_id), "words": ""})
    assert path_of(page) == path_of(opened())
    assert messages(page) == []
