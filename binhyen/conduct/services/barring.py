"""Facts of a crime in a complaint go on as an ordinary case, which is kept from whoever the complaint is kept from: no
unit of theirs can be handed it, and none of them sees it. Nothing leads from it to the complaint.
"""

import datetime as dt
from collections.abc import Collection

from binhyen.cases.models import Case
from binhyen.people.models import Veto
from binhyen.people.standing import barred_by
from binhyen.people.veto import Desk
from binhyen.privacy.config import span


def bar(code: str, kept_from: Collection[str]) -> None:
    """Under both names: no reader of the audit book finds it."""
    matter = f"case:{code}"
    Veto.objects.create(matter=matter, alias=matter, desk=Desk.OUTSIDE, kept_from=sorted(kept_from))


def renew() -> int:
    """Who came to stand on such a side since sees it no more, and the other way round; how many cases changed."""
    open_ = Case.objects.filter(barred__isnull=False, forgotten_at=None)
    changed = 0
    for case in open_.only("pk", "code", "barred"):
        kept = Veto.objects.get(matter=f"case:{case.code}").kept_from
        if (now_barred := barred_by(kept)) != case.barred:
            changed += Case.objects.filter(pk=case.pk).update(barred=now_barred)
    return changed


def unbar(now: dt.datetime) -> None:
    """When no entry of the audit book is left of a forgotten one."""
    gone = Case.objects.filter(barred__isnull=False, forgotten_at__lte=now - span("audit"))
    codes = list(gone.values_list("code", flat=True))
    Veto.objects.filter(matter__in=[f"case:{code}" for code in codes]).delete()
    gone.filter(code__in=codes).update(barred=None)
