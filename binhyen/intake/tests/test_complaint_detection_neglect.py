"""Police that came but did nothing may be the subject of a complaint during a danger; a cry for
help is not redirected."""

import datetime as dt

import pytest

from binhyen.cases.models import Case
from binhyen.conduct.models import Complaint
from binhyen.intake import interpret
from binhyen.intake.tests.chat_reports import create_person, run_pipeline
from binhyen.language.police_neglect import detect_neglect

FIGHT = "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu xã Lộc Hà"
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    "text",
    [
        "mấy chú ghé hỏi tên tuổi cho xong rồi rủ nhau đi cà phê",
        "họ tới chỉ chụp vài tấm hình rồi về",
        "hai anh ra đến nơi ngó nghiêng rồi bỏ ra xe ngồi",
        "may ong den hoi qua quyt xong keo nhau di nhau",
    ],
)
def test_police_who_came_and_left_are_blamed(text: str) -> None:
    assert detect_neglect(text)


@pytest.mark.parametrize(
    "text",
    [
        "các anh tới chưa, nó đập cửa rồi",
        "em báo mấy lần rồi sao không ai tới",
        "anh ơi nó bỏ đi rồi mà lát nó quay lại",
        "mấy anh tới rồi mà nó khóa cửa trong, mẹ em còn trong đó",
        "các chú xuống nhanh kẻo nó chạy mất",
        "anh em nó kéo tới rồi, đang đập cổng",
        "hàng xóm tới can rồi về hết rồi, nó lại lôi em ra",
        "chưa thấy anh nào đến, nó ra sau nhà rồi",
    ],
)
def test_a_cry_for_help_blames_no_officer(text: str) -> None:
    assert not detect_neglect(text)


@pytest.mark.django_db
def test_the_unit_that_came_reads_nothing_of_it_but_gets_the_danger(now: dt.datetime) -> None:
    blame, danger = "mấy chú ghé hỏi tên tuổi cho xong rồi rủ nhau đi cà phê", "chúng nó quay lại rồi, đông lắm"
    reporter = create_person()
    for n, text in enumerate((FIGHT, blame, danger)):
        run_pipeline((reporter, text), moment=now + 5 * n * MINUTE)
    (case,) = Case.objects.filter(reports__reporter=reporter.reporter, is_restricted=False).distinct()
    assert [link.message.text for link in case.case_messages.order_by("pk")] == [FIGHT, danger]
    assert Complaint.objects.count() == 1


@pytest.mark.django_db
def test_control_without_the_rule_it_stays_with_the_case(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpret, "detect_neglect", lambda text: False)
    with pytest.raises(AssertionError):
        test_the_unit_that_came_reads_nothing_of_it_but_gets_the_danger(now)
