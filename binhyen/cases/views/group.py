"""Page of one group: its rules, its members by pseudonym, and its cases."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.cases.choices import STATE_LABELS, State
from binhyen.cases.models import Case
from binhyen.cases.queries.case_page import of_group
from binhyen.cases.views.list_rows import TONES, case_url
from binhyen.channels import queries
from binhyen.channels.models import Group
from binhyen.channels.presenters import GROUPS, PURPOSES, channel_label, flags_of, group_row, held_of
from binhyen.channels.presenters.groups import asking_of, placing
from binhyen.channels.queries import Missing
from binhyen.kit import clock
from binhyen.kit.clock import vietnam_day
from binhyen.kit.ids import show_code
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest, officers
from binhyen.ui import formatting
from binhyen.ui.label_cache import spoken
from binhyen.ui.stored_text_i18n import retold, title
from binhyen.vault.pseudonyms import in_group, known_as


@officers(May.MANAGE_GROUPS, May.WORK_CASES)
def group(request: OfficerRequest, group: UUID) -> HttpResponse:
    now = clock.now()
    try:
        found = queries.access_group(request.user, str(group))
    except Missing:
        raise Http404 from None
    if request.htmx:
        flags = {"now": now, "group": {"url": f"{GROUPS}/{found.public_id}", "id": found.public_id},
                 "flags": flags_of(request.user, found), "held": held_of(request.user, found)}  # fmt: skip
        return render(request, "desk/_flags.html", flags)
    version, rules = queries.rules_text(found.rules_version)
    area = areas.labels([found.area_id], vietnam_day(now)).get(found.area_id, "")
    members = queries.members(found) if found.state == Group.State.OPEN else []
    context = {
        "now": now,
        "urls": {"groups": GROUPS},
        "group": group_row(found, area, now=now) | {
            "id": found.public_id, "unit": found.unit.name, "link": found.link, "rules": rules,
            "rules_version": version, "facts": _facts(found), "urls": {},
        },
        "members": [
            {
                "name": known_as(m.reporter, in_group(found.pk)),
                "text": _("vào {when}").format(when=formatting.when(m.joined_at, now)),
            }
            for m in members
        ],
        "cases": [_case(c, now=now) for c in of_group(request.user, found.pk)],
        "timeline": _timeline(request.user, found),
        "timeline_open": True,
        "flags": flags_of(request.user, found),
        "held": held_of(request.user, found),
        "placing": placing(request.user, found, now),
        "asking": asking_of(request.user, found),
    }  # fmt: skip
    return render(request, "desk/group.html", context)


def _facts(group: Group) -> list[dict[str, str]]:
    facts = [(_("Kênh"), channel_label(group.channel))]
    if group.opened_at:
        facts.append((_("Mở ngày"), formatting.clock_time(group.opened_at)))
    if group.last_message_at:
        facts.append((_("Tin gần nhất"), formatting.clock_time(group.last_message_at)))
    return [{"label": label, "value": value} for label, value in facts]


def _case(case: Case, *, now: dt.datetime) -> dict[str, str]:
    state = State(case.state)
    return {
        "url": case_url(case.code), "title": title(case.title), "code": show_code(case.code),
        "state": spoken(STATE_LABELS)[state], "state_tone": TONES[state],
        "received_text": formatting.when(case.opened_at, now),
    }  # fmt: skip


def _timeline(officer: Officer, group: Group) -> list[dict[str, Any]]:
    """List the group's events, newest first: posts, also automatic ones, without the rules, which the page shows.

    Opening and closing times come from the group's row.
    """
    events = [
        {"at": post.sent_at, "who": post.officer.name if post.officer else _("Tự động"),
         "title": spoken(PURPOSES).get(post.purpose, post.purpose), "tone": "",
         "text": "" if post.purpose == "RULES" else retold(post.text)}
        for post in queries.posts(officer, group)
    ]  # fmt: skip
    if group.closed_at:
        events.append({"at": group.closed_at, "who": "", "title": _("Đóng nhóm"), "text": "", "tone": "warn"})
    if group.opened_at:
        text = _("Đăng nội quy bản {version}").format(version=group.rules_version) if group.rules_version else ""
        events.append({"at": group.opened_at, "who": "", "title": _("Mở nhóm"), "text": text, "tone": "good"})
    return sorted(events, key=lambda event: event["at"], reverse=True)
