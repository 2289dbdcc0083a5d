"""Single changes to the code, each of which some test should notice."""

import ast
import re
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass

PAIRS = [
    *((ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Eq, ast.NotEq), (ast.Is, ast.IsNot), (ast.In, ast.NotIn)),
    *((ast.And, ast.Or), (ast.Add, ast.Sub), ("min", "max"), ("any", "all")),
]
OTHER = dict(PAIRS) | {right: left for left, right in PAIRS}
IN_SQL = [
    (r"(?<![<>])<(?![=>])", "<="),
    (r"<=", "<"),
    (r"(?<![<>=-])>(?!=)", ">="),
    (r">=", ">"),
    (r"<>", "="),
    (r"\bNOT EXISTS\b", "EXISTS"),
    (r"\bIS NOT NULL\b", "IS NULL"),
    (r"\bDESC\b", "ASC"),
    (r"'running'", "'complete'"),
    (r"CASE WHEN .* THEN (\S+) END\b", r"\1"),
    # A condition that ends on its line.
    (r"^ +(AND|OR) [^()]*(\([^()]*(\([^()]*\)[^()]*)*\)[^();]*)*(?=;?$)", ""),
]
UNSEEN = ("log", "suppress")
"""Calls whose removal no test has to notice."""
UNWALKED = ("annotation", "returns", "decorator_list", "bases")


@dataclass(frozen=True)
class Change:
    path: str
    line: int
    start: int
    end: int
    old: str
    new: str

    def apply(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.end :]

    def __str__(self) -> str:
        old, new = (" ".join(said.split())[:80] for said in (self.old, self.new))
        return f"{self.path}:{self.line}  {old}  →  {new or '(nothing)'}"


def changes(path: str, text: str) -> Iterator[Change]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    yield from (_of_sql if path.endswith(".sql") else _of_python)(path, text, starts)


def _of_sql(path: str, text: str, starts: list[int]) -> Iterator[Change]:
    for number, line in enumerate(text.splitlines()):
        for pattern, new in IN_SQL if not line.startswith("--") else ():
            for found in re.finditer(pattern, line):
                start, end = (starts[number] + place for place in found.span())
                yield Change(path, number + 1, start, end, found[0], found.expand(new))


def _of_python(path: str, text: str, starts: list[int]) -> Iterator[Change]:
    lines = [line.encode() for line in text.splitlines()]

    def place(line: int, column: int) -> int:
        """The offset in the text; the syntax tree counts columns in bytes."""
        return starts[line - 1] + len(lines[line - 1][:column].decode())

    for node, is_test, is_global in _nodes(ast.parse(text)):
        start, end = place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)
        for changed in _other_limits(node) if is_global else _others(node, is_test):
            new = ast.unparse(changed)
            new = new if isinstance(changed, ast.stmt | ast.Constant) else f"({new})"
            yield Change(path, node.lineno, start, end, text[start:end], new)


def _nodes(tree: ast.AST, *, is_global: bool = True) -> Iterator[tuple[ast.AST, bool, bool]]:
    """Each with whether a branch hangs on it, and whether it is no function's.

    What makes an object is left alone: all tests need that.
    """
    for name, value in ast.iter_fields(tree) if getattr(tree, "name", "") != "__init__" else ():
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.AST) and name not in UNWALKED and not _is_unseen(node):
                if hasattr(node, "lineno"):
                    yield node, name == "test", is_global
                is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                yield from _nodes(node, is_global=is_global and not is_function)


def _is_unseen(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()):
            return True  # a docstring
        case ast.Expr(value=ast.Call(func=func)) | ast.Call(func=func):
            return ast.unparse(func).split(".")[0] in UNSEEN
    return False


def _other_limits(node: ast.AST) -> Iterator[ast.AST]:
    """Quarter a global limit: a small step often makes no difference."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield ast.Constant(node.value // 4)


def _others(node: ast.AST, is_test: bool) -> Iterator[ast.AST]:
    match node:
        case ast.Name() | ast.Attribute() | ast.Call() | ast.NamedExpr() if is_test:
            yield ast.UnaryOp(ast.Not(), node)
        case ast.Call(func=ast.Name(id=name)) if name in OTHER:
            yield _with(node, func=ast.Name(OTHER[name]))
        case ast.Compare(ops=[op]) if type(op) in OTHER:
            yield _with(node, ops=[OTHER[type(op)]()])
        case ast.BoolOp(op=op, values=values):
            yield _with(node, op=OTHER[type(op)]())
            yield from (_with(node, values=values[:at] + values[at + 1 :]) for at in range(len(values)))
        case ast.BinOp(op=op) if type(op) in OTHER:
            yield _with(node, op=OTHER[type(op)]())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.IfExp(body=body, orelse=orelse):
            yield _with(node, body=orelse, orelse=body)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.AugAssign() | ast.Delete() | ast.Raise(exc=ast.AST()):
            yield ast.Pass()
        case ast.Return(value=None) | ast.Continue() | ast.Break():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()


def _with(node: ast.AST, **fields: object) -> ast.AST:
    made = copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made
