"""Consents on a case: record, list, withdraw."""

import datetime as dt

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.cases.models import Case
from binhyen.cases.queries.case_detail import access_case
from binhyen.cases.rules import NotFound
from binhyen.cases.services.view_log import saw_page
from binhyen.channels.services.quarantine import forget_children
from binhyen.consents import queries, services
from binhyen.consents.rules import BY_LABELS, LABELS, WORDS, By, Purpose, holds
from binhyen.kit import clock
from binhyen.kit.ids import read_code, show_code
from binhyen.kit.text import nfc
from binhyen.people.roles import May
from binhyen.people.services import Refusal
from binhyen.people.view_auth import OfficerRequest, officers, see_other
from binhyen.ui.stored_text_i18n import title

_WRITES = (May.WORK_CASES, May.MANAGE_GROUPS)
_BY_HAND = (Purpose.CHILD, Purpose.PRAISE)


def _case(request: OfficerRequest, code: str) -> Case:
    try:
        return access_case(request.user, read_code(code))
    except NotFound:
        raise Http404 from None


@officers(*_WRITES)
def find(request: OfficerRequest) -> HttpResponse:
    """Ask for the case: a group post without a case relies on a consent of the case it is about."""
    typed = read_code(request.GET.get("vu", ""))[:8]
    if typed:
        return see_other(reverse("consents", args=[show_code(typed)]))
    return render(request, "privacy/consents.html", {"now": clock.now(), "case": None})


@officers(*_WRITES)
def of_case(request: OfficerRequest, code: str) -> HttpResponse:
    case, now = _case(request, code), clock.now()
    saw_page(case, officer=request.user, now=now)
    rows = [
        {
            "code": show_code(c.code), "label": _(c.get_purpose_display()), "by": _(c.get_by_display()), "age": c.age,
            "agreed": c.child_agreed, "proof": c.proof, "at": c.given_at, "until": c.until, "version": c.version,
            "withdrawn": c.withdrawn_at, "over": not holds(c.facts, clock.vietnam_day(now)),
            "who": c.officer.name if c.officer else _("Người dân, trên trang"),
        }
        for c in queries.of_case(request.user, case.pk)
    ]  # fmt: skip
    shown = show_code(case.code)
    context = {
        "now": now, "case": {"code": shown, "title": title(case.title), "url": f"/vu-viec/{shown}"}, "rows": rows,
        "write_url": reverse("consent_write", args=[shown]), "withdraw_url": reverse("consent_withdraw", args=[shown]),
        "purposes": [{"value": p, "label": _(LABELS[p]), "words": _(WORDS[p][-1])} for p in _BY_HAND],
        "bys": [{"value": b, "label": _(label)} for b, label in BY_LABELS.items()],
    }  # fmt: skip
    return render(request, "privacy/consents.html", context)


@officers(*_WRITES, methods=("POST",))
def write(request: OfficerRequest, code: str) -> HttpResponse:
    case = _case(request, code)
    reporter = case.reports.order_by("pk").values_list("reporter_id", flat=True).first()
    try:
        told = _told(request)
        row = services.write_down(
            told=told, case_id=case.pk, unit_id=case.unit_id, reporter_id=reporter, officer=request.user,
            now=clock.now(),
        )  # fmt: skip
        messages.success(request, _("Đã ghi. Mã đồng ý: {code}.").format(code=show_code(row.code)))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return see_other(reverse("consents", args=[show_code(case.code)]))


def _told(request: OfficerRequest) -> services.Told:
    """Parse the form. Raises Refusal."""
    post = request.POST
    age, until = post.get("age", "").strip(), post.get("until", "")
    try:
        return services.Told(
            purpose=Purpose(post.get("purpose", "")), by=By(post.get("by", "")), proof=nfc(post.get("proof", "")),
            age=int(age) if age else None, child_agreed=post.get("child_agreed") == "yes",
            until=dt.date.fromisoformat(until) if until else None,
        )  # fmt: skip
    except ValueError:
        raise Refusal(_("Chọn đồng ý việc gì, ai đồng ý; tuổi là một số.")) from None


@officers(*_WRITES, methods=("POST",))
@transaction.atomic
def withdraw(request: OfficerRequest, code: str) -> HttpResponse:
    """Withdraw a consent: publications that relied on it are deleted from our pages at once."""
    case, now = _case(request, code), clock.now()
    wanted = read_code(request.POST.get("consent", ""))
    row = next((c for c in queries.of_case(request.user, case.pk) if c.code == wanted), None)
    if row is None:
        raise Http404
    services.withdraw(consent=row, officer=request.user, now=now)
    gone = forget_children(now=now)
    said = (
        _("Đã ghi rút đồng ý. {gone} bài đã gỡ khỏi trang của công an.").format(gone=gone)
        if gone
        else _("Đã ghi rút đồng ý.")
    )
    messages.success(request, _("{said} Bài đã gửi vào nhóm thì nhờ trưởng nhóm thu hồi.").format(said=said))
    return see_other(reverse("consents", args=[show_code(case.code)]))
