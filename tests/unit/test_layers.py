"""Imports go one way, and each library stays in its rooms. The tables below are the whole rule.

They allow what the code needs and no more: an import that no table allows fails, and so does a permission that no
import uses.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Who may import whom, highest first. A room may also import itself, and what stands below it in FOR_ALL.
MAY_IMPORT = {
    "app":           "lib.web lib.api lib.ui",
    "pages":         "lib.ui lib.store",
    "lib.ui":        "lib.insights lib.runtime lib.importer lib.chat lib.export lib.feedback lib.store lib.checks",
    "lib.api":       "lib.insights lib.runtime lib.importer lib.chat lib.export lib.feedback lib.store lib.checks "
                     "lib.agent",
    "lib.web":       "lib.runtime lib.outage lib.db",
    "lib.insights":  "lib.runtime lib.store",
    "lib.admin":     "lib.importer lib.store lib.db",
    "lib.runtime":   "lib.importer lib.chat lib.export lib.feedback lib.outage lib.store lib.checks lib.agent lib.db",
    "lib.importer":  "lib.chat lib.export lib.store",
    "lib.chat":      "lib.store lib.agent",
    "lib.outage":    "lib.store lib.db",
    "lib.feedback":  "lib.store",
    "lib.export":    "lib.store",
    "lib.store":     "lib.db",
    "lib.checks":    "lib.agent lib.db",
    "lib.agent":     "",
    "lib.db":        "",
    "lib.attachments": "",
    "lib.workspace": "",
    "lib.identity":  "lib.jwt_claims",
    "lib.jwt_claims": "",
    "lib.config":    "",
    "lib.database_settings": "",
    "lib.profile_settings": "",
    "lib.profiles": "",
    "lib.addresses": "",
    "lib.labels":    "",
    "lib.environ":   "",
    "lib.settings":  "",
    "lib.telemetry": "",
    "lib.errors":    "",
    "lib.log_line":  "",
    "lib.retry_after": "",
    "lib.search_languages": "",
    "lib.messages":  "",
    "lib.tables":    "",
    "lib.figures":   "",
    "lib.storable":  "",
}  # fmt: skip
FOR_ALL = (
    "lib.attachments",
    "lib.workspace",
    "lib.identity",
    "lib.config",
    "lib.database_settings",
    "lib.profile_settings",
    "lib.profiles",
    "lib.addresses",
    "lib.labels",
    "lib.environ",
    "lib.settings",
    "lib.telemetry",
    "lib.errors",
    "lib.log_line",
    "lib.retry_after",
    "lib.search_languages",
    "lib.messages",
    "lib.tables",
    "lib.figures",
    "lib.storable",
)

# The only rooms that may import a library; one that is not listed may be imported anywhere.
LIBRARY_ROOMS = {
    "streamlit":  "app pages lib.ui",
    "fastapi":    "lib.api",
    "starlette":  "app lib.api lib.web",
    "sqlalchemy": "lib.db",
    "psycopg2":   "lib.db",
    "opentelemetry": "lib.telemetry",
    "local":      "",
    "tests":      "",
    "bench":      "",
}  # fmt: skip


def violations(root: Path) -> list[str]:
    """One sentence for each import of the deployed code that the tables do not allow."""
    return [
        f"{path.relative_to(root)}: {complaint}"
        for path in deployed_files(root)
        for complaint in complaints(module_name(path.relative_to(root)), path.read_text())
    ]


def unused_permissions(root: Path) -> list[str]:
    """One sentence for each entry of the tables that no import of the deployed code needs."""
    imported = {
        (room_of(module), name)
        for path in deployed_files(root)
        for module in [module_name(path.relative_to(root))]
        for other in imports(module, path.read_text())
        for name in {room_of(other), other.split(".")[0]}
        if name != room_of(module)
    }
    permissions = [(room, name) for room, names in MAY_IMPORT.items() for name in names.split()]
    permissions += [(room, library) for library, rooms in LIBRARY_ROOMS.items() for room in rooms.split()]
    unused = [f"{room} imports no {name}" for room, name in permissions if (room, name) not in imported]
    names = {name for _, name in imported}
    return unused + [f"nobody imports {room}" for room in FOR_ALL if room not in names]


def deployed_files(root: Path) -> list[Path]:
    return [path for pattern in ("app.py", "pages/**/*.py", "lib/**/*.py") for path in sorted(root.glob(pattern))]


def module_name(path: Path) -> str:
    """`lib/db/x.py` is lib.db.x; `__init__` stays in the name, so that relative imports count alike."""
    return ".".join(path.with_suffix("").parts)


def complaints(module: str, source: str) -> Iterator[str]:
    room = room_of(module)
    if room is None:
        if not is_docstring_only(source):
            yield f"{module} is in no room of MAY_IMPORT: give it a line there"
        return
    for imported in imports(module, source):
        other, library = room_of(imported), imported.split(".")[0]
        if other and other not in (room, *allowed(room)):
            yield f"{room} may not import {other}"
        if library in LIBRARY_ROOMS and room not in LIBRARY_ROOMS[library].split():
            yield f"{room} may not import {library}"


def is_docstring_only(source: str) -> bool:
    return all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in ast.parse(source).body)


def allowed(room: str) -> tuple[str, ...]:
    below = FOR_ALL[FOR_ALL.index(room) + 1 :] if room in FOR_ALL else FOR_ALL
    return (*MAY_IMPORT[room].split(), *below)


def room_of(module: str) -> str | None:
    return next((room for room in MAY_IMPORT if module == room or module.startswith(room + ".")), None)


def imports(module: str, source: str) -> Iterator[str]:
    """Every module that `source` imports, at any depth of nesting, by its full name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*package, *([node.module] if node.module else [])])
            # With the name behind `import`, because `from lib import db` says its room only there.
            yield from (f"{base}.{alias.name}" for alias in node.names)


# Within lib/agent: who may import whom. All may import these files, which stand beside the folders.
WITHIN_AGENT = {"endpoints": "http formats", "http": "formats", "formats": ""}
FOR_ALL_IN_AGENT = "events prompt"


def imported_within(folder: Path) -> set[str]:
    """The names after `lib.agent` in each import of a module within it."""
    modules = {
        imported.removeprefix("lib.agent.")
        for path in folder.rglob("*.py")
        for imported in imports(module_name(path.relative_to(ROOT)), path.read_text())
        if imported.startswith("lib.agent.")
    }
    assert modules
    return modules


@pytest.mark.parametrize(("folder", "others"), WITHIN_AGENT.items())
def test_the_agents_folders_import_one_way(folder: str, others: str) -> None:
    used = {module.split(".")[0] for module in imported_within(ROOT / "lib" / "agent" / folder)}
    assert used - {folder, *FOR_ALL_IN_AGENT.split()} == set(others.split())


def test_a_wire_format_imports_no_other_wire_format() -> None:
    formats = ROOT / "lib" / "agent" / "formats"
    for folder in filter(Path.is_dir, formats.iterdir()):
        if any(folder.glob("*.py")):
            modules = imported_within(folder)
            used = {module.split(".")[1] for module in modules if module.startswith("formats.")}
            assert used <= {folder.name, "shared"}, folder.name


def test_the_code_keeps_to_its_layers() -> None:
    assert deployed_files(ROOT)
    assert violations(ROOT) == []


def test_the_tables_contain_no_unused_permission() -> None:
    assert unused_permissions(ROOT) == []


def test_a_permission_that_nothing_uses_is_named(tmp_path: Path) -> None:
    unused = unused_permissions(tree(tmp_path, LAWFUL))
    assert "lib.store imports no lib.db" not in unused
    assert "lib.outage imports no lib.db" in unused
    assert "lib.db imports no psycopg2" in unused
    assert "nobody imports lib.errors" not in unused
    assert "nobody imports lib.labels" in unused


def test_the_readme_lists_every_room_of_the_table_and_no_other() -> None:
    cells = re.findall(r"^\| (`[^|]*) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    listed = [name.replace("/", ".") for cell in cells for name in re.findall(r"`([\w/]+)`", cell)]
    outside = {"sql", "targets", "local", "tests", "bench"}
    assert sorted(set(listed) - outside) == sorted(MAY_IMPORT)
    assert len(listed) == len(set(listed))


def test_a_line_of_the_table_names_only_rooms_below_it() -> None:
    rooms = list(MAY_IMPORT)
    for room, others in MAY_IMPORT.items():
        assert all(rooms.index(other) > rooms.index(room) for other in others.split()), room


LAWFUL = {
    "app.py": "import streamlit as st\nfrom lib.ui.page_context import runtime\nfrom lib.api import routes",
    "pages/main.py": "import streamlit\nfrom lib.ui import sidebar",
    "lib/__init__.py": "",
    "lib/ui/sidebar.py": "import streamlit\nfrom lib.runtime import runtime",
    "lib/api/routes.py": "import fastapi\nfrom lib.chat.turn_manager import Turn",
    "lib/runtime.py": "from lib.chat import turns\nfrom lib.db import database",
    "lib/chat/turn_manager.py": "from lib.store import Store\nfrom lib.agent import client\nfrom . import log",
    "lib/store/chats.py": "from ..db import database",
    "lib/db/database.py": "import sqlalchemy\nfrom lib.workspace import Workspace",
    "lib/identity.py": "from lib.config import Settings",
    "lib/config.py": "from lib.errors import NotConfigured",
}


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, source in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return root


def test_a_tree_that_follows_the_rules_has_no_violation(tmp_path: Path) -> None:
    assert violations(tree(tmp_path, LAWFUL)) == []


@pytest.mark.parametrize(
    ("file", "source", "complaint"),
    [
        ("lib/db/x.py", "from lib.store import Store", "lib.db may not import lib.store"),
        ("lib/db/__init__.py", "from ..store import Store", "lib.db may not import lib.store"),
        ("lib/store/x.py", "import lib.chat.turn_manager", "lib.store may not import lib.chat"),
        ("lib/store/x.py", "from lib.agent import events", "lib.store may not import lib.agent"),
        ("lib/agent/x.py", "from .. import store", "lib.agent may not import lib.store"),
        ("lib/chat/x.py", "from lib.runtime import Runtime", "lib.chat may not import lib.runtime"),
        ("lib/chat/x.py", "def f():\n    from lib.ui import page", "lib.chat may not import lib.ui"),
        ("lib/ui/x.py", "from lib import api", "lib.ui may not import lib.api"),
        ("lib/api/x.py", "from lib.ui.markdown.escape import escape", "lib.api may not import lib.ui"),
        ("lib/config.py", "from lib.identity import User", "lib.config may not import lib.identity"),
        ("lib/errors.py", "import lib.db", "lib.errors may not import lib.db"),
        ("pages/x.py", "from lib.runtime import runtime", "pages may not import lib.runtime"),
        ("pages/x.py", "import app", "pages may not import app"),
        ("lib/chat/x.py", "import streamlit as st", "lib.chat may not import streamlit"),
        ("lib/ui/x.py", "from starlette.routing import Route", "lib.ui may not import starlette"),
        ("lib/ui/x.py", "import fastapi", "lib.ui may not import fastapi"),
        ("lib/chat/x.py", "import sqlalchemy.orm", "lib.chat may not import sqlalchemy"),
        ("lib/store/x.py", "import psycopg2", "lib.store may not import psycopg2"),
        ("app.py", "from local import run", "app may not import local"),
        ("pages/x.py", "import local.run", "pages may not import local"),
        ("lib/db/x.py", "from tests.unit import tools", "lib.db may not import tests"),
        ("lib/helpers.py", "x = 1", "lib.helpers is in no room of MAY_IMPORT: give it a line there"),
    ],
)
def test_a_forbidden_import_is_named(tmp_path: Path, file: str, source: str, complaint: str) -> None:
    assert violations(tree(tmp_path, {**LAWFUL, file: source})) == [f"{file}: {complaint}"]
