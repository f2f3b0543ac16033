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
from binhyen.tips.rules import MAX_FILES
from binhyen.tips.tests.page import (
    TAG,
    enter_code,
    get_handler_key_pair,
    make_picture,
    read_page,
    read_receipt,
    submit_step,
    submit_tip,
)
from binhyen.vault import envelopes
from binhyen.vault.models import SealedText
from tests.security import corpus
from tests.security.test_files import NEEDED, list_markers

pytestmark = pytest.mark.django_db
SHOWN = re.compile(r'<img src="data:image/jpeg;base64,([^"]+)"')


def read_shown_file(answer: Any) -> bytes:
    match = SHOWN.search(read_page(answer))
    assert match
    return b64decode(match[1])


def test_a_picture_is_sealed_and_its_preview_has_no_metadata(client: Client) -> None:
    read_receipt(submit_tip(client, photos=make_picture()))
    row = TipFile.objects.get()
    assert row.at.minute == row.at.second == 0
    pair = get_handler_key_pair(row.tip)
    assert row.original and row.original_lock_id not in {None, row.tip.lock_id}, "see test_files_originals.py"
    assert TAG not in queries.open_preview(row, pair) and queries.open_preview(row, pair)[:2] == b"\xff\xd8"
    assert b"JFIF" not in file_storage.read_file(row.preview) and TAG not in file_storage.read_file(row.original)
    with pytest.raises(envelopes.EnvelopeError):
        envelopes.open_envelope(
            file_storage.read_file(row.preview), pair=pair, context=queries.format_file_context(row, "original")
        )


def test_the_receipt_holder_sees_the_preview_inside_the_page(client: Client) -> None:
    code = read_receipt(submit_tip(client, photos=make_picture()))
    opened = enter_code(client, code)
    assert not SHOWN.search(read_page(opened)), (
        "not before it is requested: it may be large, and others may see the screen"
    )
    row = TipFile.objects.get()
    looked = submit_step(client, opened, photo=str(row.public_id), text="đang viết dở")
    assert read_shown_file(looked) == queries.open_preview(row, get_handler_key_pair(row.tip))
    assert "đang viết dở" in read_page(looked) and SealedText.objects.count() == 1
    assert "img-src 'self' data:" in looked["Content-Security-Policy"]
    assert "data:" not in opened["Content-Security-Policy"], "only where there is one to show"
    assert looked["Cache-Control"] == "no-store"


def test_a_picture_of_another_tip_is_not_shown(client: Client) -> None:
    read_receipt(submit_tip(client, text="tin kia có một ảnh", photos=make_picture()))
    other = TipFile.objects.get()
    opened = enter_code(client, read_receipt(submit_tip(client)))
    for photo in (str(other.public_id), "x", "", "../../etc/passwd", str(other.pk)):
        assert not SHOWN.search(read_page(submit_step(client, opened, photo=photo)))


def test_the_person_may_keep_the_original_to_themselves(client: Client) -> None:
    code = read_receipt(submit_tip(client, photos=make_picture(), plain="yes"))
    submit_step(client, enter_code(client, code), text="thêm ảnh", photos=make_picture(), plain="yes")
    assert list(TipFile.objects.values_list("original", flat=True)) == ["", ""]
    for row in TipFile.objects.all():
        assert queries.open_preview(row, get_handler_key_pair(row.tip))[:2] == b"\xff\xd8"
    submit_step(client, enter_code(client, code), "withdraw", sure="yes")
    assert not TipFile.objects.exists()


def test_withdrawing_deletes_the_files(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    code = read_receipt(submit_tip(client, photos=[make_picture(), make_picture("b.jpg")]))
    names = [name for pair in TipFile.objects.values_list("original", "preview") for name in pair]
    assert len(names) == 4 and all(file_storage.read_file(name) for name in names)
    with django_capture_on_commit_callbacks(execute=True):
        submit_step(client, enter_code(client, code), "withdraw", sure="yes")
    for name in names:
        with pytest.raises(FileNotFoundError):
            file_storage.read_file(name)


def test_a_broken_picture_is_reported_by_position_and_nothing_is_lost(client: Client) -> None:
    broken = SimpleUploadedFile("a.jpg", b"<html>", "image/jpeg")
    answer = submit_tip(client, photos=[make_picture(), broken])
    assert answer.status_code == 422 and "Tư Lé" in read_page(answer) and not Tip.objects.exists()
    assert "Tệp thứ 2" in read_page(answer)
    opened = enter_code(client, read_receipt(submit_tip(client)))
    broken.seek(0)
    more = submit_step(client, opened, text="xem ảnh này", photos=broken)
    assert more.status_code == 422 and "xem ảnh này" in read_page(more) and not TipFile.objects.exists()


def test_a_tip_has_room_for_so_many_pictures(client: Client, settings: Any) -> None:
    six = [make_picture(f"{n}.jpg") for n in range(6)]
    assert submit_tip(client, photos=six).status_code == 422
    code = read_receipt(submit_tip(client))
    tip = Tip.objects.get()
    TipFile.objects.bulk_create(
        TipFile(tip=tip, original="", preview="x", at=clock.now()) for _ in range(MAX_FILES - 1)
    )
    full = submit_step(client, enter_code(client, code), text="hai ảnh", photos=[make_picture(), make_picture("b.jpg")])
    assert full.status_code == 422 and str(MAX_FILES) in read_page(full) and "hai ảnh" in read_page(full)
    assert TipFile.objects.count() == MAX_FILES - 1


def submit_corpus(client: Client) -> int:
    """Send every file of the corpus (tests/security) as a tip picture; return how many were accepted. Raise
    AssertionError where the preview equals the original or contains hidden data."""
    taken = 0
    for number, file in enumerate(corpus.list_files()):
        upload = SimpleUploadedFile(file.name.encode("utf-8", "ignore").decode() or "a.jpg", file.data, "image/jpeg")
        answer = submit_tip(client, text=f"có ảnh thứ {number}", photos=upload)
        assert answer.status_code in {200, 422}, (file.what, answer.status_code)
        row = (
            TipFile.objects.filter(tip__case__isnull=False).order_by("-pk").first()
            if answer.status_code == 200
            else None
        )
        if row is None or not file.data:
            continue
        if row.kind != "image":
            assert not row.preview and corpus.CANARY not in file_storage.read_file(row.original), file.what
            continue
        copy = queries.open_preview(row, get_handler_key_pair(row.tip))
        assert copy != file.data and corpus.CANARY not in copy, file.what
        assert list_markers(copy) <= NEEDED, file.what
        assert file.shown is not False, file.what
        taken += 1
    return taken


def test_hostile_files_are_shown_clean_or_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(corpus.list_files()) >= 60
    monkeypatch.setattr(views, "check_rate_limits", lambda *_: "")
    assert submit_corpus(client) >= 10


def test_control_an_unchanged_copy_is_detected(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The defect: pictures are passed on unchanged."""
    monkeypatch.setattr(views, "check_rate_limits", lambda *_: "")
    monkeypatch.setattr(file_storage, "clean_picture", lambda data: file_storage.Picture(data, 1, 1))
    with pytest.raises(AssertionError):
        submit_corpus(client)
