"""A2 for complainants who have an ordinary case in the same chat: each leak fixed earlier is planted again, and found."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from django.db.models import QuerySet

from binhyen.cases.queries import case_page
from binhyen.cases.services import linking
from binhyen.channels.models import Conversation
from binhyen.channels.tests.windows import window_of_the_channel
from binhyen.conduct.services import seal_case
from binhyen.intake import case_assignment
from binhyen.people.models import Officer
from binhyen.people.roles import Role
from binhyen.privacy import queries as privacy
from binhyen.privacy.models import Request
from binhyen.privacy.services.fulfilment import carry_out
from tests.security import beside
from tests.security.test_conflicts import (  # noqa: F401  pytest takes its fixtures by name
    World,
    any_shows,
    nothing_compiled,
    take_the_fence_down,
    told_apart,
    world,
)

pytestmark = pytest.mark.django_db
REQUESTS, DUTIES = privacy.visible_requests, privacy.duties
LEAKS = {  # each as before its fix: whose page leaked, and about whose case
    "window": (Role.CHIEF, "request"), "request": (Role.PROVINCE_STAFF, "request"),
    "duty": (Role.PROVINCE_STAFF, "request"), "answered": (Role.PROVINCE_STAFF, "erased"), "answer": (Role.OFFICER, "answer"),
    "search": (Role.OFFICER, "detached"), "fate": (Role.OFFICER, "request"),
}  # fmt: skip


@pytest.mark.parametrize("world", [11], indirect=True)
@pytest.mark.parametrize("leak", LEAKS)
def test_control_what_a_case_in_the_same_chat_gave_away_is_found(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    leak: str,
) -> None:
    take_the_fence_down(world, monkeypatch)
    world.role, world.story = LEAKS[leak]
    world.pages, world.silent = 0, leak == "fate"
    assert (shows := [told_apart(world, Counter()) for _ in range(3)]) == [[]] * 3, shows
    if leak == "window":
        monkeypatch.setattr(case_page, "last_words", _of_the_channel)
    elif leak == "fate":
        window_of_the_channel(monkeypatch)
    elif leak == "request":
        monkeypatch.setattr(privacy, "visible_requests", _looked_at_anew)
    elif leak == "duty":
        monkeypatch.setattr(
            privacy, "duties", lambda reporter, *, police=True, until=None, now: DUTIES(reporter, now=now)
        )
    elif leak == "answered":
        monkeypatch.setattr(beside, "carry_out", _and_takes_it_away)
    elif leak == "answer":
        monkeypatch.setattr(case_assignment, "_ordered", lambda told, facts: list(told))
    else:
        monkeypatch.setattr(linking, "retell", lambda case: ["snippet"])
        monkeypatch.setattr(seal_case, "retell_others", lambda ids, but: None)
    assert any_shows(world)


def _looked_at_anew(officer: Officer) -> "QuerySet[Request]":
    """Take a data request out of the list once its sender writes again (the old defect)."""
    rows = REQUESTS(officer)
    gone = [row.pk for row in rows if privacy.told_about_police(row.reporter_id)]
    return rows if officer.role == Role.CUSTODIAN else rows.exclude(pk__in=gone)


def _and_takes_it_away(*, request_id: int, now: dt.datetime) -> None:
    """Reveal to the person who answers that the reporter filed a complaint about police."""
    told = privacy.told_about_police(Request.objects.get(pk=request_id).reporter_id)
    carry_out(request_id=request_id, now=now)
    Request.objects.filter(pk=request_id).update(apart=told)


def _of_the_channel(officer: Officer, talks: Any) -> dict[int, dt.datetime]:
    return dict(Conversation.objects.filter(pk__in=talks).values_list("pk", "last_interaction_at"))
