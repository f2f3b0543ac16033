"""«Báo tin kín» for a person without script, cookie or account, and for an attacker guessing codes."""

import datetime as dt
import html
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client

from binhyen.cases.models import Alarm, Case
from binhyen.kit import clock, file_storage
from binhyen.tips import receipt_sessions, services
from binhyen.tips.desk import TipDesk
from binhyen.tips.models import Tip, TipFile
from binhyen.tips.rules import RETENTION
from binhyen.tips.tests.page import (
    TEXT,
    enter_code,
    get_handler_key_pair,
    make_picture,
    read_hidden_fields,
    read_page,
    read_receipt,
    submit_step,
    submit_tip,
)
from binhyen.vault import envelopes
from binhyen.vault.models import ConversationKey, SealedText, WrappedKey
from binhyen.vault.queries import open_texts

pytestmark = pytest.mark.django_db


def test_the_whole_way_without_script_or_cookie(client: Client, officer: Callable[..., Any]) -> None:
    code = read_receipt(submit_tip(client))
    tip = Tip.objects.get()
    assert (tip.case.kind, tip.case.category, tip.case.sensitive) == ("sealed_tip", "drugs_gambling", True)
    assert tip.case.unit.level == "PROVINCE"
    assert "Lộc Hà" in tip.case.title
    duty = officer("PROVINCE_DUTY", "42")
    desk = TipDesk()
    [talk] = desk.talks(duty, now=clock.now()).rows
    assert talk.waiting
    words = desk.words(talk.ref)
    opened = envelopes.open_envelope(words[0].sealed, pair=get_handler_key_pair(tip), context=words[0].context).decode()
    assert opened == TEXT
    desk.reply(officer=duty, ref=talk.ref, text="Cảm ơn. Xe màu gì?", now=clock.now())
    answer = enter_code(client, code)
    assert answer.status_code == 200
    assert TEXT in read_page(answer) and "Xe màu gì?" in read_page(answer)
    assert f"dùng được tới {clock.to_vietnam_day(tip.last_message_at + RETENTION):%d/%m/%Y}" in read_page(answer)
    more = submit_step(client, answer, text="Xe màu đỏ")
    assert "Đã gửi thêm" in read_page(more) and "Xe màu đỏ" in read_page(more)
    assert not client.cookies
    stored_texts = [(t.kind, t.text) for t in open_texts(f"tip:{tip.public_id}", pair=get_handler_key_pair(tip))]
    assert stored_texts == [("TOLD", TEXT), ("REPLY", "Cảm ơn. Xe màu gì?"), ("TOLD", "Xe màu đỏ")]


def test_no_table_and_no_file_contains_a_word_or_the_code(client: Client) -> None:
    code = read_receipt(submit_tip(client, photos=make_picture()))
    assert not find_tables_with("Tư Lé", "học sinh", "nha-toi", code, code.replace(" ", ""))
    # Negative control: the same search finds plaintext.
    Case.objects.update(snippet=f"{TEXT} {code}")
    assert find_tables_with("Tư Lé") and find_tables_with(code)


def find_tables_with(*needles: str) -> list[str]:
    """List the tables that hold any of these, as text or as bytes."""
    results = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE ANY (%s) OR t::text LIKE ANY (%s)',
                [[f"%{n}%" for n in needles], [f"%{n.encode().hex()}%" for n in needles]],
            )
            if cursor.fetchone()[0]:
                results.append(table)
    paths = [row for pair in TipFile.objects.values_list("original", "preview") for row in pair]
    return results + [path for path in paths if any(n.encode() in file_storage.read_file(path) for n in needles)]


def test_the_same_form_twice_is_one_tip_with_one_receipt(client: Client) -> None:
    key = receipt_sessions.create_ticket()
    sent = {"step": "send", "key": key, "text": TEXT}
    assert read_receipt(client.post("/bao-kin", sent)) == read_receipt(client.post("/bao-kin", sent))
    assert Tip.objects.count() == Case.objects.count() == SealedText.objects.count() == 1
    other = client.post("/bao-kin", sent | {"text": "khác hẳn"})
    assert other.status_code == 409 and "khác hẳn" in read_page(other)
    assert read_hidden_fields(other)["key"] != key, "the next submission is another tip"


def test_unknown_wrong_withdrawn_and_expired_codes_get_the_same_answer(client: Client) -> None:
    withdrawn, over = (
        read_receipt(submit_tip(client)),
        read_receipt(submit_tip(client, text="Có người đánh bạc ở thôn Đông")),
    )
    opened = enter_code(client, withdrawn)
    assert submit_step(client, opened, "withdraw").status_code == 422
    done = submit_step(client, opened, "withdraw", sure="yes")
    assert "Đã rút tin" in read_page(done)
    late = clock.now() + dt.timedelta(days=400)
    assert services.destroy_expired_tips(now=late) == 1
    pages = {normalize_response(enter_code(client, code)) for code in (withdrawn, over, "1234 5678 9012 3456 7890")}
    assert len(pages) == 1 and next(iter(pages))[0] == 404
    assert Tip.objects.filter(gone_at=None).count() == 0
    assert WrappedKey.objects.count() == 0 and ConversationKey.objects.exists()


def normalize_response(answer: Any) -> tuple[int, str, str]:
    """Return status, headers and body, without random parts and the typed code."""
    body = re.sub(r'(name="key"|name="code") value="[^"]*"|(id="ma" name="code") value="[^"]*"', "", read_page(answer))
    return answer.status_code, str(sorted(answer.headers.items())), body


def test_a_withdrawn_tip_cannot_be_opened(client: Client) -> None:
    code = read_receipt(submit_tip(client, photos=make_picture()))
    tip = Tip.objects.get()
    pair = get_handler_key_pair(tip)
    assert open_texts(f"tip:{tip.public_id}", pair=pair)
    paths = list(TipFile.objects.values_list("original", flat=True))
    submit_step(client, enter_code(client, code), "withdraw", sure="yes")
    with pytest.raises(WrappedKey.DoesNotExist):
        get_handler_key_pair(tip)
    assert not TipFile.objects.exists() and paths
    assert not bytes(Tip.objects.get().page_wrapped_key)


def test_a_visit_is_bound_to_its_tip_and_ends(client: Client) -> None:
    opened = enter_code(client, read_receipt(submit_tip(client)))
    visit = read_hidden_fields(opened)["visit"]
    for forged in ("", "x", visit[:-6] + "AAAAA=", visit[:40], "=" * 300):
        refused = submit_step(client, opened, visit=forged, text="thêm một điều")
        assert refused.status_code == 403 and "tự đóng" in read_page(refused)
        assert "thêm một điều" in read_page(refused), "the text waits until the code is typed again"
    now = clock.now()
    assert receipt_sessions.open_session(visit, now=now) is not None
    assert receipt_sessions.open_session(visit, now=now + dt.timedelta(minutes=11)) is None
    assert SealedText.objects.count() == 1


def test_the_page_leaves_no_trace_and_loads_nothing_foreign(client: Client) -> None:
    answer = client.get("/bao-kin")
    assert answer["Cache-Control"] == "no-store" and answer["Referrer-Policy"] == "no-referrer"
    assert not client.cookies
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', read_page(answer))
    assert "data-draft" not in read_page(answer), "no draft of a tip stays on the device"


def test_danger_to_life_alarms_the_province_and_shows_the_numbers(client: Client) -> None:
    answer = submit_tip(client, text="Cứu với, có người cầm dao đâm nhau ở chợ Lộc Hà, máu nhiều lắm")
    assert "113" in read_page(answer)
    case = Case.objects.get()
    assert case.urgency == 3 and Alarm.objects.get().case_id == case.pk


def test_text_of_an_ended_session_is_there_when_the_receipt_opens_again(client: Client) -> None:
    code = read_receipt(submit_tip(client))
    again = enter_code(client, code, text="thêm một điều")
    assert "thêm một điều" in read_page(again) and SealedText.objects.count() == 1, "shown, not yet sent"


def test_the_same_addition_twice_is_one(client: Client) -> None:
    """Without script nothing stops a second click, and F5 submits again."""
    opened = enter_code(client, read_receipt(submit_tip(client)))
    for _ in range(2):
        answer = submit_step(client, opened, text="Xe màu đỏ")
        assert answer.status_code == 200 and read_page(answer).count("Xe màu đỏ") == 1
    assert read_page(submit_step(client, answer, text="Xe màu đỏ")).count("Xe màu đỏ") == 2, (
        "shown again on the next page"
    )


@pytest.mark.parametrize("key", ["", "x", "A" * 43, "đ" * 43])
def test_a_form_without_a_ticket_of_ours_is_not_looked_at(client: Client, key: str) -> None:
    code = read_receipt(submit_tip(client))
    for step in ({"step": "send", "text": TEXT}, {"step": "open", "code": code}, {}):
        answer = client.post("/bao-kin", {"key": key, **step})
        assert answer.status_code == 403 and TEXT not in read_page(answer)
    assert Tip.objects.count() == 1


def test_equal_salts_prevent_the_start_of_the_pages(tmp_path: Path) -> None:
    """The real start: `binhyen.wsgi` in a separate process."""

    def start(wrap: bytes) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / "pages"
        folder.mkdir(exist_ok=True)
        for name, salt in (("tip-lookup-salt", b"s" * 16), ("tip-wrap-salt", wrap)):
            (folder / f"{name}.key").unlink(missing_ok=True)
            (folder / f"{name}.key").write_bytes(salt)
        environment = {
            **os.environ,
            "BINHYEN_KEYS_DIR": str(tmp_path),
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x",
        }
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-c", "import binhyen.wsgi"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    refused = start(b"s" * 16)
    assert refused.returncode != 0 and "two different salts" in refused.stderr
    assert start(b"t" * 16).returncode == 0, "control: it starts with two"


@pytest.mark.parametrize(
    ("problem", "status"),
    [(psycopg.OperationalError("the server is gone"), 503), (ValueError("a mistake of ours"), 500)],
)
def test_a_rejected_form_returns_the_input(problem: Exception, status: int) -> None:
    """No browser stores a copy of a tip, so a page that says «still on this phone» would be wrong."""
    client = Client(raise_request_exception=False)
    words = f"{TEXT} <em>& con"
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(services, "submit_tip", _make_raiser(problem))
        answer = submit_tip(client, words, place="Chợ Huyện")
    assert answer.status_code == status and not Tip.objects.exists()
    page = read_page(answer)
    assert "<em>" not in page and "còn giữ trên máy" not in page and TEXT in page
    sent = {
        name: html.unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
    }
    typed = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert typed and html.unescape(typed[1]) == words
    assert read_receipt(client.post("/bao-kin", {**sent, "text": html.unescape(typed[1])}))
    assert Tip.objects.count() == 1


def _make_raiser(problem: Exception) -> Callable[..., None]:
    def raise_error(**_: Any) -> None:
        raise problem

    return raise_error
