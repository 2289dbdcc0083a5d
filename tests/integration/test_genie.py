"""Genie as an agent, over real HTTP: the local workspace has a space over the demo data, and fails as it is told."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.dashboards import GenieFeedbackRating, MessageErrorType

from lib.agent.answer import answer
from lib.agent.endpoints.agent import Agent
from lib.agent.endpoints.agents import Agents
from lib.agent.endpoints.genie import failures, poll, results
from lib.agent.endpoints.genie.conversation import STARTS_AFRESH
from lib.agent.events import Event, ReasoningDelta, TextDelta, TraceId
from lib.agent.http.limits import Limits
from lib.agent.http.refusals import SIGN_IN_EXPIRED
from lib.agent.http.retry import BUSY
from lib.agent.http.transport import Transport
from lib.agent.prompt import Pause, Prompt
from lib.config import load
from lib.errors import AgentFailed
from lib.identity import AccessToken
from lib.messages.genie_id import GenieId
from lib.messages.parts import ContextMessage, FollowUp, Text, ToolCall, ToolResult
from lib.tables.parse import Table, parse_output
from lib.workspace import Workspace as AppWorkspace
from local.demo.genie import GenieAnswer
from local.workspace import Workspace
from local.workspace.genie import SPACE
from local.workspace.genie_messages import STEPS, Script
from tests.conftest import ANN, BOB, CLIENT_SECRET, ROLE

FAST = Limits(connect_seconds=2, first_byte_seconds=10, idle_seconds=10, wake_seconds=5, first_pause_seconds=0.005)
QUESTION = "Which region sold most last quarter?"
SCOPE = ("dashboards.genie",)


@dataclass
class Received:
    """The events and the failure of one answer."""

    events: list[Event] = field(default_factory=list)
    notices: list[str | Pause] = field(default_factory=list)
    failure: str = ""
    word: str = ""
    noted_after: list[Event] = field(default_factory=list)
    """What came right before each note."""

    def notify(self, notice: str | Pause) -> None:
        self.notices.append(notice)
        if isinstance(notice, str):
            self.noted_after += self.events[-1:]

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.of(TextDelta))

    @property
    def id(self) -> GenieId:
        id = GenieId.read(self.of(TraceId)[0].id)
        assert id
        return id

    @property
    def table(self) -> Table:
        (result,) = self.of(ToolResult)
        table = parse_output(result.output)
        assert isinstance(table, Table)
        return table

    @property
    def notes(self) -> list[str]:
        return [notice for notice in self.notices if isinstance(notice, str)]

    @property
    def reasons(self) -> set[str]:
        return {notice.reason for notice in self.notices if isinstance(notice, Pause)}


class Chat:
    """A conversation with the space, as the app has it."""

    def __init__(self, agent: Agent, token: AccessToken | None = None) -> None:
        self.agent = agent
        self.token = token
        self.said: list[ContextMessage] = []
        self.ids: list[str] = []

    def ask(self, question: str = QUESTION, *, is_kept: bool = True) -> Received:
        said = [*self.said, ContextMessage("user", [Text(question)], (), self.ids)]
        received = asyncio.run(receiving(self.agent, said, self.token))
        if is_kept:
            self.said = [*said, ContextMessage("assistant", [Text(received.text)])]
            self.ids = [*self.ids, *(event.id for event in received.of(TraceId))]
        return received

    def branched(self, answers: int) -> "Chat":
        """Another branch behind so many answers."""
        branch = Chat(self.agent, self.token)
        branch.said, branch.ids = self.said[: 2 * answers], self.ids[:answers]
        return branch


async def receiving(agent: Agent, said: list[ContextMessage], token: AccessToken | None) -> Received:
    received, transport = Received(), Transport(FAST)
    prompt = Prompt(uuid4(), ANN, said, token)
    try:
        async with aclosing(answer(agent, prompt, transport, received.notify)) as chunks:
            async for chunk in chunks:
                received.events += chunk.events
    except AgentFailed as failure:
        received.failure, received.word = str(failure), failure.failure
    finally:
        await transport.close()
    return received


@pytest.fixture
def environ(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    bound = {"DATABRICKS_HOST": workspace.url, "DATABRICKS_CLIENT_ID": ROLE, "DATABRICKS_CLIENT_SECRET": CLIENT_SECRET}
    for name, value in bound.items():
        monkeypatch.setenv(name, value)
    workspace.faults.clear()
    workspace.genie.reset()
    workspace.requests.clear()
    yield {**bound, "GENIE_SPACES": f"Shop={SPACE}"}
    workspace.faults.clear()
    workspace.genie.reset()


@pytest.fixture
def chat(environ: dict[str, str]) -> Chat:
    return Chat(Agents(load(environ), AppWorkspace()).get("Shop"))


def token_of(workspace: Workspace, email: str = ANN.id, **more: Any) -> AccessToken:
    return AccessToken(workspace.issue_user_token(email, **{"scopes": SCOPE, **more}))


def asked(workspace: Workspace) -> list[tuple[str, str]]:
    """Which POSTs Genie got, and what they asked."""
    sent = workspace.requests.to("/api/2.0/genie/", "POST")
    return [(request.path.rpartition("/")[2], request.json["content"]) for request in sent]


# -- An answer


def test_a_question_gets_its_query_its_result_words_and_next_questions(chat: Chat, workspace: Workspace) -> None:
    received = chat.ask()
    assert received.failure == "" and received.text.startswith("**Nordics**")
    (call,) = received.of(ToolCall)
    assert json.loads(call.arguments)["sql"].startswith("SELECT region")
    assert [result.call_id for result in received.of(ToolResult)] == [call.id]
    assert received.table.columns == ["region", "revenue", "share"]
    assert received.table.rows[0] == ["Nordics", 149689.0, 38.9]
    assert [event.text for event in received.of(FollowUp)] == ["And by month?", "And by category?"]
    assert received.of(ReasoningDelta)
    assert asked(workspace) == [("start-conversation", QUESTION)]
    assert len(workspace.requests.to(received.id.path + "/attachments/")) == 1


def test_an_answer_without_words_is_described_by_its_query(chat: Chat, workspace: Workspace) -> None:
    bare = GenieAnswer("", "SELECT 1 AS a", description="It counts to one.", columns=[("a", "BIGINT")], rows=[[1]])
    workspace.genie.next.append(Script(answer=bare, is_typed=True))
    received = chat.ask()
    assert received.text == "It counts to one."
    assert received.table.rows == [[1]]


def test_the_space_describes_itself_where_the_app_may_see_it(chat: Chat, workspace: Workspace) -> None:
    async def look_up() -> None:
        transport = Transport(FAST)
        await chat.agent.look_up(transport)
        await transport.close()

    asyncio.run(look_up())
    assert chat.agent.profile.description.startswith("Orders, customers and products")


# -- Conversations


def test_the_next_question_goes_on_with_the_conversation_also_in_another_process(
    chat: Chat, environ: dict[str, str], workspace: Workspace
) -> None:
    first = chat.ask()
    chat.agent = Agents(load(environ), AppWorkspace()).get("Shop")
    second = chat.ask("And by month?")
    assert second.id.conversation == first.id.conversation and second.notes == []
    assert second.table.columns[0] == "month"
    assert asked(workspace) == [("start-conversation", QUESTION), ("messages", "And by month?")]


def test_another_answer_to_an_earlier_question_begins_a_conversation_and_says_so(chat: Chat) -> None:
    first, second = chat.ask(), chat.ask("And by month?")
    branch = chat.branched(1)
    other = branch.ask("And by category?")
    assert second.id.conversation == first.id.conversation != other.id.conversation
    assert other.notes == [STARTS_AFRESH]
    # Both branches go on, each in its own conversation.
    assert branch.ask("And by month?").id.conversation == other.id.conversation
    assert chat.ask("And by category?").id.conversation == first.id.conversation


def test_a_question_that_is_asked_again_goes_on_where_it_was_asked(chat: Chat) -> None:
    """Genie then has it twice, but nothing that the branch does not have."""
    first = chat.ask()
    assert chat.ask("And by month?", is_kept=False).id.conversation == first.id.conversation
    again = chat.ask("And by month?")
    assert again.id.conversation == first.id.conversation and again.notes == []
    assert again.table.columns[0] == "month"


def test_a_question_that_failed_is_asked_again_in_the_same_conversation(chat: Chat, workspace: Workspace) -> None:
    first = chat.ask()
    workspace.genie.next.append(Script("FAILED", {"type": "GENERIC_CHAT_COMPLETION_EXCEPTION", "error": "Sorry."}))
    assert chat.ask("And by month?", is_kept=False).failure
    again = chat.ask("And by month?")
    assert again.failure == "" and again.id.conversation == first.id.conversation


def test_a_question_waits_until_the_one_before_that_was_stopped_has_been_answered(
    chat: Chat, workspace: Workspace
) -> None:
    first = chat.ask()
    script = Script("ASKING_AI")
    workspace.genie.next.append(script)

    async def stopped() -> str:
        transport, prompt = Transport(FAST), Prompt(uuid4(), ANN, [question])
        async with aclosing(answer(chat.agent, prompt, transport)) as chunks:
            (event,) = (await anext(chunks)).events
        await transport.close()
        assert isinstance(event, TraceId)
        return event.id

    question = ContextMessage("user", [Text("And by month?")], (), chat.ids)
    chat.ids = [*chat.ids, asyncio.run(stopped())]
    looked = len(workspace.requests)
    script.status = "COMPLETED"
    next = chat.ask("And by category?")
    assert next.failure == "" and next.id.conversation == first.id.conversation
    polled = [request.method for request in list(workspace.requests)[looked:]]
    assert polled.index("POST") >= len(STEPS) - 1


def test_a_conversation_that_is_gone_is_begun_anew_with_a_note(chat: Chat, workspace: Workspace) -> None:
    first = chat.ask()
    workspace.genie.conversations.clear()
    second = chat.ask("Which region sold most in 2026?")
    assert second.failure == "" and second.id.conversation != first.id.conversation
    assert second.notes == [STARTS_AFRESH]


def test_a_long_conversation_is_read_page_by_page(
    chat: Chat, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.agent.endpoints.genie.conversation.PAGE", 1)
    ids = [chat.ask(question).id for question in (QUESTION, "And by month?", "And by category?")]
    assert len({id.conversation for id in ids}) == 1
    branch = chat.branched(2)
    assert branch.ask("And by region?").notes == [STARTS_AFRESH]


# -- Whose rights


def test_each_person_asks_with_their_own_rights_and_nobody_in_the_conversation_of_another(
    chat: Chat, workspace: Workspace
) -> None:
    chat.token = token_of(workspace)
    first = chat.ask()
    assert {request.caller for request in workspace.requests.to("/genie/")} == {ANN.id}
    bobs = chat.branched(1)
    bobs.token = token_of(workspace, BOB.id)
    second = bobs.ask("And by month?")
    assert second.id.conversation != first.id.conversation and second.notes == [STARTS_AFRESH]
    assert chat.agent.asked_as(chat.token) == "user" and chat.agent.asked_as(None) == "app"


def test_an_expired_sign_in_fails_and_is_never_replaced_by_the_apps_rights(chat: Chat, workspace: Workspace) -> None:
    chat.token = token_of(workspace)
    chat.ask()
    workspace.requests.clear()
    chat.token = token_of(workspace, ttl_seconds=0)
    received = chat.ask("And by month?")
    assert (received.failure, received.word) == (SIGN_IN_EXPIRED, "sign_in_expired")
    assert asked(workspace) == []


def test_a_missing_scope_is_named(chat: Chat, workspace: Workspace) -> None:
    chat.token = token_of(workspace, scopes=("model-serving",))
    assert "dashboards.genie" in chat.ask().failure
    assert chat.agent.user_scopes == SCOPE


def test_whoever_may_not_use_the_space_is_told_so(chat: Chat, workspace: Workspace) -> None:
    chat.token = token_of(workspace)
    workspace.genie.denied |= {ANN.id, ROLE}
    received = chat.ask()
    assert (received.failure, received.word) == (failures.NOT_PERMITTED, "forbidden")
    chat.token = None
    assert chat.ask().failure == failures.APP_NOT_PERMITTED
    workspace.genie.spaces.clear()
    received = chat.ask()
    assert (received.failure, received.word) == (failures.SPACE_NOT_FOUND_BY_APP, "not_found")


# -- What fails


def test_a_rate_limit_is_waited_for_and_the_question_is_asked_once(chat: Chat, workspace: Workspace) -> None:
    workspace.faults.genie.next(status=429, message="Rate limit exceeded.", times=2)
    workspace.faults.genie_looks.next(status=429, message="Rate limit exceeded.")
    received = chat.ask()
    assert received.failure == "" and BUSY in received.reasons
    assert len(workspace.genie.conversations) == 1


def test_a_question_whose_reply_was_lost_is_not_asked_again(chat: Chat, workspace: Workspace) -> None:
    workspace.faults.genie.next(status=500, message="Internal error.")
    received = chat.ask()
    assert received.word == "agent_failed" and len(asked(workspace)) == 1


def test_a_reply_that_is_no_json_fails_in_words(chat: Chat, workspace: Workspace) -> None:
    workspace.faults.genie.next(status=200, body=b"not json")
    assert chat.ask().word == "bad_answer"


def test_a_look_that_fails_is_repeated(chat: Chat, workspace: Workspace) -> None:
    workspace.faults.genie_looks.next(status=502, html=True, times=2)
    assert chat.ask().text
    workspace.faults.genie_looks.always(status=502, html=True)
    assert chat.ask(is_kept=False).word == "unavailable"


@pytest.mark.parametrize(
    ("kind", "word", "said"),
    [
        ("RATE_LIMIT_EXCEEDED_GENERIC_EXCEPTION", "rate_limited", "accepts no more questions"),
        ("WAREHOUSE_ACCESS_MISSING_EXCEPTION", "forbidden", "CAN USE"),
        ("WAREHOUSE_NOT_FOUND_EXCEPTION", "not_configured", "no SQL warehouse"),
        ("TABLES_MISSING_EXCEPTION", "not_configured", "tables of its space"),
        ("LOCAL_CONTEXT_EXCEEDED_EXCEPTION", "context_too_long", "Start a new chat"),
        ("CONTENT_FILTER_EXCEPTION", "content_filter", "content filter"),
        ("REPLY_PROCESS_TIMEOUT_EXCEPTION", "timeout", "too long"),
        ("SQL_EXECUTION_EXCEPTION", "agent_failed", "query failed"),
        ("BLOCK_MULTIPLE_EXECUTIONS_EXCEPTION", "rate_limited", "the question before"),
        ("SOMETHING_NEW", "agent_failed", "could not answer"),
    ],
)
def test_what_genie_reports_is_put_into_words(
    kind: str, word: str, said: str, chat: Chat, workspace: Workspace
) -> None:
    workspace.genie.next.append(Script("FAILED", {"type": kind, "error": "The warehouse is tired."}))
    received = chat.ask()
    assert received.word == word and said in received.failure
    assert received.failure.endswith("It said: The warehouse is tired.")
    assert kind == "SOMETHING_NEW" or kind in MessageErrorType.__members__


def test_a_cancelled_question_says_so(chat: Chat, workspace: Workspace) -> None:
    workspace.genie.next.append(Script("CANCELLED"))
    assert chat.ask().failure == failures.CANCELLED


def test_a_warehouse_that_starts_is_waited_for_in_words(chat: Chat) -> None:
    assert chat.ask().reasons == {poll.STARTING_WAREHOUSE}


def test_genie_is_not_waited_for_forever(chat: Chat, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll, "MOST_SECONDS", 0.1)
    workspace.genie.next.append(Script("PENDING_WAREHOUSE"))
    received = chat.ask()
    assert (received.failure, received.word) == (poll.SILENT, "timeout")


def test_a_result_that_cannot_be_had_leaves_query_and_words(chat: Chat, workspace: Workspace) -> None:
    def error_of(script: Script) -> str:
        workspace.genie.next.append(script)
        received = chat.ask(is_kept=False)
        assert received.failure == "" and received.text and received.of(ToolCall)
        (result,) = received.of(ToolResult)
        return str(json.loads(result.output)["error"])

    assert error_of(Script("QUERY_RESULT_EXPIRED")) == results.EXPIRED
    assert error_of(Script(states=("CLOSED",))) == results.EXPIRED
    assert error_of(Script(states=("CANCELED",))) == results.CANCELLED
    assert error_of(Script(states=("FAILED",), statement_error="Division by zero.")).endswith("Division by zero.")
    workspace.faults.genie_results.next(status=403, message="No access to the table.")
    assert error_of(Script()) == f"{results.NOT_FETCHED} It said: No access to the table."


def test_a_result_that_is_not_ready_is_waited_for(chat: Chat, workspace: Workspace) -> None:
    workspace.genie.next.append(Script(states=("PENDING", "RUNNING", "SUCCEEDED")))
    assert chat.ask().table.rows


def test_a_result_that_genie_cut_says_so(chat: Chat, workspace: Workspace) -> None:
    rows = [[number] for number in range(50)]
    cut = GenieAnswer("Many.", "SELECT n FROM t", columns=[("n", "BIGINT")], rows=rows, is_truncated=True)
    workspace.genie.next.append(Script(answer=cut))
    received = chat.ask()
    assert len(received.table.rows) == 50
    assert received.notes == [results.CUT_BY_GENIE.format(shown=50)]
    assert received.noted_after == received.of(ToolResult)


def test_a_result_too_large_to_be_kept_is_cut_at_a_row_and_says_so(
    environ: dict[str, str], workspace: Workspace
) -> None:
    chat = Chat(Agents(load({**environ, "MAX_ANSWER_BYTES": "2000"}), AppWorkspace()).get("Shop"))
    rows = [[number, "x" * 80] for number in range(5_000)]
    large = GenieAnswer("Many.", "SELECT * FROM t", columns=[("n", "BIGINT"), ("s", "STRING")], rows=rows)
    workspace.genie.next.append(Script(answer=large))
    received = chat.ask()
    assert received.text == "Many." and received.table.total == 5_000
    assert 0 < len(received.table.rows) < 12
    assert received.notes == [results.CUT_HERE.format(shown=len(received.table.rows), total=5_000)]


def test_stopping_closes_the_connection_and_asks_no_more(chat: Chat, workspace: Workspace) -> None:
    workspace.genie.next.append(Script("ASKING_AI"))

    async def stop() -> int:
        transport = Transport(FAST)
        prompt = Prompt(uuid4(), ANN, [ContextMessage("user", [Text(QUESTION)])])
        task = asyncio.create_task(drain(prompt, transport))
        while len(workspace.requests.to("/messages/", "GET")) < 3:
            await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        looks = len(workspace.requests)
        await asyncio.sleep(0.1)
        await transport.close()
        return len(workspace.requests) - looks

    async def drain(prompt: Prompt, transport: Transport) -> None:
        async with aclosing(answer(chat.agent, prompt, transport)) as chunks:
            async for _ in chunks:
                pass

    assert asyncio.run(stop()) == 0


# -- The shapes


def test_the_sdk_speaks_with_the_local_space_as_the_app_does(environ: dict[str, str], workspace: Workspace) -> None:
    """So what the app reads here is what Databricks sends, as far as its SDK tells."""
    client = WorkspaceClient(host=workspace.url, client_id=ROLE, client_secret=CLIENT_SECRET)
    assert client.genie.get_space(SPACE).title == "Outdoor shop"
    started = client.genie.start_conversation(SPACE, QUESTION)
    # Its own waiter sleeps for seconds.
    messages = [client.genie.get_message(**started.bind()) for _ in STEPS]
    assert [message.status and message.status.value for message in messages] == [*STEPS]
    message = messages[-1]
    assert message.attachments
    query, text, following = message.attachments
    assert query.query and query.query.query and query.query.thoughts and query.attachment_id
    assert query.query.query_result_metadata and query.query.query_result_metadata.row_count == 5
    assert text.text and text.text.content and following.suggested_questions
    ids = (SPACE, message.conversation_id, message.message_id)
    result = client.genie.get_message_attachment_query_result(*ids, query.attachment_id).statement_response
    assert result and result.manifest and result.manifest.total_row_count == 5
    assert result.result and result.result.data_array and len(result.result.data_array) == 5
    client.genie.send_message_feedback(*ids, GenieFeedbackRating.POSITIVE, comment="Right.")
    rated = client.genie.get_message(*ids).feedback
    assert rated and rated.rating is GenieFeedbackRating.POSITIVE and rated.comment == "Right."
    listed = client.genie.list_conversation_messages(SPACE, message.conversation_id, page_size=1)
    assert listed.messages and listed.messages[0].message_id == message.message_id
