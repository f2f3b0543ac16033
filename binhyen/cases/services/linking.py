"""Links between messages and cases: promote, attach, detach, merge, unmerge, relate."""

import datetime as dt
from collections.abc import Collection
from contextlib import nullcontext

from django.db import transaction
from django.db.models import Max, Min, Q
from django.utils.translation import gettext as _

from binhyen.cases import event_data
from binhyen.cases.choices import CATEGORY_LABELS, OPEN_STATES, State, Verb
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.kinds import get_kind_for_category
from binhyen.cases.models import Case, CaseMessage, Clock, Relation, Report
from binhyen.cases.queries.case_detail import get_visible_case
from binhyen.cases.queries.case_page import list_related
from binhyen.cases.queries.linked_tips import must_stay_at_province
from binhyen.cases.queries.lost_found import is_opposite, list_partners
from binhyen.cases.rules import EscalationDelays, NotAllowed, check_merge, should_alarm
from binhyen.cases.services.alarms import silence, start_alarm
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.location import infer_location
from binhyen.cases.services.lost_found import enqueue_matching
from binhyen.cases.services.search_index import add_search_words, is_sealed_tip, rebuild_search_words
from binhyen.cases.services.splitting import split_case
from binhyen.cases.services.unit_of_work import (
    Actor,
    lock_case,
    lock_case_for_system,
    require_permission,
    save_change,
    to_actor,
    to_case_status,
    update_clocks,
)
from binhyen.channels import queries as message_queries
from binhyen.channels import services as channels
from binhyen.channels.models import Message, Outgoing
from binhyen.kit import rls_scope
from binhyen.people.models import Officer
from binhyen.people.roles import Permission

# Values that a merge adds to the target case, and their separation on unmerge.


def is_unacknowledged_danger(case: Case) -> bool:
    """Return whether the case is an unacknowledged danger: a merge does not acknowledge it."""
    return should_alarm(case.urgency) and case.acknowledged_at is None


def get_own_urgency(case: Case) -> event_data.UrgencyAndSensitivity:
    """Return urgency and sensitivity of the case without its merged cases, reconstructed from the events."""
    weight = event_data.UrgencyAndSensitivity(urgency=case.urgency, sensitive=case.sensitive)
    if not case.absorbed.exists():
        return weight
    weight_events = (
        case.events.filter(verb__in=(Verb.ABSORBED, Verb.RECLASSIFIED)).order_by("id").values_list("verb", "data")
    )
    for verb, data in weight_events:
        if verb == Verb.ABSORBED:
            absorbed_data: event_data.AbsorbedData = data
            weight = absorbed_data.get("own_level", weight)
        else:
            weight = {**weight, "urgency": event_data.get_classification(verb, data).get("urgency", weight["urgency"])}
    return weight


def restore_urgency(case: Case, target: Case) -> None:
    """Recompute urgency and sensitivity of the target without the leaving case.

    From its own values, later messages, and the remaining merged cases.
    """
    remaining = target.absorbed.exclude(pk=case.pk).values_list("urgency", "sensitive")
    own_weight = get_own_urgency(target)
    links = CaseMessage.objects.filter(case=target, detached_at=None, attached_at__gte=_get_own_since(target))
    message_urgencies = links.values_list("message__urgency", flat=True)
    target.urgency = min(
        target.urgency, max([own_weight["urgency"], *(urgency for urgency, _ in remaining), *message_urgencies])
    )
    target.sensitive = own_weight["sensitive"] or any(sensitive for _, sensitive in remaining)


def _get_own_since(target: Case) -> dt.datetime:
    """Return since when its own urgency is known: from an officer's correction or from the first merge."""
    times = target.events.aggregate(
        first=Min("at", filter=Q(verb=Verb.ABSORBED)), said=Max("at", filter=Q(verb=Verb.RECLASSIFIED))
    )
    since: dt.datetime = max(filter(None, times.values()), default=target.opened_at)
    return since


def move_messages_back(case: Case, target: Case, *, now: dt.datetime) -> list[str]:
    """Move back messages that reporters of this case wrote while it was merged; return the changed columns of both.

    These reporters get no more replies on the target.
    """
    since = case.events.filter(verb=Verb.MERGED).order_by("-id").values_list("at", flat=True).first()
    if since is None:  # not merged by an officer: no messages to move
        return []
    reporter_ids = Report.objects.filter(case=case).values("reporter_id")
    newly = Report.objects.filter(case=target, reporter__in=reporter_ids, at__gte=since, link_hash=None)
    new_reporter_ids = list(newly.values_list("reporter_id", flat=True))
    links = CaseMessage.objects.filter(case=target, detached_at=None, message__reporter__in=new_reporter_ids)
    moved = list(links.select_related("message").order_by("pk"))
    newly.delete()
    if not moved:
        return []
    links.update(detached_at=now)
    for link in moved:
        message = link.message
        CaseMessage.objects.get_or_create(
            case=case,
            message=message,
            detached_at=None,
            defaults={"attached_at": link.attached_at, "attached_by": link.attached_by},
        )
        channels.retain_for_case(message.pk, unit_id=case.unit_id)
    weight = max(case.urgency, *(link.message.urgency for link in moved))
    if should_alarm(weight) and not should_alarm(case.urgency):
        case.acknowledged_at = None  # the officer who took it as an ordinary case does not know that yet
    case.urgency = weight
    rebuild_search_words(target)
    return rebuild_search_words(case)


@transaction.atomic
def promote_message(
    *,
    message_id: str,
    officer: Officer,
    category: str,
    urgency: int,
    title: str = "",
    ladder: EscalationDelays,
    now: dt.datetime,
) -> Case:
    """Open a case for a message that intake took for small talk. `message_id`: its public id.

    Only once, even where two officers submit at the same time.
    """
    require_permission(officer, Permission.WORK_CASES)
    message = message_queries.get_visible_message(officer, message_id, for_update=True)
    if message.in_case:
        raise NotAllowed(_("Tin này đã nằm trong một vụ việc."))
    if category not in CATEGORY_LABELS or not 0 <= urgency <= 3:
        raise NotAllowed(_("Phân loại không hợp lệ."))
    case_kind = get_kind_for_category(category)
    unit_id = message.unit_id or officer.unit_id
    commune_id, area_id, place = infer_location(message)
    title = title.strip() or " · ".join(filter(None, [CATEGORY_LABELS[category], place]))
    (case,) = create_cases(
        [
            NewCase(
                kind=case_kind.code,
                lane=case_kind.get_lane(category),
                category=category,
                urgency=urgency,
                sensitive=message.sensitive,
                title=title,
                unit_id=unit_id,
                commune_id=commune_id,
                area_id=area_id,
                place=place,
                actor=to_actor(officer),
                folded=message.search_text,
                search_accented=message.search_accented,
                latitude=message.latitude,
                longitude=message.longitude,
                reporter_id=message.reporter_id,
                conversation_id=message.conversation_id,
                message_ids=(message.pk,),
                words=message.text,
                reported_at=message.received_at,
            )
        ],
        ladder=ladder,
        now=now,
    )
    with (
        rls_scope.extra_rls_scope(rls_scope.PROGRAM_SCOPE) if case.is_restricted else nullcontext()
    ):  # it goes where the officer may not see it
        channels.retain_for_case(message.pk, unit_id=case.unit_id)
    enqueue_matching([case])
    return case


@transaction.atomic
def attach_message(*, code: str, message_id: str, officer: Officer, version: int | None, now: dt.datetime) -> Case:
    """Attach a message to the case too; its author becomes a reporter of the case."""
    require_permission(officer, Permission.WORK_CASES)
    case = lock_case(code, officer=officer, version=version)
    message = message_queries.get_visible_message(officer, message_id)
    if CaseMessage.objects.filter(case=case, message=message, detached_at=None).exists():
        raise NotAllowed(_("Tin nhắn này đã gắn vào vụ việc."))
    CaseMessage.objects.create(case=case, message=message, attached_at=now, attached_by=to_actor(officer).label)
    channels.retain_for_case(message.pk, unit_id=case.unit_id)
    Report.objects.get_or_create(
        case=case, reporter_id=message.reporter_id, defaults={"conversation_id": message.conversation_id, "at": now}
    )
    changed = [] if is_sealed_tip(message) else add_search_words(case, message.search_text, message.search_accented)
    save_change(case, Verb.ATTACHED, actor=to_actor(officer), now=now, data={"message": message.pk}, changed=changed)
    return case


@transaction.atomic
def attach_messages(*, code: str, message_ids: Collection[str], officer: Officer, now: dt.datetime) -> Case:
    """Attach several messages to the case, all or none."""
    for message_id in message_ids:
        case = attach_message(code=code, message_id=message_id, officer=officer, version=None, now=now)
    return case


def dismiss_messages(*, message_ids: Collection[str], officer: Officer, dismissed: bool, now: dt.datetime) -> int:
    """Put unassigned messages aside, or back into the list; return how many."""
    require_permission(officer, Permission.WORK_CASES)
    return channels.set_dismissed(message_ids, officer=officer, dismissed=dismissed, now=now)


@transaction.atomic
def detach_message(*, code: str, message_id: str, officer: Officer, version: int | None, now: dt.datetime) -> Case:
    """Detach a message; it becomes unassigned unless another case has it. Returns the case.

    The last message of a reporter with a receipt of this case becomes a new case, which is returned: they wait for an
    outcome.
    """
    require_permission(officer, Permission.WORK_CASES)
    case = lock_case(code, officer=officer, version=version)
    link = CaseMessage.objects.filter(case=case, message__public_id=message_id, detached_at=None).first()
    if link is None:
        raise NotAllowed(_("Tin nhắn này không gắn với vụ việc."))
    if not CaseMessage.objects.filter(case=case, detached_at=None).exclude(pk=link.pk).exists():
        raise NotAllowed(
            _("Vụ việc chỉ có lời này, tách ra thì không còn gì. Hãy kết thúc, gộp vào vụ khác hoặc phân loại lại.")
        )
    if _is_last_with_receipt(case, link.message):
        return split_case(
            code=code, message_id=message_id, officer=officer, version=version, ladder=get_alarm_delays(), now=now
        )
    link.detached_at = now
    link.save(update_fields=["detached_at"])
    if not CaseMessage.objects.filter(message_id=link.message_id, detached_at=None).exists():
        channels.release_from_case([link.message_id], now=now)
    _remove_reporter(case, link.message.reporter_id)
    data = {"message": link.message_id}
    save_change(case, Verb.DETACHED, actor=to_actor(officer), now=now, data=data, changed=rebuild_search_words(case))
    return case


def _is_last_with_receipt(case: Case, message: Message) -> bool:
    """Return whether this is the last message of a reporter with a receipt."""
    others = CaseMessage.objects.filter(case=case, message__reporter=message.reporter_id, detached_at=None)
    if others.exclude(message=message).exists() or message.conversation_id is None:
        return False
    return Outgoing.objects.filter(case=case, conversation=message.conversation_id, purpose="ACK").exists()


def _remove_reporter(case: Case, reporter_id: int) -> None:
    """Remove a reporter without messages on the case, so that they get no replies about it. A status page stays."""
    if not CaseMessage.objects.filter(case=case, message__reporter=reporter_id, detached_at=None).exists():
        Report.objects.filter(case=case, reporter_id=reporter_id, link_hash=None, was_helpful=None).delete()


@transaction.atomic
def merge_cases(*, code: str, into: str, officer: Officer, version: int | None, now: dt.datetime) -> Case:
    """Merge case `code` into case `into`, reversibly.

    Nothing is moved except its clocks, which run on with `into` until unmerged, so that the earliest deadline counts.
    """
    require_permission(officer, Permission.WORK_CASES)
    # a fixed lock order prevents deadlocks between merges and links
    locked = {
        case_code: lock_case(case_code, officer=officer, version=version if case_code == code else None)
        for case_code in sorted({code, into})
    }
    if len(locked) < 2:
        raise NotAllowed(_("Không thể gộp một vụ việc vào chính nó."))
    case, target = locked[code], locked[into]
    check_merge(
        to_case_status(case), to_case_status(target), alone=must_stay_at_province(case) or must_stay_at_province(target)
    )
    if (
        case.excluded_officers is not None or target.excluded_officers is not None
    ):  # an officer with access to one would read the other
        raise NotAllowed(_("Hai vụ này không gộp được."))
    if case.absorbed.exists():
        raise NotAllowed(_("Vụ việc này đã nhận vụ khác gộp vào; hãy gộp ngược lại."))
    silence(case, by=officer.pk, now=now)
    case.state_before_merge, case.state, case.merged_into, case.due_at = case.state, State.MERGED, target, None
    own_weight = get_own_urgency(target)
    Clock.objects.filter(case=case).update(case=target, inherited_from=case)
    save_change(
        case,
        Verb.MERGED,
        actor=to_actor(officer),
        now=now,
        data={"into": target.code},
        changed=["state", "state_before_merge", "merged_into", "due_at"],
    )
    # the holder of the target knows it as an ordinary case
    rings = is_unacknowledged_danger(case) and not should_alarm(target.urgency)
    target.urgency, target.sensitive = max(target.urgency, case.urgency), target.sensitive or case.sensitive
    update_clocks(target, now=now)
    save_change(
        target,
        Verb.ABSORBED,
        actor=to_actor(officer),
        now=now,
        data=event_data.AbsorbedData(case=case.code, own_level=own_weight),
        changed=[
            "urgency",
            "sensitive",
            "due_at",
            *(start_alarm(target, delays=get_alarm_delays(), now=now) if rings else ()),
        ],
        rings=rings,
    )
    return case


@transaction.atomic
def unmerge_case(*, code: str, officer: Officer, version: int | None, now: dt.datetime) -> Case:
    """Undo a merge: the case gets its state and its clocks back."""
    require_permission(officer, Permission.WORK_CASES)
    current = get_visible_case(officer, code)
    if current.merged_into is None:
        raise NotAllowed(_("Vụ việc này không bị gộp."))
    with rls_scope.extra_rls_scope(f"case:{current.merged_into.pk}"):
        # a fixed lock order prevents deadlocks between merges and links
        for pk in sorted((current.pk, current.merged_into.pk)):
            lock_case_for_system(pk)
        case, target = lock_case(code, officer=officer, version=version), lock_case_for_system(current.merged_into.pk)
        if case.merged_into_id != target.pk:
            raise NotAllowed(_("Vụ việc này không bị gộp."))
        separate_cases(case, target, actor=to_actor(officer), now=now)
    return case


def separate_cases(case: Case, target: Case, *, restart_alarms: bool = True, actor: Actor, now: dt.datetime) -> None:
    """Separate two locked cases; each gets back its own values.

    `restart_alarms`: an alarm silenced only by the merge starts again.
    """
    Clock.objects.filter(inherited_from=case).update(case=case, inherited_from=None)
    case.state, case.state_before_merge, case.merged_into = case.state_before_merge, "", None
    words = move_messages_back(case, target, now=now)
    restore_urgency(case, target)
    for affected in (case, target):
        update_clocks(affected, now=now)
    rings = restart_alarms and case.state in OPEN_STATES and is_unacknowledged_danger(case)
    save_change(
        case,
        Verb.UNMERGED,
        actor=actor,
        now=now,
        data={"from": target.code},
        rings=rings,
        changed=[
            "state",
            "state_before_merge",
            "merged_into",
            "due_at",
            "urgency",
            *words,
            *(start_alarm(case, delays=get_alarm_delays(), now=now) if rings else ()),
        ],
    )
    if not should_alarm(target.urgency):
        silence(target, by=actor.officer_id, now=now)
    save_change(
        target,
        Verb.UNMERGED,
        actor=actor,
        now=now,
        data={"case": case.code},
        changed=["due_at", "urgency", "sensitive", *words],
    )


@transaction.atomic
def link_cases(
    *, code: str, other: str, kind: Relation.Kind, officer: Officer, version: int | None, now: dt.datetime
) -> Case:
    """Link two cases; for a lost and a found case it confirms that they are about the same item."""
    require_permission(officer, Permission.WORK_CASES)
    if code == other:
        raise NotAllowed(_("Không thể liên kết một vụ việc với chính nó."))
    # a fixed lock order prevents deadlocks between merges and links
    locked = {
        case_code: lock_case(case_code, officer=officer, version=version if case_code == code else None)
        for case_code in sorted([code, other])
    }
    case, second = locked[code], locked[other]
    if case.excluded_officers is not None or second.excluded_officers is not None:
        raise NotAllowed(_("Hai vụ này không nối được."))
    if kind == Relation.Kind.RELATED and is_opposite(case, second):
        kind = Relation.Kind.MATCH
    for left, right in ((case, second), (second, case)):
        Relation.objects.get_or_create(
            case=left, related_case=right, kind=kind, defaults={"at": now, "officer": officer}
        )
    save_change(case, Verb.RELATED, actor=to_actor(officer), now=now, data={"case": second.code, "kind": kind})
    if kind == Relation.Kind.MATCH:  # notify the other desk
        save_change(second, Verb.RELATED, actor=to_actor(officer), now=now, data={"case": case.code, "kind": kind})
    return case


@transaction.atomic
def unlink_cases(*, code: str, other: str, officer: Officer, version: int | None, now: dt.datetime) -> Case:
    """Remove a link; a confirmed lost-and-found match can be removed by either desk, and the other is notified."""
    require_permission(officer, Permission.WORK_CASES)
    current = get_visible_case(officer, code)
    matched = {partner.code: partner for partner in list_partners(current)}
    second = matched.get(other) or next(
        (relation.related_case for relation in list_related(officer, current) if relation.related_case.code == other),
        None,
    )
    if second is None:
        raise NotAllowed(_("Hai vụ không còn nối với nhau."))
    with rls_scope.extra_rls_scope(f"case:{second.pk}"):
        for pk in sorted((current.pk, second.pk)):  # a fixed lock order prevents deadlocks between merges and links
            lock_case_for_system(pk)
        case = lock_case(code, officer=officer, version=version)
        Relation.objects.filter(Q(case=case, related_case=second) | Q(case=second, related_case=case)).delete()
        save_change(case, Verb.UNRELATED, actor=to_actor(officer), now=now, data={"case": second.code})
        if other in matched:
            save_change(
                lock_case_for_system(second.pk),
                Verb.UNRELATED,
                actor=to_actor(officer),
                now=now,
                data={"case": case.code},
            )
    return case
