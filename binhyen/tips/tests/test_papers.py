"""PDF, audio and video of a tip: encrypted unchanged, opened by two custodians, never displayed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from binhyen.kit import file_storage, file_types
from binhyen.tips import queries, views
from binhyen.tips.models import Tip, TipFile
from binhyen.tips.tests.page import act, enter, handlers_pair, page_of, receipt, tell
from binhyen.tips.tests.test_originals import Room
from binhyen.vault import envelopes
from binhyen.vault.key_session import keys
from binhyen.vault.models import SealedText
from tests.security.corpus import CANARY, PDF, Paper, boxed, papers

pytestmark = pytest.mark.django_db


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "application/octet-stream")


def take(client: Client, paper: Paper) -> None:
    """Raise AssertionError where the file becomes something that is not allowed."""
    answer = tell(client, text=f"Có tệp: {paper.what}", photos=upload(paper.name, paper.data))
    row = TipFile.objects.order_by("-pk").first()
    if not paper.kind:
        assert answer.status_code == 422, paper.what
        assert "Tệp thứ 1" in page_of(answer) and f"Có tệp: {paper.what}" in page_of(answer), "no typed text is lost"
        assert row is None and not Tip.objects.exists() and not SealedText.objects.exists()
        return
    assert row is not None and (row.kind, row.shown) == (paper.kind, ""), paper.what
    assert row.original_lock_id not in {None, row.tip.lock_id} and CANARY not in file_storage.read(row.original)
    with pytest.raises(envelopes.Refused):
        envelopes.open_(
            file_storage.read(row.original), pair=handlers_pair(row.tip), context=queries.file_context(row, "original")
        )


@pytest.mark.parametrize("paper", papers(), ids=lambda paper: paper.what)
def test_it_is_sealed_as_it_came_or_refused(client: Client, paper: Paper) -> None:
    take(client, paper)


@pytest.mark.parametrize("what", ["html as a page", "a picture as a page", "a page as a film", "a page as a picture"])
def test_control_a_check_of_names_alone_is_found(client: Client, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_types, "kind_of", lambda name, data: "pdf")
    with pytest.raises(AssertionError):
        take(client, next(paper for paper in papers() if paper.what == what))


def test_each_kind_has_its_case() -> None:
    assert {p.kind for p in papers()} == {"", *file_types.LABELS} and len(papers()) >= 25
    endings = {p.name.rpartition(".")[2].lower() for p in papers() if p.kind}
    assert endings >= set(file_types._ENDINGS) - {"oga"}


def test_a_large_one_is_refused_with_its_limit(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_types, "LIMIT", len(PDF) - 1)
    answer = tell(client, photos=upload("a.pdf", PDF))
    assert answer.status_code == 422 and "20 MB" in page_of(answer) and not Tip.objects.exists()


def test_without_originals_it_cannot_be_kept_and_that_is_said(client: Client) -> None:
    answer = tell(client, photos=upload("a.pdf", PDF), plain="yes")
    assert answer.status_code == 422 and "chỉ giữ được bản gốc" in page_of(answer) and not Tip.objects.exists()


def test_the_person_sees_that_it_is_there_and_was_told_what_it_may_tell(client: Client) -> None:
    page = page_of(client.get("/bao-kin"))
    assert "có thể còn tên bạn" in page and 'accept="image/*,application/pdf' in page
    code = receipt(tell(client, photos=upload("Đơn của Nguyễn Văn Lộ Tên.pdf", PDF)))
    opened = enter(client, code)
    assert "Tệp 1 (PDF), đã niêm phong" in page_of(opened) and "Lộ Tên" not in page_of(opened)
    row = TipFile.objects.get()
    looked = act(client, opened, photo=str(row.public_id))
    assert looked.status_code == 200 and "data:image" not in page_of(looked)
    act(client, enter(client, code), text="thêm", photos=upload("b.mp4", boxed(b"isom")))
    assert list(TipFile.objects.order_by("pk").values_list("kind", flat=True)) == ["pdf", "video"]


def test_withdrawing_deletes_it(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    code = receipt(tell(client, photos=upload("a.pdf", PDF)))
    name = TipFile.objects.get().original
    with django_capture_on_commit_callbacks(execute=True):
        act(client, enter(client, code), "withdraw", sure="yes")
    assert not file_storage.is_there(name) and not TipFile.objects.exists()


@pytest.fixture
def room(client: Client, officer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setattr("binhyen.tips.tests.test_originals.picture", lambda: upload("a.pdf", PDF))
    yield Room(client, officer)
    keys.lock_all()


def test_the_handler_is_warned_and_two_custodians_open_it(room: Room, client: Client) -> None:
    page = page_of(room.send("get", room.address))
    assert "Tệp 1 (PDF)" in page and "máy cô lập" in page and "mã độc" in page
    assert f"{room.address}/anh/" not in page, "there is no preview"
    photo = room.send("get", f"{room.address}/anh/{room.row.public_id}")
    assert photo.status_code == 404
    room.ask()
    room.agree(0)
    assert room.take().status_code == 409
    room.agree(1)
    got = room.take()
    assert got.content == PDF and got["Content-Type"] == "application/octet-stream"
    assert got["Content-Disposition"].startswith("attachment") and "sandbox" in got["Content-Security-Policy"]
    assert "Bản gốc ảnh, tệp của bạn đã được mở" in page_of(enter(client, room.code))


def test_a_picture_needs_no_such_warning(client: Client, officer: Callable[..., Any]) -> None:
    other = Room(client, officer)
    page = page_of(other.send("get", other.address))
    assert "máy cô lập" not in page
    keys.lock_all()


def test_the_brakes_count_them_as_photos(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(views, "braked", lambda request, photos, words="": seen.append(photos) or "")
    tell(client, photos=[upload("a.pdf", PDF), upload("b.mp4", boxed(b"isom"))])
    assert seen == [2]
