"""Officers of two units write to each other about one thing: lost with the one, found with the other."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases import kept
from binhyen.cases.models import Case, Note
from binhyen.cases.queries.detail import access_case
from binhyen.cases.queries.lost import partners
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services.steps import acting, finish, lock, lock_for_system, require
from binhyen.cases.words import News, Verb
from binhyen.kit import scope
from binhyen.kit.inserts import insert
from binhyen.people.models import Officer
from binhyen.people.rules import May


@transaction.atomic
def write_across(*, code: str, other: str, officer: Officer, text: str, now: dt.datetime) -> Case:
    """A note in both cases. Only to a case that is linked with this one as the same thing, and only the words typed
    here: nothing of either case goes along. Raises NotFound, NotAllowed.
    """
    require(officer, May.WORK_CASES)
    if not text.strip():
        raise NotAllowed(_("Lời nhắn đang trống."))
    mine = access_case(officer, code)
    known = next((c for c in partners(mine) if c.code == other), None)
    if known is None:
        raise NotAllowed(_("Vụ này chưa được nối với tin ấy."))
    with scope.also(f"case:{known.pk}"):
        for pk in sorted((mine.pk, known.pk)):  # one order of locks, whoever writes to whom
            lock_for_system(pk)
        case, theirs = lock(code, officer=officer, version=None), lock_for_system(known.pk)
        here, there = kept.sent_across(known.unit.name, text), kept.came_across(mine.unit.name, mine.code, text)
        for each, words, to in ((case, here, theirs), (theirs, there, case)):
            insert([Note(case=each, officer=officer, text=words[:5000], at=now)])
            each.news = News.WORDS if each is theirs else each.news
            finish(each, Verb.MESSAGED, actor=acting(officer), now=now, data={"case": to.code})
    return case
