"""Whether a host is one of an endpoint's."""

import pytest

from lib.db.lakebase_search import is_among, plain

HOST = "ep-quiet-sea-1.database.us-east-1.cloud.databricks.com"
POOLED = HOST.replace("-1.", "-1-pooler.", 1)
READ_ONLY = HOST.replace("-1.", "-1-ro.", 1)


@pytest.mark.parametrize("host", [HOST, HOST.upper(), f"{HOST}.", f" {HOST} ", POOLED, f"{POOLED.upper()}."])
def test_a_host_is_the_same_in_any_case_with_a_dot_at_its_end_and_pooled(host: str) -> None:
    assert is_among(host, [HOST])
    assert is_among(host, [None, READ_ONLY, HOST])


def test_every_host_that_an_endpoint_names_is_its_own() -> None:
    assert all(is_among(host, [HOST, READ_ONLY, POOLED, None]) for host in (HOST, READ_ONLY, POOLED))
    assert is_among(HOST, [f"{HOST.upper()}."])


@pytest.mark.parametrize("host", [HOST.replace("-1.", "-2."), "cloud.databricks.com", "ep-quiet-sea-1", f"x{HOST}", ""])
def test_another_host_is_not(host: str) -> None:
    assert not is_among(host, [HOST, POOLED, READ_ONLY])
    assert not is_among(host, [None, ""])


def test_a_host_is_compared_without_what_makes_no_difference() -> None:
    assert plain(" EP-1.Example.com. ") == "ep-1.example.com"
