"""The names inside a cell: `i`, `f`, `n` are part of the language, read from the function's syntax tree.

The function is compiled a second time with a note after each assignment, so that a trace knows which value each name
was given, in order. A function without source (typed at a prompt) keeps its equations and loses its names.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

NOTE, SCOPE = "__carrousel_note__", "__carrousel_scope__"

Note = Callable[[str, Any], None]


def syntax_tree(function: Callable[..., Any]) -> ast.FunctionDef | None:
    """The function's syntax tree with its line numbers in its file, or None if it has no source of its own."""
    if hasattr(function, "__wrapped__"):  # the source would be that of the function inside
        return None
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return None
    ast.increment_lineno(tree, max(first, 1) - 1)
    found = tree.body[0]
    return found if isinstance(found, ast.FunctionDef) else None


def noting(function: Callable[..., Any], note: Note) -> Callable[..., Any]:
    """The same function, calling `note(name, value)` after every assignment to a plain name."""
    definition = syntax_tree(function)
    if definition is None:
        return function
    definition.decorator_list = []
    definition.returns = None
    for argument in (*definition.args.args, *definition.args.kwonlyargs, *definition.args.posonlyargs):
        argument.annotation = None
    definition.args.defaults = []
    definition.args.kw_defaults = [None for _ in definition.args.kw_defaults]
    definition.body = _noted(definition.body)
    free = function.__code__.co_freevars
    module = ast.parse(f"def {SCOPE}({', '.join(free)}):\n    pass\n    return {definition.name}")
    scope = module.body[0]
    assert isinstance(scope, ast.FunctionDef)
    scope.body[0] = definition
    ast.fix_missing_locations(module)
    known = {**function.__globals__, NOTE: note}
    exec(compile(module, function.__code__.co_filename, "exec"), known)  # noqa: S102 - the cell's own source, once more
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    noted: Callable[..., Any] = known[SCOPE](*cells)
    return noted


def _noted(body: list[ast.stmt]) -> list[ast.stmt]:
    out: list[ast.stmt] = []
    for statement in body:
        for block in ("body", "orelse", "finalbody"):
            inner = getattr(statement, block, None)
            if inner and not isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                setattr(statement, block, _noted(inner))
        out.append(statement)
        out += [_note_statement(name, statement) for name in _targets(statement)]
    return out


def _targets(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.Assign(targets=targets):
            found = targets
        case ast.AnnAssign(target=target, value=value) if value is not None:
            found = [target]
        case ast.AugAssign(target=target):
            found = [target]
        case _:
            return []
    flat = [e for t in found for e in (t.elts if isinstance(t, (ast.Tuple, ast.List)) else [t])]
    return [t.id for t in flat if isinstance(t, ast.Name)]


def _note_statement(name: str, after: ast.stmt) -> ast.stmt:
    call = ast.Call(ast.Name(NOTE, ast.Load()), [ast.Constant(name), ast.Name(name, ast.Load())], [])
    return ast.copy_location(ast.Expr(call), after)
