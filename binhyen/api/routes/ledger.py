"""Outcome ledger."""

from django.http import HttpRequest
from ninja import Query, Router

from binhyen.api.auth import Bearer, get_request_token
from binhyen.api.errors import READ_STATUSES, Forbidden, ReversedPeriod
from binhyen.api.queries import UnknownPlace
from binhyen.api.schemas import Ledger, LedgerLine, LedgerOf, Month, Problem
from binhyen.api.scopes import Scope
from binhyen.kit import clock
from binhyen.people import access
from binhyen.people.roles import Permission
from binhyen.stats import area_filter
from binhyen.stats.area_filter import ALL_AREAS
from binhyen.stats.periods import Period
from binhyen.stats.queries import LedgerEntry, get_ledger

router = Router(tags=["ledger"], auth=Bearer(Scope.LEDGER), by_alias=True)


_ANSWERS = {200: Ledger, READ_STATUSES: Problem}


@router.get("/ledger", response=_ANSWERS, summary="The province's numbers for an area and a period")
def read_ledger(request: HttpRequest, of: Query[LedgerOf]) -> Ledger:
    officer = get_request_token(request, LedgerOf).officer
    if not access.officer_may(officer, Permission.READ_LEDGER):
        raise Forbidden
    today = clock.to_vietnam_day(clock.now())
    last = of.last or today
    first = of.first or min(last, today).replace(day=1)
    if last < first:
        raise ReversedPeriod
    area_id = of.area or of.commune
    ground = area_filter.find_area_by_id(area_id) if area_id else ALL_AREAS
    if ground is None:
        raise UnknownPlace
    ledger_lines = [_serialize_ledger_line(e) for e in get_ledger(officer, Period(first, last), ground=ground)]
    return Ledger(first=first, last=last, area=ground.name, now_in=ground.now_in, lines=ledger_lines)


def _serialize_ledger_line(entry: LedgerEntry) -> LedgerLine:
    line = entry.line
    months = [Month(month=month, value=value) for month, value in entry.by_month]
    return LedgerLine(
        label=line.label, metric=line.metric, source=line.source or "cases", value=entry.value, by_month=months
    )
