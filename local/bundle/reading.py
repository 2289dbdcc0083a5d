"""Reads the bundle's files as the CLI does: databricks.yml, then what it includes, joined."""

import posixpath
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import yaml

from local.bundle.merging import joined

ROOT = Path(__file__).parents[2]


class BadYaml(ValueError):
    """A file that cannot be read as YAML. The text is one sentence that names the file."""


class _Strict(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML takes the last of two keys of the same name; here they are an error, as in the CLI."""


def _mapping(loader: _Strict, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    seen: set[Any] = set()
    for key, _ in node.value:
        name = loader.construct_object(key)
        if name in seen:
            raise yaml.YAMLError(f"line {key.start_mark.line + 1} has the key {name!r} for the second time")
        seen.add(name)
    whole: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    return whole


_Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def parsed(text: str, name: str) -> dict[str, Any]:
    """The mapping in `text`, the content of the file `name`. Raises BadYaml."""
    try:
        value = yaml.load(text, Loader=_Strict)  # noqa: S506  (derived from SafeLoader)
    except yaml.YAMLError as error:
        raise BadYaml(f"{name} is not valid YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(value, dict):
        raise BadYaml(f"{name} must be a mapping of keys to values.")
    return value


def read(path: Path, root: Path = ROOT) -> dict[str, Any]:
    """Raises BadYaml, also when there is no such file."""
    name = path.relative_to(root).as_posix()
    try:
        return parsed(path.read_text(encoding="utf-8"), name)
    except (OSError, UnicodeDecodeError) as error:
        raise BadYaml(f"{name} cannot be read: {type(error).__name__}.") from error


def files(root: Path = ROOT) -> list[Path]:
    """databricks.yml and what it includes, in the CLI's order: pattern by pattern, each sorted. Raises BadYaml."""
    first = root / "databricks.yml"
    patterns = read(first, root).get("include") or []
    found = [path for pattern in patterns for path in _matches(root, str(pattern))]
    return list(dict.fromkeys([first, *found]))


def _matches(root: Path, pattern: str) -> list[Path]:
    found = sorted(root.glob(pattern))
    if not found and not set("*?[") & set(pattern):
        raise BadYaml(f"databricks.yml includes {pattern}, which does not exist.")
    return found


def raw_files(root: Path = ROOT) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each file's name and content. Raises BadYaml."""
    for path in files(root):
        yield path.relative_to(root).as_posix(), read(path, root)


def bundle(root: Path = ROOT) -> dict[str, Any]:
    """All files joined, with the targets still apart. Raises BadYaml."""
    whole: dict[str, Any] = reduce(joined, (rooted(content, name) for name, content in raw_files(root)))
    return whole


def rooted(content: dict[str, Any], name: str) -> dict[str, Any]:
    """The content of the file `name`, whose patterns of files to upload count from the bundle's folder, not its own."""
    folder = posixpath.dirname(name)
    own = {target: _with_rooted_sync(each, folder) for target, each in (content.get("targets") or {}).items()}
    return {**_with_rooted_sync(content, folder), **({"targets": own} if own else {})}


def _with_rooted_sync(part: Any, folder: str) -> Any:
    if not isinstance(part, dict) or not isinstance(part.get("sync"), dict):
        return part
    patterns = {
        key: [posixpath.normpath(posixpath.join(folder, each)) for each in listed]
        for key, listed in part["sync"].items()
        if isinstance(listed, list)
    }
    return part | {"sync": part["sync"] | patterns}


def targets(root: Path = ROOT) -> list[str]:
    return list(bundle(root).get("targets") or {})


def declared_variables(root: Path = ROOT) -> dict[str, dict[str, Any]]:
    return dict(bundle(root).get("variables") or {})


def minimum_cli_version(root: Path = ROOT) -> str:
    """The oldest CLI that knows all that the bundle uses, such as 1.4.0."""
    return str(read(root / "databricks.yml", root)["bundle"]["databricks_cli_version"]).removeprefix(">=").strip()
