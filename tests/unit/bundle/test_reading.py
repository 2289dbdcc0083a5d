"""The bundle's files are read and joined by the CLI's rules."""

from pathlib import Path

import pytest

from local.bundle.merging import joined, merged
from local.bundle.reading import BadYaml, bundle, files, parsed, rooted

BUNDLE = {
    "variables": {"size": {"description": "x", "default": 1}, "name": {"default": "a"}},
    "sync": {"exclude": ["a"]},
    "resources": {"apps": {"one": {"resources": [{"name": "r", "app": {"name": "x"}}, {"name": "s"}], "text": "a"}}},
    "targets": {
        "t": {
            "mode": "production",
            "variables": {"name": "b"},
            "sync": {"exclude": ["b"]},
            "resources": {"apps": {"one": {"resources": [{"name": "r", "job": {}}, {"name": "u"}], "text": "b"}}},
        },
        "nothing": None,
    },
}


def test_maps_are_joined_lists_appended_and_anything_else_replaced() -> None:
    assert joined({"a": {"b": 1, "c": [1]}, "d": 1}, {"a": {"c": [2]}, "d": 2}) == {"a": {"b": 1, "c": [1, 2]}, "d": 2}
    assert joined({"a": 1}, {"a": None}) == {"a": 1}


def test_a_target_is_joined_into_the_rest() -> None:
    whole = merged(BUNDLE, "t")
    assert whole["sync"] == {"exclude": ["a", "b"]}
    assert whole["bundle"] == {"mode": "production"}
    assert whole["variables"] == {"size": {"description": "x", "default": 1}, "name": {"default": "b"}}
    assert "targets" not in whole


def test_of_two_resources_of_an_app_the_last_one_counts_as_a_whole() -> None:
    app = merged(BUNDLE, "t")["resources"]["apps"]["one"]
    assert app["resources"] == [{"name": "r", "job": {}}, {"name": "s"}, {"name": "u"}]
    assert app["text"] == "b"
    assert merged(BUNDLE, "nothing")["resources"] == BUNDLE["resources"]


def test_joining_leaves_the_files_as_they_are() -> None:
    before = str(BUNDLE)
    merged(BUNDLE, "t")["resources"]["apps"]["one"]["resources"].clear()
    assert str(BUNDLE) == before


def test_patterns_of_an_included_file_count_from_its_own_folder() -> None:
    content = {"sync": {"exclude": ["x/**"]}, "targets": {"t": {"sync": {"exclude": ["../app.yaml"]}}, "u": None}}
    assert rooted(content, "targets/dev.yml") == {
        "sync": {"exclude": ["targets/x/**"]},
        "targets": {"t": {"sync": {"exclude": ["app.yaml"]}}, "u": None},
    }


def test_included_files_are_read_once_and_in_order(tmp_path: Path) -> None:
    (tmp_path / "targets").mkdir()
    (tmp_path / "databricks.yml").write_text("include: ['targets/b.yml', 'targets/*.yml']\nbundle: {name: x}\n")
    for name in ("c", "a", "b"):
        (tmp_path / "targets" / f"{name}.yml").write_text(f"targets: {{{name}: {{}}}}\n")
    assert [path.name for path in files(tmp_path)] == ["databricks.yml", "b.yml", "a.yml", "c.yml"]
    assert list(bundle(tmp_path)["targets"]) == ["b", "a", "c"]


def test_a_file_that_is_included_but_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "databricks.yml").write_text("include: ['targets/*.yml', 'more.yml']\n")
    with pytest.raises(BadYaml, match=r"databricks\.yml includes more\.yml, which does not exist"):
        files(tmp_path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\nb: 2\na: 3\n", "x.yml is not valid YAML: line 3 has the key 'a' for the second time."),
        ("- 1\n", "x.yml must be a mapping of keys to values."),
        ("", "x.yml must be a mapping of keys to values."),
    ],
)
def test_a_file_that_cannot_be_read_is_named(text: str, sentence: str) -> None:
    with pytest.raises(BadYaml) as refused:
        parsed(text, "x.yml")
    assert str(refused.value) == sentence


def test_a_bundle_without_its_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadYaml, match=r"databricks\.yml cannot be read: FileNotFoundError"):
        bundle(tmp_path)
