"""The audit against a server that speaks as OSV's does: what fails, what is only told, and what nobody could check."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from local import check
from local.supply import accepted
from local.supply.audit import FAILED, NONE_KNOWN, NOT_CHECKED, Verdict, audit

TODAY = date(2026, 11, 29)
DEPLOYED, TOOL = "streamlit", "pytest"


class Osv(ThreadingHTTPServer):
    """Knows `vulnerabilities` by package, and gives them out in pages of `page` when that is set."""

    daemon_threads = True

    def __init__(self, *entries: dict[str, Any], page: int | None = None, broken: bytes | int | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.entries, self.page, self.broken = entries, page, broken
        self.is_silent, self.describes = Event(), True
        self.may_answer = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def batch(self, queries: list[dict[str, Any]]) -> dict[str, Any]:
        return {"results": [self.result(query) for query in queries]}

    def result(self, query: dict[str, Any]) -> dict[str, Any]:
        assert query["package"]["ecosystem"] == "PyPI"
        assert query["version"]
        mine = [
            {"id": entry["id"], "modified": "2026-11-01T00:00:00Z"}
            for entry in self.entries
            if entry["affected"][0]["package"]["name"].lower() == query["package"]["name"]
        ]
        start = int(query.get("page_token", 0))
        end = start + (self.page or len(mine))
        answer: dict[str, Any] = {"vulns": mine[start:end]} if mine else {}
        return answer | ({"next_page_token": str(end)} if end < len(mine) else {})


class _Handler(BaseHTTPRequestHandler):
    server: Osv

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.is_silent.is_set():
            self.server.may_answer.wait(10)
        elif self.path == "/v1/querybatch":
            self.answer(self.server.batch(body["queries"]))

    def do_GET(self) -> None:
        found = [entry for entry in self.server.entries if self.path == f"/v1/vulns/{entry['id']}"]
        self.answer(found[0]) if found and self.server.describes else self.send_error(404)

    def answer(self, content: dict[str, Any]) -> None:
        broken = self.server.broken
        if isinstance(broken, int):
            self.send_error(broken)
            return
        body = broken or json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


def entry(package: str, id_: str = "GHSA-aaaa-bbbb-cccc", *aliases: str, **more: Any) -> dict[str, Any]:
    """As OSV has them, without what the audit does not read."""
    events = [{"introduced": "0"}, {"fixed": "99.1"}]
    affected = {
        "package": {"name": package, "ecosystem": "PyPI", "purl": f"pkg:pypi/{package}"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}, {"type": "GIT", "events": [{"fixed": "abc"}]}],
    }
    return {"id": id_, "aliases": list(aliases), "summary": "Reads too much.", "affected": [affected], **more}


@contextmanager
def running(server: Osv) -> Iterator[Osv]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.may_answer.set()
        server.shutdown()
        thread.join()
        server.server_close()


def verdict_on(*entries: dict[str, Any], exceptions: Path = accepted.FILE, **server: Any) -> Verdict:
    with running(Osv(*entries, **server)) as osv:
        return audit(osv.url, exceptions, TODAY)


def accepting(folder: Path, until: str, id_: str = "CVE-2026-1", package: str = DEPLOYED) -> Path:
    path = folder / "audit.toml"
    path.write_text(f'[[accepted]]\nid = "{id_}"\npackage = "{package}"\nreason = "Not used."\nuntil = {until}\n')
    return path


def test_nothing_known_is_good_and_says_how_much_was_asked() -> None:
    verdict = verdict_on()
    assert verdict.code == NONE_KNOWN
    assert "deployed packages" in verdict.says
    assert verdict.says.endswith(": 0, accepted: 0.")


def test_a_vulnerability_in_what_is_deployed_fails_with_its_names_and_its_fix() -> None:
    verdict = verdict_on(entry("Streamlit", "GHSA-aaaa-bbbb-cccc", "CVE-2026-1"))
    assert verdict.code == FAILED
    (line, _) = verdict.says.splitlines()
    assert line.startswith("VULNERABLE, deployed: streamlit ")
    assert line.endswith(": CVE-2026-1, GHSA-aaaa-bbbb-cccc: Reads too much. Fixed in 99.1.")


def test_one_that_two_databases_have_is_one() -> None:
    verdict = verdict_on(entry(DEPLOYED, "GHSA-1", "CVE-2026-1"), entry(DEPLOYED, "PYSEC-1", "CVE-2026-1"))
    assert verdict.says.endswith(": 1, accepted: 0.")


def test_one_in_a_tool_is_told_and_does_not_fail() -> None:
    verdict = verdict_on(entry(TOOL))
    assert verdict.code == NONE_KNOWN
    assert verdict.says.startswith("On laptops and in tests only: pytest ")


def test_a_withdrawn_one_does_not_count() -> None:
    assert verdict_on(entry(DEPLOYED, withdrawn="2026-11-02T00:00:00Z")).code == NONE_KNOWN


def test_one_without_a_description_counts() -> None:
    server = Osv(entry(DEPLOYED))
    server.describes = False
    with running(server) as osv:
        assert audit(osv.url, today=TODAY).code == FAILED


def test_the_second_page_counts() -> None:
    entries = [entry(DEPLOYED, f"GHSA-{number}") for number in range(5)]
    assert verdict_on(*entries, page=2).says.endswith(": 5, accepted: 0.")


def test_an_accepted_one_does_not_fail_until_its_day_is_over(tmp_path: Path) -> None:
    known = entry(DEPLOYED, "GHSA-1", "CVE-2026-1")
    assert verdict_on(known, exceptions=accepting(tmp_path, "2026-11-29")).code == NONE_KNOWN
    late = verdict_on(known, exceptions=accepting(tmp_path, "2026-11-28"))
    assert late.code == FAILED
    assert "CVE-2026-1 (streamlit) was accepted until 2026-11-28." in late.says


@pytest.mark.parametrize(("id_", "package"), [("CVE-2026-2", DEPLOYED), ("CVE-2026-1", "pandas")])
def test_another_one_is_not_accepted_with_it(tmp_path: Path, id_: str, package: str) -> None:
    path = accepting(tmp_path, "2027-01-01", id_, package)
    verdict = verdict_on(entry(DEPLOYED, "GHSA-1", "CVE-2026-1"), exceptions=path)
    assert verdict.code == FAILED
    assert "not found any more: remove it" in verdict.says


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (503, "answered 503"),
        (404, "answered 404"),
        (b"<html>Sign in to the network</html>", "is not OSV's"),
        (b'{"results": []}', "is not OSV's"),
        (b'{"results": null}', "is not OSV's"),
        (b"[]", "is not OSV's"),
    ],
)
def test_an_answer_that_is_none_is_no_good_news(broken: bytes | int, says: str) -> None:
    verdict = verdict_on(broken=broken)
    assert verdict.code == NOT_CHECKED
    assert says in verdict.says


def test_nobody_there_is_not_checked_and_lets_the_tests_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    assert check._audit(url) == 0
    assert "NOT CHECKED" in capsys.readouterr().out


def test_a_silent_database_is_not_waited_for() -> None:
    server = Osv()
    server.is_silent.set()
    with running(server) as osv:
        verdict = audit(osv.url, today=TODAY, max_seconds=0.2)
    assert verdict.code == NOT_CHECKED
    assert "no answer" in verdict.says


def test_a_vulnerability_ends_the_checks(capsys: pytest.CaptureFixture[str]) -> None:
    with running(Osv(entry(DEPLOYED))) as osv:
        assert check._audit(osv.url) == FAILED
    assert "FAILED\nVULNERABLE" in capsys.readouterr().out


def test_the_list_of_accepted_ones_can_be_read() -> None:
    assert all(each.reason for each in accepted.read())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[accepted]", "line 1"),
        ('[accepted]\nid = "x"', "two brackets"),
        ('[[ignored]]\nid = "x"', "ignored"),
        ('[[accepted]]\nid = "x"', "entry 1: it needs id, package, reason, until"),
        ('[[accepted]]\nid = "x"\npackage = "y"\nreason = ""\nuntil = 2027-01-01', "reason must be a text"),
        ('[[accepted]]\nid = "x"\npackage = "y"\nreason = "z"\nuntil = "2027"', "until must be a date"),
        ('[[accepted]]\nid = "x"\npackage = "y"\nreason = "z"\nuntil = 2027-01-01T10:00:00', "until must be a date"),
    ],
)
def test_a_list_that_is_wrong_fails_and_says_where(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "audit.toml"
    path.write_text(text)
    verdict = verdict_on(exceptions=path)
    assert verdict.code == FAILED
    assert says in verdict.says
