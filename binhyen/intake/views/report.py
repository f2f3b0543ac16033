"""Home, «Báo tin», the page after sending, and the page that finds a report again."""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from binhyen.intake import web_reports
from binhyen.intake.complaint_store import Referred
from binhyen.intake.forms import ReportForm
from binhyen.intake.idempotency import is_token
from binhyen.intake.views.base import (
    SENT_ALREADY,
    access_report,
    braked,
    page,
    photo_problem,
    photos_of,
    see_other,
)
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import show_code, token
from binhyen.kit.security_headers import WHERE_ALLOWED
from binhyen.language.reading import DANGER
from binhyen.ui.language_middleware import SWITCH

# Key of the browser's last submission, for some minutes and on this page only: the same text again is one report.
LAST, A_MOMENT = "binhyen_sent", 600
_LINK = re.compile(r"([A-Za-z0-9_-]{43})/?(?:[?#].*)?$")
_ONLY_LINK = N_(
    "Đây là số tin, chỉ để nói với cán bộ khi gọi điện. Muốn xem trả lời, bạn dán đường dẫn đã lưu lúc gửi tin."
)
_NO_LINK = N_(
    "Đây không phải đường dẫn theo dõi. Đường dẫn có chữ «theo-doi» ở giữa; bạn chép cả dòng rồi dán vào đây."
)
_RECEIPT = re.compile(r"[0-9]{20}")  # of a sealed tip, which has its own page


@page("GET")
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "public/home.html")


@page("GET", "POST")
def report(request: HttpRequest) -> HttpResponse:
    """Show or accept the form; one field is enough. The response to a submission is its receipt."""
    if request.method != "POST":
        return _form(request, ReportForm(), token())
    key = request.POST.get("key", "")
    if not is_token(key):  # sent without our form: accepted all the same
        key = token()
    if SWITCH in request.POST:
        return _form(request, ReportForm(initial=request.POST.dict()), key, again=bool(request.FILES))
    form = ReportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, form, key, status=422)
    wait = braked(request, len(form.cleaned_data["photos"]), form.cleaned_data["text"])
    if wait:
        form.add_error(None, wait)
        answer = _form(request, form, key, status=429)
        answer.headers["Retry-After"] = "60"
        return answer
    sending, last = _sending(form, key), request.COOKIES.get(LAST, "")
    if is_token(last) and (again := web_reports.sent_before(sending=sending, key=last)):
        return see_other("sent", again)
    try:
        link = web_reports.send_report(sending=sending, now=clock.now())
    except web_reports.BadPhoto as bad:
        form.add_error("photos", photo_problem(bad.number, str(bad)))
        return _form(request, form, key, status=422)
    except web_reports.KeyReused:
        form.add_error(None, _(SENT_ALREADY))
        return _form(request, form, token(), status=409)
    except Referred as other:
        return _form(request, form, key, elsewhere=other.elsewhere.lines, status=422)
    answer = see_other("sent", link)
    answer.set_cookie(
        LAST, key, max_age=A_MOMENT, path=reverse("report"), secure=settings.SESSION_COOKIE_SECURE, httponly=True,
        samesite="Lax",
    )  # fmt: skip
    return answer


def _sending(form: ReportForm, key: str) -> web_reports.Sending:
    told = form.cleaned_data
    latitude, longitude = told["latitude"], told["longitude"]
    return web_reports.Sending(
        key=key, text=told["text"], photos=photos_of(told["photos"]), place=told["place"], phone=told["phone"],
        name=told["name"], location=None if latitude is None else (latitude, longitude), insists=told["insist"],
    )  # fmt: skip


def _form(
    request: HttpRequest, form: ReportForm, key: str, *, elsewhere: tuple[str, ...] = (), again: bool = False,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Render the form. `again`: files were chosen, which no response can give back."""
    context = {
        "form": form, "key": key, "action_url": reverse("report"), "elsewhere": elsewhere, "again": again,
        "keep_form": "bao-tin",
    }  # fmt: skip
    answer = render(request, "public/report.html", context, status=status)
    answer.headers["Permissions-Policy"] = WHERE_ALLOWED  # «Gửi kèm vị trí»
    return answer


@page("GET")
def sent(request: HttpRequest, link: str) -> HttpResponse:
    """Show the receipt: emergency numbers if life is in danger, the code, the link, the next steps."""
    told = access_report(link)
    receipt = {
        "code": show_code(told.case.code),
        # The model knows no English: English readers see the numbers at any predicted urgency.
        "danger": told.case.urgency >= DANGER or get_language() != settings.LANGUAGE_CODE,
        "status_url": request.build_absolute_uri(reverse("status", args=[link])),
        "steps": [
            _("Tin của bạn đã đến {unit}. Cán bộ đọc và trả lời ở trang theo dõi.").format(unit=told.case.unit.name),
            _("Bạn mở lại đường dẫn trên để xem trả lời, viết thêm hoặc gửi thêm ảnh."),
            _("Xong việc, kết quả hiện ở đó. Bạn có thể cho biết việc ấy có ích không."),
        ],
    }
    return render(request, "public/sent.html", {"receipt": receipt})


@page("GET", "POST")
def track(request: HttpRequest) -> HttpResponse:
    """Redirect a saved link to its page; a code alone opens nothing, because it is read out on the telephone."""
    typed = "".join(request.POST.get("code", "").split())
    if request.method != "POST" or not typed:
        return _track(request, "", "")
    found = _LINK.search(typed)
    if found:
        return see_other("status", found[1])
    if _RECEIPT.fullmatch(typed.replace("-", "").replace(".", "")):  # to be typed there: it must stand in no URL
        answer = see_other("tips")
        answer.headers["Location"] += "#xem"
        return answer
    return _track(request, typed[:200], _(_NO_LINK if len(typed) > 12 else _ONLY_LINK))


def _track(request: HttpRequest, code: str, error: str) -> HttpResponse:
    context = {"code": code, "error": error, "action_url": reverse("track")}
    return render(request, "public/track.html", context, status=422 if error else 200)
