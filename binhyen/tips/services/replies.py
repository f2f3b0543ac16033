"""Replies of the desk: answers encrypted to the tip, and extracts that become cases.

The desk runs in the custody process, which may not touch cases: it leaves rows, and the worker updates the register.
"""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.cases.choices import OPEN_STATES, PROVINCE_ONLY_CATEGORIES
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import DerivedCase
from binhyen.cases.services import restricted_cases
from binhyen.cases.services.exclusions import link_to_source
from binhyen.cases.services.unit_of_work import lock_case_for_system, to_actor
from binhyen.intake.complaint_store import ComplaintText, get_complaint_store
from binhyen.intake.model_cache import classify_with_officers
from binhyen.kit.i18n_markers import N_
from binhyen.kit.jobs import defer_once
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.tips import queries
from binhyen.tips.models import Extract, Tip
from binhyen.tips.services.storage import destroy_tip, get_for_update, seal_message
from binhyen.vault import envelopes
from binhyen.vault import services as vault

# End of tips: withdrawal and expiry. Both destroy the key, so that no text is readable any more.


@rls_scope(PROGRAM_SCOPE)
def withdraw_tip(*, tip: Tip, now: dt.datetime) -> None:
    """Withdraw a tip for its reporter: the key is destroyed."""
    with transaction.atomic():
        row = get_for_update(tip)
        row.withdrawn_at = now
        destroy_tip(row, now=now)
        restricted_cases.record_withdrawal(case_id=row.case_id, now=now)


def destroy_expired_tips(*, now: dt.datetime, limit: int = 200) -> int:
    """Destroy the keys of expired tips; return how many.

    Included are tips whose key a restore destroyed again, or whose complaint is deleted.
    """
    expired = [*queries.list_expired_tips(now=now, limit=limit), *queries.list_of_deleted_complaints(limit=limit)]
    keyless = [
        tip for tip in queries.list_keyless(limit=limit) if tip.pk not in {expired_tip.pk for expired_tip in expired}
    ]
    for tip in (*expired, *keyless):
        with transaction.atomic():
            destroy_tip(get_for_update(tip), now=now)
            if tip in keyless and tip.case.state in OPEN_STATES:
                restricted_cases.record_withdrawal(case_id=tip.case_id, now=now)
    DerivedCase.objects.filter(source__in=Tip.objects.filter(gone_at__isnull=False).values("case")).delete()
    return len(expired) + len(keyless)


PASSED_ON = N_(
    "Đã chuyển. Vụ việc mở ở đơn vị sau giây lát, không có gì dẫn về tin này. Phần trích nói về cán bộ công an thì nơi "
    "tiếp nhận phản ánh nhận, không phải đơn vị."
)

ALREADY_PASSED_ON = N_(
    "Tin này đã chuyển thành vụ việc. Chỉ chuyển lần nữa khi là việc khác, và đánh dấu ô «Việc khác»."
)


def answer_tip(*, tip: Tip, text: str, officer: Officer, now: dt.datetime) -> None:
    """Store an answer of the desk, encrypted to the conversation key. Raises Refusal."""
    if not text.strip():
        raise RuleViolation(_("Câu trả lời đang trống."))
    with transaction.atomic():
        row = get_for_update(tip)
        seal_message(row, vault.Kind.REPLY, text.strip(), author=get_audit_actor(officer), now=now)
        row.answered_at = row.last_word_at = now
        row.save(update_fields=["answered_at", "last_word_at"])
        arguments = {"tip": str(row.public_id), "officer": officer.pk}
        defer_once(queue="intake", task="tips.answered", key=f"tips.answered:{row.public_id}", arguments=arguments)


def record_tip_answer(*, tip_id: str, officer_id: int, now: dt.datetime) -> None:
    """Record in the register that an answer was given, as a job of the worker."""
    case_id = Tip.objects.values_list("case_id", flat=True).get(public_id=tip_id)
    restricted_cases.record_desk_answer(case_id=case_id, actor=to_actor(Officer.objects.get(pk=officer_id)), now=now)


def queue_extract(*, tip: Tip, extract: str, officer: Officer, again: bool = False, now: dt.datetime) -> str:
    """Queue the extract for an ordinary case of the place; return the handler's message.

    `again`: confirmed that it went on before and this is another subject. Raises Refusal.
    """
    if len(extract.split()) < 3:
        raise RuleViolation(_("Hãy viết phần trích đủ để cán bộ xã làm việc, không có gì chỉ ra người báo."))
    with transaction.atomic():
        row = get_for_update(tip)
        if row.passed_on_at is not None and not again:
            raise RuleViolation(_(ALREADY_PASSED_ON))
        row.passed_on_at = now
        row.save(update_fields=["passed_on_at"])
        sealed = vault.seal_for_worker(extract.strip(), context=_format_context(row))
        Extract.objects.create(tip=row, officer=officer, text=sealed, at=now)
        defer_once(queue="intake", task="tips.pass_on", key="tips.pass_on")
    return _(PASSED_ON)


def open_waiting_extracts(*, now: dt.datetime) -> list[str]:
    """Open waiting extracts as cases, each in its own transaction; return the codes.

    Readers of the case do not learn of the tip, nor the other way round (cases/models.py: DerivedCase).
    """
    codes: list[str] = []
    while True:
        with transaction.atomic():
            waiting = Extract.objects.select_for_update(skip_locked=True, of=("self",)).order_by("id")
            row = waiting.select_related("tip__case", "officer").first()
            if row is None:
                return codes
            codes.append(_open_extract_case(row, now))
            row.delete()


def _open_extract_case(row: Extract, now: dt.datetime) -> str:
    """Open one extract as a case.

    A possible complaint about police goes to the complaint desk, so that no unit reads it first.
    """
    tip, words = row.tip, _decrypt_extract(row)
    tip.case = lock_case_for_system(
        tip.case_id
    )  # a tip that became a complaint meanwhile has no facts for an ordinary case
    communes = areas.get_directory().communes.values()
    units = tuple(commune.unit_id for commune in communes if commune.area_id == tip.commune_id)
    reading = classify_with_officers(words, unit_ids=units)
    urgency = max(tip.case.urgency, reading.urgency)
    if reading.category in PROVINCE_ONLY_CATEGORIES or tip.case.is_restricted:
        complaint_text = ComplaintText(0, words, None, None, urgency=max(urgency, 1), unit_ids=units)
        with rls_scope(PROGRAM_SCOPE):
            case = get_complaint_store().open(complaint_text, now=now).case
        link_to_source(case.pk, source_id=tip.case_id)
        code = case.code
    else:
        code = restricted_cases.open_from_extract(
            extract=words,
            category=tip.case.category if reading.category == "other" else reading.category,
            urgency=urgency,
            commune_id=tip.commune_id,
            officer=row.officer,
            ladder=get_alarm_delays(),
            source_id=tip.case_id,
            now=now,
        )
    restricted_cases.record_extraction(case_id=tip.case_id, actor=to_actor(row.officer), now=now)
    return code


def _decrypt_extract(row: Extract) -> str:
    """Decrypt in the worker. Raises key_files.KeyFileMissing. Extracts before 27 November 2026 were plaintext."""
    try:
        return vault.open_in_worker(row.text, context=_format_context(row.tip))
    except (envelopes.EnvelopeError, ValueError):
        return row.text


def _format_context(tip: Tip) -> str:
    return f"tips_extract.text:{tip.public_id}"
