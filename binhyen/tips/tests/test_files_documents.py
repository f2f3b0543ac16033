"""PDF, audio and video of a tip: encrypted unchanged, opened by two custodians, never displayed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from binhyen.kit import file_storage
from binhyen.tips import queries, views
from binhyen.tips.models import Tip, TipFile
from binhyen.tips.tests.page import enter_code, get_handler_key_pair, read_page, read_receipt, submit_step, submit_tip
from binhyen.tips.tests.test_files_originals import OriginalScene
from binhyen.vault import envelopes
from binhyen.vault.key_session import key_sessions
from binhyen.vault.models import SealedText
from tests.security.corpus import CANARY, PDF, OtherFile, build_boxed_file, list_other_files

pytestmark = pytest.mark.django_db


def make_upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "application/octet-stream")


def submit_paper(client: Client, paper: OtherFile) -> None:
    """Raise AssertionError where the file becomes something that is not allowed."""
    answer = submit_tip(client, text=f"Có tệp: {paper.what}", photos=make_upload(paper.name, paper.data))
    row = TipFile.objects.order_by("-pk").first()
    if not paper.kind:
        assert answer.status_code == 422, paper.what
        assert "Tệp thứ 1" in read_page(answer) and f"Có tệp: {paper.what}" in read_page(answer), (
            "no typed text is lost"
        )
        assert row is None and not Tip.objects.exists() and not SealedText.objects.exists()
        return
    assert row is not None and (row.kind, row.preview) == (paper.kind, ""), paper.what
    assert row.original_lock_id not in {None, row.tip.lock_id} and CANARY not in file_storage.read_file(row.original)
    with pytest.raises(envelopes.EnvelopeError):
        envelopes.open_envelope(
            file_storage.read_file(row.original),
            pair=get_handler_key_pair(row.tip),
            context=queries.format_file_context(row, "original"),
        )


@pytest.mark.parametrize("paper", list_other_files(), ids=lambda paper: paper.what)
def test_it_is_sealed_unchanged_or_refused(client: Client, paper: OtherFile) -> None:
    submit_paper(client, paper)


@pytest.mark.parametrize("what", ["html as a page", "a picture as a page", "a page as a film", "a page as a picture"])
def test_control_a_check_of_names_alone_is_found(client: Client, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_storage, "detect_file_type", lambda name, data: "pdf")
    with pytest.raises(AssertionError):
        submit_paper(client, next(paper for paper in list_other_files() if paper.what == what))


def test_each_kind_has_its_case() -> None:
    assert {p.kind for p in list_other_files()} == {"", *file_storage.LABELS} and len(list_other_files()) >= 25
    endings = {p.name.rpartition(".")[2].lower() for p in list_other_files() if p.kind}
    assert endings >= set(file_storage._EXTENSIONS) - {"oga"}


def test_a_large_file_is_refused_with_its_limit(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_storage, "MAX_BYTES", len(PDF) - 1)
    answer = submit_tip(client, photos=make_upload("a.pdf", PDF))
    assert answer.status_code == 422 and "20 MB" in read_page(answer) and not Tip.objects.exists()


def test_without_originals_it_is_refused_with_a_message(client: Client) -> None:
    answer = submit_tip(client, photos=make_upload("a.pdf", PDF), plain="yes")
    assert answer.status_code == 422 and "chỉ giữ được bản gốc" in read_page(answer) and not Tip.objects.exists()


def test_the_person_sees_the_file_and_a_warning_about_its_contents(client: Client) -> None:
    page = read_page(client.get("/bao-kin"))
    assert "có thể còn tên bạn" in page and 'accept="image/*,application/pdf' in page
    code = read_receipt(submit_tip(client, photos=make_upload("Đơn của Nguyễn Văn Lộ Tên.pdf", PDF)))
    opened = enter_code(client, code)
    assert "Tệp 1 (PDF), đã niêm phong" in read_page(opened) and "Lộ Tên" not in read_page(opened)
    row = TipFile.objects.get()
    looked = submit_step(client, opened, photo=str(row.public_id))
    assert looked.status_code == 200 and "data:image" not in read_page(looked)
    submit_step(client, enter_code(client, code), text="thêm", photos=make_upload("b.mp4", build_boxed_file(b"isom")))
    assert list(TipFile.objects.order_by("pk").values_list("kind", flat=True)) == ["pdf", "video"]


def test_withdrawing_deletes_it(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    code = read_receipt(submit_tip(client, photos=make_upload("a.pdf", PDF)))
    name = TipFile.objects.get().original
    with django_capture_on_commit_callbacks(execute=True):
        submit_step(client, enter_code(client, code), "withdraw", sure="yes")
    assert not file_storage.file_exists(name) and not TipFile.objects.exists()


@pytest.fixture
def room(client: Client, officer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[OriginalScene]:
    monkeypatch.setattr("binhyen.tips.tests.test_files_originals.make_picture", lambda: make_upload("a.pdf", PDF))
    yield OriginalScene(client, officer)
    key_sessions.lock_all()


def test_the_handler_is_warned_and_two_custodians_open_it(room: OriginalScene, client: Client) -> None:
    page = read_page(room.send("get", room.address))
    assert "Tệp 1 (PDF)" in page and "máy cô lập" in page and "mã độc" in page
    assert f"{room.address}/anh/" not in page, "there is no preview"
    photo = room.send("get", f"{room.address}/anh/{room.row.public_id}")
    assert photo.status_code == 404
    room.ask()
    room.approve(0)
    assert room.take().status_code == 409
    room.approve(1)
    got = room.take()
    assert got.content == PDF and got["Content-Type"] == "application/octet-stream"
    assert got["Content-Disposition"].startswith("attachment") and "sandbox" in got["Content-Security-Policy"]
    assert "Bản gốc ảnh, tệp của bạn đã được mở" in read_page(enter_code(client, room.code))


def test_a_picture_needs_no_such_warning(client: Client, officer: Callable[..., Any]) -> None:
    other = OriginalScene(client, officer)
    page = read_page(other.send("get", other.address))
    assert "máy cô lập" not in page
    key_sessions.lock_all()


def test_the_brakes_count_them_as_photos(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    visited = []
    monkeypatch.setattr(views, "check_rate_limits", lambda request, photos, words="": visited.append(photos) or "")
    submit_tip(client, photos=[make_upload("a.pdf", PDF), make_upload("b.mp4", build_boxed_file(b"isom"))])
    assert visited == [2]
