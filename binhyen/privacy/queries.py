"""Reads of privacy: expired cases, retention duties, data requests, retention status, breaches."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Count, DateTimeField, F, OuterRef, Q, QuerySet, Subquery

from binhyen.cases.choices import COMPLAINTS, NEVER_DOWN, Lane, State, Verb
from binhyen.cases.models import Case, CaseEvent, CaseMessage, Report
from binhyen.channels.models import Message
from binhyen.kit.clock import vietnam_day
from binhyen.kit.ids import show_code
from binhyen.kit.keyset_pagination import decode, encode
from binhyen.people import access
from binhyen.people.conflict_facts import standings
from binhyen.people.conflicts import person
from binhyen.people.models import Officer, Veto
from binhyen.people.roles import May, Role
from binhyen.privacy.config import span
from binhyen.privacy.models import Breach, Hold, Request, Sweep
from binhyen.privacy.rules import retention
from binhyen.privacy.rules.alarms import Stage
from binhyen.privacy.rules.retention import CHILDREN, Duty, Kept, duty
from binhyen.privacy.rules.retention_periods import CLASSES

MOST_NAMED = 10  # cases in one letter; the page names all
THANKS = "thanks"
WAITS = "Clock"  # instead of an error's name: nothing was deleted that night
BREACH_BOOK = (May.OPERATE, May.READ_AUDIT)  # abilities to write and read the breach register
_PASSED_ON = CaseEvent.objects.filter(verb=Verb.STATE, data__to=State.PASSED_ON).order_by("-id")
OF_POLICE = Q(case__category__in=NEVER_DOWN) | Q(case__kind="conduct")
_HANDED = _PASSED_ON.filter(case=OuterRef("pk")).values("at")[:1]


def held_cases(now: dt.datetime) -> "QuerySet[Hold, int]":
    """Return ids of cases under a legal hold, and of the cases that these were merged into."""
    running = Hold.objects.filter(until__gte=vietnam_day(now), ended_at=None)
    within = running.filter(case__merged_into__isnull=False).values_list("case__merged_into", flat=True)
    return running.values_list("case", flat=True).union(within)


def closed_of(group: str, *, now: dt.datetime) -> "QuerySet[Case]":
    """Return closed cases of a class with text left.

    `rules.retention.get_retention_class` in SQL (a test compares both).
    """
    rows = (
        Case.objects.filter(closed_at__isnull=False, forgotten_at=None, state=State.CLOSED)
        .exclude(kind="sealed_tip")
        .exclude(pk__in=held_cases(now))
        .annotate(handed_at=Subquery(_HANDED, output_field=DateTimeField()))
    )
    complaints = Q(kind="conduct") | Q(category__in=NEVER_DOWN) | Q(lane__in=COMPLAINTS)
    if group == "complaint":
        return rows.filter(complaints)
    rows = rows.exclude(complaints)
    if group == "child":
        return rows.filter(category__in=CHILDREN)
    handed = Q(lane=Lane.CRIME_REPORT, handed_at__isnull=False)
    rows = rows.exclude(category__in=CHILDREN)
    return rows.filter(handed) if group == "crime" else rows.exclude(handed)


def over(group: str, *, now: dt.datetime) -> "QuerySet[Case]":
    """Return the expired cases of the class."""
    column = "handed_at" if group == "crime" else "closed_at"
    return closed_of(group, now=now).filter(**{f"{column}__lte": now - span(group)})


def kept_of(case: Case, *, now: dt.datetime) -> Kept:
    """Return a case as the retention rules need it."""
    handed = _PASSED_ON.filter(case=case).first()
    return Kept(
        kind=case.kind, lane=case.lane, category=case.category, state=case.state, closed_at=case.closed_at,
        handed_at=handed.at if handed else None, held=case.pk in set(held_cases(now)),
    )  # fmt: skip


def duties(reporter_id: int, *, police: bool = True, until: dt.datetime | None = None, now: dt.datetime) -> list[Duty]:
    """List duties that forbid the erasure of a person's reports, one of each kind. Needs program scope.

    `police`: complaints about police count too. `until`: only reports up to then.
    """
    found = []
    told = Report.objects.filter(by_then(until), reporter=reporter_id)
    for report in told.select_related("case", "case__merged_into"):
        for case in filter(None, (report.case, report.case.merged_into)):
            if case.forgotten_at is not None or (of_police(case) and not police):
                continue
            if one := duty(kept_of(case, now=now), urgency=case.urgency):
                found.append(one)
    return list(dict.fromkeys(found))


def by_then(until: dt.datetime | None) -> Q:
    """Filter reports up to a moment; all of them for None."""
    return Q(at__lte=until) if until else Q()


def told_since(reporter_id: int, moment: dt.datetime) -> bool:
    """Return whether the person reported anything after `moment`, complaints about police excluded.

    A further message on an older case counts, and an unassigned one, whose content is still unknown. Thanks do not
    count.
    """
    links = CaseMessage.objects.filter(message__reporter=reporter_id, message__received_at__gt=moment)
    links = links.exclude(message__category=THANKS)
    return links.filter(detached_at=None).exclude(OF_POLICE).exists() or loose_since(reporter_id, moment).exists()


def loose_since(reporter: int | OuterRef, moment: dt.datetime | OuterRef) -> "QuerySet[Message]":
    """Return later messages without a case: they wait for an officer until they expire."""
    said = Message.objects.filter(reporter=reporter, received_at__gt=moment, in_case=False)
    return said.exclude(category=THANKS)


def codes_of(reporter_id: int, *, police: bool = True) -> list[str]:
    """List receipt codes of the cases that a person's request covers, oldest first."""
    rows = Report.objects.filter(reporter=reporter_id).order_by("id")
    rows = rows if police else rows.exclude(OF_POLICE)
    return [show_code(code) for code in rows.values_list("case__code", flat=True)]


def of_police(case: Case) -> bool:
    return case.category in NEVER_DOWN or case.kind == "conduct"


def words_about_police(reporter_id: int) -> "QuerySet[CaseMessage, int]":
    """Return ids of the person's messages in cases about police."""
    rows = CaseMessage.objects.filter(OF_POLICE, message__reporter=reporter_id)
    return rows.values_list("message_id", flat=True)


def matters_of_police(reporter_id: int) -> list[str]:
    """List audit subjects of the person's cases about police, under their names before and after recognition."""
    rows = Report.objects.filter(OF_POLICE, reporter=reporter_id).values_list("case__code", "case__public_id")
    return [name for code, public_id in rows for name in (f"case:{code}", f"conduct:{public_id}")]


def concerned(reporter_id: int) -> list[int] | None:
    """Return custodians named in the person's complaints, or related to a person named there.

    Colleagues are not excluded, unlike elsewhere, because the deadline needs a custodian left. Needs program scope.
    """
    vetoes = Veto.objects.filter(matter__in=matters_of_police(reporter_id))
    kept = {side for sides in vetoes.values_list("kept_from", flat=True) for side in sides}
    asked = standings(Officer.objects.filter(is_active=True, role=Role.CUSTODIAN)) if kept else {}
    return [pk for pk, of in asked.items() if kept & {person(one) for one in (pk, *of.ties)}] or None


def told_about_police(reporter_id: int | None) -> bool:
    """Return whether the person complained about police. Needs program scope."""
    return reporter_id is not None and Report.objects.filter(OF_POLICE, reporter=reporter_id).exists()


def visible_requests(officer: Officer) -> "QuerySet[Request]":
    """Return the requests that the officer may answer.

    Requests after a complaint about police go to custodians only, without the custodians concerned.
    """
    if not access.may(officer, May.ANSWER_DATA):
        return Request.objects.filter(access.NOTHING)
    rows = Request.objects.select_related("reporter", "answered_by")
    return rows.filter(apart=False) if access.sight(officer).province else rows.exclude(barred__contains=[officer.pk])


def waiting(officer: Officer) -> "QuerySet[Request]":
    return visible_requests(officer).filter(state="OPEN").order_by("due_at")


def alarmed(officer: Officer) -> "QuerySet[Request]":
    """Return requests with an alert for this officer: answering officers, or the province above."""
    rows = Request.objects.filter(state="OPEN", alarm__gt=Stage.QUIET)
    if access.sight(officer).province:
        return rows.filter(apart=False)
    may = access.may(officer, May.ANSWER_DATA)
    return rows.exclude(barred__contains=[officer.pk]) if may else rows.filter(access.NOTHING)


def alarmed_breaches(officer: Officer) -> "QuerySet[Breach]":
    """Return breaches with an alert: for keepers of the breach register, and the province above."""
    rows = Breach.objects.filter(reported_at=None, closed_at=None, alarm__gt=Stage.QUIET)
    hears = any(access.may(officer, ability) for ability in BREACH_BOOK) or access.sight(officer).province
    return rows if hears else rows.filter(access.NOTHING)


def requests_of(reporter_id: int | None, link_hash: str) -> Sequence[Request]:
    """Return a person's own requests, by their reporter row or by the link they used; the newest first."""
    mine = Q(pk__in=[])
    if reporter_id is not None:
        mine |= Q(reporter=reporter_id)
    if link_hash:
        mine |= Q(link_hash=link_hash)
    return list(Request.objects.filter(mine).order_by("-id")[:20])


def clock_holds(*, now: dt.datetime) -> bool:
    """Return whether the clock is trusted for deletion: `rules.retention.can_trust_clock` for the last sweep."""
    last = Sweep.objects.order_by("-pk").first()
    at, waited = (last.at, last.failed == WAITS) if last else (None, False)
    return retention.clock_holds(at, waited=waited, now=now)


def last_sweeps() -> dict[str, Sweep]:
    """Return the last sweep of each class."""
    newest = [Sweep.objects.filter(group=c.code).order_by("-id").values_list("pk", flat=True).first() for c in CLASSES]
    return {row.group: row for row in Sweep.objects.filter(pk__in=[pk for pk in newest if pk])}


def seen_holds(officer: Officer) -> "QuerySet[Hold]":
    """Return legal holds of cases that the officer sees."""
    return Hold.objects.filter(access.cases(officer, "case__")).select_related("case", "officer")


def holds(officer: Officer, *, now: dt.datetime) -> Sequence[Hold]:
    rows = seen_holds(officer).filter(ended_at=None, until__gte=vietnam_day(now))
    return list(rows.order_by("-id")[:200])


def name_of(hold: Hold) -> str:
    """Return the opaque name of a hold in addresses; its row id would reveal the number of holds."""
    return encode("hold", (hold.pk,))


def hold_of(name: str) -> int:
    """Return the row id of a name; 0 for an invalid name."""
    return (decode("hold", name, 1) or (0,))[0]


def breaches() -> "QuerySet[Breach]":
    rows = Breach.objects.select_related("officer").annotate(done=Count("steps"))
    return rows.order_by(F("closed_at").desc(nulls_first=True), "-id")
