"""Services of consents: record and withdraw."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.consents.models import Consent
from binhyen.consents.rules import GivenBy, Purpose, find_consent_problem, get_newest_version, is_in_force
from binhyen.kit.ids import normalize_code
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.vault import callback_numbers


@dataclass(frozen=True, slots=True)
class ConsentForm:
    """Data of a consent on paper or in person, recorded by an officer."""

    purpose: Purpose
    by: GivenBy
    proof: str
    age: int | None = None
    child_agreed: bool = False
    until: dt.date | None = None


def record_contact_consent(*, reporter_id: int, now: dt.datetime) -> None:
    """Record a consent given with a name or phone on the page, in its present version. In the caller's transaction."""
    Consent.objects.create(
        reporter_id=reporter_id,
        purpose=Purpose.CONTACT,
        version=get_newest_version(Purpose.CONTACT),
        by=GivenBy.SELF,
        given_at=now,
    )


def record_callback_consent(*, reporter_id: int, now: dt.datetime) -> None:
    """Record the consent to be called back, given on the report form. In the caller's transaction."""
    Consent.objects.create(
        reporter_id=reporter_id,
        purpose=Purpose.CALLBACK,
        version=get_newest_version(Purpose.CALLBACK),
        by=GivenBy.SELF,
        given_at=now,
    )


def record_naming_consent(
    *, reporter_id: int | None, case_id: int, unit_id: int, until: dt.date, now: dt.datetime
) -> Consent:
    """Record a consent to be named, given on the page of the case. In the caller's transaction."""
    return Consent.objects.create(
        reporter_id=reporter_id,
        case_id=case_id,
        unit_id=unit_id,
        purpose=Purpose.PRAISE,
        version=get_newest_version(Purpose.PRAISE),
        by=GivenBy.SELF,
        given_at=now,
        until=until,
    )


@transaction.atomic
def record_consent(
    *, form: ConsentForm, case_id: int, unit_id: int, reporter_id: int | None, officer: Officer, now: dt.datetime
) -> Consent:
    """Record a consent on a case of the officer. Raises Refusal."""
    if len(form.proof.strip()) < 5:
        raise RuleViolation(_("Ghi đồng ý bằng cách nào: giấy ký, gặp trực tiếp, tin nhắn riêng. Không ghi tên."))
    row = Consent(
        reporter_id=reporter_id,
        case_id=case_id,
        unit_id=unit_id,
        purpose=form.purpose,
        by=form.by,
        age=form.age,
        version=get_newest_version(form.purpose),
        child_agreed=form.child_agreed,
        proof=form.proof.strip()[:200],
        until=form.until,
        given_at=now,
        officer=officer,
    )
    if problem_text := find_consent_problem(row.facts):
        raise RuleViolation(problem_text)
    row.save(force_insert=True)
    _record_action(row, "consent.given", get_audit_actor(officer), officer.unit_id, now=now)
    return row


@transaction.atomic
def withdraw_consent(*, consent: Consent, officer: Officer | None, now: dt.datetime) -> bool:
    """Withdraw a consent; False where it had ended before. The caller handles data that relied on it."""
    row = Consent.objects.select_for_update().get(pk=consent.pk)
    if row.withdrawn_at is not None:
        return False
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])
    if row.purpose == Purpose.CALLBACK and row.reporter_id is not None:
        callback_numbers.delete_numbers([row.reporter_id])
    _record_action(row, "consent.withdrawn", get_audit_actor(officer) if officer else "citizen", row.unit_id, now=now)
    return True


def _record_action(row: Consent, verb: str, actor: str, unit_id: int | None, *, now: dt.datetime) -> None:
    detail = {"purpose": row.purpose, "version": row.version}
    record_actions([AuditAction(actor, verb, f"consent:{row.code}", unit_id, detail)], now=now)


# Reads of consents: officers see those of their unit's cases, citizens their own.


def list_case_consents(officer: Officer, case_id: int) -> Sequence[Consent]:
    rows = Consent.objects.filter(access.visible_filter(officer), case_id=case_id)
    return list(rows.select_related("officer").order_by("-id"))


def list_reporter_consents(reporter_id: int) -> Sequence[Consent]:
    return list(Consent.objects.filter(reporter_id=reporter_id).order_by("-id"))


def find_child_consent(officer: Officer, code: str, *, on: dt.date) -> Consent | None:
    """Return the consent with this code that allows the officer to publish a child's details on that day."""
    row = Consent.objects.filter(
        access.visible_filter(officer), code=normalize_code(code), purpose=Purpose.CHILD
    ).first()
    return row if row is not None and is_in_force(row.facts, on) else None
