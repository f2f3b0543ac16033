"""API operations: case list and case details, actions on cases, the ledger, ids for filters."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest
from ninja import Header, Query, Router

from binhyen.api import queries, serializers, services
from binhyen.api.auth import Bearer, get_request_token
from binhyen.api.errors import READ_STATUSES, WRITE_STATUSES, Forbidden, InvalidCursor, ReversedPeriod
from binhyen.api.queries import UnknownPlace, resolve_places
from binhyen.api.schemas import (
    CaseChange,
    CaseList,
    CaseOut,
    Close,
    Code,
    Exact,
    Ledger,
    LedgerLine,
    LedgerOf,
    Month,
    Once,
    Problem,
    SeenVersion,
    StateChange,
    Units,
    View,
    Villages,
    VillagesOf,
    Write,
    WriteNote,
)
from binhyen.api.scopes import Scope
from binhyen.api.services import record_api_read
from binhyen.audit.rules.action_families import ReadEvent, ReadKind
from binhyen.audit.services import record_read
from binhyen.cases.models import Case
from binhyen.cases.queries import case_detail, case_list
from binhyen.cases.queries.case_list import CaseFilters
from binhyen.cases.services import closing, officer_actions
from binhyen.cases.services.unit_of_work import to_case_status
from binhyen.kit import clock
from binhyen.kit.ids import normalize_code
from binhyen.kit.keyset_pagination import decode_cursor
from binhyen.people import access
from binhyen.people.roles import Permission
from binhyen.stats import area_filter
from binhyen.stats.area_filter import ALL_AREAS
from binhyen.stats.periods import Period
from binhyen.stats.queries import LedgerEntry, get_ledger

router = Router(tags=["cases"], auth=Bearer(Scope.READ))
_MANY, _ONE = {200: CaseList, READ_STATUSES: Problem}, {200: CaseOut, READ_STATUSES: Problem}


@router.get("/cases", response=_MANY, summary="Cases the officer sees, 50 a page")
def list_visible_cases(request: HttpRequest, view: Query[View]) -> CaseList:
    token, now = get_request_token(request, View), clock.now()
    officer = token.officer
    place = resolve_places(view.commune, view.unit)
    filters = CaseFilters(
        view=view.view,
        q=view.q,
        state=view.state or "",
        kind=view.kind,
        category=view.category,
        urgency=view.urgency,
        commune=place.commune,
        unit=place.unit,
        owner=view.owner,
        overdue=view.overdue,
    )
    page = case_list.get_case_page(officer, filters, cursor=_check_cursor(view.cursor), now=now)
    read_event = ReadEvent(ReadKind.LIST_BY_API, count=len(page.rows))
    record_read(read_event, actor=f"token:{token.public_id}", unit_id=officer.unit_id, now=now)
    return CaseList(cases=[serializers.serialize_row(row) for row in page.rows], next=page.next or None)


def _check_cursor(cursor: str) -> str:
    """Reject cursors not created by this API, instead of silently starting from the first page."""
    keys = (
        (decode_cursor(case_list.CURSOR, cursor, 1) or decode_cursor(case_list.CURSOR, cursor, 2) or ())
        if cursor
        else ()
    )
    if cursor and (not keys or not all(type(key) is int and 0 <= key < 2**63 for key in keys)):
        raise InvalidCursor
    return cursor


@router.get("/cases/{code}", response=_ONE, summary="One case with its thread and its history")
def read_case(request: HttpRequest, code: Code) -> CaseOut:
    token = get_request_token(request)
    officer = token.officer
    case = case_detail.get_visible_case(officer, code)
    record_api_read(token, case, now=clock.now())
    merged_cases = case_detail.list_merged_cases(case)
    return serializers.serialize_case(
        case,
        to_case_status(case),
        can_decide=case.assignee_id == officer.pk and access.officer_may(officer, Permission.DECIDE),
        absorbed=merged_cases,
        lines=case_detail.list_thread(officer, case, merged_cases),
        case_events=case_detail.list_events(case),
    )


# Actions on cases for other systems: the same services and the same rule violations as the desk.

write_router = Router(tags=["cases"], auth=Bearer(Scope.WRITE))


def _run_idempotently(
    request: HttpRequest,
    verb: str,
    code: str,
    idempotency: Once,
    change: Callable[..., Case],
    *,
    permissions: tuple[Permission, ...],
) -> Any:
    """Run `change(code=, officer=, now=)` as the officer of the token; a repeated key gets the stored answer."""
    token, now, normalized_code = get_request_token(request), clock.now(), normalize_code(code)[:40]
    if not any(access.officer_may(token.officer, ability) for ability in permissions):
        raise Forbidden
    return services.run_idempotent(
        token=token,
        verb=verb,
        target=f"case:{normalized_code}",
        key=idempotency.idempotency_key,
        request=b"\x00".join([verb.encode(), normalized_code.encode(), request.body]),
        now=now,
        act=lambda: serializers.serialize_change(change(code=normalized_code, officer=token.officer, now=now)),
    )


_CHANGE = {200: CaseChange, WRITE_STATUSES: Problem}
_WORK = (Permission.WORK_CASES,)
_NOTE = (Permission.WORK_CASES, Permission.REPORT_BACK)


@write_router.post(
    "/cases/{code}/acknowledge",
    response=_CHANGE,
    summary="Acknowledge the case; its alarm stops. It becomes yours where its officer has not confirmed it",
)
def acknowledge_case(request: HttpRequest, code: Code, once: Header[Once], body: SeenVersion) -> Any:
    change = partial(officer_actions.acknowledge_alarm, version=body.version)
    return _run_idempotently(request, "acknowledge", code, once, change, permissions=_WORK)


@write_router.post("/cases/{code}/take", response=_CHANGE, summary="The token's officer becomes the owner")
def take_case_over(request: HttpRequest, code: Code, once: Header[Once], body: Exact) -> Any:
    change = partial(officer_actions.assign_to_self, version=body.version)
    return _run_idempotently(request, "take", code, once, change, permissions=_WORK)


@write_router.post("/cases/{code}/reply", response=_CHANGE, summary="Send a message to all reporters of the case")
def answer_case_reporters(request: HttpRequest, code: Code, once: Header[Once], body: Write) -> Any:
    change = partial(officer_actions.answer_reporters, text=body.text, version=body.version)
    return _run_idempotently(request, "reply", code, once, change, permissions=_WORK)


@write_router.post("/cases/{code}/ask", response=_CHANGE, summary="A question; the case waits for the answer")
def ask_case_reporters(request: HttpRequest, code: Code, once: Header[Once], body: Write) -> Any:
    change = partial(officer_actions.ask_reporters, question=body.text, version=body.version)
    return _run_idempotently(request, "ask", code, once, change, permissions=_WORK)


@write_router.post("/cases/{code}/note", response=_CHANGE, summary="A line for colleagues, never for citizens")
def add_case_note(request: HttpRequest, code: Code, once: Header[Once], body: WriteNote) -> Any:
    change = partial(officer_actions.add_note, text=body.text, version=body.version)
    return _run_idempotently(request, "note", code, once, change, permissions=_NOTE)


@write_router.post("/cases/{code}/state", response=_CHANGE, summary="Set a state that the transition table allows")
def change_case_state(request: HttpRequest, code: Code, once: Header[Once], body: StateChange) -> Any:
    change = partial(
        officer_actions.set_case_state,
        to=body.state,
        receiver=body.receiver,
        receipt=body.receipt,
        version=body.version,
    )
    return _run_idempotently(request, "state", code, once, change, permissions=_WORK)


@write_router.post("/cases/{code}/close", response=_CHANGE, summary="Close with an outcome and a sentence for people")
def close_case_with_outcome(request: HttpRequest, code: Code, once: Header[Once], body: Close) -> Any:
    change = partial(
        closing.close_case, outcome=body.outcome, result=body.result, evidence=body.evidence, version=body.version
    )
    return _run_idempotently(request, "close", code, once, change, permissions=_WORK)


# Outcome ledger.

ledger_router = Router(tags=["ledger"], auth=Bearer(Scope.LEDGER), by_alias=True)


_LEDGER = {200: Ledger, READ_STATUSES: Problem}


@ledger_router.get("/ledger", response=_LEDGER, summary="The province's numbers for an area and a period")
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


# Ids for filters: units with their communes, and villages.

places_router = Router(tags=["places"], auth=Bearer(Scope.READ, Scope.LEDGER))
_UNITS, _VILLAGES = {200: Units, READ_STATUSES: Problem}, {200: Villages, READ_STATUSES: Problem}


@places_router.get("/units", response=_UNITS, summary="Units that the officer sees, with today's communes")
def list_units_with_communes(request: HttpRequest) -> Units:
    return Units(units=queries.list_visible_units(get_request_token(request).officer))


@places_router.get("/villages", response=_VILLAGES, summary="Today's villages of a commune of such a unit")
def list_current_villages(request: HttpRequest, of: Query[VillagesOf]) -> Villages:
    return Villages(villages=queries.list_visible_villages(get_request_token(request, VillagesOf).officer, of.commune))
