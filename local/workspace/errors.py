"""Errors as Databricks' REST API words them."""

from collections.abc import Mapping
from typing import cast
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    413: "BAD_REQUEST",
    429: "REQUEST_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class Finished(Exception):
    """Ends a request with a ready response."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def databricks_error(status: int, message: str) -> Mapping[str, object]:
    """The body of a refusal by one of the services behind Databricks' gateway, which name the request."""
    request = {"@type": "type.googleapis.com/google.rpc.RequestInfo", "request_id": str(uuid4()), "serving_data": ""}
    return {"error_code": CODES.get(status, "INTERNAL_ERROR"), "message": message, "details": [request]}


class ApiError(Finished):
    """Ends a request with a status and `{"error_code", "message"}`."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        body = {"error_code": code or CODES.get(status, "INTERNAL_ERROR"), "message": message}
        super().__init__(JSONResponse(body, status))
        self.status = status
        self.message = message


class OpenAIError(Finished):
    """Ends a request with an error in the form of OpenAI's API."""

    def __init__(self, status: int, message: str) -> None:
        kind = "authentication_error" if status == 401 else "invalid_request_error"
        error: Mapping[str, object] = {"message": message, "type": kind, "param": None, "code": None}
        super().__init__(JSONResponse({"error": error}, status))


async def answer_finished(_: Request, finished: Exception) -> Response:
    return cast(Finished, finished).response


async def answer_unknown_path(request: Request, _: Exception) -> Response:
    body = {"error_code": "ENDPOINT_NOT_FOUND", "message": f"No API found for '{request.method} {request.url.path}'"}
    return JSONResponse(body, 404)
