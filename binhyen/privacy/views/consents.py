"""Consents on a case: record, list, withdraw."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.cases.models import Case
from binhyen.cases.queries.case_detail import get_visible_case
from binhyen.cases.rules import NotFound
from binhyen.cases.services.view_log import record_view
from binhyen.channels.services.quarantine import remove_child_details
from binhyen.consents import services
from binhyen.consents.rules import BY_LABELS, CONSENT_TEXTS, LABELS, GivenBy, Purpose, is_in_force
from binhyen.kit import clock
from binhyen.kit.ids import format_code, normalize_code
from binhyen.kit.text import to_nfc
from binhyen.kit.typed_dates import parse_typed_day
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.stored_text_i18n import translate_title

_ABILITIES = (Permission.WORK_CASES, Permission.MANAGE_GROUPS)
_RECORDED_PURPOSES = (Purpose.CHILD, Purpose.PRAISE)


def _get_case(request: OfficerRequest, code: str) -> Case:
    try:
        return get_visible_case(request.user, normalize_code(code))
    except NotFound:
        raise Http404 from None


@require_any_permission(*_ABILITIES)
def choose_case(request: OfficerRequest) -> HttpResponse:
    """Ask for the case: a group post without a case relies on a consent of the case it is about."""
    code = normalize_code(request.GET.get("vu", ""))[:8]
    if code:
        return redirect_after_post(reverse("consents", args=[format_code(code)]))
    return render(request, "privacy/consents.html", {"now": clock.now(), "case": None})


@require_any_permission(*_ABILITIES)
def list_consents(request: OfficerRequest, code: str) -> HttpResponse:
    case, now = _get_case(request, code), clock.now()
    record_view(case, officer=request.user, now=now)
    rows = [
        {
            "code": format_code(consent.code),
            "label": _(consent.get_purpose_display()),
            "by": _(consent.get_by_display()),
            "age": consent.age,
            "agreed": consent.child_agreed,
            "proof": consent.proof,
            "at": consent.given_at,
            "until": consent.until,
            "version": consent.version,
            "withdrawn": consent.withdrawn_at,
            "over": not is_in_force(consent.facts, clock.to_vietnam_day(now)),
            "who": consent.officer.name if consent.officer else _("Người dân, trên trang"),
        }
        for consent in services.list_case_consents(request.user, case.pk)
    ]
    case_code = format_code(case.code)
    context = {
        "now": now,
        "case": {"code": case_code, "title": translate_title(case.title), "url": f"/vu-viec/{case_code}"},
        "rows": rows,
        "write_url": reverse("consent_write", args=[case_code]),
        "withdraw_url": reverse("consent_withdraw", args=[case_code]),
        "purposes": [
            {"value": purpose, "label": _(LABELS[purpose]), "words": _(CONSENT_TEXTS[purpose][-1])}
            for purpose in _RECORDED_PURPOSES
        ],
        "bys": [{"value": given_by, "label": _(label)} for given_by, label in BY_LABELS.items()],
    }
    return render(request, "privacy/consents.html", context)


@require_any_permission(*_ABILITIES, methods=("POST",))
def record_consent_view(request: OfficerRequest, code: str) -> HttpResponse:
    case = _get_case(request, code)
    reporter = case.reports.order_by("pk").values_list("reporter_id", flat=True).first()
    try:
        form = _parse_form(request)
        row = services.record_consent(
            form=form,
            case_id=case.pk,
            unit_id=case.unit_id,
            reporter_id=reporter,
            officer=request.user,
            now=clock.now(),
        )
        messages.success(request, _("Đã ghi. Mã đồng ý: {code}.").format(code=format_code(row.code)))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    return redirect_after_post(reverse("consents", args=[format_code(case.code)]))


def _parse_form(request: OfficerRequest) -> services.ConsentForm:
    """Parse the form. Raises Refusal."""
    post = request.POST
    age, until = post.get("age", "").strip(), post.get("until", "")
    try:
        return services.ConsentForm(
            purpose=Purpose(post.get("purpose", "")),
            by=GivenBy(post.get("by", "")),
            proof=to_nfc(post.get("proof", "")),
            age=int(age) if age else None,
            child_agreed=post.get("child_agreed") == "yes",
            until=parse_typed_day(until) if until.strip() else None,
        )
    except ValueError:
        raise RuleViolation(_("Chọn đồng ý việc gì, ai đồng ý; tuổi là một số; ngày viết như 01/12/2026.")) from None


@require_any_permission(*_ABILITIES, methods=("POST",))
@transaction.atomic
def withdraw_consent_view(request: OfficerRequest, code: str) -> HttpResponse:
    """Withdraw a consent: publications that relied on it are deleted from our pages at once."""
    case, now = _get_case(request, code), clock.now()
    consent_code = normalize_code(request.POST.get("consent", ""))
    row = next(
        (consent for consent in services.list_case_consents(request.user, case.pk) if consent.code == consent_code),
        None,
    )
    if row is None:
        raise Http404
    services.withdraw_consent(consent=row, officer=request.user, now=now)
    deleted_count = remove_child_details(now=now)
    message = (
        _("Đã ghi rút đồng ý. {gone} bài đã gỡ khỏi trang của công an.").format(gone=deleted_count)
        if deleted_count
        else _("Đã ghi rút đồng ý.")
    )
    messages.success(request, _("{said} Bài đã gửi vào nhóm thì nhờ trưởng nhóm thu hồi.").format(said=message))
    return redirect_after_post(reverse("consents", args=[format_code(case.code)]))
