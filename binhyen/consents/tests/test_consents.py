"""Consents: which may be recorded, their visibility, and the outbound check before a child's details are sent."""

import datetime as dt
from itertools import product

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.cases.tests.scene import browser, open_case
from binhyen.channels.models import ChildGround, Outgoing
from binhyen.channels.services.quarantine import forget_children
from binhyen.channels.tests.held import held_child
from binhyen.channels.tests.worker import read_again
from binhyen.channels.texts import GONE
from binhyen.consents import rules
from binhyen.consents.models import Consent
from binhyen.consents.rules import WORDS, By, Given, Purpose, holds, problem
from binhyen.intake.tests.telling import group_of
from binhyen.kit.clock import vietnam_day
from binhyen.kit.ids import show_code

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 25)


def allowed_by_law(by: str, age: int, agreed: bool, until: dt.date | None) -> bool:
    """Independent oracle: the representative consents, from age seven the child too, and the consent ends."""
    return by == "REPRESENTATIVE" and age < 18 and (age < 7 or agreed) and until is not None


@pytest.mark.parametrize("age", range(20))
def test_the_childrens_rule(age):
    for by, agreed, until in product(By, (False, True), (None, DAY)):
        given = Given(Purpose.CHILD, by, age, agreed, until, withdrawn=False)
        assert (problem(given) == "") is allowed_by_law(by, age, agreed, until), given
        assert holds(given, DAY) is allowed_by_law(by, age, agreed, until)
        assert not holds(Given(Purpose.CHILD, by, age, agreed, until, withdrawn=True), DAY)
        assert not holds(given, DAY + dt.timedelta(days=1)), "it ends on its last day"


def test_control_without_the_age_of_seven_the_table_differs(monkeypatch):
    monkeypatch.setattr(rules, "OWN_WORD_FROM", 19)
    with pytest.raises(AssertionError):
        for age in range(20):
            test_the_childrens_rule(age)


def test_adults_need_no_representative_and_a_child_has_an_age():
    assert problem(Given(Purpose.PRAISE, By.SELF, None, False, None, False)) == ""
    assert problem(Given(Purpose.CHILD, By.REPRESENTATIVE, None, True, DAY, False)) != ""
    assert problem(Given(Purpose.PRAISE, By.SELF, 9, True, DAY, False)) != "", "praise of a pupil is about a child too"


def test_words_are_versions_that_never_change():
    """A record refers to the text that the person saw: change texts by adding a version."""
    firsts = {p: words[0][:24] for p, words in WORDS.items()}
    assert firsts == {
        Purpose.CONTACT: "Tôi để lại tên, số điện ", Purpose.CHILD: "Tôi là cha, mẹ hoặc ngườ",
        Purpose.PRAISE: "Tôi đồng ý nêu tên và vi",
    }  # fmt: skip


@pytest.fixture
def case(unit):
    return open_case(unit("18568"), category="missing_person")


def record(officer, case, now, **fields):
    """Record a consent through the page; return it or None."""
    said = {"purpose": "CHILD", "by": "REPRESENTATIVE", "age": "6", "until": str(vietnam_day(now) + dt.timedelta(days=10)),
            "proof": "giấy ký tại trụ sở"} | fields  # fmt: skip
    before = Consent.objects.count()
    answer = browser(officer).post(f"/dong-y/{show_code(case.code)}/ghi", said)
    return Consent.objects.latest("pk") if answer.status_code == 303 and Consent.objects.count() > before else None


def test_an_officer_writes_it_down(officer, case, now):
    person = officer("CHIEF")
    row = record(person, case, now)
    assert row.reporter_id == case.reports.get().reporter_id and row.version == 1 and row.unit_id == case.unit_id
    html = browser(person).get(f"/dong-y/{show_code(case.code)}").content.decode()
    assert show_code(row.code) in html and "trẻ 6 tuổi" in html
    entry = AuditEntry.objects.get(verb="consent.given")
    assert entry.detail == {"purpose": "CHILD", "version": 1} and entry.object == f"consent:{row.code}"


@pytest.mark.parametrize("wrong", [
    {"by": "SELF"}, {"age": "8"}, {"age": ""}, {"age": "x"}, {"until": ""}, {"purpose": "CONTACTS"}, {"proof": "ừ"},
    {"age": "19"}, {"by": ""},
])  # fmt: skip
def test_what_is_not_whole_is_not_recorded(officer, case, now, wrong):
    assert record(officer("CHIEF"), case, now, **wrong) is None


def test_owner_colleague_stranger(officer, case, now):
    row = record(officer("CHIEF"), case, now)
    assert browser(officer()).get(f"/dong-y/{case.code}").status_code == 200
    stranger = browser(officer("CHIEF", "18073"))
    assert stranger.get(f"/dong-y/{case.code}").status_code == 404
    assert stranger.post(f"/dong-y/{case.code}/rut", {"consent": row.code}).status_code == 404
    assert browser(officer("VILLAGE_TEAM")).get(f"/dong-y/{case.code}").status_code == 403
    assert Consent.objects.get().withdrawn_at is None
    assert browser(officer()).get("/dong-y").status_code == 200
    assert browser(officer()).get("/dong-y", {"vu": case.code})["Location"].endswith(show_code(case.code))


def release(officer, row, now, **fields):
    said = {"ground": "CONSENT", "reason": "Mẹ cháu đã ký giấy", "until": str(vietnam_day(now) + dt.timedelta(days=3))}
    answer = browser(officer).post(f"/cho-xem/{row.public_id}/cho-gui", said | fields)
    assert answer.status_code == 303
    read_again()  # texts that a consent releases are still compared by the worker with confidential reports
    row.refresh_from_db()
    return row.state


def check_gate(officer, unit, case, now) -> Outgoing:
    """Check that nothing is sent without a recorded consent, or with one of another unit or purpose, withdrawn or
    expired."""
    chief = officer("CHIEF")
    row = held_child(officer(), group_of(unit("18568"), now))
    good = record(chief, case, now)
    others = [
        "", "ABCD2345", good.code[:-1],
        record(officer("CHIEF", "18073"), open_case(unit("18073"), category="missing_person"), now).code,
        record(chief, case, now, purpose="PRAISE").code,
        record(chief, case, now, until=str(vietnam_day(now) + dt.timedelta(days=1))).code,
    ]  # fmt: skip
    taken = record(chief, case, now)
    browser(chief).post(f"/dong-y/{case.code}/rut", {"consent": taken.code})
    for code in [*others, taken.code]:
        assert release(chief, row, now, consent=code) == "HELD", code
    assert release(chief, row, now, consent=show_code(good.code)) == "SENT"
    assert ChildGround.objects.get().consent == good
    return row


def test_the_gate_lets_a_child_out_on_a_recorded_consent_only(officer, unit, case, now):
    check_gate(officer, unit, case, now)


def test_control_a_gate_that_believes_any_code(officer, unit, case, now, monkeypatch):
    monkeypatch.setattr(
        "binhyen.channels.services.quarantine.to_publish_child", lambda *a, **k: Consent.objects.latest("pk")
    )
    with pytest.raises(AssertionError):
        check_gate(officer, unit, case, now)


def test_taken_back_it_goes_from_our_pages_at_once(officer, unit, case, now):
    row = check_gate(officer, unit, case, now)
    consent = ChildGround.objects.get().consent
    who = browser(officer())
    said = who.get(who.post(f"/dong-y/{case.code}/rut", {"consent": consent.code})["Location"]).content.decode()
    row.refresh_from_db()
    assert row.text == GONE and "1 bài đã gỡ" in said
    assert forget_children(now=now) == 0, "and one is enough"


def test_what_nobody_has_read_yet_does_not_go_when_it_is_taken_back(officer, unit, case, now):
    row = check_gate(officer, unit, case, now)
    Outgoing.objects.filter(pk=row.pk).update(state=Outgoing.State.READING)
    browser(officer()).post(f"/dong-y/{case.code}/rut", {"consent": ChildGround.objects.get().consent.code})
    row.refresh_from_db()
    assert (row.state, row.text, read_again()) == ("CANCELLED", GONE, 0)


def test_an_emergency_needs_no_consent_and_ends(officer, unit, now):
    row = held_child(officer(), group_of(unit("18568"), now))
    assert release(officer("CHIEF"), row, now, ground="EMERGENCY", consent="") == "SENT"
    assert forget_children(now=now + dt.timedelta(days=5)) == 1
    row.refresh_from_db()
    assert row.text == GONE
