"""Decorators behind sign-in: which key the officer has, and whether it is unlocked in this session."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from binhyen.people.queries import who_was
from binhyen.people.roles import May
from binhyen.people.services import Refusal
from binhyen.people.view_auth import (
    CONFIRM_URL,
    OfficerRequest,
    came_from,
    confirm_url,
    confirmed,
    officers,
    press_again,
    see_other,
)
from binhyen.vault.draft_cache import unsent
from binhyen.vault.envelopes import Pair
from binhyen.vault.key_session import keys
from binhyen.vault.key_wrapping import FILE_LIMIT, EmptyFile, new_file
from binhyen.vault.models import Holder
from binhyen.vault.queries import holder_of

P = ParamSpec("P")
_WHO = (May.WORK_CASES, May.HANDLE_CONDUCT, May.OPEN_IDENTITY)
# Forms with text written by the officer; none of them asks for a passphrase.
_TYPED = frozenset(
    {"custody_reply", "custody_hand_on", "custody_deed", "custody_original", "custody_ask_original", "custody_refuse"}
)
_LONGEST, _MOST = 4000, 20


class KeyRequest(OfficerRequest):
    """Request with `holder`: the officer's own key, if any; `pair`: the same, unlocked in this session."""

    holder: Holder | None
    pair: Pair | None


class OpenRequest(OfficerRequest):
    """Request behind `require_unlocked_key`: the key is unlocked."""

    holder: Holder
    pair: Pair


KeyView = Callable[Concatenate[KeyRequest, P], HttpResponse]
OpenView = Callable[Concatenate[OpenRequest, P], HttpResponse]


def custody(*methods: str) -> Callable[[KeyView[P]], Callable[..., HttpResponseBase]]:
    """Admit officers that may have a key of their own.

    A GET to an address that only takes POST is redirected to its page, without a check that the page exists.
    """
    served = methods or ("GET", "HEAD")

    def decorate(view: KeyView[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def answer(request: OfficerRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in served:
                return press_again(request, _page_of(request))
            asks = cast("KeyRequest", request)
            asks.holder = holder_of(request.user)
            asks.pair = keys.get(request.sign_in.pk, asks.holder.pk) if asks.holder else None
            return view(asks, *args, **kwargs)

        inner = officers(*_WHO, methods=tuple({"GET", "HEAD", *served}))(answer)

        @wraps(view)
        def keeping(request: OfficerRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            response = inner(request, *args, **kwargs)
            if request.method == "POST":
                _keep_typed(request, response)
            return response

        return keeping

    return decorate


def _keep_typed(request: OfficerRequest, response: HttpResponseBase) -> None:
    """Store a draft when the response redirects to sign-in, confirmation or unlocking before the text was accepted."""
    match = request.resolver_match
    if match is None or match.url_name not in _TYPED:
        return
    away = urlsplit(response.get("Location", "")).path in (settings.LOGIN_URL, CONFIRM_URL, reverse("custody"))
    known = getattr(request, "sign_in", None)
    officer_id = known.officer_id if known else who_was(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
    if officer_id is None:
        return
    if not away:
        unsent.drop(officer_id, _page_of(request))
        return
    typed = {name: str(value)[:_LONGEST] for name, value in list(request.POST.items())[:_MOST]}
    typed.pop("csrfmiddlewaretoken", None)
    if deed := match.kwargs.get("deed"):
        typed["deed"] = deed
    unsent.keep(officer_id, _page_of(request), match.url_name, typed)


def opened(*methods: str) -> Callable[[OpenView[P]], Callable[..., HttpResponseBase]]:
    """Require an unlocked key; redirect other requests to the unlock page."""

    def decorate(view: OpenView[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def answer(request: KeyRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.pair is None:
                return see_other(home_url(_back(request)))
            return view(cast("OpenRequest", request), *args, **kwargs)

        return custody(*methods)(answer)

    return decorate


def handling(*methods: str) -> Callable[[KeyView[P]], Callable[..., HttpResponseBase]]:
    """Require an unlocked key, or a key on an isolated machine with a fresh second factor; `pair` is None then.

    Such officers read nothing here, but see conversations to export, and answer after reading on their machine.
    """

    def decorate(view: KeyView[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def answer(request: KeyRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.pair is None and (request.holder is None or request.holder.wrapped):
                return see_other(home_url(_back(request)))
            if request.pair is None and not confirmed(request):
                return see_other(confirm_url(_back(request) or reverse("custody_talks")))
            return view(request, *args, **kwargs)

        return custody(*methods)(answer)

    return decorate


def _back(request: KeyRequest) -> str:
    """Return the page of this process to return to, or ""."""
    return inside(request, _page_of(request) if request.method == "POST" else came_from(request))


def inside(request: OfficerRequest, target: str) -> str:
    """Return the target if it is a page of this process, otherwise ""."""
    ours = target.startswith("/giu-kin") and url_has_allowed_host_and_scheme(target, {request.get_host()})
    return target if ours else ""


def home_url(back: str) -> str:
    """Return the URL of the unlock page, which continues to `return_url`."""
    return reverse("custody") + (f"?{urlencode({'next': back}, safe='/')}" if back else "")


def _page_of(request: OfficerRequest) -> str:
    """Return the page with the button of a POST address, which may answer without a page of its own."""
    matter = request.resolver_match.kwargs if request.resolver_match else {}
    if not matter:
        return came_from(request) if request.method == "POST" else reverse("custody")
    if "public_id" in matter:
        return reverse("custody_opening", args=[matter["public_id"]])
    return reverse("custody_talk", args=[matter["desk"], matter["ref"]])


def key_file(request: OfficerRequest) -> bytes:
    """Return the second part of a key, if one was sent."""
    sent = request.FILES.get("file")
    return sent.read(FILE_LIMIT) if sent else b""


def new_key_file(request: OfficerRequest) -> bytes:
    """Return the same for a new key. Raises `Refusal`."""
    try:
        return new_file(key_file(request)) if "file" in request.FILES else b""
    except EmptyFile as problem:
        raise Refusal(str(problem)) from problem
