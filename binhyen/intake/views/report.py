"""Home, «Báo tin», the page after sending, and the page that finds a report again."""

import re

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from binhyen.cases.message_texts import CATEGORY_ADVICE
from binhyen.channels.queries import get_site_codes
from binhyen.intake import recovery, web_reports
from binhyen.intake.complaint_store import NotStoredYet
from binhyen.intake.forms import ReportForm
from binhyen.intake.idempotency import is_token
from binhyen.intake.views.base import (
    SENT_ALREADY,
    check_rate_limits,
    citizen_page,
    format_photo_problem,
    get_report_by_link,
    read_photos,
    redirect_see_other,
)
from binhyen.intake.views.status import format_answer_due
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import format_code, generate_token, normalize_code
from binhyen.kit.rate_limits import RateLimit, peer_from_forwarded, try_acquire
from binhyen.kit.security_headers import GEOLOCATION_PERMISSION
from binhyen.kit.text import to_nfc
from binhyen.language.reading import DANGER
from binhyen.ui.language_middleware import SWITCH_BUTTON
from binhyen.ui.service_workers import build_worker_response

_VERIFIER_PAGE = (
    '<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Bình Yên</title>'
    '<meta name="zalo-platform-site-verification" content="{0}"></head><body>{0}</body></html>'
)
# Key of the browser's last submission, for some minutes and on this page only: the same text again is one report.
LAST_KEY_COOKIE, LAST_KEY_SECONDS = "binhyen_sent", 600
_LINK_PATTERN = re.compile(r"([A-Za-z0-9_-]{43})/?(?:[?#].*)?$")
_ONLY_LINK = N_(
    "Đây là số tin, chỉ để nói với cán bộ khi gọi điện. Muốn xem trả lời, bạn dán đường dẫn đã lưu lúc gửi tin."
)
_NO_LINK = N_(
    "Đây không phải đường dẫn theo dõi. Đường dẫn có chữ «theo-doi» ở giữa; bạn sao chép cả dòng rồi dán vào đây."
)
_NO_WORD = N_(
    "Số tin và từ không khớp, hoặc tin này không đặt từ tìm lại. Thử sai 5 lần thì chờ một giờ; quên thì đến trụ sở."
)
# Queries of the forms for found things, with the picture first, and for scams, with number and sum.
TASK_BY_QUERY = {"viec=nhat-duoc": "found", "viec=lua-dao": "scam"}
WORD_LIMIT = RateLimit(burst=20, per_second=0.02)  # guesses of one address
_RECEIPT_PATTERN = re.compile(r"[0-9]{20}")  # of a sealed tip, which has its own page


@citizen_page("GET")
def home_page(request: HttpRequest) -> HttpResponse:
    return render(request, "public/home.html", {"site_codes": get_site_codes()})


@citizen_page("GET")
def verify_domain(request: HttpRequest, code: str) -> HttpResponse:
    """Serve the file by which Zalo verifies that this domain is ours; the home page has the same as a meta tag."""
    if code not in get_site_codes():
        raise Http404
    return HttpResponse(format_html(_VERIFIER_PAGE, code))


@citizen_page("GET", "POST")
def report_page(request: HttpRequest) -> HttpResponse:
    """Show or accept the form; one field is enough. The response to a submission is its receipt."""
    if request.method != "POST":
        return _render_form(request, ReportForm(), generate_token())
    key = request.POST.get("key", "")
    if not is_token(key):  # sent without our form: accepted all the same
        key = generate_token()
    if SWITCH_BUTTON in request.POST:
        return _render_form(request, ReportForm(initial=request.POST.dict()), key, again=bool(request.FILES))
    form = ReportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _render_form(request, form, key, status=422)
    limit_text = check_rate_limits(request, len(form.cleaned_data["photos"]), form.cleaned_data["text"])
    if limit_text:
        form.add_error(None, limit_text)
        response = _render_form(request, form, key, status=429)
        response.headers["Retry-After"] = "60"
        return response
    sending, last_key = _build_submission(form, key), request.COOKIES.get(LAST_KEY_COOKIE, "")
    if is_token(last_key) and (earlier_link := web_reports.find_same_submission(sending=sending, key=last_key)):
        return redirect_see_other("sent", earlier_link)
    try:
        link = web_reports.send_report(sending=sending, now=clock.now())
    except web_reports.BadPhoto as photo_error:
        form.add_error("photos", format_photo_problem(photo_error.number, str(photo_error)))
        return _render_form(request, form, key, status=422)
    except web_reports.KeyReused:
        form.add_error(None, _(SENT_ALREADY))
        return _render_form(request, form, generate_token(), status=409)
    except NotStoredYet as not_stored:
        return _render_form(request, form, key, elsewhere=not_stored.elsewhere.lines, status=422)
    if form.cleaned_data["word"]:
        recovery.store_word(link, form.cleaned_data["word"])
    response = redirect_see_other("sent", link)
    response.set_cookie(
        LAST_KEY_COOKIE,
        key,
        max_age=LAST_KEY_SECONDS,
        path=reverse("report"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_safe
def serve_report_worker(request: HttpRequest) -> HttpResponse:
    """Serve the service worker of the form; always checked for a new version."""
    return build_worker_response("ui/js/report-worker.js", scope_url=reverse("report"))


def _build_submission(form: ReportForm, key: str) -> web_reports.Submission:
    data = form.cleaned_data
    latitude, longitude = data["latitude"], data["longitude"]
    return web_reports.Submission(
        key=key,
        text=data["text"],
        photos=read_photos(data["photos"]),
        place=data["place"],
        phone=data["phone"],
        name=data["name"],
        may_call_back=bool(data["phone"]) and data["callback"],
        location=None if latitude is None else (latitude, longitude),
        is_insisting=data["insist"],
        loss_amount=data["loss"],
    )


def _render_form(
    request: HttpRequest,
    form: ReportForm,
    key: str,
    *,
    elsewhere: tuple[str, ...] = (),
    again: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Render the form. `again`: files were chosen, which no response can give back."""
    query = request.META.get("QUERY_STRING", "")
    task = TASK_BY_QUERY.get(query, "")
    context = {
        "form": form,
        "key": key,
        "action_url": f"{reverse('report')}?{query}" if task else reverse("report"),
        "task": task,
        "elsewhere": elsewhere,
        "again": again,
        "keep_form": "bao-tin",
    }
    response = render(request, "public/report.html", context, status=status)
    response.headers["Permissions-Policy"] = GEOLOCATION_PERMISSION  # «Gửi kèm vị trí»
    return response


@citizen_page("GET")
def receipt_page(request: HttpRequest, link: str) -> HttpResponse:
    """Show the receipt: emergency numbers if life is in danger, the code, the link, the next steps."""
    report_row = get_report_by_link(link)
    is_danger = report_row.case.urgency >= DANGER
    # The legal date of the answer, weeks away, would read as the time until help comes.
    due = "" if is_danger else format_answer_due(report_row.case, now=clock.now())
    receipt = {
        "code": format_code(report_row.case.code),
        # The model knows no English: English readers see the numbers at any predicted urgency.
        "danger": is_danger or get_language() != settings.LANGUAGE_CODE,
        "status_url": request.build_absolute_uri(reverse("status", args=[link])),
        "path": reverse("status", args=[link]),
        "has_word": report_row.recovery is not None,
        "steps": [
            *([_(advice)] if (advice := CATEGORY_ADVICE.get(report_row.case.category)) else ()),
            _("Tin của bạn đã đến {unit}. Cán bộ đọc và trả lời ở trang theo dõi.").format(
                unit=report_row.case.unit.name
            ),
            *([due] if due else ()),
            _("Trình duyệt không tự báo. Bạn mở lại đường dẫn trên để xem trả lời, viết thêm hoặc gửi thêm ảnh."),
            _("Xong việc, kết quả hiện ở đó. Bạn có thể cho biết việc ấy có ích không."),
        ],
    }
    return render(request, "public/sent.html", {"receipt": receipt})


@citizen_page("GET", "POST")
def track_page(request: HttpRequest) -> HttpResponse:
    """Redirect a saved link to its page; a code alone opens nothing, because it is read out on the telephone."""
    if request.method == "POST" and "word" in request.POST:
        return _find_by_word(request)
    typed = "".join(request.POST.get("code", "").split())
    if request.method != "POST" or not typed:
        return _render_track(request, "", "")
    match = _LINK_PATTERN.search(typed)
    if match:
        return redirect_see_other("status", match[1])
    if _RECEIPT_PATTERN.fullmatch(
        typed.replace("-", "").replace(".", "")
    ):  # to be typed there: it must stand in no URL
        response = redirect_see_other("tips")
        response.headers["Location"] += "#xem"
        return response
    return _render_track(request, typed[:200], _(_NO_LINK if len(typed) > 12 else _ONLY_LINK))


def _find_by_word(request: HttpRequest) -> HttpResponse:
    """Redirect the holder of a code and its word to the report; every failure looks alike."""
    number = request.POST.get("number", "")[:24]
    peer = peer_from_forwarded(request.headers.get("X-Forwarded-For", ""))
    word = to_nfc(request.POST["word"])[: recovery.MAX_CHARS]
    link = recovery.find_link(normalize_code(number), word) if try_acquire(peer, WORD_LIMIT) else None
    if link is not None:
        return redirect_see_other("status", link)
    return _render_track(request, "", "", number=number, word_error=_(_NO_WORD))


def _render_track(
    request: HttpRequest, code: str, error: str, *, number: str = "", word_error: str = ""
) -> HttpResponse:
    context = {
        "code": code,
        "error": error,
        "number": number,
        "word_error": word_error,
        "action_url": reverse("track"),
    }
    return render(request, "public/track.html", context, status=422 if error or word_error else 200)
