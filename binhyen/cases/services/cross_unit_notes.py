"""Messages between officers of two units about one item: lost in one case, found in the other."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases import event_data
from binhyen.cases.choices import UnreadUpdate, Verb
from binhyen.cases.models import Case, Note
from binhyen.cases.queries.case_detail import get_visible_case
from binhyen.cases.queries.lost_found import list_partners
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services.unit_of_work import (
    lock_case,
    lock_case_for_system,
    require_permission,
    save_change,
    to_actor,
)
from binhyen.kit import rls_scope
from binhyen.kit.bulk_insert import insert_objects
from binhyen.people.models import Officer
from binhyen.people.roles import Permission


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
            target.news = UnreadUpdate.MESSAGE if target is partner_case else target.news
            save_change(target, Verb.MESSAGED, actor=to_actor(officer), now=now, data={"case": to.code})
    return case
