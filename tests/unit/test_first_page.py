"""What the page that a browser loads first has of ours, and that nothing else is touched."""

import asyncio
from collections.abc import Mapping

import httpx
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from lib.web.first_page import FirstPage

PAGE = "<head>\n<title>Streamlit</title></head><body>" + "ä" * 2_000 + "</body>"
BROWSER = {"Accept": "text/html,*/*;q=0.8", "Accept-Encoding": "gzip"}


def page(request: Request) -> Response:
    return HTMLResponse(PAGE, headers={"ETag": "file", "Last-Modified": "Sat, 28 Nov 2026 05:10:05 GMT"})


def in_pieces(request: Request) -> Response:
    return StreamingResponse(iter([PAGE[:10], PAGE[10:]]), media_type="text/html")


def asked_with(request: Request) -> Response:
    return JSONResponse([name for name in request.headers if name in ("if-none-match", "if-modified-since", "range")])


def refused(request: Request) -> Response:
    return HTMLResponse(PAGE, status_code=404)


def data(request: Request) -> Response:
    return JSONResponse({"title": "<title>Streamlit</title>"}, headers={"ETag": "data"})


def get(
    path: str, headers: Mapping[str, str] = BROWSER, name: str = "Sales & more", method: str = "GET"
) -> httpx.Response:
    inner = Starlette(
        routes=[Route(f"/{each.__name__}", each) for each in (page, in_pieces, asked_with, refused, data)]
    )
    app = FirstPage(GZipMiddleware(inner), lambda: name, lambda: "/style.css?1")

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(asked())


def test_the_page_gets_the_name_of_the_app_and_what_runs_before_streamlit() -> None:
    for path in ("/page", "/in_pieces"):
        response = get(path)
        assert "<title>Sales &amp; more</title>" in response.text and "Streamlit</title>" not in response.text
        assert response.text.count("lakechat-theme") == 1
        assert response.text.endswith('ä<link class="lakechat-style" rel="stylesheet" href="/style.css?1"></body>')
        assert int(response.headers["content-length"]) == len(response.content)
        assert not {"etag", "last-modified", "content-encoding"} & set(response.headers)


def test_a_browser_that_has_an_older_page_gets_the_present_one_whole() -> None:
    older = {"If-None-Match": "file", "If-Modified-Since": "Sat, 28 Nov 2026 05:10:05 GMT", "Range": "bytes=0-9"}
    assert get("/asked_with", BROWSER | older).json() == []
    assert len(get("/asked_with", {"Accept": "*/*"} | older).json()) == 3


def test_nothing_else_is_changed() -> None:
    assert get("/data").json() == {"title": "<title>Streamlit</title>"} and get("/data").headers["etag"] == "data"
    assert get("/refused").text == PAGE
    assert get("/page", {"Accept": "*/*"}).text == PAGE
    assert get("/page", {"Accept": "*/*", "Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"
    assert get("/page", method="HEAD").headers["etag"] == "file"
