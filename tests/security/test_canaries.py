"""A3: over 200 made-up identities go through the real processes; none leaks. Requirement 1.

Entered wherever an identity can come in: name and phone of the form, Zalo id and name, metadata and names of photos,
tags of recordings and films of the page of tips and of chats, headers, addresses, rejected forms, everything of an
anonymous tip and of a tip in a group, and everything of a complaint about police: of the web page with its further
message and picture, of a chat, of a group, of a sealed post that an officer recognises as one, of the page of tips,
with the officer's note for its handlers and a handler's answer. Not entered, because it is the content of the case: the
text and the place of an ordinary report, which its officers read.

Searched: every row of every table (queue, sessions, live events, audit), the raw files and the log of PostgreSQL, the
program's folder with its uploads, a backup and its dump, temporary files, the output of the processes, the calls to
Zalo, and the responses to officers, strangers and other systems. A recipient's Zalo id may appear only in the call that
sends to it.
"""

import base64
import io
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from binhyen.api import services as api
from binhyen.api.scopes import Scope
from binhyen.cases.models import Case
from binhyen.channels.models import Attachment, Group, Inbound, Membership, Message, Outgoing
from binhyen.channels.services import media
from binhyen.conduct.models import Complaint
from binhyen.conduct.services import handling
from binhyen.embedded_postgres import EmbeddedPostgres
from binhyen.intake.tests.web import parse_form_key, submit_report
from binhyen.kit import clock
from binhyen.tips.models import TipFile
from binhyen.tips.tests.page import CODE, FIELD
from binhyen.vault import envelopes
from tests.process_harness import ProcessHarness, get_owner_dsn, run_processes, wait_until
from tests.security import canaries as search
from tests.security.canaries import Canaries
from tests.stories.test_group import join_group, start_group

REPORTS, CITIZENS, TIPS, BROKEN, COMPLAINTS = 5, 10, 4, 4, 6
CHAT_REPORTERS = 3  # of the citizens
WORDS = (
    "Nhà bên hát karaoke ầm ĩ suốt đêm ở xã Lộc Hà",
    "Có trộm vào nhà văn hóa xã Lộc Hà lấy quạt",
    "Xe tải chở cát rơi vãi ở xã Lộc Hà",
)
TIP = "Thằng Hùng con ông Bảy ở xã Lộc Hà bán ma túy cho thanh niên, tôi là {}"
RUDE = "Anh công an xã Lộc Hà thái độ hách dịch, đòi tiền khi tôi làm giấy tờ, tôi là {}"


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marks the module, so that the test database is created even if this file runs alone."""


# Planting.


def build_headers(c: Canaries) -> dict[str, str]:
    return {
        "User-Agent": c.word("header"),
        "Referer": f"http://vi-du.vn/{c.word('header')}",
        "X-Forwarded-For": c.word("header"),
        "Accept-Language": c.word("header"),
        "Cookie": f"_theo={c.word('header')}",
        "X-Zalo-Name": c.word("header"),
    }


def open_form(stack: ProcessHarness, path: str, c: Canaries) -> tuple[requests.Session, str]:
    session = requests.Session()
    page = session.get(f"{stack.url}{path}?ten={c.word('address')}", headers=build_headers(c), timeout=20)
    token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]  # the page of tips has none
    session.last = page.text  # type: ignore[attr-defined]
    return session, token


def post_form(
    stack: ProcessHarness,
    session: requests.Session,
    path: str,
    fields: dict[str, str],
    c: Canaries,
    photos: int = 0,
    tagged: bool = False,
) -> requests.Response:
    files = [
        ("photos", (f"{c.word('file name')}.jpg", io.BytesIO(c.photo("photo's metadata")), "image/jpeg"))
        for _ in range(photos)
    ]
    if tagged:
        for ending, data in (("mp3", c.make_recording("recording's tag")), ("mp4", c.make_film("film's tag"))):
            files.append(("photos", (f"{c.word('file name')}.{ending}", io.BytesIO(data), "application/octet-stream")))
    sent_headers = {k: v for k, v in build_headers(c).items() if k != "Cookie"}
    given: Any = files or None
    return session.post(
        f"{stack.url}{path}?so={c.word('address')}",
        data=fields,
        files=given,
        headers=sent_headers,
        timeout=60,
        allow_redirects=False,
    )


def send_reports(stack: ProcessHarness, c: Canaries) -> None:
    for n in range(REPORTS):
        session, token = open_form(stack, "/bao-tin", c)
        fields = {
            "csrfmiddlewaretoken": token,
            "key": parse_form_key(session.last),
            "text": WORDS[n % 3],
            "name": f"Ông {c.word('name')}",
            "phone": c.phone("phone"),
        }
        answer = post_form(stack, session, "/bao-tin", fields, c, photos=2)
        assert answer.status_code == 303, answer.text[:500]
    for _ in range(BROKEN):  # refused, and returned to the sender; stored nowhere
        session, token = open_form(stack, "/bao-tin", c)
        fields = {
            "csrfmiddlewaretoken": token,
            "key": parse_form_key(session.last),
            "text": "",
            "name": c.word("rejected form"),
            "phone": c.word("rejected form"),
            "place": c.word("rejected form"),
            "latitude": c.word("rejected form"),
        }
        assert post_form(stack, session, "/bao-tin", fields, c).status_code == 422
        lost = requests.get(f"{stack.url}/theo-doi/{c.word('address')}", headers=build_headers(c), timeout=20)
        assert lost.status_code == 404 and c.mark not in lost.text


def send_tips(stack: ProcessHarness, c: Canaries) -> None:
    for words in (*[TIP] * TIPS, RUDE):  # the last is a complaint, which leaves the desk of tips at once
        session, token = open_form(stack, "/bao-kin", c)
        form_fields = dict(FIELD.findall(session.last))
        fields = {
            "step": "send",
            "key": form_fields["key"],
            "text": words.format(c.word("tip's words")),
            "place": c.word("tip's place"),
            "csrfmiddlewaretoken": token,
        }
        answer = post_form(stack, session, "/bao-kin", fields, c, photos=1, tagged=True)
        assert CODE.search(answer.text), answer.text[:500]


def send_page_complaints(stack: ProcessHarness, c: Canaries) -> None:
    """Send two complaints, each with a further message; only the page of the link shows it again."""
    for _ in range(2):
        session, token = open_form(stack, "/bao-tin", c)
        fields = {
            "csrfmiddlewaretoken": token,
            "key": parse_form_key(session.last),
            "text": RUDE.format(c.word("complaint's words")),
            "place": c.word("complaint's place"),
            "name": c.word("complaint's name"),
            "phone": c.phone("phone"),
        }
        answer = post_form(stack, session, "/bao-tin", fields, c, photos=1)
        assert answer.status_code == 303, answer.text[:500]
        page = "/theo-doi/" + answer.headers["Location"].split("/da-gui/")[1].partition("?")[0]
        more = {"csrfmiddlewaretoken": token, "text": f"Anh ấy lại đòi nữa, {c.word('further word')}"}
        assert post_form(stack, session, page, more, c, photos=1).status_code == 303
        shown = session.get(f"{stack.url}{page}", timeout=20).text
        assert shown.count(c.mark) >= 2, "the reporter can read it again"


def send_chat_complaints(stack: ProcessHarness, c: Canaries, group: Group) -> None:
    """Send one complaint in private, one in the group where every member can read it."""
    for where in ("", group.external_id):
        citizen = stack.create_citizen(c.word("Zalo name"))
        c.register_value(citizen, "Zalo id")
        if where:
            join_group(stack, group, citizen)
        stack.send_message(citizen, RUDE.format(c.word("complaint in a chat")), **({"group": where} if where else {}))


def reclassify_sealed_post(c: Canaries, chief: Any) -> None:
    """Let an officer reclassify a sealed post, and write a note for its handlers."""
    client = Client()
    client.force_login(chief)
    case = wait_until(
        lambda: Case.objects.filter(case_messages__message__lock__isnull=False, is_restricted=False).first(),
        why="a sealed post",
    )
    extract = f"Người trong nhóm nói công an xã Lộc Hà nhận tiền bảo kê, {c.word('extract for the handlers')}"
    fields = {"category": "officer_complaint", "urgency": "1", "version": str(case.version), "words": extract}
    assert client.post(f"/vu-viec/{case.code}/phan-loai", fields).status_code == 303
    wait_until(lambda: Complaint.objects.filter(case=case).exists(), why="routed and sealed by the worker")


def answer_complaints(c: Canaries, officer: Any) -> None:
    """Let a handler answer the complaints that are read again by a link; a letter into a chat is as open as the chat."""
    duty = officer("PROVINCE_DUTY", "42")
    answered = 0
    for complaint in Complaint.objects.exclude(page_wrapped_key=b"").filter(veto__desk="PROVINCE"):
        handling.answer_complaint(
            complaint=complaint, text=f"Đã rõ, {c.word('answer of a handler')}", officer=duty, now=clock.now()
        )
        answered += 1
    assert answered >= 2


def send_chat_messages(stack: ProcessHarness, c: Canaries, group: Group) -> None:
    """Send private messages, and a tip in the group; names and ids are the emulator's."""
    for n in range(CITIZENS):
        citizen = stack.create_citizen(c.word("Zalo name"))
        c.register_value(citizen, "Zalo id")
        stack.send_message(citizen, WORDS[n % 3], **(send_recordings(c) if n < CHAT_REPORTERS else {}))
        if n < 2:
            join_group(stack, group, citizen)
            wait_until(lambda n=n: Membership.objects.filter(group=group).count() >= n + 1, why="member")
            stack.send_message(citizen, f"{TIP.format(c.word('words of a group tip'))}", group=group.external_id)


def send_recordings(c: Canaries) -> dict[str, str]:
    """Send a recording and a film with the text, as the emulator accepts bytes."""
    bodies = {"audio": c.make_recording("recording's tag in a chat"), "video": c.make_film("film's tag in a chat")}
    return {kind: base64.b64encode(data).decode() for kind, data in bodies.items()}


# Searching.


def collect_responses(c: Canaries, officer: Any, streamed: list[bytes]) -> list[str]:
    """Yield the responses to officers of every role, another system and strangers."""
    responses = []
    for role, commune in (
        ("CHIEF", "18568"),
        ("OFFICER", "18073"),
        ("PROVINCE_DUTY", "42"),
        ("OPERATOR", "42"),
        ("INSPECTOR", "42"),
    ):
        person, client = officer(role, commune), Client(raise_request_exception=False)
        client.force_login(person)
        pages = [
            "/ban-truc?xem=tat-ca",
            "/ban-truc.csv?xem=tat-ca",
            "/tin-nhan",
            "/hop-thu-di",
            "/nhom",
            "/nhat-ky",
            "/nhat-ky.csv",
            "/vet-cua-toi",
            "/quan-tri/",
            "/quan-tri/procrastinate/procrastinatejob/",
            "/tim?q=Loc+Ha",
            "/khong-co",
        ]
        pages += [f"/vu-viec/{code}" for code in Case.objects.values_list("code", flat=True)]
        pages += [f"/nhom/{g}" for g in Group.objects.values_list("public_id", flat=True)]
        pages += [f"/tep/{a}" for a in Attachment.objects.values_list("public_id", flat=True)[:4]]
        for where in pages:
            answer = client.get(where)
            responses += c.find_hits(answer.content, f"{role} {where}")
            responses += c.find_hits(str(answer.headers).encode(), f"headers to {role} {where}")
        if role in {"CHIEF", "PROVINCE_DUTY"}:
            value = api.create_token(
                officer=person, name="x", scopes=frozenset({Scope.READ}), days=1, actor="system:test", now=clock.now()
            ).value
            token_headers = {"Authorization": f"Bearer {value}"}
            for case in Case.objects.all():
                responses += c.find_hits(
                    Client().get(f"/api/v1/cases/{case.code}", headers=token_headers).content, f"API to {role}"
                )
    return responses + c.find_hits(b"".join(streamed), "live feed")


def collect_live_feed(stack: ProcessHarness, cookie: str, into: list[bytes]) -> None:
    """Collect the live feed of the province until the gateway is stopped."""
    asked = urllib.request.Request(f"{stack.url}/live", headers={"Cookie": f"binhyen_session={cookie}"})
    try:
        with urllib.request.urlopen(asked, timeout=120) as answer:
            while line := answer.readline():
                into.append(line)
    except OSError:
        return


def collect_zalo_calls(c: Canaries, stack: ProcessHarness) -> list[str]:
    """Yield our calls that the emulator recorded: the recipient's id is in its own field, and no other id of a person."""
    calls = []
    for row in stack.call_control("sent?limit=1000")["sent"]:
        other_fields = {k: v for k, v in row.items() if k != "user_id"}
        asked = other_fields.pop("request", None)
        if isinstance(asked, dict):
            other_fields["request"] = {k: v for k, v in asked.items() if k != "recipient"}
        calls += c.find_hits(repr(other_fields).encode(), "call to Zalo")
    return calls


def is_settled() -> bool:
    connection.close()
    waiting = (
        Inbound.objects.exclude(state="DONE").exists()
        or Outgoing.objects.filter(state__in=["QUEUED", "SENDING"]).exists()
        or Attachment.objects.filter(state="WAITING").exists()
    )
    expected_count = REPORTS + CITIZENS + COMPLAINTS - 1  # the one of the page of tips is no message
    return not waiting and Complaint.objects.count() >= COMPLAINTS and Message.objects.count() >= expected_count


def get_data_folder() -> Path | None:
    """Return the raw files of the tests' server, if they are on this machine and readable."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        folder = Path(cursor.fetchone()[0])
    return folder if folder.is_dir() and (folder / "PG_VERSION").exists() else None


def test_no_identity_turns_up_where_it_must_not_be(
    real_db: None, tmp_path: Path, officer: Any, settings: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    c, streamed, since = Canaries(), list[bytes](), time.time()
    settings.FILES_ROOT = tmp_path / "var" / "files"
    (tmp_path / "tmp").mkdir()
    chief, duty = officer("CHIEF", "18568"), Client()
    duty.force_login(officer("PROVINCE_DUTY", "42"))
    environment = {"TMPDIR": str(tmp_path / "tmp"), "BINHYEN_LOG": "DEBUG", "HOME": str(tmp_path / "tmp")}
    with run_processes(tmp_path / "var", environment=environment) as stack:
        wait_until(lambda: requests.get(f"{stack.url}/bao-tin", timeout=20).status_code == 200, why="pages")
        cookie = duty.cookies["binhyen_session"].value
        threading.Thread(target=collect_live_feed, args=(stack, cookie, streamed), daemon=True).start()
        group = start_group(chief)
        send_reports(stack, c)
        send_tips(stack, c)
        send_page_complaints(stack, c)
        send_chat_messages(stack, c, group)
        send_chat_complaints(stack, c, group)
        reclassify_sealed_post(c, chief)
        wait_until(is_settled, why="everything read and answered")
        answer_complaints(c, officer)
        outside = collect_zalo_calls(c, stack)
        stack.stop_processes("emulator")  # its folder and content belong to Zalo, not to us
        (tmp_path / "var" / "emulator.json").unlink(missing_ok=True)
        shutil.rmtree(tmp_path / "var" / "emulator.json.media")
        archive = tmp_path / "backup" / "b.tar.gz"
        archive.parent.mkdir()
        save_archive(archive, stack)
    printed = capfd.readouterr()
    assert len(c.planted) >= 200, len(c.planted)
    assert Complaint.objects.count() >= COMPLAINTS, "a text that is not detected as a complaint is not searched as one"
    assert streamed, "the feed sent something"
    stored_recordings = TipFile.objects.filter(kind__in=["audio", "video"]).exclude(original="")
    assert stored_recordings.count() == 2 * (TIPS + 1), "recordings and films of tips are stored encrypted"
    of_chats = Attachment.objects.filter(kind__in=["audio", "video"], state="KEPT").exclude(original="")
    assert of_chats.count() == 2 * CHAT_REPORTERS, "of chats too"
    search.write_checkpoint(get_owner_dsn())
    hits_by_place = {
        "told Zalo": outside,
        "rows": search.search_rows(c, get_owner_dsn()),
        "folder": search.search_files(c, tmp_path / "var"),
        "temporary files": search.search_files(c, tmp_path / "tmp")
        + search.search_new_files(c, Path("/dev/shm"), since),
        "printed": c.find_hits((printed.out + printed.err).encode(), "printed"),
        "backup": search.search_backup(c, archive, tmp_path / "unpacked"),
        "answers": collect_responses(c, officer, streamed),
    }
    if folder := get_data_folder():
        hits_by_place["raw files of the database"] = search.search_files(c, folder)
    assert {place: sorted(set(hits))[:12] for place, hits in hits_by_place.items() if hits} == {}


def save_archive(archive: Path, stack: ProcessHarness) -> None:
    run = [sys.executable, "-m", "binhyen.backup", "save", str(archive), "--plain"]
    environment = {**stack.environment, "PATH": "/usr/bin:/bin"}
    subprocess.run(run, check=True, env=environment, cwd=Path(__file__).parents[2], timeout=120)


# Controls: planted leaks that the search must find.


@pytest.fixture
def unsealed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Switch an encryption off: its output is its input."""
    monkeypatch.setattr(envelopes.Sealer, "seal", lambda self, value, *, context: value)
    yield


def test_control_a_sealing_switched_off_is_found_everywhere(
    real_db: None, unsealed: None, settings: Any, tmp_path: Path
) -> None:
    settings.FILES_ROOT = tmp_path
    c = Canaries()
    photo = SimpleUploadedFile(f"{c.word('file name')}.jpg", c.photo("metadata"), "image/jpeg")
    assert (
        submit_report(Client(), WORDS[0], name=c.word("name"), phone=c.phone("phone"), photos=[photo]).status_code
        == 303
    )
    assert submit_report(Client(), RUDE.format(c.word("complaint's words"))).status_code == 303
    for kind, data in (("audio", c.make_recording("recording's tag")), ("video", c.make_film("film's tag"))):
        media.store_attachment_bytes(Attachment(kind=kind, message=Message.objects.first()), data).save()
    hits = search.search_files(c, tmp_path)
    for what in ("original", "recording's tag", "film's tag"):
        assert any(what in hit for hit in hits), what
    search.write_checkpoint(get_owner_dsn())
    rows = search.search_rows(c, get_owner_dsn())
    assert {"vault_identity", "vault_sealedtext"} <= {hit.partition(":")[0].removeprefix("table ") for hit in rows}
    if folder := get_data_folder():
        raw = search.search_files(c, folder)
        assert any("pg_wal" in hit for hit in raw) and any("base" in hit for hit in raw)


@pytest.mark.parametrize(
    "form_of", [str.encode, lambda v: v.encode("utf-16-le"), lambda v: v.encode().hex().encode(), str.upper]
)
def test_control_a_value_is_known_in_other_forms(form_of: Any, tmp_path: Path) -> None:
    c = Canaries()
    value = form_of(c.word("x"))
    (tmp_path / "a").write_bytes(b"12345" + (value if isinstance(value, bytes) else value.encode()) + b"6789")
    assert search.search_files(c, tmp_path)


@pytest.mark.parametrize("shift", range(3))
def test_control_a_value_is_known_in_base_64(shift: int, tmp_path: Path) -> None:
    c = Canaries()
    (tmp_path / "a").write_bytes(base64.b64encode(b"x" * shift + c.word("x").encode() + b"yy"))
    assert search.search_files(c, tmp_path)


def test_the_server_is_the_one_whose_files_are_searched() -> None:
    """On the program's own PostgreSQL the raw files are searched, not skipped silently."""
    import os

    if os.environ.get("BINHYEN_TEST_OWN_DATABASE"):
        assert (EmbeddedPostgres(Path(os.environ["BINHYEN_VAR"]).resolve() / "postgresql").data / "pg_wal").is_dir()
