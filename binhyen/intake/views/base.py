"""Helpers of the citizens' pages: headers that leave no trace, rate limits, and uploads."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from binhyen.cases.models import Report
from binhyen.cases.queries.case_detail import find_report_by_link
from binhyen.intake.idempotency import is_token
from binhyen.intake.model_cache import is_danger
from binhyen.intake.web_reports import NotReady, UploadedPhoto
from binhyen.kit.file_storage import DiskFull
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import hash_token
from binhyen.kit.rate_limits import RateLimit, peer_from_forwarded, try_acquire
from binhyen.kit.rls_scope import set_rls_scope
from binhyen.privacy.queries import list_person_requests
from binhyen.ui.errors import RETRY_SECONDS, unsent

# Limits for one address, which a thousand people of a mobile network may share. Photos are limited first, text last,
# text about danger least.
REPORT_LIMIT = RateLimit(burst=300, per_second=5)
PHOTO_RATE_LIMIT = RateLimit(burst=40, per_second=0.2)
DANGER_LIMIT = RateLimit(burst=1200, per_second=20)  # text about danger to life, once REPORT_LIMIT is used up
INVALID_LINK_LIMIT = RateLimit(burst=30, per_second=0.5)  # invalid status links; a valid one is never limited

P = ParamSpec("P")
CitizenView = Callable[Concatenate[HttpRequest, P], HttpResponse]

TOO_MANY = N_("Đang có quá nhiều tin gửi từ mạng này. Bạn chờ một phút rồi gửi lại; chữ đã viết vẫn còn đây.")
TOO_MANY_PHOTOS = N_("Đang có quá nhiều ảnh gửi từ mạng này. Bạn bấm Gửi để gửi chữ trước, ảnh gửi sau ít phút.")
SENT_ALREADY = N_(
    "Mẫu này đã gửi rồi, với nội dung khác, và tin đó đã đến công an. Nếu đây là một tin mới, bạn bấm Gửi lần nữa."
)


def citizen_page(*methods: str) -> Callable[[CitizenView[P]], CitizenView[P]]:
    """Decorate a citizen's page: not indexed, not cached, and its URL is sent nowhere, not even to our own pages.

    Browsers then send `Origin: null` with its forms: `ui/middleware.py: OwnFormCsrf` accepts them as ours.
    """

    def decorate(view: CitizenView[P]) -> CitizenView[P]:
        @require_http_methods([*methods, *(["HEAD"] if "GET" in methods else [])])
        @wraps(view)
        def respond(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                response = view(request, *args, **kwargs)
            except NotReady:
                response = unsent(request, 503, headers={"Retry-After": str(RETRY_SECONDS)})
            except Http404:
                if try_acquire(peer_from_forwarded(request.headers.get("X-Forwarded-For", "")), INVALID_LINK_LIMIT):
                    raise
                response = render(request, "429.html", status=429)
                response.headers["Retry-After"] = "60"
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
            response.headers["Cache-Control"] = "no-store"
            response.headers["Referrer-Policy"] = "no-referrer"
            return response

        return respond

    return decorate


def redirect_see_other(name: str, *args: Any) -> HttpResponse:
    """Return a 303 redirect to the page after a submission, safe to reload."""
    return HttpResponse(status=303, headers={"Location": reverse(name, args=args)})


def get_report_by_link(token: str) -> Report:
    """Return the report of a status link. Unknown, malformed and foreign tokens all give the same 404."""
    if is_token(token):
        set_rls_scope(f"link:{hash_token(token)}")
    report = find_report_by_link(token) if is_token(token) else None
    if report is None:
        raise Http404
    return report


def find_unerased_report(token: str) -> Report | None:
    """Return the report, or None if it was erased and the answer to that request is still shown. Raises Http404."""
    try:
        return get_report_by_link(token)
    except Http404:
        if is_token(token) and list_person_requests(None, hash_token(token)):
            return None
        raise


def check_rate_limits(request: HttpRequest, photos: int, text: str = "") -> str:
    """Return why this submission must wait, or "". Photos are limited long before text, and text about danger least."""
    peer = peer_from_forwarded(request.headers.get("X-Forwarded-For", ""))
    if not try_acquire(peer, PHOTO_RATE_LIMIT, count=photos):
        return _(TOO_MANY_PHOTOS)
    if try_acquire(peer, REPORT_LIMIT) or (is_danger(text) and try_acquire(peer, DANGER_LIMIT)):
        return ""
    return _(TOO_MANY)


def read_photos(uploads: "list[UploadedFile[Any]]") -> tuple[UploadedPhoto, ...]:
    return tuple(UploadedPhoto(name=upload.name or "", data=upload.read()) for upload in uploads)


def format_photo_problem(number: int, problem: str) -> str:
    if problem == str(DiskFull()):
        return _("{problem} Chữ đã viết vẫn còn đây: bạn bấm Gửi để gửi chữ trước, ảnh gửi sau.").format(
            problem=_(problem)
        )
    return _("Ảnh thứ {number}: {problem} Bạn chọn lại ảnh rồi gửi; chữ đã viết vẫn còn đây.").format(
        number=number, problem=_(problem)
    )
