"""Options are chosen by name, remembered in the target's file, and never overwrite what somebody wrote there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.bundle.catalogue import OPTIONS
from local.bundle.choice import BadChoice
from local.bundle.options import main, prepare, rendered
from local.bundle.reading import ROOT, declared_variables, minimum_cli_version, targets
from local.bundle.remembered import remembered
from tests.unit.bundle.values import USUAL, VALUES, needed


def target_of(text: str, target: str = "dev") -> dict[str, Any]:
    return dict(yaml.safe_load(text)["targets"][target])


def app_of(text: str) -> dict[str, Any]:
    return dict(target_of(text)["resources"]["apps"]["lakechat"])


def env_of(text: str) -> dict[str, str]:
    return {entry["name"]: entry.get("value") or entry["value_from"] for entry in app_of(text)["config"]["env"]}


def bound(text: str) -> list[str]:
    return [resource["name"] for resource in app_of(text)["resources"]]


@pytest.mark.parametrize("target", USUAL)
def test_the_checked_in_files_are_what_the_options_write(target: str) -> None:
    assert not remembered(ROOT, target).by_hand
    assert list(USUAL) == targets()


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_uses_declared_variables(option: str) -> None:
    used = {*OPTIONS[option].needs, *OPTIONS[option].takes, *OPTIONS[option].sets}
    assert used <= set(declared_variables())
    text = rendered("dev", [option], needed(option))
    assert [name for name in used if f"${{var.{name}}}" not in text] == []


@pytest.mark.parametrize("option", [option for option in OPTIONS.values() if option.needs], ids=lambda each: each.name)
def test_an_option_names_the_value_that_it_lacks(option: Any) -> None:
    with pytest.raises(BadChoice, match=f"The option {option.name} needs a value for {option.needs[0]}: SET="):
        rendered("dev", [option.name], {})


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["tittles"], r"There is no option 'tittles'\. Did you mean 'titles'\? The options are titles, "),
        (["titles,feedback"], r"Options are separated by blanks\."),
        (["bob@example.com"], r"There is no option 'bob@example\.com'\. The options .*BUNDLE_VAR_name="),
        (["first-database", "ephemeral"], "Choose one of the options first-database and ephemeral"),
        (["genie-alone", "app-agent"], "Choose one of the options genie-alone and app-agent"),
        (["genie", "genie-alone"], "Choose genie or genie-alone, not both"),
        (["always-on", "ephemeral"], "Leave out always-on with ephemeral"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: list[str], sentence: str) -> None:
    with pytest.raises(BadChoice, match=sentence):
        rendered("dev", options, VALUES | {"serving_endpoint": "my-agent"})


def test_several_endpoints_are_several_agents() -> None:
    text = rendered("dev", [], {"serving_endpoint": "sales, help-desk\ncosts"})
    assert bound(text)[:3] == ["serving-endpoint", "serving-endpoint-2", "serving-endpoint-3"]
    assert env_of(text)["SERVING_ENDPOINT"] == "${var.serving_endpoint},help-desk,costs"
    assert target_of(text)["variables"]["serving_endpoint"] == "sales"
    with pytest.raises(BadChoice, match="Name no serving endpoints with app-agent"):
        rendered("dev", ["app-agent"], VALUES | {"serving_endpoint": "a,b"})


@pytest.mark.parametrize(("option", "setting"), [("app-agent", "AGENT_URL"), ("genie-alone", "GENIE_SPACES")])
def test_without_a_serving_endpoint_nothing_that_is_uploaded_asks_for_one(option: str, setting: str) -> None:
    text = rendered("dev", [option], needed(option))
    assert "serving-endpoint" not in bound(text)
    assert set(env_of(text)) == {setting, "LAKEBASE_ENDPOINT"}
    assert target_of(text)["sync"] == {"exclude": ["../app.yaml"]}
    assert app_of(text)["config"]["command"] == yaml.safe_load((ROOT / "app.yaml").read_text())["command"]


def test_asking_as_the_person_also_forbids_asking_as_the_app() -> None:
    text = rendered("dev", ["on-behalf", "genie"], needed("genie"))
    assert app_of(text)["user_api_scopes"] == ["${var.user_scope}", "dashboards.genie"]
    assert env_of(text)["AGENT_AUTH"] == "user"
    alone = rendered("dev", ["on-behalf", "genie-alone"], needed("genie-alone"))
    assert app_of(alone)["user_api_scopes"] == ["dashboards.genie"]


def test_the_database_suspends_or_never_does() -> None:
    def suspension(text: str) -> Mapping[str, Any]:
        settings = target_of(text)["resources"]["postgres_projects"]["chats_project"]["default_endpoint_settings"]
        return {key: value for key, value in settings.items() if "cu" not in key.split("_")}

    assert suspension(rendered("dev", [], {})) == {"suspend_timeout_duration": "${var.lakebase_suspend_after}"}
    assert suspension(rendered("dev", ["always-on"], {})) == {"no_suspension": True}


def test_who_deployed_before_keeps_the_project_and_its_database() -> None:
    text = rendered("dev", ["first-database"], {})
    resources = target_of(text)["resources"]
    # Under another key the CLI would delete the project that it made, with all chats.
    assert set(resources["postgres_projects"]) == {"lakechat"}
    assert set(resources) == {"postgres_projects", "apps"}
    branch = "${resources.postgres_projects.lakechat.id}/branches/production"
    postgres = next(resource["postgres"] for resource in app_of(text)["resources"] if resource["name"] == "postgres")
    assert (postgres["branch"], postgres["database"]) == (branch, f"{branch}/databases/${{var.lakebase_database}}")


def test_a_choice_is_remembered_until_it_is_changed(clone: Path) -> None:
    first = prepare("dev", ["feedback", "titles"], {"experiment_id": "123", "serving_endpoint": "a,b"}, clone)
    assert first.written
    assert first.options == ("titles", "feedback")
    again = prepare("dev", None, {}, clone)
    assert (again.written, again.options, again.variables["experiment_id"]) == (False, ("titles", "feedback"), "123")
    assert "${var.serving_endpoint},b" in again.file.read_text()
    other = prepare("dev", None, {"experiment_id": "456"}, clone)
    assert (other.written, other.variables["experiment_id"], other.options) == (True, "456", first.options)
    none = prepare("dev", [], {"experiment_id": "", "serving_endpoint": ""}, clone)
    assert none.file.read_text() == rendered("dev", [], {})


def test_what_an_option_sets_by_itself_goes_with_it(clone: Path) -> None:
    prepare("dev", ["first-database"], {}, clone)
    assert "lakebase_database: databricks-postgres" in (clone / "targets" / "dev.yml").read_text()
    prepare("dev", ["genie-alone"], needed("genie-alone"), clone)
    assert "databricks-postgres" not in (clone / "targets" / "dev.yml").read_text()
    prepare("dev", [], {"genie_space_id": ""}, clone)
    assert (clone / "targets" / "dev.yml").read_text() == rendered("dev", [], {})


def test_a_file_that_was_changed_by_hand_is_left_alone(clone: Path) -> None:
    file = prepare("dev", ["everyone"], {}, clone).file
    file.write_text(file.read_text().replace("${var.users_group}", "analysts"))
    assert not prepare("dev", None, {}, clone).written
    assert not prepare("dev", ["everyone"], {}, clone).written
    with pytest.raises(BadChoice, match=r"targets/dev\.yml was changed by hand"):
        prepare("dev", ["titles"], {}, clone)
    with pytest.raises(BadChoice, match=r"targets/dev\.yml was changed by hand"):
        prepare("dev", None, {"serving_endpoint": "another"}, clone)
    assert "analysts" in file.read_text()


def test_giving_up_the_database_that_was_made_is_said(clone: Path) -> None:
    assert prepare("dev", ["titles"], {}, clone).notes == ()
    (note,) = prepare("dev", ["ephemeral"], {}, clone).notes
    assert "would delete that database with all chats" in note


@pytest.mark.parametrize("chosen", [[], ["titles"], ["ephemeral", "titles"]])
def test_no_choice_gives_the_target_without_a_database_one(clone: Path, chosen: list[str]) -> None:
    done = prepare("ephemeral", chosen, {}, clone)
    assert set(done.options) == {*chosen, "ephemeral"}
    assert "postgres" not in bound(done.file.read_text().replace("  ephemeral:", "  dev:"))
    with pytest.raises(BadChoice, match="Leave out always-on with ephemeral"):
        prepare("ephemeral", ["always-on"], {}, clone)


@pytest.mark.parametrize(
    ("target", "variables", "sentence"),
    [
        ("staging", {}, "databricks.yml has no target 'staging'; it has dev, prod, ephemeral."),
        ("dev", {"experiment": "1"}, "databricks.yml declares no variable 'experiment'. Did you mean 'experiment_id'?"),
    ],
)
def test_unknown_targets_and_variables_are_named(
    clone: Path, target: str, variables: dict[str, str], sentence: str
) -> None:
    with pytest.raises(BadChoice) as refused:
        prepare(target, [], variables, clone)
    assert str(refused.value) == sentence


def test_a_file_that_is_no_yaml_is_named(clone: Path) -> None:
    (clone / "targets" / "dev.yml").write_text("targets: [")
    with pytest.raises(ValueError, match=r"targets/dev\.yml is not valid YAML"):
        prepare("dev", [], {}, clone)


def test_the_command_lists_the_options_and_says_what_is_wrong(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"], clone) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(OPTIONS)
    assert main(["dev", "feedback"], clone) == 1
    assert "needs a value for experiment_id" in capsys.readouterr().err
    assert main(["dev"], clone) == 0
    assert "There are these options:\ntitles " in capsys.readouterr().out
    assert main(["dev", "titles"], clone) == 0
    assert capsys.readouterr().out.endswith("Next: make deploy TARGET=dev\n")
    assert main(["dev", "--none"], clone) == 0
    assert main(["dev", "--none", "user_scope="], clone) == 0
    assert "targets/dev.yml stays as it is: no options." in capsys.readouterr().out


def test_the_oldest_cli_is_a_version() -> None:
    assert [int(part) for part in minimum_cli_version().split(".")] >= [1, 4, 0]
