"""Declared relationships among officers and acting chiefs: input of the conflict rules of complaints."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.areas.queries import open_units
from binhyen.kit import clock
from binhyen.people import queries
from binhyen.people.access import sight
from binhyen.people.models import Officer, Tie
from binhyen.people.roles import May
from binhyen.people.services import Refusal, relationships
from binhyen.people.view_auth import OfficerRequest, officers, see_other


@officers(May.KEEP_TIES, May.HANDLE_CONDUCT)
def declared(request: OfficerRequest) -> HttpResponse:
    return _page(request)


@officers(May.KEEP_TIES, May.HANDLE_CONDUCT, methods=("POST",))
def declare(request: OfficerRequest) -> HttpResponse:
    first, second = request.POST.get("first", ""), request.POST.get("second", "")
    try:
        relationships.declare(
            keeper=request.user, first=first, second=second, kind=request.POST.get("kind", ""), now=clock.now()
        )
    except Refusal as refusal:
        return _page(request, error=str(refusal), draft={"first": first, "second": second}, status=422)
    messages.success(request, _("Đã khai quan hệ."))
    return see_other(reverse("ties"))


@officers(May.KEEP_TIES, methods=("POST",))
def end(request: OfficerRequest, tie: UUID) -> HttpResponse:
    try:
        relationships.end(keeper=request.user, tie=tie, now=clock.now())
        messages.success(request, _("Đã bỏ."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return see_other(reverse("ties"))


@officers(May.KEEP_TIES, methods=("POST",))
def appoint(request: OfficerRequest) -> HttpResponse:
    name = request.POST.get("name", "")
    try:
        relationships.appoint(keeper=request.user, name=name, unit_code=request.POST.get("unit", ""), now=clock.now())
    except Refusal as refusal:
        return _page(request, error=str(refusal), draft={"name": name}, status=422)
    messages.success(request, _("Đã ghi quyền trưởng.") if name.strip() else _("Đã bỏ quyền trưởng."))
    return see_other(reverse("ties"))


def _page(
    request: OfficerRequest, *, error: str = "", draft: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    keeper = request.user
    wide = keeper.may(May.KEEP_TIES) and sight(keeper).unit_id is None  # else those of the own unit, or the own ones
    context = {
        "now": clock.now(), "error": error, "kinds": Tie.Kind.choices, "hint": _hint(keeper),
        "draft": draft or ({} if keeper.may(May.KEEP_TIES) else {"first": keeper.name}),
        "rows": [
            {"one": _named(t.one), "other": _named(t.other), "kind": t.get_kind_display(), "at": t.declared_at,
             "by": t.declared_by.name, "alone": not t.mutual,
             "end_url": reverse("tie_end", args=[t.public_id]) if relationships.may_end(keeper, t) else ""}
            for t in queries.ties_seen(keeper)
        ],
        "acting": [
            {"name": p.officer.name, "unit": p.unit.name, "since": p.since} for p in queries.acting_seen(keeper)
        ],
        "declare_url": reverse("tie_declare"), "appoint_url": reverse("acting_chief") if wide else "",
        "units": () if not wide else [u for u in open_units() if u.level == "COMMUNE"],
    }  # fmt: skip
    return render(request, "people/ties.html", context, status=status)


def _hint(keeper: Officer) -> str:
    """Explain whose relationships this person may declare, and the contact for the others."""
    if not keeper.may(May.KEEP_TIES):
        return _("Bạn khai được quan hệ của chính mình. Muốn bỏ, hãy nhờ Phòng Tham mưu hoặc thanh tra.")
    if sight(keeper).unit_id is not None:
        return _(
            "Bạn khai được giữa hai người của đơn vị mình. Quan hệ của chính bạn, hoặc với người ngoài đơn vị: hãy nhờ "
            "Phòng Tham mưu hoặc thanh tra công an tỉnh."
        )
    return _("Quan hệ của chính bạn chỉ ngăn bạn, chưa ngăn người kia, đến khi có người khác cùng khai.")


def _named(officer: Officer) -> dict[str, str]:
    return {"name": officer.name, "unit": officer.unit.name, "role": officer.role_label}
