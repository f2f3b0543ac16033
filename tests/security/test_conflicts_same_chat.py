"""A2 for complainants who have an ordinary case in the same chat: each leak fixed earlier is planted again, and found."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from django.db.models import QuerySet

from binhyen.cases.queries import case_page
from binhyen.cases.services import linking
from binhyen.channels.models import Conversation
from binhyen.channels.tests.windows import use_channel_window
from binhyen.conduct.services import seal_case
from binhyen.intake import case_assignment
from binhyen.people.models import Officer
from binhyen.people.roles import Role
from binhyen.privacy import queries as privacy
from binhyen.privacy.models import Request
from binhyen.privacy.services.fulfilment import fulfil_granted_request
from tests.security import beside
from tests.security.test_conflicts import (  # noqa: F401  pytest takes its fixtures by name
    World,
    disable_rls,
    find_differences,
    has_difference,
    nothing_compiled,
    world,
)

pytestmark = pytest.mark.django_db
REQUESTS, DUTIES = privacy.list_visible_data_requests, privacy.find_duties
LEAKS = {  # each as before its fix: whose page leaked, and about whose case
    "window": (Role.CHIEF, "request"),
    "request": (Role.PROVINCE_STAFF, "request"),
    "duty": (Role.PROVINCE_STAFF, "request"),
    "answered": (Role.PROVINCE_STAFF, "erased"),
    "answer": (Role.OFFICER, "answer"),
    "search": (Role.OFFICER, "detached"),
    "fate": (Role.OFFICER, "request"),
}


@pytest.mark.parametrize("world", [11], indirect=True)
@pytest.mark.parametrize("leak", LEAKS)
def test_control_what_a_case_in_the_same_chat_gave_away_is_found(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    leak: str,
) -> None:
    disable_rls(world, monkeypatch)
    world.role, world.story = LEAKS[leak]
    world.pages, world.silent = 0, leak == "fate"
    assert (shows := [find_differences(world, Counter()) for _ in range(3)]) == [[]] * 3, shows
    if leak == "window":
        monkeypatch.setattr(case_page, "get_last_message_times", list_channel_talks)
    elif leak == "fate":
        use_channel_window(monkeypatch)
    elif leak == "request":
        monkeypatch.setattr(privacy, "list_visible_data_requests", list_without_returning_reporters)
    elif leak == "duty":
        monkeypatch.setattr(
            privacy, "find_duties", lambda reporter, *, police=True, until=None, now: DUTIES(reporter, now=now)
        )
    elif leak == "answered":
        monkeypatch.setattr(beside, "fulfil_granted_request", mark_request_restricted)
    elif leak == "answer":
        monkeypatch.setattr(case_assignment, "_order_candidates", lambda messages, facts: list(messages))
    else:
        monkeypatch.setattr(linking, "rebuild_search_words", lambda case: ["snippet"])
        monkeypatch.setattr(seal_case, "rebuild_cases_of_messages", lambda ids, *, exclude_case_ids: None)
    assert has_difference(world)


def list_without_returning_reporters(officer: Officer) -> "QuerySet[Request]":
    """Take a data request out of the list once its sender writes again (the old defect)."""
    rows = REQUESTS(officer)
    gone = [row.pk for row in rows if privacy.has_complained_about_police(row.reporter_id)]
    return rows if officer.role == Role.CUSTODIAN else rows.exclude(pk__in=gone)


def mark_request_restricted(*, request_id: int, now: dt.datetime) -> None:
    """Reveal to the answering person that the reporter filed a complaint about police."""
    has_complaint = privacy.has_complained_about_police(Request.objects.get(pk=request_id).reporter_id)
    fulfil_granted_request(request_id=request_id, now=now)
    Request.objects.filter(pk=request_id).update(is_restricted=has_complaint)


def list_channel_talks(officer: Officer, talks: Any) -> dict[int, dt.datetime]:
    return dict(Conversation.objects.filter(pk__in=talks).values_list("pk", "last_interaction_at"))
