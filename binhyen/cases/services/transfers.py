"""Undo of a transfer, as long as the new unit has not started on the case."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases import event_data
from binhyen.cases.choices import News, Verb
from binhyen.cases.models import Alarm, Case
from binhyen.cases.queries.case_detail import access_case
from binhyen.cases.queries.transferred import gave, handed
from binhyen.cases.rules import NotAllowed, Stage, TooLate
from binhyen.cases.services.unit_of_work import acting, finish, lock_for_system, require
from binhyen.kit import rls_scope
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import May


@transaction.atomic
def take_back(*, code: str, officer: Officer, now: dt.datetime) -> Case:
    """Return the case to the previous unit, and assign it to this officer if they work on cases.

    Raises NotAllowed or NotFound where this officer did not transfer it, CaseNoLongerVisible where the new unit has
    started on it.
    """
    require(officer, May.HAND_ON)
    pk = gave(officer, code, now=now)
    if pk is None:
        access_case(officer, code)
        raise NotAllowed(_("Bạn không phải người chuyển việc này đi."))
    with rls_scope.also(f"case:{pk}"):
        case = lock_for_system(pk)
        given = next((each for each in handed(officer, now=now) if each.case_id == pk), None)
        if given is None:
            raise TooLate(_("Nơi nhận đã làm việc này, không lấy lại được nữa."))
        before = case.unit_id
        case.unit_id, case.news = given.back_to, News.NONE
        case.assignee_id = officer.pk if access.may(officer, May.WORK_CASES) else None
        rings = Alarm.objects.filter(case=case, acknowledged_at=None).first()  # on, here
        finish(
            case, Verb.TAKEN_BACK, actor=acting(officer), now=now, data=event_data.moved(before, given.back_to),
            changed=["unit", "assignee"], also=(f"unit:{before}",), alarms=rings is not None,
            stage=rings.stage if rings else Stage.OFFICERS,
        )  # fmt: skip
    return case
