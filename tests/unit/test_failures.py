"""What each code of a failure means: every class of SQLSTATE that Postgres has, and the codes that the app adds."""

import re
from pathlib import Path

import pytest

from lib.db.diagnosis import NotReady, diagnose, schema_incomplete
from lib.db.failures import Kind, kind_of
from lib.db.retry import LAKEBASE_COLD_START_RETRY_POLICY
from lib.errors import DatabaseUnavailable

ROOT = Path(__file__).parents[2]
AWAY = (
    "08000 08001 08003 08004 08006 08007 08P01 28000 28P01 3D000 53300 57P01 57P02 57P03 57P04 57P05 25006 "
    "ECONNRESET POOL_CLOSED NO_CREDENTIAL ENDPOINT_NOT_FOUND ENDPOINT_NOT_ALLOWED ENDPOINT_TOO_MANY"
)
OWN = "22000 22001 22003 22007 22012 22021 22023 22P02 22P05 23000 23001 23502 23503 23505 23514 23P01"
NOT_READY = "42501 3F000 42P01 42703 42883 42704 42P10"
BUSY = (
    "53000 53100 53200 53400 54000 54001 54011 54023 55000 55006 55P03 55P04 57000 57014 58000 58030 58P01 "
    "XX000 XX001 XX002 40000 40001 40002 40003 40P01 POOL_TIMEOUT "
    # Unforeseen failures of a statement that would fail the same way every time.
    "01000 02000 03000 09000 0A000 0B000 0F000 0L000 0P000 0Z000 20000 21000 24000 25000 25001 25P02 25P03 26000 27000 "
    "2B000 2D000 2F000 34000 38000 39000 3B000 42000 42601 42803 42804 42P07 42P18 44000 72000 F0000 HV000 P0000 P0001 "
    "99999"
)
CODES = [
    pytest.param(code, kind, id=code)
    for codes, kind in ((AWAY, Kind.AWAY), (OWN, Kind.OWN), (NOT_READY, Kind.NOT_READY), (BUSY, Kind.BUSY))
    for code in codes.split()
]


@pytest.mark.parametrize(("code", "kind"), CODES)
def test_every_failure_code_has_its_kind(code: str, kind: Kind) -> None:
    assert kind_of(code) is kind


def test_a_failure_without_a_code_counts_as_busy() -> None:
    assert kind_of(None) is kind_of("") is Kind.BUSY


def test_every_failure_retried_after_a_cold_start_is_a_lost_connection() -> None:
    assert {kind_of(code) for code in LAKEBASE_COLD_START_RETRY_POLICY.retry_on} == {Kind.AWAY}


@pytest.mark.parametrize(("code", "_kind"), CODES)
def test_every_failure_has_a_message(code: str, _kind: Kind) -> None:
    diagnosis = diagnose(DatabaseUnavailable(failure=code))
    assert (diagnosis.code, diagnosis.sentence[-1]) == (code, ".")
    assert code not in diagnosis.sentence


UNFOUND = ("ENDPOINT_NOT_ALLOWED", "ENDPOINT_NOT_FOUND", "ENDPOINT_TOO_MANY")


@pytest.mark.parametrize("code", UNFOUND)
def test_a_lakebase_that_is_not_found_is_explained_with_what_to_write_where(code: str) -> None:
    sentence = diagnose(DatabaseUnavailable(failure=code)).sentence
    assert all(word in sentence for word in ("PGHOST", "app.yaml", "LAKEBASE_ENDPOINT", "valueFrom: postgres"))


def test_the_document_explains_each_of_them_and_app_yaml_has_the_lines_to_add() -> None:
    document = (ROOT / "docs" / "lakebase.md").read_text()
    assert re.findall(r"^\| `(ENDPOINT_\w+)` \|", document, re.MULTILINE) == list(UNFOUND)
    lines = "- name: LAKEBASE_ENDPOINT\n", "valueFrom: postgres\n"
    assert all(line in text for line in lines for text in (document, (ROOT / "app.yaml").read_text()))


def test_a_missing_object_is_named() -> None:
    diagnosis = diagnose(NotReady(schema_incomplete("42703", "column chats.title does not exist")))
    assert diagnosis.sentence.endswith("of the app: column chats.title does not exist.")
