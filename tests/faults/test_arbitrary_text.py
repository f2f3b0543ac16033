"""Any text through the real gateway and the reader; invalid photos; unknown places."""

import base64
import io
import json
import unicodedata
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.cases.models import Case
from binhyen.channels.models import Attachment, Channel, Inbound, Message, Outgoing
from binhyen.channels.services import media
from binhyen.intake.inbox_worker import drain_inbox
from binhyen.kit import clock, text
from tests.faults.doorway import (
    APP,
    FIGHT,
    build_event,
    build_text_event,
    post_events,
    run_through_gateway,
    sign_body,
    to_milliseconds,
)

pytestmark = pytest.mark.fault
PLACE = "TDP Phú Mậu"


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marks the module, so that pytest-django creates the test database even if this file runs alone."""


def post_body(oa: Channel, body: bytes, moment: str) -> int:
    return run_through_gateway(oa, lambda doorway: doorway.post_body(body, sign_body(body, moment)))


def post_text(oa: Channel, words: str) -> Message:
    """Send a text as Zalo's own JSON writer would (with escapes where shorter), through gateway and reader."""
    what = build_text_event(words)
    escaped = any("\ud800" <= char <= "\udfff" for char in words) or len(words) < 50_000
    assert post_body(oa, json.dumps(what, ensure_ascii=escaped).encode(), what["timestamp"]) == 200
    drain_inbox()
    row = Inbound.objects.get()
    assert (row.state, row.reason, row.attempts) == ("DONE", "", 0)
    return Message.objects.get()


HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
REVERSED_TEXT = "\u202e\u202d\u2066\u2069\u200f"
ODD = {
    "nfd": unicodedata.normalize("NFD", FIGHT),
    "zero-width": HIDDEN.join(FIGHT),
    "right-to-left": f"{REVERSED_TEXT}{FIGHT}{REVERSED_TEXT}",
    "arabic and hebrew": f"{FIGHT} مرحبا שלום",
    "emoji": f"{FIGHT} 🔪🆘👨‍👩‍👧‍👦🇻🇳👍🏽" + "😀" * 500,
    "lone surrogates": f"\ud800{FIGHT}\udfff \udc00\ud83d",
    "nul": f"\u0000{FIGHT}\u0000",
    "control characters": "".join(map(chr, range(32))) + FIGHT + "\u007f\u0085\u009b",
    "html": f"<script>alert(1)</script><img src=x onerror=alert(1)> {FIGHT} {{{{ 7*7 }}}} {{% now %}}",
    "sql": f"'; DROP TABLE cases_case; -- {FIGHT} %s %(a)s \\",
    "combining": FIGHT + " " + "a" + "\u0301" * 1000,
    "marks to reorder": FIGHT + " a" + "\u0301" * 10_000 + "\u0323" * 10_000,
    "fillers": "\u3164".join(FIGHT) + "\u115f\u1160\uffa0\u061c",
    "mentions": f"[@123][@[@1]2] {FIGHT}",
    "lines": FIGHT.replace(" ", "\r\n\t"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_text_is_read_as_what_it_says(oa: Channel, unit: Any, name: str) -> None:
    message = post_text(oa, ODD[name])
    assert message.text == text.to_nfc(message.text)
    assert "\u0000" not in message.text and not any("\ud800" <= c <= "\udfff" for c in message.text)
    assert not set(HIDDEN + REVERSED_TEXT) & set(message.text)
    case = Case.objects.get()
    assert (case.unit, case.urgency) == (unit("18568"), 3), "it was classified, and is on the right desk"
    assert "phu mau" in " ".join(case.search_text.split()), "and can be found by search"
    assert Outgoing.objects.count() == 1
    if name == "html":
        assert "<script>" in message.text, "stored as written; the pages escape it"


def test_control_without_cleaning_nul_the_reader_fails(oa: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("binhyen.channels.kinds.zalo_oa.events.to_nfc", lambda words: words)
    what = build_text_event(ODD["nul"])
    assert post_body(oa, json.dumps(what).encode(), what["timestamp"]) == 200
    drain_inbox()
    assert Inbound.objects.get().state == "PENDING"
    assert Inbound.objects.get().reason


@pytest.mark.parametrize("words", ["", " ", HIDDEN, "\u0000", "\ud800", "🙂", "[@1]", "\u0301"])
def test_text_without_words_is_stored_and_opens_nothing(oa: Channel, words: str) -> None:
    post_text(oa, words)
    assert not Case.objects.exists()


@pytest.mark.parametrize("filler", ["a", "đánh nhau ", "ớ", "😀", "[@", "0912345678 ", "http://a.b/", "\u0301", "(((("])
def test_a_hundred_thousand_characters_open_one_case(oa: Channel, filler: str) -> None:
    message = post_text(oa, f"{FIGHT} {filler * (100_000 // len(filler))}")
    assert Case.objects.count() == 1
    assert message.text.startswith("Có nhóm thanh niên")
    assert len(Case.objects.get().title) <= 160


def test_two_megabytes_are_refused_by_size(oa: Channel) -> None:
    what = build_text_event("đ" * 1_000_000)
    body = json.dumps(what, ensure_ascii=False).encode()
    assert len(body) > 2_000_000
    assert post_body(oa, body, what["timestamp"]) == 413
    assert not Inbound.objects.exists()
    assert post_events(oa, build_text_event()) == [200], "and the gateway keeps running"


def test_odd_bytes_in_every_other_field_reach_no_table(oa: Channel) -> None:
    """NUL and lone surrogates in Zalo's fields for ids, names and addresses."""
    for number, odd in enumerate(["\u0000", "\ud800", "a\u0000b", "\u202e"]):
        name = {"type": "file", "payload": {"url": f"https://x/{odd}", "name": f"ảnh{odd}.jpg", "description": odd}}
        what = build_event(
            "user_send_file", message={"msg_id": f"f{number}", "text": f"Xem {odd}", "attachments": [name]}
        )
        card = {"type": "link", "payload": {"description": json.dumps({"phone": f"09{odd}"}), "url": odd}}
        other = build_event(
            "user_send_business_card", message={"msg_id": f"c{number}", "text": odd, "attachments": [card]}
        )
        info = build_event("user_submit_info", info={"name": f"Hoà{odd}", "phone": odd, "address": {"a": odd}})
        quote = build_text_event(f"Xem {odd}", msg_id=f"q{number}")
        quote["message"]["quote_msg_id"] = odd
        for value in (what, other, info, quote):
            body = json.dumps(value).encode()
            assert post_body(oa, body, value["timestamp"]) == 200
    drain_inbox()
    assert set(Inbound.objects.values_list("state", "attempts")) == {("DONE", 0)}
    strange = {
        "app_id": APP,
        "event_name": "user_send_text",
        "timestamp": to_milliseconds(clock.now()),
        "sender": {"id": "9\u0000"},
        "message": {"msg_id": "\u0000", "text": "a"},
    }
    assert post_body(oa, json.dumps(strange).encode(), strange["timestamp"]) == 200
    drain_inbox()
    assert Inbound.objects.get(state="DEAD").reason == "sai cấu trúc"


def make_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG")
    return out.getvalue()


FILES: dict[str, tuple[str, bytes]] = {
    "/good.jpg": ("image/jpeg", make_picture()),
    "/page.jpg": ("text/html", b"<!doctype html><html><body>Login</body></html>"),
    "/liar.jpg": ("image/jpeg", b"<html><script>alert(1)</script></html>"),
    "/half.jpg": ("image/jpeg", make_picture()[:300]),
    "/none.jpg": ("image/jpeg", b""),
    "/svg.jpg": ("image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    "/both.jpg": ("image/jpeg", b"GIF89a<script>alert(1)</script>"),
}


class _FileHandler(BaseHTTPRequestHandler):
    away = False

    def do_GET(self) -> None:
        kind, data = FILES.get(self.path, ("text/plain", b""))
        self.send_response(503 if self.away else 200 if self.path in FILES else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Print nothing on the console."""


@pytest.fixture
def host() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _FileHandler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def send_photo(oa: Channel, url: str) -> Attachment:
    oa.settings["openapi_url"] = url.rpartition("/")[0]  # the host that counts as Zalo's
    oa.save()
    photo = {"type": "image", "payload": {"url": url, "thumbnail": url}}
    post_events(oa, build_event("user_send_image", message={"msg_id": "p1", "text": FIGHT, "attachments": [photo]}))
    drain_inbox()
    media.fetch_waiting_files(channel_id=oa.pk)
    return Attachment.objects.get()


REASONS = {"/missing.jpg": "Tệp không còn trên máy chủ của Zalo"}


@pytest.mark.parametrize("path", [path for path in FILES if path != "/good.jpg"] + ["/missing.jpg"])
def test_a_photo_that_is_none_is_refused_and_the_words_still_count(oa: Channel, host: str, path: str) -> None:
    attachment = send_photo(oa, host + path)
    assert (attachment.state, attachment.preview, attachment.url) == ("REFUSED", "", "")
    assert attachment.reason == REASONS.get(path, "Tệp này không phải ảnh xem được."), "the desk shows the reason"
    case = Case.objects.get()
    assert case.case_messages.get().message.text == FIGHT
    assert PLACE in case.title


def test_control_a_photo_that_is_one_is_shown(oa: Channel, host: str, settings: Any) -> None:
    attachment = send_photo(oa, f"{host}/good.jpg")
    assert (attachment.state, attachment.reason) == ("READY", "")
    assert (Path(settings.FILES_ROOT) / attachment.preview).read_bytes().startswith(base64.b64decode("/9g="))


def test_a_photo_waits_while_its_host_is_away(oa: Channel, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_FileHandler, "away", True)
    attachment = send_photo(oa, f"{host}/good.jpg")
    assert attachment.state == "WAITING" and attachment.url and attachment.reason
    assert Case.objects.count() == 1
    monkeypatch.setattr(_FileHandler, "away", False)
    media.sweep_waiting()
    assert ProcrastinateJob.objects.filter(task_name="channels.fetch_media", status="todo").count() == 1
    assert media.fetch_waiting_files(channel_id=oa.pk) == 1
    attachment.refresh_from_db()
    assert (attachment.state, attachment.reason, attachment.url) == ("READY", "", "")


def test_a_photo_that_cannot_be_had_for_days_is_given_up(
    oa: Channel, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_FileHandler, "away", True)
    attachment = send_photo(oa, f"{host}/good.jpg")
    Message.objects.update(received_at=clock.now() - media.MAX_FETCH_AGE * 1.1)
    media.fetch_waiting_files(channel_id=oa.pk)
    attachment.refresh_from_db()
    assert (attachment.state, attachment.reason) == ("REFUSED", "Zalo đang trục trặc")


@pytest.mark.parametrize(
    "words",
    [
        "Có đánh nhau ở thôn Không Có Thật",
        "Có trộm xe máy ở quận 1",
        "Đánh nhau to lắm, cứu với",
        "Có cháy ở Paris",
        "Có người cầm dao ở đâu đó không biết",
    ],
)
def test_an_unknown_place_goes_to_the_province(oa: Channel, unit: Any, words: str) -> None:
    post_text(oa, words)
    case = Case.objects.get()
    assert case.unit == unit("42")
    assert Message.objects.get().unit == unit("42")
