"""Undo of a transfer, as long as the new unit has not started on the case."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases import event_data
from binhyen.cases.choices import State, UnreadUpdate, Verb
from binhyen.cases.models import Alarm, Case, Note
from binhyen.cases.queries.case_detail import get_visible_case
from binhyen.cases.queries.lost_found import list_partners
from binhyen.cases.queries.transferred import find_transferred_id, list_transferred
from binhyen.cases.rules import AlarmLevel, CaseNoLongerVisible, NotAllowed
from binhyen.cases.services.officer_actions import announce_unit
from binhyen.cases.services.unit_of_work import (
    lock_case,
    lock_case_for_system,
    require_permission,
    save_change,
    to_actor,
)
from binhyen.kit import rls_scope
from binhyen.kit.bulk_insert import insert_objects
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission

# Messages between officers of two units about one item: lost in one case, found in the other.


@transaction.atomic
def send_cross_unit_note(*, code: str, other: str, officer: Officer, text: str, now: dt.datetime) -> Case:
    """Add a note to both cases. Raises NotFound, NotAllowed.

    Only for cases linked as the same item, and only the typed text: no data of either case is shared.
    """
    require_permission(officer, Permission.WORK_CASES)
    if not text.strip():
        raise NotAllowed(_("Lời nhắn đang trống."))
    own_case = get_visible_case(officer, code)
    partner = next((candidate for candidate in list_partners(own_case) if candidate.code == other), None)
    if partner is None:
        raise NotAllowed(_("Vụ này chưa được nối với tin ấy."))
    with rls_scope.extra_rls_scope(f"case:{partner.pk}"):
        for pk in sorted((own_case.pk, partner.pk)):  # a fixed lock order prevents deadlocks
            lock_case_for_system(pk)
        case, partner_case = lock_case(code, officer=officer, version=None), lock_case_for_system(partner.pk)
        here, there = (
            event_data.format_sent_note(partner.unit.name, text),
            event_data.format_received_note(own_case.unit.name, own_case.code, text),
        )
        for target, words, to in ((case, here, partner_case), (partner_case, there, case)):
            insert_objects([Note(case=target, officer=officer, text=words[:5000], at=now)])
            target.unread_reason = UnreadUpdate.MESSAGE if target is partner_case else target.unread_reason
            save_change(target, Verb.MESSAGED, actor=to_actor(officer), now=now, data={"case": to.code})
    return case


@transaction.atomic
def undo_transfer(*, code: str, officer: Officer, now: dt.datetime) -> Case:
    """Return the case to the previous unit, and assign it to this officer if they work on cases.

    Raises NotAllowed or NotFound where this officer did not transfer it, CaseNoLongerVisible where the new unit has
    started on it.
    """
    require_permission(officer, Permission.HAND_ON)
    pk = find_transferred_id(officer, code, now=now)
    if pk is None:
        get_visible_case(officer, code)
        raise NotAllowed(_("Bạn không phải người chuyển việc này đi."))
    with rls_scope.extra_rls_scope(f"case:{pk}"):
        case = lock_case_for_system(pk)
        transferred = next(
            (candidate for candidate in list_transferred(officer, now=now) if candidate.case_id == pk), None
        )
        if transferred is None:
            raise CaseNoLongerVisible(_("Nơi nhận đã làm việc này, không lấy lại được nữa."))
        current_unit_id = case.unit_id
        case.unit_id, case.unread_reason = transferred.previous_unit_id, UnreadUpdate.NONE
        case.assignee_id = officer.pk if access.officer_may(officer, Permission.WORK_CASES) else None
        if case.assignee_id and case.state == State.NEW:
            case.state = State.RECEIVED
        rings = Alarm.objects.filter(case=case, acknowledged_at=None).first()  # on, here
        save_change(
            case,
            Verb.TAKEN_BACK,
            actor=to_actor(officer),
            now=now,
            data=event_data.build_moved_data(current_unit_id, transferred.previous_unit_id),
            changed=["unit", "assignee", "state"],
            extra_topics=(f"unit:{current_unit_id}",),
            rings=rings is not None,
            stage=rings.escalation_level if rings else AlarmLevel.OFFICERS,
        )
        announce_unit(case, now=now)
    return case
