"""Quarantine of messages: rewrite, release by a second person where the rule allows (four-eyes), or drop."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from binhyen.audit.services import Act, record
from binhyen.channels import texts
from binhyen.channels.dlp.detectors import SECOND_READER, Kind, may_release
from binhyen.channels.dlp.identifiers import numbers
from binhyen.channels.dlp.normalize import plain
from binhyen.channels.models import ChildGround, Group, Outgoing, Published
from binhyen.channels.queries import Missing, held
from binhyen.channels.services.outbound_dlp import as_json, examine, from_json
from binhyen.channels.services.outbox import read_again, send_on
from binhyen.channels.services.outgoing_draft import Draft
from binhyen.consents.models import Consent
from binhyen.consents.queries import to_publish_child
from binhyen.kit.clock import vietnam_day
from binhyen.kit.live_events import Live, publish
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.people.services import actor_of

LONGEST = 2000
GROUND_DAYS = 30
State = Outgoing.State
_STILL_HERE = (State.HELD, State.READING, State.QUEUED)


class HeldRefused(Exception):
    """The reason why the action failed, in Vietnamese, for the requesting officer."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The legal basis for sending a child's details, and the last day.

    `consent`: code of the recorded consent, if any.
    """

    kind: ChildGround.Kind
    reason: str
    until: dt.date
    consent: str = ""


@transaction.atomic
def rewrite(*, public_id: str, officer: Officer, text: str, now: dt.datetime) -> bool:
    """Replace a quarantined group text and check it again; return whether it passed on to the asynchronous review.

    A private reply is written again on the case.
    """
    (row,) = _lock(public_id, officer, group_only=True)
    text = text.strip()
    if not 2 <= len(text) <= LONGEST:
        raise HeldRefused(_("Nội dung dài từ 2 đến {n} ký tự.").format(n=LONGEST))
    draft = Draft(
        key=row.key, channel_id=row.channel_id, text=text, purpose=row.purpose, group_id=row.group_id,
        case_id=row.case_id, unit_id=row.unit_id, officer_id=officer.pk,
    )  # fmt: skip
    row.text, row.officer = text, officer
    row.marks = as_json(examine([draft]).get(row.key, ()))
    row.save(update_fields=["text", "officer", "marks"])
    _note([row], "gate.rewritten", officer, now=now)
    if not row.marks:
        read_again(row)
    return not row.marks


@transaction.atomic
def let_go(
    *, public_id: str, officer: Officer, ours: bool = False, ground: Ground | None = None, now: dt.datetime
) -> None:
    """Release a quarantined message on the responsibility of a second person.

    `is_own_contact`: its numbers are published ones of the unit and pass from now on. A text that the asynchronous
    review has not seen is reviewed now, and may be quarantined once more.
    """
    rows = _lock(public_id, officer)
    marks = from_json(rows[0].marks)
    if any(row.officer_id == officer.pk for row in rows):
        raise HeldRefused(_("Người viết không tự cho gửi được. Cần một người khác xem."))
    of_child = [m for m in marks if m.kind is Kind.CHILD]
    if not may_release([m for m in marks if m.kind is not Kind.CHILD]):
        raise HeldRefused(_("Lời này có điều không được đưa ra. Hãy sửa lại lời."))
    consent = _check(ground, officer, now=now) if of_child else None
    for row in rows:
        if of_child and ground is not None:
            ChildGround.objects.create(
                outgoing=row, kind=ground.kind, reason=ground.reason[:300], until=ground.until, officer=officer,
                consent=consent, at=now,
            )  # fmt: skip
            row.shown_until = ground.until
            row.save(update_fields=["shown_until"])
    if ours:
        _publish(rows[0], officer, now=now)
    _note(rows, "gate.released", officer, now=now)
    if rows[0].group_id is not None and not {m.kind for m in marks} & SECOND_READER:
        read_again(rows[0])
    else:
        send_on(rows, now=now)


@transaction.atomic
def drop(*, public_id: str, officer: Officer, now: dt.datetime) -> None:
    """Cancel the message. The row stays, with its author."""
    rows = _lock(public_id, officer)
    for row in rows:
        row.state = State.CANCELLED
        row.save(update_fields=["state"])
    _note(rows, "gate.dropped", officer, now=now)


def _lock(public_id: str, officer: Officer, *, group_only: bool = False) -> list[Outgoing]:
    """Return the quarantined row, locked, with rows of the same text to other reporters of the case. Raises Missing."""
    row = held(officer).select_for_update(of=("self",)).filter(public_id=public_id).first()
    if row is None or (group_only and row.group_id is None):
        raise Missing
    if not access.may(officer, May.MANAGE_GROUPS if row.group_id else May.WORK_CASES):
        raise HeldRefused(_("Bạn không có quyền làm việc này."))
    if row.group_id is not None:
        return [row]
    same = held(officer).filter(case=row.case_id, text=row.text, purpose=row.purpose, group=None)
    return list(same.select_for_update(of=("self",)).order_by("pk"))


def _check(ground: Ground | None, officer: Officer, *, now: dt.datetime) -> Consent | None:
    """Return the consent it is based on; None for an emergency. Raises QuarantineError."""
    if ground is None or len(ground.reason.strip()) < 10:
        raise HeldRefused(_("Lời này có thông tin của trẻ em. Hãy chọn căn cứ, ghi lý do và ngày hết hạn."))
    today = vietnam_day(now)
    if not today <= ground.until <= today + dt.timedelta(days=GROUND_DAYS):
        raise HeldRefused(_("Ngày hết hạn trong vòng {n} ngày tới.").format(n=GROUND_DAYS))
    if ground.kind == ChildGround.Kind.EMERGENCY:
        return None
    consent = to_publish_child(officer, ground.consent, on=ground.until)
    if consent is None:
        raise HeldRefused(_("Chưa có đồng ý nào mang mã này, còn hạn đến ngày đó. Ghi đồng ý ở trang vụ việc trước."))
    return consent


def _publish(row: Outgoing, officer: Officer, *, now: dt.datetime) -> None:
    """Store the phone numbers and mailboxes of the text as published contacts of the unit."""
    if row.unit_id is None:
        return
    said = {n.value for n in numbers(plain(row.text), frozenset()) if n.kind == Kind.CONTACT}
    Published.objects.bulk_create(
        (Published(unit_id=row.unit_id, value=value[:80], officer=officer, at=now) for value in sorted(said)),
        ignore_conflicts=True,
    )


def _note(rows: Sequence[Outgoing], verb: str, officer: Officer, *, now: dt.datetime) -> None:
    """Write the audit entry and notify open pages: the row and the kinds of findings, never its text."""
    record(
        [
            Act(actor_of(officer), verb, f"outgoing:{row.public_id}", row.unit_id,
                {"kinds": sorted({m["kind"] for m in row.marks})})
            for row in rows
        ],
        now=now,
    )  # fmt: skip
    publish([_live(row.unit_id, row.group) for row in rows if row.group is not None], now=now)


def _live(unit_id: int | None, group: Group) -> Live:
    """Return the live event that removes a quarantined message from the group's open pages."""
    topics = ("province",) if unit_id is None else (f"unit:{unit_id}", "province")
    return Live(topics, "flag", {"type": "flag", "group": str(group.public_id), "settled": True})


def forget_children(*, now: dt.datetime) -> int:
    """Remove a child's details from our pages once the basis expired or was withdrawn; return the number of rows."""
    over = Outgoing.objects.filter(
        Q(shown_until__lt=vietnam_day(now))
        | Q(shown_until__isnull=False, child_ground__consent__withdrawn_at__isnull=False)
    )
    gone = Outgoing.objects.filter(pk__in=list(over.values_list("pk", flat=True)))
    gone.filter(state__in=_STILL_HERE).update(state=State.CANCELLED)  # not sent yet, so no notice is needed
    return gone.update(text=texts.GONE, marks=[], shown_until=None)
