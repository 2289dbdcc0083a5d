"""The local stand-in for the platform's proxy, between users and a real server."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from local.platform_proxy import UNLIMITED, PlatformProxy, identity
from local.processes import wait_until
from local.proxy_connection import Limits

ANN = identity("ann@example.com", "Ann Ünal", "her-token")
FORGED = {"x-forwarded-email": "bob@example.com", "X-Forwarded-Groups": "admins", "x-real-ip": "6.6.6.6"}
MAX_WAIT_SECONDS = 20.0


@dataclass
class App:
    """An app that echoes its requests and streams as many events as it is asked for."""

    url: str = ""
    wanted: int = 0
    left: threading.Event = field(default_factory=threading.Event)

    async def headers(self, request: Request) -> JSONResponse:
        return JSONResponse([[name, value.encode("latin-1").decode()] for name, value in request.headers.items()])

    async def echo(self, request: Request) -> Response:
        return Response(await request.body())

    async def silent(self, request: Request) -> None:
        while not await request.is_disconnected():
            await asyncio.sleep(0.01)
        self.left.set()

    async def events(self, request: Request) -> StreamingResponse:
        async def numbers() -> Iterator[bytes]:
            number = 0
            while True:
                if number < self.wanted:
                    number += 1
                    yield f"data: {number}\n\n".encode()
                await asyncio.sleep(0.01)

        return StreamingResponse(numbers(), media_type="text/event-stream")

    async def talk(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            await socket.send_text(socket.headers["x-forwarded-email"])
            while True:
                await socket.send_text(await socket.receive_text())
        except WebSocketDisconnect:
            self.left.set()


@pytest.fixture
def app() -> Iterator[App]:
    made = App()
    routes = [
        Route("/headers", made.headers),
        Route("/echo", made.echo, methods=["POST"]),
        Route("/silent", made.silent),
        Route("/events", made.events),
        WebSocketRoute("/talk", made.talk),
    ]
    config = uvicorn.Config(Starlette(routes=routes), port=0, lifespan="off", log_config=None, ws="websockets-sansio")
    config.timeout_graceful_shutdown = 1
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    made.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield made
    server.should_exit = True
    thread.join()


@pytest.fixture
def proxy(app: App) -> Iterator[PlatformProxy]:
    with PlatformProxy(app.url, ANN) as opened:
        yield opened


@pytest.fixture
def http(proxy: PlatformProxy) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=proxy.url, timeout=MAX_WAIT_SECONDS) as client:
        yield client


def talk_to(proxy: PlatformProxy, **headers: str) -> connect:
    return connect(f"{proxy.url.replace('http', 'ws')}/talk", additional_headers=headers)


def test_every_request_carries_the_proxys_identity_whatever_the_client_sent(
    http: httpx.Client, proxy: PlatformProxy
) -> None:
    for _ in range(2):
        answer = http.get("/headers", headers={**FORGED, "Cookie": "a=b", "Connection": "keep-alive"}).json()
        names = [name for name, _ in answer]
        found = dict(answer)
        assert len(names) == len(found)
        assert {name: found[name] for name in map(str.lower, ANN)} == {name.lower(): ANN[name] for name in ANN}
        assert found["cookie"] == "a=b"
        assert found["x-forwarded-host"] == found["host"] == proxy.url.removeprefix("http://")
        assert "x-forwarded-groups" not in found and found["x-real-ip"] == "127.0.0.1"


def test_each_http_request_gets_the_headers_of_its_moment_and_an_open_websocket_gets_no_others(
    http: httpx.Client, proxy: PlatformProxy
) -> None:
    tokens = (f"token-{number}" for number in count())
    proxy.headers = lambda: identity("ann@example.com", access_token=next(tokens))
    got = [dict(http.get("/headers").json())["x-forwarded-access-token"] for _ in range(2)]
    with talk_to(proxy) as talk:
        talk.recv()
        talk.send("still here")
        assert talk.recv() == "still here"
    assert [*got, next(tokens)] == ["token-0", "token-1", "token-3"]


def test_a_request_smuggled_behind_another_does_not_reach_the_app(proxy: PlatformProxy) -> None:
    host, port = proxy.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        head = f"GET /headers HTTP/1.1\r\nHost: {host}\r\n"
        client.sendall(f"{head}\r\n{head}x-forwarded-email: bob@example.com\r\n\r\n".encode())
        answer = b""
        while piece := client.recv(65_536):
            answer += piece
    assert answer.count(b"HTTP/1.1 200") == 1 and b"bob@example.com" not in answer


def test_a_user_has_the_same_identity_at_every_proxy_and_no_other_user_has_it() -> None:
    assert identity("ann@example.com")["X-Forwarded-User"] == ANN["X-Forwarded-User"]
    assert identity("bob@example.com")["X-Forwarded-User"] != ANN["X-Forwarded-User"]


def test_a_large_body_is_passed_unchanged(http: httpx.Client) -> None:
    body = bytes(range(256)) * 20_000
    assert http.post("/echo", content=body).content == body
    assert http.post("/echo", content=iter([body, body])).content == body * 2


def test_events_are_passed_on_one_by_one(http: httpx.Client, app: App) -> None:
    with http.stream("GET", "/events") as answer:
        lines = filter(None, answer.iter_lines())
        for number in range(1, 4):
            app.wanted = number  # nothing more is written until this one has been read
            assert next(lines) == f"data: {number}"


def test_on_a_slow_line_a_body_arrives_late_but_complete(http: httpx.Client, proxy: PlatformProxy) -> None:
    body = bytes(30_000)
    proxy.limits = Limits(bytes_per_second=100_000)
    began = time.monotonic()
    assert http.post("/echo", content=body).content == body
    assert time.monotonic() - began > 0.2


def test_a_websocket_carries_the_identity_and_passes_messages_both_ways(proxy: PlatformProxy) -> None:
    with talk_to(proxy, **FORGED) as talk:
        assert talk.recv() == "ann@example.com"
        for text in ("one", "ü" * 100_000):
            talk.send(text)
            assert talk.recv() == text


def test_an_app_notices_that_a_client_has_disconnected(proxy: PlatformProxy, app: App) -> None:
    with pytest.raises(httpx.ReadTimeout), httpx.Client(base_url=proxy.url, timeout=0.2) as client:
        client.get("/silent")
    assert app.left.wait(MAX_WAIT_SECONDS)


def test_an_idle_connection_is_cut(proxy: PlatformProxy, app: App) -> None:
    with talk_to(proxy) as talk:
        assert talk.recv() == "ann@example.com"
        proxy.limits = Limits(idle_seconds=0.2)
        with pytest.raises(ConnectionClosed):
            talk.recv(MAX_WAIT_SECONDS)
    assert app.left.wait(MAX_WAIT_SECONDS)


def test_a_stream_that_lasts_too_long_is_cut_though_it_is_not_idle(
    http: httpx.Client, proxy: PlatformProxy, app: App
) -> None:
    app.wanted = 1_000_000
    proxy.limits = Limits(request_seconds=0.5)
    with http.stream("GET", "/events") as answer, pytest.raises(httpx.TransportError):
        for _ in answer.iter_lines():
            pass


def test_a_websocket_that_lasts_too_long_is_cut(proxy: PlatformProxy) -> None:
    with talk_to(proxy) as talk:
        talk.recv()
        proxy.limits = Limits(request_seconds=1)
        assert httpx.get(f"{proxy.url}/silent", timeout=MAX_WAIT_SECONDS).status_code == 504
        talk.send("still here")
        assert talk.recv() == "still here"
        proxy.limits = Limits(websocket_seconds=0)
        with pytest.raises(ConnectionClosed):
            talk.recv(MAX_WAIT_SECONDS)


def test_a_request_without_an_answer_in_time_gets_504(http: httpx.Client, proxy: PlatformProxy, app: App) -> None:
    proxy.limits = Limits(request_seconds=1)
    assert http.get("/silent").status_code == 504
    assert app.left.wait(MAX_WAIT_SECONDS)
    proxy.limits = UNLIMITED
    assert http.get("/headers").status_code == 200


def test_without_an_app_it_answers_502(app: App) -> None:
    with PlatformProxy("http://127.0.0.1:9", ANN) as proxy:
        assert httpx.get(f"{proxy.url}/headers").status_code == 502


def test_cutting_ends_all_connections_and_new_ones_are_accepted(proxy: PlatformProxy, app: App) -> None:
    with talk_to(proxy) as talk:
        talk.recv()
        assert proxy.cut() == 1
        with pytest.raises(ConnectionClosed):
            talk.recv(MAX_WAIT_SECONDS)
    with talk_to(proxy) as talk:
        assert talk.recv() == "ann@example.com"


def test_a_closed_proxy_accepts_no_connection_until_it_is_opened(proxy: PlatformProxy) -> None:
    proxy.shut()
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{proxy.url}/headers")
    proxy.open()
    assert httpx.get(f"{proxy.url}/headers").status_code == 200
    assert wait_until(lambda: proxy.cut() == 0, seconds=MAX_WAIT_SECONDS)
