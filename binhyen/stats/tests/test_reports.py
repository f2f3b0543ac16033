"""Reports: narrative, files, issued versions that stay as they are, and errors for bad input."""

import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.test import Client

from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.locks import LOCK_SQL, AdvisoryLock
from binhyen.stats import services
from binhyen.stats.area_filter import ALL_AREAS, find_area_by_key
from binhyen.stats.models import IssuedReport
from binhyen.stats.periods import Period, format_day, get_current_period, label_period
from binhyen.stats.reports import build, documents, narrative
from binhyen.stats.reports.content import ReportContent, from_json, to_json
from binhyen.stats.reports.services import ReportRefused, issue_report
from tests import rls

Make = Callable[..., Any]
YESTERDAY = dt.timedelta(days=1)


@pytest.fixture
def yesterday(unit: Make, now: dt.datetime) -> Period:
    """Create two cases of yesterday in Lộc Hà and one in Thành Sen; return the period of that day."""
    for code in ("18568", "18568", "18073"):
        open_case(unit(code), now=now - YESTERDAY)
    services.update_counts()
    day = to_vietnam_day(now - YESTERDAY)
    return label_period(day, day)


def build_report(officer: Any, period: Period, now: dt.datetime, code: str = "") -> ReportContent:
    ground = find_area_by_key(code) if code else ALL_AREAS
    assert ground is not None
    return build.build_content(officer, period, ground=ground, now=now)


@pytest.mark.parametrize(
    ("value", "before", "text"),
    [
        (1125, 1000, "tăng 125 (12,5%) so với kỳ trước"),
        (900, 1200, "giảm 300 (25%) so với kỳ trước"),
        (7, 7, "bằng kỳ trước"),
        (7, 0, "kỳ trước không có"),
        (0, 0, "như kỳ trước"),
        (2300, 1000, "tăng 1.300 (130%) so với kỳ trước"),
    ],
)
def test_changes_in_words(value: int, before: int, text: str) -> None:
    assert narrative.describe_change(value, before) == text


@pytest.mark.django_db
def test_the_narrative_is_made_from_the_numbers(officer: Make, yesterday: Period, now: dt.datetime) -> None:
    content = build_report(officer("PROVINCE_STAFF", "42"), yesterday, now)
    text = " ".join(paragraph for section in content.sections for paragraph in section.paragraphs)
    assert "đã tiếp nhận 3 tin báo, phản ánh của nhân dân, kỳ trước không có." in text
    assert "bạo lực, đánh nhau 3 (100%)" in text
    assert content.unit == "CÔNG AN TỈNH HÀ TĨNH" and content.superior == "BỘ CÔNG AN" and content.sign == "BC-CAT"
    assert len(content.communes) == 69
    assert {line.name: line.reports for line in content.communes if line.reports} == {
        "Xã Lộc Hà": 2,
        "Phường Thành Sen": 1,
    }
    of_commune = build_report(officer("CHIEF"), yesterday, now)
    assert (of_commune.unit, of_commune.sign, of_commune.communes) == ("CÔNG AN XÃ LỘC HÀ", "BC-CAX", ())
    assert {line.label: line.value for line in of_commune.tables[0].lines}["Tin báo, phản ánh đã nhận"] == 2
    assert from_json(json.loads(json.dumps(to_json(content)))) == content


@pytest.mark.django_db
def test_a_draft_compares_elapsed_days_with_as_many_of_the_previous_period(
    officer: Make, yesterday: Period, now: dt.datetime
) -> None:
    day, today = dt.timedelta(days=1), to_vietnam_day(now)
    period = label_period(yesterday.first, today + 40 * day)
    content = build_report(officer("PROVINCE_STAFF", "42"), period, now)
    assert (content.first, content.last) == (yesterday.first.isoformat(), today.isoformat())
    earlier = dt.date.fromisoformat(content.earlier_first)
    assert (earlier, content.earlier_last) == (yesterday.first - 42 * day, (earlier + day).isoformat())
    assert f"đến ngày {format_day(today)}" in " ".join(content.sections[1].paragraphs)


@pytest.mark.django_db
def test_each_file_holds_the_official_head_and_the_numbers(officer: Make, yesterday: Period, now: dt.datetime) -> None:
    content = build_report(officer("PROVINCE_STAFF", "42"), yesterday, now)
    word = zipfile.ZipFile(io.BytesIO(documents.render_docx(content))).read("word/document.xml").decode()
    for text in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "BÁO CÁO",
        "Xã Lộc Hà",
        "DỰ THẢO",
    ):
        assert text in word, text
    book = zipfile.ZipFile(io.BytesIO(documents.render_xlsx(content)))
    assert len([name for name in book.namelist() if name.startswith("xl/worksheets/")]) == 5
    assert "Xã Lộc Hà" in book.read("xl/sharedStrings.xml").decode()
    pdf = documents.render_pdf(content)
    assert pdf.startswith(b"%PDF-") and pdf.rstrip().endswith(b"%%EOF") and len(pdf) > 20_000
    assert json.loads(documents.render_json(content))["communes"]


@pytest.mark.django_db
def test_an_issued_report_stays_and_its_correction_is_a_new_version(
    officer: Make, unit: Make, yesterday: Period, now: dt.datetime
) -> None:
    chief, day = officer("CHIEF"), yesterday.first
    client = sign_in_browser(chief)
    address = f"/bao-cao/phat-hanh?ky=tuy-chon&tu={day}&den={day}"
    assert client.post(address).status_code == 303
    first = IssuedReport.objects.get()
    assert (first.number, first.version, first.unit_id) == (1, 1, chief.unit_id)
    frozen = from_json(first.content)
    open_case(unit("18568"), now=now - YESTERDAY)
    services.update_counts()
    file = client.get(f"/bao-cao/{first.public_id}/json")
    assert json.loads(file.content) == json.loads(json.dumps(to_json(frozen)))
    assert client.post(f"/bao-cao/{first.public_id}/dinh-chinh", {"ly-do": "x"}).status_code == 422
    assert client.post(f"/bao-cao/{first.public_id}/dinh-chinh", {"ly-do": "Bổ sung một tin"}).status_code == 303
    second = IssuedReport.objects.get(version=2)
    notes = "\n".join(from_json(second.content).format_notes())
    assert second.number == 1 and "Lý do: Bổ sung một tin" in notes
    assert "Số liệu chung: Tin báo, phản ánh đã nhận: 2 sửa thành 3." in notes
    page = client.post(f"/bao-cao/{first.public_id}/dinh-chinh", {"ly-do": "Lần nữa thôi"}).content.decode()
    assert "Đã có bản đính chính mới hơn" in page
    assert from_json(IssuedReport.objects.get(version=1).content) == frozen


@pytest.mark.django_db
def test_numbers_follow_each_other_and_a_used_one_is_refused(
    officer: Make, yesterday: Period, now: dt.datetime
) -> None:
    chief, other, staff = officer("CHIEF"), officer("CHIEF", "18073"), officer("PROVINCE_STAFF", "42")
    for person in (chief, other, staff):
        report = issue_report(officer=person, period=yesterday, ground=ALL_AREAS, now=now)
        assert report.number == 1, "each unit counts its own"
    assert issue_report(officer=chief, period=yesterday, ground=ALL_AREAS, number=7, now=now).number == 7
    assert issue_report(officer=chief, period=yesterday, ground=ALL_AREAS, now=now).number == 8
    for number, words in ((7, "Số tiếp theo là 9"), (0, "từ 1 đến 99999")):
        with pytest.raises(ReportRefused, match=words):
            issue_report(officer=chief, period=yesterday, ground=ALL_AREAS, number=number, now=now)
    with pytest.raises(ReportRefused, match="không có quyền"):
        issue_report(officer=officer(), period=yesterday, ground=ALL_AREAS, now=now)


@pytest.mark.django_db
def test_two_people_issue_at_the_same_time(officer: Make, yesterday: Period, now: dt.datetime) -> None:
    chief, other = officer("CHIEF"), officer("CHIEF")
    with psycopg.connect(rls.get_owner_dsn()) as elsewhere:  # a colleague's request, between number and commit
        elsewhere.execute(LOCK_SQL, [AdvisoryLock.REPORT_NUMBER.value])
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")
            with pytest.raises(OperationalError, match="lock"), transaction.atomic():
                issue_report(officer=chief, period=yesterday, ground=ALL_AREAS, now=now)
            cursor.execute("SET LOCAL lock_timeout = 0")
    assert not IssuedReport.objects.exists(), "it waits: no number is given twice"
    day = yesterday.first
    for person, status in ((chief, 303), (other, 422)):  # both saw «Số 1»
        address = f"/bao-cao/phat-hanh?ky=tuy-chon&tu={day}&den={day}"
        answer = sign_in_browser(person).post(address, {"so": "1"})
        assert answer.status_code == status, answer.content.decode()[:2000]
    assert "Số tiếp theo là 2" in answer.content.decode() and IssuedReport.objects.count() == 1


@pytest.mark.django_db
def test_a_restored_older_backup_gives_no_number_twice(
    officer: Make,
    yesterday: Period,
    now: dt.datetime,
    settings: Any,
    tmp_path: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.ERASED_DIR = tmp_path
    chief, other = officer("CHIEF"), officer("CHIEF", "18073")
    with django_capture_on_commit_callbacks(execute=True):
        for _report in range(2):
            issue_report(officer=chief, period=yesterday, ground=ALL_AREAS, now=now)
    IssuedReport.objects.filter(number=2).delete()  # as in a backup from before it
    with pytest.raises(ReportRefused, match="Số tiếp theo là 3"):
        issue_report(officer=chief, period=yesterday, ground=ALL_AREAS, number=2, now=now)
    assert issue_report(officer=chief, period=yesterday, ground=ALL_AREAS, now=now).number == 3
    assert issue_report(officer=other, period=yesterday, ground=ALL_AREAS, now=now).number == 1


@pytest.mark.django_db
def test_who_may_read_and_issue(officer: Make, yesterday: Period, now: dt.datetime) -> None:
    chief = officer("CHIEF")
    report = issue_report(officer=chief, period=yesterday, ground=ALL_AREAS, now=now)
    address = f"/bao-cao/{report.public_id}/json"

    def status(role: str, commune: str) -> tuple[int, int]:
        client = sign_in_browser(officer(role, commune))
        return client.get(address).status_code, client.post(f"/bao-cao/{report.public_id}/dinh-chinh").status_code

    assert status("OFFICER", "18568") == (200, 403), "a colleague reads and does not issue"
    assert status("CHIEF", "18073") == (404, 404), "another commune"
    assert status("PROVINCE_STAFF", "42") == (200, 422), "reads every unit's, corrects its own"
    assert status("DIRECTOR", "42") == (200, 403)
    assert status("VILLAGE_TEAM", "18568") == status("OPERATOR", "42") == (403, 403)
    page = sign_in_browser(officer("DIRECTOR", "42")).get("/bao-cao?ky=thang-truoc").content.decode()
    assert "CÔNG AN TỈNH HÀ TĨNH" in page and "/dinh-chinh" not in page and "phat-hanh?" not in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("ky=tuy-chon&tu=2026-02-01&den=2026-01-01", "Ngày đầu phải trước"),
        ("ky=tuy-chon&tu=2199-01-01&den=2199-02-01", "Kỳ này chưa tới"),
        ("xa=99999", "Địa bàn này không có"),
    ],
)
def test_bad_input_is_reported(officer: Make, query: str, words: str) -> None:
    client: Client = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    for response in (
        client.get(f"/bao-cao?{query}"),
        client.get(f"/bao-cao/tai/docx?{query}"),
        client.post(f"/bao-cao/phat-hanh?{query}"),
    ):
        assert response.status_code == 422 and words in response.content.decode()
    assert client.get("/bao-cao/tai/doc").status_code == 404
    assert IssuedReport.objects.count() == 0


@pytest.mark.django_db
def test_an_unfinished_period_is_only_a_draft(officer: Make, now: dt.datetime) -> None:
    client = sign_in_browser(officer("CHIEF"))
    response = client.post("/bao-cao/phat-hanh?ky=thang-nay")
    assert response.status_code == 422 and "Kỳ này chưa hết" in response.content.decode()
    draft = client.get("/bao-cao/tai/pdf?ky=thang-nay")
    assert draft.status_code == 200 and draft.headers["Content-Type"] == "application/pdf"
    today = to_vietnam_day(now)
    month = get_current_period("thang-nay", today=today)
    assert re.search(rf'filename="bao-cao-{month.first}-{today}.pdf"', draft.headers["Content-Disposition"])


@pytest.mark.django_db
def test_the_command_writes_a_file_or_a_clear_error(yesterday: Period, tmp_path: Any) -> None:
    day, file = yesterday.first.isoformat(), tmp_path / "report.json"
    call_command("report", "--area", "Lộc Hà", "--from", day, "--to", day, "--output", file, stdout=io.StringIO())
    content = json.loads(file.read_text())
    assert (
        content["area"] == "Xã Lộc Hà"
        and {"label": "Tin báo, phản ánh đã nhận", "value": 2, "previous": 0} in content["tables"][0]["lines"]
    )
    for arguments, words in (
        (("--area", "Hoàn Kiếm", "--from", day, "--to", day), "No area"),
        (("--from", day, "--to", "2020-01-01"), "Ngày đầu phải trước"),
        (("--from", "2199-01-01", "--to", "2199-01-31"), "chưa tới"),
        (("--from", day, "--to", day, "--output", tmp_path / "no" / "x"), "Cannot write"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("report", *arguments, stdout=io.StringIO())
