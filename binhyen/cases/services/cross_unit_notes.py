"""Messages between officers of two units about one item: lost in one case, found in the other."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases import event_data
from binhyen.cases.choices import News, Verb
from binhyen.cases.models import Case, Note
from binhyen.cases.queries.case_detail import access_case
from binhyen.cases.queries.lost_found import partners
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services.unit_of_work import acting, finish, lock, lock_for_system, require
from binhyen.kit import rls_scope
from binhyen.kit.bulk_insert import insert
from binhyen.people.models import Officer
from binhyen.people.roles import May


@transaction.atomic
def write_across(*, code: str, other: str, officer: Officer, text: str, now: dt.datetime) -> Case:
    """Add a note to both cases. Raises NotFound, NotAllowed.

    Only for cases linked as the same item, and only the typed text: no data of either case is shared.
    """
    require(officer, May.WORK_CASES)
    if not text.strip():
        raise NotAllowed(_("Lời nhắn đang trống."))
    mine = access_case(officer, code)
    known = next((c for c in partners(mine) if c.code == other), None)
    if known is None:
        raise NotAllowed(_("Vụ này chưa được nối với tin ấy."))
    with rls_scope.also(f"case:{known.pk}"):
        for pk in sorted((mine.pk, known.pk)):  # a fixed lock order prevents deadlocks
            lock_for_system(pk)
        case, theirs = lock(code, officer=officer, version=None), lock_for_system(known.pk)
        here, there = (
            event_data.sent_across(known.unit.name, text),
            event_data.came_across(mine.unit.name, mine.code, text),
        )
        for each, words, to in ((case, here, theirs), (theirs, there, case)):
            insert([Note(case=each, officer=officer, text=words[:5000], at=now)])
            each.news = News.WORDS if each is theirs else each.news
            finish(each, Verb.MESSAGED, actor=acting(officer), now=now, data={"case": to.code})
    return case
