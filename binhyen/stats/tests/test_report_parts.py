"""Parts of a report that people decide: typical cases, remarks of the units, and the Word template of a unit."""

import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from binhyen.cases.choices import Outcome, State
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.kit.clock import to_vietnam_day
from binhyen.stats import services
from binhyen.stats.models import IssuedReport, ReportTemplate, UnitRemark
from binhyen.stats.reports import remarks
from binhyen.stats.reports.word_template import InvalidTemplate, build_sample_template, check_template

Make = Callable[..., Any]
DAY = dt.timedelta(days=1)


def close_as(case: Case, outcome: Outcome, **more: Any) -> None:
    Case.objects.filter(pk=case.pk).update(
        state=State.CLOSED, outcome=outcome, closed_at=case.opened_at, title="Ông Nguyễn Văn Tèo, 0912345678", **more
    )


@pytest.mark.django_db
def test_typical_cases_are_chosen_and_name_nobody(officer: Make, unit: Make, now: dt.datetime) -> None:
    returned, stopped, sensitive = (open_case(unit("18568"), now=now - DAY) for _case in range(3))
    close_as(
        returned,
        Outcome.FOUND_SAFE,
        category="missing_person",
        acknowledged_at=returned.opened_at + dt.timedelta(minutes=4),
    )
    close_as(stopped, Outcome.FRAUD_STOPPED, category="scam")
    close_as(sensitive, Outcome.FOUND_SAFE, category="missing_person", sensitive=True)
    services.rebuild_counts()
    client, day = sign_in_browser(officer("CHIEF")), to_vietnam_day(now - DAY)
    query = f"ky=tuy-chon&tu={day}&den={day}"
    page = client.get(f"/bao-cao?{query}").content.decode()
    assert "VỤ VIỆC ĐIỂN HÌNH" in page and "sau 4 phút" in page and page.count('name="vu"') == 2
    assert "Nguyễn Văn Tèo" not in page and "0912345678" not in page
    codes = [part.split('"')[0] for part in page.split('name="vu" value="')[1:]]
    assert client.post(f"/bao-cao/phat-hanh?{query}", {"chon-vu": "1", "vu": codes[1]}).status_code == 303
    issued = IssuedReport.objects.get()
    text = json.dumps(issued.content, ensure_ascii=False)
    assert "lừa đảo" in text and "sau 4 phút" not in text and "Tèo" not in text and codes[1] not in text
    assert client.post(f"/bao-cao/{issued.public_id}/dinh-chinh", {"ly-do": "Đếm lại số liệu"}).status_code == 303
    corrected = json.dumps(IssuedReport.objects.get(version=2).content, ensure_ascii=False)
    assert corrected.count("1. Tháng") == 1 and "sau 4 phút" not in corrected, "a correction keeps what was chosen"
    assert client.post(f"/bao-cao/phat-hanh?{query}", {"chon-vu": "1"}).status_code == 303
    assert "VỤ VIỆC ĐIỂN HÌNH" not in json.dumps(IssuedReport.objects.get(number=2).content, ensure_ascii=False)


@pytest.mark.django_db
def test_remarks_are_asked_given_chased_and_printed(officer: Make, unit: Make, now: dt.datetime) -> None:
    open_case(unit("18568"), now=now - DAY)
    services.update_counts()
    day, today = to_vietnam_day(now - DAY), to_vietnam_day(now)
    query = f"ky=tuy-chon&tu={day}&den={day}"
    staff, chief, colleague, stranger = (
        sign_in_browser(officer(*person))
        for person in (("PROVINCE_STAFF", "42"), ("CHIEF", "18568"), ("OFFICER", "18568"), ("CHIEF", "18073"))
    )
    ask, question = f"/bao-cao/nhan-xet?{query}", {"cau-hoi": "Vì sao tin trộm cắp tăng?", "han": str(today)}
    assert chief.post(ask, question).status_code == 403
    late = staff.post(ask, question | {"han": str(today - DAY)})
    assert late.status_code == 422 and "Vì sao tin trộm cắp tăng?" in late.content.decode()
    assert staff.post(ask, question).status_code == 303
    assert staff.post(ask, question).status_code == 422, "once a period"
    assert UnitRemark.objects.count() == 69
    remark = UnitRemark.objects.get(unit=unit("18568"))
    give = f"/bao-cao/nhan-xet/{remark.public_id}"
    asked_page = chief.get("/bao-cao").content.decode()
    assert "Vì sao tin trộm cắp tăng?" in asked_page and '<i data-number="/bao-cao" class="">1</i>' in asked_page
    assert give not in colleague.get("/bao-cao").content.decode() and colleague.post(give).status_code == 403
    assert stranger.post(give, {"nhan-xet": "Không phải của tôi"}).status_code == 404
    assert chief.post(give, {"nhan-xet": "x"}).status_code == 422
    assert chief.post(give, {"nhan-xet": "Trộm chó tăng vì giáp Tết."}).status_code == 303
    chase = f"/bao-cao/nhan-xet/{remark.request.public_id}/nhac?{query}"
    assert stranger.post(chase).status_code == 403 and staff.post(chase).status_code == 303
    assert remarks.remind_due(now=now) == 68
    assert UnitRemark.objects.get(unit=unit("18073")).reminders == 2
    assert UnitRemark.objects.get(unit=unit("18568")).reminders == 0
    page = staff.get(f"/bao-cao?{query}").content.decode()
    assert "- Công an xã Lộc Hà: Trộm chó tăng vì giáp Tết." in page and "Chưa có ý kiến của 68 đơn vị" in page
    assert "giáp Tết" not in stranger.get(f"/bao-cao?{query}").content.decode()


@pytest.mark.django_db
def test_a_unit_edits_its_template_in_word(officer: Make, unit: Make, now: dt.datetime) -> None:
    from docx import Document

    open_case(unit("18568"), now=now - DAY)
    services.update_counts()
    chief, stranger = sign_in_browser(officer("CHIEF")), sign_in_browser(officer("CHIEF", "18073"))
    sample = chief.get("/bao-cao/mau/tep").content
    document = Document(io.BytesIO(sample))
    assert "{{so}}" in document.tables[0].rows[0].cells[0].text
    first = document.paragraphs[0].insert_paragraph_before("")
    for part in ("Nơi nhận riêng: {{", "dia_", "ban}}"):  # as Word splits edited text
        first.add_run(part)
    stream = io.BytesIO()
    document.save(stream)

    def upload(data: bytes) -> Any:
        return chief.post("/bao-cao/mau", {"tep": SimpleUploadedFile("mau.docx", data)})

    assert upload(stream.getvalue()).status_code == 303
    day = to_vietnam_day(now - DAY)
    address = f"/bao-cao/tai/docx?ky=tuy-chon&tu={day}&den={day}"
    word = read_document(chief.get(address).content)
    assert "Nơi nhận riêng: xã Lộc Hà" in word and "I. CÔNG TÁC TUYÊN TRUYỀN" in word and "{{" not in word
    assert "Số liệu chung" in word and "Việc khẩn cấp" in word and "CÔNG AN XÃ LỘC HÀ" in word
    assert "Nơi nhận riêng" not in read_document(stranger.get(address).content), "the template of another unit"
    chief.post(f"/bao-cao/phat-hanh?ky=tuy-chon&tu={day}&den={day}")
    for data, words in (
        (b"khong phai Word", "không phải tệp Word"),
        (replace_part(sample, "word/document.xml", b"{{so}}", b"{{xo}}"), "không có thật: {{xo}}"),
        (replace_part(sample, "word/document.xml", b"{{so}}", b""), "thiếu trường: {{so}}"),
    ):
        response = upload(data)
        assert response.status_code == 422 and words in response.content.decode()
    assert ReportTemplate.objects.count() == 1, "a refused file changes nothing"
    assert chief.post("/bao-cao/mau", {"bo": "1"}).status_code == 303
    assert "Nơi nhận riêng" not in read_document(chief.get(address).content)
    issued = IssuedReport.objects.get()
    assert "Nơi nhận riêng" in read_document(chief.get(f"/bao-cao/{issued.public_id}/docx").content)


def read_document(data: bytes) -> str:
    return zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode()


def replace_part(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    source, stream = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for entry in source.namelist():
            body = source.read(entry)
            target.writestr(entry, body.replace(old, new) if entry == name else body)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("word/vbaProject.bin", b"x", "macro"),
        ("word/embeddings/a.xlsx", b"x", "nhúng"),
        ("word/x.xml", b'<!DOCTYPE a [<!ENTITY b "c">]>', "không phải tệp Word"),
        (
            "word/_rels/settings.xml.rels",
            b'<Relationship Type="x/attachedTemplate" TargetMode="External"/>',
            "nơi khác",
        ),
        ("word/media/big.bmp", b"0" * 20_000_001, "quá lớn"),
    ],
)
def test_a_file_that_runs_or_fetches_something_is_refused(name: str, body: bytes, words: str) -> None:
    stream = io.BytesIO(build_sample_template())
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, body)
    with pytest.raises(InvalidTemplate, match=words):
        check_template(stream.getvalue())


@pytest.mark.parametrize("damage", ["stream", "directory", "method"])
def test_a_damaged_archive_is_refused_with_a_reason(damage: str) -> None:
    data = bytearray(build_sample_template())
    if damage == "stream":  # the compressed bytes behind the first local header
        data[60:200] = b"\xff" * 140
    elif damage == "directory":
        data = data[: len(data) // 2]
    else:  # a compression method that no reader knows, in every entry
        for start in [match.start() for match in re.finditer(b"PK\x01\x02", bytes(data))]:
            data[start + 10 : start + 12] = b"\x63\x00"
    with pytest.raises(InvalidTemplate, match="không phải tệp Word"):
        check_template(bytes(data))
