"""Page of one group: its rules, its members by pseudonym, and its cases."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.cases.choices import State, get_state_label
from binhyen.cases.models import Case
from binhyen.cases.queries.case_page import list_group_cases
from binhyen.cases.views.list_rows import STATE_TONES, build_case_url
from binhyen.channels import queries
from binhyen.channels.models import Group
from binhyen.channels.presenters import (
    GROUPS_URL,
    PURPOSES,
    format_channel,
    list_group_flags,
    list_quarantined_posts,
    to_area_form,
    to_group_row,
    to_join_requests,
)
from binhyen.channels.queries import NotVisible
from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import format_code
from binhyen.people.models import Officer
from binhyen.people.queries import list_names_on_duty
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_any_permission
from binhyen.ui import formatting
from binhyen.ui.label_cache import translated_labels
from binhyen.ui.stored_text_i18n import translate_stored, translate_title
from binhyen.vault.pseudonyms import format_group_scope, format_pseudonym


@require_any_permission(Permission.MANAGE_GROUPS, Permission.WORK_CASES)
def show_group(request: OfficerRequest, group: UUID) -> HttpResponse:
    now = clock.now()
    try:
        open_group = queries.get_visible_group(request.user, str(group))
    except NotVisible:
        raise Http404 from None
    if request.htmx:
        flags = {
            "now": now,
            "group": {"url": f"{GROUPS_URL}/{open_group.public_id}", "id": open_group.public_id},
            "flags": list_group_flags(request.user, open_group),
            "held": list_quarantined_posts(request.user, open_group),
        }
        return render(request, "desk/_flags.html", flags)
    version, rules = queries.get_group_rules(open_group.rules_version)
    area = areas.build_labels([open_group.area_id], to_vietnam_day(now)).get(open_group.area_id, "")
    members = queries.list_members(open_group) if open_group.state == Group.State.OPEN else []
    context = {
        "now": now,
        "urls": {"groups": GROUPS_URL},
        "group": to_group_row(open_group, area, now=now)
        | {
            "id": open_group.public_id,
            "unit": open_group.unit.name,
            "link": open_group.link,
            "rules": rules,
            "rules_version": version,
            "facts": _build_facts(open_group, now),
            "urls": {},
        },
        "members": [
            {
                "name": format_pseudonym(member.reporter, format_group_scope(open_group.pk)),
                "text": _("vào {when}").format(when=formatting.format_short_time(member.joined_at, now)),
            }
            for member in members
        ],
        "cases": [_to_case_row(group_case, now=now) for group_case in list_group_cases(request.user, open_group.pk)],
        "timeline": _build_timeline(request.user, open_group),
        "timeline_open": True,
        "flags": list_group_flags(request.user, open_group),
        "held": list_quarantined_posts(request.user, open_group),
        "placing": to_area_form(request.user, open_group, now),
        "asking": to_join_requests(request.user, open_group),
    }
    return render(request, "desk/group.html", context)


def _build_facts(group: Group, now: dt.datetime) -> list[dict[str, str]]:
    facts = [(_("Kênh"), format_channel(group.channel))]
    if on_duty := list_names_on_duty(group.unit_id, now):
        facts.append((_("Đang trực"), ", ".join(on_duty)))
    if group.opened_at:
        facts.append((_("Mở ngày"), formatting.format_full_time(group.opened_at)))
    if group.last_message_at:
        facts.append((_("Tin gần nhất"), formatting.format_full_time(group.last_message_at)))
    return [{"label": label, "value": value} for label, value in facts]


def _to_case_row(case: Case, *, now: dt.datetime) -> dict[str, str]:
    state = State(case.state)
    return {
        "url": build_case_url(case.code),
        "title": translate_title(case.title),
        "code": format_code(case.code),
        "state": _(get_state_label(state, is_assigned=case.assignee_id is not None)),
        "state_tone": STATE_TONES[state],
        "received_text": formatting.format_short_time(case.opened_at, now),
    }


def _build_timeline(officer: Officer, group: Group) -> list[dict[str, Any]]:
    """List the group's events, newest first: posts, also automatic ones, without the rules, which the page shows.

    Opening and closing times come from the group's row.
    """
    events = [
        {
            "at": post.sent_at,
            "who": post.officer.name if post.officer else _("Tự động"),
            "title": translated_labels(PURPOSES).get(post.purpose, post.purpose),
            "tone": "",
            "text": "" if post.purpose == "RULES" else translate_stored(post.text),
        }
        for post in queries.list_group_posts(officer, group)
    ]
    if group.closed_at:
        events.append({"at": group.closed_at, "who": "", "title": _("Đóng nhóm"), "text": "", "tone": "warn"})
    if group.opened_at:
        text = _("Đăng nội quy bản {version}").format(version=group.rules_version) if group.rules_version else ""
        events.append({"at": group.opened_at, "who": "", "title": _("Mở nhóm"), "text": text, "tone": "good"})
    return sorted(events, key=lambda event: event["at"], reverse=True)
