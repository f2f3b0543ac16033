"""Deadlines of the data protection law raise alarms for the responsible officers and the province, before and after
they run out."""

import datetime as dt

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.cases.tests.scene import browser
from binhyen.kit.models import LiveEvent
from binhyen.privacy.models import Request
from binhyen.privacy.rules.alarms import SOON, Stage, stage
from binhyen.privacy.services import breaches, deadline_alerts
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
    return asking.ask(reporter_id=vault.new_reporter(now=now), kind="CORRECT", words="Sai nơi xảy ra", now=now)


def ring(now):
    with rls.acting_as("worker"):
        return deadline_alerts.raise_alarms(now=now)


def page(person, path="/bao-mat"):
    return browser(person).get(path).content.decode()


def heard():
    return [e.topics for e in LiveEvent.objects.filter(name="late").order_by("id")]


def test_how_loud_it_is(now):
    table = {
        -SOON - HOUR: Stage.QUIET,
        -SOON: Stage.SOON,
        -HOUR: Stage.SOON,
        dt.timedelta(0): Stage.LATE,
        90 * HOUR: Stage.LATE,
    }
    assert {since: stage(due=now, met=False, now=now + since) for since in table} == table
    assert {stage(due=now, met=True, now=now + since) for since in table} == {Stage.QUIET}


def test_a_request_rings_once_before_and_once_when_it_is_late(asked):
    due = asked.due_at
    assert ring(due - SOON - HOUR) == 0 and heard() == []
    assert ring(due - HOUR) == 1
    assert ring(due - HOUR / 2) == 0, "not again every five minutes"
    assert ring(due + HOUR) == 1 and ring(due + 2 * HOUR) == 0
    assert heard() == [["province"], ["province"]]
    entries = AuditEntry.objects.filter(object=f"data:{asked.code}", actor=deadline_alerts.CLOCK).order_by("id")
    assert [e.verb for e in entries] == ["data.soon", "data.late"]


def test_it_stands_on_the_frame_of_who_answers_and_of_the_province(asked, officer):
    people = {role: officer(role, "42") for role in ("PROVINCE_STAFF", "CUSTODIAN", "PROVINCE_DUTY", "OPERATOR")}
    people["CHIEF"] = officer("CHIEF", "18568")
    assert not any(LATE in page(person) for person in people.values()), "control: quiet so far"
    ring(asked.due_at)
    assert {role for role, person in people.items() if LATE in page(person)} == {
        "PROVINCE_STAFF", "CUSTODIAN", "PROVINCE_DUTY",
    }  # fmt: skip
    above = page(people["PROVINCE_DUTY"])
    assert "Nhắc Phòng Tham mưu trả lời ngay." in above and 'href="/yeu-cau-du-lieu"' not in above
    assert '<a href="/yeu-cau-du-lieu">Mở ngay</a>' in page(people["PROVINCE_STAFF"])


def test_answered_it_is_quiet(asked, officer, now):
    ring(asked.due_at)
    staff = officer("PROVINCE_STAFF", "42")
    assert LATE in page(staff), "control"
    asking.answer(public_id=str(asked.public_id), officer=staff, grant=False, text="Không có gì để sửa.", now=now)
    assert LATE not in page(staff)
    assert ring(asked.due_at + HOUR) == 0


def test_of_who_told_about_police_the_custodians_alone_hear(asked, officer):
    Request.objects.filter(pk=asked.pk).update(apart=True)
    assert ring(asked.due_at) == 1 and heard() == [], "no stream of the province"
    assert LATE in page(officer("CUSTODIAN", "42"))
    for role in ("PROVINCE_STAFF", "PROVINCE_DUTY"):
        assert LATE not in page(officer(role, "42"))


def test_a_breach_rings_for_its_keepers_and_the_province(officer, now):
    operator = officer("OPERATOR", "42")
    row = breaches.found(
        what="Máy tính của đơn vị bị mất", who="người báo tháng 11", people=None, measures="Đã khóa", found_at=now,
        officer=operator, now=now,
    )  # fmt: skip
    assert ring(row.due_at - SOON - HOUR) == 0 and BREACH not in page(operator)
    assert ring(row.due_at - HOUR) == 1 and ring(row.due_at) == 1
    assert [e.verb for e in AuditEntry.objects.filter(actor=deadline_alerts.CLOCK).order_by("id")] == [
        "breach.soon",
        "breach.late",
    ]
    for role, told in {"INSPECTOR": True, "PROVINCE_DUTY": True, "PROVINCE_STAFF": True, "CUSTODIAN": False}.items():
        assert (BREACH in page(officer(role, "42"))) is told, role
    assert '<a href="/su-co-du-lieu">Mở ngay</a>' in page(operator)
    breaches.add_step(public_id=str(row.public_id), kind="REPORTED", text="Đã báo A05", officer=operator, now=now)
    assert BREACH not in page(operator) and ring(row.due_at + HOUR) == 0


def test_control_a_clock_nobody_looks_at_shows_nothing(asked, officer):
    """Without the job no page would show it: the tests above depend on the job too."""
    assert asked.alarm == Stage.QUIET and LATE not in page(officer("PROVINCE_STAFF", "42"))
