"""What every screen of the register has: a signed-in person who works with cases, and one answer to «not yours»."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpResponse, HttpResponseBase

from binhyen.cases.rules import NotFound
from binhyen.channels.queries import Missing
from binhyen.people.gate import OfficerRequest, officers
from binhyen.people.rules import May

P = ParamSpec("P")
WORKS_WITH_CASES = (May.WORK_CASES, May.REPORT_BACK, May.HAND_ON)


def screen(
    *methods: str,
) -> Callable[[Callable[Concatenate[OfficerRequest, P], HttpResponse]], Callable[..., HttpResponseBase]]:
    """A screen for whoever works with cases. What does not exist and what is not theirs give the same 404."""
    return _screen(WORKS_WITH_CASES, methods)


def asks_for_identities(
    *methods: str,
) -> Callable[[Callable[Concatenate[OfficerRequest, P], HttpResponse]], Callable[..., HttpResponseBase]]:
    """The same for whoever works on cases of their own: a village team and the staff never ask who somebody is."""
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
