"""Ids for filters: units with their communes, and villages."""

from django.http import HttpRequest
from ninja import Query, Router

from binhyen.api import queries
from binhyen.api.auth import Bearer, get_request_token
from binhyen.api.errors import READ_STATUSES
from binhyen.api.schemas import Problem, Units, Villages, VillagesOf
from binhyen.api.scopes import Scope

router = Router(tags=["places"], auth=Bearer(Scope.READ, Scope.LEDGER))
_UNITS, _VILLAGES = {200: Units, READ_STATUSES: Problem}, {200: Villages, READ_STATUSES: Problem}


@router.get("/units", response=_UNITS, summary="Units that the officer sees, with today's communes")
def units(request: HttpRequest) -> Units:
    return Units(units=queries.list_visible_units(get_request_token(request).officer))


@router.get("/villages", response=_VILLAGES, summary="Today's villages of a commune of such a unit")
def villages(request: HttpRequest, of: Query[VillagesOf]) -> Villages:
    return Villages(villages=queries.list_visible_villages(get_request_token(request, VillagesOf).officer, of.commune))
