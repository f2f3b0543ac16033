"""Case events come from a closed list of enum members, and the data that decisions read has one written form."""

import ast
from collections.abc import Callable, Iterator

import pytest
from django.db import IntegrityError, transaction

from binhyen.areas.models import Unit
from binhyen.cases import event_data
from binhyen.cases.choices import EVENT_LABELS, Verb
from binhyen.cases.models import CaseEvent
from binhyen.cases.tests.scene import open_case
from binhyen.kit import clock
from tests.architecture.test_house_rules import is_test, parse_sources

WORDS = frozenset(Verb)
# Verb → functions that may create its data (`event_data.…`). Their keys are read back by name in Python and in SQL.
FORMS = {
    Verb.OPENED: {"opened": event_data.OpenedData},
    Verb.RECLASSIFIED: {"reclassified": event_data.Reclassified, "out_of_sight": event_data.Reclassified},
    Verb.ABSORBED: {"Absorbed": event_data.AbsorbedData},
    Verb.MATCHED: {"Matched": event_data.MatchedData},
    Verb.HANDED_ON: {"moved": event_data.Moved},
    Verb.TAKEN_BACK: {"moved": event_data.Moved},
    Verb.PLACED: {"placed": event_data.Moved},
    Verb.STATE: {"set_to": event_data.SetTo},
}


def _list_constants(node: ast.AST | None) -> list[str]:
    """Return the words of a constant, or of a list of constants only."""
    match node:
        case ast.Constant(value=str(word)):
            return [word]
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            words = [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]
            return words if len(words) == len(parts) else []
        case ast.Dict(keys=parts):
            return _list_constants(ast.Tuple(elts=[p for p in parts if p is not None]))
    return []


def _get_called_name(node: ast.AST) -> str:
    return str(getattr(node, "id", getattr(node, "attr", "")))


def find_literals(tree: ast.AST) -> Iterator[int]:
    """Return lines on which a verb is a plain string: passed by name, compared, matched, or in a list of at least two."""
    for node in ast.walk(tree):
        candidates: list[str] = []
        match node:
            case ast.keyword(arg=str(name), value=value) if "verb" in name.split("__"):
                candidates = _list_constants(value)
            case ast.Compare(left=left, comparators=[*others]) if "verb" in map(_get_called_name, (left, *others)):
                candidates = [word for side in (left, *others) for word in _list_constants(side)]
            case ast.Match(subject=subject, cases=cases) if _get_called_name(subject) == "verb":
                values = [n.value for c in cases for n in ast.walk(c.pattern) if isinstance(n, ast.MatchValue)]
                candidates = [word for value in values for word in _list_constants(value)]
            case ast.Tuple() | ast.List() | ast.Set() | ast.Dict() if len(words := _list_constants(node)) > 1:
                candidates = words if set(words) <= WORDS else []
        if WORDS & set(candidates):
            yield node.lineno  # type: ignore[attr-defined]


def find_formless(tree: ast.AST) -> Iterator[int]:
    """Return lines that write a verb of FORMS with improvised data, or read a key that its data does not have."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        given = {k.arg: k.value for k in node.keywords}
        if _get_called_name(node.func) in {"finish", "Trace"} and len(node.args) > 1:
            makers = FORMS.get(_find_verb(node.args[1]), {})
            data = given.get("data", node.args[3] if len(node.args) > 3 else None)
            if makers and not (isinstance(data, ast.Call) and _get_called_name(data.func) in makers):
                yield node.lineno
        for form in FORMS.get(_find_verb(given.get("verb")), {}).values():
            keys = {a.removeprefix("data__").partition("__")[0] for a in given if a and a.startswith("data__")}
            asked = {*(keys - {"has_key"}), *_list_constants(given.get("data__has_key"))}
            if not asked <= set(form.__annotations__):
                yield node.lineno


def _find_verb(node: ast.AST | None) -> Verb | None:
    return (
        Verb.__members__.get(node.attr)
        if isinstance(node, ast.Attribute) and _get_called_name(node.value) == "Verb"
        else None
    )


def test_verbs_are_named_by_their_member() -> None:
    ours = {name: tree for name, tree in parse_sources().items() if name.startswith("binhyen/") and not is_test(name)}
    assert [f"{name}:{line}" for name, tree in ours.items() for line in find_literals(tree)] == []
    assert [f"{name}:{line}" for name, tree in ours.items() for line in find_formless(tree)] == []


@pytest.mark.parametrize(
    "source",
    [
        'events.filter(verb="opened")',
        'events.filter(verb__in=("opened", "x"))',
        'Q(events__verb="heard")',
        'event.verb == "late"',
        'verb in {"merged"}',
        '_OURS = ("asked", "answered")',
        'x = {"closed": 1, "merged": 2}',
        'match event.verb:\n    case "state" | "graded":\n        pass',
    ],
)
def test_control_a_plain_word_is_found(source: str) -> None:
    assert list(find_literals(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        'finish(case, Verb.HANDED_ON, now=now, data={"from": 1, "to": 2})',
        "finish(case, Verb.STATE, now=now)",
        'Trace(case, Verb.MATCHED, INTAKE, {"codes": []})',
        'rows.filter(verb=Verb.STATE, data__into="PASSED_ON")',
        'rows.filter(verb=Verb.OPENED, data__has_key="question")',
    ],
)
def test_control_data_of_ones_own_making_are_found(source: str) -> None:
    assert list(find_formless(ast.parse(source)))


def test_what_is_written_right_is_left_alone() -> None:
    right = (
        "finish(case, Verb.HANDED_ON, data=kept.moved(1, 2))\n"
        "rows.filter(verb=Verb.STATE, data__to=State.PASSED_ON)\nentries.filter(verb='sign_in_failed')\n"
        "finish(case, Verb.RATED, data={'helped': True})"
    )
    assert [*find_literals(ast.parse(right)), *find_formless(ast.parse(right))] == []


def test_every_verb_has_words() -> None:
    assert list(EVENT_LABELS) == list(Verb)


@pytest.mark.django_db
def test_the_database_knows_the_same_list(unit: Callable[..., Unit]) -> None:
    case = open_case(unit("18568"))

    def write_event(verb: str) -> None:
        with transaction.atomic():
            CaseEvent.objects.create(case=case, version=9, at=clock.now(), actor="system:test", verb=verb)

    for verb in Verb:
        write_event(verb)
    with pytest.raises(IntegrityError, match="cases_event_known"):
        write_event("handed_over")
