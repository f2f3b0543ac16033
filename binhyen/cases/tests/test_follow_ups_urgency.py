"""A later message can make a case urgent; a complaint about police never moves down."""

import datetime as dt
from typing import Any

import pytest

from binhyen.areas.queries import get_directory
from binhyen.cases.models import Alarm, Case, Report
from binhyen.cases.rules import NotFound
from binhyen.cases.services import officer_actions
from binhyen.cases.services.transfers import undo_transfer
from binhyen.cases.tests.scene import build_case_url, sign_in_browser
from binhyen.channels.models import Channel
from binhyen.channels.services.messages import get_or_create_conversations
from binhyen.channels.types import IncomingMessage
from binhyen.intake.pipeline import InboundItem, process_items
from binhyen.kit.ids import generate_token, generate_uuid7, hash_token
from binhyen.kit.models import LiveEvent
from binhyen.vault import services as vault

pytestmark = pytest.mark.django_db


def _report(reporter: int, text: str, now: dt.datetime) -> Case:
    channel = Channel.objects.get(kind="web")
    conversation = get_or_create_conversations(channel.pk, [reporter])[reporter]
    message = IncomingMessage(external_id=str(generate_uuid7()), sender="", text=text, sent_at=now)
    process_items([InboundItem(channel.pk, reporter, conversation.pk, message, wants_case=True)], now=now)
    return Case.objects.get(reports__reporter_id=reporter)


def test_a_message_that_makes_a_case_urgent_alarms_again_after_acknowledgement(officer: Any, now: dt.datetime) -> None:
    duty, reporter = officer(), vault.create_reporter(now=now)
    case = _report(reporter, "Quán karaoke ở thị trấn Lộc Hà mở loa quá ồn", now)
    assert case.urgency < 3
    officer_actions.acknowledge_alarm(code=case.code, officer=duty, now=now)
    case = _report(reporter, "Họ cầm dao chém nhau rồi, máu nhiều lắm, cứu với", now)
    assert (case.urgency, case.acknowledged_at) == (3, None)
    assert Alarm.objects.get(case=case).acknowledged_at is None
    assert LiveEvent.objects.filter(name="alarm", data__case=case.code).count() == 1
    _report(reporter, "Công an đến nhanh với, dao dài lắm", now)
    assert LiveEvent.objects.filter(name="alarm", data__case=case.code).count() == 1  # the alarm is already on


def test_an_alarm_says_the_same_of_a_given_case_everywhere(officer: Any, now: dt.datetime) -> None:
    """Given to a person is not taken by that person; a new message of a case that a person has is an update."""
    chief, taker, reporter = officer("CHIEF"), officer(name="Lê Giao Nhận"), vault.create_reporter(now=now)
    token = generate_token()

    def read_screens(case: Case) -> tuple[str, str, str]:
        desk = sign_in_browser(taker).get("/ban-truc").content.decode().partition('<section class="alarms"')[2]
        page = sign_in_browser(taker).get(build_case_url(case)).content.decode()
        return desk.partition("</section>")[0], page, sign_in_browser(None).get(f"/theo-doi/{token}").content.decode()

    case = _report(reporter, "Có nhóm cầm dao chém nhau ở TDP Phú Mậu", now)
    Report.objects.update(link_hash=hash_token(token))
    desk, page, status = read_screens(case)
    assert "1 vụ khẩn cấp chưa ai nhận" in desk and "Khẩn cấp, chưa ai nhận." in page, "control: nobody has it"
    assert "đang chờ cán bộ nhận" in status
    given_at = now + dt.timedelta(minutes=1)
    officer_actions.assign_case(code=case.code, officer=chief, to=taker, version=None, now=given_at)
    desk, page, status = read_screens(case)
    assert "chưa ai nhận" not in desk + page and "1 vụ khẩn cấp đã giao, chưa xác nhận" in desk
    assert "đã giao cho Lê Giao Nhận, chưa xác nhận" in desk
    assert "Khẩn cấp, đã giao cho Lê Giao Nhận, chưa xác nhận." in page
    assert "Tắt chuông, tôi xử lý" in desk and "Tắt chuông, tôi xử lý" in page, "the person confirms by stopping it"
    colleague_page = sign_in_browser(chief).get(build_case_url(case)).content.decode()
    assert "Tắt chuông, tôi xử lý" in colleague_page, "who stops it instead takes the case"
    assert "đang chờ cán bộ nhận" in status, "the reporter does not read that an officer has it"
    officer_actions.acknowledge_alarm(code=case.code, officer=taker, now=given_at)
    desk, page, status = read_screens(case)
    assert desk == "" and "Khẩn cấp, " not in page and "Cán bộ đã nhận tin của bạn." in status
    _report(reporter, "Họ quay lại cầm dao chém nữa, cứu với", now + dt.timedelta(minutes=9))
    desk, page, _status = read_screens(case)
    assert "1 vụ đã có người xử lý, có tin khẩn mới" in desk and "Khẩn cấp, có tin mới." in page
    assert "chưa xác nhận" not in desk + page and "chưa ai nhận" not in desk + page
    colleague_page = sign_in_browser(chief).get(build_case_url(case)).content.decode()
    assert "Tắt chuông" in colleague_page and "tôi xử lý" not in colleague_page
    assert sign_in_browser(chief).post(build_case_url(case, "da-nhan")).status_code == 303
    case.refresh_from_db()
    assert case.acknowledged_at is not None and case.assignee == taker, "it stays with who works on it"


def test_an_urgent_case_alarms_again_at_its_new_unit(officer: Any, unit: Any, now: dt.datetime) -> None:
    giver, case = officer(), _report(vault.create_reporter(now=now), "Có nhóm cầm dao chém nhau ở TDP Phú Mậu", now)
    there = officer("OFFICER", "18073")
    officer_actions.acknowledge_alarm(code=case.code, officer=giver, now=now)
    later = now + dt.timedelta(minutes=3)
    payload = {"code": case.code, "reason": "Xảy ra bên phường", "version": None}
    officer_actions.transfer(officer=giver, unit=unit("18073"), now=later, **payload)
    alarm = Alarm.objects.get(case=case)
    assert (alarm.acknowledged_at, alarm.escalation_level, alarm.raised_at) == (None, 0, later)
    assert _list_called() == [there.pk], "not the officers of the former unit"
    assert alarm.next_at is not None and alarm.next_at > later  # and escalates from there
    taken = undo_transfer(code=case.code, officer=giver, now=later)
    assert (taken.unit_id, Alarm.objects.get(case=case).acknowledged_at) == (giver.unit_id, None)
    assert _list_called() == [giver.pk]


def _list_called() -> list[int]:
    """Return the recipients of the newest live event, which is an alarm."""
    newest = LiveEvent.objects.latest("id")
    assert newest.name == "alarm"
    return [int(topic.removeprefix("officer:")) for topic in newest.topics]


def test_a_case_that_is_not_urgent_raises_no_alarm_on_transfer(officer: Any, unit: Any, now: dt.datetime) -> None:
    giver, case = (
        officer(),
        _report(vault.create_reporter(now=now), "Hàng xóm hát karaoke ồn quá ở thị trấn Lộc Hà", now),
    )
    officer_actions.transfer(
        code=case.code, officer=giver, unit=unit("18073"), reason="Xảy ra bên phường", version=None, now=now
    )
    assert not Alarm.objects.filter(case=case).exists()


def test_a_complaint_about_police_stays_with_the_province(officer: Any, unit: Any, now: dt.datetime) -> None:
    case = _report(
        vault.create_reporter(now=now), "Anh công an xã Lộc Hà thái độ hách dịch, đòi tiền khi tôi làm giấy tờ", now
    )
    assert (case.category, case.unit_id) == ("officer_complaint", get_directory().province_unit_id)
    duty = officer("PROVINCE_DUTY", "42")
    with pytest.raises(NotFound):
        officer_actions.transfer(
            code=case.code, officer=duty, unit=unit("18568"), reason="về xã xử lý", version=None, now=now
        )


def test_a_commune_cannot_make_a_case_a_complaint_and_keep_it(officer: Any, now: dt.datetime) -> None:
    case = _report(vault.create_reporter(now=now), "Hàng xóm hát karaoke ồn quá ở thị trấn Lộc Hà", now)
    person = officer()
    officer_actions.reclassify_case(
        code=case.code, officer=person, category="officer_complaint", urgency=1, version=None, now=now
    )
    with pytest.raises(NotFound):
        officer_actions.add_note(code=case.code, officer=person, text="còn đây không?", now=now)
    case.refresh_from_db()
    assert (case.is_restricted, case.unit_id, case.snippet) == (True, get_directory().province_unit_id, "")


def test_a_complaint_about_police_never_joins_the_case_of_that_unit(now: dt.datetime) -> None:
    reporter = vault.create_reporter(now=now)
    _report(reporter, "Mất xe máy ở TDP Phú Mậu xã Lộc Hà", now)
    with pytest.raises(Case.MultipleObjectsReturned):
        _report(reporter, "Anh công an xã Lộc Hà thái độ hách dịch, đòi tiền khi tôi làm giấy tờ", now)
    complaint = Case.objects.get(category="officer_complaint")
    assert complaint.unit_id == get_directory().province_unit_id
