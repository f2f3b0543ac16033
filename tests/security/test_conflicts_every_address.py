"""A2 over every address: a person excluded from a complaint gets the same answer with it and without it.

`test_conflicts.py` compares officers' pages and lists in many organisations; here a person of each scope requests every
other address of the resolver, the addresses of the complaint itself, its message and its file among them, by each
method that is served. Not requested, because no resolver knows them: the gateway's webhooks, and `/live`, whose topics
test_conflicts.py compares.
"""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import clear_url_caches, path

from binhyen import urls
from binhyen.cases.models import Case
from binhyen.channels import queries as channel_queries
from binhyen.conduct.models import Complaint
from binhyen.people.models import Officer
from binhyen.people.roles import Role
from binhyen.vault import urls as custody_urls
from binhyen.vault.key_session import key_sessions
from binhyen.vault.tests.custody import SCREENS
from binhyen.vault.tests.people import create_key
from tests.security.every_address import KEYS, Visitor, get_newest_rows, list_requests
from tests.security.org_factory import Organisation
from tests.security.response_diff import PAGE_ROLES, list_differences
from tests.security.routes import list_routes
from tests.security.test_conflicts import (  # noqa: F401  pytest takes its fixtures by name
    World,
    disable_rls,
    file_complaint,
    issue_token,
    nothing_compiled,
    roll_back,
    world,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Any) -> None:
    settings.FILES_ROOT = tmp_path


@pytest.fixture(autouse=True)
def stored_site_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read Zalo's codes of the home page once: they are read again by the real clock, on a busy machine in between."""
    monkeypatch.setattr(channel_queries, "_SITE_CODES_SECONDS", 1e9)


def create_excluded_officer(w: World, role: Role) -> tuple[Organisation, Officer]:
    """Create an organisation in which an officer of the role has a conflict."""
    for _ in range(60):
        made = w.maker.make()
        for people in made.excluded.values():
            for officer in people:
                if officer.role == role:
                    return made, officer
    raise AssertionError(f"nobody of {role} was ever in conflict")


def get_address_parts(complaint: Complaint) -> dict[str, str]:
    """Return the address parts of the complaint."""
    code, ref = complaint.case.code, str(complaint.public_id)
    message = str(complaint.case.case_messages.get().message.public_id)
    file = str(complaint.files.get().public_id)
    return {
        "<str:code>": code,
        "<code>": code,
        "<uuid:message>": message,
        "<uuid:file>": file,
        "<uuid:photo>": file,
        "<uuid:ref>": ref,
        "<slug:action>": "ghi-chu",
        "<slug:deed>": "nhan",
        "<uuid:": str(complaint.case.public_id),
    }


def find_differences(w: World, role: Role, routes_seen: set[str], desk: str = "phan-anh") -> list[str]:
    with roll_back():
        made, officer = create_excluded_officer(w, role)
        holder = create_key(officer, w.now) if role in KEYS else None
        pair = (holder[0].pk, holder[1]) if holder else None
        visitor = Visitor(officer, token=issue_token(officer, w.now), pair=pair)
        with roll_back():
            address_parts = get_address_parts(file_complaint(made, w.now, photo=True)) | {
                "words": made.subject.name,
                "<slug:desk>": desk,
            }
            requests = list(list_requests(officer, address_parts, get_newest_rows()))
            # The first of these fills a cache of the process: the library of procedures, heads of reports, Zalo's codes.
            visitor.looks([ask for ask in requests if ask.route in _CACHED_ROUTES], address_parts)
            before = visitor.looks(requests, address_parts)
        after = visitor.looks(requests, address_parts)
        routes_seen.update(ask.route for ask in requests)
        return [f"{role}: {difference}" for difference in list_differences(before, after)]


_CACHED_ROUTES = {"", "thu-tuc", "bao-cao/phat-hanh", "hoi-so-lieu/luu"}
DESKS = {Role.DIRECTOR: "giam-doc", Role.INSPECTOR: "thanh-tra"}


@pytest.mark.parametrize("world", [31], indirect=True)
def test_no_address_tells_whoever_is_in_conflict(world: World) -> None:  # noqa: F811
    seen: set[str] = set()
    shows = [line for role in Role for line in find_differences(world, role, seen, DESKS.get(role, "phan-anh"))]
    key_sessions.lock_all()
    assert not shows, "\n".join(shows)
    with SCREENS:
        there = {route for route, _ in list_routes()}
    there |= {route for route, _ in list_routes()}
    assert there - seen - set(PAGE_ROLES) == set(), "these were never requested"


def count_complaints(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{Case.objects.filter(is_restricted=True).count()}")


@pytest.mark.parametrize("world", [32], indirect=True)
@pytest.mark.parametrize(("table", "role"), [(urls, Role.OFFICER), (custody_urls, Role.PROVINCE_DUTY)])
def test_control_a_new_address_that_counts_them_is_found(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    table: Any,
    role: Role,
) -> None:
    """It is in no list of these tests; row-level security is disabled."""
    disable_rls(world, monkeypatch)
    monkeypatch.setattr(table, "urlpatterns", [*table.urlpatterns, path("giu-kin/dem-thu", count_complaints)])
    clear_url_caches()
    shows = find_differences(world, role, set())
    key_sessions.lock_all()
    clear_url_caches()
    assert any("giu-kin/dem-thu" in line for line in shows)
