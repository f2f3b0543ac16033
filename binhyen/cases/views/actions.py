"""Actions that change a case: `/vu-viec/<code>/<action>`. One table, one view for all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from binhyen.areas import queries as areas
from binhyen.cases.choices import (
    CATEGORY_LABELS,
    GRADE_LABELS,
    LANE_LABELS,
    OUTCOME_LABELS,
    STATE_LABELS,
    URGENCY_LABELS,
)
from binhyen.cases.kinds import kind
from binhyen.cases.models import Case
from binhyen.cases.queries import case_page
from binhyen.cases.queries.case_detail import access_case
from binhyen.cases.rules import NotAllowed, TooLate, alarm_starts
from binhyen.cases.services.unit_of_work import StaleCase
from binhyen.cases.services.view_log import saw_page
from binhyen.cases.views import action_handlers
from binhyen.cases.views.case import page
from binhyen.cases.views.decorators import screen
from binhyen.cases.views.desk import queue
from binhyen.cases.views.filters import DESK
from binhyen.cases.views.form_data import Post, read_post
from binhyen.cases.views.list_rows import case_url
from binhyen.cases.views.timeline import timeline
from binhyen.channels.presenters import HELD_SAID
from binhyen.channels.queries import held
from binhyen.kit import clock
from binhyen.kit.clock import vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import show_code
from binhyen.people.view_auth import OfficerRequest, press_again, see_other
from binhyen.ui.label_cache import spoken
from binhyen.ui.stored_text_i18n import title

QUEUE = "queue"  # the element of the case list that htmx replaces


@dataclass(frozen=True, slots=True)
class Action:
    """An action of the case page. `label`: its name; `success_message`; both marked for translation.

    `error_form`: the form that shows an error; `sends_message`: a message is sent, which outbound DLP may hold;
    `format_success`: a success message that depends on the case, instead of `success_message`.
    """

    do: Callable[[Post], Case]
    label: str
    done: str
    beside: str = "action"
    speaks: bool = False
    says: Callable[[Case], str] | None = None


def _hushed(case: Case) -> str:
    """Return the success message with the assignee: the second of two officers learns that the case is not theirs."""
    if case.assignee is None:
        return _("Chuông đã tắt.")
    return _("Chuông đã tắt. Người xử lý: {name}.").format(name=case.assignee.name)


def _gone_to(case: Case) -> str:
    """Return the success message with the new assignee or unit."""
    if case.assignee is not None:
        return _("Đã giao cho {name}.").format(name=case.assignee.name)
    return _("Đã chuyển đến {unit}. Nơi nhận chưa làm gì thì còn lấy lại được, ở cuối bàn trực.").format(
        unit=case.unit.name
    )


def _sorted(case: Case) -> str:
    """Return the success message; for a new urgent case it names the unit that is alarmed."""
    if case.is_open and not case.apart and alarm_starts(case.urgency) and case.acknowledged_at is None:
        return _("Đã phân loại lại. Chuông đang reo ở {unit}.").format(unit=case.unit.name)
    return _("Đã phân loại lại.")


def _placed(case: Case) -> str:
    """Return the success message with the area found.

    A place name without a known area must not look as if it was found.
    """
    known = case.area_id or case.commune_id
    if known is None:
        return _("Đã sửa nơi. Chưa rõ nơi này thuộc xã nào.")
    area = areas.labels([known], vietnam_day(clock.now())).get(known, "")
    if known == case.commune_id:
        return _("Đã sửa nơi. Máy chỉ biết là ở {area}.").format(area=area)
    return _("Đã sửa nơi. Máy hiểu là {area}.").format(area=area)


def _ended(case: Case) -> str:
    """Return the success message, with the way the result reaches the reporters.

    By chat, with the receipt of a sealed tip, or not at all.
    """
    if any(r.conversation_id for r in case_page.hearers(case)):
        return _("Đã kết thúc. Kết quả đang được gửi tới người báo.")
    if kind(case.kind).sealed and case_page.told_alone(case):
        return _("Đã kết thúc. Người báo đọc kết quả khi mở tin bằng mã nhận tin.")
    return _("Đã kết thúc. Không có người báo nào nhận được kết quả.")


ACTIONS = {
    "da-nhan": Action(action_handlers.acknowledge, N_("Tắt chuông"), N_("Chuông đã tắt."), says=_hushed),
    "da-biet-han": Action(action_handlers.heard_late, N_("Đã biết thời hạn"), N_("Đã ghi nhận bạn biết thời hạn này.")),
    "gia-han": Action(action_handlers.prolong, N_("Gia hạn"), N_("Đã gia hạn.")),
    "nhan-viec": Action(action_handlers.take, N_("Nhận việc về mình"), N_("Bạn đã nhận việc này.")),
    "trang-thai": Action(action_handlers.set_state, N_("Chuyển trạng thái"), N_("Đã chuyển trạng thái.")),
    "giao": Action(action_handlers.give, N_("Giao cho người khác"), N_("Đã giao."), says=_gone_to),
    "lay-lai": Action(action_handlers.take_back, N_("Lấy lại"), N_("Đã lấy lại.")),
    "tra-loi": Action(
        action_handlers.answer, N_("Trả lời người báo"), N_("Câu trả lời đang được gửi."), "text", speaks=True
    ),
    "hoi-lai": Action(action_handlers.ask, N_("Hỏi lại người báo"), N_("Câu hỏi đang được gửi."), "text", speaks=True),
    "ghi-chu": Action(action_handlers.note, N_("Ghi chú nội bộ"), N_("Đã lưu ghi chú."), "note"),
    "phan-loai": Action(
        action_handlers.reclassify, N_("Phân loại lại"), N_("Đã phân loại lại."), "correct", says=_sorted
    ),
    "sua-noi": Action(action_handlers.relocate, N_("Sửa nơi"), N_("Đã sửa nơi."), "place", says=_placed),
    "danh-gia": Action(action_handlers.grade, N_("Đánh giá tin"), N_("Đã đánh giá tin.")),
    "ket-thuc": Action(
        action_handlers.close,
        N_("Kết thúc với kết quả"),
        N_("Đã kết thúc. Kết quả đang được gửi tới người báo."),
        "close",
        speaks=True,
        says=_ended,
    ),
    "chung-cu": Action(action_handlers.add_evidence, N_("Thêm chứng cứ"), N_("Đã thêm chứng cứ."), "evidence"),
    "mo-lai": Action(action_handlers.reopen, N_("Mở lại vụ việc"), N_("Đã mở lại.")),
    "gop": Action(action_handlers.merge, N_("Gộp vào vụ khác"), N_("Đã gộp."), "relate"),
    "gop-ve": Action(action_handlers.merge_here, N_("Gộp vụ khác vào đây"), N_("Đã gộp vào vụ này."), "relate"),
    "tach": Action(action_handlers.unmerge, N_("Tách lại"), N_("Đã tách lại."), "relate"),
    "lien-ket": Action(action_handlers.relate, N_("Nối hai vụ"), N_("Đã nối hai vụ."), "relate"),
    "bo-noi": Action(action_handlers.unrelate, N_("Bỏ nối"), N_("Đã bỏ nối hai vụ."), "relate"),
    "nhan-ben-kia": Action(
        action_handlers.write_across,
        N_("Nhắn đơn vị kia"),
        N_("Đã nhắn. Hai bên đọc trong ghi chú của vụ mình."),
        "across",
    ),
    "gan-tin": Action(action_handlers.attach, N_("Gắn tin nhắn"), N_("Đã gắn tin nhắn.")),
    "tach-rieng": Action(action_handlers.split, N_("Tách thành vụ riêng"), N_("Đã tách thành vụ riêng.")),
    "go-tin": Action(action_handlers.detach, N_("Tách tin nhắn ra"), N_("Đã tách tin nhắn ra.")),
}

# Form fields as the conflict page shows them, with labels for codes.
_SHOWN = {
    "text": gettext_lazy("Nội dung"), "state": gettext_lazy("Trạng thái"), "to": gettext_lazy("Giao cho"),
    "reason": gettext_lazy("Lý do"), "outcome": gettext_lazy("Kết quả"), "evidence": gettext_lazy("Căn cứ"),
    "answer": gettext_lazy("Câu báo kết quả"), "valuable": gettext_lazy("Giá trị của tin"),
    "grade": gettext_lazy("Giá trị của tin"), "category": pgettext_lazy("category", "Nội dung"),
    "urgency": gettext_lazy("Mức"), "lane": gettext_lazy("Diện"), "into": gettext_lazy("Vụ khác"),
    "words": gettext_lazy("Lời chuyển kèm"), "place": gettext_lazy("Nơi"), "kind": "",
}  # fmt: skip
# Fields with fixed choices: code → label. A form sends every code as text.
_WORDS: dict[str, Mapping[Any, str]] = {
    "state": STATE_LABELS, "outcome": OUTCOME_LABELS, "valuable": GRADE_LABELS, "grade": GRADE_LABELS,
    "lane": LANE_LABELS, "category": CATEGORY_LABELS, "urgency": {str(u): label for u, label in URGENCY_LABELS.items()},
}  # fmt: skip
_SENT_AGAIN = (*_SHOWN, "tin", "clock")
_TYPED = {"evidence": "proof", "across": "across", "note": "note"}  # by form: the template's name of its text field
_KEPT = ("answer", "evidence", "outcome", "valuable", "reason", "into", "category", "words", "place")


@screen("GET", "HEAD", "POST")
def act(request: OfficerRequest, code: str, action: str) -> HttpResponse:
    """Run an action on a case.

    Success: a redirect, or the fragment for htmx. Stale form: 409 and the changes since. Refused: 422 beside the form.
    GET, by a link or after signing in, changes nothing and leads to the case.
    """
    found = ACTIONS.get(action)
    if found is None:
        raise Http404
    if request.method != "POST":
        return press_again(request, case_url(access_case(request.user, code).code))
    post = read_post(request, code, now=clock.now())
    try:
        case = found.do(post)
    except StaleCase as stale:
        return _full(request, _conflict(request, stale, action, post))
    except TooLate as late:
        messages.error(request, _(str(late)))
        return see_other(DESK)
    except NotAllowed as refused:
        told, draft = {found.beside: _(str(refused)) + _again(post)}, _draft(post, found)
        response = page(request, post.code, errors=told, draft=draft, status=422)
        return _full(request, response)
    return _done(request, case, found)


def _again(post: Post) -> str:
    """Return the hint to choose files again: the browser does not resend them with the reloaded page."""
    return " " + _("Hãy chọn lại ảnh, tệp: trang tải lại không giữ.") if post.photos else ""


def _draft(post: Post, action: Action) -> dict[str, str]:
    """Return the refused values to refill the form; several forms name their text field `text`."""
    draft = {name: post.data.get(name, "") for name in _KEPT}
    return draft | {_TYPED.get(action.beside, "text"): post.data.get("text", "")}


def _done(request: OfficerRequest, case: Case, action: Action) -> HttpResponse:
    if request.htmx.target == QUEUE:
        return queue(request, said=action.says(case) if action.says else "")
    if request.htmx:
        return page(request, case.code)
    if action.speaks and held(request.user).filter(case=case, created_at__gte=case.updated_at).exists():
        messages.warning(request, _(HELD_SAID))
    else:
        messages.success(request, action.says(case) if action.says else _(action.done))
    return see_other(case_url(case.code) if case_page.sees(request.user, case.pk) else DESK)


def _full(request: OfficerRequest, response: HttpResponse) -> HttpResponse:
    """Show an error of an action in the case list as a full page: the list has no place for it."""
    if request.htmx.target == QUEUE:
        response.headers["HX-Retarget"] = "#noi-dung"
        response.headers["HX-Reswap"] = "innerHTML"
    return response


def _said(name: str, value: str) -> str:
    """Return a field's value as text, with labels for codes."""
    return spoken(_WORDS[name]).get(value, value) if name in _WORDS else value


def _conflict(request: OfficerRequest, stale: StaleCase, action: str, post: Post) -> HttpResponse:
    """Render the conflict page: the changes of the other officer, and the refused input to submit again."""
    case, url = stale.case, case_url(stale.case.code)
    saw_page(case, officer=request.user, now=post.now)
    fields = [
        {"label": str(_SHOWN[name]), "value": _said(name, value)}
        for name, value in post.data.items()
        if _SHOWN.get(name) and value.strip() and name != "to"
    ]
    lost = bool(post.photos)  # a browser does not resend files
    context = {
        "now": post.now,
        "case": {"code": show_code(case.code), "title": title(case.title), "url": url, "version": case.version},
        "changes": timeline(stale.events, request.user),
        "attempt": {
            "label": _(ACTIONS[action].label),
            "fields": fields
            + ([{"label": _("Ảnh, tệp"), "value": _("Hãy chọn lại ảnh, tệp trên trang vụ việc.")}] if lost else []),
            "hidden": [{"name": n, "value": v} for n, v in post.data.items() if n in _SENT_AGAIN],
            "url": "" if lost else f"{url}/{action}",
        },
    }
    return render(request, "desk/conflict.html", context, status=409)
