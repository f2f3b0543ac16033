"""Accounts of others, for chiefs and operators: lock, unlock, move, issue a code, reset factors."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas.queries import UnitInfo, find_unit_by_code, find_unit_by_id, list_open_units
from binhyen.kit import clock
from binhyen.people import auth_policy, queries
from binhyen.people.models import Officer
from binhyen.people.roles import LABELS, Permission, Role, role_allowed_in_unit
from binhyen.people.services import RuleViolation, accounts
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission, require_step_up

LIST_URL = "/can-bo"


@require_any_permission(Permission.MANAGE_PEOPLE)
def list_officer_accounts(request: OfficerRequest) -> HttpResponse:
    """List the accounts of a unit that the user may manage: a chief's own unit, for operators any."""
    # nosemgrep: role-compared-in-an-edge  choice of the list; list_accounts decides
    any_unit = request.user.role == Role.OPERATOR
    unit = find_unit_by_code(request.GET["don-vi"]) if any_unit and request.GET.get("don-vi") else None
    unit = unit or find_unit_by_id(request.user.unit_id)
    rows = queries.list_accounts(request.user, unit.id if unit else 0)
    context = {
        "unit": unit,
        "units": list_open_units() if any_unit else (),
        "rows": [
            {
                "name": officer.name,
                "username": officer.username,
                "role": officer.role_label,
                "url": f"{LIST_URL}/{officer.public_id}",
                "locked": not officer.is_active,
                "waiting": not ready,
                "unsure": officer.is_active and officer.unsure_since is not None,
            }
            for officer, ready in rows
        ],
        "unsure": [
            {"name": officer.name, "unit": officer.unit.name, "url": f"{LIST_URL}/{officer.public_id}"}
            for officer in queries.list_unsure(request.user)
        ],
    }
    return render(request, "account/people.html", context)


def _get_account_or_404(request: OfficerRequest, officer: UUID) -> Officer:
    """Return the account or 404, the same for a missing and a forbidden one."""
    account = queries.get_account(request.user, officer)
    if account is None:
        raise Http404
    return account


@require_any_permission(Permission.MANAGE_PEOPLE)
@require_step_up()
def show_officer_account(request: OfficerRequest, officer: UUID) -> HttpResponse:
    return _render_account(request, _get_account_or_404(request, officer))


def _render_account(request: OfficerRequest, account: Officer, code: str = "") -> HttpResponse:
    unit, may_move = (
        find_unit_by_id(account.unit_id),
        auth_policy.may_move_account(queries.to_account(request.user), queries.to_account(account)),
    )
    url = f"{LIST_URL}/{account.public_id}"
    has_factor = bool(queries.get_usable_factors(account))
    context: dict[str, Any] = {
        "officer": account,
        "unit": unit,
        "role": account.role_label,
        "ready": has_factor,
        "code": code,
        "lock_url": f"{url}/khoa" if account.is_active else "",
        "unlock_url": "" if account.is_active else f"{url}/mo-khoa",
        "code_url": f"{url}/cap-ma" if account.is_active and not has_factor else "",
        "reset_url": f"{url}/dat-lai" if account.is_active and has_factor else "",
        "confirm_url": f"{url}/xac-nhan" if account.is_active and account.unsure_since else "",
        "move_url": f"{url}/chuyen" if may_move and account.is_active else "",
        "list_url": LIST_URL,
    }
    if may_move:
        context["units"] = _unit_choices(account)
        context["roles"] = [
            {"value": role_option.value, "label": _(LABELS[role_option]), "chosen": role_option == account.role}
            for role_option in Role
        ]
    return render(request, "account/person.html", context)


def _unit_choices(account: Officer) -> list[dict[str, Any]]:
    return [
        {"value": unit_info.code, "label": unit_info.name, "chosen": unit_info.id == account.unit_id}
        for unit_info in list_open_units()
    ]


@require_any_permission(Permission.MANAGE_PEOPLE, methods=("POST",))
@require_step_up()
def run_account_action(request: OfficerRequest, officer: UUID, action: str) -> HttpResponse:
    account, now = _get_account_or_404(request, officer), clock.now()
    arguments: dict[str, Any] = {"manager": request.user, "officer_id": account.pk, "now": now}
    try:
        match action:
            case "khoa":
                accounts.lock_account(**arguments)
                messages.success(request, _("Đã khóa. Mọi máy đang mở bằng tài khoản này đã bị thoát."))
            case "mo-khoa":
                accounts.unlock_account(**arguments)
                messages.success(request, _("Đã mở khóa."))
            case "xac-nhan":
                accounts.confirm_state(**arguments)
                messages.success(request, _("Đã xác nhận tài khoản này đúng như hiện nay."))
            case "chuyen":
                _move_account(request, arguments)
            case "cap-ma" | "dat-lai":
                issue = accounts.issue_code if action == "cap-ma" else accounts.reset_factors
                return _render_account(request, account, issue(**arguments))
            case _:
                raise Http404
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    return redirect_after_post(f"{LIST_URL}/{account.public_id}")


def _move_account(request: OfficerRequest, arguments: dict[str, Any]) -> None:
    """Move the account. Raises `Refusal`."""
    unit: UnitInfo | None = find_unit_by_code(request.POST.get("unit", ""))
    role = request.POST.get("role", "")
    if unit is None or not role_allowed_in_unit(role, unit.level):
        raise RuleViolation(_("Vai trò này không có ở đơn vị đã chọn."))
    accounts.move_account(unit_id=unit.id, role=role, **arguments)
    messages.success(request, _("Đã chuyển. Mọi máy đang mở bằng tài khoản này đã bị thoát."))
