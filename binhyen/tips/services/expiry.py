"""End of tips: withdrawal and expiry. Both destroy the key, so that no text is readable any more."""

import datetime as dt

from django.db import transaction

from binhyen.cases.choices import OPEN_STATES
from binhyen.cases.models import Drawn
from binhyen.cases.services import restricted_cases
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.tips import queries
from binhyen.tips.models import Tip
from binhyen.tips.services.storage import destroy_tip, get_for_update


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
    Drawn.objects.filter(source__in=Tip.objects.filter(gone_at__isnull=False).values("case")).delete()
    return len(expired) + len(keyless)
