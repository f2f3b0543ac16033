"""Actions that change a case: `/vu-viec/<code>/<action>`. One table, one view for all of them."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from binhyen.areas import queries as areas
from binhyen.cases.choices import (
    CATEGORY_LABELS,
    CREDIBILITY_LABELS,
    GRADE_LABELS,
    LANE_LABELS,
    OUTCOME_LABELS,
    RELIABILITY_LABELS,
    REWARD_LABELS,
    STATE_LABELS,
    URGENCY_LABELS,
)
from binhyen.cases.kinds import get_kind
from binhyen.cases.models import Case
from binhyen.cases.queries import case_page
from binhyen.cases.queries.case_detail import get_visible_case
from binhyen.cases.rules import CaseNoLongerVisible, NotAllowed, NotFound, PlaceElsewhere, should_alarm
from binhyen.cases.services.officer_actions import acknowledge_and_take
from binhyen.cases.services.unit_of_work import StaleCase
from binhyen.cases.services.view_log import record_view
from binhyen.cases.views import action_handlers
from binhyen.cases.views.action_handlers import ActionForm, parse_action_form
from binhyen.cases.views.case import render_case_page
from binhyen.cases.views.decorators import require_case_access
from binhyen.cases.views.desk import render_case_list
from binhyen.cases.views.filters import DESK_URL
from binhyen.cases.views.list_rows import build_case_url
from binhyen.cases.views.timeline import build_timeline
from binhyen.channels.presenters import QUARANTINED_NOTICE
from binhyen.channels.queries import list_quarantined
from binhyen.channels.services.push import find_alarm_token, mark_token_used
from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code
from binhyen.kit.rls_scope import rls_scope
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, redirect_to_retry
from binhyen.ui.label_cache import translated_labels
from binhyen.ui.middleware import is_cross_site
from binhyen.ui.stored_text_i18n import translate_title

LIST_TARGET = "queue"  # the element of the case list that htmx replaces


@dataclass(frozen=True, slots=True)
class CaseAction:
    """An action of the case page. `label`: its name; `success_message`; both marked for translation.

    `error_form`: the form that shows an error; `sends_message`: a message is sent, which outbound DLP may hold;
    `format_success`: a success message that depends on the case, instead of `success_message`.
    """

    do: Callable[[ActionForm], Case]
    label: str
    done: str
    error_form: str = "action"
    sends_message: bool = False
    format_success: Callable[[Case], str] | None = None


def _describe_acknowledged(case: Case) -> str:
    """Return the success message with the assignee: the second of two officers learns that the case is not theirs."""
    if case.assignee is None:
        return _("Chuông đã tắt.")
    return _("Chuông đã tắt. Người xử lý: {name}.").format(name=case.assignee.name)


def _describe_assigned(case: Case) -> str:
    """Return the success message with the new assignee or unit."""
    if case.assignee is not None:
        return _("Đã giao cho {name}.").format(name=case.assignee.name)
    return _("Đã chuyển đến {unit}. Nơi nhận chưa làm gì thì còn lấy lại được, ở cuối bàn trực.").format(
        unit=case.unit.name
    )


def _describe_reclassified(case: Case) -> str:
    """Return the success message; for a new urgent case it names the unit that is alarmed."""
    if case.is_open and not case.is_restricted and should_alarm(case.urgency) and case.acknowledged_at is None:
        return _("Đã phân loại lại. Chuông đang reo ở {unit}.").format(unit=case.unit.name)
    return _("Đã phân loại lại.")


def _describe_place(case: Case) -> str:
    """Return the success message with the area found.

    A place name without a known area must not look as if it was found.
    """
    area_id = case.area_id or case.commune_id
    if area_id is None:
        return _("Đã sửa địa điểm. Chưa rõ địa điểm này thuộc xã nào.")
    area = areas.build_labels([area_id], to_vietnam_day(clock.now())).get(area_id, "")
    if area_id == case.commune_id:
        return _("Đã sửa địa điểm. Hệ thống chỉ xác định được {area}.").format(area=area)
    return _("Đã sửa địa điểm. Hệ thống xác định là {area}.").format(area=area)


def _describe_closed(case: Case) -> str:
    """Return the success message, with the way the result reaches the reporters.

    By chat, with the receipt of a sealed tip, or not at all.
    """
    if any(report.conversation_id for report in case_page.list_reports(case)):
        return _("Đã kết thúc. Kết quả đang được gửi tới người báo.")
    if get_kind(case.kind).sealed and case_page.has_single_reporter(case):
        return _("Đã kết thúc. Người báo đọc kết quả khi mở tin bằng mã nhận tin.")
    return _("Đã kết thúc. Không có người báo nào nhận được kết quả.")


ACTIONS = {
    "da-nhan": CaseAction(
        action_handlers.handle_acknowledge,
        N_("Tắt chuông"),
        N_("Chuông đã tắt."),
        format_success=_describe_acknowledged,
    ),
    "da-biet-han": CaseAction(
        action_handlers.handle_acknowledge_overdue, N_("Đã biết thời hạn"), N_("Đã ghi nhận bạn biết thời hạn này.")
    ),
    "gia-han": CaseAction(action_handlers.handle_extend_deadline, N_("Gia hạn"), N_("Đã gia hạn.")),
    "nhan-viec": CaseAction(action_handlers.handle_take, N_("Nhận việc về mình"), N_("Bạn đã nhận việc này.")),
    "trang-thai": CaseAction(action_handlers.handle_set_state, N_("Chuyển trạng thái"), N_("Đã chuyển trạng thái.")),
    "giao": CaseAction(
        action_handlers.handle_assign, N_("Giao cho người khác"), N_("Đã giao."), format_success=_describe_assigned
    ),
    "lay-lai": CaseAction(action_handlers.handle_undo_transfer, N_("Lấy lại"), N_("Đã lấy lại.")),
    "tra-loi": CaseAction(
        action_handlers.handle_answer,
        N_("Trả lời người báo"),
        N_("Câu trả lời đang được gửi."),
        "text",
        sends_message=True,
    ),
    "hoi-lai": CaseAction(
        action_handlers.handle_ask, N_("Hỏi lại người báo"), N_("Câu hỏi đang được gửi."), "text", sends_message=True
    ),
    "ghi-chu": CaseAction(action_handlers.handle_note, N_("Ghi chú nội bộ"), N_("Đã lưu ghi chú."), "note"),
    "phan-loai": CaseAction(
        action_handlers.handle_reclassify,
        N_("Phân loại lại"),
        N_("Đã phân loại lại."),
        "correct",
        format_success=_describe_reclassified,
    ),
    "sua-noi": CaseAction(
        action_handlers.handle_correct_location,
        N_("Sửa địa điểm"),
        N_("Đã sửa địa điểm."),
        "place",
        format_success=_describe_place,
    ),
    "ghim": CaseAction(action_handlers.handle_pin, N_("Ghim trên bản đồ"), N_("Đã đặt ghim."), "pin"),
    "danh-gia": CaseAction(action_handlers.handle_grade, N_("Đánh giá tin"), N_("Đã đánh giá tin.")),
    "cam-on": CaseAction(action_handlers.handle_reward, N_("Cảm ơn, khen thưởng"), N_("Đã ghi.")),
    "xuat-phat": CaseAction(action_handlers.handle_departure, N_("Đã xuất phát"), N_("Đã ghi giờ xuất phát.")),
    "den-noi": CaseAction(action_handlers.handle_arrival, N_("Đã đến nơi"), N_("Đã ghi giờ đến nơi.")),
    "ket-thuc": CaseAction(
        action_handlers.handle_close,
        N_("Kết thúc với kết quả"),
        N_("Đã kết thúc. Kết quả đang được gửi tới người báo."),
        "close",
        sends_message=True,
        format_success=_describe_closed,
    ),
    "chung-cu": CaseAction(
        action_handlers.handle_add_evidence, N_("Thêm chứng cứ"), N_("Đã thêm chứng cứ."), "evidence"
    ),
    "mo-lai": CaseAction(action_handlers.handle_reopen, N_("Mở lại vụ việc"), N_("Đã mở lại.")),
    "gop": CaseAction(action_handlers.handle_merge, N_("Gộp vào vụ khác"), N_("Đã gộp."), "relate"),
    "gop-ve": CaseAction(
        action_handlers.handle_merge_here, N_("Gộp vụ khác vào đây"), N_("Đã gộp vào vụ này."), "relate"
    ),
    "tach": CaseAction(action_handlers.handle_unmerge, N_("Tách ra"), N_("Đã tách ra."), "relate"),
    "lien-ket": CaseAction(action_handlers.handle_link, N_("Nối hai vụ"), N_("Đã nối hai vụ."), "relate"),
    "bo-noi": CaseAction(action_handlers.handle_unlink, N_("Bỏ nối"), N_("Đã bỏ nối hai vụ."), "relate"),
    "nhan-ben-kia": CaseAction(
        action_handlers.handle_cross_unit_note,
        N_("Nhắn đơn vị kia"),
        N_("Đã nhắn. Hai bên đọc trong ghi chú của vụ mình."),
        "across",
    ),
    "gan-tin": CaseAction(action_handlers.handle_attach, N_("Gắn tin nhắn"), N_("Đã gắn tin nhắn.")),
    "tach-rieng": CaseAction(action_handlers.handle_split, N_("Tách thành vụ riêng"), N_("Đã tách thành vụ riêng.")),
    "go-tin": CaseAction(action_handlers.handle_detach, N_("Tách tin nhắn ra"), N_("Đã tách tin nhắn ra.")),
}

# Form fields as the conflict page shows them, with labels for codes.
_FIELD_LABELS = {
    "text": gettext_lazy("Nội dung"),
    "state": gettext_lazy("Trạng thái"),
    "to": gettext_lazy("Giao cho"),
    "reason": gettext_lazy("Lý do"),
    "outcome": gettext_lazy("Kết quả"),
    "evidence": gettext_lazy("Căn cứ"),
    "answer": gettext_lazy("Nội dung trả lời người báo"),
    "valuable": gettext_lazy("Giá trị của tin"),
    "grade": gettext_lazy("Giá trị của tin"),
    "reliability": gettext_lazy("Độ tin cậy của nguồn"),
    "credibility": gettext_lazy("Mức chính xác của tin"),
    "reward": gettext_lazy("Cảm ơn, khen thưởng"),
    "amount": gettext_lazy("Số tiền"),
    "receipt": gettext_lazy("Số biên nhận"),
    "category": pgettext_lazy("category", "Nội dung"),
    "urgency": gettext_lazy("Mức"),
    "lane": gettext_lazy("Diện"),
    "into": gettext_lazy("Vụ khác"),
    "words": gettext_lazy("Nội dung chuyển kèm"),
    "place": gettext_lazy("Địa điểm"),
    "point": gettext_lazy("Vĩ độ, kinh độ"),
    "kind": "",
}
# Fields with fixed choices: code → label. A form sends every code as text.
_CHOICE_LABELS: dict[str, Mapping[Any, str]] = {
    "state": STATE_LABELS,
    "outcome": OUTCOME_LABELS,
    "valuable": GRADE_LABELS,
    "grade": GRADE_LABELS,
    "reliability": RELIABILITY_LABELS,
    "credibility": CREDIBILITY_LABELS,
    "reward": REWARD_LABELS,
    "lane": LANE_LABELS,
    "category": CATEGORY_LABELS,
    "urgency": {str(u): label for u, label in URGENCY_LABELS.items()},
}
_RESENT_FIELDS = (*_FIELD_LABELS, "tin", "clock", "elsewhere", "spot.x", "spot.y")
_TEXT_FIELDS = {
    "evidence": "proof",
    "across": "across",
    "note": "note",
}  # by form: the template's name of its text field
_DRAFT_FIELDS = (
    "answer",
    "evidence",
    "outcome",
    "valuable",
    "reason",
    "into",
    "category",
    "words",
    "place",
    "point",
    "to",
    "receiver",
    "receipt",
)


@require_case_access("GET", "HEAD", "POST")
def run_case_action(request: OfficerRequest, code: str, action: str) -> HttpResponse:
    """Run an action on a case.

    Success: a redirect, or the fragment for htmx. Stale form: 409 and the changes since. Refused: 422 beside the form.
    GET, by a link or after signing in, changes nothing and leads to the case.
    """
    chosen_action = ACTIONS.get(action)
    if chosen_action is None:
        raise Http404
    if request.method != "POST":
        return redirect_to_retry(request, build_case_url(get_visible_case(request.user, code).code))
    form = parse_action_form(request, code, now=clock.now())
    try:
        case = chosen_action.do(form)
    except StaleCase as stale:
        return _retarget_response(request, _render_conflict(request, stale, action, form))
    except CaseNoLongerVisible as late:
        messages.error(request, _(str(late)))
        return redirect_after_post(DESK_URL)
    except NotAllowed as refused:
        errors, draft = (
            {chosen_action.error_form: _(str(refused)) + _format_files_hint(form)},
            _build_draft(form, chosen_action) | {"elsewhere": "yes" if isinstance(refused, PlaceElsewhere) else ""},
        )
        response = render_case_page(request, form.code, errors=errors, draft=draft, status=422)
        return _retarget_response(request, response)
    return _render_success(request, case, chosen_action)


def _format_files_hint(form: ActionForm) -> str:
    """Return the hint to choose files again: the browser does not resend them with the reloaded page."""
    return " " + _("Hãy chọn lại ảnh, tệp: trang tải lại không giữ.") if form.photos else ""


def _build_draft(form: ActionForm, action: CaseAction) -> dict[str, str]:
    """Return the refused values to refill the form; several forms name their text field `text`."""
    draft = {name: form.data.get(name, "") for name in _DRAFT_FIELDS}
    return draft | {_TEXT_FIELDS.get(action.error_form, "text"): form.data.get("text", "")}


def _render_success(request: OfficerRequest, case: Case, action: CaseAction) -> HttpResponse:
    if request.htmx.target == LIST_TARGET:
        return render_case_list(request, message=action.format_success(case) if action.format_success else "")
    if request.htmx:
        return render_case_page(request, case.code)
    if (
        action.sends_message
        and list_quarantined(request.user).filter(case=case, created_at__gte=case.updated_at).exists()
    ):
        messages.warning(request, _(QUARANTINED_NOTICE))
    else:
        messages.success(request, action.format_success(case) if action.format_success else _(action.done))
    return redirect_after_post(build_case_url(case.code) if case_page.is_visible(request.user, case.pk) else DESK_URL)


def _retarget_response(request: OfficerRequest, response: HttpResponse) -> HttpResponse:
    """Show an error of an action in the case list as a full page: the list has no place for it."""
    if request.htmx.target == LIST_TARGET:
        response.headers["HX-Retarget"] = "#noi-dung"
        response.headers["HX-Reswap"] = "innerHTML"
    return response


def _format_value(name: str, value: str) -> str:
    """Return a field's value as text, with labels for codes."""
    return translated_labels(_CHOICE_LABELS[name]).get(value, value) if name in _CHOICE_LABELS else value


def _render_conflict(request: OfficerRequest, stale: StaleCase, action: str, form: ActionForm) -> HttpResponse:
    """Render the conflict page: the changes of the other officer, and the refused input to submit again."""
    case, url = stale.case, build_case_url(stale.case.code)
    record_view(case, officer=request.user, now=form.now)
    fields = [
        {"label": str(_FIELD_LABELS[name]), "value": _format_value(name, value)}
        for name, value in form.data.items()
        if _FIELD_LABELS.get(name) and value.strip() and name != "to"
    ]
    lost = bool(form.photos)  # a browser does not resend files
    context = {
        "now": form.now,
        "case": {
            "code": format_code(case.code),
            "title": translate_title(case.title),
            "url": url,
            "version": case.version,
        },
        "changes": build_timeline(stale.events, request.user),
        "attempt": {
            "label": _(ACTIONS[action].label),
            "fields": fields
            + ([{"label": _("Ảnh, tệp"), "value": _("Hãy chọn lại ảnh, tệp trên trang vụ việc.")}] if lost else []),
            "hidden": [
                {"name": field_name, "value": field_value}
                for field_name, field_value in form.data.items()
                if field_name in _RESENT_FIELDS
            ],
            "url": "" if lost else f"{url}/{action}",
        },
    }
    return render(request, "desk/conflict.html", context, status=409)


# Acknowledgement of an alarm from a notification: the token in it stands for one officer and one case.


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
    return _("Đã tắt chuông. Người khác đang giữ việc này.") if taken.assignee_id else _("Đã tắt chuông.")
