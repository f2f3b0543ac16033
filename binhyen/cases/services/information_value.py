"""Thanks or a reward for the reporter of a useful tip, with its receipt; never a name."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases.choices import Grade, RewardKind, State, Verb
from binhyen.cases.message_texts import THANKS_FOR_TIP
from binhyen.cases.models import Case, CaseEvent
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services.officer_actions import message_reporters
from binhyen.cases.services.unit_of_work import lock_case, require_permission, require_reader, save_change, to_actor
from binhyen.people.models import Officer
from binhyen.people.roles import Permission

MAX_REWARD = 1_000_000_000  # đồng
MIN_RECEIPT_LENGTH = 2


@transaction.atomic
def reward_reporter(
    *,
    code: str,
    officer: Officer,
    kind: RewardKind,
    amount: int | None,
    receipt: str,
    version: int | None,
    now: dt.datetime,
) -> Case:
    """Thank the reporter of a useful tip, or record a reward with its receipt. Each once. Raises NotAllowed."""
    require_permission(officer, Permission.ASSIGN if kind is RewardKind.REWARD else Permission.WORK_CASES)
    case = lock_case(code, officer=officer, version=version)
    require_reader(officer, case)
    if case.state != State.CLOSED or case.tip_value not in (Grade.USEFUL, Grade.VALUABLE):
        raise NotAllowed(_("Chỉ cảm ơn, khen thưởng khi vụ đã xong và tin được đánh giá có ích."))
    if CaseEvent.objects.filter(case=case, verb=Verb.REWARDED, data__kind=kind).exists():
        raise NotAllowed(_("Việc này đã ghi rồi."))
    data: dict[str, object] = {"kind": kind}
    if kind is RewardKind.REWARD:
        if amount is None or not 0 < amount <= MAX_REWARD or len(receipt.strip()) < MIN_RECEIPT_LENGTH:
            raise NotAllowed(_("Ghi số tiền thưởng và số biên nhận. Người nhận ký trên giấy, không ghi tên ở đây."))
        data |= {"amount": amount, "receipt": receipt.strip()[:60]}
    elif not message_reporters(case, THANKS_FOR_TIP, officer=officer, purpose="THANKS", now=now):
        raise NotAllowed(_("Không có cách nhắn lại người báo tin này."))
    save_change(case, Verb.REWARDED, actor=to_actor(officer), now=now, data=data)
    return case
