"""Sign-in and sign-out: password first, with one error text for a wrong name and a wrong password."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.rate_limits import peer_of
from binhyen.kit.text import nfc, squeeze
from binhyen.people import pending_sign_in
from binhyen.people.auth_policy import Factor
from binhyen.people.demo import DEMO_PASSWORD, accounts
from binhyen.people.middleware import running_sign_in
from binhyen.people.models import Officer
from binhyen.people.queries import usable_factors
from binhyen.people.services import TooEarly, check_password
from binhyen.people.view_auth import see_other
from binhyen.people.views.sign_in_flow import device, enter, leave, proved, second_step, wanted

SECOND_URL, ACTIVATE_URL = "/dang-nhap/buoc-hai", "/dang-nhap/kich-hoat"
_LONG_WAIT = 120  # seconds; of a longer one a person is told what else they can do
_WRONG = N_("Tên đăng nhập hoặc mật khẩu không đúng.")
# Drafts and cached pages must not stay on a shared machine. Not "cookies": the cookie of a known device stays.
_CLEAR = '"cache", "storage"'


class SignInForm(forms.Form):
    username = forms.CharField(max_length=150, error_messages={"required": gettext_lazy("Nhập tên đăng nhập.")})
    password = forms.CharField(
        max_length=200,
        strip=False,
        error_messages={"required": gettext_lazy("Nhập mật khẩu.")},
        widget=forms.PasswordInput,
    )

    def clean_username(self) -> str:
        return squeeze(nfc(self.cleaned_data["username"])).lower()


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@sensitive_variables("form")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return see_other(wanted(request)) if running_sign_in(request) else _page(request, SignInForm(), 200)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    username = form.cleaned_data["username"]
    found = check_password(
        username=username, password=form.cleaned_data["password"], device=device(request, username),
        peer=peer_of(request.headers.get("X-Forwarded-For", "")), now=clock.now(),
    )  # fmt: skip
    if isinstance(found, Officer):
        return known(request, found, wanted(request))
    if isinstance(found, TooEarly):
        form.add_error(None, _too_early(found.seconds))
        response = _page(request, form, 429)
        response.headers["Retry-After"] = str(found.seconds)
        return response
    form.add_error(None, _(_WRONG))
    return _page(request, form, 422)


def _too_early(seconds: int) -> str:
    if seconds <= _LONG_WAIT:
        return _("Bạn thử quá nhanh. Chờ {seconds} giây rồi thử lại.").format(seconds=seconds)
    return _(
        "Tên này bị thử sai nhiều lần từ mạng lạ. Đăng nhập trên máy đã dùng trước đây, hoặc đổi mạng (chẳng hạn mạng "
        "di động); không được thì chờ {minutes} phút rồi thử lại."
    ).format(minutes=-(-seconds // 60))


def known(request: HttpRequest, officer: Officer, target: str) -> HttpResponse:
    """Continue after the first factor: to the second one, or to the activation of a new account."""
    leave(request)
    pending_sign_in.start(request, officer, target)
    return see_other(SECOND_URL if usable_factors(officer) else ACTIVATE_URL)


def _page(request: HttpRequest, form: SignInForm, status: int) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "next": request.POST.get("next") or request.GET.get("next") or "",
        "action_url": settings.LOGIN_URL,
        "oidc_url": "/dang-nhap/dinh-danh" if settings.OIDC_ISSUER else "",
        "oidc_name": settings.OIDC_NAME,
    }
    if settings.DEMO:
        context["demo_password"] = DEMO_PASSWORD
        context["demo_accounts"] = [
            {"username": a.username, "role": _(a.role_label), "unit": a.unit} for a in accounts()
        ]
    return render(request, "account/sign_in.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code", "credential")
def second(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor: a code of the app, a recovery code, a passkey."""
    waiting = pending_sign_in.read(request)
    factors = usable_factors(waiting[1]) if waiting else frozenset()
    if waiting is None or not factors:
        return see_other(settings.LOGIN_URL)
    kept, officer = waiting
    error = ""
    if request.method == "POST":
        done = proved(request, officer)
        if isinstance(done, Factor):
            return enter(request, officer, done, see_other(kept.target))
        error = done
    context = {"error": error, "action_url": SECOND_URL, "name": officer.name, **second_step(request, officer, factors)}
    return render(request, "account/second.html", context, status=422 if error else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out. Idempotent."""
    leave(request)
    response = see_other(settings.LOGIN_URL)
    response.headers["Clear-Site-Data"] = _CLEAR
    return response
