"""Complaint intake: routed, encrypted, and emptied in the register. In the caller's transaction, in program scope."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

# nosemgrep: primitives-elsewhere  wraps the key for the reporter's status link; the vault's envelopes do the rest
from nacl.secret import SecretBox

from binhyen.areas import queries as areas
from binhyen.cases.choices import CONDUCT, NEVER_DOWN, Lane
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.services import restricted_cases
from binhyen.cases.services.create import Opening, open_cases
from binhyen.cases.services.exclusions import follow_later
from binhyen.cases.services.unit_of_work import CITIZEN, matter
from binhyen.channels.models import Attachment, Message
from binhyen.channels.services import BARE, bare, fingerprints, hold_apart
from binhyen.channels.services.sealed_files import set_apart
from binhyen.conduct import queries
from binhyen.conduct.models import Complaint, Move
from binhyen.conduct.routing import GROUPS, Route, Subject, route
from binhyen.conduct.services import alarms, escalation, seal_case
from binhyen.conduct.services.attachments import keep_pictures, seal_shown
from binhyen.conduct.subject_extraction import dangerous, named
from binhyen.intake.complaint_store import Sealed, Telling
from binhyen.intake.models import Correction
from binhyen.kit.text import fold
from binhyen.people import officer_names
from binhyen.people.models import Veto
from binhyen.vault import envelopes
from binhyen.vault import services as vault
from binhyen.vault.envelopes import PublicKey

_CATEGORY = next(iter(NEVER_DOWN))


@dataclass(frozen=True, slots=True)
class Taken:
    """A new complaint with the private half of its key, for one more copy; forget it after that."""

    complaint: Complaint
    route: Route
    private: bytes


@transaction.atomic(savepoint=False)
def take_in(telling: Telling, *, owner: str = "", now: dt.datetime) -> Taken:
    """Create a complaint. `owner`: name of its texts in the vault, where another feature reads them too (a tip)."""
    telling = _rated(telling)
    [case] = open_cases(
        [
            Opening(
                kind=CONDUCT, lane=Lane.REFLECTION, category=_CATEGORY, urgency=telling.urgency, sensitive=True,
                title="", unit_id=areas.directory().province_unit_id, actor=CITIZEN,
                reporter_id=telling.reporter_id, conversation_id=telling.conversation_id, link_hash=telling.link_hash,
                message_ids=(telling.message_id, *telling.before) if telling.message_id else (),
            )
        ],
        ladder=ladder(), now=now,
    )  # fmt: skip
    taken = place(case, words=telling.words, unit_ids=telling.unit_ids, owner=owner, link_key=telling.link_key, now=now)
    _tell(taken.complaint, telling, now=now)
    return taken


@transaction.atomic(savepoint=False)
def adopt(case_id: int, telling: Telling, *, sealed: Sealed, now: dt.datetime) -> None:
    """Turn a sealed conversation into a complaint after a further message.

    All of it is routed by the whole text; the desk that read it loses its key to the old texts too. The worker does the
    rest (seal_complaint_case).
    """
    telling = _rated(telling)
    case = restricted_cases.lifted(case_id=case_id, category=_CATEGORY, urgency=telling.urgency, now=now)
    words = f"{sealed.words}\n\n{telling.words}"
    taken = place(
        case, words=words, unit_ids=telling.unit_ids, owner=sealed.owner, alias=f"case:{case.code}", sealed=sealed,
        now=now,
    )  # fmt: skip
    follow_later(case.pk)
    say(taken.complaint, telling.words, now=now)


def read(words: str, unit_ids: Collection[int]) -> tuple[Route, list[Subject]]:
    """Return the route of a complaint's text and its possible subjects. Writes nothing."""
    said = named(fold(words), officer_names.everybody(), queries.near(unit_ids))
    about = queries.subjects(said.ranks, unit_ids=unit_ids, officer_ids=said.officer_ids)
    return route(about, queries.handlers()), about


def place(
    case: Case, *, words: str, unit_ids: Collection[int], owner: str = "", link_key: bytes = b"", page_key: bytes = b"",
    alias: str = "", sealed: Sealed | None = None, now: dt.datetime,
) -> Taken:  # fmt: skip
    """Route a restricted case by its text; create its key, or re-encrypt an existing one to the new desks.

    The reporter's copy of the key is encrypted with `link_key`, or with the `page_key` of the status page where no link
    is at hand.
    """
    to, about = read(words, unit_ids)
    kept = sorted(to.kept_from)
    veto = Veto.objects.create(matter=matter(case), alias=alias, desk=to.desk, kept_from=kept, since=now)
    lock_id, private = _lock([GROUPS[desk] for desk in to.keys], sealed, now=now)
    complaint = Complaint(
        case=case, veto=veto, lock_id=lock_id, ranks=sorted({s.rank.value for s in about}), urgency=case.urgency,
        told_at=now, wrapped=SecretBox(link_key).encrypt(private) if link_key else b"",
    )  # fmt: skip
    if page_key:
        context = queries.wrapped_context(complaint.public_id)
        complaint.wrapped = envelopes.seal(private, to=PublicKey(page_key), context=context)
    complaint.owner = owner or f"conduct:{complaint.public_id}"
    complaint.save(force_insert=True)
    Move.objects.create(complaint=complaint, desk=to.desk, why=Move.Why.CAME, at=now)
    alarms.ring_if_urgent(complaint, complaint.urgency, now=now)
    return Taken(complaint, to, private)


def _lock(groups: Sequence[str], sealed: Sealed | None, *, now: dt.datetime) -> tuple[int, bytes]:
    if sealed is not None:
        vault.pass_lock(sealed.lock_id, sealed.private, groups)
        return sealed.lock_id, sealed.private
    private: list[bytes] = []
    return vault.new_lock(groups, now=now, keep=private).pk, private[0]


def say(complaint: Complaint, words: str, *, now: dt.datetime) -> None:
    """Store a message of the reporter, encrypted to the conversation."""
    if words.strip():
        vault.seal_text(
            lock_id=complaint.lock_id or 0, owner=complaint.owner, kind=vault.Kind.TOLD, text=words, now=now
        )


def _rated(telling: Telling) -> Telling:
    """Return the text with the urgency of a complaint, which overrides the classifier."""
    return replace(telling, urgency=3) if dangerous(fold(telling.words)) else telling


def _tell(complaint: Complaint, telling: Telling, *, now: dt.datetime) -> None:
    """Store texts and pictures, and mark files that are still to be fetched."""
    say(complaint, telling.context, now=now)
    say(complaint, telling.words, now=now)
    keep_pictures(complaint, telling.files, now=now)
    if telling.message_id:
        set_apart([telling.message_id], lock_id=complaint.lock_id or 0)
    take_before(complaint, telling.before, now=now)


@transaction.atomic(savepoint=False)
def hear(case_id: int, telling: Telling, *, now: dt.datetime) -> None:
    """Add a further message of the reporter. New subjects are excluded at once, and the complaint moves up."""
    telling = _rated(telling)
    complaint = Complaint.objects.select_for_update(of=("self",)).select_related("veto", "case").get(case_id=case_id)
    if complaint.lock_id:
        _tell(complaint, telling, now=now)
        escalation.learn(complaint, read(telling.words, telling.unit_ids)[1], now=now)
    complaint.told_at = now
    complaint.urgency = max(complaint.urgency, telling.urgency)
    complaint.save(update_fields=["told_at", "urgency"])
    for message_id in (telling.message_id, *telling.before) if telling.message_id else ():
        CaseMessage.objects.create(case_id=case_id, message_id=message_id, attached_at=now, attached_by="system:intake")
        hold_apart(message_id)
    told = {"conversation_id": telling.conversation_id, "at": now}
    if telling.reporter_id is not None:
        Report.objects.get_or_create(case_id=case_id, reporter_id=telling.reporter_id, defaults=told)
    restricted_cases.heard(case_id=case_id, resumes=telling.resumes, now=now)
    complaint.case.refresh_from_db(fields=["state"])
    alarms.ring_if_urgent(complaint, telling.urgency, now=now)


def take_before(complaint: Complaint, message_ids: Collection[int], *, now: dt.datetime) -> None:
    """Seal the attachments and empty these messages; their texts are already part of the complaint.

    Runs in the caller's transaction.
    """
    if not message_ids:
        return
    rows = list(Message.objects.select_for_update(of=("self",)).filter(pk__in=message_ids).order_by("pk"))
    seal_shown(complaint, Attachment.objects.filter(message__in=rows).select_related("message"), now=now)
    set_apart(message_ids, lock_id=complaint.lock_id or 0)
    for message in rows:
        bare(message)
        hold_apart(message.pk)
    Message.objects.bulk_update(rows, BARE)
    fingerprints.forget(message.public_id for message in rows)
    Correction.objects.filter(message__in=message_ids).delete()


@transaction.atomic(savepoint=False)
def take_up(case_id: int, telling: Telling, *, now: dt.datetime) -> Complaint:
    """Restrict the case at once; the worker seals the earlier texts (seal_case.seal_complaint_case)."""
    case = restricted_cases.lifted(case_id=case_id, category=next(iter(NEVER_DOWN)), urgency=telling.urgency, now=now)
    seal_case.give_desk(case_id, besides=telling.words, unit_ids=telling.unit_ids, now=now)
    hear(case.pk, telling, now=now)
    return Complaint.objects.select_related("case", "veto").get(case=case)
