"""Declared relationships among officers and acting chiefs: input of the conflict rules of complaints."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.areas.queries import list_open_units
from binhyen.kit import clock
from binhyen.people import queries
from binhyen.people.access import visibility
from binhyen.people.models import Officer, Relationship
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, relationships
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission


@require_any_permission(Permission.KEEP_TIES, Permission.HANDLE_CONDUCT)
def show_relationships(request: OfficerRequest) -> HttpResponse:
    return _render_relationships(request)


@require_any_permission(Permission.KEEP_TIES, Permission.HANDLE_CONDUCT, methods=("POST",))
def post_relationship(request: OfficerRequest) -> HttpResponse:
    first, second = request.POST.get("first", ""), request.POST.get("second", "")
    try:
        relationships.declare_relationship(
            keeper=request.user, first=first, second=second, kind=request.POST.get("kind", ""), now=clock.now()
        )
    except RuleViolation as refusal:
        return _render_relationships(request, error=str(refusal), draft={"first": first, "second": second}, status=422)
    messages.success(request, _("Đã khai báo quan hệ thân thích."))
    return redirect_after_post(reverse("ties"))


@require_any_permission(Permission.KEEP_TIES, methods=("POST",))
def post_relationship_end(request: OfficerRequest, tie: UUID) -> HttpResponse:
    try:
        relationships.end_relationship(keeper=request.user, tie=tie, now=clock.now())
        messages.success(request, _("Đã bỏ."))
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    return redirect_after_post(reverse("ties"))


@require_any_permission(Permission.KEEP_TIES, methods=("POST",))
def post_acting_chief(request: OfficerRequest) -> HttpResponse:
    name = request.POST.get("name", "")
    try:
        relationships.appoint_acting_chief(
            keeper=request.user, name=name, unit_code=request.POST.get("unit", ""), now=clock.now()
        )
    except RuleViolation as refusal:
        return _render_relationships(request, error=str(refusal), draft={"name": name}, status=422)
    messages.success(request, _("Đã ghi quyền trưởng.") if name.strip() else _("Đã bỏ quyền trưởng."))
    return redirect_after_post(reverse("ties"))


def _render_relationships(
    request: OfficerRequest, *, error: str = "", draft: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    keeper = request.user
    is_province = (
        keeper.may(Permission.KEEP_TIES) and visibility(keeper).unit_id is None
    )  # else those of the own unit, or the own ones
    context = {
        "now": clock.now(),
        "error": error,
        "kinds": Relationship.Kind.choices,
        "hint": _explain_rights(keeper),
        "draft": draft or ({} if keeper.may(Permission.KEEP_TIES) else {"first": keeper.name}),
        "rows": [
            {
                "one": _describe_officer(relationship.officer_a),
                "other": _describe_officer(relationship.officer_b),
                "kind": relationship.get_kind_display(),
                "at": relationship.declared_at,
                "by": relationship.declared_by.name,
                "alone": not relationship.mutual,
                "end_url": reverse("tie_end", args=[relationship.public_id])
                if relationships.may_end_relationship(keeper, relationship)
                else "",
            }
            for relationship in queries.list_visible_relationships(keeper)
        ],
        "acting": [
            {"name": appointment.officer.name, "unit": appointment.unit.name, "since": appointment.since}
            for appointment in queries.list_acting_chiefs(keeper)
        ],
        "declare_url": reverse("tie_declare"),
        "appoint_url": reverse("acting_chief") if is_province else "",
        "units": ()
        if not is_province
        else [open_unit for open_unit in list_open_units() if open_unit.level == "COMMUNE"],
    }
    return render(request, "people/ties.html", context, status=status)


def _explain_rights(keeper: Officer) -> str:
    """Explain whose relationships this person may declare, and the contact for the others."""
    if not keeper.may(Permission.KEEP_TIES):
        return _("Bạn khai được quan hệ của chính mình. Muốn bỏ, hãy nhờ Phòng Tham mưu hoặc thanh tra.")
    if visibility(keeper).unit_id is not None:
        return _(
            "Bạn khai được giữa hai người của đơn vị mình. Quan hệ của chính bạn, hoặc với người ngoài đơn vị: hãy nhờ "
            "Phòng Tham mưu hoặc thanh tra công an tỉnh."
        )
    return _("Quan hệ của chính bạn chỉ ngăn bạn, chưa ngăn người kia, đến khi có người khác cùng khai.")


def _describe_officer(officer: Officer) -> dict[str, str]:
    return {"name": officer.name, "unit": officer.unit.name, "role": officer.role_label}
