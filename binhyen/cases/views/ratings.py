"""The province's page of citizens' ratings of result and attitude, by unit."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render

from binhyen.cases.queries import ratings
from binhyen.kit import clock
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_any_permission

_NOTABLE = 0.2  # of five


def _format_score(score: float | None) -> str:
    return "–" if score is None else f"{score:.1f}".replace(".", ",")


def _name_trend(trend: float | None) -> str:
    if trend is None:
        return ""
    return "up" if trend > _NOTABLE else "down" if trend < -_NOTABLE else "same"


@require_any_permission(Permission.READ_STATISTICS)
def show_ratings(request: OfficerRequest) -> HttpResponse:
    if not ratings.may_read_ratings(request.user):
        raise PermissionDenied
    now = clock.now()
    context = {
        "now": now,
        "months": ratings.MONTHS,
        "least": ratings.MIN_SHOWN,
        "rows": [
            {
                "unit": row.unit,
                "count": row.count,
                "result": _format_score(row.result),
                "attitude": _format_score(row.attitude),
                "low": row.low if row.result is not None else "–",
                "trend": _name_trend(row.trend),
            }
            for row in ratings.list_unit_ratings(request.user, now=now)
        ],
    }
    return render(request, "desk/ratings.html", context)
