"""Evidence files that are no images: sealed unchanged, identified by file name, never displayed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from binhyen.cases.choices import State
from binhyen.cases.models import Case, Evidence
from binhyen.cases.tests.scene import build_case_url, open_case, reload_case, sign_in_browser
from binhyen.cases.tests.test_views_closing import make_picture
from binhyen.cases.views.action_handlers import MAX_FILES
from binhyen.channels.models import Attachment
from binhyen.kit import file_storage
from binhyen.vault import envelopes
from tests.security.corpus import CANARY, PDF, OtherFile, list_other_files

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
AGAIN = "Hãy chọn lại ảnh, tệp"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path


@pytest.fixture
def case(unit: Make) -> Case:
    return open_case(unit("18568"))


@pytest.fixture
def client(officer: Make) -> Client:
    return sign_in_browser(officer("OFFICER"))


def make_paper(name: str = "Biên bản 12.pdf", data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "application/pdf")


def close_with_evidence(client: Client, case: Case, *sent: SimpleUploadedFile, evidence: str = "") -> Any:
    fields = {"version": str(reload_case(case).version), "outcome": "RESOLVED", "answer": "Đã giải quyết xong."}
    return client.post(build_case_url(case, "ket-thuc"), fields | {"evidence": evidence, "photos": list(sent)})


def list_remaining_files(settings: Any) -> list[Path]:
    return [p for p in Path(settings.FILES_ROOT).rglob("*") if p.is_file()]


def submit_evidence(client: Client, case: Case, paper_file: OtherFile, settings: Any) -> None:
    """Raise AssertionError where the file becomes something that is not allowed."""
    answer = close_with_evidence(client, case, make_paper(paper_file.name, paper_file.data))
    if not paper_file.kind:
        assert answer.status_code == 422 and AGAIN in answer.content.decode(), paper_file.what
        assert (
            reload_case(case).state == State.NEW
            and not Attachment.objects.exists()
            and not list_remaining_files(settings)
        )
        return
    row = Evidence.objects.get(case=case).attachment
    assert row is not None and (row.kind, row.state, row.preview) == (paper_file.kind, "KEPT", ""), paper_file.what
    assert (
        row.lock_id and CANARY not in file_storage.read_file(row.original) and len(list_remaining_files(settings)) == 1
    )
    page = client.get(build_case_url(case)).content.decode()
    assert "đã niêm phong" in page and f"/tep/{row.public_id}" not in page
    assert client.get(f"/tep/{row.public_id}").status_code == 404


@pytest.mark.parametrize("file", list_other_files(), ids=lambda file: file.what)
def test_it_is_sealed_unchanged_or_refused(client: Client, case: Case, file: OtherFile, settings: Any) -> None:
    submit_evidence(client, case, file, settings)


@pytest.mark.parametrize("what", ["html as a page", "a page as a film"])
def test_control_a_check_of_names_alone_is_found(
    client: Client, case: Case, what: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_storage, "detect_file_type", lambda name, data: "pdf")
    with pytest.raises(AssertionError):
        submit_evidence(
            client, case, next(paper_file for paper_file in list_other_files() if paper_file.what == what), settings
        )


def test_control_an_unsealed_file_is_detected(
    client: Client, case: Case, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(envelopes, "seal_envelope", lambda data, *, to, context: data)
    with pytest.raises(AssertionError):
        submit_evidence(
            client,
            case,
            next(
                paper_file
                for paper_file in list_other_files()
                if paper_file.kind == "pdf" and CANARY in paper_file.data
            ),
            settings,
        )


def test_a_document_alone_is_evidence_and_listed_by_name(client: Client, case: Case) -> None:
    assert close_with_evidence(client, case, make_paper(), make_picture()).status_code == 303
    page = client.get(build_case_url(case)).content.decode()
    assert "Biên bản 12.pdf (PDF, 1 kB): đã niêm phong" in page and page.count("<img") == 1
    assert "Tệp 1 Biên bản 12.pdf" in client.get(build_case_url(case, "danh-tinh")).content.decode()
    assert "Xin bản gốc ảnh, tệp" in page, "the link to request it"


def test_in_an_open_case_the_document_is_shown_where_it_arrived(client: Client, case: Case) -> None:
    fields = {"version": "1", "text": "Lời khai", "photos": make_paper("<b>khai</b>.pdf")}
    assert client.post(build_case_url(case, "chung-cu"), fields).status_code == 303
    page = client.get(build_case_url(case)).content.decode()
    assert "&lt;b&gt;khai&lt;/b&gt;.pdf" in page or "b&gt;.pdf" in page
    assert "<b>khai" not in page and "đã niêm phong" in page


def test_a_refused_form_asks_to_choose_the_files_again(client: Client, case: Case) -> None:
    for sent, again in (((make_picture(),), True), ((), False)):
        fields = {"version": "1", "outcome": "RESOLVED", "evidence": "B", "answer": "", "photos": list(sent)}
        answer = client.post(build_case_url(case, "ket-thuc"), fields)
        assert answer.status_code == 422 and (AGAIN in answer.content.decode()) is again


def test_none_too_many_is_left_out_unsaid(client: Client, case: Case, settings: Any) -> None:
    answer = close_with_evidence(
        client, case, *[make_picture(f"{n}.png") for n in range(MAX_FILES + 1)], evidence="Biên bản"
    )
    assert answer.status_code == 422 and f"tối đa {MAX_FILES} tệp" in answer.content.decode()
    assert reload_case(case).state == State.NEW and not list_remaining_files(settings)
