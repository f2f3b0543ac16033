"""Source fingerprints through the real services: details that only the reporter knew wait for a second officer, in any
wording; details known to the group are sent; the pages process can neither read nor test fingerprints."""

import datetime as dt
import uuid

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import browser, url
from binhyen.channels.dlp import source_fingerprints
from binhyen.channels.models import Flag, Imprint, Message, Outgoing, Passed
from binhyen.channels.services import async_dlp, fingerprints
from binhyen.channels.services.messages import purge
from binhyen.channels.tests.worker import remember
from binhyen.intake.tests.telling import group_of, person, say
from binhyen.intake.tests.test_gate import BAIT, do, post
from binhyen.kit import clock, key_files
from binhyen.people.models import Officer
from binhyen.tips.models import Tip
from binhyen.tips.tests.page import act, enter, receipt, tell
from binhyen.vault.pseudonyms import called, in_case
from tests import rls

pytestmark = pytest.mark.django_db
TIP = "Quán bi a sau cổng chào thôn nhận ghi đề, bảng dán sau tủ lạnh, thằng Tý Còi gom tiền lúc năm giờ"
RETOLD = "Tuần này kiểm tra quán bi a sau cổng chào, bà con đừng đứng xem. Chúc bà con mạnh khỏe."
ABOUT = "điều có thể chỉ người báo tin mới biết"


@pytest.fixture
def group(unit, now):
    return group_of(unit("18568"), now)


def write(officer: Officer, group, text: str) -> Outgoing:
    """Post a phishing link as a citizen; the officer answers in the group with `text`, and the worker runs."""
    say((person(), BAIT), group=group)
    flag = Flag.objects.filter(state="OPEN").latest("pk")
    post(officer, f"/nhom/{group.public_id}/nhac/{flag.public_id}/gui", text=text)
    return Outgoing.objects.filter(purpose="REMIND").latest("pk")


def kinds(row: Outgoing) -> list[str]:
    return sorted({mark["kind"] for mark in row.marks})


def tell_in_private(group) -> None:
    say((person(), f"{TIP}, ở TDP Phú Mậu, thị trấn Lộc Hà"))


def tell_sealed(group) -> None:
    tell(Client(), text=TIP)


def tell_in_group(group) -> None:
    say((person(), TIP), group=group)


@pytest.mark.parametrize("told", [tell_in_private, tell_sealed, tell_in_group])
def test_what_somebody_told_waits_for_a_second_person(officer, group, told):
    told(group)
    row = write(officer(), group, RETOLD)
    assert (row.state, kinds(row)) == ("HELD", ["ORIGIN"])
    assert [RETOLD[m["start"] : m["end"]] for m in row.marks] == [RETOLD.partition(".")[0]], (
        "the sentence, not the matching text"
    )
    page = browser(officer("CHIEF")).get(f"/nhom/{group.public_id}").content.decode()
    assert ABOUT in page and "tủ lạnh" not in page and "Tý Còi" not in page, "the reason, and nothing of the report"
    do(officer("CHIEF"), row, "cho-gui")
    row.refresh_from_db()
    assert row.state == "SENT"
    entry = AuditEntry.objects.get(verb="gate.held")
    assert entry.detail == {"kinds": ["ORIGIN"]} and "officer:" in entry.actor


def test_control_without_the_second_reader_it_goes_out(officer, group, monkeypatch):
    monkeypatch.setattr(async_dlp, "echo", lambda *more: None)
    with pytest.raises(AssertionError):
        test_what_somebody_told_waits_for_a_second_person(officer, group, tell_sealed)


def test_what_nobody_told_goes_out(officer, group):
    for told in (tell_in_private, tell_sealed, tell_in_group):
        told(group)
    row = write(officer(), group, "Các quán đóng cửa trước 23 giờ, giữ yên tĩnh khu dân cư. Cảm ơn bà con.")
    assert (row.state, row.marks) == ("SENT", [])


def test_word_for_word_nobody_lets_it_go(officer, group):
    tell_sealed(group)
    row = write(officer(), group, "Có nơi NHẬN GHI ĐỀ, BẢNG DÁN SAU TỦ LẠNH, bà con biết thì nhắn riêng")
    assert kinds(row) == ["WORDING"]
    do(officer("CHIEF"), row, "cho-gui")
    row.refresh_from_db()
    assert row.state == "HELD"


def test_what_the_group_read_openly_is_no_secret(officer, group):
    tell_sealed(group)
    say((person(), "Quán bi a sau cổng chào thôn mấy giờ mở cửa vậy bà con"), group=group)
    assert write(officer(), group, RETOLD).state == "SENT"


def test_control_a_reader_that_forgets_what_is_public_holds_it(officer, group, monkeypatch):
    monkeypatch.setattr(async_dlp, "_open_texts", lambda group, now: iter(()))
    with pytest.raises(AssertionError):
        test_what_the_group_read_openly_is_no_secret(officer, group)


def test_a_tip_in_the_group_does_not_make_itself_public(officer, group):
    tell_in_group(group)
    assert write(officer(), group, RETOLD).state == "HELD"


def test_what_was_let_go_once_is_public(officer, group):
    tell_sealed(group)
    do(officer("CHIEF"), write(officer(), group, RETOLD), "cho-gui")
    assert write(officer(), group, "Nhắc lại: kiểm tra quán bi a sau cổng chào, bà con đừng đứng xem").state == "SENT"


def test_what_a_second_person_lets_go_is_read_before_it_goes(officer, group):
    tell_sealed(group)
    row = write(officer(), group, f"{RETOLD} Gọi 0912 345 678.")
    assert kinds(row) == ["CONTACT"]
    do(officer("CHIEF"), row, "cho-gui")
    row.refresh_from_db()
    assert (row.state, kinds(row)) == ("HELD", ["ORIGIN"])


def test_another_units_tellings_hold_nothing(officer, unit, group):
    tell_in_group(group_of(unit("18073"), clock.now()))
    assert write(officer(), group, RETOLD).state == "SENT"


def test_a_secret_tip_of_a_place_is_tried_by_no_other_commune(officer, group, unit, now):
    """An officer who posts to a group without other members would learn from a held text that a report exists."""
    tell(Client(), text=TIP, place="xã Lộc Hà")
    remember()
    elsewhere = group_of(unit("18073"), now)
    assert write(officer("OFFICER", "18073"), elsewhere, RETOLD).state == "SENT"
    assert write(officer(), group, RETOLD).state == "HELD"


def test_control_compared_for_everybody_it_is_tried(officer, group, unit, now, monkeypatch):
    monkeypatch.setattr("binhyen.tips.services.submission._unit_told", lambda commune: unit("42").pk)
    with pytest.raises(AssertionError):
        test_a_secret_tip_of_a_place_is_tried_by_no_other_commune(officer, group, unit, now)


CALM = "Chợ đóng cửa lúc 17 giờ, bà con thu dọn sớm giúp."


def test_who_tries_word_after_word_learns_nothing_more(officer, group):
    tell_sealed(group)
    tries, colleague = officer(), officer()
    row = write(tries, group, RETOLD)
    for text in ("Tối nay kiểm tra quán bi a sau cổng chào.", "Quán bi a sau cổng chào thôn bị nhắc nhở."):
        do(tries, row, "sua", text=text)
        row.refresh_from_db()
        assert (row.state, row.text) == ("HELD", text)
    waits = write(tries, group, CALM)
    assert (waits.state, kinds(waits)) == ("HELD", ["ORIGIN"]), "it looks like any other text"
    assert write(colleague, group, CALM).state == "SENT", "no other text waits for that"
    do(officer("CHIEF"), waits, "cho-gui")
    waits.refresh_from_db()
    assert waits.state == "SENT", "a second officer releases it"
    Outgoing.objects.update(created_at=clock.now() - fingerprints.LATELY)
    assert write(tries, group, CALM).state == "SENT", "for a month"


def test_a_pseudonym_is_known_in_any_writing(officer, group):
    teller = person()
    say((teller, TIP))
    case, seed = teller.case(), Message.objects.latest("pk").reporter.pseudonym
    code = called(seed, in_case(case.code)).lower()
    row = write(officer(), group, f"Cảm ơn bạn {code[:3]} {code[3:5]}.{code[5:]} nhé")
    assert kinds(row) == ["SEALED"]


def test_a_month_and_no_longer(officer, group):
    tell_sealed(group)
    remember()
    Imprint.objects.update(until=clock.now() - dt.timedelta(seconds=1))
    assert write(officer(), group, RETOLD).state == "SENT"
    fingerprints.clean(now=clock.now())
    assert not Imprint.objects.exists()


def test_what_is_taken_back_is_forgotten(client):
    code = receipt(tell(client, text=TIP))
    assert remember() == 1 and Imprint.objects.count() == 1
    act(client, enter(client, code), step="withdraw", sure="yes")
    remember()
    assert Tip.objects.get().gone_at and not Imprint.objects.exists()


def test_a_message_that_goes_takes_its_imprint_along():
    say((person(), TIP))
    remember()
    Message.objects.update(in_case=False, keep_until=clock.now())
    Message.objects.get().case_messages.all().update(detached_at=clock.now())
    purge(now=clock.now())
    remember()
    assert not Imprint.objects.exists()


COMPLAINT = (
    "Anh cảnh sát khu vực xã Lộc Hà đòi tiền quán bi a sau cổng chào thôn, bảng dán sau tủ lạnh mà anh ta làm ngơ"
)


THERE, ELSEWHERE = "18073", "18115"


def hand_on(officer, unit, to: str) -> None:
    case = Case.objects.get(kind="tip")
    sent = {"to": f"don-vi:{unit(to).code}", "reason": "Việc của xã bên", "version": case.version}
    assert browser(officer("CHIEF")).post(url(case, "giao"), sent).status_code == 303


@pytest.mark.parametrize("told", [tell_in_private, tell_in_group])
@pytest.mark.parametrize("made", [True, False], ids=["imprint first", "imprint later"])
def test_what_was_handed_on_counts_for_both_units(officer, group, unit, now, told, made):
    there, elsewhere = group_of(unit(THERE), now), group_of(unit(ELSEWHERE), now)
    told(group)
    if made:
        remember()
    hand_on(officer, unit, THERE)
    row = write(officer("OFFICER", THERE), there, RETOLD)
    assert (row.state, kinds(row)) == ("HELD", ["ORIGIN"])
    assert write(officer(), group, RETOLD).state == "HELD", "here they had read it first"
    assert write(officer("OFFICER", ELSEWHERE), elsewhere, RETOLD).state == "SENT", "a third unit knows nothing of it"
    assert write(officer("OFFICER", THERE), there, "Chúc bà con mạnh khỏe").state == "SENT"


def test_control_not_taken_along_it_goes_out_there(officer, group, unit, now, monkeypatch):
    monkeypatch.setattr(fingerprints, "pass_on", lambda *_, **__: None)
    tell_in_private(group)
    hand_on(officer, unit, THERE)
    assert write(officer("OFFICER", THERE), group_of(unit(THERE), now), RETOLD).state == "SENT"


def test_what_was_taken_along_goes_with_the_telling(officer, group, unit, now):
    tell_in_private(group)
    hand_on(officer, unit, THERE)
    remember()
    assert Passed.objects.exists()
    with rls.acting_as("pages"), pytest.raises(ProgrammingError), transaction.atomic():
        Passed.objects.count()
    with rls.acting_as("worker"):
        fingerprints.clean(now=clock.now() + fingerprints.LATELY)
    assert not Passed.objects.exists() and not Imprint.objects.exists()


@pytest.mark.parametrize("way", ["chat", "page", "group"])
def test_a_complaint_about_police_leaves_none(officer, group, way):
    """A held text of the unit concerned would reveal to that unit that a complaint exists."""
    if way == "page":
        tell(Client(), text=COMPLAINT, insists="1")
    else:
        say((person(), COMPLAINT), group=group if way == "group" else None)
    remember()
    assert not Imprint.objects.exists()
    assert write(officer(), group, RETOLD).state == "SENT"


def test_control_an_imprint_of_a_complaint_shows(officer, group):
    fingerprints.keep([fingerprints.Confided(uuid.uuid4(), COMPLAINT, group.unit_id)], now=clock.now())
    assert write(officer(), group, RETOLD).state == "HELD"


def test_nothing_of_it_can_be_read_or_tried_by_others(group):
    tell_sealed(group)
    job = ProcrastinateJob.objects.get(task_name="channels.imprint")
    assert set(job.args) == {"sealed"} and "bi a" not in str(job.args)
    remember()
    kept = Imprint.objects.get().prints
    other = {
        source_fingerprints.print_of(seed, key=b"another", scope=fingerprints.scope_of(group.unit_id))
        for seed in source_fingerprints.seeds(TIP)
    }
    assert len(kept) > 50 and not set(kept) & other, "without the worker's key no text can be tested"
    for process in ("door", "pages", "courier", "custody"):
        with rls.acting_as(process), pytest.raises(ProgrammingError), transaction.atomic():
            Imprint.objects.count()


def test_pages_have_no_such_key(settings, monkeypatch):
    monkeypatch.setattr("binhyen.settings.KEY_FOLDERS", ["pages"])
    from binhyen.vault import process_keys

    with pytest.raises(key_files.NotHere):
        process_keys.prints_key()


def test_without_the_key_texts_wait(officer, group, monkeypatch):
    """Fail closed."""
    from binhyen.vault import process_keys

    def gone() -> bytes:
        raise key_files.NotHere

    monkeypatch.setattr(process_keys, "prints_key", gone)
    with pytest.raises(key_files.NotHere):
        write(officer(), group, "Chúc bà con mạnh khỏe")
    assert Outgoing.objects.get(purpose="REMIND").state == "READING"


def test_what_lay_here_before_leaves_its_imprint_later(officer, group):
    say((person(), f"{TIP}, ở TDP Phú Mậu, thị trấn Lộc Hà"))
    remember()
    Imprint.objects.all().delete()
    Message.objects.update(sensitive=True, unit=group.unit, received_at=clock.now() - dt.timedelta(days=2))
    with rls.acting_as("worker"):
        assert fingerprints.catch_up(now=clock.now()) == 1
    assert write(officer(), group, RETOLD).state == "HELD"
    with rls.acting_as("worker"):
        assert fingerprints.catch_up(now=clock.now()) == 0


def whole_readings() -> int:
    """Return how often this transaction read all fingerprints instead of using the index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'channels_imprint'")
        return int(cursor.fetchone()[0])


def ten_thousand() -> source_fingerprints.Question:
    rows = (
        Imprint(source=uuid.uuid4(), prints=[n * 1000 + i for i in range(60)], until=clock.now() + fingerprints.LATELY)
        for n in range(10_000)
    )
    Imprint.objects.bulk_create(rows, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE channels_imprint")
    return source_fingerprints.ask(RETOLD, key=b"k", scopes=["unit:1", "unit:2"], on_map=lambda name: False)


def test_the_time_of_a_look_does_not_grow_with_what_is_kept():
    asked = ten_thousand()
    before = whole_readings()
    assert async_dlp.alike(asked.leads) == []
    assert whole_readings() == before, "the index finds the few that share something rare"


def test_control_left_to_the_planner_all_are_read():
    asked = ten_thousand()
    before = whole_readings()
    list(Imprint.objects.filter(prints__overlap=list(asked.leads)))
    assert whole_readings() == before + 1
