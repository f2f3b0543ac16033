"""Retention on a moved clock: every class is erased on its day and not before; the figures of the statistics stay."""

import datetime as dt
import io
from itertools import product

import pytest
from PIL import Image

from binhyen.audit.models import AuditEntry
from binhyen.cases.choices import CATEGORY_LABELS, Lane, State
from binhyen.cases.models import Case, CaseEvent, CaseMessage, Evidence, Note, Report
from binhyen.cases.tests.scene import open_case, told
from binhyen.channels.models import Attachment, Message, Outgoing
from binhyen.channels.services import media
from binhyen.kit import clock
from binhyen.people.services import Refusal
from binhyen.privacy import queries, retention_registry
from binhyen.privacy.config import days
from binhyen.privacy.models import Sweep
from binhyen.privacy.rules import retention as rules_retention
from binhyen.privacy.rules.retention import Kept, class_of, ends_at
from binhyen.privacy.rules.retention_periods import BY_CODE, DEFAULTS, read
from binhyen.privacy.services import legal_holds, retention
from binhyen.privacy.tests.scene import DAY, SECRETS, closed, night, words_left
from binhyen.stats.models import Count
from binhyen.stats.services import count, rebuild

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    settings.FILES_ROOT = tmp_path


def whole(unit, officer, now, category="environment_noise", **more) -> Case:
    """Create a closed case with all related rows."""
    case = closed(unit, category, at=now, **more)
    person = officer()
    Note.objects.create(case=case, officer=person, text=f"Gọi {SECRETS[0]}", at=now)
    picture = io.BytesIO()
    Image.new("RGB", (20, 20)).save(picture, "JPEG")
    for holder in ("message", "proof"):
        attachment = media.upload(picture.getvalue(), name=f"{SECRETS[1]}.jpg")
        if holder == "message":
            attachment.message = Message.objects.get(case_messages__case=case)
            attachment.save()
        else:
            Evidence.objects.create(case=case, officer=person, text=SECRETS[1], attachment=attachment, at=now)
    talk = Report.objects.get(case=case).conversation
    Outgoing.objects.create(
        key=f"x:{case.pk}", channel_id=talk.channel_id, conversation=talk, case=case, purpose="ANSWER",
        text=f"Chào {SECRETS[0]}", state="SENT", created_at=now, due_at=now,
    )  # fmt: skip
    return case


CASES = [
    ("environment_noise", {}, "reflection", 395),
    ("lost_item", {}, "reflection", 395),
    ("violence", {}, "reflection", 395),  # a crime report that was never passed on: handled on the spot
    ("violence", {"handed": True}, "crime", 90),
    ("missing_person", {}, "child", 30),
]


@pytest.mark.parametrize(("category", "more", "group", "length"), CASES)
def test_a_class_goes_on_its_day_and_not_before(unit, officer, now, category, more, group, length):
    if more:
        more = {"handed": now}
    case = whole(unit("18568"), officer, now, category, **more)
    count()
    before = list(Count.objects.order_by("pk").values_list("metric", "day", "value"))
    assert before and words_left(), "control: there is something to be found"
    night(now + length * DAY - dt.timedelta(hours=1))
    assert Case.objects.get(pk=case.pk).forgotten_at is None
    assert night(now + length * DAY + dt.timedelta(hours=23))[group] == 1
    case = Case.objects.get(pk=case.pk)
    assert words_left() == []
    assert (case.title, case.place, case.snippet, case.result, case.folded, case.marked) == (
        f"{CATEGORY_LABELS[category]} (đã xóa nội dung)", "", "", "", "", "")  # fmt: skip
    assert case.code and case.outcome == "RESOLVED" and case.commune_id and case.latitude is None
    for table in (Note, Evidence, Report, CaseMessage, Attachment, Outgoing):
        assert table.objects.count() == 0, table.__name__
    count()
    assert list(Count.objects.order_by("pk").values_list("metric", "day", "value")) == before
    rebuild()
    assert [(m, v) for m, _, v in before] == list(Count.objects.order_by("pk").values_list("metric", "value"))


def test_the_deletion_is_in_the_book_without_personal_data(unit, officer, now):
    case = whole(unit("18568"), officer, now)
    night(now + 400 * DAY)
    verbs = {(e.verb, e.object) for e in AuditEntry.objects.filter(actor="system:retention")}
    assert verbs >= {("case.forgotten", f"case:{case.code}"), ("retention.deleted", "class:reflection")}
    assert CaseEvent.objects.filter(case=case, verb="forgotten").count() == 1
    assert not any(s in str(list(AuditEntry.objects.values())) for s in SECRETS)


def test_files_go_after_the_commit(unit, officer, now, settings, django_capture_on_commit_callbacks):
    whole(unit("18568"), officer, now)
    on_disk = [p for p in settings.FILES_ROOT.rglob("*") if p.is_file()]
    assert len(on_disk) == 4, "two pictures, original and preview"
    with django_capture_on_commit_callbacks(execute=True):
        night(now + 400 * DAY)
    assert [p for p in settings.FILES_ROOT.rglob("*") if p.is_file()] == []


def test_what_stays(unit, officer, now):
    """Open cases, cases on hold, and complaints, which have a longer retention."""
    person = officer("PROVINCE_STAFF", "42")
    held = closed(unit("18568"), "environment_noise", at=now)
    legal_holds.hold(
        code=held.code,
        reason="Viện kiểm sát yêu cầu giữ",
        until=clock.vietnam_day(now + 800 * DAY),
        officer=person,
        now=now,
    )
    still_open = open_case(unit("18568"), category="environment_noise", now=now)
    police = closed(unit("42"), "officer_complaint", at=now)
    complaint = closed(unit("42"), "environment_noise", at=now)
    Case.objects.filter(pk=complaint.pk).update(lane=Lane.COMPLAINT)
    assert night(now + 700 * DAY, "reflection", "crime", "child") == {"reflection": 0, "crime": 0, "child": 0}
    assert night(now + 801 * DAY, "reflection")["reflection"] == 1, "the order to hold ran out"
    assert set(Case.objects.filter(forgotten_at=None)) == {still_open, police, complaint}


def test_holding_needs_the_province_and_a_reason(unit, officer, now):
    case = closed(unit("18568"), "environment_noise", at=now)
    until = clock.vietnam_day(now + 30 * DAY)
    for role, reason, day in (("CUSTODIAN", "Tòa án yêu cầu giữ", until), ("PROVINCE_STAFF", "vì", until),
                              ("PROVINCE_STAFF", "Tòa án yêu cầu giữ", clock.vietnam_day(now))):  # fmt: skip
        with pytest.raises(Refusal):
            legal_holds.hold(code=case.code, reason=reason, until=day, officer=officer(role, "42"), now=now)
    row = legal_holds.hold(
        code=case.code, reason="Tòa án yêu cầu giữ", until=until, officer=officer("PROVINCE_STAFF", "42"), now=now
    )
    legal_holds.let_go(name=queries.name_of(row), officer=officer("PROVINCE_STAFF", "42"), now=now)
    assert night(now + 400 * DAY, "reflection")["reflection"] == 1
    with pytest.raises(Refusal):
        legal_holds.let_go(name=queries.name_of(row), officer=officer("PROVINCE_STAFF", "42"), now=now)


def test_a_message_that_another_case_holds_stays(unit, officer, now):
    old, young = closed(unit("18568"), "environment_noise", at=now), open_case(unit("18568"), now=now + 300 * DAY)
    shared = Message.objects.get(case_messages__case=old)
    CaseMessage.objects.create(case=young, message=shared, attached_at=now, attached_by="x")
    night(now + 400 * DAY, "reflection")
    assert Message.objects.filter(pk=shared.pk).exists() and CaseMessage.objects.filter(message=shared).count() == 1


def test_what_was_merged_goes_with_its_case(unit, now):
    main, absorbed = (
        closed(unit("18568"), "environment_noise", at=now),
        open_case(unit("18568"), text=SECRETS[0], now=now),
    )
    Case.objects.filter(pk=absorbed.pk).update(state=State.MERGED, merged_into=main)
    night(now + 400 * DAY, "reflection")
    assert Case.objects.filter(forgotten_at=None).count() == 0 and words_left() == []


def test_bounded_batches_each_an_entry(unit, now):
    for _ in range(5):
        closed(unit("18568"), "environment_noise", at=now)
    assert night(now + 400 * DAY, "reflection", most=2)["reflection"] == 5
    rows = AuditEntry.objects.filter(verb="retention.deleted").order_by("pk")
    assert [r.detail["n"] for r in rows] == [2, 2, 1]


def test_one_class_that_fails_keeps_no_other_from_its_turn(unit, now, monkeypatch):
    closed(unit("18568"), "missing_person", at=now)
    closed(unit("18568"), "environment_noise", at=now)

    def breaks(ids, *, now):
        if Case.objects.get(pk=ids[0]).category != "missing_person":
            raise RuntimeError("disk")
        return plain(ids, now=now)

    plain = retention.forget_cases
    monkeypatch.setattr(retention, "forget_cases", breaks)
    assert night(now + 400 * DAY)["child"] == 1
    row = Sweep.objects.get(group="reflection")
    assert (row.failed, row.late) == ("RuntimeError", 1), "and the page shows it"


def test_control_a_sweep_that_does_nothing_is_seen(unit, now, monkeypatch):
    closed(unit("18568"), "environment_noise", at=now)
    monkeypatch.setattr(retention, "forget_cases", lambda ids, *, now: 0)
    night(now + 400 * DAY)
    assert Sweep.objects.get(group="reflection").late == 1 and words_left()


def test_every_class_has_a_keeper_or_a_hand(now):
    kept = {each.group for each in retention_registry.retentions()}
    by_hand = {code for code, c in BY_CODE.items() if c.by == "làm tay"}
    assert kept | by_hand == set(BY_CODE) and not kept & by_hand
    night(now)
    assert set(Sweep.objects.values_list("group", flat=True)) == kept
    for each in retention_registry.retentions():
        sweeps = BY_CODE[each.group].by == "privacy.sweep"
        assert (each.sweep is not None) is sweeps, f"{each.group}: the page describes it wrongly"
    with pytest.raises(ValueError, match="kept twice"):
        retention_registry.keeps(retention_registry.retentions()[0])


def test_the_query_and_the_rule_are_one(unit, now):
    """`class_of` in SQL equals the rule, over every kind, lane, category and whether it was passed on."""
    made = []
    for category, lane, handed in product(
        ("violence", "environment_noise", "missing_person", "officer_complaint", "weapon_handover"), Lane, (None, now)
    ):
        case = closed(unit("18568"), category, at=now, handed=handed)
        Case.objects.filter(pk=case.pk).update(lane=lane)
        made.append((case.pk, class_of(Kept(case.kind, lane, category, "CLOSED", now, handed))))
    for group in ("reflection", "crime", "child"):
        found = set(queries.closed_of(group, now=now).values_list("pk", flat=True))
        assert found == {pk for pk, wanted in made if wanted == group}, group
    for pk, group in made:
        case = Case.objects.get(pk=pk)
        assert class_of(queries.kept_of(case, now=now)) == group
        over = any(queries.over(g, now=now + 91 * DAY).filter(pk=pk).exists() for g in ("reflection", "crime", "child"))
        end = ends_at(queries.kept_of(case, now=now), DEFAULTS)
        assert over is (end is not None and end <= now + 91 * DAY), group


def test_control_a_rule_that_differs_is_found(unit, now, monkeypatch):
    monkeypatch.setattr(rules_retention, "CHILDREN", frozenset({"missing_person", "violence"}))
    with pytest.raises(AssertionError):
        test_the_query_and_the_rule_are_one(unit, now)


def test_times_come_from_one_setting():
    assert read("crime=120, child=15") == {"crime": 120, "child": 15} and read("") == {}
    assert days("crime") == 90 and days("small_talk") == 30
    for wrong in ("crimes=1", "crime=0", "crime=x", "crime", "audit=3", "crime=-1"):
        with pytest.raises(ValueError):
            read(wrong)


def test_small_talk_and_old_words_of_ours(unit, now):
    told(unit("18568"), now=now)
    message = told(unit("18568"), now=now)
    Outgoing.objects.create(
        key="old", channel_id=message.channel_id, conversation=message.conversation, purpose="ANSWER", text="Chào",
        created_at=now, due_at=now, state="SENT",
    )  # fmt: skip
    night(now)
    assert Sweep.objects.get(group="talk").kept == 2 and Sweep.objects.get(group="talk").next_at == now + 30 * DAY
    assert night(now + 394 * DAY, "sent")["sent"] == 0
    assert night(now + 396 * DAY, "sent")["sent"] == 1
