"""The app against agent servers of others, each in its own process: what each of them can do arrives in the store.

The servers are real, and so is everything between their agent and the app. Only the language model is the tests' own.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest

from lib.agent.endpoints.agents import Agents
from lib.agent.events import Decision
from lib.chat.conversation import first_answer_id
from lib.chat.turn import Question, Turn
from lib.config import load
from lib.db.database import Database
from lib.identity import Asker, User
from lib.messages.parts import Citation, Error, Reasoning, ToolCall, ToolResult
from lib.messages.usage import tokens_of
from lib.runtime import Runtime
from lib.store.models import Message
from lib.workspace import Workspace as AppWorkspace
from local.postgres import Cluster
from local.workspace import Workspace
from tests.agent_servers import model as says
from tests.agent_servers.model import Model
from tests.agent_servers.server import CITE, LITELLM, LITELLM_KEY
from tests.conftest import CLIENT_SECRET, ROLE
from tests.integration.tcp_proxy import TcpProxy
from tests.mlflow_server import MLflowServer
from tests.waiting import until

# The process that has these servers has MLflow's, too: their traces go there.
pytestmark = pytest.mark.xdist_group("mlflow")

CAN = {
    "mlflow": "text tools reasoning sources approval trace stop cut error",
    "long_running": "text tools reasoning sources approval trace resume error",
    "openai_agents": "text tools reasoning approval usage trace stop cut error",
    "langgraph": "text tools approval trace cut error",
    "litellm": "text reasoning usage stop cut error",
}
"""What each server can do, of what is tested here."""


def those_with(capability: str) -> pytest.MarkDecorator:
    return _each(name for name, can in CAN.items() if capability in can.split())


def those_without(capability: str) -> pytest.MarkDecorator:
    return _each(name for name, can in CAN.items() if capability not in can.split())


def _each(names: Iterator[str]) -> pytest.MarkDecorator:
    installed_later = pytest.mark.skipif(not LITELLM.exists(), reason="`make test-agents` installs it")
    marks = {"litellm": [installed_later]}
    return pytest.mark.parametrize("name", [pytest.param(name, marks=marks.get(name, [])) for name in names])


@dataclass
class Chat:
    """A new chat with the agent, of a new user."""

    runtime: Runtime
    id: UUID = field(default_factory=uuid4)
    user: User = field(default_factory=lambda: User(f"ann-{uuid4()}", None, "Ann", authenticated=True))

    def begin(self, text: str) -> Turn:
        """Ask, without waiting for the answer."""
        question_id = uuid4()
        question = Question(self.id, question_id, first_answer_id(question_id), text)
        turn = self.runtime.turns.ask(self.runtime.store(self.user), Asker(self.user, None), question)
        assert turn
        return turn

    def ask(self, text: str) -> Message:
        return self.ended(self.begin(text))

    def stop(self) -> None:
        assert self.runtime.turns.stop(self.runtime.store(self.user), self.id)

    def decide(self, turn: Turn, *, approve: bool, reason: str | None = None) -> Message:
        """Answer what the agent asks; returns the whole answer."""
        asked = [approval.call_id for approval in turn.answer.waits_for]
        decisions = [Decision(call_id, approve, reason) for call_id in asked]
        store = self.runtime.store(self.user)
        return self.ended(self.runtime.turns.decide(store, Asker(self.user, None), self.id, *decisions))

    def ended(self, turn: Turn) -> Message:
        """The answer as it is stored."""
        until(lambda: turn.chunks.closed)
        answer = self.runtime.store(self.user).get_message(turn.id)
        assert answer
        return answer


Start = Callable[[str], Runtime]


@pytest.fixture(scope="module")
def start(workspace: Workspace, shared_database: Database, cluster: Cluster) -> Iterator[Start]:
    """Starts the app with the agent at a URL, as on Databricks Apps; it is stopped after the last test."""
    bound = {"DATABRICKS_HOST": workspace.url, "DATABRICKS_CLIENT_ID": ROLE, "DATABRICKS_CLIENT_SECRET": CLIENT_SECRET}
    started: list[Runtime] = []

    def starting(url: str) -> Runtime:
        litellm = {"AGENT_API_KEY": LITELLM_KEY, "AGENT_MODEL": "demo"} if url.endswith("/completions") else {}
        database_url = cluster.dsn(ROLE, "tests", "test_of_stores")
        settings = load({"AGENT_URL": url, "DATABASE_URL": database_url, **bound, **litellm})
        of_app = AppWorkspace()
        started.append(Runtime(settings, of_app, Agents(settings, of_app, apps_domains=("127.0.0.1",))))
        started[-1].start()
        return started[-1]

    with pytest.MonkeyPatch.context() as patch:
        for name, value in bound.items():
            patch.setenv(name, value)
        yield starting
    for runtime in started:
        runtime.stop()


@pytest.fixture(scope="module")
def runtimes() -> dict[str, Runtime]:
    return {}


@pytest.fixture
def chat(name: str, agent_url: Callable[[str], str], start: Start, runtimes: dict[str, Runtime]) -> Chat:
    if name not in runtimes:
        runtimes[name] = start(agent_url(name))
    return Chat(runtimes[name])


def began_to_count(chat: Chat) -> Turn:
    turn = chat.begin(says.COUNT)
    until(lambda: " 9 " in turn.answer.content)
    return turn


def asked_to_approve(chat: Chat) -> Turn:
    turn = chat.begin(says.DROP)
    until(lambda: turn.chunks.closed)
    assert turn.is_waiting
    return turn


def parts(answer: Message, kind: type) -> list[object]:
    return [part for part in answer.parts if isinstance(part, kind)]


@those_with("text")
def test_it_answers_and_is_told_what_was_said(name: str, chat: Chat, model: Model) -> None:
    answer = chat.ask(says.HELLO)
    assert (answer.status, answer.content) == ("complete", says.GREETING)
    chat.ask(says.HELLO)
    said = [(each["role"], says.text_of(each)) for each in model.asked[-1]["messages"] if each["role"] != "system"]
    assert said == [("user", says.HELLO), ("assistant", says.GREETING), ("user", says.HELLO)]


@those_with("tools")
def test_it_calls_a_tool_and_says_what_it_found(name: str, chat: Chat) -> None:
    answer = chat.ask(says.LOOK_UP)
    assert (answer.status, answer.content) == ("complete", "The tool says: 21 °C.")
    assert [(part.name, part.arguments) for part in parts(answer, ToolCall)] == [says.CALLS[says.LOOK_UP]]
    assert [part.output for part in parts(answer, ToolResult)] == ["21 °C"]
    # It is told of the call and the result with the next question.
    assert chat.ask(says.HELLO).content == says.GREETING


@those_with("reasoning")
def test_its_reasoning_is_shown_once(name: str, chat: Chat) -> None:
    answer = chat.ask(says.THINK)
    assert [part.text for part in parts(answer, Reasoning)] == [says.THOUGHT]
    assert answer.content == says.CONCLUSION
    assert chat.ask(says.HELLO).content == says.GREETING


@those_with("sources")
def test_it_cites_its_source(name: str, chat: Chat) -> None:
    sources = parts(chat.ask(CITE), Citation)
    assert [(source.title, source.url) for source in sources] == [("Report", "https://example.com/report")]


@those_with("approval")
def test_it_asks_before_it_acts_and_goes_on_when_it_may(name: str, chat: Chat) -> None:
    turn = asked_to_approve(chat)
    answer = chat.decide(turn, approve=True)
    assert (answer.status, answer.content) == ("complete", "The tool says: dropped sales.")
    assert [(part.name, part.arguments) for part in parts(answer, ToolCall)] == [says.CALLS[says.DROP]]
    assert [part.output for part in parts(answer, ToolResult)] == ["dropped sales"]
    assert chat.ask(says.HELLO).content == says.GREETING


@those_with("approval")
def test_it_is_told_why_it_may_not(name: str, chat: Chat) -> None:
    answer = chat.decide(asked_to_approve(chat), approve=False, reason="not today")
    assert (answer.status, answer.content) == ("complete", "The tool says: not today.")
    assert chat.ask(says.HELLO).content == says.GREETING


@those_with("usage")
def test_what_it_used_in_all_its_steps_is_counted(name: str, chat: Chat, model: Model) -> None:
    asked_before = len(model.asked)
    answer = chat.ask(says.LOOK_UP)
    used = tokens_of(answer.usage)
    assert used and used.total == says.USED["total_tokens"] * (len(model.asked) - asked_before)


@those_with("trace")
def test_its_trace_is_one_that_mlflow_has(name: str, chat: Chat, mlflow: MLflowServer) -> None:
    trace_id = chat.ask(says.HELLO).trace_id
    assert trace_id
    until(lambda: httpx.get(f"{mlflow.url}/api/3.0/mlflow/traces/{trace_id}").status_code == 200)


@those_without("trace")
def test_without_a_trace_there_is_no_id_of_one(name: str, chat: Chat) -> None:
    assert chat.ask(says.HELLO).trace_id is None


@those_with("stop")
def test_stop_keeps_what_came_and_ends_the_agents_work(name: str, chat: Chat, model: Model) -> None:
    turn = began_to_count(chat)
    number = len(model.asked)
    chat.stop()
    answer = chat.ended(turn)
    assert answer.status == "stopped" and answer.content.startswith("1 2 3 4 5 6 7 8 9 ")
    until(lambda: number not in model.open)
    assert number not in model.finished


@those_without("stop")
def test_stop_keeps_what_came_though_the_agent_works_on(name: str, chat: Chat, model: Model) -> None:
    turn = began_to_count(chat)
    number = len(model.asked)
    chat.stop()
    answer = chat.ended(turn)
    assert answer.status == "stopped" and answer.content.startswith("1 2 3 4 5 6 7 8 9 ")
    until(lambda: number in model.finished)


@those_with("cut")
def test_a_cut_connection_keeps_what_came_and_says_so(name: str, agent_url: Callable[[str], str], start: Start) -> None:
    url = agent_url(name)
    with TcpProxy("127.0.0.1", urlsplit(url).port or 0) as proxy:
        chat = Chat(start(proxy.url(url)))
        turn = began_to_count(chat)
        proxy.cut()
        answer = chat.ended(turn)
    assert answer.status == "failed" and answer.content.startswith("1 2 3 4 5 6 7 8 9 ")
    assert answer.failure == "connection_lost" and parts(answer, Error)


@those_with("resume")
def test_an_answer_survives_cut_connections(name: str, agent_url: Callable[[str], str], start: Start) -> None:
    url = agent_url(name)
    with TcpProxy("127.0.0.1", urlsplit(url).port or 0) as proxy:
        chat = Chat(start(proxy.url(url)))
        turn = chat.begin(says.COUNT)
        for number in (20, 50, 80):
            until(lambda number=number: f" {number} " in turn.answer.content)
            proxy.cut()
        answer = chat.ended(turn)
    assert (answer.status, answer.content) == ("complete", " ".join(map(str, range(1, says.LAST_NUMBER + 1))))


@those_with("resume")
def test_an_answer_survives_a_breakdown_of_its_agent(name: str, chat: Chat, agent_url: Callable[[str], str]) -> None:
    turn = began_to_count(chat)
    response_id = json.loads(turn.chunks.after(0)[-1][1].raw)["response_id"]
    server = agent_url(name).removesuffix("/responses")
    assert httpx.post(f"{server}/_debug/kill_task/{response_id}").status_code == 200
    # Its server asks the agent again, with what it had said; the model answers that with a greeting.
    answer = chat.ended(turn)
    assert (answer.status, answer.content) == ("complete", says.GREETING)


@those_with("error")
def test_an_error_keeps_what_came_and_is_told(name: str, chat: Chat) -> None:
    answer = chat.ask(says.FAIL)
    assert (answer.status, answer.content.strip()) == ("failed", says.BEFORE_FAILURE.strip())
    assert [part.text for part in parts(answer, Error)] == [f"The agent reported an error: {says.BROKEN}"]
