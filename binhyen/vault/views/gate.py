"""Behind the sign-in: whose key it is, and whether it was opened in this session."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from binhyen.people.gate import (
    CONFIRM_URL,
    OfficerRequest,
    came_from,
    confirm_url,
    confirmed,
    officers,
    press_again,
    see_other,
)
from binhyen.people.queries import who_was
from binhyen.people.rules import May
from binhyen.people.services import Refusal
from binhyen.vault.boxes import Pair
from binhyen.vault.models import Holder
from binhyen.vault.queries import holder_of
from binhyen.vault.unlocked import keys
from binhyen.vault.unsent import unsent
from binhyen.vault.wrapping import FILE_LIMIT, EmptyFile, new_file

P = ParamSpec("P")
_WHO = (May.WORK_CASES, May.HANDLE_CONDUCT, May.OPEN_IDENTITY)
# Forms with words of one's own; none of them asks for a passphrase.
_TYPED = frozenset(
    {"custody_reply", "custody_hand_on", "custody_deed", "custody_original", "custody_ask_original", "custody_refuse"}
)
_LONGEST, _MOST = 4000, 20


class KeyRequest(OfficerRequest):
    """`holder`: the officer's own key, if they made one; `pair`: it, opened in this session."""

    holder: Holder | None
    pair: Pair | None


class OpenRequest(OfficerRequest):
    """Behind `opened`."""

    holder: Holder
    pair: Pair


KeyView = Callable[Concatenate[KeyRequest, P], HttpResponse]
OpenView = Callable[Concatenate[OpenRequest, P], HttpResponse]


def custody(*methods: str) -> Callable[[KeyView[P]], Callable[..., HttpResponseBase]]:
    """For whoever may have a key of their own. Who comes by a link to what is only posted to is led to its page, there
    or not: that page decides.
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
    """Who is sent away before their words were taken, to sign in, confirm or open their key, finds them again."""
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
    """Only with one's key opened; others are led to where it is opened."""

    def decorate(view: OpenView[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def answer(request: KeyRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.pair is None:
                return see_other(home_url(_back(request)))
            return view(cast("OpenRequest", request), *args, **kwargs)

        return custody(*methods)(answer)

    return decorate


def handling(*methods: str) -> Callable[[KeyView[P]], Callable[..., HttpResponseBase]]:
    """The same, and for whose key lies on an isolated machine, their second step given just now: `pair` is None then.
    They read nothing here, but see what waits to be carried there, and answer what they read there.
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
    """The page of this process to come back to; ""."""
    return inside(request, _page_of(request) if request.method == "POST" else came_from(request))


def inside(request: OfficerRequest, target: str) -> str:
    """A page of this process; "" for every other address."""
    ours = target.startswith("/giu-kin") and url_has_allowed_host_and_scheme(target, {request.get_host()})
    return target if ours else ""


def home_url(back: str) -> str:
    """Where one's key is opened; then to `back`."""
    return reverse("custody") + (f"?{urlencode({'next': back}, safe='/')}" if back else "")


def _page_of(request: OfficerRequest) -> str:
    """Where the button stands of what is only posted to: it has no page of its own, though its answer may be."""
    matter = request.resolver_match.kwargs if request.resolver_match else {}
    if not matter:
        return came_from(request) if request.method == "POST" else reverse("custody")
    if "public_id" in matter:
        return reverse("custody_opening", args=[matter["public_id"]])
    return reverse("custody_talk", args=[matter["desk"], matter["ref"]])


def key_file(request: OfficerRequest) -> bytes:
    """The second part of a key, if one was sent."""
    sent = request.FILES.get("file")
    return sent.read(FILE_LIMIT) if sent else b""


def new_key_file(request: OfficerRequest) -> bytes:
    """The same for a key that is made with it. Raises `Refusal`."""
    try:
        return new_file(key_file(request)) if "file" in request.FILES else b""
    except EmptyFile as problem:
        raise Refusal(str(problem)) from problem
