"""Sign-in through the province's identity service, where the installation has one."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from binhyen.kit import clock, logs
from binhyen.people import oidc
from binhyen.people.queries import find_officer_by_subject
from binhyen.people.view_auth import redirect_after_post
from binhyen.people.views.sign_in import start_second_step
from binhyen.people.views.sign_in_flow import get_requested_target

log = logs.get_logger("people")
_KEPT = "oidc"
BACK_URL = "/dang-nhap/tro-ve"


@require_GET
def start_oidc_sign_in(request: HttpRequest) -> HttpResponse:
    if not settings.OIDC_ISSUER:
        raise Http404
    try:
        authorization = oidc.start_authorization(redirect_uri=settings.PUBLIC_URL + BACK_URL)
    except oidc.InvalidIdentityAnswer as error:
        log.warning("identity_service_unbelieved", why=error.why)
        return _reject_sign_in(request, _("Dịch vụ định danh không trả lời. Dùng tên đăng nhập và mật khẩu."))
    request.session[_KEPT] = authorization.session_data | {"target": get_requested_target(request)}
    request.session.set_expiry(600)
    return redirect(authorization.url)


@require_GET
def finish_oidc_sign_in(request: HttpRequest) -> HttpResponse:
    """Finish the OIDC sign-in. Same text for a rejected answer and for an unknown person."""
    if not settings.OIDC_ISSUER:
        raise Http404
    session_data = request.session.pop(_KEPT, {})
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
