"""Values that a merge adds to the target case, and their separation on unmerge."""

import datetime as dt

from django.db.models import Max, Min, Q

from binhyen.cases import event_data
from binhyen.cases.choices import Verb
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.rules import should_alarm
from binhyen.cases.services.search_index import rebuild_search_words
from binhyen.channels import services as channels


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
