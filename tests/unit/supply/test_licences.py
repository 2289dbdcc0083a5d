"""docs/licences.md says the licence of everything that a deployment contains, and all of them are allowed."""

import re
import sys
from importlib.metadata import Distribution
from os import PathLike
from pathlib import Path, PurePath

import pytest

from local.supply import licences, lock
from local.supply.licence_names import spdx

ROOT = Path(__file__).parents[3]


class Stated(Distribution):
    """A package that says this of itself."""

    def __init__(self, **headers: str | list[str]) -> None:
        lines = [
            (name.replace("_", "-"), value)
            for name, values in ({"Name": "made-up"} | headers).items()
            for value in ([values] if isinstance(values, str) else values)
        ]
        self.text = "".join(f"{name}: {value}\n" for name, value in lines)

    def read_text(self, filename: str) -> str | None:
        return self.text if filename == "METADATA" else None

    def locate_file(self, path: str | PathLike[str]) -> Path:
        return Path(path)


@pytest.mark.skipif(
    ".".join(map(str, sys.version_info[:2])) != lock.OLDEST_PYTHON,
    reason="other versions of Python need other packages",
)
def test_the_document_is_what_make_licences_writes() -> None:
    assert licences.TARGET.read_text() == licences.document()


def test_every_licence_is_allowed() -> None:
    assert list(licences.not_allowed(licences.licences())) == []


def test_every_reason_is_for_a_package_that_needs_one() -> None:
    stated = licences.licences()
    assert {name: stated[name] for name in licences.WITH_A_REASON} == {
        name: licence for name, (licence, _) in licences.WITH_A_REASON.items()
    }
    assert not [licence for licence, _ in licences.WITH_A_REASON.values() if licences.is_allowed(licence)]


@pytest.mark.parametrize(
    ("expression", "is_allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("Apache-2.0 AND GPL-3.0-only", False),
        ("(MIT OR GPL-3.0-only) AND ISC", False),
        ("AGPL-3.0-only", False),
        ("LicenseRef-Proprietary", False),
        ("", False),
    ],
)
def test_which_licences_are_allowed(expression: str, is_allowed: bool) -> None:
    assert licences.is_allowed(expression) is is_allowed
    assert bool(list(licences.not_allowed({"made-up": expression}))) is not is_allowed


def test_a_reason_holds_for_its_package_and_licence_only() -> None:
    refused = {"other": "LGPL-3.0-or-later", "psycopg2-binary": "GPL-3.0-only", "certifi": "MPL-2.0"}
    assert [line.split()[0] for line in licences.not_allowed(refused)] == ["other", "psycopg2-binary"]


@pytest.mark.parametrize(
    ("headers", "licence"),
    [
        ({"License_Expression": "mit AND apache-2.0"}, "MIT AND Apache-2.0"),
        ({"License": "Apache License 2.0"}, "Apache-2.0"),
        ({"License": "GPLv3", "Classifier": "License :: OSI Approved :: MIT License"}, "MIT"),
        (
            {
                "Classifier": [
                    "License :: OSI Approved :: MIT License",
                    "License :: OSI Approved :: Apache Software License",
                ]
            },
            "Apache-2.0 AND MIT",
        ),
        ({"Classifier": "License :: OSI Approved :: BSD License"}, ""),
        ({"License": "see our site"}, ""),
        ({}, ""),
    ],
)
def test_a_licence_is_read_from_what_a_package_states(headers: dict[str, str | list[str]], licence: str) -> None:
    assert spdx(Stated(**headers)) == licence


def test_a_package_that_states_nothing_is_named() -> None:
    with pytest.raises(licences.UnknownLicence, match="made-up"):
        licences.licence_of(Stated())


def test_the_origin_of_every_file_that_is_no_code_is_told() -> None:
    code = (".py", ".pyc", ".sql", ".md")
    found = [path for folder in ("assets", "lib", "pages", "sql") for path in (ROOT / folder).rglob("*")]
    files = [path.relative_to(ROOT).as_posix() for path in found if path.is_file() and path.suffix not in code]
    assert files
    origins = {name: [pattern for pattern in licences.SHIPPED if PurePath(name).match(pattern)] for name in files}
    assert {name: found for name, found in origins.items() if len(found) != 1} == {}
    assert {pattern for found in origins.values() for pattern in found} == set(licences.SHIPPED)


def test_no_file_that_is_called_our_own_has_a_notice_of_somebody_else() -> None:
    own = [path for pattern, origin in licences.SHIPPED.items() if "own" in origin for path in ROOT.glob(pattern)]
    notice = re.compile(r"copyright|©|@licen[sc]e|licensed under|all rights reserved", re.IGNORECASE)
    assert not [
        path.name for path in own if path.is_file() and path.name != "names.json" and notice.search(path.read_text())
    ]
