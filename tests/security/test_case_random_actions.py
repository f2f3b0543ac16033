"""A6, F8 and F15: two officers and the province take random actions on three cases, checked against a model.

After every step the register equals the model, and the invariants hold: one winner of two who act on the same page, a
version number for every event, a closed case has an outcome, no case is merged into itself or into a merged one, other
units' cases stay invisible.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from binhyen.cases.choices import Outcome, State
from binhyen.cases.models import Case, CaseEvent
from binhyen.cases.queries.case_detail import get_visible_case
from binhyen.cases.rules import TRANSITIONS, NotAllowed, NotFound
from binhyen.cases.services import closing, linking, officer_actions, unit_of_work
from binhyen.cases.services.unit_of_work import StaleCase
from binhyen.cases.tests.scene import open_case
from binhyen.kit import clock

pytestmark = pytest.mark.django_db
PERSON_STRATEGY, CASE_STRATEGY = st.sampled_from(["an", "binh", "tinh"]), st.integers(0, 2)
RECEIPT = {"receiver": "PC02", "receipt": "BN 4"}
STALE = st.booleans()  # acts on the page of the previous version


class CaseLife(RuleBasedStateMachine):
    """The cases. `unit`, `state`, `into`, `version` of each case in the model. People and units are set from outside."""

    unit: Callable[[str], Any]
    people: dict[str, Any]

    @initialize()
    def open(self) -> None:
        self.cases = [open_case(self.unit("18568"), text=f"Có đánh nhau ở chợ {n}") for n in range(3)]
        self.state = {c.code: State.NEW for c in self.cases}
        self.at = {c.code: self.unit("18568").pk for c in self.cases}
        self.into: dict[str, str | None] = {c.code: None for c in self.cases}
        self.version = {c.code: Case.objects.get(pk=c.pk).version for c in self.cases}
        self.before: dict[str, State] = {}

    def is_visible(self, person: str, code: str) -> bool:
        return person == "tinh" or self.people[person].unit_id == self.at[code]

    def take_action(
        self,
        person: str,
        code: str,
        stale: bool,
        do: Callable[..., Any],
        *also: str,
        may: bool = True,
        changes: int = 1,
    ) -> bool:
        """Take one action; return True if it was accepted. The model predicts whether it is allowed."""
        version = self.version[code] - (1 if stale else 0)
        good = may and not stale and all(self.is_visible(person, c) for c in (code, *also))
        try:
            with transaction.atomic():
                do(code=code, officer=self.people[person], version=version, now=clock.now())
        except (NotAllowed, NotFound, StaleCase) as refused:
            assert not good, f"{do} by {person}: {refused!r}"
            return False
        assert good, f"{do} by {person} was accepted"
        self.version[code] += changes
        return True

    @rule(who=PERSON_STRATEGY, n=CASE_STRATEGY, stale=STALE)
    def take(self, who: str, n: int, stale: bool) -> None:
        code = self.cases[n].code
        fresh = Case.objects.get(code=code).acknowledged_at is None
        if (
            self.take_action(who, code, stale, officer_actions.assign_to_self, changes=2 if fresh else 1)
            and self.state[code] is State.NEW
            and fresh
        ):
            self.state[code] = State.RECEIVED

    @rule(who=PERSON_STRATEGY, n=CASE_STRATEGY, stale=STALE, to=st.sampled_from(list(State)))
    def move_case(self, who: str, n: int, stale: bool, to: State) -> None:
        code = self.cases[n].code
        may = to in TRANSITIONS[self.state[code]] and to not in {State.CLOSED, State.MERGED}
        if self.take_action(
            who, code, stale, lambda **k: officer_actions.set_case_state(to=to, **RECEIPT, **k), may=may
        ):
            self.state[code] = to

    @rule(who=PERSON_STRATEGY, n=CASE_STRATEGY, stale=STALE)
    def close(self, who: str, n: int, stale: bool) -> None:
        code, state = self.cases[n].code, self.state[self.cases[n].code]
        decides = state is State.PASSED_ON
        outcome = Outcome.CASE_OPENED if decides else Outcome.HANDLED_ON_SITE
        assigned = Case.objects.get(code=code).assignee_id == self.people[who].pk
        may = State.CLOSED in TRANSITIONS[state] and (not decides or (who == "tinh" and assigned))
        end = {"outcome": outcome, "result": "Đã xử lý xong", "evidence": "Biên bản"}
        if self.take_action(who, code, stale, lambda **k: closing.close_case(**end, **k), may=may):
            self.state[code] = State.CLOSED

    @rule(who=PERSON_STRATEGY, n=CASE_STRATEGY, stale=STALE)
    def reopen(self, who: str, n: int, stale: bool) -> None:
        code = self.cases[n].code
        may = self.state[code] is State.CLOSED
        if self.take_action(
            who, code, stale, lambda **k: closing.reopen_closed_case(reason="Có tin mới", **k), may=may
        ):
            self.state[code] = State.WORKING

    @rule(who=PERSON_STRATEGY, n=CASE_STRATEGY, m=CASE_STRATEGY, stale=STALE)
    def merge(self, who: str, n: int, m: int, stale: bool) -> None:
        code, into = self.cases[n].code, self.cases[m].code
        done = {State.CLOSED, State.MERGED}
        may = n != m and not {self.state[code], self.state[into]} & done and code not in self.into.values()
        if self.take_action(who, code, stale, lambda **k: linking.merge_cases(into=into, **k), into, may=may):
            self.before[code], self.state[code], self.into[code] = self.state[code], State.MERGED, into
            self.version[into] += 1

    @rule(who=PERSON_STRATEGY, n=CASE_STRATEGY, stale=STALE)
    def unmerge_case(self, who: str, n: int, stale: bool) -> None:
        code = self.cases[n].code
        into = self.into[code]
        if self.take_action(who, code, stale, linking.unmerge_case, may=into is not None) and into is not None:
            self.version[into] += 1  # the other case gets an event too: its deadlines are restored
            self.state[code], self.into[code] = self.before.pop(code), None

    @rule(who=PERSON_STRATEGY, n=CASE_STRATEGY, stale=STALE, to=st.sampled_from(["18568", "18073", "42"]))
    def hand_on(self, who: str, n: int, stale: bool, to: str) -> None:
        code, unit = self.cases[n].code, self.unit(to)
        may = self.state[code] not in {State.CLOSED, State.MERGED} and unit.pk != self.at[code]
        if self.take_action(
            who, code, stale, lambda **k: officer_actions.transfer(unit=unit, reason="Của đơn vị ấy", **k), may=may
        ):
            self.at[code] = unit.pk
            if self.state[code] in {State.RECEIVED, State.WORKING}:  # an officer of the previous unit had it
                self.state[code] = State.NEW

    @invariant()
    def check_register_equals_model(self) -> None:
        for row in Case.objects.filter(code__in=[c.code for c in getattr(self, "cases", [])]).select_related(
            "merged_into"
        ):
            stored_state = (row.state, row.unit_id, row.merged_into.code if row.merged_into else None, row.version)
            assert stored_state == (
                self.state[row.code],
                self.at[row.code],
                self.into[row.code],
                self.version[row.code],
            )
            assert (row.state == State.CLOSED) <= bool(row.outcome and row.closed_at)
            assert row.merged_into is None or row.merged_into.state != State.MERGED
            versions = list(CaseEvent.objects.filter(case=row).order_by("version").values_list("version", flat=True))
            assert versions == sorted(set(versions)) and versions[-1] == row.version, "an event for every change"

    @invariant()
    def check_other_units_cases_hidden(self) -> None:
        for case in getattr(self, "cases", []):
            for person in ("an", "binh"):
                try:
                    get_visible_case(self.people[person], case.code)
                except NotFound:
                    assert not self.is_visible(person, case.code)
                else:
                    assert self.is_visible(person, case.code)


@pytest.fixture
def life(unit: Callable[[str], Any], officer: Callable[..., Any]) -> type[CaseLife]:
    people = {
        "an": officer("CHIEF", "18568"),
        "binh": officer("OFFICER", "18073"),
        "tinh": officer("PROVINCE_DUTY", "42"),
    }
    return type("LifeHere", (CaseLife,), {"unit": staticmethod(unit), "people": people})


def run_lives(machine: type[CaseLife], *, lives: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=lives,
            stateful_step_count=12,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),  # shrinking takes minutes, and the steps are printed anyway
        ),
    )


def test_whatever_they_do_the_register_is_the_model(life: type[CaseLife]) -> None:
    run_lives(life, lives=30)


def test_control_a_page_that_may_be_old_is_found(life: type[CaseLife], monkeypatch: pytest.MonkeyPatch) -> None:
    plain = unit_of_work.lock_case
    for module in (officer_actions, closing, linking):
        monkeypatch.setattr(
            module, "lock_case", lambda code, *, officer, version: plain(code, officer=officer, version=None)
        )
    with pytest.raises(AssertionError):
        run_lives(life, lives=40)


def test_control_a_merge_in_a_ring_is_found(life: type[CaseLife], monkeypatch: pytest.MonkeyPatch) -> None:
    other_actions = ("take", "move_case", "close", "reopen", "unmerge_case", "hand_on")
    merges_only = type("MergesOnly", (life,), dict.fromkeys(other_actions))  # among all actions a ring is rare
    with monkeypatch.context() as patch, pytest.raises(AssertionError):
        patch.setattr(linking, "check_merge", lambda *_, **__: None)
        run_lives(merges_only, lives=2000)
    run_lives(merges_only, lives=10)
