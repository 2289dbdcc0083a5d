"""Nobody outside lib/messages reads a part of a message as a dict."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONVERTERS = {
    "lib/api/serialise.py",
    "lib/export/format.py",
    "lib/store/chat_record.py",
    "lib/store/imports.py",
    "lib/store/memory_context.py",
    "lib/store/postgres.py",
    "lib/store/postgres_context.py",
    "lib/store/postgres_answers.py",
    "lib/store/postgres_records.py",
    "lib/store/postgres_turns.py",
}
"""Where parts become JSON, or JSON becomes parts."""
OTHER_JSON = {
    "lib/agent/": "what agents send",
    "lib/api/docs_page.py": "a JSON schema",
    "lib/api/errors.py": "ASGI messages",
    "lib/api/question_files.py": "parts of a question as clients send them",
    "lib/api/request_log.py": "ASGI scopes and messages",
    "lib/api/responses/": "JSON of the Responses API",
    "lib/figures/": "charts as agents write them",
    "lib/importer/ai_sdk": "what Databricks' chat template stored",
    "lib/importer/chatgpt.py": "what ChatGPT exports",
    "lib/importer/open_webui": "what Open WebUI exports",
    "lib/tables/parse.py": "what a tool gave",
    "lib/web/first_page.py": "ASGI scopes and messages",
    "lib/web/security.py": "ASGI scopes and messages",
}
"""Where the "type" of something other than a part is read."""


def sources() -> Iterator[tuple[str, ast.AST]]:
    for pattern in ("app.py", "pages/**/*.py", "lib/**/*.py"):
        for path in sorted(ROOT.glob(pattern)):
            if (name := path.relative_to(ROOT).as_posix()).startswith("lib/messages/"):
                continue
            yield name, ast.parse(path.read_text())


def asks_for_type(source: ast.AST) -> bool:
    """Whether the code contains `x["type"]`, `x.get("type")` or `x.pop("type")`."""
    return any(
        isinstance(key, ast.Constant) and key.value == "type" for node in ast.walk(source) for key in keys_read(node)
    )


def keys_read(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Subscript(slice=key):
            return [key]
        case ast.Call(func=ast.Attribute(attr="get" | "pop" | "setdefault"), args=[key, *_]):
            return [key]
    return []


def calls_converter(source: ast.AST) -> bool:
    names = {node.id for node in ast.walk(source) if isinstance(node, ast.Name)}
    return not names.isdisjoint({"parts_to_json", "parts_from_json"})


def test_no_part_is_read_as_a_dict_outside_lib_messages() -> None:
    asking = [name for name, source in sources() if asks_for_type(source)]
    unknown = [name for name in asking if not name.startswith(tuple(OTHER_JSON))]
    assert unknown == [], "read the parts by their types, from lib.messages.parts"
    assert [place for place in OTHER_JSON if not any(name.startswith(place) for name in asking)] == []


def test_parts_are_converted_to_json_only_where_listed() -> None:
    assert {name for name, source in sources() if calls_converter(source)} == CONVERTERS


@pytest.mark.parametrize(
    "line", ['kind = part["type"]', 'if part.get("type") == "text": pass', 'word = part.pop("type", None)']
)
def test_each_way_of_reading_a_dict_is_detected(line: str) -> None:
    assert asks_for_type(ast.parse(line))


@pytest.mark.parametrize("line", ["kind = part.type", 'kind = {"type": "text"}', 'name = row["name"]'])
def test_other_code_is_not_reported(line: str) -> None:
    assert not asks_for_type(ast.parse(line))
