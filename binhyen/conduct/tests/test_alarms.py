"""Alarms of complaints: urgent ones at once, overdue ones upwards; no officer of the accused side is alerted, sees or
counts anything."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from binhyen.audit.models import AuditEntry
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Alarm as CaseAlarm
from binhyen.cases.services.alarms import escalate_alarms
from binhyen.conduct import routing
from binhyen.conduct.models import Complaint, ComplaintAlarm, HandlerAlert
from binhyen.conduct.routing import Handler, SubjectRank
from binhyen.conduct.services import alarms as services_alarms
from binhyen.conduct.services import handling
from binhyen.conduct.tests.scene import BEATING, CHIEF, RUDE, HandlerClient, create_handler, sign_in, submit_complaint
from binhyen.conduct.tests.test_routing import draw_handlers as some_handlers
from binhyen.intake.tests.chat_reports import create_person, run_pipeline
from binhyen.kit.models import LiveEvent
from binhyen.people import access
from binhyen.people.conflicts import ESCALATION_ORDER, Desk, format_office_key, is_excluded
from binhyen.people.models import Relationship
from binhyen.vault.key_session import key_sessions
from binhyen.vault.tests.custody import SCREENS

QUARTER = dt.timedelta(minutes=15)
SUMMONED = "Mời bạn mở trang Giữ kín"


# The rule.


@hypothesis(max_examples=300, deadline=None)
@given(
    some_handlers(),
    st.frozensets(st.sampled_from(["person:1", "unit:2", *map(format_office_key, ESCALATION_ORDER[:-1])]), max_size=3),
    st.sampled_from(ESCALATION_ORDER),
    st.booleans(),
)
def test_conflicted_officers_are_not_alerted_and_the_highest_is_within_a_quarter(
    able: list[Handler], excluded_keys: frozenset[str], at: Desk, late: bool
) -> None:
    now = start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    ears = routing.find_recipients(able, excluded_keys, own_desk=at)
    by_id = {h.officer_id: h for h in able}
    for recipients in ears.values():
        assert not any(is_excluded(excluded_keys, by_id[pk].conflict_keys) for pk in recipients)
    step = routing.plan_first_step(ears, own_desk=at, late=late, now=now, step=450)
    assert step.officers or not ears, "at least one permitted officer is alerted at once"
    while step.next_at is not None:
        now = step.next_at
        before = step.officers
        step = routing.plan_next_step(ears, desk=step.desk, now=now, step=450)
        assert before < step.officers, "each step calls more people"
    assert now - start <= QUARTER
    assert step.officers == frozenset().union(*ears.values())
    if late and any(desk is not at for desk in ears):
        first = routing.plan_first_step(ears, own_desk=at, late=True, now=start, step=450)
        assert ESCALATION_ORDER.index(first.desk) > ESCALATION_ORDER.index(at), (
            "overdue complaints are reported upwards"
        )


# Integration with the database.


@pytest.fixture
def desks(officer: Callable[..., Any], now: dt.datetime) -> Iterator[dict[str, Any]]:
    yield {
        role: create_handler(officer, role, now)
        for role in ("PROVINCE_DUTY", "PROVINCE_STAFF", "DIRECTOR", "INSPECTOR")
    }
    key_sessions.lock_all()


def list_called() -> set[str]:
    return set(HandlerAlert.objects.values_list("officer__role", flat=True))


def list_live_events(officer: Any) -> list[tuple[str, Any]]:
    topics = set(access.list_live_topics(officer))
    return [(e.name, e.data) for e in LiveEvent.objects.order_by("id") if topics & set(e.topics)]


@pytest.mark.django_db
def test_an_urgent_one_alarms_at_once_and_escalates(desks: dict[str, Any], now: dt.datetime) -> None:
    submit_complaint(BEATING, now=now)
    assert list_called() == {"PROVINCE_DUTY", "PROVINCE_STAFF"}
    assert (
        list_live_events(desks["PROVINCE_DUTY"]) == [("summons", {"on": True})]
        and list_live_events(desks["DIRECTOR"]) == []
    )
    assert services_alarms.run_alarms(now=now + dt.timedelta(seconds=299)) == 0
    assert services_alarms.run_alarms(now=now + dt.timedelta(seconds=300)) == 1
    assert list_called() == {"PROVINCE_DUTY", "PROVINCE_STAFF", "DIRECTOR"}
    assert services_alarms.run_alarms(now=now + dt.timedelta(seconds=600)) == 1
    assert list_called() == set(desks)
    assert ComplaintAlarm.objects.get().next_at is None and services_alarms.run_alarms(now=now + QUARTER) == 0
    assert list_live_events(desks["INSPECTOR"]) == [("summons", {"on": True})]
    assert not CaseAlarm.objects.exists() and escalate_alarms(ladder=get_alarm_delays(), now=now + QUARTER) == 0


@pytest.mark.django_db
def test_others_raise_no_alarm(desks: dict[str, Any], now: dt.datetime) -> None:
    submit_complaint(RUDE, now=now)
    services_alarms.run_alarms(now=now + QUARTER)
    assert not ComplaintAlarm.objects.exists() and not LiveEvent.objects.exists()


@pytest.mark.django_db
def test_an_overdue_one_is_reported_upwards_within_a_quarter(desks: dict[str, Any], now: dt.datetime) -> None:
    _, complaint = submit_complaint(RUDE, now=now)
    week = now + dt.timedelta(days=7, seconds=1)
    assert services_alarms.run_alarms(now=now + dt.timedelta(days=6)) == 0 and not ComplaintAlarm.objects.exists()
    services_alarms.run_alarms(now=week)
    assert list_called() == {"PROVINCE_DUTY", "PROVINCE_STAFF", "DIRECTOR"}
    handling.acknowledge_complaint(complaint=complaint, officer=desks["DIRECTOR"], now=week)
    assert list_called() == set()
    services_alarms.run_alarms(now=week + QUARTER)
    assert list_called() == set(), "alerted once per clock"
    services_alarms.run_alarms(now=now + dt.timedelta(days=30, seconds=1))
    assert "DIRECTOR" in list_called()
    assert set(ComplaintAlarm.objects.values_list("cause", "clock")) == {("LATE", "accept"), ("LATE", "answer")}


@pytest.mark.django_db
def test_a_timely_accepted_one_is_not_overdue(desks: dict[str, Any], now: dt.datetime) -> None:
    _, complaint = submit_complaint(RUDE, now=now)
    handling.accept_complaint(complaint=complaint, officer=desks["PROVINCE_DUTY"], now=now)
    services_alarms.run_alarms(now=now + dt.timedelta(days=8))
    assert not ComplaintAlarm.objects.exists()


@pytest.mark.django_db
def test_accepting_or_knowing_ends_it_everywhere(desks: dict[str, Any], now: dt.datetime) -> None:
    _, complaint = submit_complaint(BEATING, now=now)
    handling.accept_complaint(complaint=complaint, officer=desks["PROVINCE_STAFF"], now=now)
    assert list_called() == set() and list_live_events(desks["PROVINCE_DUTY"])[-1] == ("summons", {"on": False})
    row = ComplaintAlarm.objects.get()
    assert row.ended_by == desks["PROVINCE_STAFF"] and row.next_at is None
    assert services_alarms.run_alarms(now=now + QUARTER) == 0
    assert AuditEntry.objects.filter(verb="case.alarm_heard", object=f"conduct:{complaint.case.public_id}").exists()


@pytest.mark.django_db
def test_a_new_cry_for_help_alarms_again(desks: dict[str, Any], client: Client, now: dt.datetime) -> None:
    link, complaint = submit_complaint(BEATING, now=now)
    handling.accept_complaint(complaint=complaint, officer=desks["PROVINCE_DUTY"], now=now)
    client.post(f"/theo-doi/{link}", {"text": "Tôi gửi thêm giấy hẹn hôm qua"})
    assert list_called() == set()
    client.post(f"/theo-doi/{link}", {"text": "Cứu với, họ đang đánh con tôi"})
    assert list_called() == {"PROVINCE_DUTY", "PROVINCE_STAFF"}


@pytest.mark.django_db
def test_one_in_a_chat_alarms_as_well(desks: dict[str, Any]) -> None:
    run_pipeline((create_person(), BEATING))
    assert list_called() == {"PROVINCE_DUTY", "PROVINCE_STAFF"}


@pytest.mark.django_db
def test_the_accused_side_is_never_alerted(
    desks: dict[str, Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    """A chief: the province's desk is below the chief. A relative of the subject works at the director's office."""
    subject = officer("CHIEF", "18568", name="Trần Văn Bình")
    left, right = sorted((subject, desks["DIRECTOR"]), key=lambda o: o.pk)
    Relationship.objects.create(
        officer_a=left, officer_b=right, kind=Relationship.Kind.RELATIVE, declared_at=now, declared_by=subject
    )
    _, complaint = submit_complaint(f"{CHIEF}, ông Trần Văn Bình đang đánh người bất tỉnh", now=now)
    for after in range(0, 1000, 100):
        services_alarms.run_alarms(now=now + dt.timedelta(seconds=after))
    assert list_called() == {"INSPECTOR"}
    for someone in (subject, desks["DIRECTOR"], desks["PROVINCE_DUTY"]):
        assert list_live_events(someone) == []
    assert complaint.urgency == 3


@pytest.mark.django_db
def test_control_without_the_conflict_rule_the_relative_would_be_alerted(
    desks: dict[str, Any], officer: Callable[..., Any], now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routing, "is_excluded", lambda excluded_keys, own_keys: False)
    monkeypatch.setattr("binhyen.conduct.routing.is_excluded", lambda excluded_keys, own_keys: False)
    with pytest.raises(AssertionError):
        test_the_accused_side_is_never_alerted(desks, officer, now)


@pytest.mark.django_db
def test_an_officer_found_to_be_concerned_is_alerted_no_more(
    desks: dict[str, Any], officer: Callable[..., Any], now: dt.datetime
) -> None:
    _, complaint = submit_complaint(BEATING, now=now)
    subject = officer("OFFICER", "18568", name="Lê Thị Lam Ngà")
    left, right = sorted((subject, desks["PROVINCE_STAFF"]), key=lambda o: o.pk)
    Relationship.objects.create(
        officer_a=left, officer_b=right, kind=Relationship.Kind.RELATIVE, declared_at=now, declared_by=subject
    )
    handling.set_subject(
        complaint=complaint,
        rank=SubjectRank.OFFICER,
        unit_ids=[],
        name_text=subject.name,
        officer=desks["PROVINCE_DUTY"],
        now=now,
    )
    assert list_called() == {"PROVINCE_DUTY"}
    assert list_live_events(desks["PROVINCE_STAFF"])[-1] == ("summons", {"on": False})


@pytest.mark.django_db
def test_a_text_that_names_the_province_removes_it_from_the_province_at_once(
    desks: dict[str, Any], client: Client, now: dt.datetime
) -> None:
    link, complaint = submit_complaint(BEATING, now=now)
    assert client.post(f"/theo-doi/{link}", {"text": "Trực ban tỉnh bao che cho họ"}).status_code == 303
    complaint.veto.refresh_from_db()
    assert complaint.veto.desk == Desk.DIRECTOR and list_called() == {"DIRECTOR"}
    assert list_live_events(desks["PROVINCE_DUTY"])[-1] == ("summons", {"on": False})


@pytest.mark.django_db
def test_pages_show_that_an_alert_exists_and_nothing_more(desks: dict[str, Any], now: dt.datetime) -> None:
    submit_complaint(BEATING, now=now)
    submit_complaint(f"{BEATING} nữa", now=now)
    duty = sign_in(desks["PROVINCE_DUTY"]).get("/ban-truc").content.decode()
    notice = duty[duty.index("data-summons") :].split("</div>")[0]
    assert SUMMONED in notice and "data-summons hidden" not in notice and 'data-alarm="giu-kin"' in notice
    assert "Lộc Hà" not in notice and "phản ánh" not in notice.lower()
    assert duty.count('class="nav-n hot">1<') == 2, "however many wait: one entry in both menus"
    quiet = sign_in(desks["INSPECTOR"]).get("/nhat-ky").content.decode()
    assert "data-summons hidden" in quiet


@pytest.mark.django_db
def test_pages_of_roles_never_alerted_have_no_slot_for_it(officer: Callable[..., Any]) -> None:
    assert "data-summons" not in sign_in(officer("CHIEF", "18568")).get("/ban-truc").content.decode()


@pytest.mark.django_db
def test_at_the_custody_page_it_is_marked_and_ended(desks: dict[str, Any], now: dt.datetime) -> None:
    _, complaint = submit_complaint(BEATING, now=now)
    with SCREENS:
        duty, above = HandlerClient(desks["PROVINCE_DUTY"]), HandlerClient(desks["DIRECTOR"])
        assert "Đang báo động" in duty.list() and "Tôi đã biết" in duty.read(complaint)[1]
        assert above.do(complaint, "da-biet") == 303, "the overseer may acknowledge it too"
        assert "Đang báo động" not in duty.list() and duty.do(complaint, "da-biet") == 404
    assert list_called() == set() and Complaint.objects.get().case.acknowledged_at is None
