"""Messages are removed from a case with many reporters: every reporter still gets the outcome."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.models import Case, CaseMessage
from binhyen.cases.services import linking, officer_actions
from binhyen.cases.tests.scene import browser, url
from binhyen.channels.models import Message
from binhyen.intake.tests.telling import group_of, people, person, say
from binhyen.intake.tests.web import link, tell
from binhyen.kit import clock
from binhyen.kit.ids import show_code

pytestmark = pytest.mark.django_db
FIRE = "Cháy nhà ở TDP Phú Mậu xã Lộc Hà, cháy to lắm"
FIRE_TOO = "Cháy to quá ở tdp phú mậu lộc hà công an ơi"


def test_whoever_holds_a_receipt_gets_a_case_of_their_own_however_they_are_taken_off(officer: Any, client: Any) -> None:
    first, duty = person(), officer()
    say((first, FIRE))
    secret, case = link(tell(client, FIRE_TOO)), first.case()
    wrong = CaseMessage.objects.get(case=case, message__text=FIRE_TOO).message
    desk = browser(duty)
    page = desk.get(url(case)).content.decode()
    assert "Tách tin này ra" not in page and page.count("Tách thành vụ riêng") == 2
    answer = desk.post(url(case, "go-tin"), {"version": case.version, "tin": str(wrong.public_id)})  # an older page
    own = Case.objects.latest("pk")
    assert answer.status_code == 303 and show_code(own.code) in answer["Location"] and own.pk != case.pk
    assert Message.objects.get(pk=wrong.pk).in_case, "their text is not purged as small talk"
    officer_actions.answer(code=case.code, officer=duty, text="Xe cứu hỏa đang đến.", version=None, now=clock.now())
    officer_actions.answer(code=own.code, officer=duty, text="Đã dập tắt rồi.", version=None, now=clock.now())
    status = client.get(f"/theo-doi/{secret}").content.decode()
    assert show_code(own.code) in status and "Đã dập tắt rồi." in status and "Xe cứu hỏa" not in status
    assert any("Xe cứu hỏa" in t for t in first.heard())


def test_one_of_several_words_and_words_an_officer_added_are_just_taken_off(
    officer: Any, unit: Any, now: dt.datetime
) -> None:
    first, second, loose = people(3)
    say((first, FIRE), (second, FIRE_TOO))
    say((second, "Lửa lan sang nhà bên rồi"))
    say((loose, "Trời hôm nay đẹp quá"), group=group_of(unit("18568"), now))
    case, duty = first.case(), officer()
    chat = Message.objects.get(reporter=loose.reporter)
    linking.attach(code=case.code, message_id=str(chat.public_id), officer=duty, version=None, now=clock.now())
    page = browser(duty).get(url(case)).content.decode()
    assert page.count("Tách tin này ra") == 3, "not for the only message of the first reporter"
    for message in (chat, Message.objects.get(text="Lửa lan sang nhà bên rồi")):
        linking.detach(code=case.code, message_id=str(message.public_id), officer=duty, version=None, now=clock.now())
        assert not Message.objects.get(pk=message.pk).in_case
    assert Case.objects.count() == 1
    assert set(case.reports.values_list("reporter_id", flat=True)) == {first.reporter, second.reporter}
