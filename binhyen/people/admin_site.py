"""Read-only Django admin for operators, with our sign-in only.

Its own sign-in and sign-out are disabled: a session outside our sign-in is not throttled, not audited and not ended by
a transfer; a password change outside our services would end no session.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, NoReturn, TypeVar, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from binhyen.kit.i18n_markers import N_

# Labels of tables and columns in Django's admin (admin_site.py). Django capitalises the first letter.

APPS = {"areas": N_("Địa bàn"), "people": N_("Cán bộ"), "procrastinate": N_("Việc nền")}
MODELS = {
    "Alias": N_("tên gọi khác"),
    "AreaVersion": N_("địa bàn theo thời gian"),
    "Succession": N_("kế thừa khi sáp nhập, chia tách"),
    "Unit": N_("đơn vị"),
    "DutyShift": N_("ca trực"),
    "Officer": N_("cán bộ"),
    "ProcrastinateJob": N_("việc đang chờ, đang làm"),
}
FIELDS = {
    "abort_requested": N_("đã yêu cầu dừng"),
    "area": N_("địa bàn"),
    "args": N_("tham số"),
    "attempts": N_("số lần thử"),
    "code": N_("mã số"),
    "current": N_("đang dùng"),
    "date_quality": N_("độ chắc của ngày"),
    "ends_at": N_("kết thúc lúc"),
    "event_date": N_("ngày thay đổi"),
    "search_text": N_("tên không dấu"),
    "full_name": N_("tên đầy đủ"),
    "is_active": N_("đang hoạt động"),
    "kind": N_("loại"),
    "last_login": N_("đăng nhập lần cuối"),
    "legal_basis": N_("văn bản căn cứ"),
    "level": N_("cấp"),
    "lock": N_("khóa lần lượt"),
    "name": N_("tên"),
    "name_key": N_("tên để so"),
    "new": N_("địa bàn mới"),
    "note": N_("ghi chú"),
    "officer": N_("cán bộ"),
    "old": N_("địa bàn cũ"),
    "parent": N_("cấp trên"),
    "password_is_temporary": N_("mật khẩu do người khác đặt"),
    "priority": N_("ưu tiên"),
    "queue_name": N_("hàng đợi"),
    "queueing_lock": N_("khóa xếp hàng"),
    "permissions_changed_at": N_("quyền tính từ"),
    "role": N_("vai trò"),
    "scheduled_at": N_("hẹn lúc"),
    "share": N_("phần"),
    "starts_at": N_("bắt đầu lúc"),
    "status": N_("tình trạng"),
    "subject": N_("mã ở nơi định danh"),
    "task_name": N_("tên việc"),
    "type": N_("loại đơn vị"),
    "unit": N_("đơn vị"),
    "unsure_since": N_("chưa rõ từ lần phục hồi"),
    "username": N_("tên đăng nhập"),
    "valid_from": N_("từ ngày"),
    "valid_to": N_("đến trước ngày"),
    "worker": N_("tiến trình"),
}


View = TypeVar("View", bound=Callable[..., Any])
_READ_METHODS = ("GET", "HEAD")


class AdminOfOperators(AdminConfig):
    """Entry of INSTALLED_APPS instead of `django.contrib.admin`."""

    default_site = "binhyen.people.admin_site.OperatorSite"


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Admin without add, change, delete or actions."""

    actions = None

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Allow only the offered filters.

        Otherwise «begins with» lookups could read a hidden column letter by letter, e.g. a password hash.
        """
        offered = {
            entry if isinstance(entry, str) else entry[0]
            for entry in self.list_filter
            if isinstance(entry, str | tuple)
        }
        return lookup.partition("__")[0] in offered and super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OperatorSite(admin.AdminSite):
    """Admin site that makes every registered model read-only, in any package."""

    site_header = site_title = format_lazy("Bình Yên · {name}", name=_("Vận hành"))
    index_title = _("Chỉ xem")
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        base_admin = admin_class or admin.ModelAdmin
        models = model_or_iterable if isinstance(model_or_iterable, Iterable) else (model_or_iterable,)
        for model in models:
            _set_labels(model)
        super().register(model_or_iterable, type(base_admin.__name__, (ReadOnly, base_admin), {}), **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not request.user.is_active:  # anonymous or locked
                return _redirect_to_sign_in(request.get_full_path())
            if not self.has_permission(request):
                raise PermissionDenied
            if request.method not in _READ_METHODS:
                return HttpResponseNotAllowed(_READ_METHODS)
            return inner(request, *args, **kwargs)

        return cast("View", gate)

    def get_urls(self) -> list[Any]:
        """Remove «view on site»: it would load a row of any table by number; no object here has such a page."""
        return [pattern for pattern in super().get_urls() if getattr(pattern, "name", "") != "view_on_site"]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return _redirect_to_sign_in(request.GET.get("next") or reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> NoReturn:
        raise Http404

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> NoReturn:
        raise Http404

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> NoReturn:
        raise Http404


def _redirect_to_sign_in(target: str) -> HttpResponse:
    from django.contrib.auth.views import redirect_to_login  # imports models: not possible while the apps are loading

    return redirect_to_login(target, settings.LOGIN_URL)


def _set_labels(model: Any) -> None:
    """Set readable names for models and columns. Set on the loaded classes, so that no migration contains texts."""
    options = model._meta
    if options.object_name not in MODELS:  # unregistered again: people/admin.py
        return
    options.verbose_name = options.verbose_name_plural = _(MODELS[options.object_name])
    options.app_config.verbose_name = _(APPS[options.app_label])
    for field in options.fields:
        if field.name in FIELDS:
            field.verbose_name = _(FIELDS[field.name])
        if field.choices:
            field.choices = [(value, _(label)) for value, label in field.flatchoices]
