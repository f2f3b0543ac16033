"""Questions: the table equals the ledger, CSV has every case behind it, and each reader gets only their rights."""

import csv
import datetime as dt
import itertools
import random
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from pyarrow.parquet import read_table as parse_parquet

from binhyen.cases.choices import CATEGORY_LABELS
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.kit.clock import VIETNAM, to_vietnam_day
from binhyen.kit.ids import format_code
from binhyen.stats import services
from binhyen.stats.area_filter import ALL_AREAS, AreaFilter
from binhyen.stats.models import DayCount, SavedQuestion
from binhyen.stats.periods import Period, get_current_period
from binhyen.stats.questions import queries, spec
from binhyen.stats.questions.spec import Dimension, InvalidQuestion, Question, parse_question

Make = Callable[..., Any]
URL = "/hoi-so-lieu"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"so": "khong-co"}, "Số liệu này không có"),
        ({"hang": "mau"}, "Cách chia này không có"),
        ({"hang": "xa", "cot": "xa"}, "phải khác nhau"),
        ({"loc-muc": "9"}, "Giá trị lọc này không có"),
    ],
)
def test_an_unknown_choice_is_refused(fields: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidQuestion, match=words):
        parse_question(fields)


def test_an_address_asks_the_same_question_again() -> None:
    fields = {"so": "closed", "hang": "thang", "cot": "", "loc-muc": "3", "loc-linh-vuc": "theft"}
    question = parse_question(fields)
    assert question == Question("closed", Dimension.MONTH, Dimension.NONE, (("category", "theft"), ("urgency", "3")))
    assert dict(question.list_pairs()) == fields
    assert parse_question({}) == Question()


@pytest.mark.django_db
def test_tables_and_files_follow_the_rights_of_the_reader(
    officer: Make, unit: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, hidden = (open_case(unit(code), now=now) for code in ("18568", "18073", "18568"))
    Case.objects.filter(pk=hidden.pk).update(is_restricted=True)
    Case.objects.filter(pk=first.pk).update(acknowledged_at=first.opened_at + dt.timedelta(minutes=7), category="theft")
    services.rebuild_counts()
    year = get_current_period("nam-nay", today=to_vietnam_day(now))
    staff, colleague, stranger = officer("PROVINCE_STAFF", "42"), officer(), officer("OFFICER", "18073")
    for by in Dimension:
        answer = queries.compute_pivot(staff, Question("reports", by, Dimension.NONE), year)
        assert answer.total == 2 == sum(answer.cells.values()), by
    crossed = Question("reports", Dimension.WEEKDAY, Dimension.HOUR, (("category", "theft"),))
    local = now.astimezone(VIETNAM)
    assert queries.compute_pivot(staff, crossed, year).cells == {(local.isoweekday(), local.hour): 1}
    mean = queries.compute_pivot(staff, Question("phut-nhan-viec", Dimension.COMMUNE), year)
    assert mean.total == 7 and queries.compute_pivot(stranger, Question("phut-nhan-viec"), year).total is None
    assert queries.compute_pivot(staff, Question("dung-han"), year).total is None

    def read(reader: Any, path: str) -> str:
        response = sign_in_browser(reader).get(f"{URL}{path}")
        assert response.status_code == 200
        body = b"".join(response.streaming_content) if response.streaming else response.content
        return str(body, "utf-8-sig" if "csv" in path else "utf-8")

    page = read(staff, "?hang=xa&cot=thang&ky=nam-nay")
    assert "Xã Lộc Hà" in page and "Phường Thành Sen" in page and "/ket-qua/reports?xa=18568" in page
    assert "Phường Thành Sen" not in read(colleague, "?hang=xa&ky=nam-nay").split("<tbody>")[1].split("</tbody>")[0]
    table = read(staff, "/bang.csv?hang=xa&ky=nam-nay").splitlines()
    assert table[1:] == ["Phường Thành Sen,1", "Xã Lộc Hà,1", "Cộng,2"]
    lines = read(staff, "/vu-viec.csv?ky=nam-nay").splitlines()
    assert len(lines) == 3 and format_code(hidden.code) not in "".join(lines)
    assert f"{format_code(first.code)},{local.date()},{local:%Y-%m-%d %H:%M}" in "".join(lines)
    assert CATEGORY_LABELS["theft"] in "".join(lines) and "Công an phường Thành Sen" in "".join(lines)
    parquet = sign_in_browser(staff).get(f"{URL}/vu-viec.parquet?ky=nam-nay")
    table_of_cases = parse_parquet(BytesIO(b"".join(parquet.streaming_content)))
    rows = list(csv.DictReader(lines))
    assert [row["Mã"] for row in table_of_cases.to_pylist()] == [row["Mã"] for row in rows]
    assert table_of_cases.to_pylist()[0]["Ngày tính"] == dt.date.fromisoformat(rows[0]["Ngày tính"])
    assert table_of_cases.schema.field("Lúc nhận").type == "timestamp[ms]"
    stranger_file = sign_in_browser(stranger).get(f"{URL}/vu-viec.parquet?ky=nam-nay")
    seen = parse_parquet(BytesIO(b"".join(stranger_file.streaming_content))).column("Mã").to_pylist()
    assert format_code(first.code) not in seen
    assert format_code(second.code) not in read(colleague, "/vu-viec.csv?ky=nam-nay")
    assert format_code(first.code) not in read(stranger, "/vu-viec.csv?ky=nam-nay")
    monkeypatch.setattr(queries, "MAX_CELLS", 1)
    refused = sign_in_browser(staff).get(f"{URL}?hang=xa&cot=linh-vuc&ky=nam-nay")
    assert refused.status_code == 422 and "quá nhiều ô" in refused.content.decode()
    for role in ("DIRECTOR", "OPERATOR", "INSPECTOR"):
        assert sign_in_browser(officer(role, "42")).get(URL).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("joins", ["enable_nestloop", "enable_hashjoin", "enable_mergejoin"])
def test_a_file_lists_the_cases_in_one_order_whatever_the_plan(
    officer: Make, unit: Make, now: dt.datetime, joins: str
) -> None:
    """The planner changes its joins with the statistics of the tables; the order of a file may not follow."""
    cases = [open_case(unit(code), now=now) for code in ("18568", "18073", "18568", "18073")]
    services.rebuild_counts()
    staff = officer("PROVINCE_STAFF", "42")
    with connection.cursor() as cursor:
        for other in {"enable_nestloop", "enable_hashjoin", "enable_mergejoin"} - {joins}:
            cursor.execute(f"SET LOCAL {other} = off")
    response = sign_in_browser(staff).get(f"{URL}/vu-viec.csv?ky=nam-nay")
    lines = str(b"".join(response.streaming_content), "utf-8-sig").splitlines()
    assert [row["Mã"] for row in csv.DictReader(lines)] == [format_code(case.code) for case in cases]


@pytest.mark.django_db
def test_sums_answer_as_the_cases_do(
    officer: Make, unit: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        case = open_case(unit(("18568", "18073")[number % 2]), now=now - dt.timedelta(days=9 * number, hours=number))
        Case.objects.filter(pk=case.pk).update(category=("theft", "fire", "traffic")[number % 3])
    closed = Case.objects.filter(category="theft")
    closed.update(state="CLOSED", outcome="ANSWERED", closed_at=now)
    services.rebuild_counts()
    today = to_vietnam_day(now)
    readers = (officer("PROVINCE_STAFF", "42"), officer(), officer("OFFICER", "18073"))
    periods = (Period(today - dt.timedelta(days=80), today), get_current_period("thang-nay", today=today))
    grounds = (ALL_AREAS, AreaFilter("18568", "Xã Lộc Hà", (unit("18568").area_id,)))
    filters = ((), (("category", "fire"),), (("outcome", "ANSWERED"),))
    questions = [
        Question(measure, rows, columns, chosen)
        for measure in ("reports", "closed", "dung-han")
        for rows, columns in itertools.combinations(Dimension, 2)
        for chosen in filters
        if queries._list_sum_keys(Question(measure, rows, columns, chosen), spec.MEASURES[measure].metric)
    ]
    assert len(questions) > 100
    askings = list(itertools.product(readers, periods, grounds))
    asked = [
        (question, *askings[n % len(askings)]) for n, question in enumerate(random.Random(19).sample(questions, 36))
    ]

    def compute_all() -> list[queries.PivotResult]:
        return [
            queries.compute_pivot(reader, question, period, ground=ground) for question, reader, period, ground in asked
        ]

    summed = compute_all()
    with monkeypatch.context() as from_cases:
        from_cases.setattr(queries, "_list_sum_keys", lambda question, metric: {})
        assert summed == compute_all()
    DayCount.objects.update(value=F("value") + 1)
    assert summed != compute_all(), "answers come from the sums"


@pytest.mark.django_db
def test_a_saved_question_is_shared_only_within_the_unit(officer: Make) -> None:
    owner, colleague, stranger, staff = (
        officer(),
        officer(),
        officer("OFFICER", "18073"),
        officer("PROVINCE_STAFF", "42"),
    )
    client = sign_in_browser(owner)
    query = "so=closed&hang=linh-vuc&ky=nam-nay"
    assert client.post(f"{URL}/luu?{query}", {"ten": "x"}).status_code == 422
    assert client.post(f"{URL}/luu?hang=mau", {"ten": "Kết quả"}).status_code == 422
    assert client.post(f"{URL}/luu?{query}", {"ten": "Việc xong theo lĩnh vực"}).status_code == 303
    saved = SavedQuestion.objects.get()
    assert f"{URL}?{saved.query}".replace("&", "&amp;") in client.get(URL).content.decode()

    def is_listed(reader: Any) -> bool:
        return "Việc xong theo lĩnh vực" in sign_in_browser(reader).get(URL).content.decode()

    assert [is_listed(reader) for reader in (colleague, stranger, staff)] == [False, False, False]
    assert client.post(f"{URL}/luu?{query}", {"ten": saved.name, "chia-se": "1"}).status_code == 303
    assert SavedQuestion.objects.count() == 1, "the same name replaces"
    assert [is_listed(reader) for reader in (colleague, stranger, staff)] == [True, False, False]
    for reader in (colleague, stranger, staff):
        assert sign_in_browser(reader).post(f"{URL}/{saved.public_id}/bo").status_code == 404
    assert client.post(f"{URL}/{saved.public_id}/bo").status_code == 303 and not SavedQuestion.objects.exists()


def test_every_measure_has_cases_behind_it() -> None:
    from binhyen.stats.metrics import list_metric_keys

    assert {definition.metric for definition in spec.MEASURES.values()} <= set(list_metric_keys().values())
