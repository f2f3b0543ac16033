"""A partly stored photo: a file without a row is cleaned up, a row without a file is shown as missing on the officer's
page.

Files and their directory entry are flushed before the row that names them is committed, so a power failure leaves only
the first kind; the second is a damaged disk or a restore without files.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from binhyen.cases.models import Case
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.cases.views.list_rows import build_case_url
from binhyen.channels.models import Attachment, Channel
from binhyen.channels.services import pruning
from binhyen.intake import web_reports
from binhyen.intake.tests.web import FIGHT, make_picture
from binhyen.kit import clock, file_storage
from binhyen.kit.ids import generate_token

pytestmark = [pytest.mark.fault, pytest.mark.django_db]
REPORT_TEXT = "tệp không còn trên máy chủ"


class ProcessKilled(BaseException):
    """The end of this process: nothing after it runs, no transaction is committed."""


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_ROOT = tmp_path
    Channel.objects.get_or_create(kind="web", defaults={"name": "Trang báo tin"})
    return tmp_path


def send_report() -> None:
    sending = web_reports.Submission(
        key=generate_token(), text=FIGHT, photos=(web_reports.UploadedPhoto("a.jpg", make_picture().read()),)
    )
    web_reports.send_report(sending=sending, now=clock.now())


def list_stored_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_what_a_cut_left_without_a_row_goes_a_night_later(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def kill_process(*_: Any, **__: Any) -> None:
        raise ProcessKilled

    with monkeypatch.context() as m:
        m.setattr(Attachment, "save", kill_process)
        m.setattr(file_storage, "delete_file", lambda name: None)  # no cleanup runs after a killed process
        with pytest.raises(ProcessKilled):
            send_report()
    assert not Attachment.objects.exists() and len(list_stored_files(folder)) == 2, (
        "original and copy are there without an owner"
    )
    for path in list_stored_files(folder):
        os.utime(path, (0, 0))
    send_report()
    assert pruning.remove_orphan_files(now=clock.now()) == 2
    named = {name for pair in Attachment.objects.values_list("original", "preview") for name in pair}
    assert {str(path.relative_to(folder)) for path in list_stored_files(folder)} == named


def test_a_row_whose_file_is_gone_says_so(folder: Path, officer: Callable[..., Any]) -> None:
    send_report()
    address, row = build_case_url(Case.objects.get().code), Attachment.objects.get()
    page = sign_in_browser(officer())
    whole = page.get(address).content.decode()
    assert REPORT_TEXT not in whole and f"/tep/{row.public_id}" in whole, "control: the page with its file"
    file_storage.delete_file(row.preview)
    torn = page.get(address)
    assert torn.status_code == 200 and REPORT_TEXT in torn.content.decode()
    assert f'href="/tep/{row.public_id}"' not in torn.content.decode()
    assert page.get(f"/tep/{row.public_id}").status_code == 404


def test_the_name_of_a_file_is_on_the_disk_before_its_row(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is flushed after the file is renamed, otherwise a power failure could undo the rename."""
    done: list[str] = []
    plain, rename = os.fsync, Path.rename
    monkeypatch.setattr(os, "fsync", lambda fd: (done.append("folder" if _is_folder(fd) else "file"), plain(fd))[1])
    monkeypatch.setattr(Path, "rename", lambda self, to: (done.append("name"), rename(self, to))[1])
    file_storage.store_file(b"x", "original")
    assert done == ["folder", "file", "name", "folder"], (
        "the first file creates the folder, whose own entry is flushed first"
    )
    done.clear()
    file_storage.store_file(b"x", "original")
    assert done == ["file", "name", "folder"]


def _is_folder(descriptor: int) -> bool:
    return Path(f"/proc/self/fd/{descriptor}").resolve().is_dir()
