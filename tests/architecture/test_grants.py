"""Grants match the code: every change that the code of a screen can make is granted to its process.

A test that calls a service acts as the owner of the database, who may do everything, and a test of the page takes only
one path through it: the list of villages was refused for every line but the simplest. So this test reads the source
instead: from the views of an address, through the functions that they name, to each change of a table.
"""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from django.db.models import Model
from django.urls import URLPattern, get_resolver

from binhyen import settings
from binhyen.rls import grants
from binhyen.rls.grants import COLUMN_GRANTS, TABLE_GRANTS, Grant

_CHANGES = {
    "create": "i",
    "bulk_create": "i",
    "update": "u",
    "bulk_update": "u",
    "delete": "d",
    "get_or_create": "si",
    "update_or_create": "siu",
}
_INSERTS = {"insert_values", "insert"}
# Changes in a screen's functions that this process never makes: (table, verb) → reason.
ELSEWHERE: dict[str, dict[tuple[str, str], str]] = {
    "pages": {
        ("channels_flag", "i"): "the pipeline flags posts of groups; a form submission is none",
        ("channels_message", "d"): "earlier messages are dropped with a message of a chat; a form has none",
    },
    "custody": {},
}
Place = tuple[str, str]


@dataclass(slots=True)
class ModuleSource:
    """A module: the targets of its names, and the functions, classes and tables that they stand for."""

    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    functions: dict[str, ast.AST] = field(default_factory=dict)


@cache
def load_source(module: str) -> ModuleSource:
    path = settings.BASE_DIR / module.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    parsed = ModuleSource()
    if not file.exists():
        return parsed
    tree = ast.parse(file.read_text())
    for node in tree.body:  # tables of actions, classes
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name):
                parsed.functions[target.id] = node
        if isinstance(node, ast.ClassDef):
            parsed.functions[node.name] = node
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("binhyen"):
            for name in node.names:
                parsed.names[name.asname or name.name] = (node.module, name.name)
        if isinstance(node, ast.FunctionDef):
            parsed.functions.setdefault(node.name, node)
    return parsed


def resolve_name(module: str, name: str) -> Place:
    """Resolve a name of a module through re-exports of packages; return ("binhyen.x", "") for a module."""
    for _ in range(9):
        origin = load_source(module)
        if name in origin.functions or name not in origin.names:
            break
        module, name = origin.names[name]
        inner = f"{module}.{name}"
        if (settings.BASE_DIR / inner.replace(".", "/")).with_suffix(".py").exists() or (
            settings.BASE_DIR / inner.replace(".", "/")
        ).is_dir():
            return inner, ""
    return module, name


def list_called_functions(module: str, body: ast.AST) -> Iterator[Place]:
    """Return our functions that a body names."""
    for node in ast.walk(body):
        if isinstance(node, ast.Name):
            where, name = resolve_name(module, node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            where, name = resolve_name(module, node.value.id)
            if name:
                continue
            where, name = resolve_name(where, node.attr)
        else:
            continue
        if name in load_source(where).functions:
            yield where, name


def resolve_model(module: str, node: ast.AST, known: dict[str, type[Model]]) -> type[Model] | None:
    """Return the model of a chain of calls: `Model.objects.filter(…)`, or a variable that holds such."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    if not isinstance(node, ast.Name):
        return None
    if node.id in known:
        return known[node.id]
    where, name = resolve_name(module, node.id)
    if ".models" not in where or not name:
        return None
    made = getattr(importlib.import_module(where), name, None)
    return made if isinstance(made, type) and issubclass(made, Model) else None


def list_changes(module: str, body: ast.AST) -> Iterator[tuple[str, str]]:
    """Return (table, verb) of each change in a body."""
    model_variables: dict[str, type[Model]] = {}
    fresh: set[str] = set()
    for node in ast.walk(body):
        if isinstance(node, ast.Assign | ast.For) and (
            model := resolve_model(module, _get_assigned_value(node), model_variables)
        ):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name):
                model_variables[target.id] = model
                fresh |= {target.id} if _creates_rows(_get_assigned_value(node)) else set()
    for node in ast.walk(body):
        if not isinstance(node, ast.Call):
            continue
        verbs, on = "", None
        if isinstance(node.func, ast.Name) and node.func.id in _INSERTS and node.args:
            verbs, on = "i", resolve_model(module, node.args[0], model_variables)
        elif isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES and _is_rows(node.func.value):
            verbs, on = _CHANGES[node.func.attr], resolve_model(module, node.func.value, model_variables)
        elif (
            isinstance(node.func, ast.Attribute) and node.func.attr == "save" and isinstance(node.func.value, ast.Name)
        ):
            verbs = "i" if node.func.value.id in fresh else "u"
            on = model_variables.get(node.func.value.id)
        if on is not None:
            yield from ((on._meta.db_table, verb) for verb in verbs)


def _get_assigned_value(node: ast.Assign | ast.For) -> ast.AST:
    return node.value if isinstance(node, ast.Assign) else node.iter


def _creates_rows(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def _is_rows(node: ast.AST) -> bool:
    """Return whether it is a manager or queryset, or a variable of one: a relation (`case.notes.create`) identifies no
    model here.
    """
    chain = node
    while isinstance(chain, ast.Attribute | ast.Call):
        if isinstance(chain, ast.Attribute) and chain.attr == "objects":
            return True
        chain = chain.func if isinstance(chain, ast.Call) else chain.value
    return isinstance(node, ast.Name)


def list_views(urlconf: str) -> set[Place]:
    """Return the functions behind the addresses."""
    functions, pending = set(), list(get_resolver(urlconf).url_patterns)
    for pattern in pending:
        if isinstance(pattern, URLPattern):
            view: Any = pattern.callback
            while hasattr(view, "__wrapped__"):
                view = view.__wrapped__
            if getattr(view, "__module__", "").startswith("binhyen"):
                functions.add((view.__module__, getattr(view, "__name__", "")))
        else:
            pending += pattern.url_patterns
    return functions


def find_reachable_changes(urlconf: str) -> dict[tuple[str, str], str]:
    """Return each change that a screen can make, with the function that contains it."""
    visited, waiting = set(), list(list_views(urlconf))
    change_origins: dict[tuple[str, str], str] = {}
    while waiting:
        module, name = place = waiting.pop()
        body = load_source(module).functions.get(name)
        if place in visited or body is None:
            continue
        visited.add(place)
        waiting += list_called_functions(module, body)
        for change in list_changes(module, body):
            change_origins.setdefault(change, f"{module}.{name}")
    return change_origins


def find_missing_grants(process: str, urlconf: str) -> dict[tuple[str, str], str]:
    return {
        (table, verb): where
        for (table, verb), where in find_reachable_changes(urlconf).items()
        if verb not in getattr(grants.TABLE_GRANTS[table], process)
        and verb not in COLUMN_GRANTS.get((table, process), {})
    }


EXAMPLE_CHANGES = [("pages", "binhyen.urls"), ("custody", "binhyen.vault.urls")]


@pytest.mark.parametrize(("process", "urlconf"), EXAMPLE_CHANGES)
def test_what_a_screen_writes_its_login_may_write(process: str, urlconf: str) -> None:
    lacking = find_missing_grants(process, urlconf)
    assert set(lacking) == set(ELSEWHERE[process]), (
        "add a grant to binhyen/rls/grants.py, or the reason why this process never does it",
        {change: where for change, where in lacking.items() if change not in ELSEWHERE[process]},
    )


def test_control_the_list_of_villages_as_it_was_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    reads, adds = Grant("·", "s", "s", "s", "s"), Grant("·", "si", "s", "s", "s")
    before = {"areas_alias": reads, "areas_succession": reads, "areas_area": adds}
    monkeypatch.setattr(grants, "TABLE_GRANTS", TABLE_GRANTS | before)
    lacking = set(find_missing_grants(*EXAMPLE_CHANGES[0])) - set(ELSEWHERE["pages"])
    assert lacking == {("areas_alias", "i"), ("areas_succession", "i"), ("areas_area", "u")}
