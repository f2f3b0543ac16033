"""Views of the groups of an officer's areas, and the form for a new one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from binhyen.areas import queries as areas
from binhyen.channels import queries
from binhyen.channels.models import Group
from binhyen.channels.presenters import GROUPS_URL, to_group_row
from binhyen.channels.presenters.groups import list_areas
from binhyen.channels.services.groups import NAME_LENGTH, GroupActionError, request_group
from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import generate_token
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people.access import officer_may, visibility
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.label_cache import translate_deferred


class GroupForm(forms.Form):
    """Form of a new group: area and name."""

    area = forms.ChoiceField(
        label=gettext_lazy("Địa bàn"),
        error_messages={
            "required": gettext_lazy("Hãy chọn địa bàn."),
            "invalid_choice": gettext_lazy("Hãy chọn một địa bàn trong danh sách."),
        },
    )
    name = forms.CharField(
        label=gettext_lazy("Tên nhóm"),
        max_length=NAME_LENGTH,
        help_text=format_lazy(gettext_lazy("Tối đa {n} ký tự, ví dụ: Bình yên xã Lộc Hà"), n=NAME_LENGTH),
        error_messages={
            "required": gettext_lazy("Hãy đặt tên nhóm."),
            "max_length": format_lazy(gettext_lazy("Tên nhóm dài tối đa {n} ký tự."), n=NAME_LENGTH),
        },
    )

    def __init__(self, choices: dict[int, tuple[str, bool]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        area = self.fields["area"]
        assert isinstance(area, forms.ChoiceField)
        area.choices = [("", _("Chọn")), *((str(pk), label) for pk, (label, is_village) in choices.items())]
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"


@require_any_permission(Permission.MANAGE_GROUPS, Permission.WORK_CASES)
def show_groups(request: OfficerRequest) -> HttpResponse:
    form = (
        GroupForm(list_areas(request.user, clock.now()))
        if officer_may(request.user, Permission.MANAGE_GROUPS)
        else None
    )
    return _render_groups(request, form)


@require_any_permission(Permission.MANAGE_GROUPS, methods=("POST",))
def handle_group_creation(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    choices = list_areas(request.user, now)
    form = GroupForm(choices, {name: collapse_spaces(to_nfc(str(value))) for name, value in request.POST.items()})
    if not form.is_valid():
        return _render_groups(request, form, status=422)
    area_id = int(form.cleaned_data["area"])
    level = Group.Level.VILLAGE if choices[area_id][1] else Group.Level.COMMUNE
    try:
        request_group(area_id=area_id, level=level, name=form.cleaned_data["name"], officer=request.user, now=now)
    except GroupActionError as error:
        form.add_error("name", translate_deferred(error))
        return _render_groups(request, form, status=422)
    messages.success(request, _("Đang mở nhóm. Nhóm hiện trong danh sách khi Zalo mở xong."))
    return redirect_after_post(GROUPS_URL)


def _render_groups(request: OfficerRequest, form: GroupForm | None, *, status: int = 200) -> HttpResponse:
    now, officer = clock.now(), request.user
    flag_counts = queries.count_flags_by_group(officer)
    request_counts = queries.count_requests_by_group(officer)
    page = queries.get_groups_page(
        officer, first_ids=flag_counts.keys() | request_counts.keys(), cursor=request.GET.get("sau", "")
    )
    names = areas.build_labels([group.area_id for group in page.rows], to_vietnam_day(now))
    group_total, member_total = queries.count_groups_and_members(officer)
    context = {
        "now": now,
        "area": _get_area_name(officer),
        "totals": {"groups": group_total, "members": member_total},
        "rows": [
            to_group_row(group, names.get(group.area_id, group.unit.name), now=now)
            | {"look": flag_counts.get(group.pk, 0), "asked": request_counts.get(group.pk, 0)}
            for group in page.rows
        ],
        "pager": {
            "first_url": GROUPS_URL if request.GET.get("sau") else "",
            "next_url": f"{GROUPS_URL}?sau={page.next}" if page.next else "",
        },
        "create_url": f"{GROUPS_URL}/mo" if form is not None else "",
        "form": form,
        "key": generate_token(),
    }
    return render(request, "desk/groups.html", context, status=status)


def _get_area_name(officer: Officer) -> str:
    return _("Toàn tỉnh") if visibility(officer).province else officer.unit.name
