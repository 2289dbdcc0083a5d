"""What a real process of the app writes to its log of requests and turns, and when it does not."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from local import environment
from local.app import AppProcess
from local.workspace import Workspace
from tests.conftest import ANN, CLIENT_SECRET
from tests.integration.rest_client import SAID, Client, chat_of, messages_of
from tests.unit.test_log_line import taken_apart
from tests.waiting import until

ODD = f'odd\nturn id={UUID(int=0)} status=complete agent="x'
Start = Callable[..., tuple[AppProcess, Client]]


@pytest.fixture
def start(platform: dict[str, str], workspace: Workspace, tmp_path: Path) -> Iterator[Start]:
    """Starts a process of the app, with a program that talks to it as Ann."""
    with ExitStack() as stack:

        def started(**more: str) -> tuple[AppProcess, Client]:
            environ = environment.of_app({}, port=0, ephemeral=False) | platform | more
            app = stack.enter_context(AppProcess(environ, log=tmp_path / f"{uuid4()}.log"))
            token = workspace.issue_user_token(ANN.id)
            client = Client(f"{app.url}/api", {"x-forwarded-email": ANN.id, "x-forwarded-access-token": token})
            stack.callback(client.http.close)
            return app, client

        yield started


def lines(app: AppProcess, kind: str) -> list[dict[str, str]]:
    """The fields of each line of one kind."""
    found = re.findall(rf"^[-\d]+ [\d:,]+ INFO lakechat\.\w+ ({kind} .*)$", app.said, re.MULTILINE)
    return [taken_apart(line) for line in found]


def test_each_turn_logs_one_line_with_its_outcome_and_no_content(start: Start) -> None:
    app, ann = start(SERVING_ENDPOINT=f"demo-agent,{ODD}")
    chats = [chat_of(ann.ask(SAID)), chat_of(ann.ask(SAID, agent=ODD))]
    until(lambda: len(lines(app, "turn")) == 2)
    answers = [messages_of(ann, chat_id)[-1] for chat_id in chats]
    good, bad = lines(app, "turn")
    assert [(line["id"], line["chat"]) for line in (good, bad)] == [
        (answer["id"], chat_id) for answer, chat_id in zip(answers, chats, strict=True)
    ]
    assert (good["status"], good["agent"], int(good["chars"])) == ("complete", "demo-agent", len(answers[0]["content"]))
    assert 0 <= int(good["first_event_ms"]) <= int(good["total_ms"])
    assert (bad["status"], bad["agent"], bad["first_event_ms"], bad["chars"]) == ("failed", ODD, "-", "0")
    assert not any(line.startswith(f"turn id={UUID(int=0)}") for line in app.said.splitlines())
    assert {line["route"] for line in lines(app, "request")} == {"/api/chat", "/api/messages/{chat_id}"}
    signature = ann.http.headers["x-forwarded-access-token"].rpartition(".")[2]
    assert not any(secret in app.said for secret in (SAID, ANN.id, CLIENT_SECRET, signature))


def test_requests_and_turns_are_not_logged_above_info_level(start: Start) -> None:
    app, ann = start(LOG_LEVEL="WARNING")
    chat_of(ann.ask(SAID))
    assert app.terminate() is not None
    assert " INFO " not in app.said
    assert "turn id=" not in app.said and "request method=" not in app.said
