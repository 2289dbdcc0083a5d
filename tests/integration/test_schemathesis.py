"""Requests generated from the API's OpenAPI description, valid or not: each response is one that it describes."""

from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from lib.api.app import create_api
from lib.runtime import Runtime
from tests.conftest import ANN
from tests.integration.rest_client import Client, chat_of, messages_of

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 12


def no_runtime() -> Runtime:
    raise AssertionError("the description needs none")


DESCRIBED: dict[str, Any] = create_api(no_runtime).openapi()
SCHEMA = schemathesis.openapi.from_dict(DESCRIBED)
OPERATIONS = [(path, method) for path, methods in DESCRIBED["paths"].items() for method in methods]


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=[f"{method} {path}" for path, method in OPERATIONS])
def test_every_response_conforms_to_the_openapi_description(
    path: str, method: str, url: str, ann: Client, runtime: Runtime
) -> None:
    runtime.settings = replace(runtime.settings, requests_per_minute=1_000_000)
    chat_id = chat_of(ann.ask())
    answer_id = messages_of(ann, chat_id)[-1]["id"]
    operation = SCHEMA[path][method.upper()]
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]

    @seed(7351)
    @settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
    @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes)), real=st.booleans())
    def answers(case: schemathesis.Case, real: bool) -> None:
        if real and "chat_id" in (case.path_parameters or {}):
            case.path_parameters["chat_id"] = chat_id
        if real and isinstance(case.body, dict) and "messageId" in case.body:
            case.body["messageId"] = answer_id
        response = case.call(base_url=url, headers={"x-forwarded-email": ANN.id})
        case.validate_response(response, checks=CHECKS)

    answers()
