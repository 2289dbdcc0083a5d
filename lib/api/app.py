"""The REST API: a FastAPI app, mounted at /api in the process that serves the pages."""

from collections.abc import Callable

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from lib.api.body_limit import BodyLimit
from lib.api.docs_page import docs_page
from lib.api.errors import add_error_handlers
from lib.api.rate_limit import RateLimit
from lib.api.request_log import RequestLog
from lib.api.routes import ROUTERS
from lib.runtime import Runtime


def create_api(runtime: Callable[[], Runtime]) -> FastAPI:
    """`runtime` returns the process's one runtime; it is first called by a request."""
    api = FastAPI(
        title="Lakechat",
        version="1",
        description="Ask an agent on Databricks; every turn is kept. Errors are `{error, code}`.",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        # No redirect from `/x/` to `/x`: only documented addresses are answered.
        redirect_slashes=False,
        # Once telemetry is on, a span and two figures for each request. FastAPI's logs would quote what was said.
        telemetry={"logs": False, "operation_spans": False, "auto_configure": False},
    )
    api.state.runtime = runtime
    api.state.rate_limit = RateLimit()
    add_error_handlers(api)
    api.add_middleware(BodyLimit)
    api.add_middleware(RequestLog)
    for router in ROUTERS:
        api.include_router(router)

    @api.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(api.openapi()))

    return api
