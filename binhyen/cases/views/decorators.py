"""View decorators of the register: a signed-in officer with access to cases, and a 404 for invisible objects."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpResponse, HttpResponseBase

from binhyen.cases.rules import NotFound
from binhyen.channels.queries import Missing
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest, officers

P = ParamSpec("P")
WORKS_WITH_CASES = (May.WORK_CASES, May.REPORT_BACK, May.HAND_ON)


def screen(
    *methods: str,
) -> Callable[[Callable[Concatenate[OfficerRequest, P], HttpResponse]], Callable[..., HttpResponseBase]]:
    """Decorate a view for officers who work with cases. A missing and an invisible object give the same 404."""
    return _screen(WORKS_WITH_CASES, methods)


def asks_for_identities(
    *methods: str,
) -> Callable[[Callable[Concatenate[OfficerRequest, P], HttpResponse]], Callable[..., HttpResponseBase]]:
    """Decorate a view for case officers only: village teams and staff never request identities."""
    return _screen((May.WORK_CASES,), methods)


def _screen(
    abilities: tuple[May, ...], methods: tuple[str, ...]
) -> Callable[[Callable[Concatenate[OfficerRequest, P], HttpResponse]], Callable[..., HttpResponseBase]]:

    def decorate(view: Callable[Concatenate[OfficerRequest, P], HttpResponse]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def answer(request: OfficerRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except (NotFound, Missing):
                raise Http404 from None

        return officers(*abilities, methods=methods or ("GET", "HEAD"))(answer)

    return decorate
