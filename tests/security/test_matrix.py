"""A1: every address × method × role × relation gives the written decision, and no answer shows a foreign object.

Addresses come from the resolver: one that `matrix/policy.py` and `architecture/test_urls.py` do not know breaks the
build. Requirement 4. Probes are rolled back one by one; one loaded scene serves all of a person's.
"""

import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Func, Q, TextField, Value

from binhyen.cases.views.actions import ACTIONS
from binhyen.kit import prepared_queries
from binhyen.people import access, queries, roles
from binhyen.people.roles import Role
from tests.architecture.test_urls import OFFICERS
from tests.security.matrix import policy, probing, scene
from tests.security.matrix.policy import LISTS, OWNERS_OF_ROUTE, Outcome
from tests.security.matrix.probing import METHODS, Asker, classify_answer, list_leaked_marks, send_request
from tests.security.matrix.scene import OWN, Scene
from tests.security.routes import get_path, list_routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("menu_numbers_counted_once")]
NOWHERE = "0198c0de-0000-7000-8000-00000000{}"
COUNTED: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def own_folders(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FILES_ROOT = tmp_path / "files"


@pytest.fixture
def built(unit: Callable[[str], Any], officer: Callable[..., Any]) -> Scene:
    return scene.build_scene(unit, officer)


def list_relations(kind: str, built: Scene) -> list[str]:
    return [relation for k, relation in built.address_parts if k == kind]


def list_problems(route: str, method: str, asker: Asker, expected: Outcome, answer: Any, about: str = "") -> list[str]:
    """Return the faults of an answer; empty if it is the written one and shows nothing foreign."""
    outcome = classify_answer(answer)
    faults = [f"{asker.name} {method} {route} {about}: {outcome}, written: {expected}"] if outcome != expected else []
    stray = list_leaked_marks(asker.role, answer)
    return faults + ([f"{asker.name} {method} {route} {about}: shows {sorted(stray)}"] if stray else [])


def probe_pages(asker: Asker, built: Scene) -> Iterator[str]:
    """Probe every officers' address, every method, every relation; yield the faults."""
    for route in OFFICERS:
        kinds = ["file", "sealed file"] if OWNERS_OF_ROUTE.get(route) == "file" else [OWNERS_OF_ROUTE.get(route, "")]
        for kind in kinds:
            for relation in list_relations(kind, built) if kind else [OWN]:
                parts = built.address_parts.get((kind, relation), {})
                for method in METHODS:
                    if _is_probed(route, method, asker, kind, relation, built):
                        yield from _send_probe(route, method, asker, kind, relation, parts)


def _is_probed(route: str, method: str, asker: Asker, kind: str, relation: str, built: Scene) -> bool:
    """Return whether this asker sends this probe: the served methods for every relation; HEAD and the methods that no
    relation is served for one relation each, another for each asker, so that together they ask for all.
    """
    served = OFFICERS[route][0]
    if not kind or method == served or (method != "HEAD" and policy.is_served(route, method)):
        return True
    relations = list_relations(kind, built)
    turn = probing.NAMES.index(asker.name) + METHODS.index(method)
    return relation == relations[turn % len(relations)]


def _send_probe(route: str, method: str, asker: Asker, kind: str, relation: str, parts: dict[str, str]) -> list[str]:
    where = get_path(route, {"<slug:action>": "khoa" if kind == "officer" else "da-nhan", **parts})
    if kind == "roster" and method in {"GET", "HEAD"}:
        where += f"?don-vi={parts['unit']}"
    expected = policy.decide_page(route, method, asker.role, relation, kind)
    if (route, method, expected) == ("vu-viec/<str:code>/<slug:action>", "POST", Outcome.IN):
        expected = policy.decide_deed("da-nhan", asker.role, relation)
    COUNTED[asker.name] += 1
    return list_problems(
        route, method, asker, expected, send_request(asker.client, method, where, _get_fields(route, parts)), relation
    )


def _get_fields(route: str, parts: dict[str, str]) -> dict[str, str]:
    return {"text": "Xin nhắc nhẹ", "category": "noise", **{k: v for k, v in parts.items() if "<" not in k}}


def probe_actions(asker: Asker, built: Scene) -> Iterator[str]:
    """Probe every action on every case, with a complete form; yield the faults."""
    for action, (_, fields) in policy.ACTION_ROLES.items():
        for relation, case in built.cases.items():
            form_fields = {
                "version": str(case.version),
                **{k: _fill_field(v, built, relation) for k, v in fields.items()},
            }
            answer = send_request(asker.client, "POST", f"/vu-viec/{case.code}/{action}", form_fields)
            COUNTED[asker.name] += 1
            expected = policy.decide_deed(action, asker.role, relation)
            yield from list_problems(action, "POST", asker, expected, answer, relation)
            goes = (
                expected is Outcome.IN
                and relation == OWN
                and asker.role in policy.UNIT
                and action not in policy.REFUSED_BY_STATE
            )
            if goes and answer.status_code != 303:
                yield f"{asker.name} {action}: {answer.status_code}, and it should have been done"


def _fill_field(value: str, built: Scene, relation: str) -> str:
    case = built.cases[relation]
    message = case.case_messages.get().message.public_id
    other = next(
        c for r, c in built.cases.items() if (r != relation and c.unit_id == case.unit_id) or r == OWN != relation
    )
    loose = built.address_parts["message", OWN]["<uuid:message>"]
    return value.format(unit=probing.get_other_unit(built, relation), other=other.code, message=message, loose=loose)


def probe_absent(asker: Asker, built: Scene) -> list[str]:
    """Compare foreign and missing objects: the same answer, word for word."""
    wrong = []
    for route, kind in OWNERS_OF_ROUTE.items():
        served, roles = OFFICERS[route]
        if kind == "roster" or asker.role not in roles:
            continue
        for relation in list_relations(kind, built):
            if policy.is_visible(kind, asker.role, relation):
                continue
            parts = built.address_parts[kind, relation]
            nothing = {name: _make_missing_id(value) for name, value in parts.items() if name.startswith("<")}
            asked = [get_path(route, {"<slug:action>": "da-nhan", **p}) for p in (parts, nothing)]
            there, not_there = (send_request(asker.client, served, where) for where in asked)
            COUNTED[asker.name] += 2
            if _normalise_answer(there, asked[0]) != _normalise_answer(not_there, asked[1]):
                wrong.append(f"{asker.name} {route} {relation}: not theirs looks different from not there")
    return wrong


def _make_missing_id(value: str) -> str:
    """Return an identifier of the same shape that belongs to no object."""
    if "-" in value:
        return NOWHERE.format(secrets.token_hex(2))
    return "99" if value.isdigit() else "ZZZZZZZZ"


def _normalise_answer(answer: Any, where: str) -> tuple[int, bytes]:
    body = re.sub(rb'[\w-]{32,}|data-ends="\d+"', b"", answer.content)  # secrets of forms, seconds left
    return answer.status_code, body.replace(where.encode(), b"").replace(where.rpartition("/")[0].encode(), b"")


def probe_lists(asker: Asker, built: Scene) -> list[str]:
    """Check that every list shows all visible objects, and nothing else."""
    wrong = []
    for where, kinds in LISTS.items():
        route = where.partition("?")[0].lstrip("/").replace("ket-qua/reports", "ket-qua/<slug:metric>")
        if (
            asker.role is None
            or asker.role not in OFFICERS[route][1]
            or (asker.role is policy.INSPECTOR or (route, asker.role) == ("ban-truc", policy.OPERATOR))
        ):
            continue
        answer = send_request(asker.client, "GET", where)
        wanted = {
            scene.make_mark(k, r)
            for k in kinds
            for r in list_relations(k, built)
            if policy.is_visible(k, asker.role, r)
        }
        if (route and ("/" + route, asker.role)) in policy.UNSEEN_WORDS:
            wanted = set()
        listed_marks = {m for m in probing.find_marks(answer) if m.startswith(tuple(f"zq{k}" for k in kinds))}
        COUNTED[asker.name] += 1
        if listed_marks != wanted:
            wrong.append(
                f"{asker.name} {where}: too much {sorted(listed_marks - wanted)}, too little {sorted(wanted - listed_marks)}"
            )
    return wrong


def run_all_probes(asker: Asker, built: Scene) -> list[str]:
    return [
        *probe_pages(asker, built),
        *probe_actions(asker, built),
        *probe_absent(asker, built),
        *probe_lists(asker, built),
    ]


def test_every_address_that_leads_to_a_thing_says_whose() -> None:
    leads = {r for r in OFFICERS if "<" in r}
    written_routes = {r for r in OWNERS_OF_ROUTE if "<" in r} | policy.WITHOUT_OBJECT
    assert leads - written_routes == set(), (
        "a new address: add the kind of its object to tests/security/matrix/policy.py"
    )
    assert written_routes - leads == set(), "these no longer exist"
    assert set(OWNERS_OF_ROUTE.values()) | {"sealed file"} == set(policy.SCOPE_BY_ROLE)
    assert set(policy.ACTION_ROLES) == set(ACTIONS), "a new action: add the roles that may take it"
    assert {r for r, _ in list_routes()} >= set(OFFICERS)


@pytest.mark.parametrize("name", probing.NAMES)
def test_every_decision_is_the_written_one(name: str, built: Scene, officer: Callable[..., Any]) -> None:
    asker = probing.build_askers(built, officer, name)
    wrong = run_all_probes(asker, built)
    assert wrong == [], f"{len(wrong)} of {COUNTED[name]}: " + "\n".join(wrong[:200])
    assert COUNTED[name] >= 1000, COUNTED


# Controls: planted defects for which the same probes fail.


def _drop_filter(patch: pytest.MonkeyPatch) -> None:
    """Make the program's own filter return everything; row-level security is disabled too."""
    patch.setattr(prepared_queries, "_cache", {})  # no cached query from before, none left for later
    patch.setattr(access, "visible_filter", lambda *_, **__: Q())
    patch.setattr(access, "filter_cases", lambda *_, **__: Q())
    patch.setattr(access, "build_scope_expression", lambda *_: Value("province"))
    patch.setattr(queries, "_SET_SCOPE", _give_all_province_scope())


def _give_all_province_scope() -> Any:
    return Func(
        Value("binhyen.scope"), Value("province"), Value(False), function="set_config", output_field=TextField()
    )


def _add_role(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(roles.ABILITIES, Role.INSPECTOR, roles.ABILITIES[Role.INSPECTOR] | {roles.Permission.REPORT_BACK})


def _add_ability(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(
        roles.ABILITIES, Role.VILLAGE_TEAM, roles.ABILITIES[Role.VILLAGE_TEAM] | {roles.Permission.WORK_CASES}
    )


def _show_team_its_unit(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(prepared_queries, "_cache", {})  # no cached query from before, none left for later
    patch.setattr(access, "get_role_visibility", lambda role, *, unit_id, officer_id: roles.Visibility(unit_id=unit_id))
    patch.setattr(queries, "_SET_SCOPE", _give_all_province_scope())


@pytest.mark.parametrize(
    ("defect", "name"),
    [
        (_drop_filter, "OFFICER"),
        (_add_role, "INSPECTOR"),
        (_add_ability, "VILLAGE_TEAM"),
        (_show_team_its_unit, "VILLAGE_TEAM"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_control_a_planted_hole_is_found(
    defect: Callable[[pytest.MonkeyPatch], None],
    name: str,
    built: Scene,
    officer: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asker = probing.build_askers(built, officer, name)
    defect(monkeypatch)
    # Row-level security may still refuse what the program lets pass: that 500 hides no finding, and is none by itself.
    asker.client.raise_request_exception = False
    problems = chain(probe_actions(asker, built), probe_pages(asker, built))
    assert any(": 500, " not in line for line in problems)


def test_control_an_address_nobody_wrote_down_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.architecture import test_urls

    monkeypatch.setattr(test_urls, "ADDRESSES", [*test_urls.ADDRESSES, test_urls.Address("cua-sau/<uuid:case>", "")])
    with pytest.raises(AssertionError, match="a new address"):
        test_urls.test_every_address_has_exactly_one_policy()
    monkeypatch.setitem(OFFICERS, "cua-sau/<uuid:case>", ("GET", {Role.CHIEF}))
    with pytest.raises(AssertionError, match="a new address"):
        test_every_address_that_leads_to_a_thing_says_whose()
