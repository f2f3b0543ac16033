"""The gate of the officers' screens: signed in, and able to use the page. What of it they see is `access`'s matter.

`@step_up()` under `@officers(…)` asks for the second step again before something dangerous.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from binhyen.kit import clock
from binhyen.people.access import may
from binhyen.people.middleware import renews_itself, running_sign_in
from binhyen.people.models import Officer, SignIn
from binhyen.people.rules import May
from binhyen.people.services import spend_confirmation
from binhyen.people.trust import by_passkey, is_confirmed, terms

P = ParamSpec("P")
CONFIRM_URL = "/bao-mat/xac-nhan"


class OfficerRequest(HttpRequest):
    """A request behind the gate."""

    user: Officer
    sign_in: SignIn
    htmx: HtmxDetails


View = Callable[Concatenate[OfficerRequest, P], HttpResponse]


def officers(
    *abilities: May, methods: tuple[str, ...] = ("GET", "HEAD")
) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """For whoever has one of the abilities. Nobody signed in: to the sign-in page and back; another role: 403."""
    return _gate(lambda officer: any(may(officer, ability) for ability in abilities), methods)


def signed_in(*, methods: tuple[str, ...] = ("GET", "HEAD")) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """For everybody who is signed in: pages of one's own account. A role that nobody knows has none."""
    return _gate(lambda officer: bool(terms(officer.role).factors), methods)


def _gate(
    lets_in: Callable[[Officer], bool], methods: tuple[str, ...]
) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @require_http_methods(list(methods))
        @wraps(view)
        def gate(request: OfficerRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            found = running_sign_in(request)
            if found is None:
                return to_sign_in(request)
            if not lets_in(found.officer):
                raise PermissionDenied
            request.sign_in = found
            request.user = found.officer  # the person itself, not Django's lazy wrapper, which costs at every look
            return view(request, *args, **kwargs)

        return gate

    return decorate


def step_up(*, passkey: bool = False, once: bool = False) -> Callable[[View[P]], View[P]]:
    """Only for whoever gave the second step just now (how long it holds: trust.py); others give it again first.

    `passkey`: no code will do. `once`: each use asks anew. Goes below the gate.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def ask(request: OfficerRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            fresh = confirmed(request, passkey=passkey)
            if not fresh or (once and not spend_confirmation(sign_in=request.sign_in)):
                return _to(request, CONFIRM_URL, ({"khoa": "1"} if passkey else {}) | _undone(request))
            return view(request, *args, **kwargs)

        return ask

    return decorate


def confirmed(request: OfficerRequest, *, passkey: bool = False) -> bool:
    """Was the second step given just now? A page asks it to say so before somebody types, not after."""
    row = request.sign_in
    return is_confirmed(row.confirmed_at, request.user.role, clock.now(), how=row.how, passkey=passkey)


def confirm_url(back: str) -> str:
    """Where the second step is given again; then to `back`, a page of ours."""
    return f"{CONFIRM_URL}?{urlencode({'next': back}, safe='/')}"


def has_passkey(request: OfficerRequest) -> bool:
    """Was this session proved by passkey?"""
    return by_passkey(request.sign_in.how, demo=settings.DEMO)


def to_passkey(request: OfficerRequest) -> HttpResponse:
    """To where a passkey is asked for, and back."""
    return _to(request, CONFIRM_URL, {"khoa": "1"})


def to_sign_in(request: OfficerRequest) -> HttpResponse:
    """To the sign-in page and back to where they were. What renews itself only locks the screen: it may be ringing."""
    if request.htmx and renews_itself(request):
        return HttpResponse(status=204, headers={"HX-Trigger": "screen-locked"})
    return _to(request, settings.LOGIN_URL, {})


def _to(request: OfficerRequest, url: str, more: dict[str, str]) -> HttpResponse:
    """A fragment cannot show another page: htmx is told to go there. After a POST one comes back to its form."""
    back = came_from(request)
    query = urlencode(more | ({"next": back} if back else {}), safe="/")
    target = f"{url}?{query}" if query else url
    if request.htmx:
        return HttpResponse(status=200, headers={"HX-Redirect": target})
    return HttpResponse(status=303 if request.method == "POST" else 302, headers={"Location": target})


def _undone(request: OfficerRequest) -> dict[str, str]:
    """Who comes back to a form finds it folded and empty, and would believe it done. An address that is only posted to
    says so itself (`press_again`).
    """
    back = urlsplit(came_from(request)).path
    return {"lai": "1"} if request.method == "POST" and back not in ("", request.path) else {}


def came_from(request: OfficerRequest) -> str:
    """The page to come back to: this one, or the one of ours that holds the form; "" where unknown."""
    if request.htmx:
        return request.htmx.current_url_abs_path or ""
    if request.method != "POST":
        return request.get_full_path()
    told = urlsplit(request.headers.get("Referer", ""))
    return f"{told.path}?{told.query}".rstrip("?") if told.netloc == request.get_host() else ""


def press_again(request: HttpRequest, page: str) -> HttpResponse:
    """To the page with the button, for who comes by a link, as after a confirmation, to what is only posted to."""
    not_done(request)
    return see_other(page)


def not_done(request: HttpRequest) -> None:
    """For the page that comes next."""
    messages.warning(request, _("Việc vừa rồi chưa làm. Bạn bấm lại trên trang này."))


def see_other(url: str) -> HttpResponse:
    """303 after a POST: the page that follows is safe to load again."""
    return HttpResponse(status=303, headers={"Location": url})
