"""Sealing of an existing case: one that an officer recognised as a complaint, or an older one."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence

from django.db import transaction
from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from binhyen.areas import queries as areas
from binhyen.cases import event_data
from binhyen.cases.choices import NEVER_DOWN, OPEN_STATES, Verb
from binhyen.cases.group_tip_desk import GROUP_TIP
from binhyen.cases.models import Case, CaseMessage, Evidence, Note, Relation, Report
from binhyen.cases.services.restrict import lift as out_of_sight
from binhyen.cases.services.restrict import names_of, written
from binhyen.cases.services.search_index import retell_others
from binhyen.cases.services.unit_of_work import INTAKE, lock_for_system
from binhyen.channels.models import Attachment, Message, Outgoing
from binhyen.channels.services import BARE, bare, fingerprints
from binhyen.conduct import message_texts
from binhyen.conduct.models import Complaint
from binhyen.conduct.routing import NOTES
from binhyen.conduct.services import escalation, worker_tasks
from binhyen.conduct.services.attachments import copy_shown, seal_shown
from binhyen.conduct.services.intake import place, read, say
from binhyen.intake.model_cache import read_upward
from binhyen.intake.models import Correction
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.people.access import APART
from binhyen.vault import services as vault
from binhyen.vault.services.expiry import end_matters


@entered(PROGRAM)
@transaction.atomic
def lift(case_id: int, *, now: dt.datetime) -> bool:
    """Route the case and seal its data in the register, as a job of the worker; idempotent.

    Return False where it already had its desk.
    """
    case = lock_for_system(case_id)
    if not case.apart:
        return False
    told, units, notes = _told(case), _units(case), [words for _author, words, _at in _noted(case)]
    words = "\n\n".join(m.text for m in told if m.text) or "\n\n".join(notes)
    fresh = _desk(case, words, units, now=now)
    complaint = Complaint.objects.select_for_update(of=("self",)).select_related("veto", "case").get(case=case)
    if complaint.lock_id is None:
        return False
    if words and not fresh:
        escalation.learn(complaint, read(words, units)[1], now=now)
    for message in told:
        say(complaint, message.text, now=message.sent_at)
    _take(case, complaint, told, stays=_stays(case, told, units), now=now)
    _seal_left(case, complaint, now=now)
    return fresh


@entered(PROGRAM)
@transaction.atomic
def give_desk(case_id: int, *, besides: str = "", unit_ids: Collection[int] = (), now: dt.datetime) -> None:
    """Route a case that was just recognised, before the worker runs: in any process, by the messages readable there.

    `extra_text`: further text of its author. `seal_complaint_case` does the rest.
    """
    case = lock_for_system(case_id)
    if case.apart:
        words = "\n\n".join(filter(None, [*(m.text for m in _told(case)), besides]))
        _desk(case, words, {*_units(case), *unit_ids}, now=now)


def _desk(case: Case, words: str, unit_ids: Collection[int], *, now: dt.datetime) -> bool:
    if Complaint.objects.filter(case=case).exists():
        return False
    place(case, words=words, unit_ids=unit_ids, page_key=_page_key(case), alias=f"case:{case.code}", now=now)
    return True


def _page_key(case: Case) -> bytes:
    """Return the status page key if one person wrote everything, so that the page goes on showing it.

    With several reporters no one gets the key, because none of them may read the texts of the others.
    """
    reports = list(Report.objects.filter(case=case).select_related("conversation")[:2])
    talk = reports[0].conversation if len(reports) == 1 else None
    if talk is None or talk.page_key is None:
        return b""
    others = CaseMessage.objects.filter(case=case, detached_at=None).exclude(message__conversation=talk)
    return b"" if others.exists() else bytes(talk.page_key)


def _told(case: Case) -> list[Message]:
    """List its messages that are not emptied yet."""
    links = CaseMessage.objects.filter(case=case, detached_at=None).exclude(message__text="", message__category="")
    return [link.message for link in links.select_related("message", "message__group").order_by("pk")]


def _stays(case: Case, told: Sequence[Message], unit_ids: Collection[int]) -> set[int]:
    """Return messages that stay in plaintext on another case too, because another message is the complaint.

    Where no other message can be it, all of them are the complaint.
    """
    held = CaseMessage.objects.filter(message__in=told, detached_at=None, case__apart=False, case__forgotten_at=None)
    shared = set(held.exclude(case=case).values_list("message_id", flat=True))
    if not shared:
        return shared
    asked = [message for message in told if message.pk in shared]
    found = {m.pk for m in asked if read_upward(m.text, unit_ids=unit_ids).category not in NEVER_DOWN}
    return found if len(found) < len(told) else set()


def _take(case: Case, complaint: Complaint, told: Sequence[Message], *, stays: set[int], now: dt.datetime) -> None:
    """Remove the complaint's messages from the register and from every case; copy those that stay on another case."""
    mine = [message for message in told if message.pk not in stays]
    ids = [message.pk for message in mine]
    CaseMessage.objects.filter(case=case, message__in=stays, detached_at=None).update(detached_at=now)
    copy_shown(complaint, _of_messages(stays), now=now)
    seal_shown(complaint, _of_messages(ids), now=now)
    end_matters([f"{GROUP_TIP}:{message.public_id}" for message in mine], now=now)
    for message in mine:
        bare(message)
    Message.objects.bulk_update(mine, BARE)
    fingerprints.forget(message.public_id for message in mine)
    Correction.objects.filter(message__in=ids).delete()
    CaseMessage.objects.filter(message__in=ids, detached_at=None).exclude(case=case).update(detached_at=now)
    retell_others(ids, but=[case.pk])


def _of_messages(ids: Collection[int]) -> QuerySet[Attachment]:
    return Attachment.objects.filter(message__in=ids).select_related("message").order_by("pk")


def _seal_left(case: Case, complaint: Complaint, *, now: dt.datetime) -> None:
    """Seal texts of officers from before the recognition, with result and evidence, for the complaint's handlers alone.

    Letters are sealed for the reporter too, where their page opens them.
    """
    notes = complaint.owner + NOTES
    said = [(notes, *each) for each in (*_noted(case), *_closed(case))]
    if complaint.wrapped:
        said += [(complaint.owner, *each) for each in _written(case)]
    else:
        said += [(notes, author, message_texts.WRITTEN.format(text=text), at) for author, text, at in _written(case)]
    for owner, author, words, at in said:
        vault.seal_text(
            lock_id=complaint.lock_id or 0, owner=owner, kind=vault.Kind.REPLY, text=words, author=author, now=at
        )
    seal_shown(complaint, Attachment.objects.filter(evidence__case=case).order_by("pk"), now=now)
    Note.objects.filter(case=case).delete()
    Evidence.objects.filter(case=case).update(text="")
    Case.objects.filter(pk=case.pk).update(result="")
    Relation.objects.filter(Q(case=case) | Q(other=case)).delete()  # no other case may show that this one exists
    end_matters(names_of(case.pk), now=now)
    Outgoing.objects.filter(case=case, state=Outgoing.State.HELD).update(state=Outgoing.State.CANCELLED)
    letters_of_it = Outgoing.objects.filter(case=case).exclude(purpose=APART)
    sealed = Concat(Value(worker_tasks.LIFTED), Cast("pk", CharField()))
    letters_of_it.filter(officer__isnull=False).update(key=sealed)
    letters_of_it.update(purpose=APART, unit=None)
    worker_tasks.hush(case_id=case.pk)


Words = Iterator[tuple[str, str, dt.datetime]]  # (author as named in the audit log, text, time)


def _noted(case: Case) -> Words:
    for note in Note.objects.filter(case=case).select_related("officer").order_by("pk"):
        yield f"officer:{note.officer.public_id}", written(note), note.at


def _closed(case: Case) -> Words:
    """Yield evidence texts and the result of an earlier closing, before it was reopened."""
    for proof in Evidence.objects.filter(case=case).exclude(text="").select_related("officer").order_by("pk"):
        yield f"officer:{proof.officer.public_id}", message_texts.PROOF.format(text=proof.text), proof.at
    ended = case.events.filter(verb=Verb.CLOSED).order_by("-pk").first()
    if case.result and ended is not None:
        yield ended.actor, message_texts.ENDED.format(text=case.result), ended.at


def _written(case: Case) -> Words:
    """Yield letters of officers to reporters, each once for any number of recipients."""
    rows = Outgoing.objects.filter(case=case, officer__isnull=False).exclude(text="").exclude(purpose=APART)
    seen = set()
    for row in rows.select_related("officer").order_by("pk"):
        if row.officer is not None and (row.text, row.created_at) not in seen:
            seen.add((row.text, row.created_at))
            yield f"officer:{row.officer.public_id}", row.text, row.created_at


def _units(case: Case) -> list[int]:
    """List units possibly meant: former owners, the group's unit, and units of the author's other cases."""
    province = areas.directory().province_unit_id
    before = [event_data.unit_before(e.verb, e.data) for e in case.events.filter(verb__in=event_data.TELL_UNITS)]
    groups = CaseMessage.objects.filter(case=case, detached_at=None).values_list("message__group__unit", flat=True)
    reporters = Report.objects.filter(case=case).values("reporter")
    others = Report.objects.filter(reporter__in=reporters).exclude(case=case).values_list("case__unit_id", flat=True)
    found = [u for u in (*before, *groups, *others) if isinstance(u, int) and u != province]
    return list(dict.fromkeys(found))


def lift_all(*, now: dt.datetime, most: int = 200) -> int:
    """Seal all complaints by category that are unrestricted, or restricted without a store; return how many."""
    done = 0
    open_ = Case.objects.filter(category__in=NEVER_DOWN, apart=False, state__in=OPEN_STATES, absorbed=None)
    for pk in list(open_.values_list("pk", flat=True)[:most]):
        with transaction.atomic():
            case = lock_for_system(pk)
            out_of_sight(case, case.category, case.urgency, actor=INTAKE, now=now)
            done += lift(pk, now=now)
    kept = Complaint.objects.values("case_id")
    alone = Case.objects.filter(apart=True, forgotten_at=None)
    for pk in list(alone.exclude(pk__in=kept).values_list("pk", flat=True)[:most]):
        done += lift(pk, now=now)
    for pk in list(alone.filter(notes__isnull=False).values_list("pk", flat=True).distinct()[:most]):
        lift(pk, now=now)
    return done
