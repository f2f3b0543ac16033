"""Sealing of an existing case: one that an officer recognised as a complaint, or an older one."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence

from django.db import transaction
from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from binhyen.areas import queries as areas
from binhyen.cases import event_data
from binhyen.cases.choices import OPEN_STATES, PROVINCE_ONLY_CATEGORIES, Verb
from binhyen.cases.models import Case, CaseMessage, Evidence, Note, Relation, Report
from binhyen.cases.queries.linked_tips import GROUP_TIP
from binhyen.cases.services.restricted_cases import list_subjects, read_note
from binhyen.cases.services.restricted_cases import restrict as out_of_sight
from binhyen.cases.services.search_index import rebuild_cases_of_messages
from binhyen.cases.services.unit_of_work import INTAKE_ACTOR, lock_case_for_system
from binhyen.channels.models import Attachment, Message, Outgoing
from binhyen.channels.services import CLEARED_FIELDS, async_dlp, clear_content
from binhyen.conduct import message_texts
from binhyen.conduct.models import Complaint
from binhyen.conduct.routing import NOTES_SUFFIX
from binhyen.conduct.services import alarms, worker_tasks
from binhyen.conduct.services.attachments import copy_previews, seal_previews
from binhyen.conduct.services.intake import read_subjects, route_case, store_text
from binhyen.intake.model_cache import classify_with_officers
from binhyen.intake.models import Correction
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.people.access import COMPLAINT_PURPOSE
from binhyen.vault import services as vault
from binhyen.vault.services.expiry import end_requests


@rls_scope(PROGRAM_SCOPE)
@transaction.atomic
def seal_complaint_case(case_id: int, *, now: dt.datetime) -> bool:
    """Route the case and seal its data in the register, as a job of the worker; idempotent.

    Return False where it already had its desk.
    """
    case = lock_case_for_system(case_id)
    if not case.is_restricted:
        return False
    messages, units, notes = _list_messages(case), _list_units(case), [text for _author, text, _at in _iter_notes(case)]
    text = "\n\n".join(message_row.text for message_row in messages if message_row.text) or "\n\n".join(notes)
    is_new = _create_if_missing(case, text, units, now=now)
    complaint = Complaint.objects.select_for_update(of=("self",)).select_related("veto", "case").get(case=case)
    if complaint.lock_id is None:
        return False
    if text and not is_new:
        alarms.add_subjects(complaint, read_subjects(text, units)[1], now=now)
    for message in messages:
        store_text(complaint, message.text, now=message.sent_at)
    _move_messages(case, complaint, messages, staying_ids=_find_shared_messages(case, messages, units), now=now)
    _seal_officer_texts(case, complaint, now=now)
    return is_new


@rls_scope(PROGRAM_SCOPE)
@transaction.atomic
def ensure_complaint(case_id: int, *, besides: str = "", unit_ids: Collection[int] = (), now: dt.datetime) -> None:
    """Route a case that was just recognised, before the worker runs: in any process, by the messages readable there.

    `extra_text`: further text of its author. `seal_complaint_case` does the rest.
    """
    case = lock_case_for_system(case_id)
    if case.is_restricted:
        text = "\n\n".join(filter(None, [*(message.text for message in _list_messages(case)), besides]))
        _create_if_missing(case, text, {*_list_units(case), *unit_ids}, now=now)


def _create_if_missing(case: Case, text: str, unit_ids: Collection[int], *, now: dt.datetime) -> bool:
    if Complaint.objects.filter(case=case).exists():
        return False
    route_case(
        case, text=text, unit_ids=unit_ids, page_public_key=_get_page_key(case), alias=f"case:{case.code}", now=now
    )
    return True


def _get_page_key(case: Case) -> bytes:
    """Return the status page key if one person wrote everything, so that the page goes on showing it.

    With several reporters no one gets the key, because none of them may read the texts of the others.
    """
    reports = list(Report.objects.filter(case=case).select_related("conversation")[:2])
    conversation = reports[0].conversation if len(reports) == 1 else None
    if conversation is None or conversation.page_public_key is None:
        return b""
    other_messages = CaseMessage.objects.filter(case=case, detached_at=None).exclude(message__conversation=conversation)
    return b"" if other_messages.exists() else bytes(conversation.page_public_key)


def _list_messages(case: Case) -> list[Message]:
    """List its messages that are not emptied yet."""
    links = CaseMessage.objects.filter(case=case, detached_at=None).exclude(message__text="", message__category="")
    return [link.message for link in links.select_related("message", "message__group").order_by("pk")]


def _find_shared_messages(case: Case, messages: Sequence[Message], unit_ids: Collection[int]) -> set[int]:
    """Return messages that stay in plaintext on another case too, because another message is the complaint.

    Where no other message can be it, all of them are the complaint.
    """
    other_links = CaseMessage.objects.filter(
        message__in=messages, detached_at=None, case__is_restricted=False, case__erased_at=None
    )
    shared_ids = set(other_links.exclude(case=case).values_list("message_id", flat=True))
    if not shared_ids:
        return shared_ids
    shared_messages = [message for message in messages if message.pk in shared_ids]
    staying_ids = {
        candidate.pk
        for candidate in shared_messages
        if classify_with_officers(candidate.text, unit_ids=unit_ids).category not in PROVINCE_ONLY_CATEGORIES
    }
    return staying_ids if len(staying_ids) < len(messages) else set()


def _move_messages(
    case: Case, complaint: Complaint, messages: Sequence[Message], *, staying_ids: set[int], now: dt.datetime
) -> None:
    """Remove the complaint's messages from the register and from every case; copy those that stay on another case."""
    own_messages = [message for message in messages if message.pk not in staying_ids]
    ids = [message.pk for message in own_messages]
    CaseMessage.objects.filter(case=case, message__in=staying_ids, detached_at=None).update(detached_at=now)
    copy_previews(complaint, _list_attachments(staying_ids), now=now)
    seal_previews(complaint, _list_attachments(ids), now=now)
    end_requests([f"{GROUP_TIP}:{message.public_id}" for message in own_messages], now=now)
    for message in own_messages:
        clear_content(message)
    Message.objects.bulk_update(own_messages, CLEARED_FIELDS)
    async_dlp.defer_fingerprint_deletion(message.public_id for message in own_messages)
    Correction.objects.filter(message__in=ids).delete()
    CaseMessage.objects.filter(message__in=ids, detached_at=None).exclude(case=case).update(detached_at=now)
    rebuild_cases_of_messages(ids, exclude_case_ids=[case.pk])


def _list_attachments(ids: Collection[int]) -> QuerySet[Attachment]:
    return Attachment.objects.filter(message__in=ids).select_related("message").order_by("pk")


def _seal_officer_texts(case: Case, complaint: Complaint, *, now: dt.datetime) -> None:
    """Seal texts of officers from before the recognition, with result and evidence, for the complaint's handlers alone.

    Letters are sealed for the reporter too, where their page opens them.
    """
    notes = complaint.owner + NOTES_SUFFIX
    entries = [(notes, *entry) for entry in (*_iter_notes(case), *_iter_results(case))]
    if complaint.page_wrapped_key:
        entries += [(complaint.owner, *entry) for entry in _iter_letters(case)]
    else:
        entries += [
            (notes, author, message_texts.WRITTEN.format(text=text), written_at)
            for author, text, written_at in _iter_letters(case)
        ]
    for owner, author, entry_text, written_at in entries:
        vault.seal_text(
            lock_id=complaint.lock_id or 0,
            owner=owner,
            kind=vault.Kind.REPLY,
            text=entry_text,
            author=author,
            now=written_at,
        )
    seal_previews(complaint, Attachment.objects.filter(evidence__case=case).order_by("pk"), now=now)
    Note.objects.filter(case=case).delete()
    Evidence.objects.filter(case=case).update(text="")
    Case.objects.filter(pk=case.pk).update(result="")
    Relation.objects.filter(Q(case=case) | Q(related_case=case)).delete()  # no other case may show that this one exists
    end_requests(list_subjects(case.pk), now=now)
    Outgoing.objects.filter(case=case, state=Outgoing.State.HELD).update(state=Outgoing.State.CANCELLED)
    letters_of_it = Outgoing.objects.filter(case=case).exclude(purpose=COMPLAINT_PURPOSE)
    sealed = Concat(Value(worker_tasks.SEALED_LETTER_PREFIX), Cast("pk", CharField()))
    letters_of_it.filter(officer__isnull=False).update(key=sealed)
    letters_of_it.update(purpose=COMPLAINT_PURPOSE, unit=None)
    worker_tasks.erase_sent_letters(case_id=case.pk)


TextRows = Iterator[tuple[str, str, dt.datetime]]  # (author as named in the audit log, text, time)


def _iter_notes(case: Case) -> TextRows:
    for note in Note.objects.filter(case=case).select_related("officer").order_by("pk"):
        yield f"officer:{note.officer.public_id}", read_note(note), note.at


def _iter_results(case: Case) -> TextRows:
    """Yield evidence texts and the result of an earlier closing, before it was reopened."""
    for proof in Evidence.objects.filter(case=case).exclude(text="").select_related("officer").order_by("pk"):
        yield f"officer:{proof.officer.public_id}", message_texts.PROOF.format(text=proof.text), proof.at
    ended = case.events.filter(verb=Verb.CLOSED).order_by("-pk").first()
    if case.result and ended is not None:
        yield ended.actor, message_texts.ENDED.format(text=case.result), ended.at


def _iter_letters(case: Case) -> TextRows:
    """Yield letters of officers to reporters, each once for any number of recipients."""
    rows = Outgoing.objects.filter(case=case, officer__isnull=False).exclude(text="").exclude(purpose=COMPLAINT_PURPOSE)
    sent_texts = set()
    for row in rows.select_related("officer").order_by("pk"):
        if row.officer is not None and (row.text, row.created_at) not in sent_texts:
            sent_texts.add((row.text, row.created_at))
            yield f"officer:{row.officer.public_id}", row.text, row.created_at


def _list_units(case: Case) -> list[int]:
    """List units possibly meant: former owners, the group's unit, and units of the author's other cases."""
    province = areas.get_directory().province_unit_id
    previous_units = [
        event_data.get_unit_before(event.verb, event.data)
        for event in case.events.filter(verb__in=event_data.UNIT_VERBS)
    ]
    groups = CaseMessage.objects.filter(case=case, detached_at=None).values_list("message__group__unit", flat=True)
    reporters = Report.objects.filter(case=case).values("reporter")
    other_units = (
        Report.objects.filter(reporter__in=reporters).exclude(case=case).values_list("case__unit_id", flat=True)
    )
    unit_ids = [
        unit_id
        for unit_id in (*previous_units, *groups, *other_units)
        if isinstance(unit_id, int) and unit_id != province
    ]
    return list(dict.fromkeys(unit_ids))


def seal_all_cases(*, now: dt.datetime, limit: int = 200) -> int:
    """Seal all complaints by category that are unrestricted, or restricted without a store; return how many."""
    done = 0
    open_ = Case.objects.filter(
        category__in=PROVINCE_ONLY_CATEGORIES, is_restricted=False, state__in=OPEN_STATES, absorbed=None
    )
    for pk in list(open_.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            case = lock_case_for_system(pk)
            out_of_sight(case, case.category, case.urgency, actor=INTAKE_ACTOR, now=now)
            done += seal_complaint_case(pk, now=now)
    stored_ids = Complaint.objects.values("case_id")
    restricted = Case.objects.filter(is_restricted=True, erased_at=None)
    for pk in list(restricted.exclude(pk__in=stored_ids).values_list("pk", flat=True)[:limit]):
        done += seal_complaint_case(pk, now=now)
    for pk in list(restricted.filter(notes__isnull=False).values_list("pk", flat=True).distinct()[:limit]):
        seal_complaint_case(pk, now=now)
    return done
