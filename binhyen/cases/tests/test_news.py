"""Updates of a case are marked as unread in the list until an officer concerned has opened it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.choices import News, Outcome
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.models import Case
from binhyen.cases.services import closing, officer_actions
from binhyen.cases.services.follow_ups import Hearing, hear
from binhyen.cases.services.view_log import look
from binhyen.cases.tests.scene import browser, fresh, open_case, told, url
from binhyen.kit.text import fold
from binhyen.people.models import Officer

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
WORD, NOTE, GIVEN = "Lời mới", "Ghi chú mới", "Mới giao"


@pytest.fixture
def mine(officer: Make) -> Officer:
    person: Officer = officer()
    return person


@pytest.fixture
def case(unit: Make, mine: Officer, now: dt.datetime) -> Case:
    found = open_case(unit("18568"), now=now)
    officer_actions.take(code=found.code, officer=mine, version=None, now=now)
    return fresh(found)


def say(case: Case, now: dt.datetime, text: str = "Hôm nay họ lại xả nữa") -> None:
    more = told(case.unit, text=text, held=True, now=now)
    hear(
        [Hearing(case.pk, more.pk, more.reporter_id, more.conversation_id, fold(text), more.marked, 1)],
        ladder=ladder(), now=now,
    )  # fmt: skip


def row(person: Officer, case: Case, query: str = "") -> str:
    page: str = browser(person).get(f"/ban-truc{query}").content.decode()
    return page.partition(f'data-row="{case.code}"')[2].partition("</tr>")[0]


def test_a_further_word_is_marked_until_somebody_of_the_unit_opens_it(
    case: Case, mine: Officer, officer: Make, now: dt.datetime
) -> None:
    mate, duty = officer(), officer("PROVINCE_DUTY", "42")
    assert WORD not in row(mine, case)
    say(case, now)
    assert WORD in row(mine, case) and WORD in row(mate, case)
    browser(duty).get(url(case))
    assert WORD in row(mine, case), "the province has not answered it"
    before = fresh(case).version
    assert WORD in row(mate, case, "?xem=moi") and case.code in row(mate, case, "?xem=moi").replace("-", "")
    browser(mate).get(url(case))
    assert WORD not in row(mine, case) and row(mine, case, "?xem=moi") == ""
    assert fresh(case).version == before, "a concurrent form is not rejected"


def tab(person: Officer) -> str:
    page: str = browser(person).get("/ban-truc").content.decode()
    return page.partition("Có mới<span")[2].partition("</span>")[0].rpartition(">")[2]


def test_the_tab_says_how_many_for_whom_they_are(case: Case, mine: Officer, officer: Make, now: dt.datetime) -> None:
    duty, chief, team = officer("PROVINCE_DUTY", "42"), officer("CHIEF"), officer("VILLAGE_TEAM")
    everybody = (mine, chief, duty, team)
    assert [tab(person) for person in everybody] == ["0", "0", "0", "0"]
    say(case, now)
    assert [tab(person) for person in everybody] == ["1", "1", "0", "0"], "the province is notified of its own cases"
    officer_actions.assign(code=case.code, officer=chief, to=team, version=None, now=now)
    assert [tab(person) for person in everybody] == ["0", "0", "0", "1"]
    officer_actions.note(code=case.code, officer=team, text="Đã xuống xem", now=now)
    assert [tab(person) for person in everybody] == ["1", "1", "0", "0"], "its own note is no update for the team"
    assert NOTE in row(mine, case) and NOTE not in row(team, case)


def test_what_comes_while_the_page_is_read_stays_marked(case: Case, mine: Officer, now: dt.datetime) -> None:
    say(case, now)
    shown = fresh(case)
    say(Case.objects.get(pk=case.pk), now, "Họ vừa về")
    look(shown, officer=mine)
    assert fresh(case).news == News.WORDS


def test_a_task_is_new_to_whom_it_was_given(case: Case, mine: Officer, officer: Make, now: dt.datetime) -> None:
    mate, team = officer(), officer("VILLAGE_TEAM")
    officer_actions.assign(code=case.code, officer=mine, to=team, reason="Xem giúp", version=None, now=now)
    browser(mine).get(url(case))
    assert GIVEN in row(team, case) and GIVEN in row(mate, case)
    browser(team).get(url(case))
    assert GIVEN not in row(team, case)


def test_what_the_team_writes_is_new_to_the_officers_not_to_itself(
    case: Case, mine: Officer, officer: Make, now: dt.datetime
) -> None:
    team = officer("VILLAGE_TEAM")
    officer_actions.assign(code=case.code, officer=mine, to=team, version=None, now=now)
    browser(team).get(url(case))
    browser(team).post(url(case, "ghi-chu"), {"text": "Bắt quả tang 2 người, cần công an ra ngay"})
    browser(team).get(url(case))
    assert NOTE in row(mine, case)
    browser(mine).get(url(case))
    assert NOTE not in row(mine, case)
    closing.add_evidence(code=case.code, officer=team, text="Biên bản nhắc nhở", version=None, now=now)
    assert NOTE in row(mine, case)
    browser(mine).get(url(case))
    officer_actions.note(code=case.code, officer=mine, text="Đã đọc", now=now)
    assert NOTE not in row(mine, case), "an officer's own note is no update"


def test_what_another_unit_hands_on_is_new_there(case: Case, mine: Officer, officer: Make, unit: Make) -> None:
    there, now = officer("OFFICER", "18073"), case.updated_at
    told_ = {"code": case.code, "officer": mine, "reason": "Xảy ra bên phường", "version": None, "now": now}
    officer_actions.hand_on(unit=unit("18073"), **told_)
    assert GIVEN in row(there, case)
    browser(there).get(url(case))
    assert GIVEN not in row(there, case)


def test_what_is_over_is_no_news(case: Case, mine: Officer, now: dt.datetime) -> None:
    say(case, now)
    closing.close(code=case.code, officer=mine, outcome=Outcome.ANSWERED, result="Đã nhắc.", version=None, now=now)
    assert fresh(case).news == News.NONE and WORD not in row(mine, case, "?xem=tat-ca")


def test_the_desk_of_a_team_says_nothing_of_a_bell_that_never_rings(mine: Officer, officer: Make) -> None:
    assert "data-sound" in browser(mine).get("/ban-truc").content.decode()
    assert "data-sound" not in browser(officer("VILLAGE_TEAM")).get("/ban-truc").content.decode()
