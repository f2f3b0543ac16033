"""Accounts of others, for chiefs and operators: lock, unlock, move, issue a code, reset factors."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas.queries import UnitInfo, open_units, unit_by_code, unit_by_id
from binhyen.kit import clock
from binhyen.people import auth_policy, queries
from binhyen.people.models import Officer
from binhyen.people.roles import LABELS, May, Role, fits
from binhyen.people.services import Refusal, accounts
from binhyen.people.view_auth import OfficerRequest, officers, see_other, step_up

LIST_URL = "/can-bo"


@officers(May.MANAGE_PEOPLE)
def people(request: OfficerRequest) -> HttpResponse:
    """List the accounts of a unit that the user may manage: a chief's own unit, for operators any."""
    # nosemgrep: role-compared-in-an-edge  choice of the list; list_accounts decides
    any_unit = request.user.role == Role.OPERATOR
    unit = unit_by_code(request.GET["don-vi"]) if any_unit and request.GET.get("don-vi") else None
    unit = unit or unit_by_id(request.user.unit_id)
    rows = queries.accounts_of(request.user, unit.id if unit else 0)
    context = {
        "unit": unit, "units": open_units() if any_unit else (),
        "rows": [
            {
                "name": one.name, "username": one.username, "role": one.role_label,
                "url": f"{LIST_URL}/{one.public_id}", "locked": not one.is_active, "waiting": not ready,
                "unsure": one.is_active and one.unsure_since is not None,
            }
            for one, ready in rows
        ],
        "unsure": [
            {"name": one.name, "unit": one.unit.name, "url": f"{LIST_URL}/{one.public_id}"}
            for one in queries.list_unsure(request.user)
        ],
    }  # fmt: skip
    return render(request, "account/people.html", context)


def _access(request: OfficerRequest, officer: UUID) -> Officer:
    """Return the account or 404, the same for a missing and a forbidden one."""
    found = queries.account(request.user, officer)
    if found is None:
        raise Http404
    return found


@officers(May.MANAGE_PEOPLE)
@step_up()
def person(request: OfficerRequest, officer: UUID) -> HttpResponse:
    return _page(request, _access(request, officer))


def _page(request: OfficerRequest, found: Officer, code: str = "") -> HttpResponse:
    unit, may_move = (
        unit_by_id(found.unit_id),
        auth_policy.may_move(queries.account_of(request.user), queries.account_of(found)),
    )
    url = f"{LIST_URL}/{found.public_id}"
    ready = bool(queries.usable_factors(found))
    context: dict[str, Any] = {
        "officer": found, "unit": unit, "role": found.role_label, "ready": ready, "code": code,
        "lock_url": f"{url}/khoa" if found.is_active else "", "unlock_url": "" if found.is_active else f"{url}/mo-khoa",
        "code_url": f"{url}/cap-ma" if found.is_active and not ready else "",
        "reset_url": f"{url}/dat-lai" if found.is_active and ready else "",
        "confirm_url": f"{url}/xac-nhan" if found.is_active and found.unsure_since else "",
        "move_url": f"{url}/chuyen" if may_move and found.is_active else "", "list_url": LIST_URL,
    }  # fmt: skip
    if may_move:
        context["units"] = _units(found)
        context["roles"] = [{"value": r.value, "label": _(LABELS[r]), "chosen": r == found.role} for r in Role]
    return render(request, "account/person.html", context)


def _units(found: Officer) -> list[dict[str, Any]]:
    return [{"value": u.code, "label": u.name, "chosen": u.id == found.unit_id} for u in open_units()]


@officers(May.MANAGE_PEOPLE, methods=("POST",))
@step_up()
def act(request: OfficerRequest, officer: UUID, action: str) -> HttpResponse:
    found, now = _access(request, officer), clock.now()
    given: dict[str, Any] = {"manager": request.user, "officer_id": found.pk, "now": now}
    try:
        match action:
            case "khoa":
                accounts.lock(**given)
                messages.success(request, _("Đã khóa. Mọi máy đang mở bằng tài khoản này đã bị thoát."))
            case "mo-khoa":
                accounts.unlock(**given)
                messages.success(request, _("Đã mở khóa."))
            case "xac-nhan":
                accounts.confirm_state(**given)
                messages.success(request, _("Đã xác nhận tài khoản này đúng như hiện nay."))
            case "chuyen":
                _move(request, given)
            case "cap-ma" | "dat-lai":
                give = accounts.hand_code if action == "cap-ma" else accounts.reset_factors
                return _page(request, found, give(**given))
            case _:
                raise Http404
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return see_other(f"{LIST_URL}/{found.public_id}")


def _move(request: OfficerRequest, given: dict[str, Any]) -> None:
    """Move the account. Raises `Refusal`."""
    unit: UnitInfo | None = unit_by_code(request.POST.get("unit", ""))
    role = request.POST.get("role", "")
    if unit is None or not fits(role, unit.level):
        raise Refusal(_("Vai trò này không có ở đơn vị đã chọn."))
    accounts.move(unit_id=unit.id, role=role, **given)
    messages.success(request, _("Đã chuyển. Mọi máy đang mở bằng tài khoản này đã bị thoát."))
