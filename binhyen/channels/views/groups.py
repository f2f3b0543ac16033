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
from binhyen.channels.presenters import GROUPS, group_row
from binhyen.channels.presenters.groups import grounds
from binhyen.channels.services.groups import NAME_LENGTH, GroupRefused, open_group
from binhyen.kit import clock
from binhyen.kit.clock import vietnam_day
from binhyen.kit.ids import token
from binhyen.kit.text import nfc, squeeze
from binhyen.people.access import may, sight
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest, officers, see_other
from binhyen.ui.label_cache import told


class NewGroup(forms.Form):
    """Form of a new group: area and name."""

    area = forms.ChoiceField(
        label=gettext_lazy("Địa bàn"),
        error_messages={
            "required": gettext_lazy("Hãy chọn địa bàn."),
            "invalid_choice": gettext_lazy("Hãy chọn một địa bàn trong danh sách."),
        },
    )
    name = forms.CharField(
        label=gettext_lazy("Tên nhóm"), max_length=NAME_LENGTH,
        help_text=format_lazy(gettext_lazy("Tối đa {n} ký tự, ví dụ: Bình yên xã Lộc Hà"), n=NAME_LENGTH),
        error_messages={
            "required": gettext_lazy("Hãy đặt tên nhóm."),
            "max_length": format_lazy(gettext_lazy("Tên nhóm dài tối đa {n} ký tự."), n=NAME_LENGTH),
        },
    )  # fmt: skip

    def __init__(self, choices: dict[int, tuple[str, bool]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        area = self.fields["area"]
        assert isinstance(area, forms.ChoiceField)
        area.choices = [("", _("Chọn")), *((str(pk), label) for pk, (label, village) in choices.items())]
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"


@officers(May.MANAGE_GROUPS, May.WORK_CASES)
def groups(request: OfficerRequest) -> HttpResponse:
    form = NewGroup(grounds(request.user, clock.now())) if may(request.user, May.MANAGE_GROUPS) else None
    return _page(request, form)


@officers(May.MANAGE_GROUPS, methods=("POST",))
def create(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    choices = grounds(request.user, now)
    form = NewGroup(choices, {name: squeeze(nfc(str(value))) for name, value in request.POST.items()})
    if not form.is_valid():
        return _page(request, form, status=422)
    area_id = int(form.cleaned_data["area"])
    level = Group.Level.VILLAGE if choices[area_id][1] else Group.Level.COMMUNE
    try:
        open_group(area_id=area_id, level=level, name=form.cleaned_data["name"], officer=request.user, now=now)
    except GroupRefused as refused:
        form.add_error("name", told(refused))
        return _page(request, form, status=422)
    messages.success(request, _("Đang mở nhóm. Nhóm hiện trong danh sách khi Zalo mở xong."))
    return see_other(GROUPS)


def _page(request: OfficerRequest, form: NewGroup | None, *, status: int = 200) -> HttpResponse:
    now, officer = clock.now(), request.user
    look = queries.to_look_at(officer)
    asked = queries.groups_asked(officer)
    page = queries.groups_page(officer, first=look.keys() | asked.keys(), cursor=request.GET.get("sau", ""))
    names = areas.labels([g.area_id for g in page.rows], vietnam_day(now))
    total, people = queries.group_totals(officer)
    context = {
        "now": now,
        "area": _ground(officer),
        "totals": {"groups": total, "members": people},
        "rows": [
            group_row(g, names.get(g.area_id, g.unit.name), now=now)
            | {"look": look.get(g.pk, 0), "asked": asked.get(g.pk, 0)}
            for g in page.rows
        ],
        "pager": {
            "first_url": GROUPS if request.GET.get("sau") else "",
            "next_url": f"{GROUPS}?sau={page.next}" if page.next else "",
        },
        "create_url": f"{GROUPS}/mo" if form is not None else "",
        "form": form,
        "key": token(),
    }
    return render(request, "desk/groups.html", context, status=status)


def _ground(officer: Officer) -> str:
    return _("Toàn tỉnh") if sight(officer).province else officer.unit.name
