"""The page of the group rules: versions, how far each is posted, and the form of the next one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.bulletins import group_rules_services
from binhyen.bulletins.coverage_views import COVERAGE_URL
from binhyen.kit import clock
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission

RULES_URL = f"{COVERAGE_URL}/noi-quy"


@require_any_permission(Permission.WRITE_BULLETINS, methods=("GET", "HEAD", "POST"))
def show_rules(request: OfficerRequest) -> HttpResponse:
    """Show the versions. POST writes the next one."""
    error, typed, welcome = "", request.POST.get("text", "")[:5000], request.POST.get("welcome", "")[:2000]
    if request.method == "POST":
        try:
            row = group_rules_services.write_rules(text=typed, welcome=welcome, officer=request.user, now=clock.now())
        except RuleViolation as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("Đã lưu bản {n}. Nội quy mới được đăng vào các nhóm.").format(n=row.version))
            return redirect_after_post(RULES_URL)
    versions = group_rules_services.list_versions(request.user)
    rows: list[dict[str, Any]] = [
        {
            "version": rules.version,
            "at": rules.at,
            "lines": rules.text.splitlines(),
            "welcome": rules.welcome,
            "groups": groups,
            "joined": joined,
            "newest": number == 0,
        }
        for number, (rules, groups, joined) in enumerate(versions)
    ]
    context = {
        "now": clock.now(),
        "rows": rows,
        "form_url": RULES_URL if group_rules_services.may_write_rules(request.user) else "",
        "text": typed or (versions[0][0].text if versions else ""),
        "welcome": welcome if request.method == "POST" or not versions else versions[0][0].welcome,
        "error": error,
        "max_text": group_rules_services.MAX_RULES_LENGTH,
        "max_welcome": group_rules_services.MAX_WELCOME_LENGTH,
        "back_url": COVERAGE_URL,
    }
    return render(request, "bulletins/group_rules.html", context, status=422 if error else 200)
