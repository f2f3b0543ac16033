"""Error responses as application/problem+json, with {"error": code, "message": Vietnamese} beside
the RFC 9457 fields.
"""

from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from binhyen.api import serializers
from binhyen.api.auth import CALLS, MissingScope, StrangeQuery, TooMany, token_in
from binhyen.api.queries import Unknown
from binhyen.api.response_schemas import Problem
from binhyen.api.services import KeyReused, read_case
from binhyen.areas.queries import NotLoaded
from binhyen.cases.rules import NotAllowed, NotFound
from binhyen.cases.services.unit_of_work import StaleCase
from binhyen.kit import clock, logs
from binhyen.kit.db_errors import of_machine
from binhyen.ui.errors import BROKEN, LATER, RETRY_SECONDS
from binhyen.ui.static_pages import PROBLEM, as_problem

log = logs.get("api")


class Forbidden(Exception):
    """The officer of the token may not do this."""


class BadCursor(Exception):
    """A cursor not created by this API."""


class BadPeriod(Exception):
    """The period ends before it begins; every number would be a meaningless zero."""


class NotJson(ValueError):
    """A body without the JSON content type."""


_NOT_JSON = ("not_json", "Nội dung gửi lên phải là application/json.")
_PLAIN: list[tuple[type[Exception], int, str, str]] = [
    (AuthenticationError, 401, "unauthorized", "Thiếu mã truy cập, hoặc mã không còn dùng được."),
    (MissingScope, 403, "scope", "Mã truy cập này không được cấp quyền cho việc đó."),
    (Forbidden, 403, "forbidden", "Cán bộ của mã truy cập này không có quyền làm việc đó."),
    (NotFound, 404, "not_found", "Không có vụ việc này, hoặc không thuộc phạm vi được xem."),
    (Http404, 404, "not_found", "Không có địa chỉ này."),
    (Unknown, 404, "unknown_place", "Không có địa bàn hoặc đơn vị này."),
    (KeyReused, 409, "key_reused", "Idempotency-Key này đã dùng cho một yêu cầu khác."),
    (RequestDataTooBig, 413, "too_long", "Nội dung gửi lên quá dài (tối đa 2 MB)."),
    (SuspiciousOperation, 400, "bad_request", "Máy không hiểu yêu cầu này."),
    (TooMany, 429, "too_many", "Gọi quá nhanh. Chờ ít giây rồi thử lại."),
    (NotLoaded, 503, "not_ready", "Hệ thống chưa nạp địa bàn."),
]

# Errors with the location of the invalid input.
_ASKED: list[tuple[type[Exception], str, str]] = [
    (BadCursor, "query.cursor", "Con trỏ trang không đúng."),
    (BadPeriod, "query.from", "Khoảng thời gian kết thúc trước khi bắt đầu."),
    (StrangeQuery, "query", "Địa chỉ có tham số mà máy không biết."),
]


# Statuses with a Problem for the description: of every operation, and of those with a body.
READING = frozenset({400, 401, 403, 404, 422, 429, 500, 503})
WRITING = READING | {409, 413, 415}


def _place(error: dict[str, Any]) -> str:
    """Return the location in our own terms: submitted values may be personal data and are not sent back, nor field
    names.
    """
    where = [str(part) for part in error["loc"]]
    if where[:2] == ["body", "body"]:  # ninja prefixes the parameter name
        del where[0]
    return ".".join(where[:-1] if error["type"] == "extra_forbidden" else where)


def add_handlers(api: NinjaAPI) -> None:
    """Register the handlers that turn each exception into a problem response."""

    def say(request: HttpRequest, status: int, error: str, message: str, **more: Any) -> HttpResponse:
        body = Problem(**as_problem(status, error, message), **more).model_dump(exclude_defaults=True)
        answer = api.create_response(request, body, status=status)
        answer.headers["Content-Type"] = PROBLEM
        if status == 401:
            answer.headers["WWW-Authenticate"] = "Bearer"
        if status == 429:
            answer.headers["Retry-After"] = str(CALLS.wait())
        if status == 503:
            answer.headers["Retry-After"] = str(RETRY_SECONDS)
        return answer

    def plain(status: int, code: str, message: str, **more: Any) -> Any:
        return lambda request, exc: say(request, status, code, message, **more)

    for kind, status, code, message in _PLAIN:
        api.add_exception_handler(kind, plain(status, code, message))
    for kind, field, message in _ASKED:
        api.add_exception_handler(kind, plain(422, "invalid", message, fields=[field]))

    def stale(request: HttpRequest, exc: Any) -> HttpResponse:
        read_case(token_in(request), exc.case, now=clock.now())  # the response contains its recent events
        message = "Vụ việc đã thay đổi từ lúc bạn đọc. Xem thay đổi rồi thử lại với phiên bản mới."
        return say(
            request, 409, "stale", message, version=exc.case.version, changes=serializers.events(exc.events)
        )  # fmt: skip

    def invalid(request: HttpRequest, exc: Any) -> HttpResponse:
        fields = sorted({_place(e) for e in exc.errors})
        return say(request, 422, "invalid", "Dữ liệu gửi lên không đúng.", fields=fields)

    def refused(request: HttpRequest, exc: Any) -> HttpResponse:
        return say(request, 422, "refused", str(exc))

    def other(request: HttpRequest, exc: Any) -> HttpResponse:
        if isinstance(exc.__cause__, NotJson):  # ninja wraps the exceptions of its parser
            return say(request, 415, *_NOT_JSON)
        return say(request, exc.status_code, "bad_request", "Máy không hiểu yêu cầu này.")

    def broken(request: HttpRequest, exc: Any) -> HttpResponse:
        if of_machine(exc):
            log.warning("api_later", problem=type(exc).__name__)
            return say(request, 503, *LATER)
        log.exception("api_crashed", problem=type(exc).__name__)
        return say(request, 500, *BROKEN)

    api.add_exception_handler(StaleCase, stale)
    api.add_exception_handler(ValidationError, invalid)
    api.add_exception_handler(NotAllowed, refused)
    api.add_exception_handler(HttpError, other)
    api.add_exception_handler(Exception, broken)
