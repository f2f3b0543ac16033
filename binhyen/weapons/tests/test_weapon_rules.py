"""Serial numbers, order of custody, signatures, outcome and appointments, without a database."""

import datetime as dt

import pytest

from binhyen.cases.choices import Outcome
from binhyen.weapons.rules import (
    EXPLOSIVE_KINDS,
    NEXT_WEAPON_STEPS,
    SignatureFacts,
    StepForm,
    VisitMode,
    WeaponKind,
    WeaponOrigin,
    WeaponStatus,
    WeaponStep,
    find_campaign_problem,
    find_signature_problem,
    find_visit_problem,
    find_weapon_step_problem,
    get_record_outcome,
    get_visit_mode,
    list_next_custody_steps,
    normalize_serial,
)

DAY = dt.date(2026, 3, 1)


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ("AK 1O2-345", "ak10 2345", True),  # O for 0, blanks, dashes
        ("I7L55", "17155", True),
        ("Ø-1234", "1234", True),
        ("AK 102345", "AK 102346", False),
    ],
)
def test_serial_numbers_are_compared_in_any_notation(first: str, second: str, is_same: bool) -> None:
    assert (normalize_serial(first) == normalize_serial(second)) is is_same


def test_custody_refuses_a_step_entered_twice_out_of_order_or_incomplete() -> None:
    def check(form: StepForm, last_step: str, number: int = 2, expected: int = 2) -> str:
        return find_weapon_step_problem(form, last_step, number=number, expected_number=expected)

    stored = StepForm(WeaponStep.STORED, place="kho số 1")
    assert check(stored, WeaponStep.RECEIVED) == ""
    assert check(stored, WeaponStep.RECEIVED, number=3)  # entered twice
    assert check(stored, "") and check(stored, WeaponStep.GUARDED)  # out of order
    assert check(stored, WeaponStep.DESTROYED)
    assert check(StepForm(WeaponStep.STORED), WeaponStep.RECEIVED)  # no place
    destroyed = StepForm(WeaponStep.DESTROYED, receiver="Hội đồng tiêu hủy", paper="BB 7")
    assert check(destroyed, WeaponStep.STORED) == "" and check(StepForm(WeaponStep.DESTROYED), WeaponStep.STORED)
    assert check(StepForm(WeaponStep.CORRECTED, note="Số hiệu đúng là 123"), WeaponStep.STORED) == ""
    assert check(StepForm(WeaponStep.RECEIVED), WeaponStep.GUARDED)  # only by a signed receipt


def test_each_step_leads_to_an_end_and_nothing_follows_it() -> None:
    for step, following in NEXT_WEAPON_STEPS.items():
        assert step == "" or not following or WeaponStep.DESTROYED in following
    assert list_next_custody_steps(WeaponStep.PASSED_TO_ARMY) == () == list_next_custody_steps("unknown")


@pytest.mark.parametrize(
    ("facts", "is_complete"),
    [
        (SignatureFacts(WeaponOrigin.HANDED_IN, False, True, True, "", ""), True),
        (SignatureFacts(WeaponOrigin.HANDED_IN, False, False, True, "", ""), False),
        (SignatureFacts(WeaponOrigin.HANDED_IN, False, True, False, "", ""), False),
        (SignatureFacts(WeaponOrigin.HANDED_IN, True, False, True, "", ""), False),
        (SignatureFacts(WeaponOrigin.HANDED_IN, True, False, True, "Trần Văn An", ""), True),
        (SignatureFacts(WeaponOrigin.SEIZED, False, True, True, "", ""), False),
        (SignatureFacts(WeaponOrigin.SEIZED, False, False, False, "", "BB 12"), True),
    ],
)
def test_a_receipt_needs_two_signatures_or_paper(facts: SignatureFacts, is_complete: bool) -> None:
    assert (find_signature_problem(facts) == "") is is_complete


def test_a_case_ends_when_every_weapon_is_accounted_for() -> None:
    gun, grenade = WeaponStatus(False, WeaponStep.RECEIVED), WeaponStatus(True, WeaponStep.PASSED_TO_ARMY)
    waiting = WeaponStatus(True, WeaponStep.GUARDED)
    handed_in, seized = WeaponOrigin.HANDED_IN, WeaponOrigin.SEIZED
    assert get_record_outcome(handed_in, [gun, grenade], was_received=True) is Outcome.HANDED_IN
    assert get_record_outcome(seized, [gun], was_received=True) is Outcome.SEIZED
    assert get_record_outcome(handed_in, [grenade], was_received=False) is Outcome.PASSED_TO_ARMY
    assert get_record_outcome(handed_in, [gun, waiting], was_received=True) is None
    assert get_record_outcome(handed_in, [WeaponStatus(False, "")], was_received=False) is None
    assert get_record_outcome(handed_in, [], was_received=True) is None


def test_what_may_explode_is_never_brought() -> None:
    for kind in (*EXPLOSIVE_KINDS, WeaponKind.UNKNOWN):
        assert get_visit_mode(kind, VisitMode.BRING) is VisitMode.COLLECT
    assert get_visit_mode(WeaponKind.KNIFE, VisitMode.BRING) is VisitMode.BRING


def test_days_of_appointments_and_campaigns() -> None:
    assert find_visit_problem(DAY, today=DAY) == "" and find_visit_problem(DAY, today=DAY + dt.timedelta(days=1))
    assert find_visit_problem(DAY + dt.timedelta(days=61), today=DAY)
    assert find_campaign_problem("Đợt tháng 3", DAY, DAY) == "" and find_campaign_problem("Đợt", DAY, DAY)
    assert find_campaign_problem("Đợt tháng 3", DAY, DAY - dt.timedelta(days=1))
