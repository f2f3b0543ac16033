"""Split of a case: one reporter meant another incident, so their messages become a new case with its own code."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases import message_texts
from binhyen.cases.choices import CATEGORY_LABELS, Verb
from binhyen.cases.kinds import get_kind_for_category
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.rules import EscalationDelays, NotAllowed
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.lost_found import enqueue_matching
from binhyen.cases.services.search_index import rebuild_search_words
from binhyen.cases.services.unit_of_work import lock_case, require_permission, save_change, to_actor
from binhyen.channels.models import Message
from binhyen.channels.services import OutgoingDraft, queue_messages
from binhyen.kit.search_terms import accented_words, join_accented_words
from binhyen.kit.text import fold_text
from binhyen.people.models import Officer
from binhyen.people.roles import Permission


@transaction.atomic
def split_case(
    *, code: str, message_id: str, officer: Officer, version: int | None, ladder: EscalationDelays, now: dt.datetime
) -> Case:
    """Move all messages of one reporter to a new case, with their status page; return it. Undo: merge.

    Unit and place are copied from the old case. Raises NotFound, StaleCase, NotAllowed.
    """
    require_permission(officer, Permission.WORK_CASES)
    case = lock_case(code, officer=officer, version=version)
    links = CaseMessage.objects.filter(case=case, detached_at=None).select_related("message").order_by("pk")
    selected = next((link.message for link in links if str(link.message.public_id) == message_id), None)
    if selected is None:
        raise NotAllowed(_("Tin nhắn này không gắn với vụ việc."))
    reporter_links = [link for link in links if link.message.reporter_id == selected.reporter_id]
    if len(reporter_links) == len(links):
        raise NotAllowed(_("Vụ việc này chỉ có lời của một người, không tách được."))
    report = Report.objects.filter(case=case, reporter_id=selected.reporter_id).first()
    CaseMessage.objects.filter(pk__in=[link.pk for link in reporter_links]).update(detached_at=now)
    opening = _build_new_case(case, [link.message for link in reporter_links], officer, with_report=report is None)
    (new_case,) = create_cases([opening], ladder=ladder, now=now)
    if report is not None:
        report.case = new_case
        report.save(update_fields=["case"])
    save_change(
        case,
        Verb.SPLIT,
        actor=to_actor(officer),
        now=now,
        data={"into": new_case.code},
        changed=rebuild_search_words(case),
    )
    _send_new_code(new_case, report, officer, now=now)
    enqueue_matching([new_case])
    return new_case


def _build_new_case(case: Case, messages: list[Message], officer: Officer, *, with_report: bool) -> NewCase:
    """Build the new case from the classification of the most urgent message."""
    weighty = max(messages, key=lambda message: (message.urgency, -message.pk))
    category = weighty.category if weighty.category in CATEGORY_LABELS else case.category
    case_kind, words = get_kind_for_category(category), " ".join(message.search_text for message in messages)
    place = case.place
    return NewCase(
        kind=case_kind.code,
        lane=case_kind.get_lane(category),
        category=category,
        urgency=max(weighty.urgency, 1),
        sensitive=case.sensitive or any(message.sensitive for message in messages),
        actor=to_actor(officer),
        unit_id=case.unit_id,
        commune_id=case.commune_id,
        area_id=case.area_id,
        place=place,
        folded=f"{words} {fold_text(place)}",
        search_accented=join_accented_words(accented_words(place), *(message.search_accented for message in messages)),
        title=" · ".join(filter(None, [CATEGORY_LABELS[category], place])),
        words=messages[0].text,
        latitude=weighty.latitude,
        longitude=weighty.longitude,
        reporter_id=weighty.reporter_id if with_report else None,
        conversation_id=weighty.conversation_id if with_report else None,
        message_ids=tuple(message.pk for message in messages),
        reported_at=min(message.received_at for message in messages),
    )


def _send_new_code(case: Case, report: Report | None, officer: Officer, *, now: dt.datetime) -> None:
    """Send only the new code: a reporter must not learn of the other reporters of the old case."""
    conversation = report.conversation if report else None
    if conversation is None:
        return
    text = message_texts.format_new_code(case.code)
    queue_messages(
        [
            OutgoingDraft(
                key=f"split:{case.pk}",
                channel_id=conversation.channel_id,
                conversation_id=conversation.pk,
                text=text,
                purpose="ACK",
                case_id=case.pk,
                unit_id=case.unit_id,
                officer_id=officer.pk,
            )
        ],
        now=now,
    )
