"""A1: every address × method × role × relation gives the written decision, and no answer shows a foreign object.

Addresses come from the resolver: one that `matrix/policy.py` and `architecture/test_urls.py` do not know breaks the
build. Requirement 4. Probes are rolled back one by one; one loaded scene serves all of a person's.
"""

import re
import secrets
from collections import Counter
from collections.abc import Callable
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
from tests.security.matrix.policy import LISTS, WHOSE, Say
from tests.security.matrix.probing import METHODS, Asker, leaked, said, send
from tests.security.matrix.scene import OWN, Scene
from tests.security.routes import path_of, routes

pytestmark = pytest.mark.django_db
NOWHERE = "0198c0de-0000-7000-8000-00000000{}"
COUNTED: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def own_folders(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FILES_ROOT = tmp_path / "files"


@pytest.fixture
def built(unit: Callable[[str], Any], officer: Callable[..., Any]) -> Scene:
    return scene.build(unit, officer)


def relations(kind: str, built: Scene) -> list[str]:
    return [relation for k, relation in built.known if k == kind]


def problems(route: str, method: str, who: Asker, expected: Say, answer: Any, about: str = "") -> list[str]:
    """Return the faults of an answer; empty if it is the written one and shows nothing foreign."""
    found = said(answer)
    told = [f"{who.name} {method} {route} {about}: {found}, written: {expected}"] if found != expected else []
    stray = leaked(who.role, answer)
    return told + ([f"{who.name} {method} {route} {about}: shows {sorted(stray)}"] if stray else [])


def probe_pages(who: Asker, built: Scene) -> list[str]:
    """Probe every officers' address, every method, every relation."""
    wrong: list[str] = []
    for route in OFFICERS:
        kinds = ["file", "sealed file"] if WHOSE.get(route) == "file" else [WHOSE.get(route, "")]
        for kind in kinds:
            for relation in relations(kind, built) if kind else [OWN]:
                parts = built.known.get((kind, relation), {})
                for method in METHODS:
                    wrong += _probe(route, method, who, kind, relation, parts)
    return wrong


def _probe(route: str, method: str, who: Asker, kind: str, relation: str, parts: dict[str, str]) -> list[str]:
    where = path_of(route, {"<slug:action>": "khoa" if kind == "officer" else "da-nhan", **parts})
    if kind == "roster" and method in {"GET", "HEAD"}:
        where += f"?don-vi={parts['unit']}"
    expected = policy.decide(route, method, who.role, relation, kind)
    if (route, method, expected) == ("vu-viec/<str:code>/<slug:action>", "POST", Say.IN):
        expected = policy.decide_deed("da-nhan", who.role, relation)
    COUNTED[who.name] += 1
    return problems(route, method, who, expected, send(who.client, method, where, _fields(route, parts)), relation)


def _fields(route: str, parts: dict[str, str]) -> dict[str, str]:
    return {"text": "Xin nhắc nhẹ", "category": "noise", **{k: v for k, v in parts.items() if "<" not in k}}


def probe_deeds(who: Asker, built: Scene) -> list[str]:
    """Probe every action on every case, with a complete form."""
    wrong = []
    for action, (_, fields) in policy.DEEDS.items():
        for relation, case in built.cases.items():
            told = {"version": str(case.version), **{k: _filled(v, built, relation) for k, v in fields.items()}}
            answer = send(who.client, "POST", f"/vu-viec/{case.code}/{action}", told)
            COUNTED[who.name] += 1
            expected = policy.decide_deed(action, who.role, relation)
            wrong += problems(action, "POST", who, expected, answer, relation)
            goes = expected is Say.IN and relation == OWN and who.role in policy.UNIT and action not in policy.NOT_NOW
            if goes and answer.status_code != 303:
                wrong.append(f"{who.name} {action}: {answer.status_code}, and it should have been done")
    return wrong


def _filled(value: str, built: Scene, relation: str) -> str:
    case = built.cases[relation]
    message = case.case_messages.get().message.public_id
    other = next(
        c for r, c in built.cases.items() if (r != relation and c.unit_id == case.unit_id) or r == OWN != relation
    )
    loose = built.known["message", OWN]["<uuid:message>"]
    return value.format(unit=probing.others_unit(built, relation), other=other.code, message=message, loose=loose)


def probe_absent(who: Asker, built: Scene) -> list[str]:
    """Compare foreign and missing objects: the same answer, word for word."""
    wrong = []
    for route, kind in WHOSE.items():
        served, roles = OFFICERS[route]
        if kind == "roster" or who.role not in roles:
            continue
        for relation in relations(kind, built):
            if policy.seen(kind, who.role, relation):
                continue
            parts = built.known[kind, relation]
            nothing = {name: _another(value) for name, value in parts.items() if name.startswith("<")}
            asked = [path_of(route, {"<slug:action>": "da-nhan", **p}) for p in (parts, nothing)]
            there, not_there = (send(who.client, served, where) for where in asked)
            COUNTED[who.name] += 2
            if _plain(there, asked[0]) != _plain(not_there, asked[1]):
                wrong.append(f"{who.name} {route} {relation}: not theirs looks different from not there")
    return wrong


def _another(value: str) -> str:
    """Return an identifier of the same shape that belongs to no object."""
    if "-" in value:
        return NOWHERE.format(secrets.token_hex(2))
    return "99" if value.isdigit() else "ZZZZZZZZ"


def _plain(answer: Any, where: str) -> tuple[int, bytes]:
    body = re.sub(rb'[\w-]{32,}|data-ends="\d+"', b"", answer.content)  # secrets of forms, seconds left
    return answer.status_code, body.replace(where.encode(), b"").replace(where.rpartition("/")[0].encode(), b"")


def probe_lists(who: Asker, built: Scene) -> list[str]:
    """Check that every list shows all visible objects, and nothing else."""
    wrong = []
    for where, kinds in LISTS.items():
        route = where.partition("?")[0].lstrip("/").replace("ket-qua/reports", "ket-qua/<slug:metric>")
        if (
            who.role is None
            or who.role not in OFFICERS[route][1]
            or (who.role is policy.INSPECTOR or (route, who.role) == ("ban-truc", policy.OPERATOR))
        ):
            continue
        answer = send(who.client, "GET", where)
        wanted = {scene.mark(k, r) for k in kinds for r in relations(k, built) if policy.seen(k, who.role, r)}
        if (route and ("/" + route, who.role)) in policy.UNSEEN_WORDS:
            wanted = set()
        seen = {m for m in probing.shown(answer) if m.startswith(tuple(f"zq{k}" for k in kinds))}
        COUNTED[who.name] += 1
        if seen != wanted:
            wrong.append(f"{who.name} {where}: too much {sorted(seen - wanted)}, too little {sorted(wanted - seen)}")
    return wrong


def everything(who: Asker, built: Scene) -> list[str]:
    return [*probe_pages(who, built), *probe_deeds(who, built), *probe_absent(who, built), *probe_lists(who, built)]


def test_every_address_that_leads_to_a_thing_says_whose() -> None:
    leads = {r for r in OFFICERS if "<" in r}
    known = {r for r in WHOSE if "<" in r} | policy.NOBODYS
    assert leads - known == set(), "a new address: add the kind of its object to tests/security/matrix/policy.py"
    assert known - leads == set(), "these no longer exist"
    assert set(WHOSE.values()) | {"sealed file"} == set(policy.SIGHT)
    assert set(policy.DEEDS) == set(ACTIONS), "a new action: add the roles that may take it"
    assert {r for r, _ in routes()} >= set(OFFICERS)


@pytest.mark.parametrize("name", probing.NAMES)
def test_every_decision_is_the_written_one(name: str, built: Scene, officer: Callable[..., Any]) -> None:
    who = probing.askers(built, officer, name)
    wrong = everything(who, built)
    assert wrong == [], f"{len(wrong)} of {COUNTED[name]}: " + "\n".join(wrong[:200])
    assert COUNTED[name] >= 1000, COUNTED


# Controls: planted defects for which the same probes fail.


def _filter_dropped(patch: pytest.MonkeyPatch) -> None:
    """Make the program's own filter return everything; row-level security is disabled too."""
    patch.setattr(prepared_queries, "_known", {})  # no cached query from before, none left for later
    patch.setattr(access, "within", lambda *_, **__: Q())
    patch.setattr(access, "cases", lambda *_, **__: Q())
    patch.setattr(access, "scope_column", lambda *_: Value("province"))
    patch.setattr(queries, "_SETS_SCOPE", _everybody_is_the_province())


def _everybody_is_the_province() -> Any:
    return Func(
        Value("binhyen.scope"), Value("province"), Value(False), function="set_config", output_field=TextField()
    )


def _role_added(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(roles.ABILITIES, Role.INSPECTOR, roles.ABILITIES[Role.INSPECTOR] | {roles.May.REPORT_BACK})


def _ability_added(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(roles.ABILITIES, Role.VILLAGE_TEAM, roles.ABILITIES[Role.VILLAGE_TEAM] | {roles.May.WORK_CASES})


def _team_sees_its_unit(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(prepared_queries, "_known", {})  # no cached query from before, none left for later
    patch.setattr(access, "sees", lambda role, *, unit_id, officer_id: roles.Sight(unit_id=unit_id))
    patch.setattr(queries, "_SETS_SCOPE", _everybody_is_the_province())


@pytest.mark.parametrize(
    ("defect", "name"),
    [
        (_filter_dropped, "OFFICER"),
        (_role_added, "INSPECTOR"),
        (_ability_added, "VILLAGE_TEAM"),
        (_team_sees_its_unit, "VILLAGE_TEAM"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_control_a_planted_hole_is_found(
    defect: Callable[[pytest.MonkeyPatch], None], name: str, built: Scene, officer: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    who = probing.askers(built, officer, name)
    defect(monkeypatch)
    assert [*probe_deeds(who, built), *probe_pages(who, built)] != []


def test_control_an_address_nobody_wrote_down_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.architecture import test_urls

    monkeypatch.setattr(test_urls, "ADDRESSES", [*test_urls.ADDRESSES, test_urls.Address("cua-sau/<uuid:case>", "")])
    with pytest.raises(AssertionError, match="a new address"):
        test_urls.test_every_address_has_exactly_one_policy()
    monkeypatch.setitem(OFFICERS, "cua-sau/<uuid:case>", ("GET", {Role.CHIEF}))
    with pytest.raises(AssertionError, match="a new address"):
        test_every_address_that_leads_to_a_thing_says_whose()
