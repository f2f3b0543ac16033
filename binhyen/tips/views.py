"""Views of «Báo tin kín»: one address, no account, no cookie, no script. Each step posts a form to the same page."""

import base64
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from binhyen.cases.choices import State
from binhyen.intake.complaint_store import NotStoredYet
from binhyen.intake.forms import WriteForm, build_place_field
from binhyen.intake.views.base import SENT_ALREADY, check_rate_limits, citizen_page, format_photo_problem
from binhyen.kit import clock
from binhyen.kit.file_storage import ACCEPTED_TYPES, DiskFull
from binhyen.kit.i18n_markers import N_
from binhyen.kit.rate_limits import peer_from_forwarded
from binhyen.kit.security_headers import CSP
from binhyen.people.services import RuleViolation
from binhyen.privacy.channel_guarantees import EARLY_TIP_GUARANTEE
from binhyen.tips import queries, receipt_sessions, receipts, services, tasks
from binhyen.tips.models import Tip
from binhyen.tips.receipt_sessions import ReceiptSession
from binhyen.tips.rules import TEXT_LIMIT, find_possible_codes, format_receipt_code, parse_receipt_code
from binhyen.ui.language_middleware import SWITCH_BUTTON
from binhyen.ui.middleware import is_cross_site
from binhyen.vault.queries import list_founding_groups

# Form of «Tin kín». The typed text always comes back with an error.


class MoreForm(WriteForm):
    """Form for more text or pictures of an opened tip. `plain`: store previews only."""

    plain = forms.BooleanField(required=False)


class TipForm(MoreForm):
    """Form of a new tip: text first; a field for name or phone would break the promise of anonymity."""

    place = build_place_field()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not cleaned["text"]:
            self.add_error("text", _("Bạn viết vài chữ cùng với ảnh: có chuyện gì, ở đâu."))
        return cleaned


WRONG_CODE = N_("Mã này không mở được tin nào. Bạn xem lại từng số; mã sai, mã đã rút và mã hết hạn đều báo như nhau.")
NOT_TWENTY_DIGITS = N_("Mã có 20 chữ số. Bạn viết đủ cả 20 số, cách nhau hay liền nhau đều được.")
BUSY = N_("Máy đang kiểm tra mã cho người khác. Bạn chờ vài giây rồi bấm lại.")
SESSION_EXPIRED = N_("Trang mở đã quá lâu nên tự đóng. Bạn nhập lại mã để xem tiếp.")
TASK_REQUIRED = N_(
    "Có nhiều lần nhập mã sai nên máy cần chờ {seconds} giây trước lần thử này. Mã đúng vẫn mở được như thường."
)
_WITH_PICTURE = CSP.replace("img-src 'self'", "img-src 'self' data:")  # a data URL: the picture has no address


def require_own_form(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Accept only forms of this page, by the browser's origin headers and by the form's ticket.

    Django's CSRF check needs a cookie, which would be a trace on the person's device. Without a cookie a foreign page
    has no session to abuse; it could only make a visitor send a tip, or try codes, unknowingly.
    """

    @wraps(view)
    def check_form(request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            return view(request)
        if is_cross_site(request) or not receipt_sessions.is_valid_ticket(request.POST.get("key", "")):
            return render(request, "tips/foreign.html", status=403)
        return view(request)

    return check_form


# nosemgrep: csrf-switched-off  no cookie is used here: require_own_form checks origin and a ticket instead
@csrf_exempt
@require_own_form
@citizen_page("GET", "POST")
def show_tips(request: HttpRequest) -> HttpResponse:
    step = STEPS.get(request.POST.get("step", "")) if request.method == "POST" else None
    try:
        return step(request) if step else _render_start(request)
    except receipts.Busy:
        return _render_start(request, error=_(BUSY), status=503)


def _render_start(
    request: HttpRequest,
    *,
    form: TipForm | None = None,
    error: str = "",
    again: bool = False,
    elsewhere: tuple[str, ...] = (),
    lost: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Render the first page, with a rejected form, or an error beside the receipt's field.

    `again`: resubmit as another tip; `lost`: chosen files, which a response cannot restore.
    """
    keeps_form = form is not None and not again
    context = {
        "form": form or TipForm(),
        "key": request.POST["key"] if keeps_form else receipt_sessions.create_ticket(),
        "error": error,
        "typed": request.POST.get("code", "")[:60] if error and error != _(SESSION_EXPIRED) else "",
        "task": None,
        "draft": "" if form else request.POST.get("text", "")[:TEXT_LIMIT],
        "elsewhere": elsewhere,
        "accept": ACCEPTED_TYPES,
        "again": lost,
        "keep_form": "viet-moi",
        "early": _(EARLY_TIP_GUARANTEE) if list_founding_groups() else "",
    }
    if error:
        required_task = tasks.get_required_task(_get_peer(request))
        if required_task is not None:
            given = tasks.issue_task(
                required_task, peer=_get_peer(request), unripe=request.POST.get("task", ""), now=clock.now()
            )
            context |= {"task": given, "error": error.format(seconds=given.task.seconds)}
    response = render(request, "tips/start.html", context, status=status)
    if status in (429, 503):
        response.headers["Retry-After"] = "5"
    return response


def _send_tip(request: HttpRequest) -> HttpResponse:
    if SWITCH_BUTTON in request.POST:
        return _render_start(request, form=TipForm(initial=request.POST.dict()), lost=bool(request.FILES))
    form = TipForm(request.POST, request.FILES)
    if not form.is_valid():
        return _render_start(request, form=form, status=422)
    cleaned = form.cleaned_data
    wait = check_rate_limits(request, len(cleaned["photos"]), cleaned["text"])
    if wait:
        form.add_error(None, wait)
        return _render_start(request, form=form, status=429)
    try:
        receipt = services.submit_tip(
            key=request.POST["key"],
            text=cleaned["text"],
            place=cleaned["place"],
            originals=not cleaned["plain"],
            photos=_read_uploads(cleaned["photos"]),
            insists=cleaned["insist"],
            now=clock.now(),
            tries=_can_try_codes(request, cleaned["text"], cleaned["place"]),
        )
    except NotStoredYet as referral:
        return _render_start(request, form=form, elsewhere=referral.elsewhere.lines, status=422)
    except services.BadFile as problem:
        form.add_error("photos", _format_problem(problem))
        return _render_start(request, form=form, status=422)
    except services.ContainsReceiptCode as problem:
        form.add_error("text", str(problem))
        return _render_start(request, form=form, status=422)
    except services.AlreadySubmitted:
        form.add_error(None, _(SENT_ALREADY))
        return _render_start(request, form=form, again=True, status=409)
    except receipts.Busy:
        form.add_error(None, _(BUSY))
        return _render_start(request, form=form, status=503)
    return render(request, "tips/receipt.html", {"code": format_receipt_code(receipt.code), "danger": receipt.danger})


@receipts.pad_duration()
def _open_receipt(request: HttpRequest) -> HttpResponse:
    """Open a receipt. Unknown, withdrawn and expired codes give the same response after the same work."""
    code = parse_receipt_code(request.POST.get("code", ""))
    if code is None:
        return _render_start(request, error=_(NOT_TWENTY_DIGITS), status=422)
    now, peer = clock.now(), _get_peer(request)
    required_task = tasks.get_required_task(peer)
    if required_task is not None:
        token_, answer = request.POST.get("task", ""), request.POST.get("answer", "")
        if not tasks.done(token_, answer, wanted=required_task, peer=peer, now=now):
            return _render_start(request, error=_(TASK_REQUIRED), status=429)
    opened_tip = services.open_receipt(code)
    if opened_tip is None:
        tasks.count_wrong(peer)
        return _render_start(request, error=_(WRONG_CODE), status=404)
    tip, pair = opened_tip
    return _render_conversation(
        request, tip, ReceiptSession(bytes(tip.lookup), pair, receipt_sessions.compute_code_mark(code), now)
    )


def _can_try_codes(request: HttpRequest, *words: str) -> bool:
    """Return whether twenty digits in the text may be tried as a receipt.

    It counts as a failed attempt of this client; no try is made while a task is required.
    """
    if not any(map(find_possible_codes, words)):
        return False
    peer = _get_peer(request)
    is_unrestricted = tasks.get_required_task(peer) is None
    tasks.count_wrong(peer)
    return is_unrestricted


def _require_session(
    step_function: Callable[[HttpRequest, Tip, ReceiptSession], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Decorate a step on an opened tip."""

    @wraps(step_function)
    def run_step(request: HttpRequest) -> HttpResponse:
        session = receipt_sessions.open_session(request.POST.get("visit", ""), now=clock.now())
        tip = services.find_by_lookup(session.lookup) if session else None
        if session is None or tip is None:
            return _render_start(request, error=_(SESSION_EXPIRED), status=403)
        if SWITCH_BUTTON in request.POST:
            return _render_conversation(request, tip, session, lost_files=bool(request.FILES))
        if "photo" in request.POST:  # a button of the same form, so that unsent text is not lost
            return _render_conversation(request, tip, session, chosen_photo=request.POST["photo"])
        return step_function(request, tip, session)

    return run_step


@_require_session
def _add_message(request: HttpRequest, tip: Tip, visit: ReceiptSession) -> HttpResponse:
    form = MoreForm(request.POST, request.FILES)
    if not form.is_valid():
        problem = next(str(error) for errors in form.errors.values() for error in errors)
        return _render_conversation(request, tip, visit, error=problem, status=422)
    cleaned = form.cleaned_data
    wait = check_rate_limits(request, len(cleaned["photos"]), cleaned["text"])
    if wait:
        return _render_conversation(request, tip, visit, error=wait, status=429)
    try:
        services.add_to_tip(
            tip=tip,
            visit=visit,
            key=request.POST["key"],
            text=cleaned["text"],
            originals=not cleaned["plain"],
            photos=_read_uploads(cleaned["photos"]),
            tries=_can_try_codes(request, cleaned["text"]),
            now=clock.now(),
        )
    except receipts.Busy:
        return _render_conversation(request, tip, visit, error=_(BUSY), status=503)
    except services.BadFile as problem:
        return _render_conversation(request, tip, visit, error=_format_problem(problem), status=422)
    except RuleViolation as problem:
        return _render_conversation(request, tip, visit, error=str(problem), status=422)
    return _render_conversation(request, services.find_by_lookup(visit.lookup) or tip, visit, sent=True)


@_require_session
def _withdraw_tip(request: HttpRequest, tip: Tip, visit: ReceiptSession) -> HttpResponse:
    if request.POST.get("sure") != "yes":
        return _render_conversation(
            request, tip, visit, error=_("Bạn đánh dấu «Tôi chắc chắn» rồi bấm lại."), status=422
        )
    services.withdraw_tip(tip=tip, now=clock.now())
    return render(request, "tips/withdrawn.html")


def _render_conversation(
    request: HttpRequest,
    tip: Tip,
    visit: ReceiptSession,
    *,
    error: str = "",
    sent: bool = False,
    chosen_photo: str = "",
    lost_files: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Render the conversation, with at most one picture inlined, which has no address of its own."""
    now = clock.now()
    picture = queries.open_photo(tip, chosen_photo, visit.pair) if chosen_photo else None
    context: dict[str, Any] = {
        "talk": queries.open_conversation(tip, visit.pair),
        "now": now,
        "error": error,
        "sent": sent,
        "key": receipt_sessions.create_ticket(),
        "visit": receipt_sessions.seal_session(visit, now=now),
        "draft": "" if sent else request.POST.get("text", "")[:TEXT_LIMIT],
        "over": tip.case.state == State.CLOSED,
        "look": chosen_photo,
        "accept": ACCEPTED_TYPES,
        "again": lost_files,
        "keep_form": "viet-tiep",
        "picture": f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}" if picture else "",
    }
    response = render(request, "tips/talk.html", context, status=status)
    if picture:
        response.headers["Content-Security-Policy"] = _WITH_PICTURE
    return response


def _read_uploads(uploads: "list[UploadedFile[Any]]") -> list[services.UploadedTipFile]:
    return [services.UploadedTipFile(upload.name or "", upload.read()) for upload in uploads]


def _format_problem(bad: services.BadFile) -> str:
    if str(bad) == str(DiskFull()):
        return format_photo_problem(bad.number, str(bad))
    return _("Tệp thứ {number}: {problem} Bạn chọn lại rồi gửi; chữ đã viết vẫn còn đây.").format(
        number=bad.number, problem=_(str(bad))
    )


def _get_peer(request: HttpRequest) -> str:
    return peer_from_forwarded(request.headers.get("X-Forwarded-For", ""))


# Steps by the name in their form. The page has one address: tests run through these.
STEPS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "send": _send_tip,
    "open": _open_receipt,
    "more": _add_message,
    "withdraw": _withdraw_tip,
}
