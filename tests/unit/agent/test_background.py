"""An answer in the background, over connections that are cut anywhere, and after a restart of this app."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.agent.events import TextDelta
from lib.agent.formats.decoder import Decoder
from lib.agent.formats.responses.background import BackgroundResponse
from lib.agent.http import framing
from lib.agent.http.background import FORGOTTEN, TOOK_TOO_LONG, followed, resumed
from lib.agent.http.limits import Limits
from lib.agent.http.retry import Stream
from lib.agent.http.transport import CONNECTION_LOST, AgentRequest
from lib.agent.prompt import Prompt
from lib.errors import AgentFailed
from tests.conftest import ANN

WORDS = [f"word{number} " for number in range(12)]
TEXT = "".join(WORDS)
ID = "resp_1"
PROMPT: Any = Prompt(None, ANN, ())  # type: ignore[arg-type]
FORGETS = (404, {"detail": "Response not found"})


def event(number: int) -> bytes:
    delta = {"type": "response.output_text.delta", "item_id": "m", "delta": WORDS[number]}
    return b"data: " + json.dumps({**delta, "sequence_number": number, "response_id": ID}).encode() + b"\n\n"


def whole(status: str = "completed") -> dict[str, Any]:
    content = [{"type": "output_text", "text": TEXT}]
    output = [{"type": "message", "id": "m", "content": content}]
    return {"id": ID, "status": status, **({"output": output} if status == "completed" else {})}


class Server:
    """An agent's server, and the transport to it. Each connection is cut after some bytes, while there are cuts."""

    def __init__(self, cuts: Sequence[tuple[int, bool]] = (), statuses: Sequence[tuple[int, Any]] = ()) -> None:
        """A cut: after how many bytes, and whether the connection is closed in order. `statuses` come in turn."""
        self.cuts = list(cuts)
        self.statuses = list(statuses)
        self.limits = Limits(first_pause_seconds=0)

    async def response_request(self, response_id: str, prompt: Prompt) -> AgentRequest:
        assert response_id == ID
        return AgentRequest(f"http://agent/responses/{ID}", {}, {}, method="GET")

    async def look_up(self, url: str, headers: Any) -> tuple[int, Any]:
        return self.statuses.pop(0) if self.statuses else (200, whole("in_progress"))

    async def messages(self, request: AgentRequest) -> Stream:
        asked = parse_qs(urlsplit(request.url).query)
        after = int(asked.get("starting_after", ["0"])[0])
        sent = b"".join(map(event, range(after + 1 if after else 0, len(WORDS)))) + b"data: [DONE]\n\n"
        size, is_in_order = self.cuts.pop(0) if self.cuts else (len(sent), True)
        async for raw in framing.messages(b"data: {}\n\n", _pieces(sent[:size], is_in_order or size >= len(sent))):
            if raw != "{}":
                yield raw


async def _pieces(sent: bytes, is_in_order: bool) -> AsyncIterator[bytes]:
    yield sent
    if not is_in_order:
        raise AgentFailed(CONNECTION_LOST, failure="connection_lost")


async def taken(stream: Stream, most: int | None = None) -> list[str]:
    messages: list[str] = []
    async for raw in stream:
        messages.append(raw)
        if len(messages) == most:
            break
    await stream.aclose()
    return messages


def first(server: Any) -> Stream:
    request = AgentRequest("http://agent/invocations", {}, {})
    return followed(server, server.messages(request), BackgroundResponse(), PROMPT, server)


def text_of(messages: Sequence[str]) -> str:
    decoder = Decoder()
    events = [each for raw in messages for each in decoder.feed(raw).events]
    return "".join(each.text for each in (*events, *decoder.end()) if isinstance(each, TextDelta))


CUTS = st.lists(st.tuples(st.integers(0, 1_600), st.booleans()), max_size=8)


@given(cuts=CUTS, restarts=st.lists(st.integers(0, len(WORDS)), max_size=3))
def test_no_word_is_missing_or_doubled_whatever_is_cut(cuts: list[tuple[int, bool]], restarts: list[int]) -> None:
    # Before its first event an answer shows nothing that could be followed.
    server = Server([(size + len(event(0)), is_in_order) for size, is_in_order in cuts[:1]] + cuts[1:])

    async def read() -> list[str]:
        messages = await taken(first(server), 1 + (restarts[0] if restarts else len(WORDS)))
        for most in [*restarts[1:], None]:
            place = BackgroundResponse()
            for raw in messages:
                place.takes(raw)
            if place.bookmark:
                messages += await taken(resumed(server, place.bookmark, PROMPT, server), most)  # type: ignore[arg-type]
        return messages

    messages = asyncio.run(read())
    assert text_of(messages) == TEXT and messages[-1] == "[DONE]"


def test_an_event_that_is_sent_again_is_not_taken_twice() -> None:
    place = BackgroundResponse()
    raw = [event(number).decode()[6:-2] for number in (0, 1, 1, 0, 2, 2)]
    assert [place.takes(each) for each in raw] == [True, True, False, False, True, False]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "response.output_text.delta", "delta": "a", "sequence_number": 3},
        {"type": "response.created", "sequence_number": 0, "response": {"id": "resp_2", "background": False}},
        {"type": "response.output_text.delta", "delta": "a", "sequence_number": 3, "response_id": "../admin"},
        {"object": "response", "status": "completed", "id": "resp_2", "output": []},
    ],
)
def test_numbers_alone_are_no_sign_of_work_in_the_background(message: dict[str, Any]) -> None:
    place = BackgroundResponse()
    assert place.takes(json.dumps(message)) and place.bookmark is None


def test_a_response_of_openai_is_known_by_its_first_event_and_ends_with_its_last() -> None:
    place = BackgroundResponse()
    created = {"type": "response.created", "sequence_number": 0, "response": {"id": ID, "background": True}}
    completed = {"type": "response.completed", "sequence_number": 1, "response": {"id": ID}}
    assert place.takes(json.dumps(created)) and place.bookmark
    assert place.takes(json.dumps(completed)) and place.is_ended and place.bookmark is None


def test_a_stream_that_brings_nothing_more_is_completed_by_the_whole_response() -> None:
    server = Server([(2 * len(event(0)), True), (0, True)], [(200, whole())])
    assert text_of(asyncio.run(taken(first(server)))) == TEXT


def test_an_agent_that_is_out_of_reach_is_asked_again() -> None:
    server = Server([(len(event(0)), False), (0, False)], [(503, None), (500, None), (429, None)])
    assert text_of(asyncio.run(taken(first(server)))) == TEXT
    assert not server.statuses


def failure_of(server: Server) -> str:
    with pytest.raises(AgentFailed) as failed:
        asyncio.run(taken(first(server)))
    return str(failed.value)


def test_a_response_that_the_agent_has_forgotten_ends_with_a_sentence() -> None:
    assert failure_of(Server([(len(event(0)), True), (0, True)], [FORGETS])) == FORGOTTEN


def test_an_agent_is_not_followed_for_ever() -> None:
    lost = Server([(len(event(0)), True), (0, True)], [(503, None), (503, None)])
    lost.limits = Limits(first_pause_seconds=0, lost_seconds=-1)
    assert failure_of(lost) == CONNECTION_LOST
    slow = Server([(len(event(0)), True), (0, True)])
    slow.limits = Limits(first_pause_seconds=0, max_seconds=-1)
    assert failure_of(slow) == TOOK_TOO_LONG


def test_without_work_in_the_background_a_cut_is_the_end() -> None:
    async def cut() -> Stream:
        yield json.dumps({"type": "response.output_text.delta", "delta": "a", "sequence_number": 0})
        raise AgentFailed(CONNECTION_LOST, failure="connection_lost")

    server: Any = Server()
    with pytest.raises(AgentFailed, match=CONNECTION_LOST):
        asyncio.run(taken(followed(server, cut(), BackgroundResponse(), PROMPT, server)))
