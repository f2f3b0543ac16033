"""Links between messages and cases: promote, attach, detach, merge, unmerge, relate."""

import datetime as dt
from contextlib import nullcontext

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from binhyen.cases import event_data
from binhyen.cases.choices import CATEGORY_LABELS, OPEN_STATES, State, Verb
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.kinds import kind_for
from binhyen.cases.models import Case, CaseMessage, Clock, Relation, Report
from binhyen.cases.queries.case_detail import access_case
from binhyen.cases.queries.case_page import related
from binhyen.cases.queries.linked_tips import stays
from binhyen.cases.queries.lost_found import opposite, partners
from binhyen.cases.rules import Ladder, NotAllowed, alarm_starts, check_merge
from binhyen.cases.services import merge_inheritance
from binhyen.cases.services.alarms import hush, ring
from binhyen.cases.services.create import Opening, open_cases
from binhyen.cases.services.location import told_place
from binhyen.cases.services.lost_found import match_later
from binhyen.cases.services.search_index import hushed, retell, tell_more
from binhyen.cases.services.splitting import split
from binhyen.cases.services.unit_of_work import (
    Actor,
    acting,
    facts,
    finish,
    keep_clocks,
    lock,
    lock_for_system,
    require,
)
from binhyen.channels import queries as message_queries
from binhyen.channels import services as channels
from binhyen.channels.models import Message, Outgoing
from binhyen.kit import rls_scope
from binhyen.people.models import Officer
from binhyen.people.roles import May


@transaction.atomic
def promote(
    *, message_id: str, officer: Officer, category: str, urgency: int, title: str = "", ladder: Ladder, now: dt.datetime
) -> Case:
    """Open a case for a message that intake took for small talk. `message_id`: its public id.

    Only once, even where two officers submit at the same time.
    """
    require(officer, May.WORK_CASES)
    message = message_queries.access_message(officer, message_id, lock=True)
    if message.in_case:
        raise NotAllowed(_("Tin này đã nằm trong một vụ việc."))
    if category not in CATEGORY_LABELS or not 0 <= urgency <= 3:
        raise NotAllowed(_("Phân loại không hợp lệ."))
    chosen = kind_for(category)
    unit_id = message.unit_id or officer.unit_id
    commune_id, area_id, place = told_place(message)
    title = title.strip() or " · ".join(filter(None, [CATEGORY_LABELS[category], place]))
    (case,) = open_cases(
        [
            Opening(
                kind=chosen.code, lane=chosen.lane_of(category), category=category, urgency=urgency,
                sensitive=message.sensitive, title=title, unit_id=unit_id, commune_id=commune_id,
                area_id=area_id, place=place,
                actor=acting(officer), folded=message.folded,
                marked=message.marked, latitude=message.latitude,
                longitude=message.longitude, reporter_id=message.reporter_id, conversation_id=message.conversation_id,
                message_ids=(message.pk,), words=message.text, told_at=message.received_at,
            )
        ],
        ladder=ladder,
        now=now,
    )  # fmt: skip
    with rls_scope.also(rls_scope.PROGRAM) if case.apart else nullcontext():  # it goes where the officer may not see it
        channels.hold(message.pk, unit_id=case.unit_id)
    match_later([case])
    return case


@transaction.atomic
def attach(*, code: str, message_id: str, officer: Officer, version: int | None, now: dt.datetime) -> Case:
    """Attach a message to the case too; its author becomes a reporter of the case."""
    require(officer, May.WORK_CASES)
    case = lock(code, officer=officer, version=version)
    message = message_queries.access_message(officer, message_id)
    if CaseMessage.objects.filter(case=case, message=message, detached_at=None).exists():
        raise NotAllowed(_("Tin nhắn này đã gắn vào vụ việc."))
    CaseMessage.objects.create(case=case, message=message, attached_at=now, attached_by=acting(officer).label)
    channels.hold(message.pk, unit_id=case.unit_id)
    Report.objects.get_or_create(
        case=case, reporter_id=message.reporter_id, defaults={"conversation_id": message.conversation_id, "at": now}
    )
    changed = [] if hushed(message) else tell_more(case, message.folded, message.marked)
    finish(case, Verb.ATTACHED, actor=acting(officer), now=now, data={"message": message.pk}, changed=changed)
    return case


@transaction.atomic
def detach(*, code: str, message_id: str, officer: Officer, version: int | None, now: dt.datetime) -> Case:
    """Detach a message; it becomes unassigned unless another case has it. Returns the case.

    The last message of a reporter with a receipt of this case becomes a new case, which is returned: they wait for an
    outcome.
    """
    require(officer, May.WORK_CASES)
    case = lock(code, officer=officer, version=version)
    link = CaseMessage.objects.filter(case=case, message__public_id=message_id, detached_at=None).first()
    if link is None:
        raise NotAllowed(_("Tin nhắn này không gắn với vụ việc."))
    if not CaseMessage.objects.filter(case=case, detached_at=None).exclude(pk=link.pk).exists():
        raise NotAllowed(
            _("Vụ việc chỉ có lời này, tách ra thì không còn gì. Hãy kết thúc, gộp vào vụ khác hoặc phân loại lại.")
        )
    if _waits(case, link.message):
        return split(code=code, message_id=message_id, officer=officer, version=version, ladder=ladder(), now=now)
    link.detached_at = now
    link.save(update_fields=["detached_at"])
    if not CaseMessage.objects.filter(message_id=link.message_id, detached_at=None).exists():
        channels.release([link.message_id], now=now)
    _leaves(case, link.message.reporter_id)
    data = {"message": link.message_id}
    finish(case, Verb.DETACHED, actor=acting(officer), now=now, data=data, changed=retell(case))
    return case


def _waits(case: Case, message: Message) -> bool:
    """Return whether this is the last message of a reporter with a receipt."""
    others = CaseMessage.objects.filter(case=case, message__reporter=message.reporter_id, detached_at=None)
    if others.exclude(message=message).exists() or message.conversation_id is None:
        return False
    return Outgoing.objects.filter(case=case, conversation=message.conversation_id, purpose="ACK").exists()


def _leaves(case: Case, reporter_id: int) -> None:
    """Remove a reporter without messages on the case, so that they get no replies about it. A status page stays."""
    if not CaseMessage.objects.filter(case=case, message__reporter=reporter_id, detached_at=None).exists():
        Report.objects.filter(case=case, reporter_id=reporter_id, link_hash=None, helped=None).delete()


@transaction.atomic
def merge(*, code: str, into: str, officer: Officer, version: int | None, now: dt.datetime) -> Case:
    """Merge case `code` into case `into`, reversibly.

    Nothing is moved except its clocks, which run on with `into` until unmerged, so that the earliest deadline counts.
    """
    require(officer, May.WORK_CASES)
    # a fixed lock order prevents deadlocks between merges and links
    locked = {c: lock(c, officer=officer, version=version if c == code else None) for c in sorted({code, into})}
    if len(locked) < 2:
        raise NotAllowed(_("Không thể gộp một vụ việc vào chính nó."))
    case, target = locked[code], locked[into]
    check_merge(facts(case), facts(target), alone=stays(case) or stays(target))
    if case.barred is not None or target.barred is not None:  # an officer with access to one would read the other
        raise NotAllowed(_("Hai vụ này không gộp được."))
    if case.absorbed.exists():
        raise NotAllowed(_("Vụ việc này đã nhận vụ khác gộp vào; hãy gộp ngược lại."))
    hush(case, by=officer.pk, now=now)
    case.state_before_merge, case.state, case.merged_into, case.due_at = case.state, State.MERGED, target, None
    own = merge_inheritance.own(target)
    Clock.objects.filter(case=case).update(case=target, lent_by=case)
    finish(
        case, Verb.MERGED, actor=acting(officer), now=now, data={"into": target.code},
        changed=["state", "state_before_merge", "merged_into", "due_at"],
    )  # fmt: skip
    # the holder of the target knows it as an ordinary case
    rings = merge_inheritance.unheard(case) and not alarm_starts(target.urgency)
    target.urgency, target.sensitive = max(target.urgency, case.urgency), target.sensitive or case.sensitive
    keep_clocks(target, now=now)
    finish(
        target, Verb.ABSORBED, actor=acting(officer), now=now, data=event_data.Absorbed(case=case.code, own=own),
        changed=["urgency", "sensitive", "due_at", *(ring(target, ladder=ladder(), now=now) if rings else ())],
        alarms=rings,
    )  # fmt: skip
    return case


@transaction.atomic
def unmerge(*, code: str, officer: Officer, version: int | None, now: dt.datetime) -> Case:
    """Undo a merge: the case gets its state and its clocks back."""
    require(officer, May.WORK_CASES)
    mine = access_case(officer, code)
    if mine.merged_into is None:
        raise NotAllowed(_("Vụ việc này không bị gộp."))
    with rls_scope.also(f"case:{mine.merged_into.pk}"):
        # a fixed lock order prevents deadlocks between merges and links
        for pk in sorted((mine.pk, mine.merged_into.pk)):
            lock_for_system(pk)
        case, target = lock(code, officer=officer, version=version), lock_for_system(mine.merged_into.pk)
        if case.merged_into_id != target.pk:
            raise NotAllowed(_("Vụ việc này không bị gộp."))
        part(case, target, actor=acting(officer), now=now)
    return case


def part(case: Case, target: Case, *, loud: bool = True, actor: Actor, now: dt.datetime) -> None:
    """Separate two locked cases; each gets back its own values.

    `restart_alarms`: an alarm silenced only by the merge starts again.
    """
    Clock.objects.filter(lent_by=case).update(case=case, lent_by=None)
    case.state, case.state_before_merge, case.merged_into = case.state_before_merge, "", None
    words = merge_inheritance.words_back(case, target, now=now)
    merge_inheritance.weight_back(case, target)
    for each in (case, target):
        keep_clocks(each, now=now)
    rings = loud and case.state in OPEN_STATES and merge_inheritance.unheard(case)
    finish(
        case, Verb.UNMERGED, actor=actor, now=now, data={"from": target.code}, alarms=rings,
        changed=[
            "state", "state_before_merge", "merged_into", "due_at", "urgency", *words,
            *(ring(case, ladder=ladder(), now=now) if rings else ()),
        ],
    )  # fmt: skip
    if not alarm_starts(target.urgency):
        hush(target, by=actor.officer_id, now=now)
    finish(
        target, Verb.UNMERGED, actor=actor, now=now, data={"case": case.code},
        changed=["due_at", "urgency", "sensitive", *words],
    )  # fmt: skip


@transaction.atomic
def relate(
    *, code: str, other: str, kind: Relation.Kind, officer: Officer, version: int | None, now: dt.datetime
) -> Case:
    """Link two cases; for a lost and a found case it confirms that they are about the same item."""
    require(officer, May.WORK_CASES)
    if code == other:
        raise NotAllowed(_("Không thể liên kết một vụ việc với chính nó."))
    # a fixed lock order prevents deadlocks between merges and links
    locked = {c: lock(c, officer=officer, version=version if c == code else None) for c in sorted([code, other])}
    case, second = locked[code], locked[other]
    if case.barred is not None or second.barred is not None:
        raise NotAllowed(_("Hai vụ này không nối được."))
    if kind == Relation.Kind.RELATED and opposite(case, second):
        kind = Relation.Kind.MATCH
    for a, b in ((case, second), (second, case)):
        Relation.objects.get_or_create(case=a, other=b, kind=kind, defaults={"at": now, "officer": officer})
    finish(case, Verb.RELATED, actor=acting(officer), now=now, data={"case": second.code, "kind": kind})
    if kind == Relation.Kind.MATCH:  # notify the other desk
        finish(second, Verb.RELATED, actor=acting(officer), now=now, data={"case": case.code, "kind": kind})
    return case


@transaction.atomic
def unrelate(*, code: str, other: str, officer: Officer, version: int | None, now: dt.datetime) -> Case:
    """Remove a link; a confirmed lost-and-found match can be removed by either desk, and the other is notified."""
    require(officer, May.WORK_CASES)
    mine = access_case(officer, code)
    matched = {one.code: one for one in partners(mine)}
    second = matched.get(other) or next((r.other for r in related(officer, mine) if r.other.code == other), None)
    if second is None:
        raise NotAllowed(_("Hai vụ không còn nối với nhau."))
    with rls_scope.also(f"case:{second.pk}"):
        for pk in sorted((mine.pk, second.pk)):  # a fixed lock order prevents deadlocks between merges and links
            lock_for_system(pk)
        case = lock(code, officer=officer, version=version)
        Relation.objects.filter(Q(case=case, other=second) | Q(case=second, other=case)).delete()
        finish(case, Verb.UNRELATED, actor=acting(officer), now=now, data={"case": second.code})
        if other in matched:
            finish(lock_for_system(second.pk), Verb.UNRELATED, actor=acting(officer), now=now, data={"case": case.code})
    return case
