"""Writes of scam indicators: collect from cases, decide, dispute, expire."""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.choices import SCAM_CATEGORY, Outcome
from binhyen.cases.models import Case, Report
from binhyen.cases.queries.case_page import list_reports
from binhyen.cases.services.closing import close_case
from binhyen.channels.models import Message
from binhyen.kit.i18n_markers import N_
from binhyen.kit.jobs import defer_for_cases
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.people.access import officer_may
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.privacy.config import get_retention_span
from binhyen.scams import queries
from binhyen.scams.models import Dispute, Indicator, IndicatorReport, PictureText, StoppedFraud
from binhyen.scams.rules.indicators import Candidate, list_message_candidates, list_typed_candidates
from binhyen.scams.rules.review import (
    ASSIGNERS_ONLY,
    MAX_OPEN_DISPUTES,
    STATEMENT_CHARS,
    TRANSITIONS,
    Decision,
    DisputeState,
    IndicatorState,
    Verdict,
    find_decision_problem,
)
from binhyen.scams.rules.stopped import MAX_PROOF_CHARS, METHOD_LABELS

_PAGE_CHANNEL = "web"
_FORBIDDEN = N_("Bạn không có quyền làm việc này.")
NOTHING_TO_DISPUTE = N_("Mục này không có cảnh báo công khai nên không cần phản đối.")
_BAD_STATEMENT = N_("Bạn viết rõ vì sao cảnh báo sai, từ 10 đến 1.000 chữ cái.")
_TOO_MANY_DISPUTES = N_("Đã có nhiều người phản đối mục này. Công an đang xem lại, bạn chờ kết quả.")


@transaction.atomic
def collect_indicators(*, case_id: int) -> int:
    """Bring the indicators of a case up to date with its messages, category and outcome; return how many it has.

    Idempotent. A case that is no fraud any more, or whose report was false, has none.
    """
    case = Case.objects.select_for_update(of=("self",), no_key=True).filter(pk=case_id).first()
    if case is None:
        return 0
    wanted = {(item.kind, item.value) for item in _list_case_candidates(case)}
    present = {
        (kind, value): pk
        for kind, value, pk in IndicatorReport.objects.filter(case=case).values_list(
            "indicator__kind", "indicator__value", "indicator"
        )
    }
    removed = [pk for key, pk in present.items() if key not in wanted]
    added = _create_indicators(sorted(wanted - present.keys()), case)
    IndicatorReport.objects.filter(case=case, indicator__in=removed).delete()
    IndicatorReport.objects.bulk_create(
        [IndicatorReport(indicator=indicator, case=case, at=case.opened_at) for indicator in added],
        ignore_conflicts=True,
    )
    # Those that stay are counted too: another person's report may have joined the case.
    update_indicator_counts([*present.values(), *(indicator.pk for indicator in added)])
    return len(wanted)


def _list_case_candidates(case: Case) -> Iterable[Candidate]:
    if case.category != SCAM_CATEGORY or case.is_restricted or case.erased_at or case.outcome == Outcome.UNFOUNDED:
        return []
    messages = Message.objects.filter(
        case_messages__case=case, case_messages__detached_at=None, ciphertext=None
    ).values_list("text", "reading")
    candidates = [
        item for text, reading in messages for item in list_message_candidates(text, reading.get("entities") or ())
    ]
    typed = PictureText.objects.filter(case=case).values_list("text", flat=True).first()
    candidates += list_typed_candidates(typed or "")
    return [item for item in queries.mark_police_numbers(candidates) if not item.owner]


def _create_indicators(keys: list[tuple[str, str]], case: Case) -> list[Indicator]:
    if not keys:
        return []
    Indicator.objects.bulk_create(
        [Indicator(kind=kind, value=value, first_at=case.opened_at, last_at=case.opened_at) for kind, value in keys],
        ignore_conflicts=True,
    )
    rows = Indicator.objects.filter(value__in=[value for _kind, value in keys])
    return [row for row in rows if (row.kind, row.value) in set(keys)]


@transaction.atomic
def update_indicator_counts(indicator_ids: list[int]) -> None:
    """Count again; an indicator without a case that no officer decided on is deleted."""
    for indicator in Indicator.objects.select_for_update(of=("self",)).filter(pk__in=indicator_ids).order_by("pk"):
        rows = IndicatorReport.objects.filter(indicator=indicator)
        counts = rows.aggregate(cases=Count("pk"), first=Min("at"), last=Max("at"))
        if not counts["cases"] and indicator.state == IndicatorState.REPORTED:
            indicator.delete()
            continue
        # DISTINCT in a subquery is hashed; count(DISTINCT …) would sort every report.
        communes = rows.filter(case__commune__isnull=False).values("case__commune").distinct()
        indicator.cases, indicator.communes = counts["cases"], communes.count()
        indicator.reporters = _count_reporters(Report.objects.filter(case__in=rows.values("case")))
        indicator.first_at = counts["first"] or indicator.first_at
        indicator.last_at = counts["last"] or indicator.last_at
        indicator.save(update_fields=["cases", "communes", "reporters", "first_at", "last_at"])


def _count_reporters(reports: "QuerySet[Report]") -> int:
    """Count people with an account of a channel, and all reports of the web form as one: one person may send many."""
    from_page = Q(conversation__channel__kind=_PAGE_CHANNEL)
    return reports.exclude(from_page).values("reporter").distinct().count() + reports.filter(from_page).exists()


@transaction.atomic
def decide_indicator(
    *, public_id: str, decision: Decision, reason: str, officer: Officer, now: dt.datetime
) -> Indicator | None:
    """Take a decision; None for an indicator that the officer may not see. Raises RuleViolation.

    Rejecting accepts its open disputes, keeping refuses them; verifying takes two officers.
    """
    row = queries.list_indicators(officer).filter(public_id=public_id).first()
    if row is None:
        return None
    indicator = Indicator.objects.select_for_update(of=("self",)).get(pk=row.pk)
    required = Permission.ASSIGN if decision in ASSIGNERS_ONLY else Permission.WORK_CASES
    if not officer_may(officer, required):
        raise RuleViolation(_(_FORBIDDEN))
    state = IndicatorState(indicator.state)
    if problem := find_decision_problem(
        decision, state, is_proposer=indicator.proposed_by_id == officer.pk, reason=reason
    ):
        raise RuleViolation(_(problem))
    reason = reason.strip()[:500]
    indicator.state = TRANSITIONS[decision, state]
    if decision == Decision.PROPOSE:
        indicator.proposed_by, indicator.proposal_reason = officer, reason
        indicator.decided_by, indicator.decided_at, indicator.decision_reason = None, None, ""
    else:
        if decision != Decision.KEEP:
            indicator.decided_by, indicator.decision_reason = officer, reason
            indicator.decided_at = now
        if decision in (Decision.REJECT, Decision.KEEP):
            _answer_disputes(indicator, accept=decision == Decision.REJECT, answer=reason, officer=officer, now=now)
    indicator.save()
    verb, subject = f"scam.{decision.name.lower()}", f"scam:{indicator.public_id}"
    record_actions([AuditAction(get_audit_actor(officer), verb, subject, officer.unit_id)], now=now)
    return indicator


def _answer_disputes(indicator: Indicator, *, accept: bool, answer: str, officer: Officer, now: dt.datetime) -> None:
    state = DisputeState.ACCEPTED if accept else DisputeState.REFUSED
    queries.list_open_disputes(indicator).update(state=state, answer=answer, decided_by=officer, decided_at=now)


@transaction.atomic
def record_dispute(*, candidate: Candidate, statement: str, now: dt.datetime) -> None:
    """Record a citizen's objection to a public warning. Raises RuleViolation."""
    statement = statement.strip()
    if not STATEMENT_CHARS[0] <= len(statement) <= STATEMENT_CHARS[1]:
        raise RuleViolation(_(_BAD_STATEMENT))
    (result,) = queries.check_candidates([candidate])
    if result.indicator is None or result.verdict not in (Verdict.REPORTED, Verdict.VERIFIED):
        raise RuleViolation(_(NOTHING_TO_DISPUTE))
    with rls_scope(PROGRAM_SCOPE):
        if queries.list_open_disputes(result.indicator).count() >= MAX_OPEN_DISPUTES:
            raise RuleViolation(_(_TOO_MANY_DISPUTES))
        Dispute.objects.create(indicator=result.indicator, statement=statement, at=now)


@transaction.atomic
def close_as_stopped(
    *, case_code: str, method: str, amount: int | None, proof: str, result: str, officer: Officer, now: dt.datetime
) -> StoppedFraud:
    """Close a fraud case as stopped, with the sum, how, and the proof. Raises RuleViolation, NotAllowed, NotFound."""
    proof = proof.strip()
    if method not in METHOD_LABELS:
        raise RuleViolation(_("Chọn cách đã ngăn chặn."))
    if amount is None:
        raise RuleViolation(_("Số tiền ghi bằng số, ví dụ 20.000.000 hoặc 20 triệu."))
    if len(proof) < 5:
        raise RuleViolation(_("Ghi căn cứ: văn bản của ngân hàng, lệnh đã hủy, lời người dân."))
    case = close_case(
        code=case_code,
        officer=officer,
        outcome=Outcome.FRAUD_STOPPED,
        result=result,
        evidence=proof,
        in_register=True,
        version=None,
        now=now,
    )
    row, _created = StoppedFraud.objects.update_or_create(  # a reopened case is stopped again
        case=case,
        defaults={"amount": amount, "method": method, "proof": proof[:MAX_PROOF_CHARS], "officer": officer, "at": now},
    )
    detail = {"method": method}
    record_actions([AuditAction(get_audit_actor(officer), "scam.stopped", f"case:{case.code}", None, detail)], now=now)
    return row


@transaction.atomic
def record_details(
    *, case: Case, losses: Mapping[int, int | None], picture_text: str, officer: Officer, now: dt.datetime
) -> None:
    """Store details beside the messages of a visible fraud case. Raises RuleViolation.

    `losses`: đồng that each reporter lost, by report id; None: not known. `picture_text`: numbers and links of its
    pictures.
    """
    if picture_text and not list_typed_candidates(picture_text):
        raise RuleViolation(_("Không thấy số điện thoại, số tài khoản hay đường dẫn nào. Mỗi dòng ghi một số."))
    for report in list_reports(case):
        amount = losses.get(report.pk, report.loss_amount)
        if amount != report.loss_amount:
            Report.objects.filter(pk=report.pk).update(loss_amount=amount)
    PictureText.objects.update_or_create(case=case, defaults={"text": picture_text, "officer": officer, "at": now})
    defer_for_cases(queue="bulk", task="scams.collect", case_ids=[case.pk])
    record_actions([AuditAction(get_audit_actor(officer), "scam.details", f"case:{case.code}")], now=now)


def delete_expired_indicators(now: dt.datetime, limit: int) -> int:
    """Delete answered disputes, indicators without a report in the retention period, and stopped frauds and typed
    numbers whose case lost its content; return how many.
    """
    answered = Dispute.objects.filter(decided_at__lte=now - get_retention_span("scam_dispute")).order_by("pk")
    ids = list(answered.values_list("pk", flat=True)[:limit])
    Dispute.objects.filter(pk__in=ids).delete()
    expired = Indicator.objects.filter(last_at__lte=now - get_retention_span("scam")).order_by("pk")
    indicator_ids = list(expired.values_list("pk", flat=True)[:limit])
    Indicator.objects.filter(pk__in=indicator_ids).delete()
    deleted = len(ids) + len(indicator_ids)
    for table in (StoppedFraud, PictureText):
        erased = table.objects.filter(case__erased_at__isnull=False).order_by("pk")
        row_ids = list(erased.values_list("pk", flat=True)[:limit])
        table.objects.filter(pk__in=row_ids).delete()
        deleted += len(row_ids)
    return deleted
