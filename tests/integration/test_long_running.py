"""Answers in the background: followed over cuts, restarts of this app, and breakdowns of the agent."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx_sse import connect_sse

from lib.agent.endpoints.agent import Agent
from lib.agent.endpoints.agents import Agents
from lib.agent.http.background import FORGOTTEN
from lib.agent.http.limits import Limits
from lib.agent.http.transport import CONNECTION_LOST, Transport
from lib.agent.prompt import Prompt
from lib.chat import resumption
from lib.chat.turn import Turn
from lib.config import load
from lib.db.database import Database
from lib.errors import AgentFailed
from lib.identity import AccessToken, Asker
from lib.messages.parts import Error, Text, ToolCall
from lib.runtime import Runtime
from lib.store.allowed_tools import AllowedTool
from lib.workspace import Workspace as AppWorkspace
from local import environment
from local.app import AppProcess
from local.workspace import Workspace
from tests.conftest import ANN
from tests.integration.conftest import Runtimes
from tests.integration.long_running_agent import Json, LongRunningAgent, failed, words
from tests.integration.tcp_proxy import TcpProxy
from tests.integration.test_agents import Received, receiving
from tests.integration.test_processes import Program, logged_chunks, text_of
from tests.integration.test_replicas import age
from tests.integration.test_turns import asked, ended
from tests.waiting import until

TEXT = " ".join(f"word{number}" for number in range(30)) + " "
ASKER = Asker(ANN, None)
CALL = {"type": "response.output_item.done", "item": {"type": "function_call", "call_id": "c1", "name": "run_sql"}}
FAST = Limits(connect_seconds=2, first_byte_seconds=10, idle_seconds=10, first_pause_seconds=0.01)
IMPATIENT = Limits(connect_seconds=2, first_byte_seconds=0.2, idle_seconds=0.1, first_pause_seconds=0.01)


class Place:
    """An agent behind a proxy, and how to reach it."""

    def __init__(self, agent: LongRunningAgent, proxy: TcpProxy) -> None:
        self.agent, self.proxy = agent, proxy
        self.environ = {"AGENT_URL": f"http://127.0.0.1:{proxy.port}/invocations", "AGENT_BACKGROUND": "on"}

    def asked_for(self, **more: str) -> Agent:
        return Agents(load({**self.environ, **more}), AppWorkspace()).get(None)

    def receive(self, limits: Limits = FAST, **more: str) -> Received:
        return asyncio.run(receiving(self.asked_for(**more), limits=limits))

    def starts(self) -> int:
        return sum(seen.startswith("POST /invocations") for seen in self.agent.seen)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as entered:
        yield entered


def placed(stack: ExitStack, events: list[Json], **more: Any) -> Place:
    agent = stack.enter_context(LongRunningAgent(events, **more))
    return Place(agent, stack.enter_context(TcpProxy("127.0.0.1", agent.port)))


# -- The agent alone


def test_an_agent_may_think_for_longer_than_any_connection_lasts(stack: ExitStack) -> None:
    place = placed(stack, words(TEXT))
    place.agent.limit = 10

    async def think() -> Received:
        received = asyncio.create_task(receiving(place.asked_for(), limits=IMPATIENT))
        while sum("stream=true" in seen for seen in place.agent.seen) < 3:
            await asyncio.sleep(0.01)
        place.agent.limit = 100
        return await received

    received = asyncio.run(think())
    assert (received.text, received.failure) == (TEXT, "")
    assert place.starts() == 1 and f"GET /responses/{next(iter(place.agent.runs))}" in place.agent.seen


def test_an_agent_that_cannot_work_in_the_background_is_asked_once(stack: ExitStack) -> None:
    plain = placed(stack, words(TEXT), offers_background=False)
    assert plain.receive().text == TEXT
    plain.agent.limit = 3
    assert plain.receive().failure == CONNECTION_LOST
    assert plain.agent.seen == ["POST /invocations"] * 2


def test_an_agent_that_refuses_the_field_is_asked_without_it(stack: ExitStack) -> None:
    place = placed(stack, words(TEXT))
    agent, place.agent.refusal = place.asked_for(), {"detail": [{"loc": ["body", "background"], "msg": "Extra inputs"}]}
    for _ in range(2):
        assert asyncio.run(receiving(agent, limits=FAST)).text == TEXT
    assert ["background" in body for body in place.agent.bodies] == [True, False, False]


@pytest.mark.parametrize(("setting", "offers"), [("auto", True), ("auto", False), ("off", True)])
def test_an_agent_elsewhere_is_asked_to_work_in_the_background_only_if_it_says_that_it_can(
    setting: str, offers: bool, stack: ExitStack
) -> None:
    place = placed(stack, words(TEXT), offers_background=offers)
    agent = place.asked_for(AGENT_BACKGROUND=setting)

    async def looked_up() -> Received:
        transport = Transport(FAST)
        await agent.look_up(transport)
        await transport.close()
        return await receiving(agent, limits=FAST)

    assert asyncio.run(looked_up()).text == TEXT
    assert ("background" in place.agent.bodies[0]) == (setting == "auto" and offers)


def test_a_failure_in_the_background_is_shown_with_what_came(stack: ExitStack) -> None:
    received = placed(stack, [*words(TEXT)[:3], failed("The warehouse is stopped.")]).receive()
    assert received.text == "word0 word1 word2 " and "The warehouse is stopped." in received.failure


def test_what_the_streams_did_not_bring_comes_with_the_whole_response(stack: ExitStack) -> None:
    place = placed(stack, [*words(TEXT), CALL, *words("The end.", "m2")])
    place.agent.limit = 5

    async def read() -> Received:
        received = asyncio.create_task(receiving(place.asked_for(), limits=FAST))
        await asyncio.to_thread(
            until, lambda: place.agent.runs and len(next(iter(place.agent.runs.values())).events) == 5
        )
        place.agent.is_silent, place.agent.limit = True, 100
        return await received

    received = asyncio.run(read())
    assert (received.text, received.failure) == (TEXT + "The end. ", "") and received.has(ToolCall)


def test_an_agent_that_was_started_again_does_not_repeat_itself(stack: ExitStack) -> None:
    """What it had begun is void, and what it had finished stays, even if it says it once more."""
    again = {"type": "response.resumed", "attempt": 2, "from_seq": 9, "conversation_id": "chat::attempt-2"}
    events = [*words("I look. "), CALL, *words("The answer is four.", "m2")[:-2], again]
    place = placed(stack, [*events, *words("I look. "), *words("The answer is five.", "m2")])
    turn = Turn(ANN.id, ANN.id, ANN.id, None)  # type: ignore[arg-type]
    for event in place.receive().events:
        turn.answer.take(event)
    assert [part.text for part in turn.answer.parts if isinstance(part, Text)] == ["I look. ", "The answer is five. "]


def test_the_rest_of_an_answer_is_read_with_the_rights_it_was_asked_with(workspace: Workspace) -> None:
    """A workspace's agent shows its answer to the user who asked; another app shows it to this app."""

    def request(url: str, token: AccessToken | None) -> Any:
        environ = {"AGENT_URL": url, "AGENT_BACKGROUND": "on", "DATABRICKS_HOST": workspace.url}
        agent: Any = Agents(load(environ), AppWorkspace(), ("127.0.0.1",)).get(None)
        prompt = Prompt(ANN.id, ANN, (), token, asked_as="user")  # type: ignore[arg-type]
        return asyncio.run(agent.response_request("resp_1", prompt))

    served = "https://adb-1.azuredatabricks.net/serving-endpoints/agent/invocations"
    with pytest.raises(AgentFailed, match="only with your sign-in"):
        request(served, None)
    mine = request(served, AccessToken("mine"))
    assert (mine.url, mine.headers["Authorization"]) == (
        served.replace("invocations", "responses/resp_1"),
        "Bearer mine",
    )


# -- The app


@pytest.fixture
def place(stack: ExitStack, platform: dict[str, str]) -> Place:
    made = placed(stack, words(TEXT))
    made.agent.limit = 10
    return made


@pytest.fixture
def bound(place: Place, platform: dict[str, str]) -> dict[str, str]:
    """The environment of an app that asks this agent."""
    environ = environment.of_app({}, port=0, ephemeral=False) | platform | place.environ
    return {name: value for name, value in environ.items() if name != "SERVING_ENDPOINT"}


@pytest.fixture
def processes(bound: dict[str, str], stack: ExitStack) -> tuple[Runtime, Runtime]:
    """Two processes of the app over one database."""
    first, second = (Runtime(load(bound)) for _ in range(2))
    for runtime in (first, second):
        runtime.start()
        stack.callback(runtime.stop)
    return first, second


def begun(runtime: Runtime, place: Place, is_logged: bool = True) -> tuple[Any, Turn]:
    """A question of which ten words have come, and are in the log."""
    question = asked("Tell me all")
    turn = runtime.turns.ask(runtime.store(ANN), ASKER, question)
    assert turn
    until(lambda: turn.logged == 10)
    return question, turn


def test_a_process_that_ends_gives_its_answer_to_another_that_has_room_for_it(
    processes: tuple[Runtime, Runtime], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = processes
    question, _ = begun(first, place)
    first.turns.drain(0)
    with monkeypatch.context() as full:
        full.setattr(resumption, "MOST_RESUMED", 0)
        assert second.turns.recovery.check_now() and not second.turns.runs_here(question.chat_id)
    assert second.turns.recovery.check_now()
    turn = second.turns.attach(second.store(ANN), question.chat_id, is_owner=True)
    place.agent.limit = 100
    answer = second.store(ANN).list_messages(question.chat_id)
    assert len(answer) == 1 and turn and second.turns.runs_here(question.chat_id)
    ended(turn)
    answer = second.store(ANN).list_messages(question.chat_id)
    assert (answer[-1].status, answer[-1].content, answer[-1].id) == ("complete", TEXT, question.turn_id)
    assert place.starts() == 1


def test_a_process_that_takes_over_uses_no_rights_of_its_own_for_what_is_always_allowed(
    bound: dict[str, str], place: Place, stack: ExitStack
) -> None:
    request = {
        "type": "mcp_approval_request",
        "id": "r1",
        "name": "send_mail",
        "arguments": "{}",
        "server_label": "mail",
    }
    place.agent.events.append({"type": "response.output_item.done", "item": request})
    settings, asker = load(bound), Asker(ANN, AccessToken("of Ann"))
    processes = [Runtime(settings, agents=Agents(settings, AppWorkspace(), ("127.0.0.1",))) for _ in range(2)]
    for runtime in processes:
        runtime.start()
        stack.callback(runtime.stop)
    first, second = processes
    question = asked("Send it")
    turn = first.turns.ask(first.store(ANN), asker, question)
    until(lambda: turn is not None and turn.logged == 10)
    store = second.store(ANN)
    store.allow_tool(question.chat_id, AllowedTool("send_mail", "mail"), True)
    first.turns.drain(0)
    assert second.turns.recovery.check_now()
    place.agent.limit = 100
    until(lambda: (running := store.running_turn(question.chat_id)) is not None and running.is_waiting)
    running = store.running_turn(question.chat_id)
    assert running and running.asked_as == "user" and place.starts() == 1


def test_stop_is_told_to_the_agent(processes: tuple[Runtime, Runtime], place: Place) -> None:
    place.agent.cancels = True
    first, _ = processes
    question, turn = begun(first, place)
    assert first.turns.stop(first.store(ANN), question.chat_id)
    ended(turn)
    until(lambda: place.agent.seen[-1].endswith("/cancel"))
    until(lambda: next(iter(place.agent.runs.values())).status == "cancelled")
    assert first.store(ANN).list_messages(question.chat_id)[-1].status == "stopped"


def test_a_temporary_chat_is_not_asked_in_the_background(processes: tuple[Runtime, Runtime], place: Place) -> None:
    place.agent.limit = 100
    temporary = processes[0].temporary
    question = asked("Tell me all")
    ended(temporary.turns.ask(temporary.store(ANN), ASKER, question))
    assert "background" not in place.agent.bodies[0]
    assert temporary.store(ANN).list_messages(question.chat_id)[-1].content == TEXT


def test_what_the_agent_has_forgotten_ends_with_what_came(
    processes: tuple[Runtime, Runtime], place: Place, database: Database
) -> None:
    first, _ = processes
    question, turn = begun(first, place)
    place.agent.forget()
    place.proxy.cut()
    ended(turn)
    answer = first.store(ANN).list_messages(question.chat_id)[-1]
    assert answer.status == "failed" and answer.content.startswith("word0 word1 ")
    assert Error(FORGOTTEN) in answer.parts


def test_a_twenty_minute_answer_survives_three_cuts_and_a_killed_process(
    served: tuple[str, Runtimes],
    processes: tuple[Runtime, Runtime],
    place: Place,
    bound: dict[str, str],
    database: Database,
    tmp_path: Path,
    stack: ExitStack,
) -> None:
    """A word a second, had the agent not been let go faster. Cut after minutes 2, 7 and 12, killed after 15."""
    said = "".join(f"word{second} " for second in range(20 * 60))
    place.agent.events = words(said)
    served[1]["now"] = processes[1]
    first = stack.enter_context(AppProcess(bound, log=tmp_path / "app.log"))
    mine, theirs = (
        Program(stack.enter_context(httpx.Client(base_url=url, headers={"x-forwarded-email": ANN.id})))
        for url in (f"{first.url}/api", served[0])
    )
    seen = mine.ask("Tell me all", most_events=3)
    for minute in (2, 7, 12):
        place.agent.limit = 60 * minute
        until(lambda expected=60 * minute: logged_chunks(database) == expected)
        place.proxy.cut()
    place.agent.limit = 60 * 15
    until(lambda: logged_chunks(database) == 60 * 15)
    first.kill()
    age(database)
    place.agent.limit = 60 * 17  # it goes on while nobody listens
    assert processes[1].turns.recovery.check_now()
    with ThreadPoolExecutor() as people:
        reading = people.submit(read_rest, theirs, mine.chat_id, seen)
        until(lambda: len(seen) >= 60 * 17)
        place.agent.limit = len(place.agent.events)
        reading.result()
    answer = theirs.messages(mine.chat_id)[-1]
    assert (answer["status"], answer["content"]) == ("complete", said)
    assert (text_of(seen), place.starts()) == (said, 1)


def read_rest(reader: Program, chat_id: str, seen: list[tuple[str, str]]) -> None:
    """Add to the events that were seen before."""
    last_event_id = seen[-1][0]
    with connect_sse(reader.http, "GET", f"/chat/{chat_id}/stream", headers={"Last-Event-ID": last_event_id}) as source:
        for event in source.iter_sse():
            seen.append((event.id, event.data))
