"""Small faults to plant in a source file, each one edit of its text.

Left alone are texts, messages and what is printed, annotations, imports, decorators and assertions:
no test should depend on them.
"""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

COMPARE = {
    **{"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="},
    **{"in": "not in", "not in": "in", "is": "is not", "is not": "is"},
}
ARITHMETIC = {
    **{"+": "-", "-": "+", "*": "/", "/": "*", "//": "*", "%": "*", "**": "*"},
    **{"&": "|", "|": "&", "<<": ">>", ">>": "<<"},
}
NAMES = {
    **{"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum"},
    **{"any": "all", "all": "any", "zeros": "ones", "ones": "zeros"},
    **{"argmin": "argmax", "argmax": "argmin", "cumsum": "cumprod", "floor": "ceil"},
    **{"user": "item", "item": "user", "n_users": "n_items", "n_items": "n_users"},
    **{"train": "valid", "valid": "test", "test": "train", "sum": "mean", "mean": "sum"},
}
"""Names and attributes that read as well with another one in their place."""

PRINTED = re.compile(r"InputError|print|\bsay\b|report\.|logging|warnings?\.")
"""Calls whose arguments are words for people."""


class Edit(NamedTuple):
    """Bytes ``[start, end)`` of a file become ``new``."""

    start: int
    end: int
    new: str


class Mutant(NamedTuple):
    """A fault: where, what was done, and the whole file with it."""

    line: int
    kind: str
    text: str


class _File(NamedTuple):
    source: bytes
    starts: list[int]

    def span(self, node: ast.AST) -> tuple[int, int]:
        at = lambda line, column: self.starts[line - 1] + column
        return at(node.lineno, node.col_offset), at(node.end_lineno, node.end_col_offset)  # type: ignore

    def text(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.source[start:end].decode()


def mutants(text: str) -> list[Mutant]:
    """Every mutant of a module, by place; ``differs`` says whether it is one.

    >>> [(found.kind, found.text) for found in mutants("x = a < b")]
    [('compare', 'x = a <= b')]
    """
    source = text.encode()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for kind, edit in sorted(_edits(ast.parse(text), _File(source, starts)), key=lambda p: p[1]):
        changed = (source[: edit.start] + edit.new.encode() + source[edit.end :]).decode()
        found.append(Mutant(source.count(b"\n", 0, edit.start) + 1, kind, changed))
    return found


def differs(text: str, mutant: Mutant) -> bool:
    """Whether the mutant is a program, and another one than ``text``."""
    try:
        return ast.dump(ast.parse(mutant.text)) != ast.dump(ast.parse(text))
    except SyntaxError:
        return False


def _edits(tree: ast.AST, file: _File) -> Iterator[tuple[str, Edit]]:
    for node in _reached(tree, file):
        yield from _of_expression(node, file)
        yield from _of_statement(node, file)
        if isinstance(node, ast.FunctionDef):
            for edit in _other_names(node, file):
                yield "name", edit


def _reached(node: ast.AST, file: _File) -> Iterator[ast.AST]:
    """Nodes whose change a test should see."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _unread(child, file):
                yield from _reached(child, file)


def _unread(node: ast.AST, file: _File) -> bool:
    if isinstance(node, ast.Call):
        return bool(PRINTED.search(file.text(node.func)))
    if isinstance(node, ast.Assign):
        return file.text(node.targets[0]) == "__all__"
    left_alone = (ast.Raise, ast.Assert, ast.JoinedStr, ast.Import, ast.ImportFrom)
    return isinstance(node, left_alone)


def _of_expression(node: ast.AST, file: _File) -> Iterator[tuple[str, Edit]]:
    span, text = file.span, file.text
    if isinstance(node, ast.Compare):
        for left, right in zip([node.left, *node.comparators], node.comparators, strict=False):
            yield from _operator("compare", left, right, COMPARE, file)
    elif isinstance(node, ast.BinOp) and not _is_text(node.left) and not _is_text(node.right):
        yield from _operator("arithmetic", node.left, node.right, ARITHMETIC, file)
    elif isinstance(node, ast.BoolOp):
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield from _operator("logic", left, right, {"and": "or", "or": "and"}, file)
    elif isinstance(node, ast.UnaryOp):
        yield "unary", Edit(*span(node), f"({text(node.operand)})")
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        yield "constant", Edit(*span(node), _other_constant(node.value))
    elif isinstance(node, ast.IfExp):
        swapped = f"({text(node.orelse)} if {text(node.test)} else {text(node.body)})"
        yield "branches", Edit(*span(node), swapped)
    elif isinstance(node, ast.Name) and node.id in NAMES and isinstance(node.ctx, ast.Load):
        if node.id in ("min", "max", "any", "all", "sum"):
            yield "function", Edit(*span(node), {"sum": "max"}.get(node.id, NAMES[node.id]))
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        end = span(node)[1]
        yield "attribute", Edit(end - len(node.attr), end, NAMES[node.attr])
    elif isinstance(node, ast.Subscript) and text(node.slice) in ("0", "-1"):
        yield "end", Edit(*span(node.slice), {"0": "-1", "-1": "0"}[text(node.slice)])
    elif isinstance(node, ast.Slice):
        for bound in (node.lower, node.upper):
            if bound is not None and not isinstance(bound, ast.Constant):
                yield "bound", Edit(*span(bound), f"{text(bound)} + 1")
    elif isinstance(node, ast.Call):
        for first, second in zip(node.args, node.args[1:], strict=False):
            if isinstance(first, ast.Name | ast.Attribute) and type(first) is type(second):
                between = file.source[span(first)[1] : span(second)[0]].decode()
                swapped = text(second) + between + text(first)
                yield "arguments", Edit(span(first)[0], span(second)[1], swapped)
        for keyword in node.keywords:
            if keyword.arg is not None:
                start, end = span(keyword)
                comma = re.compile(rb"\s*,").match(file.source, end)
                yield "keyword", Edit(start, comma.end() if comma else end, "")


def _of_statement(node: ast.AST, file: _File) -> Iterator[tuple[str, Edit]]:
    if isinstance(node, ast.If | ast.While):
        yield "condition", Edit(*file.span(node.test), f"not ({file.text(node.test)})")
    elif isinstance(node, ast.AugAssign):
        yield from _operator("arithmetic", node.target, node.value, ARITHMETIC, file, "=")
        yield "deleted", Edit(*file.span(node), "pass")
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        if not _unread(node.value, file):
            yield "deleted", Edit(*file.span(node), "pass")
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        own = node.targets[0].id
        if any(isinstance(part, ast.Name) and part.id == own for part in ast.walk(node.value)):
            yield "deleted", Edit(*file.span(node), "pass")


def _other_names(function: ast.FunctionDef, file: _File) -> Iterator[Edit]:
    """Parameters of one annotation, and names unpacked in one pair, stand for each other."""
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    alike: dict[str, list[str]] = {}
    for argument in given:
        if argument.annotation is not None:
            alike.setdefault(ast.unparse(argument.annotation), []).append(argument.arg)
    groups = list(alike.values())
    reached = [part for statement in function.body for part in _reached(statement, file)]
    for part in reached:
        if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Tuple):
            names = [each.id for each in part.targets[0].elts if isinstance(each, ast.Name)]
            groups += [names] if len(names) == len(part.targets[0].elts) == 2 else []
    other = {}
    for group in groups:
        other |= dict(zip(group, group[1:] + group[:1], strict=True)) if len(group) > 1 else {}
    for part in reached:
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and part.id in other:
            yield Edit(*file.span(part), other[part.id])


def _operator(
    kind: str, left: ast.AST, right: ast.AST, other: dict[str, str], file: _File, tail: str = ""
) -> Iterator[tuple[str, Edit]]:
    start, end = file.span(left)[1], file.span(right)[0]
    between = file.source[start:end].decode()
    for old in sorted(other, key=len, reverse=True):
        pattern = rf"\b{old}\b" if old[0].isalpha() else re.escape(old)
        if found := re.search(pattern + re.escape(tail), re.sub(r"#.*", "", between)):
            length = len(found.group()) - len(tail)
            yield kind, Edit(start + found.start(), start + found.start() + length, other[old])
            return


def _is_text(node: ast.AST) -> bool:
    """Of text and paths, ``+`` and ``/`` have no other reading."""
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _other_constant(value: bool | int | float) -> str:
    if isinstance(value, bool):
        return str(not value)
    return str(value + 1) if isinstance(value, int) or value == 0 else repr(value * 2)
