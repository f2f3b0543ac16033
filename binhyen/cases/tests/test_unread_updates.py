"""Updates of a case are marked as unread in the list until an officer concerned has opened it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.choices import Outcome, UnreadUpdate
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case
from binhyen.cases.services import closing, officer_actions
from binhyen.cases.services.follow_ups import FollowUp, add_follow_ups
from binhyen.cases.services.view_log import mark_read
from binhyen.cases.tests.scene import build_case_url, create_message, open_case, reload_case, sign_in_browser
from binhyen.kit.text import fold_text
from binhyen.people.models import Officer

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
WORD, NOTE, GIVEN = "Tin mới", "Ghi chú mới", "Mới giao"


@pytest.fixture
def assignee(officer: Make) -> Officer:
    person: Officer = officer()
    return person


@pytest.fixture
def case(unit: Make, assignee: Officer, now: dt.datetime) -> Case:
    opened_case = open_case(unit("18568"), now=now)
    officer_actions.assign_to_self(code=opened_case.code, officer=assignee, version=None, now=now)
    return reload_case(opened_case)


def add_message(case: Case, now: dt.datetime, text: str = "Hôm nay họ lại xả nữa") -> None:
    more = create_message(case.unit, text=text, is_held=True, now=now)
    add_follow_ups(
        [FollowUp(case.pk, more.pk, more.reporter_id, more.conversation_id, fold_text(text), more.search_accented, 1)],
        ladder=get_alarm_delays(),
        now=now,
    )


def find_row(person: Officer, case: Case, query: str = "") -> str:
    page: str = sign_in_browser(person).get(f"/ban-truc{query}").content.decode()
    return page.partition(f'data-row="{case.code}"')[2].partition("</tr>")[0]


def test_a_follow_up_is_marked_until_an_officer_of_the_unit_opens_it(
    case: Case, assignee: Officer, officer: Make, now: dt.datetime
) -> None:
    mate, duty = officer(), officer("PROVINCE_DUTY", "42")
    assert WORD not in find_row(assignee, case)
    add_message(case, now)
    assert WORD in find_row(assignee, case) and WORD in find_row(mate, case)
    sign_in_browser(duty).get(build_case_url(case))
    assert WORD in find_row(assignee, case), "the province has not answered it"
    before = reload_case(case).version
    assert WORD in find_row(mate, case, "?xem=moi") and case.code in find_row(mate, case, "?xem=moi").replace("-", "")
    sign_in_browser(mate).get(build_case_url(case))
    assert WORD not in find_row(assignee, case) and find_row(assignee, case, "?xem=moi") == ""
    assert reload_case(case).version == before, "a concurrent form is not rejected"


def read_tab_count(person: Officer) -> str:
    page: str = sign_in_browser(person).get("/ban-truc").content.decode()
    return page.partition("Có tin mới<span")[2].partition("</span>")[0].rpartition(">")[2]


def test_the_tab_counts_updates_per_audience(case: Case, assignee: Officer, officer: Make, now: dt.datetime) -> None:
    duty, chief, team = officer("PROVINCE_DUTY", "42"), officer("CHIEF"), officer("VILLAGE_TEAM")
    readers = (assignee, chief, duty, team)
    assert [read_tab_count(person) for person in readers] == ["0", "0", "0", "0"]
    add_message(case, now)
    assert [read_tab_count(person) for person in readers] == ["1", "1", "0", "0"], (
        "the province is notified of its own cases"
    )
    officer_actions.assign_case(code=case.code, officer=chief, to=team, version=None, now=now)
    assert [read_tab_count(person) for person in readers] == ["0", "0", "0", "1"]
    officer_actions.add_note(code=case.code, officer=team, text="Đã xuống xem", now=now)
    assert [read_tab_count(person) for person in readers] == ["1", "1", "0", "0"], (
        "its own note is no update for the team"
    )
    assert NOTE in find_row(assignee, case) and NOTE not in find_row(team, case)


def test_an_update_that_arrives_while_the_page_is_read_stays_marked(
    case: Case, assignee: Officer, now: dt.datetime
) -> None:
    add_message(case, now)
    shown = reload_case(case)
    add_message(Case.objects.get(pk=case.pk), now, "Họ vừa về")
    mark_read(shown, officer=assignee)
    assert reload_case(case).unread_reason == UnreadUpdate.MESSAGE


def test_a_task_is_new_for_its_assignee(case: Case, assignee: Officer, officer: Make, now: dt.datetime) -> None:
    mate, team = officer(), officer("VILLAGE_TEAM")
    officer_actions.assign_case(code=case.code, officer=assignee, to=team, reason="Xem giúp", version=None, now=now)
    sign_in_browser(assignee).get(build_case_url(case))
    assert GIVEN in find_row(team, case) and GIVEN in find_row(mate, case)
    sign_in_browser(team).get(build_case_url(case))
    assert GIVEN not in find_row(team, case)


def test_a_team_note_is_new_for_officers_not_for_the_team(
    case: Case, assignee: Officer, officer: Make, now: dt.datetime
) -> None:
    team = officer("VILLAGE_TEAM")
    officer_actions.assign_case(code=case.code, officer=assignee, to=team, version=None, now=now)
    sign_in_browser(team).get(build_case_url(case))
    sign_in_browser(team).post(build_case_url(case, "ghi-chu"), {"text": "Bắt quả tang 2 người, cần công an ra ngay"})
    sign_in_browser(team).get(build_case_url(case))
    assert NOTE in find_row(assignee, case)
    sign_in_browser(assignee).get(build_case_url(case))
    assert NOTE not in find_row(assignee, case)
    closing.add_evidence(code=case.code, officer=team, text="Biên bản nhắc nhở", version=None, now=now)
    assert NOTE in find_row(assignee, case)
    sign_in_browser(assignee).get(build_case_url(case))
    officer_actions.add_note(code=case.code, officer=assignee, text="Đã đọc", now=now)
    assert NOTE not in find_row(assignee, case), "an officer's own note is no update"


def test_a_transferred_case_is_new_for_the_receiving_unit(
    case: Case, assignee: Officer, officer: Make, unit: Make
) -> None:
    there, now = officer("OFFICER", "18073"), case.updated_at
    transfer_fields = {
        "code": case.code,
        "officer": assignee,
        "reason": "Xảy ra bên phường",
        "version": None,
        "now": now,
    }
    officer_actions.transfer(unit=unit("18073"), **transfer_fields)
    assert GIVEN in find_row(there, case)
    sign_in_browser(there).get(build_case_url(case))
    assert GIVEN not in find_row(there, case)


def test_closed_cases_are_no_news(case: Case, assignee: Officer, now: dt.datetime) -> None:
    add_message(case, now)
    closing.close_case(
        code=case.code, officer=assignee, outcome=Outcome.ANSWERED, result="Đã nhắc.", version=None, now=now
    )
    assert reload_case(case).unread_reason == UnreadUpdate.NONE and WORD not in find_row(assignee, case, "?xem=tat-ca")


def test_a_team_desk_does_not_mention_an_alarm_it_never_gets(assignee: Officer, officer: Make) -> None:
    assert "data-sound" in sign_in_browser(assignee).get("/ban-truc").content.decode()
    assert "data-sound" not in sign_in_browser(officer("VILLAGE_TEAM")).get("/ban-truc").content.decode()
