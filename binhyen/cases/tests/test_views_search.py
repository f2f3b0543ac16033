"""Global search for every role, with and without diacritics, by number in any format, with and without script."""

import datetime as dt
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from binhyen.areas.queries import search_places
from binhyen.cases.queries.global_search import search_everything
from binhyen.cases.tests.scene import HTMX, create_message, open_case, sign_in_browser
from binhyen.channels.queries import search_unassigned_messages
from binhyen.channels.services import MessageToStore, store_messages
from binhyen.kit import clock
from binhyen.kit.ids import format_code, generate_code
from binhyen.kit.search_terms import parse_search
from binhyen.people.models import Officer

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


def open_search(officer: Any, query: str) -> str:
    response = sign_in_browser(officer).get("/tim", {"q": query})
    assert response.status_code == 200
    return response.content.decode()


def create_keyed_message(unit: Any, text: str, *keys: str) -> Any:
    """Create an unassigned message with canonical values as intake stores them."""
    like = create_message(unit, text="x")
    (message,) = store_messages(
        [
            MessageToStore(
                channel_id=like.channel_id,
                conversation_id=like.conversation_id,
                group_id=None,
                reporter_id=like.reporter_id,
                unit_id=unit.pk,
                external_id=generate_code(),
                text=text,
                sent_at=clock.now(),
                category="other",
                urgency=0,
                sensitive=False,
                reading={},
                keys=keys,
            )
        ],
        now=clock.now(),
    )
    return message


def test_owner_colleague_stranger(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"), text="Có kẻ trộm bưởi Phúc Trạch", title="Trộm bưởi")
    message = create_message(unit("18568"), text="Bưởi Phúc Trạch năm nay được mùa")
    owner, colleague, stranger = officer(), officer("CHIEF"), officer("OFFICER", "18073")
    for person in (owner, colleague, officer("PROVINCE_DUTY", "42")):
        shown = open_search(person, "bưởi Phúc Trạch")
        assert format_code(case.code) in shown and message.text in shown
    for person in (stranger, officer("VILLAGE_TEAM")):
        shown = open_search(person, "bưởi Phúc Trạch")
        assert format_code(case.code) not in shown and message.text not in shown
    team = officer("VILLAGE_TEAM")
    case.assignee = team
    case.save()
    assert format_code(case.code) in open_search(team, "bưởi"), "the officer's own task"
    assert message.text not in open_search(team, "bưởi")
    assert sign_in_browser(officer("OPERATOR", "42")).get("/tim?q=buoi").status_code == 403
    assert sign_in_browser(None).get("/tim?q=buoi").status_code == 302


@pytest.mark.parametrize(
    "query", ["mà tuý", "ma tuy", "MA TÚY", unicodedata.normalize("NFD", "ma túy"), "ma tu", "tuy ma"]
)
def test_found_without_marks_and_exact_matches_first(officer: Make, unit: Make, query: str) -> None:
    right = create_message(unit("18568"), text="Có ma tuý ở quán nước")
    wrong = create_message(unit("18568"), text="Mã tuỳ theo từng nhà")
    texts = [m.text for m in search_everything(officer(), query, now=clock.now()).messages]
    assert set(texts) == {right.text, wrong.text}, "without diacritics everything matches"
    if query in {"MA TÚY", "mà tuý", unicodedata.normalize("NFD", "ma túy")}:
        first = [right.text, wrong.text]
        assert texts == (first if query != "mà tuý" else first[::-1]), "«mà» matches nothing exactly: newest first"
    if query == "ma tuy":
        assert texts == [wrong.text, right.text], "no diacritics: newest first"


def test_a_case_is_found_by_the_title_that_officers_read(officer: Make, unit: Make) -> None:
    """«Trộm, cướp · chợ Nghèn», although the reporter wrote «lấy mất xe»."""
    case = open_case(unit("18568"), text="Ai lấy mất xe cháu để ở cổng", title="Trộm, cướp · cổng chợ")
    for query in ("trộm", "trom", "cướp cổng chợ"):
        assert [row["code"] for row in search_everything(officer(), query, now=clock.now()).cases] == [case.code], query
        assert format_code(case.code) in sign_in_browser(officer()).get("/ban-truc", {"q": query}).content.decode()


def test_cases_with_the_exact_marks_are_first(officer: Make, unit: Make) -> None:
    right = open_case(unit("18568"), text="Mất bò ở đồng", title="Mất bò")
    open_case(unit("18568"), text="Mắt bồ câu", title="Mắt bồ")
    rows = search_everything(officer(), "mất bò", now=clock.now()).cases
    assert len(rows) == 2
    assert rows[0]["code"] == right.code


@pytest.mark.parametrize(
    ("key", "written", "typed"),
    [
        ("0912345678", "Gọi 0912.345.678 nhé", ["0912345678", "0912 345 678", "+84 912 345 678", "0912.345", "091234"]),
        ("0912345678", "Gọi không chín một hai", ["0912-345-678", "84912345678"]),
        ("38a12345", "Xe 38A-123.45 bỏ chạy", ["38A12345", "38a 123.45", "38A-123.45", "38A-123", "xe 38A 12345"]),
        ("19034567890123", "Stk 1903 4567 8901 23", ["19034567890123", "1903 4567 8901 23", "190345678"]),
    ],
)
def test_numbers_by_their_canonical_value(officer: Make, unit: Make, key: str, written: str, typed: list[str]) -> None:
    message = create_keyed_message(unit("18568"), written, key)
    create_keyed_message(
        unit("18568"), "Gọi 0987 654 321, xe 38A-999.99, stk 1111 2222 3333 44", "0987654321", "38a99999"
    )
    for query in typed:
        assert [m.pk for m in search_unassigned_messages(officer(), parse_search(query))] == [message.pk], query


def test_intake_stores_the_canonical_values(officer: Make, client: Any, unit: Make) -> None:
    from binhyen.intake.tests.web import submit_report

    submit_report(client, "Có người gọi lừa đảo bằng số +84 912.345.678 ở xã Lộc Hà")
    assert len(search_everything(officer("PROVINCE_DUTY", "42"), "0912 345 678", now=clock.now()).cases) == 1


def test_by_code_with_or_without_a_hyphen(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    for typed in (case.code, format_code(case.code), format_code(case.code).lower()):
        assert format_code(case.code) in open_search(officer(), typed)
    assert format_code(case.code) not in open_search(officer("OFFICER", "18073"), case.code)


def test_people_are_found_only_with_permission(officer: Make) -> None:
    officer("CHIEF", name="Nguyễn Thị Đào")
    officer("OFFICER", "18073", name="Nguyễn Văn Đạo")
    gone = officer("OFFICER", name="Nguyễn Đào Cũ")
    Officer.objects.filter(pk=gone.pk).update(is_active=False)
    own_answer = open_search(officer(), "dao")
    assert "Nguyễn Thị Đào" in own_answer and "Nguyễn Văn Đạo" not in own_answer and gone.name not in own_answer
    far = [o.name for o in search_everything(officer("PROVINCE_STAFF", "42"), "Đạo", now=clock.now()).officers]
    assert far == ["Nguyễn Văn Đạo", "Nguyễn Thị Đào"]
    assert not search_everything(officer("VILLAGE_TEAM"), "dao", now=clock.now()).officers


def test_places_of_any_age(officer: Make) -> None:
    shown = open_search(officer("PROVINCE_DUTY", "42"), "Lộc Hà")
    assert "Xã Lộc Hà" in shown and "/ban-truc?xem=tat-ca&amp;xa=18568" in shown
    assert "xem=tat-ca" not in open_search(officer(), "Lộc Hà")
    today = clock.to_vietnam_day(clock.now())
    assert search_places("Nam Đàn", today=today, limit=1), "control: a place of another province"
    assert 'id="tim-noi"' not in open_search(officer(), "Nam Đàn"), "it would lead nowhere"


def test_as_you_type_and_with_script_off(officer: Make, unit: Make) -> None:
    message = create_message(unit("18568"), text="Trâu lạc vào ruộng")
    client = sign_in_browser(officer())
    whole = client.get("/tim?q=trâu")
    part = client.get("/tim?q=trâu", **HTMX)
    assert whole["Vary"].startswith("HX-Request") or "HX-Request" in whole["Vary"]
    for text in (whole.content.decode(), part.content.decode()):
        assert message.text in text
    assert "<html" in whole.content.decode() and 'method="get" action="/tim"' in whole.content.decode()
    assert "<html" not in part.content.decode() and part.content.decode().lstrip().startswith('<div id="tim-thay"')
    for beginning in ("tr", "tra", "trau la", "trau lac v"):
        assert message.text in client.get("/tim", {"q": beginning}, **HTMX).content.decode(), beginning
    assert message.text not in client.get("/tim?q=").content.decode()
    assert "Không thấy gì" in client.get("/tim?q=khongcogi").content.decode()
    assert 'name="q" value="trâu"' in whole.content.decode() and "data-search" in whole.content.decode()


def test_case_contents_are_found_through_the_case(officer: Make, unit: Make) -> None:
    message = create_message(unit("18568"), text="Cây đổ chắn đường")
    client = sign_in_browser(officer())
    client.post(f"/tin-nhan/{message.public_id}/mo-vu-viec")
    results = search_everything(officer(), "cay do", now=clock.now())
    assert (len(results.cases), results.messages) == (1, [])


def test_the_number_of_statements_does_not_grow(officer: Make, unit: Make) -> None:
    person = officer()
    for number in range(12):
        create_message(unit("18568"), text=f"Trâu lạc số {number}")
        open_case(unit("18568"), text=f"Trâu lạc số {number}")
    search_everything(person, "trâu lạc", now=clock.now())
    with CaptureQueriesContext(connection) as caught:
        results = search_everything(person, "trâu lạc", now=clock.now())
    assert (len(results.cases), len(results.messages)) == (12, 12)
    assert len(caught) <= 9


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=dt.timedelta(seconds=5),
)
@given(st.text(max_size=60) | st.text(alphabet="a&|!:*'<->() 0.-38\\\"%_", max_size=20))
def test_anything_may_be_typed(officer: Make, typed: str) -> None:
    person = Officer.objects.first() or officer()
    search_everything(person, typed, now=clock.now())


def test_results_do_not_appear_as_page_notices(officer: Make, unit: Make) -> None:
    create_message(unit("18568"), text="Bưởi Phúc Trạch năm nay được mùa")
    shown = open_search(officer(), "bưởi Phúc Trạch")
    assert "năm nay được mùa" in shown
    assert "note flash" not in shown, "Django's notices use the name `messages`"
