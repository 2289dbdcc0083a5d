"""The example client of the documentation, run unchanged."""

import importlib.util
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import pytest
from openai import BadRequestError, OpenAI

from lib.runtime import Runtime
from local.workspace import Workspace
from tests.integration.rest_client import Client, messages_of
from tests.waiting import until

FILE = Path(__file__).parents[2] / "docs" / "client.py"


@pytest.fixture
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("client_of_the_documentation", FILE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Cutting:
    """A proxy before the API that cuts its first connection after a number of bytes."""

    def __init__(self, port: int, after_bytes: int) -> None:
        self._target, self.cuts = port, 0
        self._after: int | None = after_bytes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            threading.Thread(target=_pipe, args=(client, server, None), daemon=True).start()
            threading.Thread(target=self._back, args=(server, client), daemon=True).start()

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        limit, self._after = self._after, None
        self.cuts += _pipe(server, client, limit)


def _pipe(source: socket.socket, target: socket.socket, most_bytes: int | None) -> bool:
    """Whether it was cut."""
    came, cut = 0, False
    with suppress(OSError):
        while not cut and (data := source.recv(1024)):
            target.sendall(data)
            came += len(data)
            cut = most_bytes is not None and came > most_bytes
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
    return cut


@pytest.fixture
def cutting(url: str) -> Iterator[Cutting]:
    made = Cutting(int(url.rpartition(":")[2]), after_bytes=6_000)
    yield made
    made.close()


@pytest.mark.parametrize("ends_meanwhile", [False, True])
def test_the_example_client_gets_the_whole_answer_although_its_stream_is_cut(
    example: ModuleType, cutting: Cutting, ann: Client, workspace: Workspace, runtime: Runtime, ends_meanwhile: bool
) -> None:
    fault = workspace.faults.invocations.next(hold_after=60)
    # The tests serve the API at the root path.
    with OpenAI(
        base_url=f"http://127.0.0.1:{cutting.port}/v1", api_key="token", default_headers=ann.http.headers
    ) as client:
        pieces = example.ask(client, "Tell me everything about the data")
        said = next(pieces)
        if not ends_meanwhile:
            threading.Timer(0.3, fault.release_all).start()
        else:
            fault.release_all()
            while runtime.turns.running:
                threading.Event().wait(0.01)
        said += "".join(pieces)
    (chat,) = ann.get("/history").json()["data"]
    until(lambda: cutting.cuts == 1)
    assert said == messages_of(ann, chat["id"])[-1]["content"]
    assert len(workspace.requests.invocations) == 1


def test_the_example_client_says_why_an_answer_failed(
    example: ModuleType, ann: Client, url: str, workspace: Workspace
) -> None:
    workspace.faults.invocations.always(status=500)
    with (
        OpenAI(base_url=f"{url}/v1", api_key="token", default_headers=ann.http.headers) as client,
        pytest.raises(SystemExit, match="agent"),
    ):
        list(example.ask(client, "Why?"))


def test_the_example_client_shows_the_apis_refusal(example: ModuleType, ann: Client, url: str) -> None:
    with (
        OpenAI(base_url=f"{url}/v1", api_key="token", default_headers=ann.http.headers) as client,
        pytest.raises(BadRequestError, match="Your message is empty"),
    ):
        list(example.ask(client, "  "))
