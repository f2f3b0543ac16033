"""Messages are removed from a case with many reporters: every reporter still gets the outcome."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.models import Case, CaseMessage
from binhyen.cases.services import linking, officer_actions
from binhyen.cases.tests.scene import build_case_url, sign_in_browser
from binhyen.channels.models import Message
from binhyen.intake.tests.chat_reports import create_group, create_people, create_person, run_pipeline
from binhyen.intake.tests.web import parse_status_token, submit_report
from binhyen.kit import clock
from binhyen.kit.ids import format_code

pytestmark = pytest.mark.django_db
FIRE = "Cháy nhà ở TDP Phú Mậu xã Lộc Hà, cháy to lắm"
FIRE_TOO = "Cháy to quá ở tdp phú mậu lộc hà công an ơi"


def test_a_detached_receipt_holder_always_gets_a_separate_case(officer: Any, client: Any) -> None:
    first, duty = create_person(), officer()
    run_pipeline((first, FIRE))
    secret, case = parse_status_token(submit_report(client, FIRE_TOO)), first.case()
    wrong = CaseMessage.objects.get(case=case, message__text=FIRE_TOO).message
    desk = sign_in_browser(duty)
    page = desk.get(build_case_url(case)).content.decode()
    assert "Tách tin này ra" not in page and page.count("Tách thành vụ riêng") == 2
    answer = desk.post(
        build_case_url(case, "go-tin"), {"version": case.version, "tin": str(wrong.public_id)}
    )  # an older page
    private_case = Case.objects.latest("pk")
    assert (
        answer.status_code == 303
        and format_code(private_case.code) in answer["Location"]
        and private_case.pk != case.pk
    )
    assert Message.objects.get(pk=wrong.pk).in_case, "their text is not purged as small talk"
    officer_actions.answer_reporters(
        code=case.code, officer=duty, text="Xe cứu hỏa đang đến.", version=None, now=clock.now()
    )
    officer_actions.answer_reporters(
        code=private_case.code, officer=duty, text="Đã dập tắt rồi.", version=None, now=clock.now()
    )
    status = client.get(f"/theo-doi/{secret}").content.decode()
    assert format_code(private_case.code) in status and "Đã dập tắt rồi." in status and "Xe cứu hỏa" not in status
    assert any("Xe cứu hỏa" in t for t in first.list_received())


def test_one_of_several_messages_is_just_detached(officer: Any, unit: Any, now: dt.datetime) -> None:
    first, second, loose = create_people(3)
    run_pipeline((first, FIRE), (second, FIRE_TOO))
    run_pipeline((second, "Lửa lan sang nhà bên rồi"))
    run_pipeline((loose, "Trời hôm nay đẹp quá"), group=create_group(unit("18568"), now))
    case, duty = first.case(), officer()
    chat = Message.objects.get(reporter=loose.reporter)
    linking.attach_message(code=case.code, message_id=str(chat.public_id), officer=duty, version=None, now=clock.now())
    page = sign_in_browser(duty).get(build_case_url(case)).content.decode()
    assert page.count("Tách tin này ra") == 3, "not for the only message of the first reporter"
    for message in (chat, Message.objects.get(text="Lửa lan sang nhà bên rồi")):
        linking.detach_message(
            code=case.code, message_id=str(message.public_id), officer=duty, version=None, now=clock.now()
        )
        assert not Message.objects.get(pk=message.pk).in_case
    assert Case.objects.count() == 1
    assert set(case.reports.values_list("reporter_id", flat=True)) == {first.reporter, second.reporter}
