"""Legal holds: a case is stored beyond its period, until release."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.models import Case
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import normalize_code
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.privacy import queries
from binhyen.privacy.models import Hold

MAX_HOLD_TIME = dt.timedelta(days=5 * 366)


@transaction.atomic
def create_hold(*, code: str, reason: str, until: dt.date | None, officer: Officer, now: dt.datetime) -> Hold:
    """Create a legal hold. Raises Refusal."""
    _check_may_hold(officer)
    case = Case.objects.filter(access.filter_cases(officer), code=normalize_code(code), forgotten_at=None).first()
    today = to_vietnam_day(now)
    if case is None:
        raise RuleViolation(_("Không có vụ việc mang mã này, hoặc nội dung đã xóa."))
    if len(reason.strip()) < 10:
        raise RuleViolation(_("Ghi rõ ai yêu cầu giữ, vì sao. Không ghi tên người báo."))
    if until is None or not today < until <= today + MAX_HOLD_TIME:
        raise RuleViolation(_("Ngày hết hạn giữ trong vòng 5 năm tới."))
    row = Hold.objects.create(case=case, reason=reason.strip()[:300], until=until, officer=officer, at=now)
    record_actions(
        [AuditAction(get_audit_actor(officer), "retention.held", f"case:{case.code}", case.unit_id)], now=now
    )
    return row


@transaction.atomic
def release_hold(*, name: str, officer: Officer, now: dt.datetime) -> None:
    """Release a hold. `name`: from `queries.encode_hold_name`. Raises Refusal."""
    _check_may_hold(officer)
    visible_holds = queries.list_visible_holds(officer).filter(pk=queries.decode_hold_name(name), ended_at=None)
    row = visible_holds.select_for_update(of=("self",)).first()
    if row is None:
        raise RuleViolation(_("Yêu cầu giữ này đã hết."))
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    record_actions(
        [AuditAction(get_audit_actor(officer), "retention.released", f"case:{row.case.code}", row.case.unit_id)],
        now=now,
    )


def _check_may_hold(officer: Officer) -> None:
    if not (access.officer_may(officer, Permission.ANSWER_DATA) and access.visibility(officer).province):
        raise RuleViolation(_("Chỉ phòng Tham mưu công an tỉnh ghi được."))
