"""Split of a case: one reporter meant another incident, so their messages become a new case with its own code."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases import message_texts
from binhyen.cases.choices import CATEGORY_LABELS, Verb
from binhyen.cases.kinds import kind_for
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.rules import Ladder, NotAllowed
from binhyen.cases.services.create import Opening, open_cases
from binhyen.cases.services.lost_found import match_later
from binhyen.cases.services.search_index import retell
from binhyen.cases.services.unit_of_work import acting, finish, lock, require
from binhyen.channels.models import Message
from binhyen.channels.services import Draft, queue
from binhyen.kit.search_terms import marked, marked_together
from binhyen.kit.text import fold
from binhyen.people.models import Officer
from binhyen.people.roles import May


@transaction.atomic
def split(
    *, code: str, message_id: str, officer: Officer, version: int | None, ladder: Ladder, now: dt.datetime
) -> Case:
    """Move all messages of one reporter to a new case, with their status page; return it. Undo: merge.

    Unit and place are copied from the old case. Raises NotFound, StaleCase, NotAllowed.
    """
    require(officer, May.WORK_CASES)
    case = lock(code, officer=officer, version=version)
    links = CaseMessage.objects.filter(case=case, detached_at=None).select_related("message").order_by("pk")
    asked = next((link.message for link in links if str(link.message.public_id) == message_id), None)
    if asked is None:
        raise NotAllowed(_("Tin nhắn này không gắn với vụ việc."))
    theirs = [link for link in links if link.message.reporter_id == asked.reporter_id]
    if len(theirs) == len(links):
        raise NotAllowed(_("Vụ việc này chỉ có lời của một người, không tách được."))
    report = Report.objects.filter(case=case, reporter_id=asked.reporter_id).first()
    CaseMessage.objects.filter(pk__in=[link.pk for link in theirs]).update(detached_at=now)
    opening = _opening(case, [link.message for link in theirs], officer, with_report=report is None)
    (own,) = open_cases([opening], ladder=ladder, now=now)
    if report is not None:
        report.case = own
        report.save(update_fields=["case"])
    finish(case, Verb.SPLIT, actor=acting(officer), now=now, data={"into": own.code}, changed=retell(case))
    _tell(own, report, officer, now=now)
    match_later([own])
    return own


def _opening(case: Case, messages: list[Message], officer: Officer, *, with_report: bool) -> Opening:
    """Build the new case from the classification of the most urgent message."""
    weighty = max(messages, key=lambda m: (m.urgency, -m.pk))
    category = weighty.category if weighty.category in CATEGORY_LABELS else case.category
    chosen, words = kind_for(category), " ".join(m.folded for m in messages)
    place = case.place
    return Opening(
        kind=chosen.code, lane=chosen.lane_of(category), category=category, urgency=max(weighty.urgency, 1),
        sensitive=case.sensitive or any(m.sensitive for m in messages), actor=acting(officer), unit_id=case.unit_id,
        commune_id=case.commune_id, area_id=case.area_id, place=place, folded=f"{words} {fold(place)}",
        marked=marked_together(marked(place), *(m.marked for m in messages)),
        title=" · ".join(filter(None, [CATEGORY_LABELS[category], place])), words=messages[0].text,
        latitude=weighty.latitude, longitude=weighty.longitude,
        reporter_id=weighty.reporter_id if with_report else None,
        conversation_id=weighty.conversation_id if with_report else None, message_ids=tuple(m.pk for m in messages),
        told_at=min(m.received_at for m in messages),
    )  # fmt: skip


def _tell(case: Case, report: Report | None, officer: Officer, *, now: dt.datetime) -> None:
    """Send only the new code: a reporter must not learn of the other reporters of the old case."""
    talk = report.conversation if report else None
    if talk is None:
        return
    text = message_texts.recoded(case.code)
    queue(
        [Draft(key=f"split:{case.pk}", channel_id=talk.channel_id, conversation_id=talk.pk, text=text, purpose="ACK",
               case_id=case.pk, unit_id=case.unit_id, officer_id=officer.pk)],
        now=now,
    )  # fmt: skip
