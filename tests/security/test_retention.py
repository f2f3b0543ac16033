"""Every class of the register of processing is really deleted: one scene a class, its own job, on a shifted clock."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from binhyen.api.models import Token
from binhyen.audit.tests import test_book
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.tests.scene import told
from binhyen.cases.tests.test_views_loose import group_of
from binhyen.channels.models import Channel, ChildGround, Conversation, Inbound, Membership, Message, Outgoing
from binhyen.channels.services import messages
from binhyen.channels.services import pruning as channels
from binhyen.conduct.tests.scene import complain
from binhyen.consents.models import Consent
from binhyen.intake.models import Correction
from binhyen.people.models import Activation, DutyShift, Officer, Posting, SignIn, Tie
from binhyen.people.services import pruning as people
from binhyen.privacy import retention_registry
from binhyen.privacy.models import Breach, BreachStep, Hold, Request
from binhyen.privacy.retention_registry import Retention
from binhyen.privacy.rules.processing_register import FOREVER, USES
from binhyen.privacy.rules.retention_periods import BY_CODE, CLASSES, DEFAULTS
from binhyen.privacy.tests.scene import DAY, SECRETS, closed, night, words_left
from binhyen.tips import receipts
from binhyen.tips import services as tips
from binhyen.vault import services as vault
from binhyen.vault.models import Approval, Identity, LockCopy, Opening
from binhyen.vault.tests.people import key_of
from tests import rls

pytestmark = pytest.mark.django_db
Left = Callable[[], int]


@dataclass(frozen=True)
class Room:
    """The people of a scene. A scene creates one object of its class and counts what is left of it."""

    unit: Any
    officer: Callable[..., Any]
    now: dt.datetime


def _case(category: str, **more: Any) -> Callable[[Room], Left]:
    def scene(room: Room) -> Left:
        handed = {"handed": room.now} if more.get("handed") else {}
        closed(room.unit, category, at=room.now, **handed)
        return lambda: len(words_left())

    return scene


def _complaint(room: Room) -> Left:
    _, complaint = complain(now=room.now)
    Case.objects.filter(pk=complaint.case_id).update(state="CLOSED", closed_at=room.now, outcome="ANSWERED")
    return LockCopy.objects.count


def _group(room: Room) -> Left:
    message = told(room.unit, now=room.now)
    Message.objects.filter(pk=message.pk).update(group=group_of(room.unit, room.now), conversation=None)
    return Message.objects.count


def _talk(room: Room) -> Left:
    told(room.unit, now=room.now)
    return Message.objects.count


def _person(room: Room) -> int:
    channel = Channel.objects.get(kind="web").pk
    person = vault.reporters_of(channel, ["zalo-1"], now=room.now)["zalo-1"]
    vault.seal_identity(reporter_id=person, field=vault.Field.PHONE, value=SECRETS[1], now=room.now)
    return person


def _identity(room: Room) -> Left:
    case = closed(room.unit, "environment_noise", at=room.now)
    person = _person(room)
    talk = Conversation.objects.create(
        channel=Channel.objects.get(kind="web"), reporter_id=person, last_interaction_at=room.now
    )
    Report.objects.filter(case=case).update(reporter=person, conversation=talk)
    return lambda: Identity.objects.count() + LockCopy.objects.count()


def _member(room: Room) -> Left:
    Membership.objects.create(
        group=group_of(room.unit, room.now), reporter_id=_person(room), joined_at=room.now, left_at=room.now
    )
    return Membership.objects.count


def _tip(room: Room) -> Left:
    tips.send(key="k" * 40, text="Nhà ông Tư bán ma túy ở xã Lộc Hà", place="", photos=(), now=room.now)
    return LockCopy.objects.count


def _sent(room: Room) -> Left:
    message = told(room.unit, now=room.now)
    Outgoing.objects.create(
        key="old", channel_id=message.channel_id, conversation=message.conversation, purpose="ANSWER", text=SECRETS[0],
        created_at=room.now, due_at=room.now, state="SENT",
    )  # fmt: skip
    return Outgoing.objects.count


def _request(room: Room) -> Left:
    Request.objects.create(
        kind="ACCESS", via="LINK", words=SECRETS[0], state="DONE", asked_at=room.now, due_at=room.now,
        answered_at=room.now, done_at=room.now, answer=SECRETS[1], link_hash="a" * 64,
    )  # fmt: skip
    return Request.objects.exclude(words="", answer="", link_hash="").count


def _consent(room: Room) -> Left:
    consent = Consent.objects.create(
        reporter_id=_person(room), purpose="CONTACT", version=1, by="SELF", given_at=room.now, withdrawn_at=room.now
    )
    _sent(room)
    ground = {"kind": "CONSENT", "reason": "x", "until": room.now.date(), "officer": room.officer(), "at": room.now}
    ChildGround.objects.create(outgoing=Outgoing.objects.get(), consent=consent, **ground)
    return Consent.objects.count


def _learning(room: Room) -> Left:
    Correction.objects.create(
        source="RECLASSIFIED", text="masked", category_before="other", category_after="violence", urgency_before=1,
        urgency_after=2, at=room.now,
    )  # fmt: skip
    return Correction.objects.count


def _opening(room: Room) -> Left:
    person = room.officer("CUSTODIAN", "42")
    holder, _ = key_of(person, room.now)
    row = Opening.objects.create(
        reporter_id=_person(room), subject="case:K7M29QXD", requester=person, holder=holder, why="DANGER",
        reason=SECRETS[0], hours=4, asked_at=room.now,
    )  # fmt: skip
    Approval.objects.create(opening=row, officer=person, seat=1, at=room.now)
    return lambda: Opening.objects.count() + Approval.objects.count()


def _staff(room: Room) -> Left:
    person, other = room.officer(name=SECRETS[0]), room.officer()
    Officer.objects.filter(pk=person.pk).update(is_active=False, rights_since=room.now)
    Posting.objects.create(officer=person, unit=room.unit, role="CHIEF", until=room.now)
    DutyShift.objects.create(unit=room.unit, officer=person, starts_at=room.now, ends_at=room.now + DAY)
    one, two = sorted((person.pk, other.pk))
    Tie.objects.create(one_id=one, other_id=two, kind="RELATIVE", declared_at=room.now, declared_by=other)
    hangs = (Posting, DutyShift, Tie)
    return lambda: len(words_left()) + sum(table.objects.count() for table in hangs)


def _conflict(room: Room) -> Left:
    one, two = sorted((room.officer().pk, room.officer().pk))
    Tie.objects.create(
        one_id=one, other_id=two, kind="RELATIVE", declared_at=room.now, declared_by_id=one, ended_at=room.now
    )
    return Tie.objects.count


def _breach(room: Room) -> Left:
    person = room.officer("OPERATOR", "42")
    row = Breach.objects.create(
        found_at=room.now, due_at=room.now, what=SECRETS[0], who="người báo", measures="x", officer=person, at=room.now,
        reported_at=room.now, closed_at=room.now,
    )  # fmt: skip
    BreachStep.objects.create(breach=row, kind="CLOSED", text="x", officer=person, at=room.now)
    return lambda: Breach.objects.count() + BreachStep.objects.count()


def _hold(room: Room) -> Left:
    case = closed(room.unit, "environment_noise", at=room.now)
    person = room.officer("PROVINCE_STAFF", "42")
    until = (room.now + 900 * DAY).date()
    Hold.objects.create(case=case, reason="Tòa án", until=until, officer=person, at=room.now, ended_at=room.now)
    return Hold.objects.count


def _token(room: Room) -> Left:
    person = room.officer("PROVINCE_STAFF", "42")
    for name, over, revoked in (("a", room.now, None), ("b", room.now + 900 * DAY, room.now)):
        Token.objects.create(
            name=name, officer=person, hash=name * 64, scopes=[], created_at=room.now, expires_at=over,
            revoked_at=revoked,
        )  # fmt: skip
    return Token.objects.count


def _sign_in(room: Room) -> Left:
    person, end = room.officer(), room.now + DAY
    SignIn.objects.create(officer=person, key_hash="a" * 64, started_at=room.now, expires_at=end, idle_at=end)
    Activation.objects.create(officer=person, code_hash="x", made_at=room.now, expires_at=end)
    return lambda: SignIn.objects.count() + Activation.objects.count()


def _webhook(room: Room) -> Left:
    for state in ("DONE", "UNKNOWN", "DEAD"):
        Inbound.objects.create(
            channel=Channel.objects.get(kind="web"), outside_id=state, event="e", raw=b"sealed", received_at=room.now,
            due_at=room.now, state=state,
        )  # fmt: skip
    return Inbound.objects.exclude(raw=b"").count


# Class → its retention in days, and its scene.
SCENES: dict[str, tuple[int, Callable[[Room], Left]]] = {
    "group": (DEFAULTS["small_talk"], _group),
    "talk": (DEFAULTS["small_talk"], _talk),
    "reflection": (DEFAULTS["reflection"], _case("environment_noise")),
    "crime": (DEFAULTS["crime"], _case("violence", handed=True)),
    "child": (DEFAULTS["child"], _case("missing_person")),
    "identity": (DEFAULTS["identity_told"], _identity),
    "member": (DEFAULTS["member"], _member),
    "tip": (DEFAULTS["tip"], _tip),
    "complaint": (DEFAULTS["complaint"], _complaint),
    "sent": (DEFAULTS["sent"], _sent),
    "request": (DEFAULTS["request"], _request),
    "consent": (DEFAULTS["consent"], _consent),
    "learning": (DEFAULTS["learning"], _learning),
    "opening": (DEFAULTS["opening"], _opening),
    "staff": (DEFAULTS["staff"], _staff),
    "conflict": (DEFAULTS["conflict"], _conflict),
    "breach": (DEFAULTS["breach"], _breach),
    "hold": (DEFAULTS["hold"], _hold),
    "token": (DEFAULTS["token"], _token),
    "signin": (1, _sign_in),
    "webhook": (DEFAULTS["webhook"], _webhook),
}
# Manual deletions described in docs/operations.md are tested beside their tables.
BY_HAND = {"audit": test_book.test_a_beginning_in_the_archive_is_believed_only_where_it_was_declared}
_PURGE = "channels.purge"
JOBS: dict[str, Callable[[dt.datetime], Any]] = {
    _PURGE: lambda at: messages.purge(now=at),
    "channels.clean": lambda at: channels.inbound(now=at),
    "people.clean": lambda at: people.clean(now=at),
    "tips.clean": lambda at: tips.clean(now=at),
}


def _run(group: str, at: dt.datetime) -> None:
    """Run the job that the page names, with the worker's role."""
    if BY_CODE[group].by == "privacy.sweep":
        night(at, group)
    else:
        with rls.acting_as("worker"):
            JOBS[BY_CODE[group].by](at)


@pytest.fixture
def room(unit: Any, officer: Any, now: dt.datetime, settings: Any, tmp_path: Any, monkeypatch: Any) -> Room:
    settings.FILES_ROOT = tmp_path
    monkeypatch.setattr(receipts, "PASSES", 1)
    monkeypatch.setattr(receipts, "MEMORY", 8192)
    monkeypatch.setattr(receipts, "STEP", 0.0)
    return Room(unit("18568"), officer, now)


@pytest.mark.parametrize("group", SCENES)
def test_a_class_stays_its_time_and_is_gone_after_it(group: str, room: Room) -> None:
    days, scene = SCENES[group]
    left = scene(room)
    there = left()
    assert there, "control: there is something to delete"
    _run(group, room.now + days * DAY - dt.timedelta(hours=13))
    assert left() == there, "not before its day"
    _run(group, room.now + days * DAY + dt.timedelta(hours=13))
    assert left() == 0


def missing() -> list[str]:
    """Return classes, and words of the register, without a deletion."""
    said = {use.kept for use in USES.values()} - set(FOREVER)
    return sorted((said | {c.code for c in CLASSES}) - set(SCENES) - set(BY_HAND))


def test_what_the_register_says_is_a_class_and_every_class_is_deleted_here() -> None:
    assert missing() == []
    assert {c.code for c in CLASSES} == set(SCENES) | set(BY_HAND), "a scene of a removed class"
    assert {c.code for c in CLASSES if "." not in c.by} == set(BY_HAND)
    kept_forever = {code for code, use in USES.items() if use.kept in FOREVER}
    assert kept_forever == {"public", "none"}, "everything about a person has a retention time"


@pytest.mark.parametrize("how", ["a class", "a word of the register"])
def test_control_a_promise_without_a_deletion_is_found(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "a class":
        monkeypatch.delitem(SCENES, "complaint")
    else:
        monkeypatch.setitem(USES, "new", type(USES["staff"])("x", "x", "x", "x", "theo quy định lưu trữ"))
    assert len(missing()) == 1


@pytest.mark.parametrize("group", [code for code in SCENES if BY_CODE[code].by == "privacy.sweep"])
def test_control_a_sweep_that_does_nothing_is_found(group: str, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    retention = next(k for k in retention_registry.retentions() if k.group == group)
    monkeypatch.setitem(
        retention_registry._retentions, group, Retention(group, retention.standing, lambda now, most: 0)
    )
    with pytest.raises(AssertionError):
        test_a_class_stays_its_time_and_is_gone_after_it(group, room)


def test_an_order_that_ran_out_by_its_date_goes_too(room: Room) -> None:
    _hold(room)
    Hold.objects.update(ended_at=None, until=(room.now + 10 * DAY).date())
    _run("hold", room.now + 38 * DAY)
    assert Hold.objects.count() == 1
    _run("hold", room.now + 42 * DAY)
    assert Hold.objects.count() == 0


def test_messages_of_a_case_are_no_small_talk(room: Room) -> None:
    closed(room.unit, "environment_noise", at=room.now)
    _run("talk", room.now + 31 * DAY)
    assert CaseMessage.objects.count() == 1
