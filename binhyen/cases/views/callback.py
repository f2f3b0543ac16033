"""Call back: one press shows the number that a reporter left for it; the person reads when it was shown."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.cases.queries import case_detail
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import callbacks
from binhyen.cases.services.view_log import record_view
from binhyen.cases.views.case import render_case_page
from binhyen.cases.views.case_context import build_callback_rows
from binhyen.cases.views.decorators import require_case_officer
from binhyen.cases.views.list_rows import build_case_url
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.people.view_auth import OfficerRequest, redirect_to_retry
from binhyen.ui.stored_text_i18n import translate_title


@require_case_officer("GET", "HEAD", "POST")
def show_callback_number(request: OfficerRequest, code: str) -> HttpResponse:
    """Show the number once (POST). 422 on the case page where it may not be called; GET leads to the case."""
    case, now = case_detail.get_visible_case(request.user, code), clock.now()
    if request.method != "POST":
        return redirect_to_retry(request, build_case_url(case.code))
    rows = {row["id"]: row for row in build_callback_rows(request.user, case)}
    row = rows.get(request.POST.get("who", ""))
    try:
        if row is None:
            raise NotAllowed(_("Người báo không để lại số để gọi lại, hoặc đã rút đồng ý."))
        number = callbacks.reveal_number(code=case.code, reporter_id=row["reporter_id"], officer=request.user, now=now)
    except NotAllowed as refused:
        return render_case_page(request, case.code, errors={"action": _(str(refused))}, status=422)
    record_view(case, officer=request.user, now=now)
    context = {
        "now": now,
        "case": {
            "code": format_code(case.code),
            "title": translate_title(case.title),
            "url": build_case_url(case.code),
        },
        "name": row["name"],
        "number": _format_number(number),
        "call_url": f"tel:{number}",
        "seen": row["seen"],
    }
    response = render(request, "desk/callback.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _format_number(number: str) -> str:
    """Return the number in groups: «0912 345 678»."""
    return f"{number[:4]} {number[4:7]} {number[7:]}".strip()
