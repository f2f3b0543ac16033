"""View decorators of the register: a signed-in officer with access to cases, and a 404 for invisible objects."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpResponse, HttpResponseBase

from binhyen.cases.rules import NotFound
from binhyen.channels.queries import NotVisible
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_any_permission

P = ParamSpec("P")
CASE_PERMISSIONS = (Permission.WORK_CASES, Permission.REPORT_BACK, Permission.HAND_ON)


def require_case_access(
    *methods: str,
) -> Callable[[Callable[Concatenate[OfficerRequest, P], HttpResponse]], Callable[..., HttpResponseBase]]:
    """Decorate a view for officers who work with cases. A missing and an invisible object give the same 404."""
    return _build_decorator(CASE_PERMISSIONS, methods)


def require_case_officer(
    *methods: str,
) -> Callable[[Callable[Concatenate[OfficerRequest, P], HttpResponse]], Callable[..., HttpResponseBase]]:
    """Decorate a view for case officers only: village teams and staff never request identities."""
    return _build_decorator((Permission.WORK_CASES,), methods)


def _build_decorator(
    abilities: tuple[Permission, ...], methods: tuple[str, ...]
) -> Callable[[Callable[Concatenate[OfficerRequest, P], HttpResponse]], Callable[..., HttpResponseBase]]:

    def decorate(view: Callable[Concatenate[OfficerRequest, P], HttpResponse]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def answer(request: OfficerRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except (NotFound, NotVisible):
                raise Http404 from None

        return require_any_permission(*abilities, methods=methods or ("GET", "HEAD"))(answer)

    return decorate
