"""Police that came but did nothing may be the subject of a complaint during a danger; a cry for
help is not redirected."""

import datetime as dt

import pytest

from binhyen.cases.models import Case
from binhyen.conduct.models import Complaint
from binhyen.intake import interpret
from binhyen.intake.tests.telling import person, say
from binhyen.language.police_neglect import came

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
def test_who_came_and_left_is_blamed(text: str) -> None:
    assert came(text)


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
def test_who_cries_for_help_blames_nobody(text: str) -> None:
    assert not came(text)


@pytest.mark.django_db
def test_the_unit_that_came_reads_nothing_of_it_and_hears_the_danger(now: dt.datetime) -> None:
    blame, danger = "mấy chú ghé hỏi tên tuổi cho xong rồi rủ nhau đi cà phê", "chúng nó quay lại rồi, đông lắm"
    who = person()
    for n, text in enumerate((FIGHT, blame, danger)):
        say((who, text), at=now + 5 * n * MINUTE)
    (case,) = Case.objects.filter(reports__reporter=who.reporter, apart=False).distinct()
    assert [link.message.text for link in case.case_messages.order_by("pk")] == [FIGHT, danger]
    assert Complaint.objects.count() == 1


@pytest.mark.django_db
def test_control_without_the_rule_it_lies_with_the_case(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpret, "came", lambda text: False)
    with pytest.raises(AssertionError):
        test_the_unit_that_came_reads_nothing_of_it_and_hears_the_danger(now)
