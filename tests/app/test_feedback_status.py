"""What the Status page tells admins of ratings on their way to MLflow, and what an answer tells of its own."""

import pytest
from streamlit.testing.v1 import AppTest

from lib.ui.page_context import runtime
from local.workspace import Workspace
from tests.app.conftest import Opened
from tests.conftest import ANN
from tests.waiting import until


@pytest.fixture(autouse=True)
def ann_is_admin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_USERS", ANN.id)


@pytest.fixture
def with_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "4711")


def said(page: AppTest) -> str:
    return " ".join(each.value for each in (*page.caption, *page.warning))


def asked(page: AppTest) -> AppTest:
    return page.chat_input[0].set_value("Which region sold most last quarter?").run()


def voted(page: AppTest, value: int) -> AppTest:
    (thumbs,) = page.get("feedback")
    return thumbs.set_value(value).run()


def test_without_mlflow_an_admin_reads_that_ratings_stay_here(opened: Opened) -> None:
    assert "Ratings are kept here only" in said(opened("status"))


@pytest.mark.usefixtures("with_mlflow")
def test_an_admin_reads_which_permission_is_missing_and_sends_again(opened: Opened, workspace: Workspace) -> None:
    page = asked(opened())
    runtime().feedback.start()
    workspace.faults.assessments.next(status=403)
    page = voted(page, 0)
    until(lambda: runtime().feedback.backlog().given_up == {"forbidden": 1})
    assert "not sent" in said(page.run())
    status = opened("status")
    assert "needs CAN_EDIT on the experiment 4711" in said(status)
    assert "Not sent: 1." in said(status)
    next(button for button in status.button if button.label == "Send again").click().run()
    until(lambda: runtime().feedback.backlog().given_up == {})
    assert "All ratings of answers with a trace are sent." in said(opened("status"))
    assert "not sent" not in said(page.run())


@pytest.mark.usefixtures("with_mlflow")
def test_a_rating_of_an_answer_without_a_trace_says_that_it_is_kept_here(opened: Opened, workspace: Workspace) -> None:
    without_trace = [b'data: {"choices": [{"delta": {"content": "42"}}]}\n\n', b"data: [DONE]\n\n"]
    workspace.faults.invocations.next(chunks=without_trace)
    page = voted(asked(opened()), 1)
    assert "kept here" in said(page)
    assert page.get("feedback")[0].value == 1
    status = said(opened("status"))
    assert "without a trace, whose ratings are kept here: 1 of 1" in status
    assert "mlflow.autolog()" in status
