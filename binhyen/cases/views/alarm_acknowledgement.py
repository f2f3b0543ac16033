"""Acknowledgement of an alarm from a notification: the token in it stands for one officer and one case."""

import datetime as dt

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from binhyen.cases.models import Case
from binhyen.cases.rules import NotAllowed, NotFound
from binhyen.cases.services.officer_actions import acknowledge_and_take
from binhyen.channels.services.push import find_alarm_token, mark_token_used
from binhyen.kit import clock
from binhyen.kit.rls_scope import rls_scope
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.ui.middleware import is_cross_site


# nosemgrep: csrf-switched-off  no cookie is used: the token of the notification decides, and foreign pages are refused
@csrf_exempt
@require_http_methods(["POST"])
def acknowledge_from_notification(request: HttpRequest) -> HttpResponse:
    """Take the case for the officer of the token. Answers JSON: the text to show on the phone."""
    if is_cross_site(request):
        return JsonResponse({}, status=403)
    with override("vi"):
        text = _take_case(request.POST.get("token", "")[:100], now=clock.now())
        if text is None:
            return JsonResponse({"text": _("Không nhận được từ đây. Mở bàn trực.")}, status=422)
    return JsonResponse({"text": text})


@transaction.atomic
def _take_case(token: str, *, now: dt.datetime) -> str | None:
    """Return the result in words, None where the token allows nothing."""
    allowed = find_alarm_token(token, now=now)
    officer = (
        Officer.objects.select_related("unit").filter(pk=allowed.officer_id, is_active=True).first()
        if allowed
        else None
    )
    if allowed is None or officer is None:
        return None
    with rls_scope(access.get_rls_scope(officer)):
        # nosemgrep: table-in-an-edge  within what the officer of the token may see
        case = Case.objects.filter(access.filter_cases(officer), pk=allowed.case_id).only("code").first()
        try:
            taken = acknowledge_and_take(code=case.code, officer=officer, now=now) if case else None
        except (NotFound, NotAllowed):
            return None
    if taken is None:
        return None
    mark_token_used(allowed, now=now)
    if taken.assignee_id == officer.pk:
        return _("Bạn đã nhận vụ việc.")
    return _("Người khác đã nhận trước.") if taken.assignee_id else _("Đã tắt chuông.")
