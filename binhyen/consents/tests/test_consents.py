"""Consents: which may be recorded, their visibility, and the outbound check before a child's details are sent."""

import datetime as dt
from itertools import product

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.channels.models import ChildGround, Outgoing
from binhyen.channels.services.quarantine import remove_child_details
from binhyen.channels.tests.quarantined_messages import create_held_message
from binhyen.channels.tests.worker import run_content_review
from binhyen.channels.texts import CHILD_TEXT_REMOVED
from binhyen.consents import rules
from binhyen.consents.models import Consent
from binhyen.consents.rules import CONSENT_TEXTS, ConsentFacts, GivenBy, Purpose, find_consent_problem, is_in_force
from binhyen.intake.tests.chat_reports import create_group
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import format_code

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 25)


def is_allowed_by_law(by: str, age: int, agreed: bool, until: dt.date | None) -> bool:
    """Independent oracle: the representative consents, from age seven the child too, and the consent ends."""
    return by == "REPRESENTATIVE" and age < 18 and (age < 7 or agreed) and until is not None


@pytest.mark.parametrize("age", range(20))
def test_the_childrens_rule(age):
    for by, agreed, until in product(GivenBy, (False, True), (None, DAY)):
        given = ConsentFacts(Purpose.CHILD, by, age, agreed, until, withdrawn=False)
        assert (find_consent_problem(given) == "") is is_allowed_by_law(by, age, agreed, until), given
        assert is_in_force(given, DAY) is is_allowed_by_law(by, age, agreed, until)
        assert not is_in_force(ConsentFacts(Purpose.CHILD, by, age, agreed, until, withdrawn=True), DAY)
        assert not is_in_force(given, DAY + dt.timedelta(days=1)), "it ends on its last day"


def test_control_without_the_age_of_seven_the_table_differs(monkeypatch):
    monkeypatch.setattr(rules, "MIN_OWN_CONSENT_AGE", 19)
    with pytest.raises(AssertionError):
        for age in range(20):
            test_the_childrens_rule(age)


def test_adults_need_no_representative_and_a_child_has_an_age():
    assert find_consent_problem(ConsentFacts(Purpose.PRAISE, GivenBy.SELF, None, False, None, False)) == ""
    assert find_consent_problem(ConsentFacts(Purpose.CHILD, GivenBy.REPRESENTATIVE, None, True, DAY, False)) != ""
    assert find_consent_problem(ConsentFacts(Purpose.PRAISE, GivenBy.SELF, 9, True, DAY, False)) != "", (
        "praise of a pupil is about a child too"
    )


def test_consent_texts_are_immutable_versions():
    """A record refers to the text that the person saw: change texts by adding a version."""
    firsts = {p: words[0][:24] for p, words in CONSENT_TEXTS.items()}
    assert firsts == {
        Purpose.CONTACT: "Tôi để lại tên, số điện ",
        Purpose.CHILD: "Tôi là cha, mẹ hoặc ngườ",
        Purpose.PRAISE: "Tôi đồng ý nêu tên và vi",
        Purpose.CALLBACK: "Cho cán bộ xử lý tin này",
    }


@pytest.fixture
def case(unit):
    return open_case(unit("18568"), category="missing_person")


def record_consent(officer, case, now, **fields):
    """Record a consent through the page; return it or None."""
    form_data = {
        "purpose": "CHILD",
        "by": "REPRESENTATIVE",
        "age": "6",
        "until": str(to_vietnam_day(now) + dt.timedelta(days=10)),
        "proof": "giấy ký tại trụ sở",
    } | fields
    before = Consent.objects.count()
    answer = sign_in_browser(officer).post(f"/dong-y/{format_code(case.code)}/ghi", form_data)
    return Consent.objects.latest("pk") if answer.status_code == 303 and Consent.objects.count() > before else None


def test_an_officer_writes_it_down(officer, case, now):
    person = officer("CHIEF")
    row = record_consent(person, case, now)
    assert row.reporter_id == case.reports.get().reporter_id and row.version == 1 and row.unit_id == case.unit_id
    html = sign_in_browser(person).get(f"/dong-y/{format_code(case.code)}").content.decode()
    assert format_code(row.code) in html and "trẻ 6 tuổi" in html
    entry = AuditEntry.objects.get(verb="consent.given")
    assert entry.detail == {"purpose": "CHILD", "version": 1} and entry.object == f"consent:{row.code}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"by": "SELF"},
        {"age": "8"},
        {"age": ""},
        {"age": "x"},
        {"until": ""},
        {"purpose": "CONTACTS"},
        {"proof": "ừ"},
        {"age": "19"},
        {"by": ""},
    ],
)
def test_incomplete_consents_are_not_recorded(officer, case, now, wrong):
    assert record_consent(officer("CHIEF"), case, now, **wrong) is None


def test_owner_colleague_stranger(officer, case, now):
    row = record_consent(officer("CHIEF"), case, now)
    assert sign_in_browser(officer()).get(f"/dong-y/{case.code}").status_code == 200
    stranger = sign_in_browser(officer("CHIEF", "18073"))
    assert stranger.get(f"/dong-y/{case.code}").status_code == 404
    assert stranger.post(f"/dong-y/{case.code}/rut", {"consent": row.code}).status_code == 404
    assert sign_in_browser(officer("VILLAGE_TEAM")).get(f"/dong-y/{case.code}").status_code == 403
    assert Consent.objects.get().withdrawn_at is None
    assert sign_in_browser(officer()).get("/dong-y").status_code == 200
    assert sign_in_browser(officer()).get("/dong-y", {"vu": case.code})["Location"].endswith(format_code(case.code))


def release_message(officer, row, now, **fields):
    form_data = {
        "ground": "CONSENT",
        "reason": "Mẹ cháu đã ký giấy",
        "until": str(to_vietnam_day(now) + dt.timedelta(days=3)),
    }
    answer = sign_in_browser(officer).post(f"/cho-xem/{row.public_id}/cho-gui", form_data | fields)
    assert answer.status_code == 303
    run_content_review()  # texts that a consent releases are still compared by the worker with confidential reports
    row.refresh_from_db()
    return row.state


def check_gate(officer, unit, case, now) -> Outgoing:
    """Check that nothing is sent without a recorded consent, or with one of another unit or purpose, withdrawn or
    expired."""
    chief = officer("CHIEF")
    row = create_held_message(officer(), create_group(unit("18568"), now))
    good = record_consent(chief, case, now)
    others = [
        "",
        "ABCD2345",
        good.code[:-1],
        record_consent(officer("CHIEF", "18073"), open_case(unit("18073"), category="missing_person"), now).code,
        record_consent(chief, case, now, purpose="PRAISE").code,
        record_consent(chief, case, now, until=str(to_vietnam_day(now) + dt.timedelta(days=1))).code,
    ]
    taken = record_consent(chief, case, now)
    sign_in_browser(chief).post(f"/dong-y/{case.code}/rut", {"consent": taken.code})
    for code in [*others, taken.code]:
        assert release_message(chief, row, now, consent=code) == "HELD", code
    assert release_message(chief, row, now, consent=format_code(good.code)) == "SENT"
    assert ChildGround.objects.get().consent == good
    return row


def test_dlp_releases_child_details_only_with_a_recorded_consent(officer, unit, case, now):
    check_gate(officer, unit, case, now)


def test_control_dlp_that_accepts_any_code(officer, unit, case, now, monkeypatch):
    monkeypatch.setattr(
        "binhyen.channels.services.quarantine.find_child_consent", lambda *a, **k: Consent.objects.latest("pk")
    )
    with pytest.raises(AssertionError):
        check_gate(officer, unit, case, now)


def test_after_a_withdrawal_it_disappears_from_our_pages_at_once(officer, unit, case, now):
    row = check_gate(officer, unit, case, now)
    consent = ChildGround.objects.get().consent
    browser_client = sign_in_browser(officer())
    page_html = browser_client.get(
        browser_client.post(f"/dong-y/{case.code}/rut", {"consent": consent.code})["Location"]
    ).content.decode()
    row.refresh_from_db()
    assert row.text == CHILD_TEXT_REMOVED and "1 bài đã gỡ" in page_html
    assert remove_child_details(now=now) == 0, "and one is enough"


def test_unread_queued_messages_are_stopped_by_a_withdrawal(officer, unit, case, now):
    row = check_gate(officer, unit, case, now)
    Outgoing.objects.filter(pk=row.pk).update(state=Outgoing.State.READING)
    sign_in_browser(officer()).post(f"/dong-y/{case.code}/rut", {"consent": ChildGround.objects.get().consent.code})
    row.refresh_from_db()
    assert (row.state, row.text, run_content_review()) == ("CANCELLED", CHILD_TEXT_REMOVED, 0)


def test_an_emergency_needs_no_consent_and_ends(officer, unit, now):
    row = create_held_message(officer(), create_group(unit("18568"), now))
    assert release_message(officer("CHIEF"), row, now, ground="EMERGENCY", consent="") == "SENT"
    assert remove_child_details(now=now + dt.timedelta(days=5)) == 1
    row.refresh_from_db()
    assert row.text == CHILD_TEXT_REMOVED
