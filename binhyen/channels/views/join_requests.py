"""Views that set a group's area and decide its join requests."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from binhyen.channels import queries
from binhyen.channels.models import Group
from binhyen.channels.presenters import GROUPS_URL
from binhyen.channels.presenters.groups import list_group_areas
from binhyen.channels.queries import NotVisible
from binhyen.channels.services import join_requests
from binhyen.channels.services.groups import GroupActionError, assign_group_area
from binhyen.kit import clock
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.label_cache import translate_deferred


@require_any_permission(Permission.MANAGE_GROUPS, methods=("POST",))
def handle_group_placement(request: OfficerRequest, group: UUID) -> HttpResponse:
    now, officer, typed_area = clock.now(), request.user, request.POST.get("area", "")

    def run_action() -> str:
        allowed_areas = list_group_areas(officer, queries.get_visible_group(officer, str(group)), now)
        area = int(typed_area) if typed_area.isascii() and typed_area.isdigit() and len(typed_area) < 19 else 0
        if area not in allowed_areas:
            raise GroupActionError(_("Hãy chọn một địa bàn trong danh sách."))
        level = Group.Level.VILLAGE if allowed_areas[area][1] else Group.Level.COMMUNE
        placed_group = assign_group_area(group_id=str(group), area_id=area, level=level, officer=officer, now=now)
        return _("Tin trong nhóm từ nay về {unit}.").format(unit=placed_group.unit.name)

    return _redirect_with_result(request, group, run_action)


@require_any_permission(Permission.MANAGE_GROUPS, methods=("POST",))
def handle_join_decision(request: OfficerRequest, group: UUID) -> HttpResponse:
    accept, pseudonyms = request.POST.get("do") == "vao", request.POST.getlist("who")[:100]

    def run_action() -> str:
        count = join_requests.decide_join_requests(
            group_id=str(group), names=pseudonyms, let_in=accept, officer=request.user, now=clock.now()
        )
        if accept:
            message = ngettext("Đang cho {n} người vào nhóm.", "Đang cho {n} người vào nhóm.", count)
        else:
            message = ngettext("Đang báo Zalo không nhận {n} người.", "Đang báo Zalo không nhận {n} người.", count)
        return message.format(n=count)

    return _redirect_with_result(request, group, run_action)


def _redirect_with_result(request: OfficerRequest, group: UUID, action: Callable[[], str]) -> HttpResponse:
    """Run the action and redirect to the group's page with its result or the reason of refusal."""
    try:
        messages.success(request, action())
    except NotVisible:
        raise Http404 from None
    except GroupActionError as error:
        messages.error(request, translate_deferred(error))
    return redirect_after_post(f"{GROUPS_URL}/{group}")
