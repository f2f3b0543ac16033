"""Reports that officers pass on from groups run by hand: a shared message, or messages of a pasted chat."""

import datetime as dt
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.audit.services import AuditAction, record_actions
from binhyen.bulletins import manual_queries
from binhyen.bulletins.chat_lines import fold_message
from binhyen.bulletins.models import ManualGroup, SharedMessage
from binhyen.cases.models import Report
from binhyen.cases.services import officer_actions
from binhyen.intake.web_reports import KeyReused, Submission, UploadedPhoto, send_report
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import hash_token
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor

MAX_TEXT = 5000
ORIGIN_NOTE = "Cán bộ chuyển từ nhóm tự mở: {name}"  # stored as a note of the officer, so always in Vietnamese


@dataclass(frozen=True, slots=True)
class SharedForm:
    """A message to pass on. `author`, `phone`: only where the officer chose to name the person."""

    text: str
    group: UUID | None = None
    author: str = ""
    phone: str = ""
    place: str = ""
    photos: tuple[UploadedPhoto, ...] = ()


@dataclass(frozen=True, slots=True)
class SharedResult:
    """Result of passing on. `code`: of the case, where the officer may see it; `is_double`: passed on before."""

    code: str = ""
    is_double: bool = False


def compute_fingerprint(unit_id: int, text: str, photos: Sequence[UploadedPhoto] = ()) -> str:
    """Return the keyed hash of a folded text, with photos where there are some; another unit gets another value."""
    digests = [sha256(photo.data).hexdigest() for photo in photos] if photos else []
    source = "\n".join([str(unit_id), fold_message(text), *digests])
    return salted_hmac("bulletins.shared", source, algorithm="sha256").hexdigest()


def list_known(unit_id: int, texts: list[str]) -> set[str]:
    """Return the folded texts that officers of this unit passed on before."""
    by_fingerprint = {compute_fingerprint(unit_id, text): fold_message(text) for text in texts}
    rows = SharedMessage.objects.filter(unit=unit_id, fingerprint__in=by_fingerprint)
    return {by_fingerprint[value] for value in rows.values_list("fingerprint", flat=True)}


def pass_on(*, form: SharedForm, officer: Officer, now: dt.datetime) -> SharedResult:
    """Turn a message into a report of the ordinary way; each text once a unit. Raises RuleViolation, BadPhoto."""
    if not access.officer_may(officer, Permission.WORK_CASES):
        raise RuleViolation(_("Bạn không có quyền làm việc này."))
    text = form.text.strip()
    if not 2 <= len(text) <= MAX_TEXT and not form.photos:
        raise RuleViolation(_("Nội dung dài từ 2 đến {n} ký tự.").format(n=MAX_TEXT))
    group = manual_queries.get_manual_group_unlocked(officer, form.group) if form.group else None
    fingerprint = compute_fingerprint(officer.unit_id, text, form.photos)
    if SharedMessage.objects.filter(unit=officer.unit_id, fingerprint=fingerprint).exists():
        return SharedResult(is_double=True)
    try:
        token = _send(form, text, fingerprint, group, now=now)
    except KeyReused:
        return SharedResult(is_double=True)
    record_shared_message(fingerprint, group, officer, now=now)
    reports = Report.objects.filter(link_hash=hash_token(token))
    return SharedResult(add_origin_note(reports, group, officer, now=now))


def _send(form: SharedForm, text: str, fingerprint: str, group: ManualGroup | None, *, now: dt.datetime) -> str:
    """Store the report; its key follows from the fingerprint, so that a repetition after a crash stores no second."""
    place = form.place
    if group is not None and not place:
        place = areas.build_labels([group.area_id], to_vietnam_day(now)).get(group.area_id, "")
    key = salted_hmac("bulletins.shared.key", fingerprint, algorithm="sha256").digest()
    sending = Submission(
        key=urlsafe_b64encode(key).decode().rstrip("="),
        text=text,
        photos=form.photos,
        place=place[:200],
        phone=form.phone,
        name=form.author[:80],
        is_insisting=True,  # the officer passes it on; the other authorities are for its author
    )
    return send_report(sending=sending, now=now)


@transaction.atomic
def record_shared_message(fingerprint: str, group: ManualGroup | None, officer: Officer, *, now: dt.datetime) -> None:
    """Store the fingerprint of a message that an officer passed on, so that the unit does not report it twice."""
    fields = {"group": group, "officer": officer, "at": now}
    SharedMessage.objects.get_or_create(unit_id=officer.unit_id, fingerprint=fingerprint, defaults=fields)
    object_name = f"manual_group:{group.public_id}" if group else "manual_group:-"
    record_actions([AuditAction(get_audit_actor(officer), "message.passed_on", object_name, officer.unit_id)], now=now)


def add_origin_note(
    reports: "QuerySet[Report]", group: ManualGroup | None, officer: Officer, *, now: dt.datetime
) -> str:
    """Note the group on the case and return its code; empty where the case is not for this officer's eyes."""
    codes = reports.filter(access.filter_cases(officer, "case__")).values_list("case__code", flat=True)
    case_code: str = codes.first() or ""
    if case_code:
        text = ORIGIN_NOTE.format(name=group.name if group else "chưa ghi")
        officer_actions.add_note(code=case_code, officer=officer, text=text, now=now)
    return case_code
