"""Missing picture files (a replaced disk, a restore without them): sealing text and restricting complaints still work,
and no page fails.
"""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from binhyen.channels.models import Attachment, Message
from binhyen.channels.retry_policy import READABLE_TIME
from binhyen.channels.services import media
from binhyen.channels.services.messages import seal_expired_urgent_tips
from binhyen.conduct.models import Complaint, File
from binhyen.conduct.tests import test_seal_case_status_page as lifted
from binhyen.intake.tests.chat_reports import create_group, create_person, run_pipeline
from binhyen.intake.tests.test_pipeline_group_tips import PHOTO, URGENT, create_photo
from binhyen.intake.tests.web import make_picture
from binhyen.kit import file_storage
from binhyen.tips.models import TipFile
from binhyen.tips.tests.page import enter_code, read_receipt, submit_step, submit_tip
from tests import rls

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_ROOT = tmp_path
    return tmp_path


def delete_files(folder: Path) -> None:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    assert paths, "control: it existed"
    for path in paths:
        path.unlink()


def check_sealed_in_time(unit: Any, now: dt.datetime, folder: Path) -> None:
    group = create_group(unit("18568"), now)
    (first,) = run_pipeline((create_person(), URGENT), group=group, moment=now, media=PHOTO)
    create_photo(first.message)
    delete_files(folder)
    (second,) = run_pipeline((create_person(), URGENT.replace("Hùng", "Tèo")), group=group, moment=now)
    with rls.acting_as("worker"):
        assert seal_expired_urgent_tips(now=now + READABLE_TIME + dt.timedelta(minutes=1)) == 2
    assert not Message.objects.filter(pk__in=[first.message.pk, second.message.pk]).exclude(text="").exists()
    row = Attachment.objects.get()
    assert (row.state, row.preview) == ("KEPT", "") and row.shown_lock_id


def test_urgent_tips_are_sealed_in_their_time(unit: Any, now: dt.datetime, folder: Path) -> None:
    check_sealed_in_time(unit, now, folder)


def test_control_one_lost_picture_kept_all_of_them_in_clear(
    unit: Any, now: dt.datetime, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media.file_storage, "read_file_if_exists", file_storage.read_file)
    with pytest.raises(FileNotFoundError):
        check_sealed_in_time(unit, now, folder)
    assert Message.objects.exclude(text="").count() == 2


def test_a_complaint_leaves_the_register(officer: Callable[..., Any], folder: Path) -> None:
    client, chief = Client(), officer("CHIEF", "18568")
    link = lifted.report_on_page(client, chief)
    delete_files(folder)
    lifted.mark_as_complaint(chief)
    assert Complaint.objects.exists() and not File.objects.exists()
    assert not Message.objects.exclude(text="").exists(), "no plaintext remains"
    assert client.get(link).status_code == 200


def test_no_page_of_a_tip_fails(folder: Path) -> None:
    client = Client()
    opened = enter_code(client, read_receipt(submit_tip(client, photos=make_picture())))
    photo = str(TipFile.objects.get().public_id)
    delete_files(folder)
    assert submit_step(client, opened, photo=photo).status_code == 200
