"""Django's admin as operators get it: our sign-in only, to look at only.

Its own ways in and out are shut: a session that our sign-in did not open is not slowed, not audited and not ended by a
transfer; a password changed past our services would end no session.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.kit.wording import N_

View = TypeVar("View", bound=Callable[..., Any])
_LOOKING = ("GET", "HEAD")
_NAMES = {
    "areas": N_("Địa bàn"), "people": N_("Cán bộ"), "procrastinate": N_("Việc nền"), "Alias": N_("Tên gọi khác"),
    "AreaVersion": N_("Địa bàn theo thời gian"), "Succession": N_("Kế thừa khi sáp nhập, chia tách"),
    "Unit": N_("Đơn vị"),
    "DutyShift": N_("Ca trực"), "Officer": N_("Cán bộ"), "ProcrastinateJob": N_("Việc đang chờ, đang làm"),
}  # fmt: skip


class AdminOfOperators(AdminConfig):
    """For INSTALLED_APPS, instead of `django.contrib.admin`."""

    default_site = "binhyen.people.site.OperatorSite"


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Nobody adds, changes or deletes here, and there are no actions."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OperatorSite(admin.AdminSite):
    """Whatever is registered, by whichever package, is read-only."""

    site_header = site_title = "Bình Yên · Vận hành"
    index_title = "Chỉ xem"
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        base = admin_class or admin.ModelAdmin
        super().register(model_or_iterable, type(base.__name__, (ReadOnly, base), {}), **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not request.user.is_active:  # nobody, or somebody locked
                return _to_sign_in(request.get_full_path())
            if not self.has_permission(request):
                raise PermissionDenied
            if request.method not in _LOOKING:
                return HttpResponseNotAllowed(_LOOKING)
            return inner(request, *args, **kwargs)

        return cast("View", gate)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """In words that operators use: Django would print the names of our classes."""
        found = super().get_app_list(request, app_label)
        for app in found:
            app["name"] = _(_NAMES.get(app["app_label"], app["name"]))
            for model in app["models"]:
                model["name"] = _(_NAMES.get(model["object_name"], model["name"]))
        return found

    def get_urls(self) -> list[Any]:
        """Without «view on site»: it would fetch a row of any table by its number; no thing here has such a page."""
        return [pattern for pattern in super().get_urls() if getattr(pattern, "name", "") != "view_on_site"]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return _to_sign_in(request.GET.get("next") or reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> NoReturn:
        raise Http404

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> NoReturn:
        raise Http404

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> NoReturn:
        raise Http404


def _to_sign_in(target: str) -> HttpResponse:
    from django.contrib.auth.views import redirect_to_login  # loads models: not while the apps are being found

    return redirect_to_login(target, settings.LOGIN_URL)
