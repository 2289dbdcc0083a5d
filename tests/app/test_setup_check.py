"""The page that shows admins what the app may do."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from lib.identity import Asker, User
from lib.ui.page_context import runtime
from local.workspace import Workspace
from tests.app.conftest import Opened
from tests.conftest import ANN
from tests.waiting import until


@pytest.fixture
def ann_is_admin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_USERS", ANN.id)


@pytest.fixture(autouse=True)
def usual_endpoints(workspace: Workspace) -> Iterator[None]:
    workspace.requests.clear()
    yield
    workspace.endpoints.clear()


def said(page: AppTest) -> str:
    return " ".join(each.value for each in page.markdown)


def ended(page: AppTest) -> AppTest:
    """The page after the checks have ended, as its timer draws it."""
    ann = User(ANN.id, ANN.id, ANN.id, authenticated=False)
    until(lambda: not runtime().setup_checks.run(Asker(ann, None)).report.pending)
    return page.run()


@pytest.mark.usefixtures("ann_is_admin")
def test_an_admin_sees_what_was_found_with_the_command_that_mends_it(opened: Opened, workspace: Workspace) -> None:
    workspace.endpoints["demo-agent"] = {"permission_level": "CAN_VIEW"}
    page = ended(opened("setup"))
    assert not page.exception and not page.error
    assert page.title[0].value == "Setup check"
    assert "1 does not work" in said(page) and "checked at" in said(page)
    assert "its service principal needs CAN" in said(page)
    assert page.code[0].value.startswith("databricks serving-endpoints update-permissions")


@pytest.mark.usefixtures("ann_is_admin")
def test_check_again_asks_the_workspace_anew(
    opened: Opened, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.checks.setup.PAUSE_SECONDS", 0.0)
    page = ended(opened("setup"))
    assert "does not work" not in said(page)
    workspace.endpoints["demo-agent"] = {"state": {"ready": "NOT_READY"}}
    assert "does not work" not in said(page.run())
    (again,) = [button for button in page.button if button.label == "Check again"]
    page = ended(again.click().run())
    assert "1 does not work" in said(page)


def test_for_nobody_else_does_the_page_exist(opened: Opened, workspace: Workspace) -> None:
    page = opened("setup")
    assert page.title[0].value == "Not found"
    assert not workspace.requests.to("/api/2.0/preview/scim")
    assert all(link.proto.label != "Check the setup" for link in opened("status").get("page_link"))


@pytest.mark.usefixtures("ann_is_admin")
def test_the_status_page_leads_admins_there(opened: Opened) -> None:
    assert [link.proto.label for link in opened("status").main.get("page_link")] == ["Check the setup"]
