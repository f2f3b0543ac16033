"""Call back: one press shows the number that a reporter left for it, once; the person reads when it was shown."""

from typing import Any

from django.contrib import messages
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
from binhyen.people.view_auth import OfficerRequest, redirect_after_post
from binhyen.ui.stored_text_i18n import translate_title

_REVEALED = "callback_revealed"  # session key: (case code, pseudonym) of the number that the next GET shows


@require_case_officer("GET", "HEAD", "POST")
def show_callback_number(request: OfficerRequest, code: str) -> HttpResponse:
    """Record and redirect (POST), then show the number once (GET): a reload leads to the case and records nothing.

    422 on the case page where the number may not be called.
    """
    case, now = case_detail.get_visible_case(request.user, code), clock.now()
    rows = {row["id"]: row for row in build_callback_rows(request.user, case)}
    try:
        if request.method == "POST":
            row = _find_row(rows, request.POST.get("who", ""))
            callbacks.record_reveal(code=case.code, reporter_id=row["reporter_id"], officer=request.user, now=now)
            request.session[_REVEALED] = [case.code, row["id"]]
            return redirect_after_post(request.path)
        revealed = request.session.get(_REVEALED)
        if request.method == "HEAD" or not revealed or revealed[0] != case.code:
            messages.info(request, _("Số chỉ hiện một lần. Cần xem lại thì bấm «Xem số để gọi lại»."))
            return redirect_after_post(build_case_url(case.code))
        del request.session[_REVEALED]
        row = _find_row(rows, revealed[1])
        number = callbacks.read_revealed_number(code=case.code, reporter_id=row["reporter_id"], officer=request.user)
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
        "seen": row["seen"][1:],  # without this time
    }
    response = render(request, "desk/callback.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _find_row(rows: dict[str, dict[str, Any]], pseudonym: str) -> dict[str, Any]:
    if pseudonym not in rows:
        raise NotAllowed(callbacks.NO_NUMBER)
    return rows[pseudonym]


def _format_number(number: str) -> str:
    """Return the number in groups: «0912 345 678»."""
    return f"{number[:4]} {number[4:7]} {number[7:]}".strip()
