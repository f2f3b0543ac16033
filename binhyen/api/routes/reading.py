"""Case list and case details."""

from django.http import HttpRequest
from ninja import Query, Router

from binhyen.api import serializers
from binhyen.api.auth import Bearer, get_request_token
from binhyen.api.errors import READ_STATUSES, InvalidCursor
from binhyen.api.queries import resolve_places
from binhyen.api.schemas import CaseList, CaseOut, Code, Problem, View
from binhyen.api.scopes import Scope
from binhyen.api.services import record_api_read
from binhyen.audit.rules.read_events import ReadEvent, ReadKind
from binhyen.audit.services import record_read
from binhyen.cases.queries import case_detail, case_list
from binhyen.cases.queries.case_list import CaseFilters
from binhyen.cases.services.unit_of_work import to_case_status
from binhyen.kit import clock
from binhyen.kit.keyset_pagination import decode_cursor
from binhyen.people import access
from binhyen.people.roles import Permission

router = Router(tags=["cases"], auth=Bearer(Scope.READ))
_MANY, _ONE = {200: CaseList, READ_STATUSES: Problem}, {200: CaseOut, READ_STATUSES: Problem}


@router.get("/cases", response=_MANY, summary="Cases the officer sees, 50 a page")
def listing(request: HttpRequest, view: Query[View]) -> CaseList:
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
    return serializers.serialize_case(
        case,
        to_case_status(case),
        can_decide=case.assignee_id == officer.pk and access.officer_may(officer, Permission.DECIDE),
        absorbed=case_detail.list_merged_cases(case),
        lines=case_detail.list_thread(officer, case),
        case_events=case_detail.list_events(case),
    )
