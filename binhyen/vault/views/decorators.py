"""Decorators behind sign-in: which key the officer has, and whether it is unlocked in this session."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from binhyen.people.queries import find_session_owner
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import (
    CONFIRM_URL,
    OfficerRequest,
    build_confirm_url,
    get_return_url,
    is_recently_confirmed,
    redirect_after_post,
    redirect_to_retry,
    require_any_permission,
)
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.key_session import drafts, key_sessions
from binhyen.vault.key_wrapping import KEY_FILE_LIMIT, EmptyKeyFile, limit_key_file
from binhyen.vault.models import Holder
from binhyen.vault.queries import get_holder

P = ParamSpec("P")
_ABILITIES = (Permission.WORK_CASES, Permission.HANDLE_CONDUCT, Permission.OPEN_IDENTITY)
# Forms with text written by the officer; none of them asks for a passphrase.
_DRAFT_FORMS = frozenset(
    {"custody_reply", "custody_hand_on", "custody_deed", "custody_original", "custody_ask_original", "custody_refuse"}
)
_MAX_FIELD_LENGTH, _MAX_FIELDS = 4000, 20


class KeyRequest(OfficerRequest):
    """Request with `holder`: the officer's own key, if any; `pair`: the same, unlocked in this session."""

    holder: Holder | None
    pair: KeyPair | None


class OpenRequest(OfficerRequest):
    """Request behind `require_unlocked_key`: the key is unlocked."""

    holder: Holder
    pair: KeyPair


KeyView = Callable[Concatenate[KeyRequest, P], HttpResponse]
OpenView = Callable[Concatenate[OpenRequest, P], HttpResponse]


def require_key_owner(*methods: str) -> Callable[[KeyView[P]], Callable[..., HttpResponseBase]]:
    """Admit officers that may have a key of their own.

    A GET to an address that only takes POST is redirected to its page, without a check that the page exists.
    """
    allowed_methods = methods or ("GET", "HEAD")

    def decorate(view: KeyView[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def load_key(request: OfficerRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in allowed_methods:
                return redirect_to_retry(request, _get_page_url(request))
            key_request = cast("KeyRequest", request)
            key_request.holder = get_holder(request.user)
            key_request.pair = (
                key_sessions.get_key(request.sign_in.pk, key_request.holder.pk) if key_request.holder else None
            )
            return view(key_request, *args, **kwargs)

        inner = require_any_permission(*_ABILITIES, methods=tuple({"GET", "HEAD", *allowed_methods}))(load_key)

        @wraps(view)
        def store_rejected_draft(request: OfficerRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            response = inner(request, *args, **kwargs)
            if request.method == "POST":
                _store_draft(request, response)
            return response

        return store_rejected_draft

    return decorate


def _store_draft(request: OfficerRequest, response: HttpResponseBase) -> None:
    """Store a draft when the response redirects to sign-in, confirmation or unlocking before the text was accepted."""
    match = request.resolver_match
    if match is None or match.url_name not in _DRAFT_FORMS:
        return
    is_redirected_away = urlsplit(response.get("Location", "")).path in (
        settings.LOGIN_URL,
        CONFIRM_URL,
        reverse("custody"),
    )
    sign_in = getattr(request, "sign_in", None)
    officer_id = (
        sign_in.officer_id if sign_in else find_session_owner(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
    )
    if officer_id is None:
        return
    if not is_redirected_away:
        drafts.discard_draft(officer_id, _get_page_url(request))
        return
    fields = {name: str(value)[:_MAX_FIELD_LENGTH] for name, value in list(request.POST.items())[:_MAX_FIELDS]}
    fields.pop("csrfmiddlewaretoken", None)
    if deed := match.kwargs.get("deed"):
        fields["deed"] = deed
    drafts.keep(officer_id, _get_page_url(request), match.url_name, fields)


def require_unlocked_key(*methods: str) -> Callable[[OpenView[P]], Callable[..., HttpResponseBase]]:
    """Require an unlocked key; redirect other requests to the unlock page."""

    def decorate(view: OpenView[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def answer(request: KeyRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.pair is None:
                return redirect_after_post(build_unlock_url(_get_return_url(request)))
            return view(cast("OpenRequest", request), *args, **kwargs)

        return require_key_owner(*methods)(answer)

    return decorate


def require_handler_key(*methods: str) -> Callable[[KeyView[P]], Callable[..., HttpResponseBase]]:
    """Require an unlocked key, or a key on an isolated machine with a fresh second factor; `pair` is None then.

    Such officers read nothing here, but see conversations to export, and answer after reading on their machine.
    """

    def decorate(view: KeyView[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def answer(request: KeyRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.pair is None and (request.holder is None or request.holder.wrapped_key):
                return redirect_after_post(build_unlock_url(_get_return_url(request)))
            if request.pair is None and not is_recently_confirmed(request):
                return redirect_after_post(build_confirm_url(_get_return_url(request) or reverse("custody_talks")))
            return view(request, *args, **kwargs)

        return require_key_owner(*methods)(answer)

    return decorate


def _get_return_url(request: KeyRequest) -> str:
    """Return the page of this process to return to, or ""."""
    return to_local_url(request, _get_page_url(request) if request.method == "POST" else get_return_url(request))


def to_local_url(request: OfficerRequest, target: str) -> str:
    """Return the target if it is a page of this process, otherwise ""."""
    is_local = target.startswith("/giu-kin") and url_has_allowed_host_and_scheme(target, {request.get_host()})
    return target if is_local else ""


def build_unlock_url(return_url: str) -> str:
    """Return the URL of the unlock page, which continues to `return_url`."""
    return reverse("custody") + (f"?{urlencode({'next': return_url}, safe='/')}" if return_url else "")


def _get_page_url(request: OfficerRequest) -> str:
    """Return the page with the button of a POST address, which may answer without a page of its own."""
    url_arguments = request.resolver_match.kwargs if request.resolver_match else {}
    if not url_arguments:
        return get_return_url(request) if request.method == "POST" else reverse("custody")
    if "public_id" in url_arguments:
        return reverse("custody_opening", args=[url_arguments["public_id"]])
    return reverse("custody_talk", args=[url_arguments["desk"], url_arguments["ref"]])


def read_key_file(request: OfficerRequest) -> bytes:
    """Return the second part of a key, if one was sent."""
    upload = request.FILES.get("file")
    return upload.read(KEY_FILE_LIMIT) if upload else b""


def read_new_key_file(request: OfficerRequest) -> bytes:
    """Return the same for a new key. Raises `Refusal`."""
    try:
        return limit_key_file(read_key_file(request)) if "file" in request.FILES else b""
    except EmptyKeyFile as problem:
        raise RuleViolation(str(problem)) from problem
