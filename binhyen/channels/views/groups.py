"""Views of the groups of an officer's areas, and the form for a new one."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from binhyen.areas import queries as areas
from binhyen.audit.rules.action_families import ReadEvent, ReadKind
from binhyen.audit.services import record_read
from binhyen.channels import plan_rules, queries
from binhyen.channels.models import Attachment, Group
from binhyen.channels.presenters import (
    GROUPS_URL,
    QUARANTINED_NOTICE,
    REVIEW_NOTICE,
    list_areas,
    list_group_areas,
    to_group_row,
)
from binhyen.channels.queries import NotVisible, get_visible_attachment
from binhyen.channels.services import join_requests, moderation_flags
from binhyen.channels.services.groups import NAME_LENGTH, GroupActionError, assign_group_area, request_group
from binhyen.channels.services.moderation_flags import FlagActionError
from binhyen.kit import clock, file_storage
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import generate_token
from binhyen.kit.security_headers import SANDBOX_CSP
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people.access import officer_may, visibility
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import get_audit_actor
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.label_cache import translate_deferred

# Views that set a group's area and decide its join requests.


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


# Views that settle a moderation flag: send the warning, edited or not, or dismiss it.


@require_any_permission(Permission.MANAGE_GROUPS, methods=("POST",))
def handle_flag_reply(request: OfficerRequest, group: UUID, flag: UUID) -> HttpResponse:
    text = to_nfc(request.POST.get("text", ""))

    def run_action() -> str:
        sent = moderation_flags.send_flag_reply(
            group_id=str(group), flag_id=str(flag), officer=request.user, text=text, now=clock.now()
        )
        return REVIEW_NOTICE if sent else QUARANTINED_NOTICE

    return _redirect_with_flag_result(request, group, run_action)


@require_any_permission(Permission.MANAGE_GROUPS, methods=("POST",))
def handle_flag_dismissal(request: OfficerRequest, group: UUID, flag: UUID) -> HttpResponse:
    def run_action() -> str:
        moderation_flags.dismiss_flag(group_id=str(group), flag_id=str(flag), officer=request.user, now=clock.now())
        return N_("Đã bỏ qua.")

    return _redirect_with_flag_result(request, group, run_action)


def _redirect_with_flag_result(request: OfficerRequest, group: UUID, action: Callable[[], str]) -> HttpResponse:
    """Run the action and redirect to the group's page with its result or the reason of refusal."""
    try:
        message = action()
    except NotVisible:
        raise Http404 from None
    except FlagActionError as error:
        messages.error(request, translate_deferred(error))
    else:
        (messages.warning if message == QUARANTINED_NOTICE else messages.success)(request, _(message))
    return redirect_after_post(f"{GROUPS_URL}/{group}")


STORY_VILLAGES = 1900  # of the province before its villages are imported
_MAX_ACCOUNTS = 10


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
        "costs": _build_costs(officer, now) if form is not None else None,
    }
    return render(request, "desk/groups.html", context, status=status)


def _build_costs(officer: Officer, now: dt.datetime) -> dict[str, Any]:
    """Return the monthly cost of the accounts' groups, for this officer's accounts and for a whole province."""
    states, fees = queries.list_account_states(officer, now=now), queries.get_fees()
    communes, villages = len(areas.get_directory().communes), areas.count_villages(to_vietnam_day(now))
    villages = max(villages, STORY_VILLAGES)
    return {
        "accounts": [
            {
                "name": state.channel.name,
                "used": state.groups_used,
                "free": state.groups_free,
                "lapsed": state.groups_lapsed,
                "fee": state.fee,
                "until": state.ends_on,
                "tone": state.tone,
            }
            for state in states[:_MAX_ACCOUNTS]
        ],
        "more": max(0, len(states) - _MAX_ACCOUNTS),
        "fee": fees.group,
        "communes": communes,
        "villages": villages,
        "province_fee": round(plan_rules.estimate_monthly_cost(communes + villages, 1, fees), -5),
    }


def _get_area_name(officer: Officer) -> str:
    return _("Toàn tỉnh") if visibility(officer).province else officer.unit.name


# View of received files. Only the re-encoded copy leaves the program, and only to officers who may see its message.


@require_any_permission(Permission.WORK_CASES, Permission.REPORT_BACK, Permission.HAND_ON)
def serve_attachment(request: OfficerRequest, file: UUID) -> HttpResponse:
    try:
        attachment = get_visible_attachment(request.user, str(file))
    except NotVisible:
        raise Http404 from None
    if attachment.state != Attachment.State.READY or not attachment.preview:
        raise Http404
    try:
        data = file_storage.read_file(attachment.preview)
    except FileNotFoundError:
        raise Http404 from None
    read_event = ReadEvent(ReadKind.PHOTO, sensitive=bool(getattr(attachment, "sensitive", True)))
    actor, subject = get_audit_actor(request.user), f"file:{attachment.public_id}"
    record_read(read_event, actor=actor, object=subject, unit_id=request.user.unit_id, now=clock.now())
    return HttpResponse(
        data,
        content_type="image/jpeg",  # always from our own encoder, never the sender's type
        headers={
            # nosemgrep: file-name-from-outside  hexadecimal digits of our own id
            "Content-Disposition": f'inline; filename="anh-{file.hex[-8:]}.jpg"',
            "Content-Security-Policy": SANDBOX_CSP,
        },
    )
