"""Error responses as application/problem+json, with {"error": code, "message": Vietnamese} beside
the RFC 9457 fields.
"""

from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from binhyen.api import serializers
from binhyen.api.auth import CALL_RATE, MissingScope, TooManyCalls, UnknownQueryParameter, get_request_token
from binhyen.api.queries import UnknownPlace
from binhyen.api.schemas import Problem
from binhyen.api.services import IdempotencyKeyReused, record_api_read
from binhyen.areas.queries import AreasNotLoadedError
from binhyen.cases.rules import NotAllowed, NotFound
from binhyen.cases.services.unit_of_work import StaleCase
from binhyen.kit import clock, logs
from binhyen.kit.db_errors import is_infrastructure_error
from binhyen.ui.errors import INTERNAL_ERROR, RETRY_SECONDS, TEMPORARY_ERROR
from binhyen.ui.static_pages import PROBLEM_CONTENT_TYPE, build_problem

log = logs.get_logger("api")


class Forbidden(Exception):
    """The officer of the token may not do this."""


class InvalidCursor(Exception):
    """A cursor not created by this API."""


class ReversedPeriod(Exception):
    """The period ends before it begins; every number would be a meaningless zero."""


class NotJson(ValueError):
    """A body without the JSON content type."""


_NOT_JSON_PROBLEM = ("not_json", "Nội dung gửi lên phải là application/json.")
_SIMPLE_PROBLEMS: list[tuple[type[Exception], int, str, str]] = [
    (AuthenticationError, 401, "unauthorized", "Thiếu mã truy cập, hoặc mã không còn dùng được."),
    (MissingScope, 403, "scope", "Mã truy cập này không được cấp quyền cho việc đó."),
    (Forbidden, 403, "forbidden", "Cán bộ của mã truy cập này không có quyền làm việc đó."),
    (NotFound, 404, "not_found", "Không có vụ việc này, hoặc không thuộc phạm vi được xem."),
    (Http404, 404, "not_found", "Không có địa chỉ này."),
    (UnknownPlace, 404, "unknown_place", "Không có địa bàn hoặc đơn vị này."),
    (IdempotencyKeyReused, 409, "key_reused", "Idempotency-Key này đã dùng cho một yêu cầu khác."),
    (RequestDataTooBig, 413, "too_long", "Nội dung gửi lên quá dài (tối đa 2 MB)."),
    (SuspiciousOperation, 400, "bad_request", "Máy không hiểu yêu cầu này."),
    (TooManyCalls, 429, "too_many", "Gọi quá nhanh. Chờ ít giây rồi thử lại."),
    (AreasNotLoadedError, 503, "not_ready", "Hệ thống chưa nạp địa bàn."),
]

# Errors with the location of the invalid input.
_INPUT_PROBLEMS: list[tuple[type[Exception], str, str]] = [
    (InvalidCursor, "query.cursor", "Con trỏ trang không đúng."),
    (ReversedPeriod, "query.from", "Khoảng thời gian kết thúc trước khi bắt đầu."),
    (UnknownQueryParameter, "query", "Địa chỉ có tham số mà máy không biết."),
]


# Statuses with a Problem for the description: of every operation, and of those with a body.
READ_STATUSES = frozenset({400, 401, 403, 404, 422, 429, 500, 503})
WRITE_STATUSES = READ_STATUSES | {409, 413, 415}


def _format_location(error: dict[str, Any]) -> str:
    """Return the location in our own terms: submitted values may be personal data and are not sent back, nor field
    names.
    """
    parts = [str(part) for part in error["loc"]]
    if parts[:2] == ["body", "body"]:  # ninja prefixes the parameter name
        del parts[0]
    return ".".join(parts[:-1] if error["type"] == "extra_forbidden" else parts)


def add_handlers(api: NinjaAPI) -> None:
    """Register the handlers that turn each exception into a problem response."""

    def build_response(request: HttpRequest, status: int, error: str, message: str, **extra: Any) -> HttpResponse:
        body = Problem(**build_problem(status, error, message), **extra).model_dump(exclude_defaults=True)
        response = api.create_response(request, body, status=status)
        response.headers["Content-Type"] = PROBLEM_CONTENT_TYPE
        if status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        if status == 429:
            response.headers["Retry-After"] = str(CALL_RATE.retry_after())
        if status == 503:
            response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response

    def build_handler(status: int, code: str, message: str, **extra: Any) -> Any:
        return lambda request, exc: build_response(request, status, code, message, **extra)

    for exception_type, status, code, message in _SIMPLE_PROBLEMS:
        api.add_exception_handler(exception_type, build_handler(status, code, message))
    for exception_type, field, message in _INPUT_PROBLEMS:
        api.add_exception_handler(exception_type, build_handler(422, "invalid", message, fields=[field]))

    def handle_stale(request: HttpRequest, exc: Any) -> HttpResponse:
        record_api_read(
            get_request_token(request), exc.case, now=clock.now()
        )  # the response contains its recent events
        message = "Vụ việc đã thay đổi từ lúc bạn đọc. Xem thay đổi rồi thử lại với phiên bản mới."
        return build_response(
            request, 409, "stale", message, version=exc.case.version, changes=serializers.serialize_events(exc.events)
        )

    def handle_invalid(request: HttpRequest, exc: Any) -> HttpResponse:
        fields = sorted({_format_location(detail) for detail in exc.errors})
        return build_response(request, 422, "invalid", "Dữ liệu gửi lên không đúng.", fields=fields)

    def handle_refused(request: HttpRequest, exc: Any) -> HttpResponse:
        return build_response(request, 422, "refused", str(exc))

    def handle_http_error(request: HttpRequest, exc: Any) -> HttpResponse:
        if isinstance(exc.__cause__, NotJson):  # ninja wraps the exceptions of its parser
            return build_response(request, 415, *_NOT_JSON_PROBLEM)
        return build_response(request, exc.status_code, "bad_request", "Máy không hiểu yêu cầu này.")

    def handle_crash(request: HttpRequest, exc: Any) -> HttpResponse:
        if is_infrastructure_error(exc):
            log.warning("api_later", problem=type(exc).__name__)
            return build_response(request, 503, *TEMPORARY_ERROR)
        log.exception("api_crashed", problem=type(exc).__name__)
        return build_response(request, 500, *INTERNAL_ERROR)

    api.add_exception_handler(StaleCase, handle_stale)
    api.add_exception_handler(ValidationError, handle_invalid)
    api.add_exception_handler(NotAllowed, handle_refused)
    api.add_exception_handler(HttpError, handle_http_error)
    api.add_exception_handler(Exception, handle_crash)
