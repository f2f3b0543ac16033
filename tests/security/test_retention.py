"""Every class of the register of processing is really deleted: one scene a class, its own job, on a shifted clock."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from binhyen.aid.models import AidDelivery, Need, Pledge
from binhyen.api.models import Token
from binhyen.audit.tests import test_services_log
from binhyen.bulletins.models import Bulletin
from binhyen.bulletins.tests.scene import create_bulletin
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.tests.scene import create_message
from binhyen.cases.tests.test_views_unassigned_messages import create_group
from binhyen.channels.models import (
    Attachment,
    Channel,
    ChildGround,
    Conversation,
    Inbound,
    Membership,
    Message,
    Outgoing,
    PushDelivery,
    PushNotice,
    PushSubscription,
)
from binhyen.channels.services import messages, push
from binhyen.channels.services import pruning as channels
from binhyen.conduct.tests.scene import submit_complaint
from binhyen.consents.models import Consent
from binhyen.deeds.models import Deed
from binhyen.found.models import FoundItem, HiddenDetail
from binhyen.intake.models import Correction
from binhyen.kit import clock
from binhyen.missing.models import CareRegistration, PersonRecord, Sighting
from binhyen.people.models import Activation, Appointment, DutyShift, Officer, Relationship, SignIn
from binhyen.people.services import sessions as people
from binhyen.privacy import retention_registry
from binhyen.privacy.models import Breach, BreachStep, Hold, Request
from binhyen.privacy.retention_registry import Retention
from binhyen.privacy.rules.processing_register import NOT_PERSONAL, PROCESSING_USES
from binhyen.privacy.rules.retention import CLASSES_BY_CODE, DATA_CLASSES, DEFAULT_DAYS
from binhyen.privacy.tests.scene import DAY, SECRETS, create_closed_case, find_remaining_words, run_sweep
from binhyen.procedures.models import UnansweredQuestion
from binhyen.scams.models import Dispute, Indicator
from binhyen.tips import services as tips
from binhyen.vault import services as vault
from binhyen.vault.models import Approval, DisclosureRequest, Identity, WrappedKey
from binhyen.vault.services import create_reporter
from binhyen.vault.tests.people import create_key
from binhyen.weapons.models import Weapon, WeaponReceipt, WeaponRecord
from tests import rls

pytestmark = pytest.mark.django_db
Left = Callable[[], int]


@dataclass(frozen=True)
class RetentionScene:
    """The people of a scene. A scene creates one object of its class and counts its remains."""

    unit: Any
    officer: Callable[..., Any]
    now: dt.datetime


def build_case_scene(category: str, **more: Any) -> Callable[[RetentionScene], Left]:
    def create_case(room: RetentionScene) -> Left:
        handed = {"handed": room.now} if more.get("handed") else {}
        create_closed_case(room.unit, category, moment=room.now, **handed)
        return lambda: len(find_remaining_words())

    return create_case


def create_found_thing(room: RetentionScene) -> Left:
    item = FoundItem.objects.create(
        case=create_closed_case(room.unit, "found_item", moment=room.now),
        kind="BAG",
        description="Ví da",
        found_on=room.now.date(),
        holder="POLICE",
        search_text="vi da",
        officer=room.officer(),
        at=room.now,
    )
    HiddenDetail.objects.create(item=item, field="NAME", text=SECRETS[0])
    return lambda: FoundItem.objects.count() + HiddenDetail.objects.count()


def create_need(room: RetentionScene) -> Left:
    officer, reporter_id = room.officer(), create_reporter({"NAME": SECRETS[0], "PHONE": SECRETS[1]}, now=room.now)
    need = Need.objects.create(
        case=create_closed_case(room.unit, "welfare", moment=room.now),
        kind="FOOD",
        summary="Một cụ già sống một mình",
        unit_name="suất quà",
        needed=2,
        household=SECRETS[0],
        household_key="x",
        officer=officer,
        at=room.now,
    )
    pledge = Pledge.objects.create(
        need=need,
        link_hash="a" * 64,
        donor_kind="PERSON",
        units=1,
        reporter_id=reporter_id,
        has_contact=True,
        note=SECRETS[1],
        expires_at=room.now + (DEFAULT_DAYS["reflection"] - DEFAULT_DAYS["donor"]) * DAY,
        at=room.now,
    )
    AidDelivery.objects.create(
        need=need,
        number=1,
        pledge=pledge,
        units=1,
        receiver=SECRETS[0],
        minutes="BB 1",
        day=room.now.date(),
        officer=officer,
        at=room.now,
    )
    return lambda: (
        Need.objects.count()
        + Pledge.objects.count()
        + AidDelivery.objects.count()
        + Identity.objects.filter(reporter=reporter_id).count()
    )


def create_person_record(room: RetentionScene) -> Left:
    record = PersonRecord.objects.create(
        case=create_closed_case(room.unit, "missing_person", moment=room.now),
        side="MISSING",
        kind="ELDER",
        name=SECRETS[0],
        sex="FEMALE",
        movement="WALK",
        seen_at=room.now,
        officer=room.officer(),
        at=room.now,
    )
    Sighting.objects.create(record=record, key_hash="x", seen_at=room.now, place="chợ", text=SECRETS[1], at=room.now)
    return lambda: PersonRecord.objects.count() + Sighting.objects.count()


def create_registration(room: RetentionScene) -> Left:
    contact_id = create_reporter({"NAME": SECRETS[0], "PHONE": SECRETS[1]}, now=room.now)
    photo = Attachment.objects.create(kind="image", state="READY")
    CareRegistration.objects.create(
        unit=room.unit,
        kind="DEMENTIA",
        name=SECRETS[0],
        photo=photo,
        sex="FEMALE",
        contact_id=contact_id,
        guardian_paper="01",
        officer=room.officer(),
        at=room.now,
        valid_until=room.now.date() + 900 * DAY,
        ended_at=room.now,
    )
    rows = Attachment.objects.filter(pk=photo.pk)
    return lambda: (
        CareRegistration.objects.count() + Identity.objects.filter(reporter=contact_id).count() + rows.count()
    )


def create_indicator(room: RetentionScene) -> Left:
    indicator = Indicator.objects.create(kind="PHONE", value=SECRETS[1], first_at=room.now, last_at=room.now)
    Dispute.objects.create(indicator=indicator, statement=SECRETS[0], at=room.now)
    return lambda: Indicator.objects.count() + Dispute.objects.count()


def create_draft(room: RetentionScene) -> Left:
    create_bulletin(room.officer(), now=room.now)
    return Bulletin.objects.count


def create_complaint(room: RetentionScene) -> Left:
    _, complaint = submit_complaint(now=room.now)
    Case.objects.filter(pk=complaint.case_id).update(state="CLOSED", closed_at=room.now, outcome="ANSWERED")
    return WrappedKey.objects.count


def create_group_message(room: RetentionScene) -> Left:
    message = create_message(room.unit, now=room.now)
    Message.objects.filter(pk=message.pk).update(group=create_group(room.unit, room.now), conversation=None)
    return Message.objects.count


def create_talk(room: RetentionScene) -> Left:
    create_message(room.unit, now=room.now)
    return Message.objects.count


def create_person(room: RetentionScene) -> int:
    channel = Channel.objects.get(kind="web").pk
    person = vault.get_or_create_reporters(channel, ["zalo-1"], now=room.now)["zalo-1"]
    vault.seal_identity(reporter_id=person, field=vault.Field.PHONE, value=SECRETS[1], now=room.now)
    return person


def create_identity(room: RetentionScene) -> Left:
    case = create_closed_case(room.unit, "environment_noise", moment=room.now)
    person = create_person(room)
    talk = Conversation.objects.create(
        channel=Channel.objects.get(kind="web"), reporter_id=person, last_interaction_at=room.now
    )
    Report.objects.filter(case=case).update(reporter=person, conversation=talk)
    return lambda: Identity.objects.count() + WrappedKey.objects.count()


def create_member(room: RetentionScene) -> Left:
    Membership.objects.create(
        group=create_group(room.unit, room.now), reporter_id=create_person(room), joined_at=room.now, left_at=room.now
    )
    return Membership.objects.count


def create_tip(room: RetentionScene) -> Left:
    tips.submit_tip(key="k" * 40, text="Nhà ông Tư bán ma túy ở xã Lộc Hà", place="", photos=(), now=room.now)
    return WrappedKey.objects.count


def create_sent_letter(room: RetentionScene) -> Left:
    message = create_message(room.unit, now=room.now)
    Outgoing.objects.create(
        key="old",
        channel_id=message.channel_id,
        conversation=message.conversation,
        purpose="ANSWER",
        text=SECRETS[0],
        created_at=room.now,
        due_at=room.now,
        state="SENT",
    )
    return Outgoing.objects.count


def create_request(room: RetentionScene) -> Left:
    Request.objects.create(
        kind="ACCESS",
        via="LINK",
        words=SECRETS[0],
        state="DONE",
        asked_at=room.now,
        due_at=room.now,
        answered_at=room.now,
        done_at=room.now,
        answer=SECRETS[1],
        link_hash="a" * 64,
    )
    return Request.objects.exclude(words="", answer="", link_hash="").count


def create_consent(room: RetentionScene) -> Left:
    consent = Consent.objects.create(
        reporter_id=create_person(room),
        purpose="CONTACT",
        version=1,
        by="SELF",
        given_at=room.now,
        withdrawn_at=room.now,
    )
    create_sent_letter(room)
    ground = {"kind": "CONSENT", "reason": "x", "until": room.now.date(), "officer": room.officer(), "at": room.now}
    ChildGround.objects.create(outgoing=Outgoing.objects.get(), consent=consent, **ground)
    return Consent.objects.count


def create_correction(room: RetentionScene) -> Left:
    Correction.objects.create(
        source="RECLASSIFIED",
        text="masked",
        category_before="other",
        category_after="violence",
        urgency_before=1,
        urgency_after=2,
        at=room.now,
    )
    return Correction.objects.count


def create_opening(room: RetentionScene) -> Left:
    person = room.officer("CUSTODIAN", "42")
    holder, _ = create_key(person, room.now)
    row = DisclosureRequest.objects.create(
        reporter_id=create_person(room),
        subject="case:K7M29QXD",
        requester=person,
        holder=holder,
        why="DANGER",
        reason=SECRETS[0],
        hours=4,
        asked_at=room.now,
    )
    Approval.objects.create(opening=row, officer=person, seat=1, at=room.now)
    return lambda: DisclosureRequest.objects.count() + Approval.objects.count()


def create_staff(room: RetentionScene) -> Left:
    person, other = room.officer(name=SECRETS[0]), room.officer()
    Officer.objects.filter(pk=person.pk).update(is_active=False, permissions_changed_at=room.now)
    Appointment.objects.create(officer=person, unit=room.unit, role="CHIEF", until=room.now)
    DutyShift.objects.create(unit=room.unit, officer=person, starts_at=room.now, ends_at=room.now + DAY)
    officer_a, officer_b = sorted((person.pk, other.pk))
    Relationship.objects.create(
        officer_a_id=officer_a, officer_b_id=officer_b, kind="RELATIVE", declared_at=room.now, declared_by=other
    )
    hangs = (Appointment, DutyShift, Relationship)
    return lambda: len(find_remaining_words()) + sum(table.objects.count() for table in hangs)


def create_conflict(room: RetentionScene) -> Left:
    officer_a, officer_b = sorted((room.officer().pk, room.officer().pk))
    Relationship.objects.create(
        officer_a_id=officer_a,
        officer_b_id=officer_b,
        kind="RELATIVE",
        declared_at=room.now,
        declared_by_id=officer_a,
        ended_at=room.now,
    )
    return Relationship.objects.count


def create_breach(room: RetentionScene) -> Left:
    person = room.officer("OPERATOR", "42")
    row = Breach.objects.create(
        found_at=room.now,
        due_at=room.now,
        what=SECRETS[0],
        who="người báo",
        measures="x",
        officer=person,
        at=room.now,
        reported_at=room.now,
        closed_at=room.now,
    )
    BreachStep.objects.create(breach=row, kind="CLOSED", text="x", officer=person, at=room.now)
    return lambda: Breach.objects.count() + BreachStep.objects.count()


def create_hold(room: RetentionScene) -> Left:
    case = create_closed_case(room.unit, "environment_noise", moment=room.now)
    person = room.officer("PROVINCE_STAFF", "42")
    until = (room.now + 900 * DAY).date()
    Hold.objects.create(case=case, reason="Tòa án", until=until, officer=person, at=room.now, ended_at=room.now)
    return Hold.objects.count


def create_token(room: RetentionScene) -> Left:
    person = room.officer("PROVINCE_STAFF", "42")
    for name, over, revoked in (("a", room.now, None), ("b", room.now + 900 * DAY, room.now)):
        Token.objects.create(
            name=name,
            officer=person,
            hash=name * 64,
            scopes=[],
            created_at=room.now,
            expires_at=over,
            revoked_at=revoked,
        )
    return Token.objects.count


def create_sign_in(room: RetentionScene) -> Left:
    person, end = room.officer(), room.now + DAY
    SignIn.objects.create(officer=person, key_hash="a" * 64, started_at=room.now, expires_at=end, idle_at=end)
    Activation.objects.create(officer=person, code_hash="x", made_at=room.now, expires_at=end)
    return lambda: SignIn.objects.count() + Activation.objects.count()


def create_question(room: RetentionScene) -> Left:
    today = clock.to_vietnam_day(room.now)
    UnansweredQuestion.objects.create(digest="d", text=SECRETS[0], first_on=today, last_on=today)
    return UnansweredQuestion.objects.count


def create_webhook(room: RetentionScene) -> Left:
    for state in ("DONE", "UNKNOWN", "DEAD"):
        Inbound.objects.create(
            channel=Channel.objects.get(kind="web"),
            external_id=state,
            event="e",
            sealed_body=b"sealed",
            received_at=room.now,
            due_at=room.now,
            state=state,
        )
    return Inbound.objects.exclude(sealed_body=b"").count


def create_push(room: RetentionScene) -> Left:
    channel = Channel.objects.create(kind="webpush", name="x")
    ended = PushSubscription.objects.create(
        channel=channel, endpoint_hash="a" * 64, made_at=room.now, ended_at=room.now, officer=room.officer()
    )
    notice = PushNotice.objects.create(
        key="x", channel=channel, title="x", url="/", created_at=room.now, expires_at=room.now
    )
    PushDelivery.objects.create(notice=notice, subscription=ended, due_at=room.now, state="SENT")
    return lambda: PushNotice.objects.count() + PushSubscription.objects.count() + PushDelivery.objects.count()


def create_deed(room: RetentionScene) -> Left:
    case = create_closed_case(room.unit, "found_item", moment=room.now)
    agreed = Consent.objects.create(
        case=case, unit=room.unit, purpose="PRAISE", version=1, by="SELF", given_at=room.now
    )
    Deed.objects.create(
        case=case,
        consent=agreed,
        kind="RETURNED",
        person_name=SECRETS[0],
        text="x",
        state="APPROVED",
        author=room.officer(),
        at=room.now,
        approved_on=room.now.date(),
    )
    return Deed.objects.exclude(person_name="").count


def create_weapon(room: RetentionScene) -> Left:
    """Create a record whose weapon leaves custody now, and one whose weapon is still stored."""
    records = [
        WeaponRecord.objects.create(
            case=create_closed_case(room.unit, "weapon_handover", moment=room.now),
            origin="HANDED_IN",
            officer=room.officer(),
            at=room.now,
        )
        for _number in range(2)
    ]
    for record, ended_at in zip(records, (room.now, None), strict=True):
        Weapon.objects.create(
            record=record, kind="KNIFE", description="x", quantity=1, measure="PIECE", ended_at=ended_at
        )
    WeaponReceipt.objects.create(record=records[0], giver_name=SECRETS[0], officer=room.officer(), at=room.now)
    return WeaponReceipt.objects.count


# Class → its retention in days, and its scene.
SCENES: dict[str, tuple[int, Callable[[RetentionScene], Left]]] = {
    "group": (DEFAULT_DAYS["small_talk"], create_group_message),
    "talk": (DEFAULT_DAYS["small_talk"], create_talk),
    "reflection": (DEFAULT_DAYS["reflection"], build_case_scene("environment_noise")),
    "found": (DEFAULT_DAYS["reflection"], create_found_thing),
    "aid": (DEFAULT_DAYS["reflection"], create_need),
    "missing": (DEFAULT_DAYS["child"], create_person_record),
    "bracelet": (DEFAULT_DAYS["bracelet"], create_registration),
    "crime": (DEFAULT_DAYS["crime"], build_case_scene("violence", handed=True)),
    "child": (DEFAULT_DAYS["child"], build_case_scene("missing_person")),
    "identity": (DEFAULT_DAYS["identity_told"], create_identity),
    "member": (DEFAULT_DAYS["member"], create_member),
    "tip": (DEFAULT_DAYS["tip"], create_tip),
    "complaint": (DEFAULT_DAYS["complaint"], create_complaint),
    "scam": (DEFAULT_DAYS["scam"], create_indicator),
    "deed": (DEFAULT_DAYS["deed"], create_deed),
    "weapon": (DEFAULT_DAYS["weapon"], create_weapon),
    "bulletin": (DEFAULT_DAYS["bulletin"], create_draft),
    "procedure": (DEFAULT_DAYS["procedure_question"], create_question),
    "sent": (DEFAULT_DAYS["sent"], create_sent_letter),
    "request": (DEFAULT_DAYS["request"], create_request),
    "consent": (DEFAULT_DAYS["consent"], create_consent),
    "learning": (DEFAULT_DAYS["learning"], create_correction),
    "opening": (DEFAULT_DAYS["opening"], create_opening),
    "staff": (DEFAULT_DAYS["staff"], create_staff),
    "conflict": (DEFAULT_DAYS["conflict"], create_conflict),
    "breach": (DEFAULT_DAYS["breach"], create_breach),
    "hold": (DEFAULT_DAYS["hold"], create_hold),
    "token": (DEFAULT_DAYS["token"], create_token),
    "signin": (1, create_sign_in),
    "webhook": (DEFAULT_DAYS["webhook"], create_webhook),
    "push": (DEFAULT_DAYS["push"], create_push),
}
# Manual deletions described in docs/operations.md are tested beside their tables.
BY_HAND = {"audit": test_services_log.test_a_beginning_in_the_archive_is_believed_only_where_it_was_declared}
# A class that goes with the content of another, and that class.
FOLLOWED = {"found": "reflection", "aid": "reflection", "missing": "child"}
_PURGE = "channels.purge"
JOBS: dict[str, Callable[[dt.datetime], Any]] = {
    _PURGE: lambda at: messages.delete_expired_messages(now=at),
    "channels.clean": lambda at: (channels.prune_webhooks(now=at), push.prune_push(now=at)),
    "people.clean": lambda at: people.prune_sign_in_data(now=at),
    "tips.clean": lambda at: tips.destroy_expired_tips(now=at),
}


def run_job(group: str, moment: dt.datetime) -> None:
    """Run the job that the page names, with the worker's role."""
    if CLASSES_BY_CODE[group].by == "privacy.sweep":
        run_sweep(moment, *({FOLLOWED[group], group} if group in FOLLOWED else {group}))
    else:
        with rls.acting_as("worker"):
            JOBS[CLASSES_BY_CODE[group].by](moment)


@pytest.fixture
def room(unit: Any, officer: Any, now: dt.datetime, settings: Any, tmp_path: Any) -> RetentionScene:
    settings.FILES_ROOT = tmp_path
    return RetentionScene(unit("18568"), officer, now)


@pytest.mark.parametrize("group", SCENES)
def test_a_class_stays_its_time_and_is_gone_after_it(group: str, room: RetentionScene) -> None:
    days, scene = SCENES[group]
    left = scene(room)
    there = left()
    assert there, "control: there is something to delete"
    run_job(group, room.now + days * DAY - dt.timedelta(hours=13))
    assert left() == there, "not before its day"
    run_job(group, room.now + days * DAY + dt.timedelta(hours=13))
    assert left() == 0


def list_missing_classes() -> list[str]:
    """Return classes, and words of the register, without a deletion."""
    kept_classes = {use.retention_class for use in PROCESSING_USES.values()} - set(NOT_PERSONAL)
    return sorted((kept_classes | {c.code for c in DATA_CLASSES}) - set(SCENES) - set(BY_HAND))


def test_what_the_register_says_is_a_class_and_every_class_is_deleted_here() -> None:
    assert list_missing_classes() == []
    assert {c.code for c in DATA_CLASSES} == set(SCENES) | set(BY_HAND), "a scene of a removed class"
    assert {c.code for c in DATA_CLASSES if "." not in c.by} == set(BY_HAND)
    kept_forever = {code for code, use in PROCESSING_USES.items() if use.retention_class in NOT_PERSONAL}
    assert kept_forever == {"public", "none"}, "everything about a person has a retention time"


@pytest.mark.parametrize("how", ["a class", "a word of the register"])
def test_control_a_promise_without_a_deletion_is_found(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "a class":
        monkeypatch.delitem(SCENES, "complaint")
    else:
        monkeypatch.setitem(
            PROCESSING_USES, "new", type(PROCESSING_USES["staff"])("x", "x", "x", "x", "theo quy định lưu trữ")
        )
    assert len(list_missing_classes()) == 1


@pytest.mark.parametrize("group", [code for code in SCENES if CLASSES_BY_CODE[code].by == "privacy.sweep"])
def test_control_a_sweep_that_does_nothing_is_found(
    group: str, room: RetentionScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    retention = next(k for k in retention_registry.list_retentions() if k.group == group)
    monkeypatch.setitem(
        retention_registry._retentions, group, Retention(group, retention.get_status, lambda now, limit: 0)
    )
    with pytest.raises(AssertionError):
        test_a_class_stays_its_time_and_is_gone_after_it(group, room)


def test_an_order_that_ran_out_by_its_date_goes_too(room: RetentionScene) -> None:
    create_hold(room)
    Hold.objects.update(ended_at=None, until=(room.now + 10 * DAY).date())
    run_job("hold", room.now + 38 * DAY)
    assert Hold.objects.count() == 1
    run_job("hold", room.now + 42 * DAY)
    assert Hold.objects.count() == 0


def test_messages_of_a_case_are_no_small_talk(room: RetentionScene) -> None:
    create_closed_case(room.unit, "environment_noise", moment=room.now)
    run_job("talk", room.now + 31 * DAY)
    assert CaseMessage.objects.count() == 1
