"""Pictures of a tip: original and preview are encrypted; files of other tips are not accessible. Requirement 14."""

import re
from base64 import b64decode
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from binhyen.kit import clock, file_storage
from binhyen.tips import queries, views
from binhyen.tips.models import Tip, TipFile
from binhyen.tips.rules import MOST_FILES
from binhyen.tips.tests.page import TAG, act, enter, handlers_pair, page_of, picture, receipt, tell
from binhyen.vault import envelopes
from binhyen.vault.models import SealedText
from tests.security import corpus
from tests.security.test_files import NEEDED, markers

pytestmark = pytest.mark.django_db
SHOWN = re.compile(r'<img src="data:image/jpeg;base64,([^"]+)"')


def shown_on(answer: Any) -> bytes:
    found = SHOWN.search(page_of(answer))
    assert found
    return b64decode(found[1])


def test_a_picture_is_sealed_and_the_shown_copy_tells_nothing(client: Client) -> None:
    receipt(tell(client, photos=picture()))
    row = TipFile.objects.get()
    assert row.at.minute == row.at.second == 0
    pair = handlers_pair(row.tip)
    assert row.original and row.original_lock_id not in {None, row.tip.lock_id}, "see test_originals.py"
    assert TAG not in queries.shown(row, pair) and queries.shown(row, pair)[:2] == b"\xff\xd8"
    assert b"JFIF" not in file_storage.read(row.shown) and TAG not in file_storage.read(row.original)
    with pytest.raises(envelopes.Refused):
        envelopes.open_(file_storage.read(row.shown), pair=pair, context=queries.file_context(row, "original"))


def test_who_holds_the_receipt_sees_the_copy_inside_the_page(client: Client) -> None:
    code = receipt(tell(client, photos=picture()))
    opened = enter(client, code)
    assert not SHOWN.search(page_of(opened)), (
        "not before it is requested: it may be large, and others may see the screen"
    )
    row = TipFile.objects.get()
    looked = act(client, opened, photo=str(row.public_id), text="đang viết dở")
    assert shown_on(looked) == queries.shown(row, handlers_pair(row.tip))
    assert "đang viết dở" in page_of(looked) and SealedText.objects.count() == 1
    assert "img-src 'self' data:" in looked["Content-Security-Policy"]
    assert "data:" not in opened["Content-Security-Policy"], "only where there is one to show"
    assert looked["Cache-Control"] == "no-store"


def test_a_picture_of_another_tip_is_not_shown(client: Client) -> None:
    receipt(tell(client, text="tin kia có một ảnh", photos=picture()))
    other = TipFile.objects.get()
    opened = enter(client, receipt(tell(client)))
    for photo in (str(other.public_id), "x", "", "../../etc/passwd", str(other.pk)):
        assert not SHOWN.search(page_of(act(client, opened, photo=photo)))


def test_the_person_may_keep_the_original_to_themselves(client: Client) -> None:
    code = receipt(tell(client, photos=picture(), plain="yes"))
    act(client, enter(client, code), text="thêm ảnh", photos=picture(), plain="yes")
    assert list(TipFile.objects.values_list("original", flat=True)) == ["", ""]
    for row in TipFile.objects.all():
        assert queries.shown(row, handlers_pair(row.tip))[:2] == b"\xff\xd8"
    act(client, enter(client, code), "withdraw", sure="yes")
    assert not TipFile.objects.exists()


def test_withdrawing_deletes_the_files(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    code = receipt(tell(client, photos=[picture(), picture("b.jpg")]))
    names = [name for pair in TipFile.objects.values_list("original", "shown") for name in pair]
    assert len(names) == 4 and all(file_storage.read(name) for name in names)
    with django_capture_on_commit_callbacks(execute=True):
        act(client, enter(client, code), "withdraw", sure="yes")
    for name in names:
        with pytest.raises(FileNotFoundError):
            file_storage.read(name)


def test_a_broken_picture_is_said_by_its_place_and_nothing_is_lost(client: Client) -> None:
    broken = SimpleUploadedFile("a.jpg", b"<html>", "image/jpeg")
    answer = tell(client, photos=[picture(), broken])
    assert answer.status_code == 422 and "Tư Lé" in page_of(answer) and not Tip.objects.exists()
    assert "Tệp thứ 2" in page_of(answer)
    opened = enter(client, receipt(tell(client)))
    broken.seek(0)
    more = act(client, opened, text="xem ảnh này", photos=broken)
    assert more.status_code == 422 and "xem ảnh này" in page_of(more) and not TipFile.objects.exists()


def test_a_tip_has_room_for_so_many_pictures(client: Client, settings: Any) -> None:
    six = [picture(f"{n}.jpg") for n in range(6)]
    assert tell(client, photos=six).status_code == 422
    code = receipt(tell(client))
    tip = Tip.objects.get()
    TipFile.objects.bulk_create(TipFile(tip=tip, original="", shown="x", at=clock.now()) for _ in range(MOST_FILES - 1))
    full = act(client, enter(client, code), text="hai ảnh", photos=[picture(), picture("b.jpg")])
    assert full.status_code == 422 and str(MOST_FILES) in page_of(full) and "hai ảnh" in page_of(full)
    assert TipFile.objects.count() == MOST_FILES - 1


def take_all(client: Client) -> int:
    """Send every file of the corpus (tests/security) as a tip picture; return how many were accepted. Raise
    AssertionError where the preview equals the original or contains hidden data."""
    taken = 0
    for number, file in enumerate(corpus.files()):
        upload = SimpleUploadedFile(file.name.encode("utf-8", "ignore").decode() or "a.jpg", file.data, "image/jpeg")
        answer = tell(client, text=f"có ảnh thứ {number}", photos=upload)
        assert answer.status_code in {200, 422}, (file.what, answer.status_code)
        row = (
            TipFile.objects.filter(tip__case__isnull=False).order_by("-pk").first()
            if answer.status_code == 200
            else None
        )
        if row is None or not file.data:
            continue
        if row.kind != "image":
            assert not row.shown and corpus.CANARY not in file_storage.read(row.original), file.what
            continue
        copy = queries.shown(row, handlers_pair(row.tip))
        assert copy != file.data and corpus.CANARY not in copy, file.what
        assert markers(copy) <= NEEDED, file.what
        assert file.shown is not False, file.what
        taken += 1
    return taken


def test_hostile_files_are_shown_clean_or_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(corpus.files()) >= 60
    monkeypatch.setattr(views, "braked", lambda *_: "")
    assert take_all(client) >= 10


def test_control_a_copy_that_keeps_what_came_is_found(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The defect: pictures are passed on unchanged."""
    monkeypatch.setattr(views, "braked", lambda *_: "")
    monkeypatch.setattr(file_storage, "clean_picture", lambda data: file_storage.Picture(data, 1, 1))
    with pytest.raises(AssertionError):
        take_all(client)
