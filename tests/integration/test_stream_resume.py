"""The platform's proxy cuts streams that last too long; an API client resumes them."""

from collections.abc import Iterator

import httpx
import pytest

from local.platform_proxy import PlatformProxy, identity
from local.workspace import Workspace
from tests.integration.rest_client import Client, Event, asking, messages_of

LONG = "Tell me everything about the data"


@pytest.fixture
def proxy(url: str) -> Iterator[PlatformProxy]:
    with PlatformProxy(url, identity("ann@example.com", "Ann")) as opened:
        yield opened


@pytest.fixture
def ann(proxy: PlatformProxy) -> Iterator[Client]:
    """Ann, who sends no identity: the proxy adds it."""
    client = Client(proxy.url, {})
    yield client
    client.http.close()


def until_cut(events: Iterator[Event]) -> Iterator[Event]:
    with pytest.raises(httpx.TransportError):
        yield from events


def test_a_stream_that_is_cut_repeatedly_is_complete_after_resuming(
    ann: Client, proxy: PlatformProxy, workspace: Workspace
) -> None:
    assert ann.get("/session").json()["user"]["email"] == "ann@example.com"
    fault = workspace.faults.invocations.next(hold_after=5)
    body = asking(LONG)
    with ann.asked(body) as stream:
        seen = [next(stream) for _ in range(3)]
        proxy.cut()
        seen += until_cut(stream)
    for _ in range(3):
        fault.release()
        with ann.following(body["id"], seen[-1].id) as stream:
            seen.append(next(stream))
            proxy.cut()
            seen += until_cut(stream)
    fault.release_all()
    with ann.following(body["id"], seen[-1].id) as stream:
        seen += stream
    assert [event.number for event in seen] == list(range(1, len(seen) + 1))
    assert seen[-1].data == "[DONE]"
    told = [event.json for event in seen[:-1]]
    said = "".join(data["delta"] for data in told if data["type"] == "response.output_text.delta")
    answer = messages_of(ann, body["id"])[-1]
    assert (answer["status"], answer["content"].strip()) == ("complete", said.strip())
