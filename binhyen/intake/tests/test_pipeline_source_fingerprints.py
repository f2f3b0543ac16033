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
from binhyen.cases.tests.scene import build_case_url, sign_in_browser
from binhyen.channels.dlp import source_fingerprints
from binhyen.channels.models import DlpOverride, Flag, Message, Outgoing, TextFingerprint
from binhyen.channels.services import async_dlp
from binhyen.channels.services.messages import delete_expired_messages
from binhyen.channels.tests.worker import run_fingerprint_jobs
from binhyen.intake.tests.chat_reports import create_group, create_person, run_pipeline
from binhyen.intake.tests.test_pipeline_outbound_dlp import BAIT, decide_on_message, submit_form
from binhyen.kit import clock, key_files
from binhyen.people.models import Officer
from binhyen.tips.models import Tip
from binhyen.tips.tests.page import enter_code, read_receipt, submit_step, submit_tip
from binhyen.vault.pseudonyms import derive_pseudonym, format_case_scope
from tests import rls

pytestmark = pytest.mark.django_db
TIP = "Quán bi a sau cổng chào thôn nhận ghi đề, bảng dán sau tủ lạnh, thằng Tý Còi gom tiền lúc năm giờ"
RETOLD = "Tuần này kiểm tra quán bi a sau cổng chào, bà con đừng đứng xem. Chúc bà con mạnh khỏe."
ABOUT = "điều có thể chỉ người báo tin mới biết"


@pytest.fixture
def group(unit, now):
    return create_group(unit("18568"), now)


def answer_in_group(officer: Officer, group, text: str) -> Outgoing:
    """Post a phishing link as a citizen; the officer answers in the group with `text`, and the worker runs."""
    run_pipeline((create_person(), BAIT), group=group)
    flag = Flag.objects.filter(state="OPEN").latest("pk")
    submit_form(officer, f"/nhom/{group.public_id}/nhac/{flag.public_id}/gui", text=text)
    return Outgoing.objects.filter(purpose="REMIND").latest("pk")


def list_finding_kinds(row: Outgoing) -> list[str]:
    return sorted({mark["kind"] for mark in row.dlp_findings})


def report_in_private(group) -> None:
    run_pipeline((create_person(), f"{TIP}, ở TDP Phú Mậu, thị trấn Lộc Hà"))


def report_sealed(group) -> None:
    submit_tip(Client(), text=TIP)


def report_in_group(group) -> None:
    run_pipeline((create_person(), TIP), group=group)


@pytest.mark.parametrize("send_report", [report_in_private, report_sealed, report_in_group])
def test_a_confidential_detail_waits_for_a_second_officer(officer, group, send_report):
    send_report(group)
    row = answer_in_group(officer(), group, RETOLD)
    assert (row.state, list_finding_kinds(row)) == ("HELD", ["ORIGIN"])
    assert [RETOLD[m["start"] : m["end"]] for m in row.dlp_findings] == [RETOLD.partition(".")[0]], (
        "the sentence, not the matching text"
    )
    page = sign_in_browser(officer("CHIEF")).get(f"/nhom/{group.public_id}").content.decode()
    assert ABOUT in page and "tủ lạnh" not in page and "Tý Còi" not in page, "the reason, and nothing of the report"
    decide_on_message(officer("CHIEF"), row, "cho-gui")
    row.refresh_from_db()
    assert row.state == "SENT"
    entry = AuditEntry.objects.get(verb="gate.held")
    assert entry.detail == {"kinds": ["ORIGIN"]} and "officer:" in entry.actor


def test_control_without_the_second_check_it_is_sent(officer, group, monkeypatch):
    monkeypatch.setattr(async_dlp, "find_match", lambda *more: None)
    with pytest.raises(AssertionError):
        test_a_confidential_detail_waits_for_a_second_officer(officer, group, report_sealed)


def test_unreported_details_are_sent(officer, group):
    for send_report in (report_in_private, report_sealed, report_in_group):
        send_report(group)
    row = answer_in_group(officer(), group, "Các quán đóng cửa trước 23 giờ, giữ yên tĩnh khu dân cư. Cảm ơn bà con.")
    assert (row.state, row.dlp_findings) == ("SENT", [])


def test_a_verbatim_quotation_cannot_be_released(officer, group):
    report_sealed(group)
    row = answer_in_group(officer(), group, "Có nơi NHẬN GHI ĐỀ, BẢNG DÁN SAU TỦ LẠNH, bà con biết thì nhắn riêng")
    assert list_finding_kinds(row) == ["WORDING"]
    decide_on_message(officer("CHIEF"), row, "cho-gui")
    row.refresh_from_db()
    assert row.state == "HELD"


def test_public_group_texts_are_no_secret(officer, group):
    report_sealed(group)
    run_pipeline((create_person(), "Quán bi a sau cổng chào thôn mấy giờ mở cửa vậy bà con"), group=group)
    assert answer_in_group(officer(), group, RETOLD).state == "SENT"


def test_control_without_public_texts_it_is_held(officer, group, monkeypatch):
    monkeypatch.setattr(async_dlp, "_iter_group_texts", lambda group, now: iter(()))
    with pytest.raises(AssertionError):
        test_public_group_texts_are_no_secret(officer, group)


def test_a_tip_in_the_group_does_not_make_itself_public(officer, group):
    report_in_group(group)
    assert answer_in_group(officer(), group, RETOLD).state == "HELD"


def test_a_released_text_is_public(officer, group):
    report_sealed(group)
    decide_on_message(officer("CHIEF"), answer_in_group(officer(), group, RETOLD), "cho-gui")
    assert (
        answer_in_group(officer(), group, "Nhắc lại: kiểm tra quán bi a sau cổng chào, bà con đừng đứng xem").state
        == "SENT"
    )


def test_a_text_is_read_before_its_release(officer, group):
    report_sealed(group)
    row = answer_in_group(officer(), group, f"{RETOLD} Gọi 0912 345 678.")
    assert list_finding_kinds(row) == ["CONTACT"]
    decide_on_message(officer("CHIEF"), row, "cho-gui")
    row.refresh_from_db()
    assert (row.state, list_finding_kinds(row)) == ("HELD", ["ORIGIN"])


def test_another_units_tellings_hold_nothing(officer, unit, group):
    report_in_group(create_group(unit("18073"), clock.now()))
    assert answer_in_group(officer(), group, RETOLD).state == "SENT"


def test_a_secret_tip_of_a_place_is_tried_by_no_other_commune(officer, group, unit, now):
    """An officer who posts to a group without other members would learn from a held text that a report exists."""
    submit_tip(Client(), text=TIP, place="xã Lộc Hà")
    run_fingerprint_jobs()
    elsewhere = create_group(unit("18073"), now)
    assert answer_in_group(officer("OFFICER", "18073"), elsewhere, RETOLD).state == "SENT"
    assert answer_in_group(officer(), group, RETOLD).state == "HELD"


def test_control_compared_across_units_it_can_be_probed(officer, group, unit, now, monkeypatch):
    monkeypatch.setattr("binhyen.tips.services._get_place_unit", lambda commune: unit("42").pk)
    with pytest.raises(AssertionError):
        test_a_secret_tip_of_a_place_is_tried_by_no_other_commune(officer, group, unit, now)


CALM = "Chợ đóng cửa lúc 17 giờ, bà con thu dọn sớm giúp."


def test_probing_word_by_word_reveals_nothing_more(officer, group):
    report_sealed(group)
    tries, colleague = officer(), officer()
    row = answer_in_group(tries, group, RETOLD)
    for text in ("Tối nay kiểm tra quán bi a sau cổng chào.", "Quán bi a sau cổng chào thôn bị nhắc nhở."):
        decide_on_message(tries, row, "sua", text=text)
        row.refresh_from_db()
        assert (row.state, row.text) == ("HELD", text)
    waits = answer_in_group(tries, group, CALM)
    assert (waits.state, list_finding_kinds(waits)) == ("HELD", ["ORIGIN"]), "it looks like any other text"
    assert answer_in_group(colleague, group, CALM).state == "SENT", "no other text waits for that"
    decide_on_message(officer("CHIEF"), waits, "cho-gui")
    waits.refresh_from_db()
    assert waits.state == "SENT", "a second officer releases it"
    Outgoing.objects.update(created_at=clock.now() - async_dlp.COMPARISON_PERIOD)
    assert answer_in_group(tries, group, CALM).state == "SENT", "for a month"


def test_a_pseudonym_is_known_in_any_writing(officer, group):
    teller = create_person()
    run_pipeline((teller, TIP))
    case, seed = teller.case(), Message.objects.latest("pk").reporter.pseudonym
    code = derive_pseudonym(seed, format_case_scope(case.code)).lower()
    row = answer_in_group(officer(), group, f"Cảm ơn bạn {code[:3]} {code[3:5]}.{code[5:]} nhé")
    assert list_finding_kinds(row) == ["SEALED"]


def test_a_month_and_no_longer(officer, group):
    report_sealed(group)
    run_fingerprint_jobs()
    TextFingerprint.objects.update(until=clock.now() - dt.timedelta(seconds=1))
    assert answer_in_group(officer(), group, RETOLD).state == "SENT"
    async_dlp.delete_expired(now=clock.now())
    assert not TextFingerprint.objects.exists()


def test_withdrawn_reports_lose_their_fingerprints(client):
    code = read_receipt(submit_tip(client, text=TIP))
    assert run_fingerprint_jobs() == 1 and TextFingerprint.objects.count() == 1
    submit_step(client, enter_code(client, code), step="withdraw", sure="yes")
    run_fingerprint_jobs()
    assert Tip.objects.get().gone_at and not TextFingerprint.objects.exists()


def test_deleting_a_message_deletes_its_fingerprint():
    run_pipeline((create_person(), TIP))
    run_fingerprint_jobs()
    Message.objects.update(in_case=False, expires_at=clock.now())
    Message.objects.get().case_messages.all().update(detached_at=clock.now())
    delete_expired_messages(now=clock.now())
    run_fingerprint_jobs()
    assert not TextFingerprint.objects.exists()


COMPLAINT = (
    "Anh cảnh sát khu vực xã Lộc Hà đòi tiền quán bi a sau cổng chào thôn, bảng dán sau tủ lạnh mà anh ta làm ngơ"
)


THERE, ELSEWHERE = "18073", "18115"


def transfer_case(officer, unit, to: str) -> None:
    case = Case.objects.get(kind="tip")
    sent = {"to": f"don-vi:{unit(to).code}", "reason": "Việc của xã bên", "elsewhere": "yes", "version": case.version}
    assert sign_in_browser(officer("CHIEF")).post(build_case_url(case, "giao"), sent).status_code == 303


@pytest.mark.parametrize("send_report", [report_in_private, report_in_group])
@pytest.mark.parametrize("made", [True, False], ids=["imprint first", "imprint later"])
def test_transferred_reports_count_for_both_units(officer, group, unit, now, send_report, made):
    there, elsewhere = create_group(unit(THERE), now), create_group(unit(ELSEWHERE), now)
    send_report(group)
    if made:
        run_fingerprint_jobs()
    transfer_case(officer, unit, THERE)
    row = answer_in_group(officer("OFFICER", THERE), there, RETOLD)
    assert (row.state, list_finding_kinds(row)) == ("HELD", ["ORIGIN"])
    assert answer_in_group(officer(), group, RETOLD).state == "HELD", "here they had read it first"
    assert answer_in_group(officer("OFFICER", ELSEWHERE), elsewhere, RETOLD).state == "SENT", (
        "a third unit knows nothing of it"
    )
    assert answer_in_group(officer("OFFICER", THERE), there, "Chúc bà con mạnh khỏe").state == "SENT"


def test_control_without_the_shared_fingerprint_it_is_sent_there(officer, group, unit, now, monkeypatch):
    monkeypatch.setattr(async_dlp, "share_with_unit", lambda *_, **__: None)
    report_in_private(group)
    transfer_case(officer, unit, THERE)
    assert answer_in_group(officer("OFFICER", THERE), create_group(unit(THERE), now), RETOLD).state == "SENT"


def test_shared_fingerprints_are_deleted_with_the_report(officer, group, unit, now):
    report_in_private(group)
    transfer_case(officer, unit, THERE)
    run_fingerprint_jobs()
    assert DlpOverride.objects.exists()
    with rls.acting_as("pages"), pytest.raises(ProgrammingError), transaction.atomic():
        DlpOverride.objects.count()
    with rls.acting_as("worker"):
        async_dlp.delete_expired(now=clock.now() + async_dlp.COMPARISON_PERIOD)
    assert not DlpOverride.objects.exists() and not TextFingerprint.objects.exists()


@pytest.mark.parametrize("way", ["chat", "page", "group"])
def test_a_complaint_about_police_leaves_none(officer, group, way):
    """A held text of the unit concerned would reveal to that unit that a complaint exists."""
    if way == "page":
        submit_tip(Client(), text=COMPLAINT, insists="1")
    else:
        run_pipeline((create_person(), COMPLAINT), group=group if way == "group" else None)
    run_fingerprint_jobs()
    assert not TextFingerprint.objects.exists()
    assert answer_in_group(officer(), group, RETOLD).state == "SENT"


def test_control_a_fingerprint_of_a_complaint_reveals_it(officer, group):
    async_dlp.defer_fingerprints([async_dlp.ConfidentialText(uuid.uuid4(), COMPLAINT, group.unit_id)], now=clock.now())
    assert answer_in_group(officer(), group, RETOLD).state == "HELD"


def test_nothing_of_it_can_be_read_or_tried_by_others(group):
    report_sealed(group)
    job = ProcrastinateJob.objects.get(task_name="channels.store_fingerprints")
    assert set(job.args) == {"sealed"} and "bi a" not in str(job.args)
    run_fingerprint_jobs()
    stored_prints = TextFingerprint.objects.get().prints
    other = {
        source_fingerprints.make_fingerprint(seed, key=b"another", scope=async_dlp.format_scope(group.unit_id))
        for seed in source_fingerprints.fingerprint_seeds(TIP)
    }
    assert len(stored_prints) > 50 and not set(stored_prints) & other, "without the worker's key no text can be tested"
    for process in ("gateway", "pages", "sender", "custody"):
        with rls.acting_as(process), pytest.raises(ProgrammingError), transaction.atomic():
            TextFingerprint.objects.count()


def test_pages_have_no_such_key(settings, monkeypatch):
    monkeypatch.setattr("binhyen.settings.KEY_FOLDERS", ["pages"])
    from binhyen.vault import process_keys

    with pytest.raises(key_files.KeyFileMissing):
        process_keys.get_fingerprint_key()


def test_without_the_key_texts_wait(officer, group, monkeypatch):
    """Fail closed."""
    from binhyen.vault import process_keys

    def raise_error() -> bytes:
        raise key_files.KeyFileMissing

    monkeypatch.setattr(process_keys, "get_fingerprint_key", raise_error)
    with pytest.raises(key_files.KeyFileMissing):
        answer_in_group(officer(), group, "Chúc bà con mạnh khỏe")
    assert Outgoing.objects.get(purpose="REMIND").state == "READING"


def test_older_reports_get_their_fingerprint_later(officer, group):
    run_pipeline((create_person(), f"{TIP}, ở TDP Phú Mậu, thị trấn Lộc Hà"))
    run_fingerprint_jobs()
    TextFingerprint.objects.all().delete()
    Message.objects.update(sensitive=True, unit=group.unit, received_at=clock.now() - dt.timedelta(days=2))
    with rls.acting_as("worker"):
        assert async_dlp.fingerprint_unprocessed(now=clock.now()) == 1
    assert answer_in_group(officer(), group, RETOLD).state == "HELD"
    with rls.acting_as("worker"):
        assert async_dlp.fingerprint_unprocessed(now=clock.now()) == 0


def count_full_scans() -> int:
    """Return how often this transaction read all fingerprints instead of using the index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'channels_textfingerprint'")
        return int(cursor.fetchone()[0])


def create_ten_thousand() -> source_fingerprints.MatchQuery:
    rows = (
        TextFingerprint(
            source=uuid.uuid4(),
            prints=[n * 1000 + i for i in range(60)],
            until=clock.now() + async_dlp.COMPARISON_PERIOD,
        )
        for n in range(10_000)
    )
    TextFingerprint.objects.bulk_create(rows, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE channels_textfingerprint")
    return source_fingerprints.build_match_query(
        RETOLD, key=b"k", scopes=["unit:1", "unit:2"], is_place_name=lambda name: False
    )


def test_the_lookup_time_does_not_grow_with_the_stored_fingerprints():
    asked = create_ten_thousand()
    before = count_full_scans()
    assert async_dlp.find_similar(asked.lookup_keys) == []
    assert count_full_scans() == before, "the index finds the few that share something rare"


def test_control_left_to_the_planner_all_are_read():
    asked = create_ten_thousand()
    before = count_full_scans()
    list(TextFingerprint.objects.filter(prints__overlap=list(asked.lookup_keys)))
    assert count_full_scans() == before + 1
