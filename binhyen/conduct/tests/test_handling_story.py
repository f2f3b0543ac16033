"""A complaint from the first message to the answer, without a trace anywhere else."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from binhyen.audit.models import AuditEntry
from binhyen.cases.choices import State
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case, CaseEvent, Note
from binhyen.cases.services import officer_actions, restricted_cases
from binhyen.channels.models import Channel, Conversation, Message, Outgoing
from binhyen.channels.types import IncomingMessage
from binhyen.conduct.models import Complaint
from binhyen.conduct.routing import NOTES_SUFFIX
from binhyen.conduct.services import alarms, handling, seal_case, worker_tasks
from binhyen.conduct.tests.scene import (
    CHIEF,
    DIRECTOR,
    RUDE,
    HandlerClient,
    create_handler,
    get_only_case,
    sign_in,
    submit_complaint,
)
from binhyen.intake import web_reports
from binhyen.intake.items import InboundItem
from binhyen.intake.pipeline import process_items
from binhyen.kit import clock
from binhyen.kit.ids import generate_code, generate_token
from binhyen.kit.models import LiveEvent
from binhyen.people.conflicts import Desk
from binhyen.people.models import ConflictRule
from binhyen.vault import services as vault
from binhyen.vault.key_session import key_sessions
from binhyen.vault.models import Reporter, SealedText, WrappedKey
from binhyen.vault.tests.custody import SCREENS
from tests import rls

pytestmark = pytest.mark.django_db


@pytest.fixture
def custody() -> Iterator[None]:
    with SCREENS:
        yield
    key_sessions.lock_all()


def test_its_text_is_sealed_and_the_register_has_none(now: dt.datetime) -> None:
    _, complaint = submit_complaint(now=now)
    case = complaint.case
    assert (case.kind, case.is_restricted, case.title, case.snippet, case.search_text, case.place) == (
        "conduct",
        True,
        "Phản ánh cán bộ",
        "",
        "",
        "",
    )
    assert case.commune_id is None and case.area_id is None
    message = Message.objects.get()
    assert (message.text, message.search_text, message.category, message.reading, message.unit_id) == (
        "",
        "",
        "",
        {},
        None,
    )
    assert SealedText.objects.count() == 1
    groups = set(WrappedKey.objects.filter(lock=complaint.lock).values_list("group_key__group", flat=True))
    assert groups == {"CONDUCT", "DIRECTOR", "INSPECT"}
    assert not LiveEvent.objects.exists()
    assert not AuditEntry.objects.filter(object__startswith="case:").exists()
    assert AuditEntry.objects.filter(object=f"conduct:{case.public_id}", unit_id=None).exists()


def test_the_person_reads_it_again_by_the_link_alone(client: Client, now: dt.datetime) -> None:
    link, _ = submit_complaint(now=now)
    page = client.get(f"/theo-doi/{link}").content.decode()
    assert RUDE in page and "niêm phong" in page
    Complaint.objects.update(page_wrapped_key=b"x" * 80)
    assert RUDE not in client.get(f"/theo-doi/{link}").content.decode()


def list_locked_tables(act: Callable[[], object]) -> list[str]:
    """List the tables in whose rows the statements of `act` lock, in their order."""
    with CaptureQueriesContext(connection) as statements:
        act()
    locking = [entry["sql"] for entry in statements if "FOR UPDATE" in entry["sql"]]
    return [sql.partition(" FROM ")[2].split()[0].strip('"') for sql in locking]


def test_every_writer_locks_the_case_before_its_complaint(officer: Callable[..., Any], now: dt.datetime) -> None:
    """The worker seals a case while a handler already accepts it: in another order both would wait for each other."""
    duty = create_handler(officer, "PROVINCE_DUTY", now)
    link, complaint = submit_complaint(now=now)
    handled = {"complaint": complaint, "officer": duty, "now": now}
    writers: dict[str, Callable[[], object]] = {
        "accept": lambda: handling.accept_complaint(**handled),
        "answer": lambda: handling.answer_complaint(text="Đã nhận.", **handled),
        "seal": lambda: seal_case.seal_complaint_case(complaint.case_id, now=now),
        "page": lambda: Client().post(f"/theo-doi/{link}", {"text": f"{RUDE} lần nữa", "key": generate_token()}),
        "conclude": lambda: handling.conclude_complaint(outcome="RESOLVED", text="Đã xử lý.", **handled),
    }
    for name, write in writers.items():
        tables = list_locked_tables(write)
        assert tables.index("cases_case") < tables.index("conduct_complaint"), name


def test_control_a_complaint_locked_first_is_found(
    officer: Callable[..., Any], now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restricted_cases, "lock_restricted", lambda _case_id: None)
    with pytest.raises(AssertionError, match="accept"):
        test_every_writer_locks_the_case_before_its_complaint(officer, now)


def test_the_desk_names_the_author_and_how_an_answer_is_read(
    officer: Callable[..., Any], now: dt.datetime, custody: None
) -> None:
    duty = create_handler(officer, "PROVINCE_DUTY", now)
    _link, complaint = submit_complaint(now=now)
    vault.seal_text(
        lock_id=complaint.lock_id or 0,
        owner=complaint.owner + NOTES_SUFFIX,
        kind=vault.Kind.REPLY,
        text="Đã hỏi tổ trưởng.",
        author="officer:x",
        now=now,
    )
    desk = HandlerClient(duty)
    _status, page = desk.read(complaint)
    note = page.rpartition("Đã hỏi tổ trưởng.")[0].rpartition("<li")[2]
    assert "<b>Ghi chú nội bộ</b>" in note and "Công an" not in note, "a note is no answer of the police"
    assert "Người báo đọc trên trang tra cứu của mình." in page and "Số tin" not in page
    Complaint.objects.update(page_wrapped_key=b"")
    assert "kênh chat, như Zalo, cũng đọc được" in desk.read(complaint)[1]


def test_a_handler_reads_answers_and_concludes(
    officer: Callable[..., Any], client: Client, now: dt.datetime, custody: None
) -> None:
    duty = create_handler(officer, "PROVINCE_DUTY", now)
    link, complaint = submit_complaint(now=now)
    desk = HandlerClient(duty)
    assert str(complaint.public_id) in desk.list()
    status, page = desk.read(complaint)
    assert status == 200 and RUDE in page and "Nhận giải quyết" in page
    assert desk.do(complaint, "nhan") == 303
    case = Case.objects.get(pk=complaint.case_id)
    assert case.state == State.RECEIVED and case.acknowledged_at
    assert (
        desk.client.post(desk.url(complaint, "/tra-loi"), {"text": "Chúng tôi đã nhận và đang làm rõ."}).status_code
        == 303
    )
    assert desk.do(complaint, "ket-luan", outcome="RESOLVED", text="Đã nhắc nhở, xin lỗi bác.") == 303
    case.refresh_from_db()
    assert (case.state, case.outcome, case.result) == (State.CLOSED, "RESOLVED", "")
    assert desk.do(complaint, "nhan") == 404
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.ROOT_URLCONF", "binhyen.urls")
        page = client.get(f"/theo-doi/{link}").content.decode()
    assert "đang làm rõ" in page and "xin lỗi bác" in page
    assert AuditEntry.objects.filter(verb="sealed_read", object=f"conduct:{case.public_id}").exists()


def test_a_complaint_about_a_chief_goes_to_the_directors_office_and_is_hidden_from_the_province(
    officer: Callable[..., Any], now: dt.datetime, custody: None
) -> None:
    duty, director = create_handler(officer, "PROVINCE_DUTY", now), create_handler(officer, "DIRECTOR", now)
    _, complaint = submit_complaint(CHIEF, now=now)
    assert complaint.veto.desk == Desk.DIRECTOR
    assert not WrappedKey.objects.filter(lock=complaint.lock, group_key__group="CONDUCT").exists()
    assert str(complaint.public_id) not in HandlerClient(duty).list()
    assert HandlerClient(duty).read(complaint)[0] == 404
    assert CHIEF in HandlerClient(director).read(complaint)[1]


def test_a_complaint_about_the_top_goes_to_the_inspectorate_and_names_the_ministry(
    officer: Callable[..., Any], client: Client, now: dt.datetime, settings: Any
) -> None:
    settings.MINISTRY = "Phòng tiếp dân Bộ, 1 Phố Thử"
    create_handler(officer, "INSPECTOR", now)
    link, complaint = submit_complaint(DIRECTOR, now=now)
    assert complaint.veto.desk == Desk.INSPECTORATE
    page = client.get(f"/theo-doi/{link}").content.decode()
    assert "Bộ Công an: Phòng tiếp dân Bộ, 1 Phố Thử." in page and "Cơ quan thanh tra:" not in page


def test_naming_a_subject_moves_it_up_never_down(officer: Callable[..., Any], now: dt.datetime, custody: None) -> None:
    duty = create_handler(officer, "PROVINCE_DUTY", now)
    create_handler(officer, "DIRECTOR", now)
    officer("CHIEF", "18568", name="Trần Văn Bình")
    _, complaint = submit_complaint(now=now)
    desk = HandlerClient(duty)
    assert desk.do(complaint, "ve-ai", rank="OFFICER", unit="", who="Ông Nguyễn Không Có") == 409
    assert desk.do(complaint, "ve-ai", rank="OFFICER", unit="", who="Trần Văn Bình") == 303
    complaint.veto.refresh_from_db()
    assert complaint.veto.desk == Desk.DIRECTOR
    assert desk.read(complaint)[0] == 404
    assert not WrappedKey.objects.filter(lock=complaint.lock, group_key__group="CONDUCT").exists()


def test_the_higher_desk_takes_over_and_the_lower_loses_it(
    officer: Callable[..., Any], now: dt.datetime, custody: None
) -> None:
    duty, director = create_handler(officer, "PROVINCE_DUTY", now), create_handler(officer, "DIRECTOR", now)
    _, complaint = submit_complaint(now=now)
    above, below = HandlerClient(director), HandlerClient(duty)
    assert below.read(complaint)[0] == 200
    status, page = above.read(complaint)
    assert status == 200 and "Rút lên" in page and "Kết luận" not in page
    assert above.do(complaint, "rut-len", reason="ngắn") == 409
    assert above.do(complaint, "rut-len", reason="Tỉnh để chậm quá hai tuần, chưa trả lời dân.") == 303
    assert below.read(complaint)[0] == 404
    assert above.do(complaint, "nhan") == 303


def test_facts_pass_on_to_the_province_only(officer: Callable[..., Any], now: dt.datetime) -> None:
    duty = create_handler(officer, "PROVINCE_DUTY", now)
    _, complaint = submit_complaint(now=now)
    handling.pass_on_facts(
        complaint=complaint, extract="Có người thu tiền giả danh lệ phí tại trụ sở", officer=duty, now=now
    )
    code = worker_tasks.open_extract_case(
        "Có người thu tiền giả danh lệ phí tại trụ sở",
        complaint_id=complaint.pk,
        officer_id=duty.pk,
        urgency=1,
        ladder=get_alarm_delays(),
        now=now,
    )
    case = Case.objects.get(code=code)
    assert case.unit.level == "PROVINCE" and not case.is_restricted and case.category != "officer_complaint"


def test_an_officer_who_marks_a_complaint_loses_it_and_its_text_is_sealed(
    officer: Callable[..., Any], now: dt.datetime
) -> None:
    person = officer("OFFICER", "18568")
    report_text = "Hàng xóm hát karaoke ồn quá ở thị trấn Lộc Hà"
    web_reports.send_report(sending=web_reports.Submission(key=generate_token(), text=report_text), now=now)
    case = Case.objects.get()
    officer_actions.add_note(code=case.code, officer=person, text="Bà con nói về anh Bình", now=now)
    case.refresh_from_db()
    page = sign_in(person)
    assert case.title in page.get("/ban-truc").content.decode()
    answer = page.post(
        f"/vu-viec/{case.code}/phan-loai",
        {"category": "officer_complaint", "urgency": "1", "version": str(case.version)},
    )
    assert answer.status_code == 303 and answer["Location"] == "/ban-truc"
    case.refresh_from_db()
    assert case.is_restricted and case.unit.level == "PROVINCE" and case.snippet == case.search_text == ""
    assert page.get(f"/vu-viec/{case.code}").status_code == 404
    assert seal_case.seal_complaint_case(case.pk, now=now)
    assert not seal_case.seal_complaint_case(case.pk, now=now)
    complaint = Complaint.objects.get()
    assert f"unit:{person.unit_id}" in complaint.veto.conflict_keys
    assert complaint.veto.alias == f"case:{case.code}"
    assert Message.objects.get().text == "" and not Note.objects.exists()
    assert SealedText.objects.count() == 2
    assert not Outgoing.objects.exclude(purpose="APART").exists()


def test_an_unassigned_message_that_is_a_complaint_is_escalated_too(
    officer: Callable[..., Any], unit: Callable[[str], Any], now: dt.datetime
) -> None:
    person = officer("OFFICER", "18568")
    message = Message.objects.create(
        channel=Channel.objects.get(kind="web"),
        reporter_id=vault.create_reporter(now=now),
        unit=unit("18568"),
        external_id="x",
        text="ông ấy đòi tiền",
        search_text="ong ay doi tien",
        sent_at=now,
        received_at=now,
    )
    desk = sign_in(person)
    answer = desk.post(
        f"/tin-nhan/{message.public_id}/mo-vu-viec", {"category": "officer_complaint", "urgency": "1", "title": "Bình"}
    )
    assert answer.status_code in (302, 303)
    case = get_only_case()
    assert case.title == "Phản ánh cán bộ" and case.search_text == ""
    seal_case.seal_all_cases(now=now)
    message.refresh_from_db()
    assert message.text == "" and SealedText.objects.count() == 1


def test_further_messages_of_the_person_are_sealed_too(client: Client, now: dt.datetime) -> None:
    link, complaint = submit_complaint(now=now)
    answer = client.post(f"/theo-doi/{link}", {"text": "Hôm qua anh ấy lại đòi thêm năm trăm nghìn"})
    assert answer.status_code == 303
    assert "năm trăm nghìn" in client.get(f"/theo-doi/{link}").content.decode()
    assert not Message.objects.exclude(text="").exists()
    assert SealedText.objects.count() == 2
    case = Case.objects.get(pk=complaint.case_id)
    assert case.search_text == "" and CaseEvent.objects.filter(case=case, verb="heard").count() == 1


def test_an_old_complaint_in_the_register_is_lifted(officer: Callable[..., Any], now: dt.datetime) -> None:
    web_reports.send_report(
        sending=web_reports.Submission(key=generate_token(), text="Hàng xóm hát karaoke ồn ở thị trấn Lộc Hà"), now=now
    )
    Case.objects.update(category="officer_complaint", kind="petition")  # the state before complaints were restricted
    assert seal_case.seal_all_cases(now=now) == 1
    assert get_only_case().kind == "conduct" and Complaint.objects.count() == 1


def test_a_complaint_whose_handlers_left_is_escalated(officer: Callable[..., Any], now: dt.datetime) -> None:
    duty = create_handler(officer, "PROVINCE_DUTY", now)
    create_handler(officer, "DIRECTOR", now)
    submit_complaint(now=now)
    assert alarms.escalate_orphans(now=now) == 0
    duty.is_active = False
    duty.save()
    assert alarms.escalate_orphans(now=clock.now()) == 1
    assert ConflictRule.objects.get().desk == Desk.DIRECTOR


def complain_in_chat(now: dt.datetime) -> Complaint:
    channel = Channel.objects.create(kind="zalo_oa", name="OA")
    reporter = Reporter.objects.create(created_at=now)
    talk = Conversation.objects.create(channel=channel, reporter=reporter, last_interaction_at=now)
    process_items(
        [InboundItem(channel.pk, reporter.pk, talk.pk, IncomingMessage(generate_code(), "x", RUDE, now))], now=now
    )
    return Complaint.objects.select_related("case", "veto").get()


@pytest.mark.parametrize(
    ("state", "is_readable"), [("QUEUED", True), ("SENDING", True), ("SENT", False), ("DEAD", False)]
)
def test_a_chat_answer_is_sealed_once_it_was_sent_or_never_will_be(
    officer: Callable[..., Any], now: dt.datetime, state: str, is_readable: bool
) -> None:
    duty, complaint = create_handler(officer, "PROVINCE_DUTY", now), complain_in_chat(now)
    handling.answer_complaint(complaint=complaint, text="Đã rõ việc này.", officer=duty, now=now)
    worker_tasks.queue_letter(complaint.pk, "Đã rõ việc này.", now=now)
    answer = Outgoing.objects.filter(key__startswith="conduct:")
    answer.update(state=state)
    receipt = Outgoing.objects.exclude(pk=answer.get().pk).get()
    with rls.acting_as("worker"):
        assert worker_tasks.erase_sent_letters() == (0 if is_readable else 1)
    assert bool(answer.get().text) is is_readable
    receipt.refresh_from_db()
    assert receipt.text, "a plain acknowledgement of receipt stays"


def test_on_our_page_the_answer_stays_where_no_link_opens_the_sealed_one(
    officer: Callable[..., Any], client: Client, now: dt.datetime
) -> None:
    duty = create_handler(officer, "PROVINCE_DUTY", now)
    link, complaint = submit_complaint(now=now)
    Complaint.objects.update(page_wrapped_key=b"")  # as for a case that an officer recognised as a complaint
    complaint.refresh_from_db()
    handling.answer_complaint(complaint=complaint, text="Đã rõ việc này.", officer=duty, now=now)
    worker_tasks.queue_letter(complaint.pk, "Đã rõ việc này.", now=now)
    with rls.acting_as("worker"):
        worker_tasks.erase_sent_letters()
    assert "Đã rõ việc này." in client.get(f"/theo-doi/{link}").content.decode()
