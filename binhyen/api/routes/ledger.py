"""Outcome ledger."""

from django.http import HttpRequest
from ninja import Query, Router

from binhyen.api.auth import Bearer, token_in
from binhyen.api.errors import READING, BadPeriod, Forbidden
from binhyen.api.queries import Unknown
from binhyen.api.request_schemas import LedgerOf
from binhyen.api.response_schemas import Ledger, LedgerLine, Month, Problem
from binhyen.api.scopes import Scope
from binhyen.kit import clock
from binhyen.people import access
from binhyen.people.roles import May
from binhyen.stats import area_filter
from binhyen.stats.area_filter import EVERYWHERE
from binhyen.stats.periods import Period
from binhyen.stats.queries import Entry, ledger

router = Router(tags=["ledger"], auth=Bearer(Scope.LEDGER), by_alias=True)


_ANSWERS = {200: Ledger, READING: Problem}


@router.get("/ledger", response=_ANSWERS, summary="The province's numbers for an area and a period")
def show(request: HttpRequest, of: Query[LedgerOf]) -> Ledger:
    officer = token_in(request, LedgerOf).officer
    if not access.may(officer, May.READ_LEDGER):
        raise Forbidden
    today = clock.vietnam_day(clock.now())
    last = of.last or today
    first = of.first or min(last, today).replace(day=1)
    if last < first:
        raise BadPeriod
    asked = of.area or of.commune
    ground = area_filter.of_id(asked) if asked else EVERYWHERE
    if ground is None:
        raise Unknown
    lines = [_line(e) for e in ledger(officer, Period(first, last), ground=ground)]
    return Ledger(first=first, last=last, area=ground.name, now_in=ground.now_in, lines=lines)


def _line(entry: Entry) -> LedgerLine:
    line = entry.line
    months = [Month(month=month, value=value) for month, value in entry.by_month]
    return LedgerLine(
        label=line.label, metric=line.metric, source=line.source or "cases", value=entry.value, by_month=months
    )
