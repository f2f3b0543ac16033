"""Evidence files that are no images: sealed unchanged, identified by file name, never displayed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from binhyen.cases.choices import State
from binhyen.cases.models import Case, Evidence
from binhyen.cases.tests.scene import browser, fresh, open_case, url
from binhyen.cases.tests.test_views_closing import picture
from binhyen.cases.views.form_data import MOST_FILES
from binhyen.channels.models import Attachment
from binhyen.kit import file_storage, file_types
from binhyen.vault import envelopes
from tests.security.corpus import CANARY, PDF, Paper, papers

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
    return browser(officer("OFFICER"))


def paper(name: str = "Biên bản 12.pdf", data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "application/pdf")


def close(client: Client, case: Case, *sent: SimpleUploadedFile, evidence: str = "") -> Any:
    fields = {"version": str(fresh(case).version), "outcome": "RESOLVED", "answer": "Đã giải quyết xong."}
    return client.post(url(case, "ket-thuc"), fields | {"evidence": evidence, "photos": list(sent)})


def left(settings: Any) -> list[Path]:
    return [p for p in Path(settings.FILES_ROOT).rglob("*") if p.is_file()]


def take(client: Client, case: Case, one: Paper, settings: Any) -> None:
    """Raise AssertionError where the file becomes something that is not allowed."""
    answer = close(client, case, paper(one.name, one.data))
    if not one.kind:
        assert answer.status_code == 422 and AGAIN in answer.content.decode(), one.what
        assert fresh(case).state == State.NEW and not Attachment.objects.exists() and not left(settings)
        return
    row = Evidence.objects.get(case=case).attachment
    assert row is not None and (row.kind, row.state, row.shown) == (one.kind, "KEPT", ""), one.what
    assert row.lock_id and CANARY not in file_storage.read(row.original) and len(left(settings)) == 1
    page = client.get(url(case)).content.decode()
    assert "đã niêm phong" in page and f"/tep/{row.public_id}" not in page
    assert client.get(f"/tep/{row.public_id}").status_code == 404


@pytest.mark.parametrize("one", papers(), ids=lambda one: one.what)
def test_it_is_sealed_as_it_came_or_refused(client: Client, case: Case, one: Paper, settings: Any) -> None:
    take(client, case, one, settings)


@pytest.mark.parametrize("what", ["html as a page", "a page as a film"])
def test_control_a_check_of_names_alone_is_found(
    client: Client, case: Case, what: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_types, "kind_of", lambda name, data: "pdf")
    with pytest.raises(AssertionError):
        take(client, case, next(one for one in papers() if one.what == what), settings)


def test_control_one_that_lies_open_is_found(
    client: Client, case: Case, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(envelopes, "seal", lambda data, *, to, context: data)
    with pytest.raises(AssertionError):
        take(client, case, next(one for one in papers() if one.kind == "pdf" and CANARY in one.data), settings)


def test_a_paper_alone_proves_it_and_stands_by_its_name(client: Client, case: Case) -> None:
    assert close(client, case, paper(), picture()).status_code == 303
    page = client.get(url(case)).content.decode()
    assert "Biên bản 12.pdf (PDF, 1 kB): đã niêm phong" in page and page.count("<img") == 1
    assert "Tệp 1 Biên bản 12.pdf" in client.get(url(case, "danh-tinh")).content.decode()
    assert "Xin bản gốc ảnh, tệp" in page, "the link to request it"


def test_while_the_case_runs_it_stands_where_it_came(client: Client, case: Case) -> None:
    fields = {"version": "1", "text": "Lời khai", "photos": paper("<b>khai</b>.pdf")}
    assert client.post(url(case, "chung-cu"), fields).status_code == 303
    page = client.get(url(case)).content.decode()
    assert "&lt;b&gt;khai&lt;/b&gt;.pdf" in page or "b&gt;.pdf" in page
    assert "<b>khai" not in page and "đã niêm phong" in page


def test_who_is_refused_reads_that_files_are_to_be_chosen_again(client: Client, case: Case) -> None:
    for sent, again in (((picture(),), True), ((), False)):
        fields = {"version": "1", "outcome": "RESOLVED", "evidence": "B", "answer": "", "photos": list(sent)}
        answer = client.post(url(case, "ket-thuc"), fields)
        assert answer.status_code == 422 and (AGAIN in answer.content.decode()) is again


def test_none_too_many_is_left_out_unsaid(client: Client, case: Case, settings: Any) -> None:
    answer = close(client, case, *[picture(f"{n}.png") for n in range(MOST_FILES + 1)], evidence="Biên bản")
    assert answer.status_code == 422 and f"tối đa {MOST_FILES} tệp" in answer.content.decode()
    assert fresh(case).state == State.NEW and not left(settings)
