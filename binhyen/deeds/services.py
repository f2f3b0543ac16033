"""Writes of good deeds. Each is one transaction with case event, audit row and statistics."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.bulletin_source import WITHDRAW_JOB
from binhyen.cases.choices import Verb
from binhyen.cases.kinds import get_kind
from binhyen.cases.models import Case
from binhyen.cases.services.unit_of_work import audit_subject, lock_case, require_permission, save_change, to_actor
from binhyen.channels.dlp.detectors import LABELS, DlpContext, check_text
from binhyen.consents.models import Consent
from binhyen.deeds.models import Deed
from binhyen.deeds.queries import find_newest_public_deed, is_public, list_deeds_to_erase, select_deeds_to_recall
from binhyen.deeds.rules import (
    DeedKind,
    DeedState,
    find_case_problem,
    find_consent_gap,
    find_deed_decision_problem,
    find_praise_problem,
)
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import generate_token, hash_token
from binhyen.kit.jobs import defer_once
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor

RECALL_REASON = N_("Bản tin này không còn hiệu lực.")


@dataclass(frozen=True, slots=True)
class DeedForm:
    """A draft as an officer enters it. `text` is public; `school`: of a pupil."""

    kind: DeedKind
    person_name: str
    text: str
    school: str = ""
    school_class: str = ""
    is_adult: bool = False


@transaction.atomic
def draft_deed(*, case_code: str, form: DeedForm, consent: Consent | None, officer: Officer, now: dt.datetime) -> Deed:
    """Draft a deed from a closed case, with a consent in force. Raises RuleViolation."""
    require_permission(officer, Permission.WORK_CASES)
    case = lock_case(case_code, officer=officer, version=None)
    if problem := find_praise_obstacle(case):
        raise RuleViolation(_(problem))
    _check_deed(form, consent, today=to_vietnam_day(now))
    if Deed.objects.filter(consent=consent).exists():
        raise RuleViolation(_("Đồng ý này đã dùng cho một việc tốt khác."))
    deed = Deed.objects.create(
        case=case,
        commune_id=case.commune_id or _get_unit_commune(case),
        consent=consent,
        kind=form.kind,
        person_name=form.person_name[:100],
        text=form.text[:300],
        school=form.school[:120],
        school_class=form.school_class[:20],
        author=officer,
        at=now,
    )
    _record_deed(case, "deed.drafted", get_audit_actor(officer), now=now)
    return deed


def _get_unit_commune(case: Case) -> int | None:
    return case.unit.area_id if case.unit.level == case.unit.Level.COMMUNE else None


def find_praise_obstacle(case: Case) -> str:
    """Return why no person may be praised for this case, or ""."""
    is_confidential = case.sensitive or case.is_restricted or get_kind(case.kind).sealed
    return find_case_problem(lane=case.lane, is_open=case.is_open, is_confidential=is_confidential)


def _check_deed(form: DeedForm, consent: Consent | None, *, today: dt.date) -> None:
    if len(form.person_name) < 2:
        raise RuleViolation(_("Ghi họ tên người được biểu dương."))
    if len(form.text) < 10:
        raise RuleViolation(_("Ghi việc tốt bằng một câu cho mọi người đọc."))
    facts = consent.facts if consent is not None else None
    if problem := find_consent_gap(facts, today=today, is_pupil=bool(form.school), is_adult=form.is_adult):
        raise RuleViolation(_(problem))
    if findings := check_text(form.text, DlpContext()):
        first = findings[0]
        raise RuleViolation(
            _("Câu này ai cũng đọc, có {what}: «{words}». Bỏ chỗ đó đi.").format(
                what=_(LABELS[first.kind]), words=form.text[first.start : first.end]
            )
        )


@transaction.atomic
def decide_deed(*, deed: Deed, approves: bool, reason: str, officer: Officer, now: dt.datetime) -> None:
    """Approve or refuse a draft of another officer. A refusal frees the consent; name and texts go the next night."""
    require_permission(officer, Permission.APPROVE_BULLETINS)
    deed, case = _lock_deed(deed, officer)
    if problem := find_deed_decision_problem(deed.state, is_own=deed.author_id == officer.pk):
        raise RuleViolation(_(problem))
    today = to_vietnam_day(now)
    if approves:
        facts = deed.consent.facts if deed.consent is not None else None
        if problem := find_consent_gap(facts, today=today, is_pupil=False, is_adult=True):
            raise RuleViolation(_(problem))
        if problem := find_praise_obstacle(case):
            raise RuleViolation(_(problem))
    elif len(reason) < 5:
        raise RuleViolation(_("Ghi vì sao không duyệt."))
    deed.state = DeedState.APPROVED if approves else DeedState.REFUSED
    deed.decided_by, deed.decided_at, deed.reason = officer, now, reason[:300]
    deed.approved_on = today if approves else None
    if not approves:
        deed.consent = None
    deed.save(update_fields=["state", "decided_by", "decided_at", "reason", "approved_on", "consent"])
    save_change(case, Verb.NOTED, actor=to_actor(officer), now=now)  # also marks the case for the ledger
    _record_deed(case, "deed.approved" if approves else "deed.refused", get_audit_actor(officer), now=now)


@transaction.atomic
def create_school_link(*, deed: Deed, officer: Officer, now: dt.datetime) -> str:
    """Create the link of the school's page and mark the letter as sent; an earlier link ends. Return the token."""
    require_permission(officer, Permission.WORK_CASES)
    deed, case = _lock_deed(deed, officer)
    if not (deed.school and is_public(deed, today=to_vietnam_day(now))):
        raise RuleViolation(_("Chỉ gửi trường khi đã duyệt, có tên trường và đồng ý còn hiệu lực."))
    token = generate_token()
    deed.link_hash, deed.sent_at = hash_token(token), now
    deed.save(update_fields=["link_hash", "sent_at"])
    _record_deed(case, "deed.sent", get_audit_actor(officer), now=now)
    return token


@transaction.atomic
def record_praise(*, deed: Deed, praised_on: dt.date, note: str, officer: Officer | None, now: dt.datetime) -> None:
    """Record that the school praised the pupil: by the holder of its link (`officer` None) or by an officer.

    The same answer sent again changes nothing.
    """
    with rls_scope(PROGRAM_SCOPE):
        row = Deed.objects.select_for_update(of=("self",)).select_related("case", "consent").get(pk=deed.pk)
        if not (row.school and row.approved_on and is_public(row, today=to_vietnam_day(now))):
            raise RuleViolation(_("Thư này không còn hiệu lực. Xin đừng nêu tên em nữa."))
        if row.praised_on is not None:
            return
        if problem := find_praise_problem(praised_on, approved_on=row.approved_on, today=to_vietnam_day(now)):
            raise RuleViolation(_(problem))
        row.praised_on, row.school_note = praised_on, note[:300]
        row.save(update_fields=["praised_on", "school_note"])
        actor = get_audit_actor(officer) if officer else "citizen"
        _record_deed(row.case, "deed.praised", actor, now=now)


def record_deed_bulletin(*, case: Case, code: str, today: dt.date) -> None:
    """Remember a bulletin about the case's newest public deed. In the caller's transaction."""
    deed = find_newest_public_deed(case.pk, today=today)
    if deed is not None:
        row = Deed.objects.select_for_update(of=("self",)).get(pk=deed.pk)
        row.bulletin_codes = [*row.bulletin_codes, code]
        row.save(update_fields=["bulletin_codes"])


@transaction.atomic
def recall_deed_bulletins(*, now: dt.datetime) -> int:
    """Defer the withdrawal of bulletins about deeds whose consent ended; return the number of deeds."""
    rows = list(select_deeds_to_recall(to_vietnam_day(now)).select_for_update(of=("self",), skip_locked=True))
    for row in rows:
        arguments = {"codes": row.bulletin_codes, "reason": str(RECALL_REASON)}
        defer_once(queue="urgent", task=WITHDRAW_JOB, key=f"{WITHDRAW_JOB}:deed:{row.pk}", arguments=arguments)
        row.bulletin_codes = []
        row.save(update_fields=["bulletin_codes"])
    return len(rows)


def _lock_deed(deed: Deed, officer: Officer) -> tuple[Deed, Case]:
    """Lock the case, which decides about access, then the deed. Raises NotFound."""
    case = lock_case(deed.case.code, officer=officer, version=None)
    row = Deed.objects.select_for_update(of=("self",)).select_related("consent").get(pk=deed.pk)
    return row, case


def _record_deed(case: Case, verb: str, actor: str, *, now: dt.datetime) -> None:
    record_actions([AuditAction(actor, verb, audit_subject(case), case.unit_id)], now=now)


def erase_ended_deeds(now: dt.datetime, limit: int) -> int:
    """Erase name and texts of deeds whose consent ended, and of old ones; the number of the year stays."""
    ids = list(list_deeds_to_erase(now).order_by("pk").values_list("pk", flat=True)[:limit])
    return _erase_deeds(ids, now=now)


def _erase_deeds(ids: list[int], *, now: dt.datetime) -> int:
    return Deed.objects.filter(pk__in=ids).update(
        person_name="",
        text="",
        school="",
        school_class="",
        school_note="",
        reason="",
        link_hash=None,
        consent=None,
        erased_at=now,
    )
