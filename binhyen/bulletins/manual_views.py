"""Screens of groups run by hand: posts owed, the text to share from a phone, the register of groups."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from binhyen.areas import queries as areas
from binhyen.bulletins import manual_queries, manual_services, queries, services
from binhyen.bulletins.manual_queries import ManualGroupNotVisible
from binhyen.bulletins.models import Bulletin, GroupDelivery, ManualPost
from binhyen.bulletins.public_views import build_documents, build_pictures
from binhyen.bulletins.queries import BulletinNotVisible
from binhyen.bulletins.rules import TOPIC_LABELS, BulletinState, BulletinTopic
from binhyen.bulletins.services import BULLETINS_URL, MANUAL_URL, STATION_URL
from binhyen.channels.presenters import list_areas
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.people.access import officer_may, visibility
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.formatting import format_number
from binhyen.ui.label_cache import translated_labels

_WRITERS = (Permission.WRITE_BULLETINS,)
_METHODS = ("GET", "HEAD", "POST")
_Kind = GroupDelivery.Kind


@require_any_permission(*_WRITERS, methods=_METHODS)
def show_manual_desk(request: OfficerRequest) -> HttpResponse:
    """Show the posts that the unit owes and its groups; by unit for the province. POST changes a group."""
    if request.method == "POST":
        return _change_group(request)
    now, officer = clock.now(), request.user
    figures = manual_queries.list_group_figures(officer)
    names = areas.build_labels([item.group.area_id for item in figures], clock.to_vietnam_day(now))
    context = {
        "now": now,
        "tasks": [
            _build_task(bulletin, kind, count, own_count)
            for bulletin, kind, count, own_count in manual_queries.list_owed_by_bulletin(officer)
        ],
        "groups": [_build_group(item, names.get(item.group.area_id, ""), officer) for item in figures],
        "units": manual_queries.list_unit_figures(officer) if visibility(officer).province else [],
        "form_url": MANUAL_URL,
        "can_report": officer_may(officer, Permission.WORK_CASES),
        "station_url": STATION_URL if officer_may(officer, Permission.APPROVE_BULLETINS) else "",
        "areas": [
            {"value": place.public_id, "label": place.full_name}
            for place in areas.list_named_areas(area_ids=list(list_areas(officer, now)))
        ],
        "max_name": manual_services.MAX_NAME_LENGTH,
    }
    return render(request, "bulletins/manual_desk.html", context)


def _build_task(bulletin: Bulletin, kind: str, count: int, own_count: int) -> dict[str, Any]:
    return {
        "title": bulletin.title or _("(đã xóa nội dung)"),
        "url": f"{BULLETINS_URL}/{format_code(bulletin.code)}/dang-tay",
        "kind": kind,
        "is_withdrawal": kind == _Kind.WITHDRAWAL,
        "is_correction": kind == _Kind.CORRECTION,
        "urgent": bool(bulletin.ground),
        "topic": translated_labels(TOPIC_LABELS)[BulletinTopic(bulletin.topic)],
        "unit": bulletin.unit.name,
        "at": bulletin.ended_at or bulletin.released_at,
        "groups": count,
        "own": own_count,
    }


def _build_group(item: manual_queries.GroupFigures, area: str, officer: Officer) -> dict[str, Any]:
    group, keeper = item.group, item.group.keeper
    return {
        "id": group.public_id,
        "name": group.name,
        "members": group.members,
        "area": area,
        "keeper": keeper.name if keeper else "",
        "keeper_left": keeper is not None and (not keeper.is_active or keeper.unit_id != group.unit_id),
        "is_own": group.keeper_id == officer.pk,
        "last_at": item.last_at,
        "owed": item.owed,
        "owed_since": item.owed_since,
    }


def _change_group(request: OfficerRequest) -> HttpResponse:
    action, officer, now = request.POST.get("do", ""), request.user, clock.now()
    name, members = request.POST.get("name", "")[:200], request.POST.get("members", "")[:20]
    try:
        if action == "add":
            area = _parse_uuid(request.POST.get("area", ""))
            if area is None:
                raise RuleViolation(_("Hãy chọn một địa bàn trong danh sách."))
            manual_services.create_manual_group(name=name, area=area, members=members, officer=officer, now=now)
            messages.success(request, _("Đã ghi nhóm. Bản tin phát từ nay có nhóm này trong việc cần đăng."))
            return redirect_after_post(MANUAL_URL)
        group = _parse_uuid(request.POST.get("group", ""))
        if group is None or action not in ("change", "take", "close"):
            raise RuleViolation(_("Hãy chọn một nhóm trong danh sách."))
        if action == "change":
            manual_services.update_manual_group(public_id=group, name=name, members=members, officer=officer, now=now)
            messages.success(request, _("Đã lưu."))
        elif action == "take":
            manual_services.take_over_group(public_id=group, officer=officer, now=now)
            messages.success(request, _("Từ nay bạn đăng ở nhóm này."))
        else:
            manual_services.close_manual_group(public_id=group, officer=officer, now=now)
            messages.success(request, _("Đã bỏ nhóm khỏi danh sách."))
    except ManualGroupNotVisible:
        raise Http404 from None
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    return redirect_after_post(MANUAL_URL)


def _parse_uuid(value: str) -> UUID | None:
    try:
        return UUID(value[:40])
    except ValueError:
        return None


# One bulletin on the phone: copy or share the text, tick off the groups.


@require_any_permission(*_WRITERS, methods=_METHODS)
def show_manual_posting(request: OfficerRequest, code: str) -> HttpResponse:
    """Show the text to share and the groups to tick off. POST records the ticked groups."""
    try:
        row = queries.get_visible_bulletin(request.user, code)
        if request.method == "POST":
            return _report_posted(request, row)
    except BulletinNotVisible:
        raise Http404 from None
    posts = manual_queries.list_posts(request.user, row)
    owed = [post for post in posts if post.posted_at is None and not post.is_cancelled]
    late = [post for post in posts if post.posted_at is None and post.is_cancelled]
    context = {
        "now": clock.now(),
        "title": row.title or _("(đã xóa nội dung)"),
        "back_url": f"{BULLETINS_URL}/{format_code(row.code)}",
        "pictures": build_pictures(row, f"{BULLETINS_URL}/{format_code(row.code)}")
        if row.state == BulletinState.RELEASED
        else [],
        "documents": build_documents(row, f"{BULLETINS_URL}/{format_code(row.code)}")
        if row.state == BulletinState.RELEASED
        else [],
        "desk_url": MANUAL_URL,
        "action_url": f"{BULLETINS_URL}/{format_code(row.code)}/dang-tay",
        "released": row.released_at is not None,
        "preparing": row.state == BulletinState.RELEASED and row.groups_fixed_at is None,
        "sections": [_build_section(row, kind, owed, request.user) for kind in manual_queries.list_kinds(owed)],
        "late": [_build_post(post, request.user) for post in late],
        "done": [
            {
                "name": post.group.name,
                "kind": post.get_kind_display(),
                "at": post.posted_at,
                "who": post.posted_by.name if post.posted_by else "",
            }
            for post in posts
            if post.posted_at is not None
        ],
    }
    return render(request, "bulletins/manual_posting.html", context)


def _build_section(row: Bulletin, kind: str, owed: list[ManualPost], officer: Officer) -> dict[str, Any]:
    labels = {
        _Kind.POST: _("Đăng bản tin này"),
        _Kind.CORRECTION: _("Đăng lời đính chính này"),
        _Kind.WITHDRAWAL: _("Đăng lời rút tin này"),
    }
    return {
        "kind": kind,
        "label": labels[_Kind(kind)],
        "text": services.build_post_text(row, kind),
        "groups": [_build_post(post, officer) for post in owed if post.kind == kind],
    }


def _build_post(post: ManualPost, officer: Officer) -> dict[str, Any]:
    return {
        "id": post.group.public_id,
        "name": post.group.name,
        "members": post.members,
        "is_own": post.group.keeper_id == officer.pk,
    }


def _report_posted(request: OfficerRequest, row: Bulletin) -> HttpResponse:
    groups = [group for group in map(_parse_uuid, request.POST.getlist("group")[:300]) if group is not None]
    try:
        count = manual_services.report_posted(code=row.code, groups=groups, officer=request.user, now=clock.now())
    except RuleViolation as refusal:
        messages.error(request, str(refusal))
    else:
        text = ngettext("Đã ghi {n} nhóm đã đăng.", "Đã ghi {n} nhóm đã đăng.", count)
        messages.success(request, text.format(n=format_number(count)))
    return redirect_after_post(f"{BULLETINS_URL}/{format_code(row.code)}/dang-tay")
