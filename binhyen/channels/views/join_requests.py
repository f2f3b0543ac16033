"""Views that set a group's area and decide its join requests."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from binhyen.channels import queries
from binhyen.channels.models import Group
from binhyen.channels.presenters import GROUPS
from binhyen.channels.presenters.groups import grounds_of
from binhyen.channels.queries import Missing
from binhyen.channels.services import join_requests
from binhyen.channels.services.groups import GroupRefused, place_group
from binhyen.kit import clock
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest, officers, see_other
from binhyen.ui.label_cache import told


@officers(May.MANAGE_GROUPS, methods=("POST",))
def place(request: OfficerRequest, group: UUID) -> HttpResponse:
    now, officer, typed = clock.now(), request.user, request.POST.get("area", "")

    def do() -> str:
        known = grounds_of(officer, queries.access_group(officer, str(group)), now)
        area = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
        if area not in known:
            raise GroupRefused(_("Hãy chọn một địa bàn trong danh sách."))
        level = Group.Level.VILLAGE if known[area][1] else Group.Level.COMMUNE
        placed = place_group(group_id=str(group), area_id=area, level=level, officer=officer, now=now)
        return _("Tin trong nhóm từ nay về {unit}.").format(unit=placed.unit.name)

    return _done(request, group, do)


@officers(May.MANAGE_GROUPS, methods=("POST",))
def answer(request: OfficerRequest, group: UUID) -> HttpResponse:
    let_in, names = request.POST.get("do") == "vao", request.POST.getlist("who")[:100]

    def do() -> str:
        n = join_requests.decide(group_id=str(group), names=names, let_in=let_in, officer=request.user, now=clock.now())
        if let_in:
            said = ngettext("Đang cho {n} người vào nhóm.", "Đang cho {n} người vào nhóm.", n)
        else:
            said = ngettext("Đang báo Zalo không nhận {n} người.", "Đang báo Zalo không nhận {n} người.", n)
        return said.format(n=n)

    return _done(request, group, do)


def _done(request: OfficerRequest, group: UUID, do: Callable[[], str]) -> HttpResponse:
    """Run the action and redirect to the group's page with its result or the reason of refusal."""
    try:
        messages.success(request, do())
    except Missing:
        raise Http404 from None
    except GroupRefused as refused:
        messages.error(request, told(refused))
    return see_other(f"{GROUPS}/{group}")
