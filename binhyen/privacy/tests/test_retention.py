"""Retention on a moved clock: every class is erased on its day and not before; the figures of the statistics stay."""

import datetime as dt
import io
from itertools import product

import pytest
from PIL import Image

from binhyen.audit.models import AuditEntry
from binhyen.cases.choices import CATEGORY_LABELS, Lane, State
from binhyen.cases.models import Case, CaseEvent, CaseMessage, Evidence, Note, Report
from binhyen.cases.tests.scene import create_message, open_case
from binhyen.channels.models import Attachment, Message, Outgoing
from binhyen.channels.services import media
from binhyen.kit import clock
from binhyen.people.services import RuleViolation
from binhyen.privacy import queries, retention_registry
from binhyen.privacy.config import get_retention_days
from binhyen.privacy.models import Sweep
from binhyen.privacy.rules import retention as rules_retention
from binhyen.privacy.rules.retention import (
    CLASSES_BY_CODE,
    DEFAULT_DAYS,
    CaseRetentionFacts,
    get_expiry,
    get_retention_class,
    parse_days,
)
from binhyen.privacy.services import retention
from binhyen.privacy.tests.scene import DAY, SECRETS, create_closed_case, find_remaining_words, run_sweep
from binhyen.stats.models import Count
from binhyen.stats.services import rebuild_counts, update_counts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    settings.FILES_ROOT = tmp_path


def create_complete_case(unit, officer, now, category="environment_noise", **more) -> Case:
    """Create a closed case with all related rows."""
    case = create_closed_case(unit, category, moment=now, **more)
    person = officer()
    Note.objects.create(case=case, officer=person, text=f"Gọi {SECRETS[0]}", at=now)
    picture = io.BytesIO()
    Image.new("RGB", (20, 20)).save(picture, "JPEG")
    for holder in ("message", "proof"):
        attachment = media.store_upload(picture.getvalue(), name=f"{SECRETS[1]}.jpg")
        if holder == "message":
            attachment.message = Message.objects.get(case_messages__case=case)
            attachment.save()
        else:
            Evidence.objects.create(case=case, officer=person, text=SECRETS[1], attachment=attachment, at=now)
    talk = Report.objects.get(case=case).conversation
    Outgoing.objects.create(
        key=f"x:{case.pk}",
        channel_id=talk.channel_id,
        conversation=talk,
        case=case,
        purpose="ANSWER",
        text=f"Chào {SECRETS[0]}",
        state="SENT",
        created_at=now,
        due_at=now,
    )
    return case


CASES = [
    ("environment_noise", {}, "reflection", 395),
    ("lost_item", {}, "reflection", 395),
    ("violence", {}, "reflection", 395),  # a crime report that was never passed on: handled on the spot
    ("violence", {"handed": True}, "crime", 90),
    ("missing_person", {}, "child", 30),
]


@pytest.mark.parametrize(("category", "more", "group", "length"), CASES)
def test_a_class_is_erased_on_its_day_and_not_before(unit, officer, now, category, more, group, length):
    if more:
        more = {"handed": now}
    case = create_complete_case(unit("18568"), officer, now, category, **more)
    update_counts()
    before = list(Count.objects.order_by("metric", "day").values_list("metric", "day", "value"))
    assert before and find_remaining_words(), "control: there is something to be found"
    run_sweep(now + length * DAY - dt.timedelta(hours=1))
    assert Case.objects.get(pk=case.pk).erased_at is None
    assert run_sweep(now + length * DAY + dt.timedelta(hours=23))[group] == 1
    case = Case.objects.get(pk=case.pk)
    assert find_remaining_words() == []
    assert (case.title, case.place, case.snippet, case.result, case.search_text, case.search_accented) == (
        f"{CATEGORY_LABELS[category]} (đã xóa nội dung)",
        "",
        "",
        "",
        "",
        "",
    )
    assert case.code and case.outcome == "RESOLVED" and case.commune_id and case.latitude is None
    for table in (Note, Evidence, Report, CaseMessage, Attachment, Outgoing):
        assert table.objects.count() == 0, table.__name__
    update_counts()
    assert list(Count.objects.order_by("metric", "day").values_list("metric", "day", "value")) == before
    rebuild_counts()
    assert [(m, v) for m, _, v in before] == list(
        Count.objects.order_by("metric", "day").values_list("metric", "value")
    )


def test_the_deletion_is_logged_without_personal_data(unit, officer, now):
    case = create_complete_case(unit("18568"), officer, now)
    run_sweep(now + 400 * DAY)
    verbs = {(e.verb, e.object) for e in AuditEntry.objects.filter(actor="system:retention")}
    assert verbs >= {("case.forgotten", f"case:{case.code}"), ("retention.deleted", "class:reflection")}
    assert CaseEvent.objects.filter(case=case, verb="forgotten").count() == 1
    assert not any(s in str(list(AuditEntry.objects.values())) for s in SECRETS)


def test_files_go_after_the_commit(unit, officer, now, settings, django_capture_on_commit_callbacks):
    create_complete_case(unit("18568"), officer, now)
    on_disk = [p for p in settings.FILES_ROOT.rglob("*") if p.is_file()]
    assert len(on_disk) == 4, "two pictures, original and preview"
    with django_capture_on_commit_callbacks(execute=True):
        run_sweep(now + 400 * DAY)
    assert [p for p in settings.FILES_ROOT.rglob("*") if p.is_file()] == []


def test_data_that_is_retained(unit, officer, now):
    """Open cases, cases on hold, and complaints, which have a longer retention."""
    person = officer("PROVINCE_STAFF", "42")
    case_on_hold = create_closed_case(unit("18568"), "environment_noise", moment=now)
    retention.create_hold(
        code=case_on_hold.code,
        reason="Viện kiểm sát yêu cầu giữ",
        until=clock.to_vietnam_day(now + 800 * DAY),
        officer=person,
        now=now,
    )
    still_open = open_case(unit("18568"), category="environment_noise", now=now)
    police = create_closed_case(unit("42"), "officer_complaint", moment=now)
    complaint = create_closed_case(unit("42"), "environment_noise", moment=now)
    Case.objects.filter(pk=complaint.pk).update(lane=Lane.COMPLAINT)
    assert run_sweep(now + 700 * DAY, "reflection", "crime", "child") == {"reflection": 0, "crime": 0, "child": 0}
    assert run_sweep(now + 801 * DAY, "reflection")["reflection"] == 1, "the order to hold ran out"
    assert set(Case.objects.filter(erased_at=None)) == {still_open, police, complaint}


def test_holding_needs_the_province_and_a_reason(unit, officer, now):
    case = create_closed_case(unit("18568"), "environment_noise", moment=now)
    until = clock.to_vietnam_day(now + 30 * DAY)
    for role, reason, day in (
        ("CUSTODIAN", "Tòa án yêu cầu giữ", until),
        ("PROVINCE_STAFF", "vì", until),
        ("PROVINCE_STAFF", "Tòa án yêu cầu giữ", clock.to_vietnam_day(now)),
    ):
        with pytest.raises(RuleViolation):
            retention.create_hold(code=case.code, reason=reason, until=day, officer=officer(role, "42"), now=now)
    row = retention.create_hold(
        code=case.code, reason="Tòa án yêu cầu giữ", until=until, officer=officer("PROVINCE_STAFF", "42"), now=now
    )
    retention.release_hold(name=queries.encode_hold_name(row), officer=officer("PROVINCE_STAFF", "42"), now=now)
    assert run_sweep(now + 400 * DAY, "reflection")["reflection"] == 1
    with pytest.raises(RuleViolation):
        retention.release_hold(name=queries.encode_hold_name(row), officer=officer("PROVINCE_STAFF", "42"), now=now)


def test_a_message_used_by_another_case_stays(unit, officer, now):
    old, young = (
        create_closed_case(unit("18568"), "environment_noise", moment=now),
        open_case(unit("18568"), now=now + 300 * DAY),
    )
    shared = Message.objects.get(case_messages__case=old)
    CaseMessage.objects.create(case=young, message=shared, attached_at=now, attached_by="x")
    run_sweep(now + 400 * DAY, "reflection")
    assert Message.objects.filter(pk=shared.pk).exists() and CaseMessage.objects.filter(message=shared).count() == 1


def test_merged_cases_are_erased_together(unit, now):
    main, absorbed = (
        create_closed_case(unit("18568"), "environment_noise", moment=now),
        open_case(unit("18568"), text=SECRETS[0], now=now),
    )
    Case.objects.filter(pk=absorbed.pk).update(state=State.MERGED, merged_into=main)
    run_sweep(now + 400 * DAY, "reflection")
    assert Case.objects.filter(erased_at=None).count() == 0 and find_remaining_words() == []


def test_bounded_batches_each_an_entry(unit, now):
    for _ in range(5):
        create_closed_case(unit("18568"), "environment_noise", moment=now)
    assert run_sweep(now + 400 * DAY, "reflection", limit=2)["reflection"] == 5
    rows = AuditEntry.objects.filter(verb="retention.deleted").order_by("pk")
    assert [r.detail["n"] for r in rows] == [2, 2, 1]


def test_a_failing_class_blocks_no_other(unit, now, monkeypatch):
    create_closed_case(unit("18568"), "missing_person", moment=now)
    create_closed_case(unit("18568"), "environment_noise", moment=now)

    def raise_error(ids, *, now):
        if Case.objects.get(pk=ids[0]).category != "missing_person":
            raise RuntimeError("disk")
        return plain(ids, now=now)

    plain = retention.erase_cases
    monkeypatch.setattr(retention, "erase_cases", raise_error)
    assert run_sweep(now + 400 * DAY)["child"] == 1
    row = Sweep.objects.get(group="reflection")
    assert (row.failed, row.late) == ("RuntimeError", 1), "and the page shows it"


def test_control_a_sweep_that_does_nothing_is_seen(unit, now, monkeypatch):
    create_closed_case(unit("18568"), "environment_noise", moment=now)
    monkeypatch.setattr(retention, "erase_cases", lambda ids, *, now: 0)
    run_sweep(now + 400 * DAY)
    assert Sweep.objects.get(group="reflection").late == 1 and find_remaining_words()


def test_every_class_has_a_job_or_a_manual_procedure(now):
    groups_with_rule = {rule.group for rule in retention_registry.list_retentions()}
    by_hand = {code for code, c in CLASSES_BY_CODE.items() if c.by == "làm tay"}
    assert groups_with_rule | by_hand == set(CLASSES_BY_CODE) and not groups_with_rule & by_hand
    run_sweep(now)
    assert set(Sweep.objects.values_list("group", flat=True)) == groups_with_rule
    for rule in retention_registry.list_retentions():
        sweeps = CLASSES_BY_CODE[rule.group].by == "privacy.sweep"
        assert (rule.sweep is not None) is sweeps, f"{rule.group}: the page describes it wrongly"
    with pytest.raises(ValueError, match="kept twice"):
        retention_registry.register_retention(retention_registry.list_retentions()[0])


def test_the_query_equals_the_rule(unit, now):
    """`class_of` in SQL equals the rule, over every kind, lane, category and whether it was passed on."""
    made = []
    for category, lane, handed in product(
        ("violence", "environment_noise", "missing_person", "officer_complaint", "weapon_handover"), Lane, (None, now)
    ):
        case = create_closed_case(unit("18568"), category, moment=now, handed=handed)
        Case.objects.filter(pk=case.pk).update(lane=lane)
        made.append(
            (case.pk, get_retention_class(CaseRetentionFacts(case.kind, lane, category, "CLOSED", now, handed)))
        )
    for group in ("reflection", "crime", "child"):
        closed_ids = set(queries.list_closed_cases(group, now=now).values_list("pk", flat=True))
        assert closed_ids == {pk for pk, wanted in made if wanted == group}, group
    for pk, group in made:
        case = Case.objects.get(pk=pk)
        assert get_retention_class(queries.get_retention_facts(case, now=now)) == group
        over = any(
            queries.list_expired_cases(g, now=now + 91 * DAY).filter(pk=pk).exists()
            for g in ("reflection", "crime", "child")
        )
        end = get_expiry(queries.get_retention_facts(case, now=now), DEFAULT_DAYS)
        assert over is (end is not None and end <= now + 91 * DAY), group


def test_control_a_rule_that_differs_is_found(unit, now, monkeypatch):
    monkeypatch.setattr(rules_retention, "CHILDREN", frozenset({"missing_person", "violence"}))
    with pytest.raises(AssertionError):
        test_the_query_equals_the_rule(unit, now)


def test_periods_come_from_one_setting():
    assert parse_days("crime=120, child=15") == {"crime": 120, "child": 15} and parse_days("") == {}
    assert get_retention_days("crime") == 90 and get_retention_days("small_talk") == 30
    for wrong in ("crimes=1", "crime=0", "crime=x", "crime", "audit=3", "crime=-1"):
        with pytest.raises(ValueError):
            parse_days(wrong)


def test_small_talk_and_our_old_messages(unit, now):
    create_message(unit("18568"), now=now)
    message = create_message(unit("18568"), now=now)
    Outgoing.objects.create(
        key="old",
        channel_id=message.channel_id,
        conversation=message.conversation,
        purpose="ANSWER",
        text="Chào",
        created_at=now,
        due_at=now,
        state="SENT",
    )
    run_sweep(now)
    assert Sweep.objects.get(group="talk").retained == 2 and Sweep.objects.get(group="talk").next_at == now + 30 * DAY
    assert run_sweep(now + 394 * DAY, "sent")["sent"] == 0
    assert run_sweep(now + 396 * DAY, "sent")["sent"] == 1
