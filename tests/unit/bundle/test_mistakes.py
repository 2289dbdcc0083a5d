"""Each mistake that one makes in a bundle is found offline, and named by a sentence that says where and what to do."""

from pathlib import Path

import pytest

from local.bundle.validate import problems, report

DEV = "targets/dev.yml"
APP = "resources.apps.lakechat"
PROJECT = "resources.postgres_projects.chats_project"
ENV = "              - name: LAKEBASE_ENDPOINT\n                value_from: postgres\n"
ENDPOINT = "                name: ${var.serving_endpoint}\n"

# The file, what stands in it, what is written instead, and what is then said, of the target dev unless a file is named.
MISTAKES = {
    "a misspelt key of the app": (
        "databricks.yml",
        "source_code_path: ./",
        "source_code_path: ./\n      descripton: x",
        f"{APP} is not an app as Databricks defines it: ",
    ),
    "a misspelt key of the project": (
        DEV,
        "pg_version: 17",
        "pg_verison: 17",
        f"{PROJECT} has a key 'pg_verison' that the bundle does not know; write pg_version.",
    ),
    "a misspelt key at the top": (
        "databricks.yml",
        "\nvariables:\n",
        "\nvariabels: {}\nvariables:\n",
        "databricks.yml: There is a key 'variabels' that the bundle does not know; write variables.",
    ),
    "a misspelt key of a target": (
        "databricks.yml",
        "    default: true\n",
        "    default: true\n    resuorces: {}\n",
        "databricks.yml: targets.dev has a key 'resuorces' that the bundle does not know; write resources.",
    ),
    "a kind of resources that does not exist": (
        DEV,
        "postgres_roles:",
        "postgres_rolls:",
        f"{DEV}: targets.dev.resources.postgres_rolls is a kind that cannot be checked here",
    ),
    "valueFrom as in app.yaml": (
        DEV,
        "value_from: postgres",
        "valueFrom: postgres",
        f"{APP}.config.env has the key 'valueFrom' for LAKEBASE_ENDPOINT; this file spells it value_from.",
    ),
    "value_from as in the bundle": (
        "app.yaml",
        "    valueFrom: serving-endpoint\n",
        "    value_from: serving-endpoint\n",
        "app.yaml: env has the key 'value_from' for SERVING_ENDPOINT; this file spells it valueFrom.",
    ),
    "no name in the target": (
        DEV,
        "          name: ${var.app_name}\n",
        "",
        f"{DEV}: targets.dev.resources.apps.lakechat lacks name; add name: ${{var.app_name}}.",
    ),
    "a setting that the app does not know": (
        DEV,
        "- name: LAKEBASE_ENDPOINT",
        "- name: LAKEBASE_ENPDOINT",
        f"{APP}.config.env sets LAKEBASE_ENPDOINT, which is no setting of the app; did you mean LAKEBASE_ENDPOINT?",
    ),
    "a name that is too long": (
        "databricks.yml",
        "app_name: lakechat-dev",
        "app_name: lakechat-of-the-whole-sales-team",
        f"{APP}.name must be 1 to 30 characters of a-z, 0-9 and -, not 'lakechat-of-the-whole-sales-team'.",
    ),
    "a name with capitals": (
        "databricks.yml",
        "app_name: lakechat-dev",
        "app_name: Lakechat_dev",
        f"{APP}.name must be 1 to 30 characters of a-z, 0-9 and -, not 'Lakechat_dev'.",
    ),
    "a value from nothing": (
        DEV,
        "value_from: postgres",
        "value_from: lakebase",
        f"{APP}.config.env takes LAKEBASE_ENDPOINT from 'lakebase', but no resource has that name; "
        "bind it, or name one of serving-endpoint, postgres.",
    ),
    "a permission that does not exist": (
        DEV,
        "permission: CAN_QUERY",
        "permission: CAN_ASK",
        f"{APP} is not an app as Databricks defines it: ",
    ),
    "no permission": (
        DEV,
        "                permission: CAN_CONNECT_AND_CREATE\n",
        "",
        f"{APP}.resources[1].postgres lacks permission; without it the app is allowed nothing.",
    ),
    "an experiment that is a number": (
        DEV,
        "          config:\n",
        "            - name: experiment\n              experiment:\n                experiment_id: 123456\n"
        "                permission: CAN_EDIT\n          config:\n",
        f"{APP}.resources[2].experiment.experiment_id must be a text; put 123456 in quotes.",
    ),
    "two bindings in one resource": (
        DEV,
        "              serving_endpoint:\n",
        "              app: {name: another, permission: CAN_USE}\n              serving_endpoint:\n",
        f"{APP}.resources[0] must bind exactly one thing, not app, serving_endpoint.",
    ),
    "an import that is not pinned": (
        "app.py",
        "import streamlit",
        "import streamlit, yaml",
        "app.py imports yaml, which no package in requirements.txt brings; "
        "add it to requirements.in, then `make lock`.",
    ),
    "a pin that is none": (
        "requirements.txt",
        "streamlit==",
        "streamlit>=",
        "requirements.txt does not pin streamlit; write its version into requirements.in, then `make lock`.",
    ),
    "a variable that is not declared": (
        DEV,
        ENDPOINT,
        ENDPOINT.replace("serving", "agent"),
        f"{APP}.resources[0].serving_endpoint.name refers to ${{var.agent_endpoint}}, which nothing declares; "
        "declare it or correct the name.",
    ),
    "a resource that is not declared": (
        DEV,
        "database: ${resources.postgres_databases.chats.id}",
        "database: ${resources.postgres_databases.lakechat.id}",
        f"{APP}.resources[1].postgres.database refers to ${{resources.postgres_databases.lakechat.id}}, "
        "which nothing declares; declare it or correct the name.",
    ),
    "lifecycle.started on a project": (
        DEV,
        "            prevent_destroy: true\n",
        "            prevent_destroy: true\n            started: true\n",
        f"{PROJECT}.lifecycle has a key 'started' that the bundle does not know; possible are prevent_destroy.",
    ),
    "a database that may be destroyed": (
        DEV,
        "            prevent_destroy: true\n      apps:",
        "            prevent_destroy: false\n      apps:",
        "resources.postgres_databases.chats holds everybody's chats; add lifecycle: prevent_destroy: true.",
    ),
    "no source path": (
        "databricks.yml",
        "      source_code_path: ./\n",
        "",
        f"{APP} lacks source_code_path; add source_code_path: ./",
    ),
    "a source path that leads nowhere": (
        "databricks.yml",
        "source_code_path: ./",
        "source_code_path: ./src",
        f"{APP}.source_code_path is './src', where there is no app.py; name the folder that has it.",
    ),
    "a setting twice": (
        DEV,
        ENV,
        ENV + ENV,
        f"{APP}.config.env sets LAKEBASE_ENDPOINT 2 times; keep one.",
    ),
    "a setting without a value": (
        DEV,
        "                value_from: postgres\n",
        "",
        f"{APP}.config.env must give LAKEBASE_ENDPOINT either value or value_from.",
    ),
    "a database without its setting": (
        DEV,
        ENV,
        "",
        f"{APP} binds a database but sets no LAKEBASE_ENDPOINT; add it with value_from: postgres.",
    ),
    "suspended too early": (
        "databricks.yml",
        "default: 3600s",
        "default: 30s",
        f"{PROJECT}.default_endpoint_settings.suspend_timeout_duration must be seconds from 60s to 604800s, "
        "such as 3600s, not '30s'.",
    ),
    "suspended and never suspended": (
        DEV,
        "            suspend_timeout_duration:",
        "            no_suspension: true\n            suspend_timeout_duration:",
        f"{PROJECT} must have either suspend_timeout_duration or no_suspension: true.",
    ),
    "a database that grows too much": (
        "databricks.yml",
        "default: 2\n",
        "default: 32\n",
        f"{PROJECT} may grow from 0.5 to 32 compute units; the difference must be 0 to 16.",
    ),
    "an id that is too short": (
        DEV,
        "role_id: lakechat-owner",
        "role_id: own",
        "resources.postgres_roles.chats_owner.role_id must be 4 to 63 characters of a-z, 0-9 and -, not 'own'.",
    ),
    "a machine that does not exist": (
        "databricks.yml",
        "default: MEDIUM",
        "default: SMALL",
        f"{APP}.compute_size must be MEDIUM or LARGE, not 'SMALL'.",
    ),
    "a variable without a description": (
        "databricks.yml",
        "    description: Name of the agent's serving endpoint. No default, because no guess could be right.\n",
        "    type: string\n",
        "variables.serving_endpoint has no description; say what it is for.",
    ),
    "a variable that is used but empty": (
        "databricks.yml",
        "default: lakechat\n",
        'default: ""\n',
        "The variable lakebase_database is used but empty; give it a value, for example with --var lakebase_database=…",
    ),
    "another command": (
        DEV,
        "          config:\n",
        "          config:\n            command: [python, app.py]\n",
        f"{APP}.config.command must be ['streamlit', 'run', 'app.py']: "
        "anything else ignores the platform's presets for Streamlit.",
    ),
    "permissions that lock the app out": (
        DEV,
        "          pg_version: 17\n",
        "          pg_version: 17\n          permissions: [{level: CAN_USE, group_name: users}]\n",
        f"{PROJECT}.permissions lacks the app's service principal; the second deployment would lock the app out.",
    ),
    "a key twice": (
        DEV,
        "          pg_version: 17\n",
        "          pg_version: 17\n          pg_version: 16\n",
        f"{DEV} is not valid YAML: line 12 has the key 'pg_version' for the second time.",
    ),
    "a version of the CLI that is none": (
        "databricks.yml",
        '">= 1.4.0"',
        '"1.4"',
        "databricks.yml: bundle.databricks_cli_version must be a least version such as >= 1.4.0, not '1.4'.",
    ),
    "a setting of app.yaml that the bundle forgets": (
        "app.yaml",
        "env:\n",
        "env:\n  - name: LOG_LEVEL\n    value: DEBUG\n",
        f"{APP}.config.env lacks LOG_LEVEL, which app.yaml sets; say it in both, or in neither.",
    ),
}


def test_without_a_mistake_nothing_is_said(clone: Path) -> None:
    done = report(root=clone, environ={"PATH": ""})
    assert done.problems == ()
    assert done.checked == (
        "Checked offline only, by rules of our own; the Databricks CLI was not asked, "
        "because there is no databricks program on PATH."
    )


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_has_its_sentence(mistake: str, clone: Path) -> None:
    name, right, wrong, sentence = MISTAKES[mistake]
    file = clone / name
    at = file.read_text().rindex(right) if mistake == "a variable that is used but empty" else 0
    file.write_text(file.read_text()[:at] + file.read_text()[at:].replace(right, wrong, 1))
    said = problems(["dev"], root=clone, environ={"PATH": ""})
    assert any(each.removeprefix("Target dev: ").startswith(sentence) for each in said), said


def test_a_target_that_does_not_exist_is_a_problem(clone: Path) -> None:
    assert problems(["staging"], root=clone, environ={"PATH": ""}) == [
        "databricks.yml has no target 'staging'; it has dev, prod, ephemeral."
    ]


def test_a_production_target_needs_one_place(clone: Path) -> None:
    file = clone / "databricks.yml"
    file.write_text(file.read_text().replace("/${bundle.target}", ""))
    (said,) = problems(["prod"], root=clone, environ={"PATH": ""})
    assert said.startswith("Target prod: The target is for production but has no workspace.root_path")


def test_values_that_the_deployment_gives_are_looked_at(clone: Path) -> None:
    (said,) = problems(["dev"], {"app_name": "No"}, clone, {"PATH": ""})
    assert f"{APP}.name" in said
    (said,) = problems(["dev"], root=clone, environ={"PATH": "", "BUNDLE_VAR_lakebase_suspend_after": "1s"})
    assert "suspend_timeout_duration" in said
