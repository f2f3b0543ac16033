"""A9: handling of untrusted files. Never served unchanged, no metadata, bounded memory and time.

Requirement 14. The corpus is `corpus.py`; the decoder's sandbox is tested from inside.
"""

import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from binhyen.cases.models import Case
from binhyen.channels.models import Attachment, Message
from binhyen.channels.services import media
from binhyen.intake.tests.web import FIGHT, make_fake_picture, make_picture, parse_status_token, submit_report
from binhyen.kit import file_storage, image_sandbox
from binhyen.kit.security_headers import SANDBOX_CSP
from tests.security.corpus import CANARY, HostileFile, build_exif, encode_image, get_file, make_noise
from tests.security.corpus import list_files as corpus

# The segments of a plain JPEG: JFIF, tables, frame, scan, end. Everything else could carry hidden data.
NEEDED = {0xE0, 0xDB, 0xC0, 0xC2, 0xC4, 0xDA}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.FILES_ROOT = tmp_path
    return tmp_path


def list_markers(jpeg: bytes) -> set[int]:
    """Return the segments of a JPEG up to its scan; raise AssertionError if bytes follow its end."""
    assert jpeg[:2] == b"\xff\xd8" and jpeg[-2:] == b"\xff\xd9"
    marker_set, offset = set(), 2
    while True:
        assert jpeg[offset] == 0xFF
        marker_set.add(jpeg[offset + 1])
        if jpeg[offset + 1] == 0xDA:
            break
        offset += 2 + int.from_bytes(jpeg[offset + 2 : offset + 4], "big")
    assert jpeg.index(b"\xff\xd9", offset) == len(jpeg) - 2 or jpeg.count(b"\xff\xd9") == 1, "bytes behind the end"
    return marker_set


def check_stored_file(hostile: HostileFile, stored: Attachment) -> None:
    """Check the invariants of any file after intake."""
    if hostile.shown is not None:
        assert bool(stored.preview) is hostile.shown, stored.reason
    assert len(stored.name) <= 120 and not set(stored.name) & set("\u202e\u2066\u2067\u200b\r\n\0/\\")
    if not stored.preview:
        assert stored.state in {Attachment.State.REFUSED, Attachment.State.KEPT} and stored.reason
        return
    shown = file_storage.read_file(stored.preview)
    assert shown != hostile.data and CANARY not in shown and b"script" not in shown.lower()
    assert list_markers(shown) <= NEEDED
    again = Image.open(io.BytesIO(shown))
    assert (
        again.format == "JPEG"
        and not again.getexif()
        and set(again.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
    )
    assert max(again.size) <= image_sandbox.MAX_SIDE
    assert (stored.mime, stored.width, stored.height) == ("image/jpeg", *again.size)


def store_file(hostile: HostileFile) -> Attachment:
    began = time.monotonic()
    stored = media.store_attachment_bytes(
        Attachment(kind="image", name=file_storage.safe_file_name(hostile.name)), hostile.data
    )
    assert CANARY not in file_storage.read_file(stored.original), "the original is stored encrypted"
    assert len(file_storage.anonymous_file_name(hostile.name)) <= 10
    assert time.monotonic() - began < file_storage.TIMEOUT_SECONDS + 5
    return stored


@pytest.mark.django_db
def test_hostile_files_are_cleaned_or_not_shown() -> None:
    assert len(corpus()) >= 60 and len({h.what for h in corpus()}) == len(corpus())
    problems = []
    for hostile in corpus():
        try:
            check_stored_file(hostile, store_file(hostile))
        except Exception as problem:
            problems.append(f"{hostile.what}: {problem!r}"[:300])
    assert problems == []


def keep_metadata(data: bytes) -> file_storage.Picture:
    """Shrink the picture but keep its metadata (seeded defect)."""
    image = Image.open(io.BytesIO(data))
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", exif=image.getexif(), comment=image.info.get("comment", b""))
    return file_storage.Picture(out.getvalue(), *image.size)


def keep_original(data: bytes) -> file_storage.Picture:
    return file_storage.Picture(data, *Image.open(io.BytesIO(data)).size)


@pytest.mark.django_db
@pytest.mark.parametrize("defect", [keep_metadata, keep_original])
@pytest.mark.parametrize("what", ["jpeg gps turn 1", "jpeg comment"])
def test_control_metadata_is_found(
    monkeypatch: pytest.MonkeyPatch, defect: Callable[[bytes], file_storage.Picture], what: str
) -> None:
    monkeypatch.setattr(file_storage, "clean_picture", defect)
    hostile = get_file(what)
    with pytest.raises(AssertionError):
        check_stored_file(hostile, store_file(hostile))


def test_control_bytes_behind_the_end_are_found() -> None:
    with pytest.raises(AssertionError):
        list_markers(encode_image(make_noise(), "JPEG") + b"<html>")


def test_a_picture_stays_the_picture() -> None:
    """Rotated by its EXIF orientation, same colours; the cleaning loses nothing that a viewer needs."""
    half = Image.new("RGB", (80, 40), "red")
    half.paste("blue", (0, 0, 40, 40))
    clean = file_storage.clean_picture(encode_image(half, "JPEG", exif=build_exif(6), quality=95))
    shown = Image.open(io.BytesIO(clean.data))
    assert (clean.width, clean.height) == shown.size == (40, 80)
    top, bottom = shown.getpixel((20, 10)), shown.getpixel((20, 70))
    assert top[2] > 200 > top[0] and bottom[0] > 200 > bottom[2]


def test_a_heic_photo_is_refused_in_words_that_help() -> None:
    heic = get_file("heic")
    with pytest.raises(file_storage.NotAPicture, match=r"HEIC.*chụp màn hình"):
        file_storage.clean_picture(heic.data)


# The sandbox, from inside: attempts of a compromised decoder.

ATTEMPTS = {
    "a connection": "import socket; socket.socket()",
    "a pipe to another process": "import os; os.pipe()",
    "reading a file": "open('/etc/hostname')",
    "writing a file": "open('/tmp/x-decoder', 'w')",
    "a file in place of its input": "import os; os.close(0); os.open('/etc/passwd', os.O_RDONLY)",
    "a connection in place of its input": "import os, socket; os.close(0); socket.socket()",
    "removing a file": "import os, sys; os.unlink(sys.argv[-1])",
    "renaming a file": "import os, sys; os.rename(sys.argv[-1], sys.argv[-1] + 'x')",
    "emptying a file": "import os, sys; os.truncate(sys.argv[-1], 0)",
    "a signal to the parent process": "import os; os.kill(os.getppid(), 0)",
    "another process": "import os; os._exit(0) if os.fork() == 0 else os.wait()",
    "another program": "import _posixsubprocess, os; os.posix_spawn('/bin/true', ['true'], {})",
    "more memory": "x = bytearray(700 * 1024 * 1024)",
    "more rights": "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))",
    "being root": "import os; os.setuid(0); os.setgid(0); assert os.geteuid() != 0",
}
_PRELOAD = "import socket, os, resource, _posixsubprocess\n"


def run_in_sandbox(attempt: str, *, cage: str = "image_sandbox.confine()") -> int:
    code = f"import sys; sys.path += sys.argv[1:]\nimport image_sandbox\n{_PRELOAD}{cage}\n{attempt}\n"
    with tempfile.TemporaryDirectory() as folder:
        anybodys = Path(folder) / "x"  # writable for the unprivileged user too: only the sandbox forbids it
        anybodys.write_text("x")
        Path(folder).chmod(0o777)
        anybodys.chmod(0o666)
        run = [sys.executable, "-I", "-S", "-c", code, *file_storage._SANDBOX_PATH, str(anybodys)]
        return subprocess.run(run, capture_output=True, timeout=20, check=False).returncode


@pytest.mark.parametrize("what", ATTEMPTS)
def test_the_decoder_can_do_nothing_but_decode(what: str) -> None:
    assert run_in_sandbox(ATTEMPTS[what]) != 0


@pytest.mark.parametrize("what", [w for w in ATTEMPTS if w != "being root"])
def test_control_without_the_cage_it_could(what: str) -> None:
    assert run_in_sandbox(ATTEMPTS[what], cage="") == 0


def test_a_decoder_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_storage, "TIMEOUT_SECONDS", 1)
    monkeypatch.setattr(file_storage, "_SANDBOX_CODE", "while True: pass")
    with pytest.raises(file_storage.NotAPicture):
        file_storage.clean_picture(encode_image(make_noise(), "JPEG"))


def test_time_is_limited_in_the_decoder_too() -> None:
    status = run_in_sandbox(
        "resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass", cage="image_sandbox.confine()"
    )
    assert status < 0, "ended by a signal"


# End to end: the form, the desk, the disk.


@pytest.mark.django_db
def test_a_picture_is_decoded_once(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    decoded = []
    plain = file_storage.clean_picture
    monkeypatch.setattr(file_storage, "clean_picture", lambda data: (decoded.append(1), plain(data))[1])
    assert submit_report(client, photos=[make_picture(), make_picture((8, 9))]).status_code == 303
    assert len(decoded) == 2


@pytest.mark.django_db
def test_a_form_without_photos_starts_no_decoder(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a process for words"))
    assert submit_report(client).status_code == 303


@pytest.mark.django_db
def test_files_on_disk_tell_the_hour_at_most(client: Client, folder: Path) -> None:
    submit_report(client, photos=[make_picture()])
    stored_paths = [f for f in folder.rglob("*") if f.is_file()]
    assert len(stored_paths) == 2 and all(f.stat().st_mtime % 3600 == 0 for f in stored_paths)


@pytest.mark.django_db
def test_what_is_served_is_the_clean_copy_in_a_sandbox(client: Client, officer: Any, folder: Path) -> None:
    sent = make_picture((50, 40))
    original = sent.read()
    sent.seek(0)
    secret = parse_status_token(submit_report(client, FIGHT, photos=[sent]))
    photo = Attachment.objects.get()
    desk = Client()
    desk.force_login(officer("CHIEF", "18568"))
    assert Case.objects.get().unit_id == Message.objects.get().unit_id
    for answer in (client.get(f"/theo-doi/{secret}/anh/{photo.public_id}"), desk.get(f"/tep/{photo.public_id}")):
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Content-Security-Policy"] == SANDBOX_CSP
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"].startswith('inline; filename="anh')
        assert answer.content != original and list_markers(answer.content) <= NEEDED


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["file", "video", "audio"])
def test_what_is_no_picture_is_kept_and_never_served(client: Client, officer: Any, kind: str) -> None:
    submit_report(client, FIGHT, photos=[make_picture()])
    hostile = get_file("pdf with script")
    stored = media.store_attachment_bytes(
        Attachment(kind=kind, name="a.pdf", message=Message.objects.get()), hostile.data
    )
    stored.save()
    assert stored.state == Attachment.State.KEPT
    desk = Client()
    desk.force_login(officer("CHIEF", "18568"))
    assert desk.get(f"/tep/{stored.public_id}").status_code == 404


@pytest.mark.django_db
def test_a_page_sent_as_a_picture_is_refused_and_leaves_nothing(client: Client, folder: Path) -> None:
    answer = submit_report(client, photos=[make_fake_picture()])
    assert answer.status_code == 422 and "không phải ảnh" in answer.content.decode()
    assert not [f for f in folder.rglob("*") if f.is_file()] and Attachment.objects.count() == 0
