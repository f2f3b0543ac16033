"""Legal holds: a case is stored beyond its period, until release."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import Act, record
from binhyen.cases.models import Case
from binhyen.kit.clock import vietnam_day
from binhyen.kit.ids import read_code
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.people.services import Refusal, actor_of
from binhyen.privacy import queries
from binhyen.privacy.models import Hold

LONGEST = dt.timedelta(days=5 * 366)


@transaction.atomic
def hold(*, code: str, reason: str, until: dt.date | None, officer: Officer, now: dt.datetime) -> Hold:
    """Create a legal hold. Raises Refusal."""
    _check(officer)
    case = Case.objects.filter(access.cases(officer), code=read_code(code), forgotten_at=None).first()
    today = vietnam_day(now)
    if case is None:
        raise Refusal(_("Không có vụ việc mang mã này, hoặc nội dung đã xóa."))
    if len(reason.strip()) < 10:
        raise Refusal(_("Ghi rõ ai yêu cầu giữ, vì sao. Không ghi tên người báo."))
    if until is None or not today < until <= today + LONGEST:
        raise Refusal(_("Ngày hết hạn giữ trong vòng 5 năm tới."))
    row = Hold.objects.create(case=case, reason=reason.strip()[:300], until=until, officer=officer, at=now)
    record([Act(actor_of(officer), "retention.held", f"case:{case.code}", case.unit_id)], now=now)
    return row


@transaction.atomic
def let_go(*, name: str, officer: Officer, now: dt.datetime) -> None:
    """Release a hold. `name`: from `queries.encode_hold_name`. Raises Refusal."""
    _check(officer)
    mine = queries.seen_holds(officer).filter(pk=queries.hold_of(name), ended_at=None)
    row = mine.select_for_update(of=("self",)).first()
    if row is None:
        raise Refusal(_("Yêu cầu giữ này đã hết."))
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    record([Act(actor_of(officer), "retention.released", f"case:{row.case.code}", row.case.unit_id)], now=now)


def _check(officer: Officer) -> None:
    if not (access.may(officer, May.ANSWER_DATA) and access.sight(officer).province):
        raise Refusal(_("Chỉ phòng Tham mưu công an tỉnh ghi được."))
