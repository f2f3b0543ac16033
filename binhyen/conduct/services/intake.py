"""Complaint intake: routed, encrypted, and emptied in the register. In the caller's transaction, in program scope."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

# nosemgrep: primitives-elsewhere  wraps the key for the reporter's status link; the vault's envelopes do the rest
from nacl.secret import SecretBox

from binhyen.areas import queries as areas
from binhyen.cases.choices import CONDUCT_KIND, PROVINCE_ONLY_CATEGORIES, Lane
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.services import restricted_cases
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.exclusions import enqueue_exclusion_update
from binhyen.cases.services.unit_of_work import CITIZEN_ACTOR, audit_subject
from binhyen.channels.models import Attachment, Message
from binhyen.channels.services import CLEARED_FIELDS, async_dlp, clear_content, retain_cleared_message
from binhyen.channels.services.media import mark_files_restricted
from binhyen.conduct import queries
from binhyen.conduct.models import Complaint, DeskTransfer
from binhyen.conduct.routing import DESK_KEY_GROUPS, Route, Subject, route_complaint
from binhyen.conduct.services import alarms, seal_case
from binhyen.conduct.services.attachments import seal_previews, store_pictures
from binhyen.conduct.subject_extraction import extract_subjects, is_dangerous
from binhyen.intake.complaint_store import ComplaintText, SealedConversationText
from binhyen.intake.models import Correction
from binhyen.kit.text import fold_text
from binhyen.people import queries as people_queries
from binhyen.people.models import ConflictRule
from binhyen.vault import envelopes
from binhyen.vault import services as vault
from binhyen.vault.envelopes import PublicKey

_COMPLAINT_CATEGORY = next(iter(PROVINCE_ONLY_CATEGORIES))


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """A new complaint with the private half of its key, for one more copy; forget it after that."""

    complaint: Complaint
    route: Route
    private: bytes


@transaction.atomic(savepoint=False)
def create_complaint(complaint_text: ComplaintText, *, owner: str = "", now: dt.datetime) -> NewComplaint:
    """Create a complaint. `owner`: name of its texts in the vault, where another feature reads them too (a tip)."""
    complaint_text = _with_urgency(complaint_text)
    [case] = create_cases(
        [
            NewCase(
                kind=CONDUCT_KIND,
                lane=Lane.REFLECTION,
                category=_COMPLAINT_CATEGORY,
                urgency=complaint_text.urgency,
                sensitive=True,
                title="",
                unit_id=areas.get_directory().province_unit_id,
                actor=CITIZEN_ACTOR,
                reporter_id=complaint_text.reporter_id,
                conversation_id=complaint_text.conversation_id,
                link_hash=complaint_text.link_hash,
                message_ids=(complaint_text.message_id, *complaint_text.before) if complaint_text.message_id else (),
            )
        ],
        ladder=get_alarm_delays(),
        now=now,
    )
    new_complaint = route_case(
        case,
        text=complaint_text.words,
        unit_ids=complaint_text.unit_ids,
        owner=owner,
        link_key=complaint_text.link_key,
        now=now,
    )
    _store_texts_and_files(new_complaint.complaint, complaint_text, now=now)
    return new_complaint


@transaction.atomic(savepoint=False)
def adopt_case(
    case_id: int, complaint_text: ComplaintText, *, sealed: SealedConversationText, now: dt.datetime
) -> None:
    """Turn a sealed conversation into a complaint after a further message.

    All of it is routed by the whole text; the desk that read it loses its key to the old texts too. The worker does the
    rest (seal_complaint_case).
    """
    complaint_text = _with_urgency(complaint_text)
    case = restricted_cases.mark_restricted(
        case_id=case_id, category=_COMPLAINT_CATEGORY, urgency=complaint_text.urgency, now=now
    )
    full_text = f"{sealed.words}\n\n{complaint_text.words}"
    new_complaint = route_case(
        case,
        text=full_text,
        unit_ids=complaint_text.unit_ids,
        owner=sealed.owner,
        alias=f"case:{case.code}",
        sealed=sealed,
        now=now,
    )
    enqueue_exclusion_update(case.pk)
    store_text(new_complaint.complaint, complaint_text.words, now=now)


def read_subjects(text: str, unit_ids: Collection[int]) -> tuple[Route, list[Subject]]:
    """Return the route of a complaint's text and its possible subjects. Writes nothing."""
    mentions = extract_subjects(
        fold_text(text), people_queries.list_all_names(), queries.list_officers_of_units(unit_ids)
    )
    found_subjects = queries.build_subjects(mentions.ranks, unit_ids=unit_ids, officer_ids=mentions.officer_ids)
    return route_complaint(found_subjects, queries.list_handlers()), found_subjects


def route_case(
    case: Case,
    *,
    text: str,
    unit_ids: Collection[int],
    owner: str = "",
    link_key: bytes = b"",
    page_public_key: bytes = b"",
    alias: str = "",
    sealed: SealedConversationText | None = None,
    now: dt.datetime,
) -> NewComplaint:
    """Route a restricted case by its text; create its key, or re-encrypt an existing one to the new desks.

    The reporter's copy of the key is encrypted with `link_key`, or with the `page_public_key` of the status
    page where no link is at hand.
    """
    case_route, case_subjects = read_subjects(text, unit_ids)
    conflict_keys = sorted(case_route.conflict_keys)
    veto = ConflictRule.objects.create(
        subject_ref=audit_subject(case), alias=alias, desk=case_route.desk, conflict_keys=conflict_keys, since=now
    )
    lock_id, private = _create_key([DESK_KEY_GROUPS[desk] for desk in case_route.keys], sealed, now=now)
    complaint = Complaint(
        case=case,
        veto=veto,
        lock_id=lock_id,
        subject_ranks=sorted({subject.rank.value for subject in case_subjects}),
        urgency=case.urgency,
        last_message_at=now,
        page_wrapped_key=SecretBox(link_key).encrypt(private) if link_key else b"",
    )
    if page_public_key:
        context = queries.format_wrapped_context(complaint.public_id)
        complaint.page_wrapped_key = envelopes.seal_envelope(private, to=PublicKey(page_public_key), context=context)
    complaint.owner = owner or f"conduct:{complaint.public_id}"
    complaint.save(force_insert=True)
    DeskTransfer.objects.create(complaint=complaint, desk=case_route.desk, why=DeskTransfer.Why.CAME, at=now)
    alarms.raise_if_urgent(complaint, complaint.urgency, now=now)
    return NewComplaint(complaint, case_route, private)


def _create_key(groups: Sequence[str], sealed: SealedConversationText | None, *, now: dt.datetime) -> tuple[int, bytes]:
    if sealed is not None:
        vault.reassign_conversation_key(sealed.key_id, sealed.private, groups)
        return sealed.key_id, sealed.private
    private: list[bytes] = []
    return vault.create_conversation_key(groups, now=now, private_out=private).pk, private[0]


def store_text(complaint: Complaint, text: str, *, now: dt.datetime) -> None:
    """Store a message of the reporter, encrypted to the conversation."""
    if text.strip():
        vault.seal_text(lock_id=complaint.lock_id or 0, owner=complaint.owner, kind=vault.Kind.TOLD, text=text, now=now)


def _with_urgency(complaint_text: ComplaintText) -> ComplaintText:
    """Return the text with the urgency of a complaint, which overrides the classifier."""
    return replace(complaint_text, urgency=3) if is_dangerous(fold_text(complaint_text.words)) else complaint_text


def _store_texts_and_files(complaint: Complaint, complaint_text: ComplaintText, *, now: dt.datetime) -> None:
    """Store texts and pictures, and mark files that are still to be fetched."""
    store_text(complaint, complaint_text.context, now=now)
    store_text(complaint, complaint_text.words, now=now)
    store_pictures(complaint, complaint_text.files, now=now)
    if complaint_text.message_id:
        mark_files_restricted([complaint_text.message_id], lock_id=complaint.lock_id or 0)
    seal_earlier_messages(complaint, complaint_text.before, now=now)


@transaction.atomic(savepoint=False)
def add_message(case_id: int, complaint_text: ComplaintText, *, now: dt.datetime) -> None:
    """Add a further message of the reporter. New subjects are excluded at once, and the complaint moves up."""
    complaint_text = _with_urgency(complaint_text)
    restricted_cases.lock_restricted(case_id)
    complaint = Complaint.objects.select_for_update(of=("self",)).select_related("veto", "case").get(case_id=case_id)
    if complaint.lock_id:
        _store_texts_and_files(complaint, complaint_text, now=now)
        alarms.add_subjects(complaint, read_subjects(complaint_text.words, complaint_text.unit_ids)[1], now=now)
    complaint.last_message_at = now
    complaint.urgency = max(complaint.urgency, complaint_text.urgency)
    complaint.save(update_fields=["last_message_at", "urgency"])
    for message_id in (complaint_text.message_id, *complaint_text.before) if complaint_text.message_id else ():
        CaseMessage.objects.create(case_id=case_id, message_id=message_id, attached_at=now, attached_by="system:intake")
        retain_cleared_message(message_id)
    defaults = {"conversation_id": complaint_text.conversation_id, "at": now}
    if complaint_text.reporter_id is not None:
        Report.objects.get_or_create(case_id=case_id, reporter_id=complaint_text.reporter_id, defaults=defaults)
    restricted_cases.record_follow_up(case_id=case_id, resumes=complaint_text.resumes, now=now)
    complaint.case.refresh_from_db(fields=["state"])
    alarms.raise_if_urgent(complaint, complaint_text.urgency, now=now)


def seal_earlier_messages(complaint: Complaint, message_ids: Collection[int], *, now: dt.datetime) -> None:
    """Seal the attachments and empty these messages; their texts are already part of the complaint.

    Runs in the caller's transaction.
    """
    if not message_ids:
        return
    rows = list(Message.objects.select_for_update(of=("self",)).filter(pk__in=message_ids).order_by("pk"))
    seal_previews(complaint, Attachment.objects.filter(message__in=rows).select_related("message"), now=now)
    mark_files_restricted(message_ids, lock_id=complaint.lock_id or 0)
    for message in rows:
        clear_content(message)
        retain_cleared_message(message.pk)
    Message.objects.bulk_update(rows, CLEARED_FIELDS)
    async_dlp.defer_fingerprint_deletion(message.public_id for message in rows)
    Correction.objects.filter(message__in=message_ids).delete()


@transaction.atomic(savepoint=False)
def convert_earlier_case(case_id: int, complaint_text: ComplaintText, *, now: dt.datetime) -> Complaint:
    """Restrict the case at once; the worker seals the earlier texts (seal_case.seal_complaint_case)."""
    case = restricted_cases.mark_restricted(
        case_id=case_id, category=next(iter(PROVINCE_ONLY_CATEGORIES)), urgency=complaint_text.urgency, now=now
    )
    seal_case.ensure_complaint(case_id, besides=complaint_text.words, unit_ids=complaint_text.unit_ids, now=now)
    add_message(case.pk, complaint_text, now=now)
    return Complaint.objects.select_related("case", "veto").get(case=case)
