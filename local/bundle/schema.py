"""Checks the bundle's files against the JSON schema of the Databricks CLI, which is what editors show, if there is one.

The schema's licence forbids to keep a copy in this repository. `BUNDLE_SCHEMA` names a file that has it, and a CLI
prints it: `databricks bundle schema`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs

VARIABLE = "BUNDLE_SCHEMA"


def schema_text(environ: Mapping[str, str], printed: str | None) -> str | None:
    """The schema in the file of BUNDLE_SCHEMA, else `printed` by a CLI, else None. Raises OSError for a wrong file."""
    path = environ.get(VARIABLE, "").strip()
    return Path(path).read_text(encoding="utf-8") if path else printed


def problems(schema: str, files: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """A sentence for each place in which a file does not fit. Raises ValueError if `schema` is none."""
    validator = jsonschema_rs.validator_for(json.loads(schema))
    for name, content in files:
        for error in validator.iter_errors(content):
            path = ".".join(map(str, error.instance_path)) or "the file"
            yield f"{name}: {path} does not fit the schema of the Databricks CLI: {_short(error.message)}."


def _short(message: str) -> str:
    """Messages end with what is wrong, behind a copy of the whole value."""
    text = " ".join(message.split()).rstrip(".")
    return text if len(text) <= 300 else f"… {text[-280:]}"
