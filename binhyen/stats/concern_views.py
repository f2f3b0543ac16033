"""The page «what people worry about»."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.people.access import officer_may
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_any_permission
from binhyen.stats import concerns
from binhyen.stats.period_filter import get_area_name, parse_period_request


@require_any_permission(Permission.READ_STATISTICS)
def show_concerns(request: OfficerRequest) -> HttpResponse:
    now = clock.now()
    today, asked = to_vietnam_day(now), parse_period_request(request, now=now)
    topics = concerns.list_concerns(request.user, today=today, ground=asked.ground)
    can_open = officer_may(request.user, Permission.WORK_CASES)
    context = {
        "now": now,
        "area": get_area_name(request.user, asked.ground),
        "least": concerns.MIN_SHOWN,
        "weeks": [f"{monday:%d/%m}" for monday in concerns.list_concern_weeks(today)],
        "rows": [
            {
                "label": _(topic.label),
                "weeks": ["–" if number is None else number for number in topic.weeks],
                "is_new": topic.is_new,
                "is_growing": topic.is_growing,
                "cases_url": f"/ban-truc?{urlencode({'xem': 'tat-ca', 'linh-vuc': topic.code})}" if can_open else "",
            }
            for topic in topics
        ],
    }
    return render(request, "stats/concerns.html", context)
