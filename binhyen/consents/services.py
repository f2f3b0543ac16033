"""Services of consents: record and withdraw."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import Act, record
from binhyen.consents.models import Consent
from binhyen.consents.rules import By, Purpose, newest, problem
from binhyen.people.models import Officer
from binhyen.people.services import Refusal, actor_of


@dataclass(frozen=True, slots=True)
class Told:
    """Data of a consent on paper or in person, recorded by an officer."""

    purpose: Purpose
    by: By
    proof: str
    age: int | None = None
    child_agreed: bool = False
    until: dt.date | None = None


def contact_given(*, reporter_id: int, now: dt.datetime) -> None:
    """Record a consent given with a name or phone on the page, in its present version. In the caller's transaction."""
    Consent.objects.create(
        reporter_id=reporter_id, purpose=Purpose.CONTACT, version=newest(Purpose.CONTACT), by=By.SELF, given_at=now
    )


@transaction.atomic
def write_down(
    *, told: Told, case_id: int, unit_id: int, reporter_id: int | None, officer: Officer, now: dt.datetime
) -> Consent:
    """Record a consent on a case of the officer. Raises Refusal."""
    if len(told.proof.strip()) < 5:
        raise Refusal(_("Ghi đồng ý bằng cách nào: giấy ký, gặp trực tiếp, tin nhắn riêng. Không ghi tên."))
    row = Consent(
        reporter_id=reporter_id, case_id=case_id, unit_id=unit_id, purpose=told.purpose, by=told.by, age=told.age,
        version=newest(told.purpose), child_agreed=told.child_agreed, proof=told.proof.strip()[:200], until=told.until,
        given_at=now, officer=officer,
    )  # fmt: skip
    if why := problem(row.facts):
        raise Refusal(why)
    row.save(force_insert=True)
    _note(row, "consent.given", actor_of(officer), officer.unit_id, now=now)
    return row


@transaction.atomic
def withdraw(*, consent: Consent, officer: Officer | None, now: dt.datetime) -> bool:
    """Withdraw a consent; False where it had ended before. The caller handles data that relied on it."""
    row = Consent.objects.select_for_update().get(pk=consent.pk)
    if row.withdrawn_at is not None:
        return False
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])
    _note(row, "consent.withdrawn", actor_of(officer) if officer else "citizen", row.unit_id, now=now)
    return True


def _note(row: Consent, verb: str, actor: str, unit_id: int | None, *, now: dt.datetime) -> None:
    detail = {"purpose": row.purpose, "version": row.version}
    record([Act(actor, verb, f"consent:{row.code}", unit_id, detail)], now=now)
