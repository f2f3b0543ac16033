"""Declared relations: relatives among officers, and who acts as chief. What the veto of complaints goes by."""

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
from binhyen.people.gate import OfficerRequest, officers, see_other
from binhyen.people.models import Officer, Tie
from binhyen.people.rules import May
from binhyen.people.services import Refusal, ties


@officers(May.KEEP_TIES)
def declared(request: OfficerRequest) -> HttpResponse:
    return _page(request)


@officers(May.KEEP_TIES, methods=("POST",))
def declare(request: OfficerRequest) -> HttpResponse:
    first, second = request.POST.get("first", ""), request.POST.get("second", "")
    try:
        ties.declare(
            keeper=request.user, first=first, second=second, kind=request.POST.get("kind", ""), now=clock.now()
        )
    except Refusal as refusal:
        return _page(request, error=str(refusal), draft={"first": first, "second": second}, status=422)
    messages.success(request, _("Đã khai quan hệ."))
    return see_other(reverse("ties"))


@officers(May.KEEP_TIES, methods=("POST",))
def end(request: OfficerRequest, tie: UUID) -> HttpResponse:
    try:
        ties.end(keeper=request.user, tie=tie, now=clock.now())
        messages.success(request, _("Đã bỏ."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return see_other(reverse("ties"))


@officers(May.KEEP_TIES, methods=("POST",))
def appoint(request: OfficerRequest) -> HttpResponse:
    name = request.POST.get("name", "")
    try:
        ties.appoint(keeper=request.user, name=name, unit_code=request.POST.get("unit", ""), now=clock.now())
    except Refusal as refusal:
        return _page(request, error=str(refusal), draft={"name": name}, status=422)
    messages.success(request, _("Đã ghi quyền trưởng.") if name.strip() else _("Đã bỏ quyền trưởng."))
    return see_other(reverse("ties"))


def _page(
    request: OfficerRequest, *, error: str = "", draft: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    chief = sight(request.user).unit_id is not None  # whoever sees a unit declares for that unit only
    context = {
        "now": clock.now(), "error": error, "draft": draft or {}, "kinds": Tie.Kind.choices,
        "rows": [
            {"one": _named(t.one), "other": _named(t.other), "kind": t.get_kind_display(), "at": t.declared_at,
             "by": t.declared_by.name, "end_url": reverse("tie_end", args=[t.public_id])}
            for t in queries.ties_seen(request.user)
        ],
        "acting": [
            {"name": p.officer.name, "unit": p.unit.name, "since": p.since} for p in queries.acting_seen(request.user)
        ],
        "declare_url": reverse("tie_declare"), "appoint_url": "" if chief else reverse("acting_chief"),
        "units": () if chief else [u for u in open_units() if u.level == "COMMUNE"],
    }  # fmt: skip
    return render(request, "people/ties.html", context, status=status)


def _named(officer: Officer) -> dict[str, str]:
    return {"name": officer.name, "unit": officer.unit.name, "role": officer.role_label}
