"""Lost and found posts are matched on arrival, across communes; each officer sees only the allowed part."""

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from binhyen.cases import jobs
from binhyen.cases.choices import Outcome
from binhyen.cases.models import Case, Relation
from binhyen.cases.queries.lost_found import MatchResult, PostIndex, list_matches, post_index
from binhyen.cases.services import closing, linking, lost_found, officer_actions
from binhyen.cases.tests.scene import build_case_url, create_message, open_case, sign_in_browser
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.kit.models import LiveEvent

pytestmark = pytest.mark.django_db
LOST = "Tôi đánh rơi ví da màu nâu ở chợ Thành Sen, trong có căn cước tên Nguyễn Văn An"
FOUND = "Nhặt được ví da màu nâu, trong có căn cước tên Nguyễn Văn An"
KEYS = "Nhặt được chùm chìa khóa xe Honda có móc hình con gấu màu đỏ"


@pytest.fixture(autouse=True)
def _fresh_board() -> None:
    post_index.__init__()  # type: ignore[misc]  # ids start anew in tests; in a program they never do


def open_lost_case(unit: Any, text: str = LOST, **more: Any) -> Case:
    return open_case(unit, text=text, category="lost_item", title="Đánh rơi", place="", **more)


def open_found_case(unit: Any, text: str = FOUND, **more: Any) -> Case:
    return open_case(unit, text=text, category="found_item", title="Nhặt được", place="", **more)


def run_matching(*cases: Case) -> int:
    return lost_found.match_posts(case_ids=[c.pk for c in cases], now=clock.now())


def list_match_events(case: Case) -> list[dict[str, Any]]:
    return list(case.events.filter(verb="matched").values_list("data", flat=True))


@pytest.mark.parametrize("first", ["lost", "found"])
def test_both_desks_are_notified_in_either_order(unit: Any, first: str) -> None:
    here, there = unit("18073"), unit("18568")
    left, right = (
        (open_lost_case(here), open_found_case(there))
        if first == "lost"
        else (open_found_case(there), open_lost_case(here))
    )
    open_found_case(there, KEYS)
    assert run_matching(right) == 1
    assert (list_match_events(left), list_match_events(right)) == ([{"cases": [right.code]}], [{"cases": [left.code]}])
    live_events = LiveEvent.objects.filter(data__verb="matched")
    assert {t for e in live_events for t in e.topics} >= {f"unit:{here.pk}", f"unit:{there.pk}", "province"}
    assert all("ví" not in json.dumps(e.data) and "cases" not in e.data for e in live_events), (
        "only the codes of the officer's own case"
    )
    assert run_matching(right) == run_matching(left) == 0, "written once"
    assert len(list_match_events(left)) == len(list_match_events(right)) == 1


def test_unmatched_posts_raise_no_event(unit: Any) -> None:
    left = open_lost_case(unit("18073"))
    assert (
        run_matching(
            open_found_case(unit("18568"), KEYS), open_found_case(unit("18073"), "Nhặt được con chó lông trắng đi lạc")
        )
        == 0
    )
    assert run_matching(open_lost_case(unit("18568"))) == 0, "two lost posts are no match"
    assert list_match_events(left) == []


def test_the_province_desk_shows_possible_matches(unit: Any, officer: Any) -> None:
    """Until they are linked or one side is closed. The desk of a commune shows nothing: its case does."""
    own_case, other_case = open_lost_case(unit("18073")), open_found_case(unit("18568"))
    other = open_found_case(unit("18568"), KEYS)
    tag, duty = '<span class="tag tag-info">Có thể khớp</span>', officer("PROVINCE_DUTY", "42")
    assert run_matching(other_case) == 1 and run_matching(other) == 0

    def tagged(person: Any, query: str = "") -> set[str]:
        rows = sign_in_browser(person).get(f"/ban-truc{query}").content.decode().split('data-row="')[1:]
        return {row.split('"')[0] for row in rows if tag in row}

    for query in ("", "?q=ví"):
        assert tagged(duty, query) == {own_case.code, other_case.code}, query
    assert tagged(officer("PROVINCE_STAFF", "42")) == {own_case.code, other_case.code}
    assert tagged(officer("OFFICER", "18073")) == tagged(officer("OFFICER", "18568")) == set()
    Case.objects.filter(pk=own_case.pk).update(excluded_officers=[duty.pk])
    assert tagged(duty) == set(), "a restricted case is not revealed by its counterpart"
    Case.objects.filter(pk=own_case.pk).update(excluded_officers=None)
    linking.link_cases(
        code=own_case.code, other=other_case.code, kind=Relation.Kind.MATCH, officer=duty, version=None, now=clock.now()
    )
    assert tagged(duty) == set(), "linked"


def test_closed_cases_are_matched_no_more(unit: Any, officer: Any) -> None:
    own_case, other_case, duty = (
        open_lost_case(unit("18073")),
        open_found_case(unit("18568")),
        officer("PROVINCE_DUTY", "42"),
    )
    assert run_matching(other_case) == 1
    assert "Có thể khớp" in sign_in_browser(duty).get("/ban-truc").content.decode()
    closing.close_case(
        code=own_case.code,
        officer=duty,
        outcome=Outcome.ANSWERED,
        result="Đã tìm thấy ở nhà.",
        version=None,
        now=clock.now(),
    )
    assert "Có thể khớp" not in sign_in_browser(duty).get("/ban-truc?xem=tat-ca").content.decode()


def test_the_desk_needs_the_same_queries_for_one_pair_and_for_many(unit: Any, officer: Any) -> None:
    duty = sign_in_browser(officer("PROVINCE_DUTY", "42"))
    duty.get("/ban-truc")
    asked = []
    for _ in range(2):
        for _ in range(3):
            open_lost_case(unit("18073"))
            run_matching(open_found_case(unit("18568")))
        with CaptureQueriesContext(connection) as caught:
            assert "Có thể khớp" in duty.get("/ban-truc").content.decode()
        asked.append(len(caught))
    assert asked[0] == asked[1] <= 9, asked


def test_officers_see_within_their_sight_and_only_a_number_beyond(unit: Any, officer: Any) -> None:
    own_case, other_case = open_lost_case(unit("18073")), open_found_case(unit("18568"))
    near = open_found_case(unit("18073"), FOUND + ", để ở quầy thuốc")
    assert run_matching(other_case, near) == 2
    page = sign_in_browser(officer("OFFICER", "18073")).get(build_case_url(own_case)).content.decode()
    panel = page.split("Có thể trùng khớp")[1].split("</details>")[0]
    assert format_code(near.code) in panel and "cùng màu nâu" in panel.lower()
    assert "%" not in panel, "the score is not calibrated"
    assert "1 tin nhặt được do đơn vị khác giữ có thể khớp" in panel
    assert format_code(other_case.code) not in page and other_case.code not in page
    high = sign_in_browser(officer("PROVINCE_DUTY", "42")).get(build_case_url(own_case)).content.decode()
    assert format_code(near.code) in high and format_code(other_case.code) in high
    assert "đơn vị khác giữ" not in high
    other = sign_in_browser(officer("OFFICER", "18568")).get(build_case_url(other_case)).content.decode()
    assert "1 tin báo mất do đơn vị khác giữ có thể khớp" in other and format_code(own_case.code) not in other


def test_joining_the_two_from_the_page(unit: Any, officer: Any) -> None:
    own_case, near = open_lost_case(unit("18073")), open_found_case(unit("18073"))
    run_matching(near)
    duty = officer("OFFICER", "18073")
    own_case.refresh_from_db()
    answer = sign_in_browser(duty).post(
        build_case_url(own_case, "lien-ket"), {"version": own_case.version, "into": format_code(near.code)}
    )
    assert answer.status_code == 303 and own_case.relations.filter(related_case=near).exists()


def test_a_page_of_another_kind_has_no_such_panel(unit: Any, officer: Any) -> None:
    fight = open_case(unit("18073"))
    duty = officer("OFFICER", "18073")
    assert list_matches(duty, fight, now=clock.now()) == MatchResult()
    assert "Có thể trùng khớp" not in sign_in_browser(duty).get(build_case_url(fight)).content.decode()


def test_nothing_sensitive_closed_or_old(unit: Any, officer: Any, now: dt.datetime) -> None:
    seat, duty = unit("18073"), officer("CHIEF", "18073")
    assert run_matching(open_lost_case(seat, sensitive=True), open_found_case(seat, sensitive=True)) == 0
    run_matching(open_found_case(seat, now=now - dt.timedelta(days=61)))
    left, right = open_lost_case(seat), open_found_case(seat)
    assert run_matching(left) == 1, "the control: without any of these they match"
    closing.close_case(
        code=right.code, officer=duty, outcome=Outcome.ANSWERED, result="Đã trả lại.", version=None, now=now
    )
    assert list_matches(duty, left, now=now) == MatchResult()
    late = open_lost_case(seat, LOST + " hôm qua")
    assert run_matching(late) == 0, "the group page may still list it, the desk matches open cases only"


def test_the_board_drops_closed_cases_and_adds_missed_ones(unit: Any, now: dt.datetime) -> None:
    private_board = PostIndex()
    left, right = open_lost_case(unit("18073")), open_found_case(unit("18568"))
    assert [len(r) for _, r in private_board.matches([right.pk], now=now)] == [1]
    Case.objects.filter(pk=left.pk).update(sensitive=True)
    assert len(private_board) == 2
    assert private_board.matches([right.pk], now=now + dt.timedelta(minutes=2)) == [(right.pk, [])]
    assert len(private_board) == 1
    third = open_lost_case(unit("18073"))  # no report named it
    assert private_board.matches([right.pk], now=now + dt.timedelta(minutes=4))[0][1][0].id == str(third.pk)


def test_promoted_and_corrected_posts_are_matched_too(unit: Any, officer: Any) -> None:
    duty, message = officer("OFFICER", "18073"), create_message(unit("18073"), text=LOST)
    wrong = open_case(unit("18073"), text=FOUND, category="theft")
    case = linking.promote_message(
        message_id=str(message.public_id),
        officer=duty,
        category="lost_item",
        urgency=1,
        ladder=_get_escalation(),
        now=clock.now(),
    )
    officer_actions.reclassify_case(
        code=wrong.code, officer=duty, category="found_item", urgency=1, version=None, now=clock.now()
    )
    assert _list_waiting() == [[case.pk], [wrong.pk]]
    jobs.run_lost_found_matching(case_ids=[wrong.pk])
    assert list_match_events(case) == [{"cases": [wrong.code]}]


def _get_escalation() -> Any:
    from binhyen.cases.escalation_settings import get_alarm_delays

    return get_alarm_delays()


def _list_waiting() -> list[list[int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->'case_ids' FROM procrastinate_jobs WHERE task_name = 'cases.match' ORDER BY id")
        return [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in cursor.fetchall()]
