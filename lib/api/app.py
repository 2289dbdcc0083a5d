"""The REST front door: FastAPI, mounted at /api in the same process as the pages."""

from collections.abc import Callable

from fastapi import FastAPI

from lib.api.errors import answer_errors
from lib.api.routes import routes
from lib.runtime import Runtime


def create_api(runtime: Callable[[], Runtime]) -> FastAPI:
    """`runtime` gives the process's one runtime; nothing is built before the first request."""
    api = FastAPI(
        title="Lakechat",
        description="Ask an agent on Databricks; every turn is kept. Errors are `{error, code}`.",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    api.state.runtime = runtime
    answer_errors(api)
    api.include_router(routes)
    return api
