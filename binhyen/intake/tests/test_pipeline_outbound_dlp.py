"""Outbound DLP through the real services and screens: held in place, marked, rewritten, released by
a second officer."""

import datetime as dt

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.cases.choices import Outcome
from binhyen.cases.models import Case, Report
from binhyen.cases.services import officer_actions
from binhyen.cases.services.closing import close_case, reopen_closed_case
from binhyen.cases.tests.scene import build_case_url, open_case, sign_in_browser
from binhyen.channels.models import ChildGround, Flag, Outgoing, PublishedText
from binhyen.channels.services import outbound_dlp, outbox
from binhyen.channels.services.outbound_dlp import OutgoingDraft
from binhyen.channels.services.quarantine import remove_child_details
from binhyen.channels.tests.worker import run_content_review
from binhyen.channels.texts import CHILD_TEXT_REMOVED
from binhyen.intake.tests.chat_reports import ChatPerson, create_group, create_person, run_pipeline
from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import generate_token, hash_token

pytestmark = pytest.mark.django_db
BAIT = "Nhận quà miễn phí, click ngay http://nhan-qua-tri-an.top/abc"
PHONE = "Bà con gọi anh em trực ban 0912 345 678 nhé"
TIP = "Nhà ông Thức cuối xóm hay chở gỗ lậu về giấu sau trại heo lúc nửa đêm"


@pytest.fixture
def group(unit, now):
    return create_group(unit("18568"), now)


def submit_form(officer, address, **fields):
    """Submit a form, run the asynchronous content review, and return the next page."""
    client = sign_in_browser(officer)
    answer = client.post(address, fields)
    run_content_review()
    return client.get(answer["Location"]) if answer.status_code == 303 else answer


def answer_in_group(officer, group, text):
    """Post a phishing link as a citizen; the officer answers in the group with `text`."""
    run_pipeline((create_person(), BAIT), group=group)
    flag = Flag.objects.filter(state="OPEN").latest("pk")
    return submit_form(officer, f"/nhom/{group.public_id}/nhac/{flag.public_id}/gui", text=text)


def decide_on_message(officer, row, what, **fields):
    return submit_form(officer, f"/cho-xem/{row.public_id}/{what}", **fields)


def test_held_in_place_with_the_text_marked(officer, group):
    person_ = officer()
    page = answer_in_group(person_, group, PHONE).content.decode()
    row = Outgoing.objects.get(purpose="REMIND")
    assert (row.state, row.text) == ("HELD", PHONE), "nothing is lost"
    assert "Chưa gửi: lời này có điều không nên đưa ra" in page
    assert '<mark class="stopped" title="số điện thoại, hộp thư">0912 345 678' in page
    assert "nhờ một người khác" in page and "/cho-gui" not in page, "the author cannot release it"
    assert "/cho-gui" in sign_in_browser(officer("CHIEF")).get(f"/nhom/{group.public_id}").content.decode()


def test_a_rewritten_text_is_sent_and_a_bad_one_stays(officer, group):
    person_ = officer()
    answer_in_group(person_, group, PHONE)
    row = Outgoing.objects.get(purpose="REMIND")
    decide_on_message(person_, row, "sua", text="Gọi 0987.654.321 nhé")
    row.refresh_from_db()
    assert (row.state, row.text) == ("HELD", "Gọi 0987.654.321 nhé")
    decide_on_message(person_, row, "sua", text="Bà con gọi 113 nhé")
    row.refresh_from_db()
    assert (row.state, row.text, row.dlp_findings) == ("SENT", "Bà con gọi 113 nhé", []), (
        "the web channel sends at once"
    )
    assert AuditEntry.objects.filter(verb="gate.rewritten").count() == 2
    assert "0987" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_a_second_person_lets_it_go_and_the_number_is_known_from_now_on(officer, group):
    writer, chief = officer(), officer("CHIEF")
    answer_in_group(writer, group, PHONE)
    row = Outgoing.objects.get(purpose="REMIND")
    assert "Người viết không tự cho gửi được" in decide_on_message(writer, row, "cho-gui").content.decode()
    decide_on_message(chief, row, "cho-gui", ours="1")
    row.refresh_from_db()
    assert row.state == "SENT" and PublishedText.objects.get().value == "0912345678"
    entry = AuditEntry.objects.get(verb="gate.released")
    assert entry.actor == f"officer:{chief.public_id}" and entry.detail == {"kinds": ["CONTACT"]}
    answer_in_group(writer, group, "Trực ban: 0912.345.678")
    assert Outgoing.objects.filter(purpose="REMIND", state="HELD").count() == 0


@pytest.mark.parametrize(
    "text",
    [
        "Số cccd 042095001234 của người vi phạm",
        "Người báo tin là chị bán cá",
        f"Nghe nói {TIP.lower()}",
    ],
)
def test_findings_that_cannot_be_released(officer, group, text):
    run_pipeline((create_person(), TIP), group=group)
    chief = officer("CHIEF")
    answer_in_group(officer(), group, text)
    row = Outgoing.objects.get(purpose="REMIND")
    assert row.state == "HELD"
    assert "không được đưa ra" in decide_on_message(chief, row, "cho-gui").content.decode()
    row.refresh_from_db()
    assert row.state == "HELD"
    decide_on_message(chief, row, "bo")
    row.refresh_from_db()
    assert row.state == "CANCELLED" and row.text == text


def test_a_childs_details_need_a_ground_and_go_when_it_ends(officer, group, now):
    chief, text = officer("CHIEF"), "Tìm cháu Phan Gia Bảo 7 tuổi, lạc ở chợ"
    answer_in_group(officer(), group, text)
    row = Outgoing.objects.get(purpose="REMIND")
    today = to_vietnam_day(now)
    assert "Hãy chọn căn cứ" in decide_on_message(chief, row, "cho-gui").content.decode()
    late = {"ground": "EMERGENCY", "reason": "Trẻ lạc, mẹ đã đồng ý", "until": str(today + dt.timedelta(days=90))}
    assert "trong vòng 30 ngày" in decide_on_message(chief, row, "cho-gui", **late).content.decode()
    decide_on_message(chief, row, "cho-gui", **(late | {"until": str(today + dt.timedelta(days=3))}))
    row.refresh_from_db()
    assert row.state == "SENT" and ChildGround.objects.get().kind == "EMERGENCY"
    assert remove_child_details(now=now + dt.timedelta(days=2)) == 0
    assert remove_child_details(now=now + dt.timedelta(days=5)) == 1
    row.refresh_from_db()
    assert row.text == CHILD_TEXT_REMOVED


def test_owner_colleague_stranger(officer, group):
    answer_in_group(officer(), group, PHONE)
    row = Outgoing.objects.get(purpose="REMIND")
    for what in ("sua", "cho-gui", "bo"):
        assert decide_on_message(officer("OFFICER", "18073"), row, what, text="Xin chào").status_code == 404
        assert sign_in_browser(officer("OPERATOR", "42")).post(f"/cho-xem/{row.public_id}/{what}").status_code == 403
        assert sign_in_browser(officer("VILLAGE_TEAM")).post(f"/cho-xem/{row.public_id}/{what}").status_code == 403
    assert (
        decide_on_message(officer("PROVINCE_DUTY", "42"), row, "bo").status_code == 200
    )  # can see, but does not write for the group
    row.refresh_from_db()
    assert row.state == "HELD"


def test_every_queued_group_message_passes_dlp(group, now, monkeypatch):
    def send(key):
        outbox.queue_messages(
            [
                OutgoingDraft(
                    key=key,
                    channel_id=group.channel_id,
                    group_id=group.pk,
                    text=PHONE,
                    purpose="RULES",
                    unit_id=group.unit_id,
                )
            ],
            now=now,
        )
        return Outgoing.objects.get(key=key).state

    assert send("a") == "HELD"
    monkeypatch.setattr(outbox, "check_drafts", lambda drafts: {})
    assert send("b") == "SENT", "the control: without DLP it is sent"


def create_two_reporters(unit) -> tuple[Case, ChatPerson, ChatPerson]:
    """Open one case with two reporters; the second names herself."""
    case = open_case(unit, text="Đêm qua trộm vào xóm")
    first, second = create_person(), create_person()
    run_pipeline((first, "Xe máy nhà em bị trộm ở thôn Bắc Sơn đêm qua"))
    run_pipeline((second, "Nhà em cũng bị trộm, em là Trần Thị Liên, gọi em 0912345678"))
    for teller in (first, second):
        reported_case = teller.case()
        if reported_case != case:
            reported_case.reports.update(case=case)
            reported_case.case_messages.update(case=case)
    return case, first, second


@pytest.mark.parametrize(
    ("text", "held_for_first"),
    [
        ("Công an đã có biên bản, mời bạn lên ký.", False),
        ("Bạn liên hệ 0912 345 678 để cùng làm đơn", True),
        ("Chị Trần Thị Liên cũng bị mất, bạn hỏi thêm", True),
    ],
)
def test_an_answer_does_not_reveal_another_reporter(officer, unit, text, held_for_first):
    case, first, second = create_two_reporters(unit("18568"))
    chief = officer("CHIEF")
    page = submit_form(chief, build_case_url(case, "tra-loi"), text=text, version=str(case.version), key="k" * 20)
    states = {r.conversation_id: r.state for r in Outgoing.objects.filter(case=case, purpose="ANSWER")}
    assert (states[first.conversation] == "HELD") is held_for_first
    assert states[second.conversation] == "SENT", "her own details may be repeated to her"
    assert ("Chưa gửi: lời này" in page.content.decode()) is held_for_first
    assert len(first.list_received("ANSWER")) == 1
    if held_for_first:
        row = Outgoing.objects.get(conversation=first.conversation, state="HELD")
        decide_on_message(officer(), row, "cho-gui")
        row.refresh_from_db()
        assert row.state == "SENT"


def test_without_the_check_the_other_is_revealed(officer, unit, monkeypatch):
    monkeypatch.setattr(officer_actions, "build_privacy_guards", lambda *a, **k: {})
    with pytest.raises(AssertionError):
        test_an_answer_does_not_reveal_another_reporter(officer, unit, "Bạn liên hệ 0912 345 678 để cùng làm đơn", True)


def test_a_citizen_does_not_read_held_texts(officer, unit):
    from binhyen.intake.queries import list_page_messages

    case, first, _ = create_two_reporters(unit("18568"))
    officer_actions.answer_reporters(
        code=case.code, officer=officer(), text="Gọi 0912 345 678", version=None, now=clock.now()
    )
    report = Report.objects.get(case=case, reporter=first.reporter)
    assert not [line for line in list_page_messages(report, [], b"") if "0912" in line.text]


NAMING = "Đã bắt người trộm xe, chị Trần Thị Liên đã nhận lại tài sản."


def test_a_result_that_names_another_is_not_read_on_the_status_page_either(officer, unit, client):
    case, first, second = create_two_reporters(unit("18568"))
    pages = {}
    for teller in (first, second):
        row = Report.objects.get(case=case, reporter=teller.reporter)
        pages[teller] = (secret := generate_token())
        Report.objects.filter(pk=row.pk).update(link_hash=hash_token(secret))

    def read(teller):
        return client.get(f"/theo-doi/{pages[teller]}").content.decode()

    close_case(
        code=case.code,
        officer=officer("CHIEF"),
        outcome=Outcome.RESOLVED,
        result=NAMING,
        evidence="Biên bản số 1",
        version=None,
        now=clock.now(),
    )
    assert "Đã xong" in read(first) and "Liên" not in read(first), "held, so it is not shown elsewhere"
    assert f"Kết quả: {NAMING}" in read(second), "her own details may be repeated to her"
    row = Outgoing.objects.get(conversation=first.conversation, purpose="RESULT")
    decide_on_message(officer(), row, "cho-gui")
    assert f"Kết quả: {NAMING}" in read(first), "a second officer released it"
    reopen_closed_case(code=case.code, officer=officer(), reason="Tìm thêm được xe", version=None, now=clock.now())
    close_case(
        code=case.code,
        officer=officer(),
        outcome=Outcome.RESOLVED,
        result=f"{NAMING} Còn một xe nữa.",
        evidence="Biên bản số 2",
        version=None,
        now=clock.now(),
    )
    quarantined = Outgoing.objects.get(conversation=first.conversation, purpose="RESULT", state="HELD")
    assert "Còn một xe nữa" not in read(first) and "Kết quả:" not in read(first).partition('class="thread')[0]
    decide_on_message(officer(), quarantined, "bo")
    assert "Còn một xe nữa" not in read(first), "a discarded text is not shown"


def test_control_a_page_with_the_result_reveals_the_other(officer, unit, client, monkeypatch):
    monkeypatch.setattr("binhyen.intake.queries.can_read_result", lambda report: True)
    with pytest.raises(AssertionError, match="held, so it is not shown"):
        test_a_result_that_names_another_is_not_read_on_the_status_page_either(officer, unit, client)


def test_automatic_receipts_in_a_group_pass(group):
    run_pipeline((create_person(), "Cây đổ chắn ngang đường ở thị trấn Lộc Hà, xe không qua được"), group=group)
    assert Outgoing.objects.get(group=group).state == "SENT"
    assert outbound_dlp.check_drafts([]) == {}
