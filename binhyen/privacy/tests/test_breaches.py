"""The breach register: entered on detection, 72 hours, follow-up steps, append-only; and the page of retention
exceptions."""

import datetime as dt
import re
from contextlib import suppress

import pytest
from django.db.models import Q
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import browser
from binhyen.kit import clock
from binhyen.people.services import Refusal
from binhyen.privacy import queries
from binhyen.privacy.models import Breach, Hold, Sweep
from binhyen.privacy.rules.breaches import HOURS
from binhyen.privacy.services import breaches, legal_holds
from binhyen.privacy.tests.scene import closed, night

pytestmark = pytest.mark.django_db
BOOK = "/su-co-du-lieu"


def found(officer, now, **more):
    said = {"what": "Máy tính xách tay của đơn vị bị mất", "who": "người báo tin tháng 11", "people": None,
            "measures": "Đã khóa tài khoản, đổi khóa", "found_at": now} | more  # fmt: skip
    return breaches.found(**said, officer=officer, now=now)


def form(now, **more):
    return {"what": "Máy tính xách tay của đơn vị bị mất", "who": "người báo tin tháng 11", "people": "20",
            "measures": "Đã khóa tài khoản, đổi khóa", "found_at": f"{now.astimezone(clock.VIETNAM):%Y-%m-%dT%H:%M}"} | more  # fmt: skip


def test_the_clock_runs_from_when_it_was_found(officer, now):
    row = found(officer("OPERATOR", "42"), now, found_at=now - dt.timedelta(hours=5))
    assert row.due_at - row.found_at == dt.timedelta(hours=HOURS) == dt.timedelta(hours=72)
    html = browser(officer("INSPECTOR", "42")).get(BOOK).content.decode()
    assert "còn 66 giờ" in html and "Chưa báo" in html


@pytest.mark.parametrize("wrong", [
    {"what": "mất"}, {"who": ""}, {"measures": ""}, {"found_at": "2099-01-01T00:00"}, {"found_at": "hôm qua"}, {"people": "vài"},
])  # fmt: skip
def test_what_is_not_said_is_not_recorded(officer, now, wrong):
    given = form(now, **wrong)
    answer = browser(officer("OPERATOR", "42")).post(f"{BOOK}/ghi", given)
    assert answer.status_code == 422 and Breach.objects.count() == 0
    html = answer.content.decode()
    assert all(value in html for value in given.values()), "a double click at three in the morning creates one entry"
    assert 'role="alert"' in html or "note-bad" in html or "flash" in html


def test_from_the_form_to_the_end(officer, now):
    operator, inspector = browser(officer("OPERATOR", "42")), browser(officer("INSPECTOR", "42"))
    answer = operator.post(f"{BOOK}/ghi", form(now))
    row = Breach.objects.get()
    assert answer["Location"] == f"{BOOK}/{row.public_id}" and row.people == 20
    step = f"{BOOK}/{row.public_id}/them"
    refused = operator.post(step, {"kind": "CLOSED", "text": "Xong rồi"})
    assert refused.status_code == 422 and "Xong rồi" in refused.content.decode()
    row.refresh_from_db()
    assert row.closed_at is None, "not before the authority was notified"
    for kind in ("MEASURE", "REPORTED", "TOLD", "CLOSED"):
        inspector.post(step, {"kind": kind, "text": "Công văn số 12"})
    row.refresh_from_db()
    assert row.reported_at and row.told_at and row.closed_at
    html = inspector.get(f"{BOOK}/{row.public_id}").content.decode()
    assert html.count("Công văn số 12") == 4 and "Ghi thêm" not in html
    with pytest.raises(Refusal):
        breaches.add_step(public_id=str(row.public_id), kind="MEASURE", text="thêm nữa", officer=officer(), now=now)
    verbs = list(AuditEntry.objects.filter(object=f"breach:{row.code}").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["breach.recorded", *["breach.step"] * 4]
    assert "xách tay" not in str(list(AuditEntry.objects.values("detail")))


def test_late_is_said(officer, now):
    row = found(officer("OPERATOR", "42"), now, found_at=now - dt.timedelta(hours=80))
    html = browser(officer("OPERATOR", "42")).get(f"{BOOK}/{row.public_id}").content.decode()
    assert "quá 8 giờ" in html and "note-bad" in html
    breaches.add_step(
        public_id=str(row.public_id),
        kind="REPORTED",
        text="Đã gửi công văn",
        officer=officer("OPERATOR", "42"),
        now=now,
    )
    assert "trễ hạn" in browser(officer("OPERATOR", "42")).get(f"{BOOK}/{row.public_id}").content.decode()


def test_owner_colleague_stranger(officer, now):
    row = found(officer("OPERATOR", "42"), now)
    for role, commune in (("PROVINCE_STAFF", "42"), ("CHIEF", "18568"), ("CUSTODIAN", "42")):
        assert browser(officer(role, commune)).get(BOOK).status_code == 403
        assert browser(officer(role, commune)).get(f"{BOOK}/{row.public_id}").status_code == 403
    assert Client().get(BOOK).status_code == 302


# --- retention exceptions


def test_the_page_shows_how_each_class_stands(officer, unit, now):
    person = browser(officer("OPERATOR", "42"))
    assert "Chưa chạy lần nào" in person.get("/luu-giu").content.decode()
    closed(unit("18568"), "environment_noise", at=now)
    night(now)
    html = person.get("/luu-giu").content.decode()
    day = f"{clock.vietnam_day(now + dt.timedelta(days=395)):%d/%m/%Y}"
    assert "13 tháng từ ngày xong" in html and "15 năm từ ngày xong" in html and "90 ngày từ" in html and day in html
    assert "Giữ lại quá hạn" not in html, "operators give no orders about cases"
    Sweep.objects.update(at=now - dt.timedelta(days=2))
    assert "đã quá một ngày" in person.get("/luu-giu").content.decode()


def test_no_number_tells_of_complaints(officer, unit, now):
    """The number of complaints about police is not shown here."""
    before = _numbers(officer, now)
    closed(unit("42"), "officer_complaint", at=now)
    assert _numbers(officer, now) == before


def _numbers(officer, now):
    night(now, "reflection", "crime", "child")
    return list(
        Sweep.objects.filter(group__in=["reflection", "crime", "child"])
        .order_by("-pk")
        .values_list("group", "kept", "late")[:3]
    )


def test_the_page_tells_of_trouble(officer, now):
    night(now)
    Sweep.objects.filter(group="tip").update(failed="OSError")
    Sweep.objects.filter(group="crime").update(late=3)
    html = browser(officer("CUSTODIAN", "42")).get("/luu-giu").content.decode()
    assert "Lỗi: OSError" in html and "3 đã quá hạn" in html


def test_holding_from_the_page(officer, unit, now):
    case, staff = closed(unit("18568"), "environment_noise", at=now), browser(officer("PROVINCE_STAFF", "42"))
    until = f"{clock.vietnam_day(now + dt.timedelta(days=90)):%Y-%m-%d}"
    for wrong in ({"code": "ZZZZZZZZ"}, {"until": "mai"}, {"reason": "vì"}):
        staff.post("/luu-giu/giu-lai", {"code": case.code, "reason": "Tòa án yêu cầu giữ", "until": until} | wrong)
    assert Hold.objects.count() == 0
    staff.post("/luu-giu/giu-lai", {"code": case.code, "reason": "Tòa án yêu cầu giữ", "until": until})
    row = Hold.objects.get()
    assert "Tòa án yêu cầu giữ" in staff.get("/luu-giu").content.decode()
    other = browser(officer("CUSTODIAN", "42"))
    [address] = re.findall(r'"(/luu-giu/[^"]+/thoi-giu)"', staff.get("/luu-giu").content.decode())
    other.post(address)
    staff.post(f"/luu-giu/{row.pk}/thoi-giu")
    assert Hold.objects.get().ended_at is None, "custodians see no cases; its number is no name"
    staff.post(address)
    assert Hold.objects.get().ended_at is not None


def _kept_from(officer, unit, now) -> tuple[int, int]:
    """Count orders on a case that was later hidden from one of two officers, for each of them. By the application's own
    filter: the login of the tests is the table owner, to whom row-level security does not apply."""
    case, mine, other = (
        closed(unit("18568"), "environment_noise", at=now),
        *(officer("PROVINCE_STAFF", "42") for _ in "ab"),
    )
    until = clock.vietnam_day(now + dt.timedelta(days=90))
    row = legal_holds.hold(code=case.code, reason="Tòa án yêu cầu giữ", until=until, officer=mine, now=now)
    Case.objects.filter(pk=case.pk).update(barred=[other.pk])
    found = len(queries.holds(other, now=now)), len(queries.holds(mine, now=now))
    with suppress(Refusal):
        legal_holds.let_go(name=queries.name_of(row), officer=other, now=now)
        found = (found[0] + 1, found[1])
    return found


def test_an_order_on_a_case_that_is_kept_from_somebody_is_not_theirs(officer, unit, now):
    assert _kept_from(officer, unit, now) == (0, 1)


def test_control_without_the_filter_it_is(officer, unit, now, monkeypatch):
    monkeypatch.setattr("binhyen.privacy.queries.access.cases", lambda officer, prefix="": Q())
    assert _kept_from(officer, unit, now) == (2, 1)
