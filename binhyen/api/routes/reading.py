"""Case list and case details."""

from django.http import HttpRequest
from ninja import Query, Router

from binhyen.api import serializers
from binhyen.api.auth import Bearer, token_in
from binhyen.api.errors import READING, BadCursor
from binhyen.api.queries import where
from binhyen.api.request_schemas import Code, View
from binhyen.api.response_schemas import CaseList, CaseOut, Problem
from binhyen.api.scopes import Scope
from binhyen.api.services import read_case
from binhyen.audit.rules.read_events import Read, Seen
from binhyen.audit.services import saw
from binhyen.cases.queries import case_detail, case_list
from binhyen.cases.queries.case_list import Filters
from binhyen.cases.services.unit_of_work import facts
from binhyen.kit import clock
from binhyen.kit.keyset_pagination import decode
from binhyen.people import access
from binhyen.people.roles import May

router = Router(tags=["cases"], auth=Bearer(Scope.READ))
_MANY, _ONE = {200: CaseList, READING: Problem}, {200: CaseOut, READING: Problem}


@router.get("/cases", response=_MANY, summary="Cases the officer sees, 50 a page")
def listing(request: HttpRequest, view: Query[View]) -> CaseList:
    token, now = token_in(request, View), clock.now()
    officer = token.officer
    place = where(view.commune, view.unit)
    filters = Filters(
        view=view.view, q=view.q, state=view.state or "", kind=view.kind, category=view.category,
        urgency=view.urgency, commune=place.commune, unit=place.unit, owner=view.owner, overdue=view.overdue,
    )  # fmt: skip
    found = case_list.desk_page(officer, filters, cursor=_cursor(view.cursor), now=now)
    looked = Seen(Read.LIST_BY_API, count=len(found.rows))
    saw(looked, actor=f"token:{token.public_id}", unit_id=officer.unit_id, now=now)
    return CaseList(cases=[serializers.row(row) for row in found.rows], next=found.next or None)


def _cursor(given: str) -> str:
    """Reject cursors not created by this API, instead of silently starting from the first page."""
    keys = (decode(case_list.CURSOR, given, 1) or decode(case_list.CURSOR, given, 2) or ()) if given else ()
    if given and (not keys or not all(type(key) is int and 0 <= key < 2**63 for key in keys)):
        raise BadCursor
    return given


@router.get("/cases/{code}", response=_ONE, summary="One case with its thread and its history")
def show(request: HttpRequest, code: Code) -> CaseOut:
    token = token_in(request)
    officer = token.officer
    case = case_detail.access_case(officer, code)
    read_case(token, case, now=clock.now())
    return serializers.detail(
        case, facts(case), decides=access.may(officer, May.DECIDE), absorbed=case_detail.absorbed(case),
        lines=case_detail.thread(officer, case), happened=case_detail.events(case),
    )  # fmt: skip
