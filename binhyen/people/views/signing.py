"""Sign in and out. One error text for a wrong name and a wrong password."""

import datetime as dt
import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import login, logout
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from binhyen.kit import clock
from binhyen.kit.ids import token_hash
from binhyen.kit.text import nfc, squeeze
from binhyen.people.demo import DEMO_PASSWORD, accounts
from binhyen.people.gate import see_other
from binhyen.people.models import Officer
from binhyen.people.services import TooEarly, check_password, end_sign_in, open_sign_in

_DEVICE_COOKIE = "binhyen_device"
_DEVICE_AGE = 180 * 24 * 3600
_WRONG = "Tên đăng nhập hoặc mật khẩu không đúng."


class SignInForm(forms.Form):
    username = forms.CharField(max_length=150, error_messages={"required": "Nhập tên đăng nhập."})
    password = forms.CharField(
        max_length=200, strip=False, error_messages={"required": "Nhập mật khẩu."}, widget=forms.PasswordInput
    )

    def clean_username(self) -> str:
        return squeeze(nfc(self.cleaned_data["username"])).lower()


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@sensitive_variables("form")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        if isinstance(request.user, Officer) and request.user.is_active:
            return see_other(_next(request))
        return _page(request, SignInForm(), 200)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    username = form.cleaned_data["username"]
    found = check_password(
        username=username,
        password=form.cleaned_data["password"],
        device=_device(request, username),
        now=clock.now(),
    )
    if isinstance(found, Officer):
        return _enter(request, found)
    if isinstance(found, TooEarly):
        form.add_error(None, f"Bạn thử quá nhanh. Chờ {found.seconds} giây rồi thử lại.")
        response = _page(request, form, 429)
        response.headers["Retry-After"] = str(found.seconds)
        return response
    form.add_error(None, _WRONG)
    return _page(request, form, 422)


def _enter(request: HttpRequest, officer: Officer) -> HttpResponse:
    """A fresh session for this person, whoever used the browser before."""
    now = clock.now()
    target = _next(request)
    _leave(request, now)
    login(request, officer, backend="django.contrib.auth.backends.ModelBackend")
    expires = now + dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    open_sign_in(officer=officer, session_key=request.session.session_key or "", expires_at=expires, now=now)
    response = see_other(target)
    value = signing.dumps([token_hash(officer.username), secrets.token_urlsafe(16)], salt=_DEVICE_COOKIE)
    response.set_cookie(
        _DEVICE_COOKIE, value, max_age=_DEVICE_AGE, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )
    return response


def _leave(request: HttpRequest, now: dt.datetime) -> None:
    if isinstance(request.user, Officer) and request.session.session_key:
        end_sign_in(officer=request.user, session_key=request.session.session_key, now=now)
    logout(request)


def _device(request: HttpRequest, username: str) -> str:
    """The secret of this browser if that name signed in from it before; "" otherwise."""
    try:
        owner, secret = signing.loads(request.COOKIES.get(_DEVICE_COOKIE, ""), salt=_DEVICE_COOKIE, max_age=_DEVICE_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(secret) if owner == token_hash(username) else ""


def _next(request: HttpRequest) -> str:
    """Where to go: only a page of our own."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if ours else settings.LOGIN_REDIRECT_URL


def _page(request: HttpRequest, form: SignInForm, status: int) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "next": request.POST.get("next") or request.GET.get("next") or "",
        "action_url": settings.LOGIN_URL,
    }
    if settings.DEMO:
        context["demo_password"] = DEMO_PASSWORD
        context["demo_accounts"] = [{"username": a.username, "role": a.role_label, "unit": a.unit} for a in accounts()]
    return render(request, "account/sign_in.html", context, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Twice does no harm."""
    _leave(request, clock.now())
    return see_other(settings.LOGIN_URL)
