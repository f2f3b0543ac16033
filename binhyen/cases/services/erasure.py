"""Erase the content of cases; number, kind, dates, outcome and commune remain, so that the statistics stay correct.

Called by the worker for retention or for a person's request; the rule that decides when is elsewhere.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import F, Q

from binhyen.cases import event_data
from binhyen.cases.choices import CATEGORY_LABELS, OPEN_STATES, Outcome, State, Verb
from binhyen.cases.models import CallbackView, Case, CaseMessage, DerivedCase, Evidence, Note, Relation, Report
from binhyen.cases.services.alarms import silence
from binhyen.cases.services.follow_ups import has_negative_rating
from binhyen.cases.services.search_index import rebuild_cases, rebuild_search_words
from binhyen.cases.services.unit_of_work import (
    CITIZEN_ACTOR,
    Actor,
    ChangeRecord,
    record_changes,
    save_change,
    update_clocks,
)
from binhyen.channels.models import Attachment, Message, Outgoing
from binhyen.channels.services import deletion as channels
from binhyen.kit.text import fold_text

RETENTION_ACTOR = Actor("system:retention")
_ERASED_FIELDS = {
    "place": "",
    "snippet": "",
    "result": "",
    "search_text": "",
    "search_accented": "",
    "latitude": None,
    "longitude": None,
    "reporter_unsatisfied": False,
}


@transaction.atomic
def erase_cases(case_ids: Collection[int], *, actor: Actor = RETENTION_ACTOR, now: dt.datetime) -> int:
    """Erase messages, photos, notes, evidence and links to persons, also of merged cases; return how many cases."""
    wanted = Q(pk__in=case_ids) | Q(merged_into__in=case_ids)
    cases = list(Case.objects.select_for_update(of=("self",)).filter(wanted, erased_at=None).order_by("pk"))
    ids = [case.pk for case in cases]
    _delete_messages(ids)
    _delete_evidence(ids)
    Outgoing.objects.filter(case__in=ids).delete()
    Note.objects.filter(case__in=ids).delete()
    Relation.objects.filter(Q(case__in=ids) | Q(related_case__in=ids)).delete()
    Report.objects.filter(case__in=ids).delete()
    CallbackView.objects.filter(case__in=ids).delete()
    DerivedCase.objects.filter(Q(case__in=ids) | Q(source__in=ids)).delete()
    for case in cases:
        title = event_data.format_erased_title(CATEGORY_LABELS.get(case.category, event_data.UNKNOWN_TITLE))
        Case.objects.filter(pk=case.pk).update(
            title=title,
            **_ERASED_FIELDS,
            area_id=F("commune_id"),
            erased_at=now,
            updated_at=now,
            version=case.version + 1,
        )
        case.version += 1
    record_changes([ChangeRecord(case, Verb.FORGOTTEN, actor, {}) for case in cases], now=now)
    return len(cases)


def _delete_messages(case_ids: Sequence[int]) -> None:
    """Delete messages of these cases only; a message shared with another case stays there."""
    links = CaseMessage.objects.filter(case__in=case_ids)
    message_ids = set(links.values_list("message_id", flat=True))
    shared = set(
        CaseMessage.objects.filter(message__in=message_ids, detached_at=None)
        .exclude(case__in=case_ids)
        .values_list("message_id", flat=True)
    )
    CaseMessage.objects.filter(message__in=message_ids - shared).delete()  # also messages detached from a case before
    links.delete()
    channels.delete_messages(message_ids - shared)


def _delete_evidence(case_ids: Sequence[int]) -> None:
    proofs = Evidence.objects.filter(case__in=case_ids)
    files = [pk for pk in proofs.values_list("attachment_id", flat=True) if pk is not None]
    proofs.delete()
    channels.delete_attachments(Attachment.objects.filter(pk__in=files, message=None))


@transaction.atomic
def withdraw_case(case_id: int, *, now: dt.datetime) -> None:
    """Close an open case without a finding after its only reporter withdrew. A closed case keeps its outcome."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=case_id)
    if case.state not in OPEN_STATES:
        return
    silence(case, by=None, now=now)
    case.state, case.outcome, case.closed_at = State.CLOSED, Outcome.NO_ACTION, now
    case.acknowledged_at = case.acknowledged_at or now
    update_clocks(case, now=now)
    save_change(
        case,
        Verb.WITHDRAWN,
        actor=CITIZEN_ACTOR,
        now=now,
        changed=["state", "outcome", "closed_at", "acknowledged_at", "due_at"],
    )


@transaction.atomic
def erase_reporter(case_id: int, reporter_id: int, *, until: dt.datetime, now: dt.datetime) -> None:
    """Erase one of several reporters from a case; the case continues with the messages of the others.

    Where they sent further messages after `until`, those and the way to answer remain.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case_id)
    reporter_links = CaseMessage.objects.filter(case=case, message__reporter=reporter_id)
    erased_links = reporter_links.filter(message__received_at__lte=until)
    ids = set(erased_links.values_list("message_id", flat=True))
    positions = set(erased_links.values_list("message__latitude", "message__longitude"))
    links = CaseMessage.objects.filter(message__in=ids)
    others = set(links.exclude(case=case).values_list("case_id", flat=True))
    links.delete()
    channels.delete_messages(ids)
    letters = Outgoing.objects.filter(case=case, conversation__reporter=reporter_id)
    if reporter_links.filter(detached_at=None).exists():
        letters = letters.filter(created_at__lte=until)
    else:
        Report.objects.filter(case=case, reporter=reporter_id).delete()
        CallbackView.objects.filter(case=case, reporter=reporter_id).delete()
    letters.delete()
    here = Q(case_messages__case=case) | Q(case_messages__case__merged_into=case)
    remaining = Message.objects.filter(here, case_messages__detached_at=None)
    if not any(
        case.place and fold_text(case.place) in folded for folded in remaining.values_list("search_text", flat=True)
    ):
        case.title, case.place = CATEGORY_LABELS.get(case.category, event_data.UNKNOWN_TITLE), ""
    # the reporter's position, maybe their home; others may have sent a position too
    if (case.latitude, case.longitude) in positions:
        others_stood = remaining.exclude(latitude=None).order_by("pk").values_list("latitude", "longitude")
        case.latitude, case.longitude = others_stood.first() or (None, None)
    case.version, case.updated_at, case.reporter_unsatisfied = (
        case.version + 1,
        now,
        case.reporter_unsatisfied and has_negative_rating(case),
    )
    changed = ["title", "place", "latitude", "longitude", "reporter_unsatisfied", "version", "updated_at"]
    case.save(update_fields=[*rebuild_search_words(case), *changed])
    rebuild_cases(others)
    record_changes([ChangeRecord(case, Verb.ERASED, CITIZEN_ACTOR, {})], now=now)
