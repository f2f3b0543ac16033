"""«Báo tin kín» as a person without script, cookie or account goes through it, and as somebody who guesses."""

import datetime as dt
import io
import re
import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image

from binhyen.cases.models import Alarm, Case
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import working
from binhyen.kit import clock, files, keyfiles
from binhyen.tips import receipts, services, visits
from binhyen.tips.desk import TipDesk
from binhyen.tips.models import Tip, TipFile
from binhyen.tips.tests.conftest import DEAR
from binhyen.vault import boxes, machines
from binhyen.vault.boxes import Pair
from binhyen.vault.models import Lock, LockCopy, SealedText
from binhyen.vault.queries import lock_context, read_texts

pytestmark = pytest.mark.django_db
TEXT = "Nhà ông Tư Lé ở xã Lộc Hà bán ma túy cho học sinh, tối nào cũng có xe máy lạ ra vào"
CODE = re.compile(r"receipt-long\">([\d ]{24})<")
FIELD = re.compile(r'name="(visit|task|key)" value="([^"]+)"')


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


def fields(answer: Any) -> dict[str, str]:
    return dict(FIELD.findall(page_of(answer)))


def tell(client: Client, text: str = TEXT, **more: Any) -> Any:
    key = fields(client.get("/bao-kin"))["key"]
    return client.post("/bao-kin", {"step": "send", "key": key, "text": text, **more})


def receipt(answer: Any) -> str:
    found = CODE.search(page_of(answer))
    assert found, page_of(answer)[:2000]
    return found[1]


def enter(client: Client, code: str, **more: str) -> Any:
    return client.post("/bao-kin", {"step": "open", "code": code, **more})


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG", comment=b"GPS 18.3 105.9")
    return SimpleUploadedFile("nha-toi.jpg", out.getvalue(), "image/jpeg")


def handlers_pair(tip: Tip) -> Pair:
    """What a handler of the tip desk opens with, by the founding key."""
    copy = LockCopy.objects.get(lock_id=tip.lock_id)
    return Pair.of(machines.open_("TIPS", copy.sealed, context=lock_context(copy.lock_id)))


def test_the_whole_way_without_script_or_cookie(client: Client, officer: Callable[..., Any]) -> None:
    code = receipt(tell(client))
    tip = Tip.objects.get()
    assert (tip.case.kind, tip.case.category, tip.case.sensitive) == ("sealed_tip", "drugs_gambling", True)
    assert tip.case.unit.level == "PROVINCE"
    assert "Lộc Hà" in tip.case.title
    duty = officer("PROVINCE_DUTY", "42")
    desk = TipDesk()
    [talk] = desk.talks(duty, now=clock.now())
    assert talk.waiting
    words = desk.words(talk.ref)
    opened = boxes.open_(words[0].sealed, pair=handlers_pair(tip), context=words[0].context).decode()
    assert opened == TEXT
    desk.reply(officer=duty, ref=talk.ref, text="Cảm ơn. Xe màu gì?", now=clock.now())
    answer = enter(client, code)
    assert answer.status_code == 200
    assert TEXT in page_of(answer) and "Xe màu gì?" in page_of(answer)
    more = client.post("/bao-kin", {"step": "more", "visit": fields(answer)["visit"], "text": "Xe màu đỏ"})
    assert "Đã gửi thêm" in page_of(more) and "Xe màu đỏ" in page_of(more)
    assert not client.cookies
    said = [(t.kind, t.text) for t in read_texts(f"tip:{tip.public_id}", pair=handlers_pair(tip))]
    assert said == [("TOLD", TEXT), ("REPLY", "Cảm ơn. Xe màu gì?"), ("TOLD", "Xe màu đỏ")]


def test_no_table_and_no_file_holds_a_word_or_the_code(client: Client) -> None:
    code = receipt(tell(client, photos=picture()))
    assert not everywhere("Tư Lé", "học sinh", "nha-toi", code, code.replace(" ", ""))
    # the negative control: what lies in clear is found by the same search
    Case.objects.update(snippet=f"{TEXT} {code}")
    assert everywhere("Tư Lé") and everywhere(code)


def everywhere(*needles: str) -> list[str]:
    """Tables that hold any of these, as text or as bytes."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE ANY (%s) OR t::text LIKE ANY (%s)', [
                [f"%{n}%" for n in needles], [f"%{n.encode().hex()}%" for n in needles]])  # fmt: skip
            if cursor.fetchone()[0]:
                found.append(table)
    paths = [row for pair in TipFile.objects.values_list("original", "shown") for row in pair]
    return found + [path for path in paths if any(n.encode() in files.read(path) for n in needles)]


def test_the_same_form_twice_is_one_tip_with_one_receipt(client: Client) -> None:
    key = secrets.token_urlsafe(32)
    sent = {"step": "send", "key": key, "text": TEXT}
    assert receipt(client.post("/bao-kin", sent)) == receipt(client.post("/bao-kin", sent))
    assert Tip.objects.count() == Case.objects.count() == SealedText.objects.count() == 1
    other = client.post("/bao-kin", sent | {"text": "khác hẳn"})
    assert other.status_code == 409 and "khác hẳn" in page_of(other)
    assert fields(other)["key"] != key, "the next sending is another tip"


def test_unknown_wrong_withdrawn_and_over_are_one_answer(client: Client) -> None:
    withdrawn, over = receipt(tell(client)), receipt(tell(client, text="Có người đánh bạc ở thôn Đông"))
    visit = fields(enter(client, withdrawn))["visit"]
    assert client.post("/bao-kin", {"step": "withdraw", "visit": visit}).status_code == 422
    done = client.post("/bao-kin", {"step": "withdraw", "visit": visit, "sure": "yes"})
    assert "Đã rút tin" in page_of(done)
    late = clock.now() + dt.timedelta(days=400)
    assert services.clean(now=late) == 1
    pages = {plain(enter(client, code)) for code in (withdrawn, over, "1234 5678 9012 3456 7890")}
    assert len(pages) == 1
    assert Tip.objects.filter(gone_at=None).count() == 0
    assert LockCopy.objects.count() == 0 and Lock.objects.exists()


def plain(answer: Any) -> tuple[int, str]:
    body = re.sub(r'(name="key" value=|value=)"[^"]*"', "", page_of(answer))
    return answer.status_code, body


def test_what_was_withdrawn_nobody_opens_any_more(client: Client) -> None:
    code = receipt(tell(client, photos=picture()))
    tip = Tip.objects.get()
    pair = handlers_pair(tip)
    assert read_texts(f"tip:{tip.public_id}", pair=pair)
    paths = list(TipFile.objects.values_list("original", flat=True))
    client.post("/bao-kin", {"step": "withdraw", "visit": fields(enter(client, code))["visit"], "sure": "yes"})
    with pytest.raises(LockCopy.DoesNotExist):
        handlers_pair(tip)
    assert not TipFile.objects.exists() and paths
    assert not bytes(Tip.objects.get().wrapped)


def test_a_visit_is_bound_to_its_tip_and_ends(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    code = receipt(tell(client))
    visit = fields(enter(client, code))["visit"]
    for forged in ("", "x", visit[:-6] + "AAAAA=", visit[:40], "=" * 300):
        refused = client.post("/bao-kin", {"step": "more", "visit": forged, "text": "thêm"})
        assert refused.status_code == 403 and "tự đóng" in page_of(refused)
    now = clock.now()
    assert visits.visit_of(visit, now=now) is not None
    assert visits.visit_of(visit, now=now + dt.timedelta(minutes=11)) is None
    assert SealedText.objects.count() == 1


def test_a_code_in_the_words_is_refused_and_comes_back(client: Client) -> None:
    code = receipt(tell(client))
    visit = fields(enter(client, code))["visit"]
    refused = client.post("/bao-kin", {"step": "more", "visit": visit, "text": f"mã của tôi là {code}"})
    assert refused.status_code == 422 and "xóa mã" in page_of(refused)
    other = client.post("/bao-kin", {"step": "more", "visit": visit, "text": "số tài khoản 1234 5678 9012 3456 7891"})
    assert "Đã gửi thêm" in page_of(other)


def test_a_thousand_guesses_open_nothing(client: Client) -> None:
    receipt(tell(client))
    found = [services.opened(f"{secrets.randbelow(10**20):020d}") for _ in range(1000)]
    assert found == [None] * 1000


def test_control_the_search_for_guesses_sees_a_hit(client: Client) -> None:
    assert services.opened(receipt(tell(client)).replace(" ", "")) is not None


def test_wrong_codes_cost_growing_work_and_the_right_one_still_opens(client: Client) -> None:
    code = receipt(tell(client))
    wrong = "0000 1111 2222 3333 4444"
    answers = [enter(client, wrong) for _ in range(6)]
    assert [a.status_code for a in answers] == [404] * 5 + [429]
    assert "data-task" in page_of(answers[4]), "the task is offered before it is demanded"
    assert enter(client, code).status_code == 429, "also the right one waits, but is not locked out"
    given = answers[-1]
    nonce = re.search(r'data-task="([0-9a-f]+)" data-bits="(\d+)"', page_of(given))
    assert nonce
    from binhyen.tips.rules import solves

    answer = next(str(n) for n in range(10**7) if solves(nonce[1], str(n), int(nonce[2])))
    opened = enter(client, code, task=fields(given)["task"], answer=answer)
    assert opened.status_code == 200 and TEXT in page_of(opened)
    again = enter(client, code, task=fields(given)["task"], answer=answer)
    assert again.status_code == 429, "one task, one try"


def test_waiting_does_as_well_as_work(monkeypatch: pytest.MonkeyPatch) -> None:
    from binhyen.tips.rules import Task

    now, wanted = clock.now(), Task(60, 5)
    given = visits.give(wanted, now=now)
    assert not visits.done(given.token, "", wanted=wanted, now=now + dt.timedelta(seconds=4))
    assert visits.done(given.token, "", wanted=wanted, now=now + dt.timedelta(seconds=6))
    easier = visits.give(Task(1, 1), now=now)
    assert not visits.done(easier.token, "", wanted=wanted, now=now + dt.timedelta(seconds=60))


def test_equal_salts_end_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    receipts.salts()
    monkeypatch.setattr(keyfiles, "once", lambda *_: b"s" * 16)
    with pytest.raises(receipts.EqualSalts):
        receipts.salts()


def test_only_two_are_checked_at_a_time(settings: Any) -> None:
    with receipts._place(), receipts._place(), pytest.raises(receipts.Busy), receipts._place():
        pass
    with receipts._place():
        pass


def test_a_busy_machine_says_so_and_keeps_the_words(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(code: str) -> receipts.Keys:
        raise receipts.Busy

    monkeypatch.setattr(receipts, "keys_of", busy)
    answer = tell(client)
    assert answer.status_code == 503 and "Tư Lé" in page_of(answer) and not Tip.objects.exists()
    assert enter(client, "1" * 20).status_code == 503


def test_right_and_wrong_take_the_same_time_by_design(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """CPU seconds of this thread, medians: both make two derivations of 64 MiB."""
    monkeypatch.setattr(receipts, "PASSES", DEAR[0])
    monkeypatch.setattr(receipts, "MEMORY", DEAR[1])
    code = receipt(tell(client)).replace(" ", "")

    def cost(typed: str) -> float:
        started = time.thread_time()
        services.opened(typed)
        return time.thread_time() - started

    right, wrong = ([cost(c) for _ in range(7)] for c in (code, "5" * 20))
    ratio = statistics.median(right) / statistics.median(wrong)
    assert 0.8 < ratio < 1.25
    assert 0.05 < statistics.median(wrong) < 2.0


def test_the_page_leaves_no_trace_and_loads_nothing_foreign(client: Client) -> None:
    answer = client.get("/bao-kin")
    assert answer["Cache-Control"] == "no-store" and answer["Referrer-Policy"] == "no-referrer"
    assert not client.cookies
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page_of(answer))
    assert "data-draft" not in page_of(answer), "no draft of a tip stays on the device"


def test_a_picture_is_sealed_and_the_shown_copy_tells_nothing(client: Client) -> None:
    receipt(tell(client, photos=picture()))
    row = TipFile.objects.get()
    assert row.at.minute == row.at.second == 0
    from binhyen.tips import queries

    pair = handlers_pair(row.tip)
    assert b"GPS 18.3" in queries.original(row, pair)
    assert b"GPS 18.3" not in queries.shown(row, pair) and queries.shown(row, pair)[:2] == b"\xff\xd8"
    assert b"JFIF" not in files.read(row.shown)
    with pytest.raises(boxes.Refused):
        boxes.open_(files.read(row.shown), pair=pair, context=queries.file_context(row, "original"))


def test_a_broken_picture_is_said_and_nothing_is_lost(client: Client) -> None:
    answer = tell(client, photos=SimpleUploadedFile("a.jpg", b"<html>", "image/jpeg"))
    assert answer.status_code == 422 and "Tư Lé" in page_of(answer) and not Tip.objects.exists()


def test_danger_to_life_rings_the_province_and_shows_the_numbers(client: Client) -> None:
    answer = tell(client, text="Cứu với, có người cầm dao đâm nhau ở chợ Lộc Hà, máu nhiều lắm")
    assert "113" in page_of(answer)
    case = Case.objects.get()
    assert case.urgency == 3 and Alarm.objects.get().case_id == case.pk


def test_the_commune_and_strangers_do_not_see_the_tip(client: Client, officer: Callable[..., Any]) -> None:
    receipt(tell(client))
    tip = Tip.objects.get()
    for role, commune in (("OFFICER", "18568"), ("CHIEF", "18568"), ("OPERATOR", "42"), ("INSPECTOR", "42")):
        person = officer(role, commune)
        assert not TipDesk().talks(person, now=clock.now())
        assert TipDesk().talk(person, str(tip.public_id), now=clock.now()) is None
    for odd in ("", "x", "0" * 36, "../../etc"):
        assert TipDesk().talk(officer("PROVINCE_DUTY", "42"), odd, now=clock.now()) is None


def test_the_tip_itself_never_goes_down_but_an_extract_does(
    client: Client, officer: Callable[..., Any], unit: Callable[[str], Any]
) -> None:
    receipt(tell(client))
    tip, duty = Tip.objects.get(), officer("PROVINCE_DUTY", "42")
    with pytest.raises(NotAllowed):
        working.hand_on(code=tip.case.code, officer=duty, unit=unit("18568"), reason="cần xã làm", version=None,
                        now=clock.now())  # fmt: skip
    code = TipDesk().hand_on(
        officer=duty, ref=str(tip.public_id), extract="Kiểm tra việc mua bán ma túy quanh trường học, buổi tối.",
        now=clock.now(),
    )  # fmt: skip
    passed = Case.objects.get(code=code)
    assert passed.unit.name == "Công an xã Lộc Hà" and passed.kind == "tip"
    assert "Tư Lé" not in passed.snippet
    tied = [str(e.data) for e in tip.case.events.all()] + [str(e.data) for e in passed.events.all()]
    assert not any(passed.code in t or tip.case.code in t for t in tied), "neither leads to the other"


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.FILES_ROOT = tmp_path / "files"
    yield
