"""Sign-in through the province's identity service, where the installation has one."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from binhyen.kit import clock, logs
from binhyen.people import oidc
from binhyen.people.queries import officer_of_subject
from binhyen.people.view_auth import see_other
from binhyen.people.views.sign_in import known
from binhyen.people.views.sign_in_flow import wanted

log = logs.get("people")
_KEPT = "oidc"
BACK_URL = "/dang-nhap/tro-ve"


@require_GET
def to_service(request: HttpRequest) -> HttpResponse:
    if not settings.OIDC_ISSUER:
        raise Http404
    try:
        asked = oidc.ask(back=settings.PUBLIC_URL + BACK_URL)
    except oidc.Unbelieved as problem:
        log.warning("identity_service_unbelieved", why=problem.why)
        return _refused(request, _("Dịch vụ định danh không trả lời. Dùng tên đăng nhập và mật khẩu."))
    request.session[_KEPT] = asked.kept | {"target": wanted(request)}
    request.session.set_expiry(600)
    return redirect(asked.url)


@require_GET
def from_service(request: HttpRequest) -> HttpResponse:
    """Finish the OIDC sign-in. Same text for a rejected answer and for an unknown person."""
    if not settings.OIDC_ISSUER:
        raise Http404
    kept = request.session.pop(_KEPT, {})
    try:
        found = oidc.subject(
            kept=kept, state=request.GET.get("state", ""), code=request.GET.get("code", ""),
            now=clock.now().timestamp(),
        )  # fmt: skip
    except oidc.Unbelieved as problem:
        log.warning("identity_service_unbelieved", why=problem.why)
        found = ""
    officer = officer_of_subject(found)
    if officer is None:
        return _refused(request, _("Không đăng nhập được bằng dịch vụ định danh."))
    return known(request, officer, str(kept["target"]))


def _refused(request: HttpRequest, why: str) -> HttpResponse:
    messages.error(request, why)
    return see_other(settings.LOGIN_URL)
