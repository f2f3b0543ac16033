"""Reads: which cases are over, what a person's request meets, the desk, how the classes stand, breaches."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Count, DateTimeField, F, OuterRef, Q, QuerySet, Subquery

from binhyen.cases.models import Case, CaseEvent, CaseMessage, Report
from binhyen.cases.words import COMPLAINTS, NEVER_DOWN, Lane, State, Verb
from binhyen.channels.models import Message
from binhyen.kit.clock import vietnam_day
from binhyen.kit.ids import show_code
from binhyen.kit.pages import decode, encode
from binhyen.people import access
from binhyen.people.models import Officer, Veto
from binhyen.people.rules import May, Role
from binhyen.people.standing import standings
from binhyen.people.veto import person
from binhyen.privacy.config import span
from binhyen.privacy.models import Breach, Hold, Request, Sweep
from binhyen.privacy.rules import keeping
from binhyen.privacy.rules.alarms import Stage
from binhyen.privacy.rules.keeping import CHILDREN, Duty, Kept, duty
from binhyen.privacy.rules.times import CLASSES

MOST_NAMED = 10  # cases in one letter; the page names all
THANKS = "thanks"
WAITS = "Clock"  # in the place of an error's name: that night took nothing
BREACH_BOOK = (May.OPERATE, May.READ_AUDIT)  # who writes and reads it
_PASSED_ON = CaseEvent.objects.filter(verb=Verb.STATE, data__to=State.PASSED_ON).order_by("-id")
OF_POLICE = Q(case__category__in=NEVER_DOWN) | Q(case__kind="conduct")
_HANDED = _PASSED_ON.filter(case=OuterRef("pk")).values("at")[:1]


def held_cases(now: dt.datetime) -> "QuerySet[Hold, int]":
    """Ids of the cases that somebody ordered to be kept, and of those within which such a one is treated."""
    running = Hold.objects.filter(until__gte=vietnam_day(now), ended_at=None)
    within = running.filter(case__merged_into__isnull=False).values_list("case__merged_into", flat=True)
    return running.values_list("case", flat=True).union(within)


def closed_of(group: str, *, now: dt.datetime) -> "QuerySet[Case]":
    """Closed cases of a class whose words are still here: `rules.keeping.class_of` in SQL (a test holds them equal)."""
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
    """Those of the class whose time is over."""
    column = "handed_at" if group == "crime" else "closed_at"
    return closed_of(group, now=now).filter(**{f"{column}__lte": now - span(group)})


def kept_of(case: Case, *, now: dt.datetime) -> Kept:
    """A case as the rules of keeping see it."""
    handed = _PASSED_ON.filter(case=case).first()
    return Kept(
        kind=case.kind, lane=case.lane, category=case.category, state=case.state, closed_at=case.closed_at,
        handed_at=handed.at if handed else None, held=case.pk in set(held_cases(now)),
    )  # fmt: skip


def duties(reporter_id: int, *, police: bool = True, until: dt.datetime | None = None, now: dt.datetime) -> list[Duty]:
    """What stands against erasing what this person told: one for each reason. Read with the program's own sight.
    `police`: what they told about police counts too. `until`: what they told by then.
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
    """Reports of what was told by a moment; all of them where there is none."""
    return Q(at__lte=until) if until else Q()


def told_since(reporter_id: int, moment: dt.datetime) -> bool:
    """Did they tell of anything after it, but of police? A further word on an older case counts, and one that became no
    case: nobody knows yet what it tells. Thanks do not.
    """
    links = CaseMessage.objects.filter(message__reporter=reporter_id, message__received_at__gt=moment)
    links = links.exclude(message__category=THANKS)
    return links.filter(detached_at=None).exclude(OF_POLICE).exists() or loose_since(reporter_id, moment).exists()


def loose_since(reporter: int | OuterRef, moment: dt.datetime | OuterRef) -> "QuerySet[Message]":
    """What somebody said after it and no case holds: it waits among the messages for an officer, as long as any."""
    said = Message.objects.filter(reporter=reporter, received_at__gt=moment, in_case=False)
    return said.exclude(category=THANKS)


def codes_of(reporter_id: int, *, police: bool = True) -> list[str]:
    """The cases that a request of this person covers, as they know them: the codes of their receipts, oldest first."""
    rows = Report.objects.filter(reporter=reporter_id).order_by("id")
    rows = rows if police else rows.exclude(OF_POLICE)
    return [show_code(code) for code in rows.values_list("case__code", flat=True)]


def of_police(case: Case) -> bool:
    return case.category in NEVER_DOWN or case.kind == "conduct"


def words_about_police(reporter_id: int) -> "QuerySet[CaseMessage, int]":
    """Ids of the person's messages that lie with such a case."""
    rows = CaseMessage.objects.filter(OF_POLICE, message__reporter=reporter_id)
    return rows.values_list("message_id", flat=True)


def matters_of_police(reporter_id: int) -> list[str]:
    """Such cases of the person as the audit and the vault name them, before and since they were seen to be that."""
    rows = Report.objects.filter(OF_POLICE, reporter=reporter_id).values_list("case__code", "case__public_id")
    return [name for code, public_id in rows for name in (f"case:{code}", f"conduct:{public_id}")]


def concerned(reporter_id: int) -> list[int] | None:
    """Custodians of whom, or of a relative of whom, the person told; not colleagues of theirs, as everywhere else, for
    somebody has to answer within the clock. Read with the program's own sight.
    """
    vetoes = Veto.objects.filter(matter__in=matters_of_police(reporter_id))
    kept = {side for sides in vetoes.values_list("kept_from", flat=True) for side in sides}
    asked = standings(Officer.objects.filter(is_active=True, role=Role.CUSTODIAN)) if kept else {}
    return [pk for pk, of in asked.items() if kept & {person(one) for one in (pk, *of.ties)}] or None


def told_about_police(reporter_id: int | None) -> bool:
    """Read with the program's own sight."""
    return reporter_id is not None and Report.objects.filter(OF_POLICE, reporter=reporter_id).exists()


def visible_requests(officer: Officer) -> "QuerySet[Request]":
    """Those the officer may answer; what people ask after they told about police the custodians alone, but whom it was
    about.
    """
    if not access.may(officer, May.ANSWER_DATA):
        return Request.objects.filter(access.NOTHING)
    rows = Request.objects.select_related("reporter", "answered_by")
    return rows.filter(apart=False) if access.sight(officer).province else rows.exclude(barred__contains=[officer.pk])


def waiting(officer: Officer) -> "QuerySet[Request]":
    return visible_requests(officer).filter(state="OPEN").order_by("due_at")


def alarmed(officer: Officer) -> "QuerySet[Request]":
    """Requests that ring for this officer: who may answer them, and the province above."""
    rows = Request.objects.filter(state="OPEN", alarm__gt=Stage.QUIET)
    if access.sight(officer).province:
        return rows.filter(apart=False)
    may = access.may(officer, May.ANSWER_DATA)
    return rows.exclude(barred__contains=[officer.pk]) if may else rows.filter(access.NOTHING)


def alarmed_breaches(officer: Officer) -> "QuerySet[Breach]":
    """Breaches that ring: for who keeps the book, and the province above."""
    rows = Breach.objects.filter(reported_at=None, closed_at=None, alarm__gt=Stage.QUIET)
    hears = any(access.may(officer, ability) for ability in BREACH_BOOK) or access.sight(officer).province
    return rows if hears else rows.filter(access.NOTHING)


def requests_of(reporter_id: int | None, link_hash: str) -> Sequence[Request]:
    """A person's own requests, by their report or by the link they asked on; the newest first."""
    mine = Q(pk__in=[])
    if reporter_id is not None:
        mine |= Q(reporter=reporter_id)
    if link_hash:
        mine |= Q(link_hash=link_hash)
    return list(Request.objects.filter(mine).order_by("-id")[:20])


def clock_holds(*, now: dt.datetime) -> bool:
    """May what is over by this clock be destroyed? `rules.keeping.clock_holds`, of the last night there was."""
    last = Sweep.objects.order_by("-pk").first()
    at, waited = (last.at, last.failed == WAITS) if last else (None, False)
    return keeping.clock_holds(at, waited=waited, now=now)


def last_sweeps() -> dict[str, Sweep]:
    """The last night's work of each class."""
    newest = [Sweep.objects.filter(group=c.code).order_by("-id").values_list("pk", flat=True).first() for c in CLASSES]
    return {row.group: row for row in Sweep.objects.filter(pk__in=[pk for pk in newest if pk])}


def seen_holds(officer: Officer) -> "QuerySet[Hold]":
    """Orders to keep cases that the officer sees."""
    return Hold.objects.filter(access.cases(officer, "case__")).select_related("case", "officer")


def holds(officer: Officer, *, now: dt.datetime) -> Sequence[Hold]:
    rows = seen_holds(officer).filter(ended_at=None, until__gte=vietnam_day(now))
    return list(rows.order_by("-id")[:200])


def name_of(hold: Hold) -> str:
    """What an address calls it: its number would tell how many there were."""
    return encode("hold", (hold.pk,))


def hold_of(name: str) -> int:
    """The other way round; 0 for what is no such name."""
    return (decode("hold", name, 1) or (0,))[0]


def breaches() -> "QuerySet[Breach]":
    rows = Breach.objects.select_related("officer").annotate(done=Count("steps"))
    return rows.order_by(F("closed_at").desc(nulls_first=True), "-id")
