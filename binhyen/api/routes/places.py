"""Ids for filters: units with their communes, and villages."""

from django.http import HttpRequest
from ninja import Query, Router

from binhyen.api import queries
from binhyen.api.auth import Bearer, token_in
from binhyen.api.errors import READING
from binhyen.api.request_schemas import VillagesOf
from binhyen.api.response_schemas import Problem, Units, Villages
from binhyen.api.scopes import Scope

router = Router(tags=["places"], auth=Bearer(Scope.READ, Scope.LEDGER))
_UNITS, _VILLAGES = {200: Units, READING: Problem}, {200: Villages, READING: Problem}


@router.get("/units", response=_UNITS, summary="Units that the officer sees, with today's communes")
def units(request: HttpRequest) -> Units:
    return Units(units=queries.units_seen(token_in(request).officer))


@router.get("/villages", response=_VILLAGES, summary="Today's villages of a commune of such a unit")
def villages(request: HttpRequest, of: Query[VillagesOf]) -> Villages:
    return Villages(villages=queries.villages_seen(token_in(request, VillagesOf).officer, of.commune))
