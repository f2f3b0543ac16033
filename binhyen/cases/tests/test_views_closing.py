"""Closing a case through its page: outcome, evidence, value of the tip; and reopening it."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from binhyen.cases.choices import Outcome, State
from binhyen.cases.models import Case, Evidence
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import build_case_url, open_case, reload_case, sign_in_browser
from binhyen.channels.models import Attachment

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


def make_picture(name: str = "anh.png") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path


@pytest.fixture
def case(unit: Make) -> Case:
    return open_case(unit("18568"))


@pytest.fixture
def person(officer: Make) -> Any:
    return officer("CHIEF", name="Trưởng Công An")


@pytest.fixture
def client(person: Any) -> Client:
    return sign_in_browser(person)


def test_closing_with_evidence_photos_and_grade(case: Case, client: Client) -> None:
    fields = {
        "version": "1",
        "outcome": "RESOLVED",
        "evidence": "Biên bản số 5",
        "answer": "Đã giải quyết xong.",
        "valuable": "VALUABLE",
        "photos": [make_picture(), make_picture("hai.png")],
    }
    assert client.post(build_case_url(case, "ket-thuc"), fields).status_code == 303
    done = reload_case(case)
    assert (done.state, done.outcome, done.tip_value) == (State.CLOSED, Outcome.RESOLVED, "VALUABLE")
    proofs = list(Evidence.objects.filter(case=case).order_by("id"))
    assert [p.text for p in proofs] == ["Biên bản số 5", ""]
    assert all(p.attachment and p.attachment.state == "READY" for p in proofs)
    shown = client.get(build_case_url(case)).content.decode()
    assert shown.count("/tep/") >= 2


@pytest.mark.parametrize("before", [False, True])
def test_a_picture_or_earlier_evidence_suffices(case: Case, client: Client, before: bool) -> None:
    if before:
        assert (
            client.post(build_case_url(case, "chung-cu"), {"version": "1", "text": "Biên bản số 5"}).status_code == 303
        )
    fields = {
        "version": str(reload_case(case).version),
        "outcome": "RESOLVED",
        "evidence": "",
        "answer": "Đã giải quyết.",
    }
    fields |= {} if before else {"photos": [make_picture()]}
    assert client.post(build_case_url(case, "ket-thuc"), fields).status_code == 303
    assert reload_case(case).outcome == Outcome.RESOLVED and Evidence.objects.filter(case=case).count() == 1


def test_an_untrue_report_is_not_graded_valuable_afterwards(case: Case, client: Client) -> None:
    fields = {"version": "1", "outcome": "UNFOUNDED", "answer": "Không có việc đó.", "valuable": "USEFUL"}
    assert client.post(build_case_url(case, "ket-thuc"), fields).status_code == 303
    version = reload_case(case).version
    answer = client.post(build_case_url(case, "danh-gia"), {"version": version, "grade": "VALUABLE"})
    assert answer.status_code == 422 and "Tin không đúng" in answer.content.decode()
    assert (reload_case(case).version, reload_case(case).tip_value) == (version, "USEFUL")


def test_a_photo_that_is_no_picture_closes_nothing(case: Case, client: Client, settings: Any) -> None:
    fields = {
        "version": "1",
        "outcome": "RESOLVED",
        "evidence": "Biên bản",
        "answer": "Đã giải quyết xong.",
        "photos": [make_picture(), SimpleUploadedFile("anh.jpg", b"<html><script>1</script>", "image/jpeg")],
    }
    response = client.post(build_case_url(case, "ket-thuc"), fields)
    assert response.status_code == 422
    assert "không phải ảnh" in response.content.decode()
    assert reload_case(case).state == State.NEW
    assert not Attachment.objects.exists()
    assert not [p for p in Path(settings.FILES_ROOT).rglob("*") if p.is_file()]


def test_a_stale_close_keeps_no_files(case: Case, client: Client, officer: Make, settings: Any) -> None:
    officer_actions.add_note(code=case.code, officer=officer(), text="Trước", now=case.opened_at)
    fields = {
        "version": "1",
        "outcome": "RESOLVED",
        "evidence": "B",
        "answer": "Đã xong việc.",
        "photos": [make_picture()],
    }
    response = client.post(build_case_url(case, "ket-thuc"), fields)
    assert response.status_code == 409
    assert "chọn lại ảnh, tệp" in response.content.decode()
    assert "Vẫn làm việc của tôi" not in response.content.decode()
    assert not Attachment.objects.exists()
    assert not [p for p in Path(settings.FILES_ROOT).rglob("*") if p.is_file()]


def test_reopen_with_a_reason(case: Case, client: Client, person: Any) -> None:
    fields = {"version": "1", "outcome": "RESOLVED", "evidence": "B", "answer": "Đã xong việc."}
    client.post(build_case_url(case, "ket-thuc"), fields)
    version = reload_case(case).version
    assert client.post(build_case_url(case, "mo-lai"), {"version": version, "reason": ""}).status_code == 422
    assert (
        client.post(build_case_url(case, "mo-lai"), {"version": version, "reason": "Đánh nhau lại"}).status_code == 303
    )
    assert reload_case(case).state == State.WORKING
