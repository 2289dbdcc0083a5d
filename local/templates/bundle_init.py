"""`databricks bundle init`, by the rules of the CLI's template engine.

The files of a template stand in the folder `template`, which is a link to the repository's root here, so that there is
one copy of each. Every file is copied but those ending in `.tmpl`, which are Go's templates. What these call `skip`
with is left out: folders unread, files unwritten.
"""

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from local.templates.go_text import render

SCHEMA = "databricks_template_schema.json"
SUFFIX = ".tmpl"


class BadAnswer(ValueError):
    """An answer that the schema of the template does not allow."""


@dataclass
class _Walk:
    """One folder after the other, the upper ones first; a folder is not read if an upper one had it skipped."""

    root: Path
    answers: Mapping[str, str]
    skipped: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)

    def files(self) -> Iterator[tuple[str, str | None]]:
        """Each file's path in the template, and its text if a template made it."""
        queue = deque([PurePosixPath(".")])
        while queue:
            folder = queue.popleft()
            if self.skips(folder.as_posix()):
                continue
            self.folders.append(folder.as_posix())
            for path in sorted((self.root / folder).iterdir()):
                inner = folder / path.name
                if path.is_dir() and not path.is_symlink():
                    queue.append(inner)
                else:
                    yield inner.as_posix(), self._text(inner)

    def skips(self, path: str) -> bool:
        return any(matches(path, pattern) for pattern in self.skipped)

    def _text(self, path: PurePosixPath) -> str | None:
        if path.suffix != SUFFIX:
            return None

        def skip(pattern: str) -> str:
            self.skipped.append((path.parent / pattern).as_posix())
            return ""

        return render((self.root / path).read_text(), self.answers, {"skip": skip})


def matches(path: str, pattern: str) -> bool:
    """Whether each part of `path` matches that part of `pattern`."""
    parts, patterns = path.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns))


def bundle_init(repository: Path, target: Path, given: Mapping[str, str]) -> str:
    """Make a project in `target` and return what the CLI prints at the end. Raises BadAnswer and BadTemplate."""
    schema = json.loads((repository / SCHEMA).read_text())
    answers = answered(schema, given)
    walk = _Walk(repository / schema.get("template_dir", "") / "template", answers)
    # Skipped files are known only at the end of the walk.
    files = [(path, text) for path, text in list(walk.files()) if not walk.skips(path.removesuffix(SUFFIX))]
    for path, text in files:
        _write(walk.root / path, target / path.removesuffix(SUFFIX), text)
    for folder in walk.folders:
        (target / folder).mkdir(parents=True, exist_ok=True)
    return render(schema.get("success_message", ""), answers)


def answered(schema: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """The answers, with the default of each question that has none. Raises BadAnswer."""
    questions = schema["properties"]
    if unknown := given.keys() - questions.keys():
        raise BadAnswer(f"The template does not ask for {', '.join(sorted(unknown))}.")
    answers = {name: given.get(name, question.get("default")) for name, question in questions.items()}
    for name, question in questions.items():
        if answers[name] is None:
            raise BadAnswer(f"The template needs an answer to {name}.")
        if not re.search(question.get("pattern", ""), answers[name]):
            raise BadAnswer(question.get("pattern_match_failure_message", f"{name} may not be {answers[name]!r}."))
    return answers


def _write(source: Path, target: Path, text: str | None) -> None:
    if target.exists():
        raise FileExistsError(f"{target} is there already, and the CLI replaces no file.")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source.read_bytes() if text is None else text.encode())
    target.chmod(source.stat().st_mode & 0o777 | 0o200)
