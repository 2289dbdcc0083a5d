"""What the page says of the sign-in with which it asks, and of answers that were asked otherwise."""

from collections.abc import Iterator

import pytest
from streamlit.runtime.context import ContextProxy, StreamlitHeaders
from streamlit.testing.v1 import AppTest

from lib.ui.page_context import runtime
from local.platform_proxy import identity
from local.workspace import Workspace
from tests.app.conftest import Opened
from tests.conftest import ANN
from tests.waiting import until

NEEDED = ["sql", "dashboards.genie"]
LACKING = "also needs: dashboards.genie. An admin can add that"


class SignedIn:
    """Gives the pages the headers that the platform would have sent when they were opened."""

    token = ""

    @property
    def headers(self) -> StreamlitHeaders:
        return StreamlitHeaders(identity(ANN.id, "Ann", self.token).items())


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> SignedIn:
    made = SignedIn()
    monkeypatch.setattr(ContextProxy, "headers", property(lambda _context: made.headers))
    return made


@pytest.fixture
def opened(opened: Opened, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """With an agent of which it is known that it needs scopes."""
    monkeypatch.setenv("ADMIN_USERS", ANN.id)
    monkeypatch.setitem(workspace.user_scopes, "demo-agent", NEEDED)
    runtime().start()
    until(lambda: runtime().agents.get(None).user_scopes)
    yield opened


def said(page: AppTest) -> str:
    return " ".join(each.value for each in (*page.caption, *page.markdown)).replace("\\", "")


def test_what_the_sign_in_lacks_stands_above_the_input_before_the_first_question(
    opened: Opened, workspace: Workspace, signed_in: SignedIn
) -> None:
    signed_in.token = workspace.issue_user_token(ANN.id, scopes=("model-serving", "sql"))
    page = opened()
    assert LACKING in said(page)
    table = opened("status").table[0].value.to_string().replace("\\", "")
    assert "Scopes of demo-agent" in table and "missing in your sign-in: dashboards.genie" in table
    page.chat_input[0].set_value("How many orders are there?").run()
    assert "needs the scope “dashboards.genie”" in page.error[0].value.replace("\\", "")
    assert LACKING in said(page)
    signed_in.token = workspace.issue_user_token(ANN.id, scopes=("model-serving", *NEEDED))
    next(found for found in page.button if found.label == "Try again").click().run()
    assert not page.error and LACKING not in said(page)


def test_an_answer_asked_as_the_app_says_so_once_its_owner_is_asked_for_as_themselves(
    opened: Opened, workspace: Workspace, signed_in: SignedIn
) -> None:
    page = opened()
    page.chat_input[0].set_value("How many orders are there?").run()
    assert "Saved" in said(page) and "Asked as the app" not in said(page)
    signed_in.token = workspace.issue_user_token(ANN.id, scopes=("model-serving", *NEEDED))
    page.run()
    assert said(page).count("Asked as the app") == 1
    page.chat_input[0].set_value("And by month?").run()
    assert said(page).count("Asked as the app") == 1
