"""Pages for operators: import of the province's village list, and place names learned from cases.

The package people is above areas, so access uses only the user's own flag: `is_staff` means operator.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from binhyen.areas.queries import LearnedName, get_directory, list_learned_names
from binhyen.areas.rules.spreadsheet import COLUMNS, MAX_FILE_BYTES
from binhyen.areas.services import ImportPreview, check_villages, import_villages, remove_landmark, restore_landmark
from binhyen.kit import clock
from binhyen.kit.csv_export import csv_response
from binhyen.ui.label_cache import translate_deferred

_MAX_SHOWN = 100
_MAX_WARNINGS = 10


def _require_operator(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponseBase]:
    @wraps(view)
    def gate(request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_staff:
            raise PermissionDenied
        return view(request)

    return gate


def _get_actor(request: HttpRequest) -> str:
    if not request.user.is_authenticated:  # the decorator admits only signed-in users
        raise PermissionDenied
    return f"officer:{request.user.public_id}"


@require_http_methods(["GET", "HEAD", "POST"])
@_require_operator
def import_village_list(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "action_url": reverse("village_import"),
        "sample_url": reverse("village_sample"),
        "columns": [replace(column, meaning=_(column.meaning)) for column in COLUMNS],
        "check_only": request.method != "POST" or bool(request.POST.get("check_only")),
    }
    if request.method != "POST":
        return render(request, "areas/import.html", context)
    upload = request.FILES.get("file")
    if upload is None:
        context["error"] = _("Chọn tệp CSV.")
        return render(request, "areas/import.html", context, status=422)
    data = upload.read(MAX_FILE_BYTES + 1)
    preview = _process_upload(request, data, only_check=context["check_only"])
    context["result"] = _build_result(preview)
    return render(request, "areas/import.html", context, status=422 if preview.errors else 200)


def _process_upload(request: HttpRequest, data: bytes, *, only_check: bool) -> ImportPreview:
    now = clock.now()
    preview = check_villages(data, now=now) if only_check else import_villages(data, actor=_get_actor(request), now=now)
    if only_check and not preview.errors:
        messages.success(
            request,
            _(
                "Tệp đúng, chưa ghi gì: {added} thôn mới, {changed} thôn thay đổi, {closed} thôn đóng, "
                "{unchanged} thôn giữ nguyên."
            ).format(added=preview.added, changed=preview.changed, closed=preview.closed, unchanged=preview.unchanged),
        )
    for warning in preview.warnings[:_MAX_WARNINGS]:
        messages.warning(
            request, _("Dòng {line}: {text}").format(line=warning.line, text=translate_deferred(warning.text))
        )
    return preview


def _build_result(preview: ImportPreview) -> dict[str, Any] | None:
    """Return the context of the result; None for a check without errors, which is reported by a message."""
    if not preview.saved and not preview.errors:
        return None
    return {
        "saved": preview.saved,
        "added": preview.added,
        "changed": preview.changed,
        "unchanged": preview.unchanged,
        "error_count": len(preview.errors),
        "errors": [replace(problem, text=translate_deferred(problem.text)) for problem in preview.errors[:_MAX_SHOWN]],
        "more": max(0, len(preview.errors) - _MAX_SHOWN),
    }


@require_safe
@_require_operator
def download_village_sample(request: HttpRequest) -> HttpResponse:
    """Return a sample file; with a byte-order mark, so that Excel reads it as UTF-8."""
    return csv_response("thon-mau.csv", [column.name for column in COLUMNS], [[column.sample for column in COLUMNS]])


@require_safe
@_require_operator
def show_learned_places(request: HttpRequest) -> HttpResponse:
    """Show every name confirmed by a closed case with its confidence, and the removed names."""
    in_use, removed = list_learned_names()
    context = {
        "rows": [_describe_learned_name(learned) for learned in in_use],
        "off": [_describe_learned_name(learned) for learned in removed],
        "act_url": reverse("learnt_place"),
    }
    return render(request, "areas/learnt.html", context)


@require_POST
@_require_operator
def change_learned_place(request: HttpRequest) -> HttpResponse:
    folded, now = request.POST.get("ten", "")[:80], clock.now()
    change = restore_landmark if request.POST.get("viec") == "tra-lai" else remove_landmark
    if change(folded=folded, actor=_get_actor(request), now=now):
        messages.success(request, _("Máy đọc tin dùng danh sách mới trong vài giây nữa."))
    return HttpResponseRedirect(reverse("learnt_places"), status=303)


def _describe_learned_name(learned: LearnedName) -> dict[str, Any]:
    communes = get_directory().communes
    locations = [
        {"name": communes[code].full_name if code in communes else code, "share": share}
        for code, share in zip(learned.communes, learned.shares, strict=True)
    ]
    return {
        "name": learned.name,
        "search_text": learned.folded,
        "where": locations,
        "cases": learned.cases,
        "sure": learned.is_certain,
    }
