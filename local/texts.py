"""`make texts`: brings `lib/ui/languages/*.po` up to date with the texts in the code; what is new is empty there.

A text of the interface is in a call: `_("Rename")`, also in the scripts of `assets/`. Below the pages, every sentence
is a text, because the errors and remarks that pages show come from there.
"""

import ast
import re
from collections.abc import Container, Iterator
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from lib.ui.language import ENGLISH, FOLDER, LANGUAGES

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
ROOT = Path(__file__).parents[1]
CALLS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "ngettext": (1, 2), "date_text": (2,)}
# Log lines, settings and the API are for engineers, and exports are documents: they stay English.
BELOW = (
    *("agent", "attachments", "chat", "checks", "db", "importer", "outage", "store", "messages", "figures"),
    *("errors.py", "runtime.py"),
)
# What models are asked, what only developers and admin commands meet, and what only API clients can do wrong.
NOT_SHOWN = (
    *("chat/titles", "chat/follow_ups", "chat/summaries", "chat/date_line", "chat/another_answer"),
    *("chat/attachments", "db/migrate", "db/queries"),
    *("db/template_schema", "importer/databricks_template", "messages/continuation", "outage/journal"),
    *("store/cursor", "store/edits", "store/memory", "store/postgres", "store/search_cursor"),
)
HEADER = r"""msgid ""
msgstr ""
"Language: {language}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: {plurals}\n"

"""
METHODS = [
    *((f"lib/{name}.py", "ignore") for name in NOT_SHOWN),
    ("lib/ui/**.py", "local.texts:calls"),
    ("pages/**.py", "local.texts:calls"),
    ("assets/**.js", "javascript"),
    *((f"lib/{name}" if name.endswith(".py") else f"lib/{name}/**.py", "local.texts:sentences") for name in BELOW),
]


def main() -> None:
    template = texts_in_code()
    for name in LANGUAGES:
        if name != ENGLISH:
            path = FOLDER / f"{name}.po"
            path.write_bytes(updated(path.read_bytes(), template, name))


def texts_in_code() -> Catalog:
    catalog = Catalog(fuzzy=False)
    for path, line, text, _comments, context in extract_from_dir(ROOT, METHODS, keywords=CALLS):
        catalog.add(text, locations=[(path, line)], context=context)
    return catalog


def updated(file: bytes, template: Catalog, name: str) -> bytes:
    """The file with the texts of the template: the known ones translated, and none that the code no longer has."""
    catalog = read_po(BytesIO(file), locale=name)
    catalog.update(template, no_fuzzy_matching=True)
    written = BytesIO(HEADER.format(language=name, plurals=catalog.plural_forms).encode())
    written.seek(0, SEEK_END)
    # Without the numbers of lines and the version of Babel, which would change with every edit and update.
    write_po(
        written, catalog, width=120, ignore_obsolete=True, omit_header=True, include_lineno=False, sort_by_file=True
    )
    return written.getvalue()


def calls(
    file: BinaryIO, keywords: Container[str], comment_tags: object, options: object
) -> Iterator[tuple[int, str, list[str | None], list[str]]]:
    """Gives the calls of a module to Babel. With Python 3.11, Babel's own reading does not look into f-strings."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in keywords:
            yield node.lineno, node.func.id, [_literal(each) for each in node.args], []


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def sentences(
    file: BinaryIO, keywords: object, comment_tags: object, options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Gives the sentences of a module to Babel, which knows this signature. Values are written as placeholders."""
    tree = ast.parse(file.read())
    passed = set(_no_texts(tree))
    for node in ast.walk(tree):
        text = None if node in passed else _text(node)
        if text and _is_sentence(text):
            yield node.lineno, "", text, []  # type: ignore[attr-defined]


def _no_texts(tree: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, what is logged, and the pieces of larger texts."""
    for node in ast.walk(tree):
        is_logged = isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log.")
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.JoinedStr) or is_logged:
            yield from (each for each in ast.walk(node) if each is not node)


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _PLACEHOLDER.sub(_Numbers(), node.value)
    if isinstance(node, ast.JoinedStr):
        number = _Numbers()
        pieces = (number() if isinstance(each, ast.FormattedValue) else ast.literal_eval(each) for each in node.values)
        return "".join(pieces)
    return None


class _Numbers:
    """The placeholders of one text: `{value1}`, `{value2}`."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, _match: re.Match[str] | None = None) -> str:
        self._count += 1
        return f"{{value{self._count}}}"


def _is_sentence(text: str) -> bool:
    has_words = re.search(r"[a-z]{3} ?", _PLACEHOLDER.sub("", text)) and " " in text and "\\" not in text
    is_whole = text.endswith((".", "!", "?", "…")) or (text.endswith("}") and re.search(r"[.:] \{\w+\}$", text))
    return bool(has_words and is_whole and (text[0].isupper() or text[0] in "“{"))


if __name__ == "__main__":
    main()
