"""Reads of privacy: expired cases, retention duties, data requests, retention status, breaches."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Count, DateTimeField, F, OuterRef, Q, QuerySet, Subquery

from binhyen.cases.choices import COMPLAINT_LANES, PROVINCE_ONLY_CATEGORIES, Lane, State, Verb
from binhyen.cases.models import Case, CaseEvent, CaseMessage, Report
from binhyen.channels.models import Message
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import format_code
from binhyen.kit.keyset_pagination import decode_cursor, encode_cursor
from binhyen.people import access
from binhyen.people.conflict_facts import load_conflict_facts
from binhyen.people.conflicts import format_person_key
from binhyen.people.models import ConflictRule, Officer
from binhyen.people.roles import Permission, Role
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.models import Breach, Hold, Request, Sweep
from binhyen.privacy.rules import retention
from binhyen.privacy.rules.breaches import AlertStage
from binhyen.privacy.rules.retention import CHILDREN, DATA_CLASSES, CaseRetentionFacts, RetentionDuty, find_duty

MAX_CODES_NAMED = 10  # cases in one letter; the page names all
THANKS = "thanks"
CLOCK_NOT_TRUSTED = "Clock"  # instead of an error's name: nothing was deleted that night
BREACH_ABILITIES = (Permission.OPERATE, Permission.READ_AUDIT)  # abilities to write and read the breach register
_PASSED_ON = CaseEvent.objects.filter(verb=Verb.STATE, data__to=State.PASSED_ON).order_by("-id")
ABOUT_POLICE = Q(case__category__in=PROVINCE_ONLY_CATEGORIES) | Q(case__kind="conduct")
_HANDED_OVER_AT = _PASSED_ON.filter(case=OuterRef("pk")).values("at")[:1]


def list_held_case_ids(now: dt.datetime) -> "QuerySet[Hold, int]":
    """Return ids of cases under a legal hold, and of the cases that these were merged into."""
    running = Hold.objects.filter(until__gte=to_vietnam_day(now), ended_at=None)
    merged_into_ids = running.filter(case__merged_into__isnull=False).values_list("case__merged_into", flat=True)
    return running.values_list("case", flat=True).union(merged_into_ids)


def list_closed_cases(group: str, *, now: dt.datetime) -> "QuerySet[Case]":
    """Return closed cases of a class with text left.

    `rules.retention.get_retention_class` in SQL (a test compares both).
    """
    rows = (
        Case.objects.filter(closed_at__isnull=False, erased_at=None, state=State.CLOSED)
        .exclude(kind="sealed_tip")
        .exclude(pk__in=list_held_case_ids(now))
        .annotate(handed_at=Subquery(_HANDED_OVER_AT, output_field=DateTimeField()))
    )
    complaints = Q(kind="conduct") | Q(category__in=PROVINCE_ONLY_CATEGORIES) | Q(lane__in=COMPLAINT_LANES)
    if group == "complaint":
        return rows.filter(complaints)
    rows = rows.exclude(complaints)
    if group == "child":
        return rows.filter(category__in=CHILDREN)
    handed = Q(lane=Lane.CRIME_REPORT, handed_at__isnull=False)
    rows = rows.exclude(category__in=CHILDREN)
    return rows.filter(handed) if group == "crime" else rows.exclude(handed)


def list_expired_cases(group: str, *, now: dt.datetime) -> "QuerySet[Case]":
    """Return the expired cases of the class."""
    column = "handed_at" if group == "crime" else "closed_at"
    return list_closed_cases(group, now=now).filter(**{f"{column}__lte": now - get_retention_span(group)})


def get_retention_facts(case: Case, *, now: dt.datetime) -> CaseRetentionFacts:
    """Return a case as the retention rules need it."""
    handed = _PASSED_ON.filter(case=case).first()
    return CaseRetentionFacts(
        kind=case.kind,
        lane=case.lane,
        category=case.category,
        state=case.state,
        closed_at=case.closed_at,
        handed_at=handed.at if handed else None,
        is_held=case.pk in set(list_held_case_ids(now)),
    )


def find_duties(
    reporter_id: int, *, police: bool = True, until: dt.datetime | None = None, now: dt.datetime
) -> list[RetentionDuty]:
    """List duties that forbid the erasure of a person's reports, one of each kind. Needs program scope.

    `police`: complaints about police count too. `until`: only reports up to then.
    """
    result = []
    reports = Report.objects.filter(filter_until(until), reporter=reporter_id)
    for report in reports.select_related("case", "case__merged_into"):
        for case in filter(None, (report.case, report.case.merged_into)):
            if case.erased_at is not None or (is_about_police(case) and not police):
                continue
            if case_duty := find_duty(get_retention_facts(case, now=now), urgency=case.urgency):
                result.append(case_duty)
    return list(dict.fromkeys(result))


def filter_until(until: dt.datetime | None) -> Q:
    """Filter reports up to a moment; all of them for None."""
    return Q(at__lte=until) if until else Q()


def has_reported_since(reporter_id: int, moment: dt.datetime) -> bool:
    """Return whether the person reported anything after `moment`, complaints about police excluded.

    A further message on an older case counts, and an unassigned one, whose content is still unknown. Thanks do not
    count.
    """
    links = CaseMessage.objects.filter(message__reporter=reporter_id, message__received_at__gt=moment)
    links = links.exclude(message__category=THANKS)
    return (
        links.filter(detached_at=None).exclude(ABOUT_POLICE).exists()
        or list_unassigned_since(reporter_id, moment).exists()
    )


def list_unassigned_since(reporter: int | OuterRef, moment: dt.datetime | OuterRef) -> "QuerySet[Message]":
    """Return later messages without a case: they wait for an officer until they expire."""
    messages = Message.objects.filter(reporter=reporter, received_at__gt=moment, in_case=False)
    return messages.exclude(category=THANKS)


def list_receipt_codes(reporter_id: int, *, police: bool = True) -> list[str]:
    """List receipt codes of the cases that a person's request covers, oldest first."""
    rows = Report.objects.filter(reporter=reporter_id).order_by("id")
    rows = rows if police else rows.exclude(ABOUT_POLICE)
    return [format_code(code) for code in rows.values_list("case__code", flat=True)]


def is_about_police(case: Case) -> bool:
    return case.category in PROVINCE_ONLY_CATEGORIES or case.kind == "conduct"


def list_police_message_ids(reporter_id: int) -> "QuerySet[CaseMessage, int]":
    """Return ids of the person's messages in cases about police."""
    rows = CaseMessage.objects.filter(ABOUT_POLICE, message__reporter=reporter_id)
    return rows.values_list("message_id", flat=True)


def list_police_subjects(reporter_id: int) -> list[str]:
    """List audit subjects of the person's cases about police, under their names before and after recognition."""
    rows = Report.objects.filter(ABOUT_POLICE, reporter=reporter_id).values_list("case__code", "case__public_id")
    return [name for code, public_id in rows for name in (f"case:{code}", f"conduct:{public_id}")]


def find_conflicted_custodians(reporter_id: int) -> list[int] | None:
    """Return custodians named in the person's complaints, or related to a person named there.

    Colleagues are not excluded, unlike elsewhere, because the deadline needs a custodian left. Needs program scope.
    """
    vetoes = ConflictRule.objects.filter(subject_ref__in=list_police_subjects(reporter_id))
    conflict_keys = {side for sides in vetoes.values_list("conflict_keys", flat=True) for side in sides}
    standings_by_id = (
        load_conflict_facts(Officer.objects.filter(is_active=True, role=Role.CUSTODIAN)) if conflict_keys else {}
    )
    return [
        pk
        for pk, standing in standings_by_id.items()
        if conflict_keys & {format_person_key(relative_id) for relative_id in (pk, *standing.relatives)}
    ] or None


def has_complained_about_police(reporter_id: int | None) -> bool:
    """Return whether the person complained about police. Needs program scope."""
    return reporter_id is not None and Report.objects.filter(ABOUT_POLICE, reporter=reporter_id).exists()


def list_visible_data_requests(officer: Officer) -> "QuerySet[Request]":
    """Return the requests that the officer may answer.

    Requests after a complaint about police go to custodians only, without the custodians concerned.
    """
    if not access.officer_may(officer, Permission.ANSWER_DATA):
        return Request.objects.filter(access.NOTHING)
    rows = Request.objects.select_related("reporter", "answered_by")
    return (
        rows.filter(is_restricted=False)
        if access.visibility(officer).province
        else rows.exclude(excluded_officers__contains=[officer.pk])
    )


def list_open_requests(officer: Officer) -> "QuerySet[Request]":
    return list_visible_data_requests(officer).filter(state="OPEN").order_by("due_at", "pk")


def list_alerted_requests(officer: Officer) -> "QuerySet[Request]":
    """Return requests with an alert for this officer: answering officers, or the province above."""
    rows = Request.objects.filter(state="OPEN", alarm__gt=AlertStage.QUIET)
    if access.visibility(officer).province:
        return rows.filter(is_restricted=False)
    can_answer = access.officer_may(officer, Permission.ANSWER_DATA)
    return rows.exclude(excluded_officers__contains=[officer.pk]) if can_answer else rows.filter(access.NOTHING)


def list_alerted_breaches(officer: Officer) -> "QuerySet[Breach]":
    """Return breaches with an alert: for keepers of the breach register, and the province above."""
    rows = Breach.objects.filter(reported_at=None, closed_at=None, alarm__gt=AlertStage.QUIET)
    is_recipient = (
        any(access.officer_may(officer, ability) for ability in BREACH_ABILITIES) or access.visibility(officer).province
    )
    return rows if is_recipient else rows.filter(access.NOTHING)


def list_person_requests(reporter_id: int | None, link_hash: str) -> Sequence[Request]:
    """Return a person's own requests, by their reporter row or by the link they used; the newest first."""
    ownership = Q(pk__in=[])
    if reporter_id is not None:
        ownership |= Q(reporter=reporter_id)
    if link_hash:
        ownership |= Q(link_hash=link_hash)
    return list(Request.objects.filter(ownership).order_by("-id")[:20])


def is_clock_trusted(*, now: dt.datetime) -> bool:
    """Return whether the clock is trusted for deletion: `rules.retention.can_trust_clock` for the last sweep."""
    last = Sweep.objects.order_by("-pk").first()
    last_at, waited = (last.at, last.failed == CLOCK_NOT_TRUSTED) if last else (None, False)
    return retention.can_trust_clock(last_at, waited=waited, now=now)


def get_last_sweeps() -> dict[str, Sweep]:
    """Return the last sweep of each class."""
    newest = [
        Sweep.objects.filter(group=data_class.code).order_by("-id").values_list("pk", flat=True).first()
        for data_class in DATA_CLASSES
    ]
    return {row.group: row for row in Sweep.objects.filter(pk__in=[pk for pk in newest if pk])}


def list_visible_holds(officer: Officer) -> "QuerySet[Hold]":
    """Return legal holds of cases that the officer sees."""
    return Hold.objects.filter(access.filter_cases(officer, "case__")).select_related("case", "officer")


def list_active_holds(officer: Officer, *, now: dt.datetime) -> Sequence[Hold]:
    rows = list_visible_holds(officer).filter(ended_at=None, until__gte=to_vietnam_day(now))
    return list(rows.order_by("-id")[:200])


def encode_hold_name(hold: Hold) -> str:
    """Return the opaque name of a hold in addresses; its row id would reveal the number of holds."""
    return encode_cursor("hold", (hold.pk,))


def decode_hold_name(name: str) -> int:
    """Return the row id of a name; 0 for an invalid name."""
    return (decode_cursor("hold", name, 1) or (0,))[0]


def list_breaches() -> "QuerySet[Breach]":
    rows = Breach.objects.select_related("officer").annotate(done=Count("steps"))
    return rows.order_by(F("closed_at").desc(nulls_first=True), "-id")
