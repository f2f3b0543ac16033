"""Quarantine of messages: rewrite, release by a second person where the rule allows (four-eyes), or drop."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels import texts
from binhyen.channels.dlp.detectors import REVIEW_KINDS, FindingKind, can_release
from binhyen.channels.dlp.identifiers import find_identifiers
from binhyen.channels.dlp.normalize import normalize_characters
from binhyen.channels.models import ChildGround, Group, Outgoing, PublishedText
from binhyen.channels.queries import NotVisible, list_quarantined
from binhyen.channels.services.outbound_dlp import OutgoingDraft, check_drafts, findings_from_json, findings_to_json
from binhyen.channels.services.outbox import send_released, submit_for_review
from binhyen.consents.models import Consent
from binhyen.consents.services import find_child_consent
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import get_audit_actor

MAX_TEXT_LENGTH = 2000
MAX_BASIS_DAYS = 30
State = Outgoing.State
_UNSENT_STATES = (State.HELD, State.READING, State.QUEUED)


class QuarantineError(Exception):
    """The reason why the action failed, in Vietnamese, for the requesting officer."""


@dataclass(frozen=True, slots=True)
class DisclosureBasis:
    """The legal basis for sending a child's details, and the last day.

    `consent`: code of the recorded consent, if any.
    """

    kind: ChildGround.Kind
    reason: str
    until: dt.date
    consent: str = ""


@transaction.atomic
def rewrite_quarantined(*, public_id: str, officer: Officer, text: str, now: dt.datetime) -> bool:
    """Replace a quarantined group text and check it again; return whether it passed on to the asynchronous review.

    A private reply is written again on the case.
    """
    (row,) = _lock_rows(public_id, officer, group_only=True)
    text = text.strip()
    if not 2 <= len(text) <= MAX_TEXT_LENGTH:
        raise QuarantineError(_("Nội dung dài từ 2 đến {n} ký tự.").format(n=MAX_TEXT_LENGTH))
    draft = OutgoingDraft(
        key=row.key,
        channel_id=row.channel_id,
        text=text,
        purpose=row.purpose,
        group_id=row.group_id,
        case_id=row.case_id,
        unit_id=row.unit_id,
        officer_id=officer.pk,
    )
    row.text, row.officer = text, officer
    row.dlp_findings = findings_to_json(check_drafts([draft]).get(row.key, ()))
    row.save(update_fields=["text", "officer", "dlp_findings"])
    _record_action([row], "gate.rewritten", officer, now=now)
    if not row.dlp_findings:
        submit_for_review(row)
    return not row.dlp_findings


@transaction.atomic
def release(
    *, public_id: str, officer: Officer, ours: bool = False, ground: DisclosureBasis | None = None, now: dt.datetime
) -> None:
    """Release a quarantined message on the responsibility of a second person.

    `is_own_contact`: its numbers are published ones of the unit and pass from now on. A text that the asynchronous
    review has not seen is reviewed now, and may be quarantined once more.
    """
    rows = _lock_rows(public_id, officer)
    findings = findings_from_json(rows[0].dlp_findings)
    if any(row.officer_id == officer.pk for row in rows):
        raise QuarantineError(_("Người viết không tự cho gửi được. Cần một người khác xem."))
    child_findings = [finding for finding in findings if finding.kind is FindingKind.CHILD]
    if not can_release([finding for finding in findings if finding.kind is not FindingKind.CHILD]):
        raise QuarantineError(_("Lời này có điều không được đưa ra. Hãy sửa lại lời."))
    consent = _check_basis(ground, officer, now=now) if child_findings else None
    for row in rows:
        if child_findings and ground is not None:
            ChildGround.objects.create(
                outgoing=row,
                kind=ground.kind,
                reason=ground.reason[:300],
                until=ground.until,
                officer=officer,
                consent=consent,
                at=now,
            )
            row.shown_until = ground.until
            row.save(update_fields=["shown_until"])
    if ours:
        _publish_contacts(rows[0], officer, now=now)
    _record_action(rows, "gate.released", officer, now=now)
    if rows[0].group_id is not None and not {finding.kind for finding in findings} & REVIEW_KINDS:
        submit_for_review(rows[0])
    else:
        send_released(rows, now=now)


@transaction.atomic
def drop_quarantined(*, public_id: str, officer: Officer, now: dt.datetime) -> None:
    """Cancel the message. The row stays, with its author."""
    rows = _lock_rows(public_id, officer)
    for row in rows:
        row.state = State.CANCELLED
        row.save(update_fields=["state"])
    _record_action(rows, "gate.dropped", officer, now=now)


def _lock_rows(public_id: str, officer: Officer, *, group_only: bool = False) -> list[Outgoing]:
    """Return the quarantined row, locked, with rows of the same text to other reporters of the case. Raises Missing."""
    row = list_quarantined(officer).select_for_update(of=("self",)).filter(public_id=public_id).first()
    if row is None or (group_only and row.group_id is None):
        raise NotVisible
    if not access.officer_may(officer, Permission.MANAGE_GROUPS if row.group_id else Permission.WORK_CASES):
        raise QuarantineError(_("Bạn không có quyền làm việc này."))
    if row.group_id is not None:
        return [row]
    same_text = list_quarantined(officer).filter(case=row.case_id, text=row.text, purpose=row.purpose, group=None)
    return list(same_text.select_for_update(of=("self",)).order_by("pk"))


def _check_basis(basis: DisclosureBasis | None, officer: Officer, *, now: dt.datetime) -> Consent | None:
    """Return the consent it is based on; None for an emergency. Raises QuarantineError."""
    if basis is None or len(basis.reason.strip()) < 10:
        raise QuarantineError(_("Lời này có thông tin của trẻ em. Hãy chọn căn cứ, ghi lý do và ngày hết hạn."))
    today = to_vietnam_day(now)
    if not today <= basis.until <= today + dt.timedelta(days=MAX_BASIS_DAYS):
        raise QuarantineError(_("Ngày hết hạn trong vòng {n} ngày tới.").format(n=MAX_BASIS_DAYS))
    if basis.kind == ChildGround.Kind.EMERGENCY:
        return None
    consent = find_child_consent(officer, basis.consent, on=basis.until)
    if consent is None:
        raise QuarantineError(
            _("Chưa có đồng ý nào mang mã này, còn hạn đến ngày đó. Ghi đồng ý ở trang vụ việc trước.")
        )
    return consent


def _publish_contacts(row: Outgoing, officer: Officer, *, now: dt.datetime) -> None:
    """Store the phone numbers and mailboxes of the text as published contacts of the unit."""
    if row.unit_id is None:
        return
    contacts = {
        identifier.value
        for identifier in find_identifiers(normalize_characters(row.text), frozenset())
        if identifier.kind == FindingKind.CONTACT
    }
    PublishedText.objects.bulk_create(
        (PublishedText(unit_id=row.unit_id, value=value[:80], officer=officer, at=now) for value in sorted(contacts)),
        ignore_conflicts=True,
    )


def publish_contact(*, unit_id: int, value: str, officer: Officer, now: dt.datetime) -> None:
    """Store a telephone number or mailbox that a unit publishes itself: texts may name it."""
    row = PublishedText(unit_id=unit_id, value=value[:80], officer=officer, at=now)
    PublishedText.objects.bulk_create([row], ignore_conflicts=True)


def _record_action(rows: Sequence[Outgoing], verb: str, officer: Officer, *, now: dt.datetime) -> None:
    """Write the audit entry and notify open pages: the row and the kinds of findings, never its text."""
    record_actions(
        [
            AuditAction(
                get_audit_actor(officer),
                verb,
                f"outgoing:{row.public_id}",
                row.unit_id,
                {"kinds": sorted({finding["kind"] for finding in row.dlp_findings})},
            )
            for row in rows
        ],
        now=now,
    )
    publish_live([_build_live_event(row.unit_id, row.group) for row in rows if row.group is not None], now=now)


def _build_live_event(unit_id: int | None, group: Group) -> LiveEventData:
    """Return the live event that removes a quarantined message from the group's open pages."""
    topics = ("province",) if unit_id is None else (f"unit:{unit_id}", "province")
    return LiveEventData(topics, "flag", {"type": "flag", "group": str(group.public_id), "settled": True})


def remove_child_details(*, now: dt.datetime) -> int:
    """Remove a child's details from our pages once the basis expired or was withdrawn; return the number of rows."""
    expired = Outgoing.objects.filter(
        Q(shown_until__lt=to_vietnam_day(now))
        | Q(shown_until__isnull=False, child_ground__consent__withdrawn_at__isnull=False)
    )
    expired_rows = Outgoing.objects.filter(pk__in=list(expired.values_list("pk", flat=True)))
    expired_rows.filter(state__in=_UNSENT_STATES).update(state=State.CANCELLED)  # not sent yet, so no notice is needed
    return expired_rows.update(text=texts.CHILD_TEXT_REMOVED, dlp_findings=[], shown_until=None)
