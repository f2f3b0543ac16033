"""Deadlines of the data protection law raise alarms for the responsible officers and the province, before and after
they run out."""

import datetime as dt

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.kit.models import LiveEvent
from binhyen.privacy.models import Request
from binhyen.privacy.rules.breaches import SOON_BEFORE, AlertStage, get_alert_stage
from binhyen.privacy.services import breaches
from binhyen.privacy.services import requests as asking
from binhyen.vault import services as vault
from tests import rls

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
LATE = "Yêu cầu về dữ liệu cá nhân sắp hoặc đã quá hạn, chưa ai trả lời: 1."
BREACH = "Sự cố dữ liệu sắp hoặc đã quá 72 giờ mà chưa báo cơ quan chuyên trách: 1."


@pytest.fixture
def asked(now):
    """Request a correction."""
    return asking.create_request(
        reporter_id=vault.create_reporter(now=now), kind="CORRECT", words="Sai nơi xảy ra", now=now
    )


def run_alarms(now):
    with rls.acting_as("worker"):
        return breaches.raise_deadline_alerts(now=now)


def read_page(person, path="/bao-mat"):
    return sign_in_browser(person).get(path).content.decode()


def list_topics():
    return [e.topics for e in LiveEvent.objects.filter(name="late").order_by("id")]


def test_how_loud_it_is(now):
    table = {
        -SOON_BEFORE - HOUR: AlertStage.QUIET,
        -SOON_BEFORE: AlertStage.SOON,
        -HOUR: AlertStage.SOON,
        dt.timedelta(0): AlertStage.LATE,
        90 * HOUR: AlertStage.LATE,
    }
    assert {since: get_alert_stage(due=now, is_done=False, now=now + since) for since in table} == table
    assert {get_alert_stage(due=now, is_done=True, now=now + since) for since in table} == {AlertStage.QUIET}


def test_a_request_alarms_once_before_and_once_when_overdue(asked):
    due = asked.due_at
    assert run_alarms(due - SOON_BEFORE - HOUR) == 0 and list_topics() == []
    assert run_alarms(due - HOUR) == 1
    assert run_alarms(due - HOUR / 2) == 0, "not again every five minutes"
    assert run_alarms(due + HOUR) == 1 and run_alarms(due + 2 * HOUR) == 0
    assert list_topics() == [["province"], ["province"]]
    entries = AuditEntry.objects.filter(object=f"data:{asked.code}", actor=breaches.CLOCK).order_by("id")
    assert [e.verb for e in entries] == ["data.soon", "data.late"]


def test_it_is_shown_to_the_responsible_officers_and_the_province(asked, officer):
    people = {role: officer(role, "42") for role in ("PROVINCE_STAFF", "CUSTODIAN", "PROVINCE_DUTY", "OPERATOR")}
    people["CHIEF"] = officer("CHIEF", "18568")
    assert not any(LATE in read_page(person) for person in people.values()), "control: quiet so far"
    run_alarms(asked.due_at)
    assert {role for role, person in people.items() if LATE in read_page(person)} == {
        "PROVINCE_STAFF",
        "CUSTODIAN",
        "PROVINCE_DUTY",
    }
    above = read_page(people["PROVINCE_DUTY"])
    assert "Nhắc Phòng Tham mưu trả lời ngay." in above and 'href="/yeu-cau-du-lieu"' not in above
    assert '<a href="/yeu-cau-du-lieu">Mở ngay</a>' in read_page(people["PROVINCE_STAFF"])


def test_answered_it_is_quiet(asked, officer, now):
    run_alarms(asked.due_at)
    staff = officer("PROVINCE_STAFF", "42")
    assert LATE in read_page(staff), "control"
    asking.answer_request(
        public_id=str(asked.public_id), officer=staff, grant=False, text="Không có gì để sửa.", now=now
    )
    assert LATE not in read_page(staff)
    assert run_alarms(asked.due_at + HOUR) == 0


def test_for_complainants_only_the_custodians_are_alerted(asked, officer):
    Request.objects.filter(pk=asked.pk).update(is_restricted=True)
    assert run_alarms(asked.due_at) == 1 and list_topics() == [], "no stream of the province"
    assert LATE in read_page(officer("CUSTODIAN", "42"))
    for role in ("PROVINCE_STAFF", "PROVINCE_DUTY"):
        assert LATE not in read_page(officer(role, "42"))


def test_a_breach_alarms_its_owners_and_the_province(officer, now):
    operator = officer("OPERATOR", "42")
    row = breaches.record_breach(
        what="Máy tính của đơn vị bị mất",
        who="người báo tháng 11",
        people=None,
        measures="Đã khóa",
        found_at=now,
        officer=operator,
        now=now,
    )
    assert run_alarms(row.due_at - SOON_BEFORE - HOUR) == 0 and BREACH not in read_page(operator)
    assert run_alarms(row.due_at - HOUR) == 1 and run_alarms(row.due_at) == 1
    assert [e.verb for e in AuditEntry.objects.filter(actor=breaches.CLOCK).order_by("id")] == [
        "breach.soon",
        "breach.late",
    ]
    for role, is_alerted in {
        "INSPECTOR": True,
        "PROVINCE_DUTY": True,
        "PROVINCE_STAFF": True,
        "CUSTODIAN": False,
    }.items():
        assert (BREACH in read_page(officer(role, "42"))) is is_alerted, role
    assert '<a href="/su-co-du-lieu">Mở ngay</a>' in read_page(operator)
    breaches.add_step(public_id=str(row.public_id), kind="REPORTED", text="Đã báo A05", officer=operator, now=now)
    assert BREACH not in read_page(operator) and run_alarms(row.due_at + HOUR) == 0


def test_control_an_unchecked_deadline_shows_nothing(asked, officer):
    """Without the job no page would show it: the tests above depend on the job too."""
    assert asked.alarm == AlertStage.QUIET and LATE not in read_page(officer("PROVINCE_STAFF", "42"))
