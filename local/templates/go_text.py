"""The part of Go's text templates that our templates use, and which other text Go surely refuses as a template.

Known are the actions `.name`, `.`, `if .name` and `with .name` with `else` and `end`, functions of one quoted text such
as `skip "docs"`, comments, and the hyphen that trims blanks. This file itself has nothing that Go would carry out.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Function: TypeAlias = Callable[[str], str]

OPENING = "{" * 2
ACTION = re.compile(r"(?:\s*\{\{-\s|\{\{)\s*(?P<code>/\*.*?\*/|.*?)\s*(?:\s-\}\}\s*|\}\})", re.DOTALL)
WORDS = frozenset(
    (
        *("and", "block", "break", "call", "continue", "define", "else", "end", "eq", "false", "ge", "gt"),
        *("html", "if", "index", "js", "le", "len", "lt", "ne", "nil", "not", "or", "print", "printf"),
        *("println", "range", "slice", "template", "true", "urlquery", "with"),
    )
)
"""What may begin an action of any Go template: its keywords and its functions."""


class BadTemplate(ValueError):
    """A template that Go, or this part of it, does not take."""


@dataclass(frozen=True)
class _Scope:
    values: Mapping[str, str]
    functions: Mapping[str, Function]
    must_exist: bool
    dot: str = ""

    def value(self, name: str) -> str:
        """The value of `.name`, or of `.` alone. Raises BadTemplate."""
        if not name:
            return self.dot
        if self.must_exist and name not in self.values:
            raise BadTemplate(f"there is no value for {name}")
        return self.values.get(name, "")

    def called(self, name: str, argument: str) -> str:
        if name not in self.functions:
            raise BadTemplate(f"there is no function {name}")
        return self.functions[name](argument)


def render(
    text: str, values: Mapping[str, str], functions: Mapping[str, Function] | None = None, *, must_exist: bool = True
) -> str:
    """`text` with its actions carried out. A value that is missing is an error, or empty. Raises BadTemplate."""
    tokens = _tokens(text)
    written = _until(tokens, _Scope(values, functions or {}, must_exist), ends=("",))
    return written[0]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """The text before each action, and the action; the last action is empty."""
    position = 0
    for found in ACTION.finditer(text):
        yield text[position : found.start()], found["code"] or "/**/"
        position = found.end()
    yield text[position:], ""


def _until(tokens: Iterator[tuple[str, str]], scope: _Scope, ends: tuple[str, ...]) -> tuple[str, str]:
    """What is written up to one of `ends`, and which of them it was."""
    written = ""
    for before, code in tokens:
        written += before
        if code in ends:
            return written, code
        written += _action(code, tokens, scope)
    raise BadTemplate(f"one of {ends} is missing")


def _action(code: str, tokens: Iterator[tuple[str, str]], scope: _Scope) -> str:
    if code.startswith("/*"):
        return ""
    if found := re.fullmatch(r"\.(\w*)", code):
        return scope.value(found[1])
    if found := re.fullmatch(r"(if|with) \.(\w+)", code):
        return _branches(found[1], scope.value(found[2]), tokens, scope)
    if found := re.fullmatch(r'(\w+) "([^"\\]*)"', code):
        return scope.called(found[1], found[2])
    raise BadTemplate(f"this part of Go's templates has no {code}")


def _branches(word: str, value: str, tokens: Iterator[tuple[str, str]], scope: _Scope) -> str:
    # Within `with`, the names of the other values lead nowhere.
    inner = scope if word == "if" else _Scope({}, scope.functions, must_exist=True, dot=value)
    kept, end = _until(tokens, inner, ends=("else", "end"))
    other = _until(tokens, scope, ends=("end",))[0] if end == "else" else ""
    return kept if value else other


def is_surely_refused(text: str) -> bool:
    """Whether Go cannot read `text` as a template, by what stands behind its first two braces. False may be wrong."""
    code = text.partition(OPENING)[2].lstrip()
    word = re.match(r"[A-Za-z_]\w*", code)
    if word:
        return word[0] not in WORDS
    return bool(re.match(r"[{}]|--|\d+,|\"[^\"\\\n]*\"\s*[:,{]", code))
