"""What `make doctor` reads from the bundle, what it finds on this machine, and how it prints that."""

import io
import json
import os
import socket
from pathlib import Path

import pytest

from lib.checks.finding import Finding
from local.bundle.program import Program
from local.bundle.reading import ROOT, minimum_cli_version
from local.doctor import __main__ as doctor
from local.doctor.command_line import NOTHING_KNOWN, command_line, managed
from local.doctor.laptop import OLDEST_PYTHON, browser, port, postgres, python
from local.doctor.lines import WIDTH, Lines
from local.doctor.schema_owner import judged
from local.doctor.wanted import NoTarget, wanted

AGENT = {"serving_endpoint": "my-agent"}


def test_a_target_says_what_it_makes_and_binds() -> None:
    dev = wanted("dev", AGENT, {})
    assert (dev.key, dev.app_name, dev.bound.agents) == ("lakechat", "lakechat-dev", ("my-agent",))
    assert (dev.branch, dev.database_id) == ("projects/lakechat-dev/branches/production", "lakechat")
    assert {"apps", "postgres_projects", "postgres_databases"} <= dev.makes.keys()
    assert wanted("prod", AGENT, {}).app_name == "lakechat"
    assert wanted("ephemeral", AGENT, {}).branch is None


def test_variables_come_from_the_command_then_from_the_environment() -> None:
    environ = {"BUNDLE_VAR_serving_endpoint": "other", "BUNDLE_VAR_app_name": "mine"}
    assert wanted("dev", {}, environ).bound.agents == ("other",)
    named = wanted("dev", AGENT, environ)
    assert (named.bound.agents, named.app_name) == (("my-agent",), "mine")
    own = wanted("dev", {**AGENT, "lakebase_project": "ours", "lakebase_database": "chats"}, {})
    assert (own.branch, own.database_id) == ("projects/ours/branches/production", "chats")


BUNDLE = """
bundle: {name: b, databricks_cli_version: ">= 1.4.0"}
variables:
  endpoint: {description: none}
  small: {default: tiny}
  group: {default: users}
resources:
  apps:
    chat:
      name: b-app
      user_api_scopes: [model-serving, dashboards.genie]
      permissions: [{level: CAN_USE, group_name: "${var.group}"}]
      resources:
        - {name: first, serving_endpoint: {name: "${var.endpoint}", permission: CAN_QUERY}}
        - {name: second, serving_endpoint: {name: "${var.endpoint}-2", permission: CAN_QUERY}}
        - {name: titles, serving_endpoint: {name: "${var.small}", permission: CAN_QUERY}}
        - {name: space, genie_space: {name: Sales, space_id: 01ef, permission: CAN_RUN}}
        - {name: ratings, experiment: {experiment_id: "4711", permission: CAN_EDIT}}
        - {name: files, uc_securable: {securable_full_name: a.b.c, securable_type: VOLUME, permission: WRITE_VOLUME}}
        - name: postgres
          postgres: {branch: projects/p/branches/main, database: projects/p/branches/main/databases/db-1}
      config:
        env:
          - {name: SERVING_ENDPOINT, value: "${var.endpoint},${var.endpoint}-2"}
          - {name: TITLE_ENDPOINT, value_from: titles}
targets:
  dev: {mode: development}
"""


def test_everything_that_an_app_is_bound_to_is_found(tmp_path: Path) -> None:
    (tmp_path / "databricks.yml").write_text(BUNDLE)
    found = wanted("dev", {"endpoint": "agent"}, {}, tmp_path)
    assert (found.app_name, found.key, found.lets_people_in) == ("b-app", "chat", True)
    assert found.scopes == ("model-serving", "dashboards.genie")
    assert found.bound.agents == ("agent", "agent-2") and found.bound.small_model == "tiny"
    assert found.bound.spaces == {"Sales": "01ef"}
    assert (found.bound.experiment, found.bound.volume) == ("4711", "a.b.c")
    assert (found.branch, found.database_id) == ("projects/p/branches/main", "db-1")
    overrides = tmp_path / ".databricks" / "bundle" / "dev" / "variable-overrides.json"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(json.dumps({"endpoint": "mine"}))
    assert wanted("dev", {}, {}, tmp_path).bound.agents == ("mine", "mine-2")
    overrides.write_text("[")
    with pytest.raises(NoTarget, match="cannot be read as JSON"):
        wanted("dev", {}, {}, tmp_path)


def test_what_is_missing_is_one_sentence_with_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NoTarget, match="The variable serving_endpoint has no value") as missing:
        wanted("dev", {}, {})
    assert missing.value.fix == "make doctor AGENT=my-agent"
    with pytest.raises(NoTarget, match="no target 'staging'"):
        wanted("staging", AGENT, {})
    (tmp_path / "databricks.yml").write_text("a: [")
    with pytest.raises(NoTarget, match="is not valid YAML"):
        wanted("dev", AGENT, {}, tmp_path)


def program(folder: Path, script: str, version: str = "1.13.0") -> Program:
    path = folder / "databricks"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return Program(str(path), version, os.environ)


def test_the_version_of_the_cli_is_compared_with_that_of_the_bundle(tmp_path: Path) -> None:
    least = minimum_cli_version()
    assert command_line(None).status == "bad" and command_line(None).fix.startswith("curl ")
    assert command_line(program(tmp_path, "", least)).status == "good"
    assert command_line(program(tmp_path, "", "1.13.0")).status == "good"  # not compared as text
    old = command_line(program(tmp_path, "", "0.299.9"))
    assert old.status == "bad" and least in old.says


@pytest.mark.parametrize("script", ["exit 1", "echo no JSON", "echo []", "echo '{\"resources\": 1}'"])
def test_what_the_cli_cannot_tell_is_not_known(tmp_path: Path, script: str) -> None:
    assert managed(program(tmp_path, script), "dev", ()).has("apps", "lakechat", "lakechat-dev") is None
    assert managed(None, "dev", ()) is NOTHING_KNOWN


def test_the_oldest_python_is_that_of_the_makefile() -> None:
    oldest = ".".join(map(str, OLDEST_PYTHON))
    assert f"needs Python {oldest} or newer" in (ROOT / "Makefile").read_text()
    assert python((*OLDEST_PYTHON, 0)).status == "good"
    too_old = python((3, 10, 14))
    assert (too_old.status, too_old.says) == ("bad", f"It is 3.10.14, and the app needs {oldest} or newer.")


def test_a_port_in_use_has_another_one_to_take() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        found = port(str(number))
        assert (found.status, found.fix) == ("warning", f"make run PORT={number % 65535 + 1}")
    assert port(str(number)).status == "good"
    assert port("eighty").status == port("70000").status == "bad"


def test_postgres_and_the_browser_are_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert postgres({"DATABASE_URL": "postgresql://…"}).status == "good"
    assert postgres({}).status == "good"
    monkeypatch.setenv("LAKECHAT_PG_BIN", str(tmp_path))
    lacking = postgres({})
    assert lacking.status == "warning" and "LAKECHAT_PG_BIN" in lacking.says
    assert browser({"CHROMIUM": "/no/such/browser"}).status == "warning"
    assert browser({"CHROMIUM": "sh"}).status == "good"


def printed(*findings: Finding, encoding: str = "utf-8") -> str:
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    lines = Lines(out)
    for finding in findings:
        lines.finding(finding)
    lines.summary(findings)
    out.seek(0)
    return out.read()


def test_findings_are_lines_with_marks_and_commands() -> None:
    long = "It is there, but " + "so much has to be said of it that a line of a terminal is not enough for all " * 2
    found = printed(
        Finding("A", "good", "It is.", "never shown"),
        Finding("B", "bad", long.strip(), "databricks " + "--very-long-option " * 8 + "\nand another"),
        Finding("C", "warning", "It may."),
        Finding("D", "unknown", "It is not said."),
    )
    lines = found.splitlines()
    assert lines[0] == "  ✓ A. It is." and lines[1].startswith("  ✗ B. It is there, but")
    assert "never shown" not in found
    assert "      databricks " + "--very-long-option " * 8 in lines and "      and another" in lines
    assert all(len(line) <= WIDTH for line in lines if "--very" not in line)
    assert lines[-3:] == ["  ? D. It is not said.", "", "1 does not work, 1 warning, 1 unknown, 1 good"]
    assert "\x1b" not in found


def test_a_terminal_without_the_marks_gets_others() -> None:
    found = printed(Finding("A", "good", "It is “so”."), Finding("B", "bad", "It is not."), encoding="ascii")
    assert found.splitlines()[:2] == ["  + A. It is ?so?.", "  x B. It is not."]


def test_the_schema_must_belong_to_the_app() -> None:
    assert judged(None, "").status == judged(None, "app").status == judged("app", "app").status == "good"
    ours = judged("ann@example.com", "app")
    assert (ours.status, ours.fix) == ("bad", 'REASSIGN OWNED BY "ann@example.com" TO "app";')
    assert judged("old-app", "").status == "bad"


def test_without_cli_and_workspace_the_rest_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("DATABRICKS_HOST", "DATABRICKS_CONFIG_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    found = list(doctor.deployment("dev", AGENT, {"PATH": str(tmp_path)}))
    assert [(each.name, each.status) for each in found] == [("Databricks CLI", "bad"), ("Workspace", "unknown")]
    assert found[1].fix == "databricks auth login --host https://<your workspace>"
    unnamed = list(doctor.deployment("dev", {}, {"PATH": str(tmp_path)}))
    assert unnamed[1].says == "The variable serving_endpoint has no value. So the workspace was not checked."
