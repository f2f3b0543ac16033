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
from binhyen.cases.queries.lost_found import Board, Matches, board, matches
from binhyen.cases.services import closing, linking, lost_found, officer_actions
from binhyen.cases.tests.scene import browser, open_case, told, url
from binhyen.kit import clock
from binhyen.kit.ids import show_code
from binhyen.kit.models import LiveEvent

pytestmark = pytest.mark.django_db
LOST = "Tôi đánh rơi ví da màu nâu ở chợ Thành Sen, trong có căn cước tên Nguyễn Văn An"
FOUND = "Nhặt được ví da màu nâu, trong có căn cước tên Nguyễn Văn An"
KEYS = "Nhặt được chùm chìa khóa xe Honda có móc hình con gấu màu đỏ"


@pytest.fixture(autouse=True)
def _fresh_board() -> None:
    board.__init__()  # type: ignore[misc]  # ids start anew in tests; in a program they never do


def lost(unit: Any, text: str = LOST, **more: Any) -> Case:
    return open_case(unit, text=text, category="lost_item", title="Đánh rơi", place="", **more)


def found(unit: Any, text: str = FOUND, **more: Any) -> Case:
    return open_case(unit, text=text, category="found_item", title="Nhặt được", place="", **more)


def match(*cases: Case) -> int:
    return lost_found.match(case_ids=[c.pk for c in cases], now=clock.now())


def named(case: Case) -> list[dict[str, Any]]:
    return list(case.events.filter(verb="matched").values_list("data", flat=True))


@pytest.mark.parametrize("first", ["lost", "found"])
def test_both_desks_hear_whichever_came_first(unit: Any, first: str) -> None:
    here, there = unit("18073"), unit("18568")
    one, other = (lost(here), found(there)) if first == "lost" else (found(there), lost(here))
    found(there, KEYS)
    assert match(other) == 1
    assert (named(one), named(other)) == ([{"cases": [other.code]}], [{"cases": [one.code]}])
    heard = LiveEvent.objects.filter(data__verb="matched")
    assert {t for e in heard for t in e.topics} >= {f"unit:{here.pk}", f"unit:{there.pk}", "province"}
    assert all("ví" not in json.dumps(e.data) and "cases" not in e.data for e in heard), (
        "only the codes of the officer's own case"
    )
    assert match(other) == match(one) == 0, "written once"
    assert len(named(one)) == len(named(other)) == 1


def test_what_does_not_fit_is_silent(unit: Any) -> None:
    one = lost(unit("18073"))
    assert match(found(unit("18568"), KEYS), found(unit("18073"), "Nhặt được con chó lông trắng đi lạc")) == 0
    assert match(lost(unit("18568"))) == 0, "two lost posts are no match"
    assert named(one) == []


def test_the_desk_of_the_province_shows_what_may_belong_together(unit: Any, officer: Any) -> None:
    """Until they are linked or one side is closed. The desk of a commune shows nothing: its case does."""
    mine, theirs = lost(unit("18073")), found(unit("18568"))
    other = found(unit("18568"), KEYS)
    tag, duty = '<span class="tag tag-info">Có thể khớp</span>', officer("PROVINCE_DUTY", "42")
    assert match(theirs) == 1 and match(other) == 0

    def tagged(person: Any, query: str = "") -> set[str]:
        rows = browser(person).get(f"/ban-truc{query}").content.decode().split('data-row="')[1:]
        return {row.split('"')[0] for row in rows if tag in row}

    for query in ("", "?q=ví"):
        assert tagged(duty, query) == {mine.code, theirs.code}, query
    assert tagged(officer("PROVINCE_STAFF", "42")) == {mine.code, theirs.code}
    assert tagged(officer("OFFICER", "18073")) == tagged(officer("OFFICER", "18568")) == set()
    Case.objects.filter(pk=mine.pk).update(barred=[duty.pk])
    assert tagged(duty) == set(), "a restricted case is not revealed by its counterpart"
    Case.objects.filter(pk=mine.pk).update(barred=None)
    linking.relate(code=mine.code, other=theirs.code, kind=Relation.Kind.MATCH, officer=duty, version=None,
                   now=clock.now())  # fmt: skip
    assert tagged(duty) == set(), "linked"


def test_what_is_over_belongs_to_nothing_any_more(unit: Any, officer: Any) -> None:
    mine, theirs, duty = lost(unit("18073")), found(unit("18568")), officer("PROVINCE_DUTY", "42")
    assert match(theirs) == 1
    assert "Có thể khớp" in browser(duty).get("/ban-truc").content.decode()
    closing.close(code=mine.code, officer=duty, outcome=Outcome.ANSWERED, result="Đã tìm thấy ở nhà.", version=None,
                  now=clock.now())  # fmt: skip
    assert "Có thể khớp" not in browser(duty).get("/ban-truc?xem=tat-ca").content.decode()


def test_the_desk_asks_the_same_for_one_pair_and_for_many(unit: Any, officer: Any) -> None:
    duty = browser(officer("PROVINCE_DUTY", "42"))
    duty.get("/ban-truc")
    asked = []
    for _ in range(2):
        for _ in range(3):
            lost(unit("18073"))
            match(found(unit("18568")))
        with CaptureQueriesContext(connection) as caught:
            assert "Có thể khớp" in duty.get("/ban-truc").content.decode()
        asked.append(len(caught))
    assert asked[0] == asked[1] <= 9, asked


def test_officers_see_within_their_sight_and_only_a_number_beyond(unit: Any, officer: Any) -> None:
    mine, theirs = lost(unit("18073")), found(unit("18568"))
    near = found(unit("18073"), FOUND + ", để ở quầy thuốc")
    assert match(theirs, near) == 2
    page = browser(officer("OFFICER", "18073")).get(url(mine)).content.decode()
    panel = page.split("Có thể là của nhau")[1].split("</details>")[0]
    assert show_code(near.code) in panel and "cùng màu nâu" in panel.lower() and "%" in panel
    assert "1 tin nhặt được do đơn vị khác giữ có thể khớp" in panel
    assert show_code(theirs.code) not in page and theirs.code not in page
    high = browser(officer("PROVINCE_DUTY", "42")).get(url(mine)).content.decode()
    assert show_code(near.code) in high and show_code(theirs.code) in high
    assert "đơn vị khác giữ" not in high
    other = browser(officer("OFFICER", "18568")).get(url(theirs)).content.decode()
    assert "1 tin báo mất do đơn vị khác giữ có thể khớp" in other and show_code(mine.code) not in other


def test_joining_the_two_from_the_page(unit: Any, officer: Any) -> None:
    mine, near = lost(unit("18073")), found(unit("18073"))
    match(near)
    duty = officer("OFFICER", "18073")
    mine.refresh_from_db()
    answer = browser(duty).post(url(mine, "lien-ket"), {"version": mine.version, "into": show_code(near.code)})
    assert answer.status_code == 303 and mine.relations.filter(other=near).exists()


def test_a_page_of_another_kind_has_no_such_panel(unit: Any, officer: Any) -> None:
    fight = open_case(unit("18073"))
    duty = officer("OFFICER", "18073")
    assert matches(duty, fight, now=clock.now()) == Matches()
    assert "Có thể là của nhau" not in browser(duty).get(url(fight)).content.decode()


def test_nothing_sensitive_closed_or_old(unit: Any, officer: Any, now: dt.datetime) -> None:
    seat, duty = unit("18073"), officer("CHIEF", "18073")
    assert match(lost(seat, sensitive=True), found(seat, sensitive=True)) == 0
    match(found(seat, now=now - dt.timedelta(days=61)))
    one, other = lost(seat), found(seat)
    assert match(one) == 1, "the control: without any of these they match"
    closing.close(code=other.code, officer=duty, outcome=Outcome.ANSWERED, result="Đã trả lại.", version=None, now=now)
    assert matches(duty, one, now=now) == Matches()
    late = lost(seat, LOST + " hôm qua")
    assert match(late) == 0, "the group page may still list it, the desk matches open cases only"


def test_the_board_forgets_what_closed_and_takes_in_what_it_missed(unit: Any, now: dt.datetime) -> None:
    own = Board()
    one, other = lost(unit("18073")), found(unit("18568"))
    assert [len(r) for _, r in own.matches([other.pk], now=now)] == [1]
    Case.objects.filter(pk=one.pk).update(sensitive=True)
    assert len(own) == 2
    assert own.matches([other.pk], now=now + dt.timedelta(minutes=2)) == [(other.pk, [])]
    assert len(own) == 1
    third = lost(unit("18073"))  # no report named it
    assert own.matches([other.pk], now=now + dt.timedelta(minutes=4))[0][1][0].id == str(third.pk)


def test_promoted_and_corrected_posts_are_matched_too(unit: Any, officer: Any) -> None:
    duty, message = officer("OFFICER", "18073"), told(unit("18073"), text=LOST)
    wrong = open_case(unit("18073"), text=FOUND, category="theft")
    case = linking.promote(message_id=str(message.public_id), officer=duty, category="lost_item", urgency=1,
                           ladder=_ladder(), now=clock.now())  # fmt: skip
    officer_actions.reclassify(
        code=wrong.code, officer=duty, category="found_item", urgency=1, version=None, now=clock.now()
    )
    assert _waiting() == [[case.pk], [wrong.pk]]
    jobs.match(case_ids=[wrong.pk])
    assert named(case) == [{"cases": [wrong.code]}]


def _ladder() -> Any:
    from binhyen.cases.escalation_settings import ladder

    return ladder()


def _waiting() -> list[list[int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->'case_ids' FROM procrastinate_jobs WHERE task_name = 'cases.match' ORDER BY id")
        return [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in cursor.fetchall()]
