"""Sign-in and sign-out: password first, with one error text for a wrong name and a wrong password."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from binhyen.kit import clock, logs
from binhyen.kit.i18n_markers import N_
from binhyen.kit.rate_limits import peer_from_forwarded
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people.auth_policy import Factor
from binhyen.people.demo import DEMO_PASSWORD, list_demo_accounts
from binhyen.people.middleware import get_active_sign_in
from binhyen.people.models import Officer
from binhyen.people.queries import find_officer_by_subject, get_usable_factors
from binhyen.people.services import RetryLater, check_password
from binhyen.people.view_auth import redirect_after_post
from binhyen.people.views import sign_in_flow
from binhyen.people.views.sign_in_flow import (
    build_factor_context,
    end_session_and_log_out,
    finish_sign_in,
    get_device_secret,
    get_requested_target,
    verify_posted_factor,
)

SECOND_URL, ACTIVATE_URL = "/dang-nhap/buoc-hai", "/dang-nhap/kich-hoat"
_LONG_WAIT = 120  # seconds; a longer wait comes with a hint at alternatives
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
        return collapse_spaces(to_nfc(self.cleaned_data["username"])).lower()


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@sensitive_variables("form")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return (
            redirect_after_post(get_requested_target(request))
            if get_active_sign_in(request)
            else _render_sign_in(request, SignInForm(), 200)
        )
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _render_sign_in(request, form, 422)
    username = form.cleaned_data["username"]
    result = check_password(
        username=username,
        password=form.cleaned_data["password"],
        device=get_device_secret(request, username),
        peer=peer_from_forwarded(request.headers.get("X-Forwarded-For", "")),
        now=clock.now(),
    )
    if isinstance(result, Officer):
        return start_second_step(request, result, get_requested_target(request))
    if isinstance(result, RetryLater):
        form.add_error(None, _too_early(result.seconds))
        response = _render_sign_in(request, form, 429)
        response.headers["Retry-After"] = str(result.seconds)
        return response
    form.add_error(None, _(_WRONG))
    return _render_sign_in(request, form, 422)


def _too_early(seconds: int) -> str:
    if seconds <= _LONG_WAIT:
        return _("Bạn thử quá nhanh. Chờ {seconds} giây rồi thử lại.").format(seconds=seconds)
    return _(
        "Tên này bị thử sai nhiều lần từ mạng lạ. Đăng nhập trên máy đã dùng trước đây, hoặc đổi mạng (chẳng hạn mạng "
        "di động); không được thì chờ {minutes} phút rồi thử lại."
    ).format(minutes=-(-seconds // 60))


def start_second_step(request: HttpRequest, officer: Officer, target: str) -> HttpResponse:
    """Continue after the first factor: to the second one, or to the activation of a new account."""
    end_session_and_log_out(request)
    if officer.last_login is None and target == settings.LOGIN_REDIRECT_URL:
        target = settings.FIRST_SIGN_IN_URL
    sign_in_flow.start_pending_sign_in(request, officer, target)
    return redirect_after_post(SECOND_URL if get_usable_factors(officer) else ACTIVATE_URL)


def _render_sign_in(request: HttpRequest, form: SignInForm, status: int) -> HttpResponse:
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
            {"username": demo_account.username, "role": _(demo_account.role_label), "unit": demo_account.unit}
            for demo_account in list_demo_accounts()
        ]
    return render(request, "account/sign_in.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code", "credential")
def check_second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor: a code of the app, a recovery code, a passkey."""
    pending_pair = sign_in_flow.read_pending_sign_in(request)
    factors = get_usable_factors(pending_pair[1]) if pending_pair else frozenset()
    if pending_pair is None or not factors:
        return redirect_after_post(settings.LOGIN_URL)
    pending_state, officer = pending_pair
    error = ""
    if request.method == "POST":
        result = verify_posted_factor(request, officer)
        if isinstance(result, Factor):
            return finish_sign_in(request, officer, result, redirect_after_post(pending_state.target))
        error = result
    context = {
        "error": error,
        "action_url": SECOND_URL,
        "name": officer.name,
        **build_factor_context(request, officer, factors),
    }
    return render(request, "account/second.html", context, status=422 if error else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out. Idempotent."""
    end_session_and_log_out(request)
    response = redirect_after_post(settings.LOGIN_URL)
    response.headers["Clear-Site-Data"] = _CLEAR
    return response


# Sign-in through the province's identity service, where the installation has one.

log = logs.get_logger("people")
_OIDC_SESSION_KEY = "oidc"
BACK_URL = "/dang-nhap/tro-ve"


@require_GET
def start_oidc_sign_in(request: HttpRequest) -> HttpResponse:
    if not settings.OIDC_ISSUER:
        raise Http404
    from binhyen.people import oidc

    try:
        authorization = oidc.start_authorization(redirect_uri=settings.PUBLIC_URL + BACK_URL)
    except oidc.InvalidIdentityAnswer as error:
        log.warning("identity_service_unbelieved", why=error.why)
        return _reject_sign_in(request, _("Dịch vụ định danh không trả lời. Dùng tên đăng nhập và mật khẩu."))
    request.session[_OIDC_SESSION_KEY] = authorization.session_data | {"target": get_requested_target(request)}
    request.session.set_expiry(600)
    return redirect(authorization.url)


@require_GET
def finish_oidc_sign_in(request: HttpRequest) -> HttpResponse:
    """Finish the OIDC sign-in. Same text for a rejected answer and for an unknown person."""
    if not settings.OIDC_ISSUER:
        raise Http404
    from binhyen.people import oidc

    session_data = request.session.pop(_OIDC_SESSION_KEY, {})
    try:
        subject = oidc.verify_callback(
            session_data=session_data,
            state=request.GET.get("state", ""),
            code=request.GET.get("code", ""),
            now=clock.now().timestamp(),
        )
    except oidc.InvalidIdentityAnswer as error:
        log.warning("identity_service_unbelieved", why=error.why)
        subject = ""
    officer = find_officer_by_subject(subject)
    if officer is None:
        return _reject_sign_in(request, _("Không đăng nhập được bằng dịch vụ định danh."))
    return start_second_step(request, officer, str(session_data["target"]))


def _reject_sign_in(request: HttpRequest, why: str) -> HttpResponse:
    messages.error(request, why)
    return redirect_after_post(settings.LOGIN_URL)
