"""Advance registration of people that may get lost, and the finder's report by the code on their bracelet."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.choices import CATEGORY_LABELS, Lane
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.kinds import get_kind_for_category
from binhyen.cases.models import Case
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.unit_of_work import CITIZEN_ACTOR, require_permission
from binhyen.channels.models import Attachment
from binhyen.channels.services.deletion import delete_attachments
from binhyen.channels.services.media import store_attachment_bytes
from binhyen.consents.services import record_contact_consent
from binhyen.kit import file_storage
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import format_code, normalize_code
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.kit.search_terms import accented_words
from binhyen.kit.text import fold_text
from binhyen.missing import queries, services
from binhyen.missing.models import CareRegistration, PersonRecord
from binhyen.missing.rules.records import (
    UNIDENTIFIED_CATEGORY,
    AgeRange,
    Movement,
    PersonKind,
    RecordSide,
    Sex,
)
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.retention_registry import RetentionStatus
from binhyen.vault import services as vault

VALIDITY = dt.timedelta(days=2 * 365)  # afterwards the family confirms again
CARE_KINDS = (PersonKind.DEMENTIA, PersonKind.ELDER, PersonKind.PATIENT, PersonKind.CHILD)
MAX_LISTED = 200
_URGENCY = 3  # rings at once


@dataclass(frozen=True, slots=True)
class CareForm:
    """A person as the family describes them. `phone`, `contact_name`: of the family, sealed in the vault."""

    kind: str
    name: str
    sex: str
    phone: str
    contact_name: str
    guardian_paper: str
    other_names: str = ""
    birth_year: int | None = None
    marks: str = ""
    habits: str = ""
    health: str = ""


def select_registrations(officer: Any) -> "QuerySet[CareRegistration]":
    """Return the registrations of the officer's unit, all for the province."""
    if not access.officer_may(officer, Permission.WORK_CASES):
        return CareRegistration.objects.none()
    return CareRegistration.objects.filter(access.visible_filter(officer)).select_related("unit", "officer", "photo")


def list_registrations(officer: Any) -> list[CareRegistration]:
    return list(select_registrations(officer).order_by("-id")[:MAX_LISTED])


def find_registration(officer: Any, public_id: UUID) -> CareRegistration | None:
    return select_registrations(officer).filter(public_id=public_id).first()


def find_registration_of_case(officer: Any, case_id: int) -> CareRegistration | None:
    """Return the registration whose bracelet a finder reported in this case."""
    return select_registrations(officer).filter(last_case=case_id).first()


@transaction.atomic
def register_care(
    *, form: CareForm, photo: bytes | None = None, officer: Officer, now: dt.datetime
) -> CareRegistration:
    """Register a person with the consent of the representative. Raises RuleViolation."""
    require_permission(officer, Permission.WORK_CASES)
    if form.kind not in CARE_KINDS or form.sex not in set(Sex):
        raise RuleViolation(_("Chọn loại người và giới tính."))
    if len(form.name) < 2:
        raise RuleViolation(_("Ghi tên người đăng ký."))
    if not form.phone:
        raise RuleViolation(_("Ghi số điện thoại của gia đình."))
    if len(form.guardian_paper) < 3:
        raise RuleViolation(_("Ghi số giấy đồng ý của gia đình, người giám hộ."))
    if form.birth_year is not None and not now.year - 120 <= form.birth_year <= now.year:
        raise RuleViolation(_("Năm sinh không đúng."))
    with rls_scope(PROGRAM_SCOPE):
        contact_id = vault.create_reporter(
            {vault.Field.PHONE: form.phone, vault.Field.NAME: form.contact_name}, now=now
        )
        record_contact_consent(reporter_id=contact_id, now=now)
    row = CareRegistration.objects.create(
        unit=officer.unit,
        kind=form.kind,
        name=form.name[:80],
        other_names=form.other_names[:120],
        birth_year=form.birth_year,
        sex=form.sex,
        marks=form.marks[:160],
        habits=form.habits[:200],
        health=form.health[:200],
        contact_id=contact_id,
        guardian_paper=form.guardian_paper[:80],
        photo=_store_photo(Attachment(kind="image"), photo) if photo else None,
        officer=officer,
        at=now,
        valid_until=to_vietnam_day(now + VALIDITY),
    )
    _record(row, "missing.care_registered", officer, now=now)
    return row


def _store_photo(attachment: Attachment, data: bytes) -> Attachment:
    """Store a picture in this row, in place of an earlier one; the pages may not delete rows. Raises RuleViolation."""
    earlier_files = [name for name in (attachment.original, attachment.preview) if name]
    store_attachment_bytes(attachment, data)
    if attachment.state != Attachment.State.READY:
        raise RuleViolation(_("Tệp này không phải ảnh xem được."))
    attachment.save()
    file_storage.delete_files_on_commit(earlier_files)
    return attachment


@transaction.atomic
def change_care_photo(*, row: CareRegistration, photo: bytes, officer: Officer, now: dt.datetime) -> None:
    """Store or replace the picture of a registered person. Raises RuleViolation."""
    require_permission(officer, Permission.WORK_CASES)
    if row.ended_at is not None:
        raise RuleViolation(_("Đăng ký này đã rút."))
    row.photo = _store_photo(row.photo or Attachment(kind="image"), photo)
    row.save(update_fields=["photo"])
    _record(row, "missing.care_photo", officer, now=now)


def _record(row: CareRegistration, action: str, officer: Officer, *, now: dt.datetime) -> None:
    record_actions([AuditAction(get_audit_actor(officer), action, f"care:{row.code}", row.unit_id)], now=now)


@transaction.atomic
def renew_care(*, row: CareRegistration, officer: Officer, now: dt.datetime) -> None:
    """Extend a registration after the family confirmed it."""
    require_permission(officer, Permission.WORK_CASES)
    if row.ended_at is not None:
        raise RuleViolation(_("Đăng ký này đã rút."))
    row.valid_until = to_vietnam_day(now + VALIDITY)
    row.save(update_fields=["valid_until"])
    _record(row, "missing.care_renewed", officer, now=now)


@transaction.atomic
def end_care(*, row: CareRegistration, officer: Officer, now: dt.datetime) -> None:
    """End a registration: the bracelet leads nowhere from now on; the data goes after the retention period."""
    require_permission(officer, Permission.WORK_CASES)
    if row.ended_at is None:
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        _record(row, "missing.care_ended", officer, now=now)


@transaction.atomic
def open_search(*, row: CareRegistration, officer: Officer, now: dt.datetime) -> PersonRecord:
    """Open the search for a registered person with everything that the family registered in advance."""
    if row.ended_at is not None:
        raise RuleViolation(_("Đăng ký này đã rút."))
    age = None if row.birth_year is None else now.year - row.birth_year
    record = services.register_person(
        form=services.PersonForm(
            side=RecordSide.MISSING,
            kind=PersonKind(row.kind),
            sex=Sex(row.sex),
            seen_at=now,
            name=row.name,
            other_names=row.other_names,
            age=None if age is None else AgeRange(age, age),
            marks=row.marks,
            health=", ".join(filter(None, (row.health, row.habits)))[:200],
            movement=Movement.WALK,
        ),
        case_code="",
        photo=queries.read_photo(row.photo),  # a copy: the search and the registration end on different days
        officer=officer,
        now=now,
    )
    if row.contact_id is not None:
        record.contact_id = row.contact_id
        record.save(update_fields=["contact"])
    _record(row, "missing.care_searched", officer, now=now)
    return record


# Finders: anybody with the code of a bracelet. Nothing about the person leaves these functions.


def find_bracelet_unit(code: str, *, now: dt.datetime) -> str | None:
    """Return the name of the unit behind a valid bracelet."""
    row = _find_valid(code, now=now)
    return None if row is None else row.unit.name


def _find_valid(code: str, *, now: dt.datetime) -> CareRegistration | None:
    with rls_scope(PROGRAM_SCOPE):
        rows = CareRegistration.objects.filter(ended_at=None, valid_until__gte=to_vietnam_day(now))
        return rows.filter(code=normalize_code(code[:24])[:8]).select_related("unit").first()


@transaction.atomic
def report_found_wearer(*, code: str, place: str, text: str, phone: str, now: dt.datetime) -> Case:
    """Open an urgent case for the unit of the bracelet. Raises RuleViolation."""
    if len(place) < 2:
        raise RuleViolation(_("Bạn ghi đang ở đâu, để công an đến."))
    row = _find_valid(code, now=now)
    if row is None:
        raise RuleViolation(_("Vòng tay này không còn hiệu lực. Bạn gọi 113."))
    with rls_scope(PROGRAM_SCOPE):
        finder_id = None
        if phone:
            finder_id = vault.create_reporter({vault.Field.PHONE: phone}, now=now)
            record_contact_consent(reporter_id=finder_id, now=now)
        kind = get_kind_for_category(UNIDENTIFIED_CATEGORY)
        words = ", ".join(filter(None, (place, text)))
        (case,) = create_cases(
            [
                NewCase(
                    kind=kind.code,
                    lane=Lane(kind.get_lane(UNIDENTIFIED_CATEGORY)),
                    category=UNIDENTIFIED_CATEGORY,
                    urgency=_URGENCY,
                    sensitive=False,
                    title=f"{CATEGORY_LABELS[UNIDENTIFIED_CATEGORY]} · {format_code(row.code)}",
                    unit_id=row.unit_id,
                    actor=CITIZEN_ACTOR,
                    folded=fold_text(words),
                    search_accented=accented_words(words),
                    area_id=row.unit.area_id,
                    commune_id=row.unit.area_id if row.unit.level == row.unit.Level.COMMUNE else None,
                    place=place[:160],
                    words=words,
                    reporter_id=finder_id,
                )
            ],
            ladder=get_alarm_delays(),
            now=now,
        )
        CareRegistration.objects.filter(pk=row.pk).update(last_case=case)
    return case


# Retention.


def select_expired_registrations(now: dt.datetime) -> "QuerySet[CareRegistration]":
    limit = now - get_retention_span("bracelet")
    return CareRegistration.objects.filter(Q(ended_at__lte=limit) | Q(valid_until__lt=to_vietnam_day(limit)))


def get_registration_retention_status(now: dt.datetime) -> RetentionStatus:
    oldest = CareRegistration.objects.order_by("at").values_list("at", flat=True).first()
    return RetentionStatus(CareRegistration.objects.count(), select_expired_registrations(now).count(), oldest)


@transaction.atomic
def delete_expired_registrations(now: dt.datetime, limit: int) -> int:
    """Delete ended and unconfirmed registrations with picture and sealed phone; a search keeps the phone it uses."""
    rows = list(select_expired_registrations(now).order_by("pk").values_list("pk", "contact_id", "photo_id")[:limit])
    contacts = {contact for _pk, contact, _photo in rows if contact is not None}
    used = PersonRecord.objects.filter(contact__in=contacts).values_list("contact_id", flat=True)
    vault.erase_reporter_data(contacts - set(used))
    CareRegistration.objects.filter(pk__in=[pk for pk, _contact, _photo in rows]).delete()
    delete_attachments(Attachment.objects.filter(pk__in=[photo for _pk, _contact, photo in rows if photo is not None]))
    return len(rows)
