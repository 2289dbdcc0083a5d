"""With whose rights, and with which of their tokens, questions are asked: over HTTP, with tokens that live seconds."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lib.agent.http.refusals import SIGN_IN_EXPIRED
from lib.chat.turn import Turn
from lib.config import load
from lib.identity import AccessToken, Asker, User
from lib.messages.parts import Error
from lib.runtime import Runtime
from local.workspace import Workspace
from tests.conftest import ANN, BOB
from tests.integration.conftest import Runtimes
from tests.integration.rest_client import SAID, Client, asking, events
from tests.integration.test_turns import asked, ended
from tests.waiting import until

SignedIn = Callable[..., Client]


@contextmanager
def running(environ: dict[str, str]) -> Iterator[Runtime]:
    process = Runtime(load(environ))
    process.start()
    try:
        yield process
    finally:
        process.stop()


@pytest.fixture
def elsewhere(platform: dict[str, str]) -> Iterator[Runtime]:
    """Another process of the app."""
    with running(platform) as process:
        yield process


@pytest.fixture
def signed_in(client_of: Callable[..., Client]) -> SignedIn:
    """A program or an open page of that user, whose HTTP requests the platform sends on with this token."""
    return lambda user, token: client_of(**{"x-forwarded-email": user.id, "x-forwarded-access-token": token})


def on_page(process: Runtime, user: User, token: str) -> Turn:
    """The answer to a question asked on a page that was opened with this token."""
    asker = process.agents.access_tokens.newest(Asker(user, AccessToken(token)))
    turn = process.turns.ask(process.store(user), asker, asked(SAID))
    assert turn
    return ended(turn)


def errors(turn: Turn) -> list[str]:
    return [part.text for part in turn.answer.parts if isinstance(part, Error)]


def session(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/session").raise_for_status().json()
    return {name: found[name] for name in ("askedAs", "expiresInSeconds")}


def test_a_page_asks_with_the_token_of_a_later_request_across_two_expiries(
    runtime: Runtime, workspace: Workspace, signed_in: SignedIn
) -> None:
    own = workspace.issue_user_token(ANN.id, ttl_seconds=-1)
    assert errors(on_page(runtime, ANN, own)) == [SIGN_IN_EXPIRED]
    for _ in range(2):
        brought, expires_at = workspace.issue_user_token(ANN.id, ttl_seconds=2), time.monotonic() + 2
        told = session(signed_in(ANN, brought))
        assert told["askedAs"] == "user" and told["expiresInSeconds"] in (0, 1, 2)
        turn = on_page(runtime, ANN, own)
        assert (turn.status, turn.asked_as) == ("complete", "user"), errors(turn)
        until(lambda expires_at=expires_at: time.monotonic() > expires_at)
        assert errors(on_page(runtime, ANN, own)) == [SIGN_IN_EXPIRED]
    assert [request.caller for request in workspace.requests.invocations] == [None, ANN.id, None, ANN.id, None]


def test_neither_another_process_nor_another_user_asks_with_it(
    runtime: Runtime, elsewhere: Runtime, workspace: Workspace, signed_in: SignedIn, served: tuple[str, Runtimes]
) -> None:
    stale = {user.id: workspace.issue_user_token(user.id, ttl_seconds=-1) for user in (ANN, BOB)}
    signed_in(ANN, workspace.issue_user_token(ANN.id)).get("/session")
    for process, user in ((elsewhere, ANN), (runtime, BOB)):
        turn = on_page(process, user, stale[user.id])
        assert (errors(turn), turn.asked_as) == ([SIGN_IN_EXPIRED], "user")
        question = process.store(user).list_messages(turn.chat_id)[0]
        assert (question.content, question.saved) == (SAID, True)
    served[1]["now"] = elsewhere
    signed_in(ANN, workspace.issue_user_token(ANN.id)).get("/session")
    assert on_page(elsewhere, ANN, stale[ANN.id]).status == "complete"
    assert [request.caller for request in workspace.requests.invocations] == [None, None, ANN.id]


def test_a_program_asks_with_its_own_token_although_the_process_keeps_a_newer_one(
    runtime: Runtime, workspace: Workspace, signed_in: SignedIn
) -> None:
    page, program = (signed_in(ANN, workspace.issue_user_token(ANN.id, ttl_seconds=seconds)) for seconds in (60, -1))
    assert session(page)["askedAs"] == "user"
    found = events(program.ask())
    assert found[-2].json["askedAs"] == "user" and found[-2].json["status"] == "failed"


@pytest.mark.parametrize(
    ("agent_auth", "has_token", "told"),
    [("auto", True, "user"), ("auto", False, "app"), ("user", False, None), ("app", True, "app")],
)
def test_the_session_tells_with_whose_rights_one_asks(
    agent_auth: str,
    has_token: bool,
    told: str | None,
    platform: dict[str, str],
    workspace: Workspace,
    client_of: Callable[..., Client],
    served: tuple[str, Runtimes],
) -> None:
    process = served[1]["now"] = Runtime(load(platform | {"AGENT_AUTH": agent_auth}))
    token = {"x-forwarded-access-token": workspace.issue_user_token(ANN.id)} if has_token else {}
    found = session(client_of(**{"x-forwarded-email": ANN.id}, **token))
    assert (found["askedAs"], found["expiresInSeconds"] is not None) == (told, told == "user")
    kept = process.agents.access_tokens.newest(Asker(ANN, None)).access_token
    assert (kept is not None) is (told == "user")


def test_a_token_that_tells_no_expiry_counts_from_when_it_arrives(runtime: Runtime, signed_in: SignedIn) -> None:
    assert session(signed_in(ANN, "opaque-2")) == {"askedAs": "user", "expiresInSeconds": None}
    newest = runtime.agents.access_tokens.newest(Asker(ANN, AccessToken("opaque-1")))
    assert newest.access_token == AccessToken("opaque-2")


def test_a_missing_scope_is_known_before_the_first_question_and_named_when_the_agent_refuses(
    platform: dict[str, str], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(workspace.user_scopes, "demo-agent", ["sql.statement-execution", "no.such-scope"])
    poor = workspace.issue_user_token(ANN.id)
    rich = workspace.issue_user_token(ANN.id, scopes=("model-serving", "sql", "no"))
    with running(platform) as process:
        until(lambda: process.agents.get(None).user_scopes)
        missing = [process.agents.missing_scopes(None, AccessToken(token)) for token in (poor, rich, "opaque")]
        assert missing == [("sql.statement-execution", "no.such-scope"), (), ()]
        assert process.agents.missing_scopes(None, None) == ()
        [sentence] = errors(on_page(process, ANN, poor))
        assert "“sql.statement-execution”" in sentence and "administrator" in sentence
        assert on_page(process, ANN, rich).status == "complete"


def test_no_token_is_in_a_log_or_a_response(
    runtime: Runtime, workspace: Workspace, signed_in: SignedIn, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = [workspace.issue_user_token(ANN.id, ttl_seconds=seconds) for seconds in (-1, 60)]
    with caplog.at_level(logging.DEBUG):
        for token in (*tokens, "an-unknown-token"):
            client = signed_in(ANN, token)
            said = client.get("/session").text + client.http.post("/chat", json=asking(SAID)).text
            assert token.rpartition(".")[2] not in said
    logged = caplog.text
    assert "lakechat" in logged and not any(
        token.rpartition(".")[2] in logged for token in (*tokens, "an-unknown-token")
    )
