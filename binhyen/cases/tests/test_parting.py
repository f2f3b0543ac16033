"""Undoing a merge: each case gets its own reports back and nothing is lost."""

from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.escalation_settings import ladder
from binhyen.cases.models import Alarm, Case, Report
from binhyen.cases.services.follow_ups import Hearing, hear
from binhyen.cases.tests.scene import browser, fresh, open_case, told, url
from binhyen.channels.models import Message
from binhyen.kit import clock

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
NOISE = "Loa hát to quá ở quán Bờ Hồ"


class Two:
    """An ordinary and an urgent case of one unit, and its chief."""

    def __init__(self, unit: Make, officer: Make) -> None:
        self.unit, self.chief = unit("18568"), browser(officer("CHIEF"))
        self.calm = open_case(self.unit, text="Có người cãi nhau ở chợ", urgency=1)
        self.grave = open_case(self.unit, urgency=3, sensitive=True)

    def do(self, case: Case, action: str, **form: str) -> Any:
        return self.chief.post(url(case, action), {"version": str(fresh(case).version), **form})

    def merge(self) -> None:
        assert self.do(self.grave, "gop", into=self.calm.code).status_code == 303

    def rings(self, case: Case) -> bool:
        return Alarm.objects.filter(case=case, acknowledged_at=None).exists()


@pytest.fixture
def two(unit: Make, officer: Make) -> Two:
    return Two(unit, officer)


def test_danger_that_nobody_took_rings_on_wherever_it_is_treated(two: Two) -> None:
    two.merge()
    assert two.rings(two.calm) and not two.rings(two.grave), (
        "it belongs to the target now, which was accepted as ordinary"
    )
    assert fresh(two.calm).urgency == 3 and fresh(two.calm).sensitive
    assert two.do(two.grave, "tach").status_code == 303
    assert two.rings(two.grave) and not two.rings(two.calm)
    assert (fresh(two.calm).urgency, fresh(two.calm).sensitive) == (1, False)
    assert (fresh(two.grave).urgency, fresh(two.grave).sensitive, fresh(two.grave).state) == (3, True, "NEW")
    desk = two.chief.get("/ban-truc").content.decode()
    assert desk.count("data-alarm=") == 1


def test_what_somebody_took_before_the_merge_rings_for_nobody_after_it(two: Two) -> None:
    two.do(two.grave, "da-nhan")
    two.merge()
    assert not two.rings(two.calm)
    two.do(two.grave, "tach")
    assert not two.rings(two.grave) and fresh(two.grave).acknowledged_at


def test_each_of_two_that_were_merged_takes_back_its_own_weight(two: Two) -> None:
    other = open_case(two.unit, urgency=2, text="Có người cầm gậy ở chợ")
    two.do(other, "gop", into=two.calm.code)
    two.merge()
    two.do(two.grave, "tach")
    assert (fresh(two.calm).urgency, fresh(two.calm).sensitive) == (2, False), "its remaining reports count"
    two.do(other, "tach")
    assert fresh(two.calm).urgency == 1


def test_what_an_officer_or_a_teller_made_of_it_meanwhile_stays(two: Two) -> None:
    two.merge()
    two.do(two.calm, "phan-loai", category="violence", urgency="2")
    two.do(two.grave, "tach")
    assert fresh(two.calm).urgency == 2


def say(case: Case, message: Message, *, by: Message, urgency: int) -> Message:
    """Add a message of reporter `by`, the way intake adds it to the case in progress."""
    Message.objects.filter(pk=message.pk).update(
        reporter=by.reporter_id, conversation=by.conversation_id, in_case=True, keep_until=None
    )
    further = Hearing(
        case_id=case.pk, message_id=message.pk, reporter_id=by.reporter_id, conversation_id=by.conversation_id,
        folded=message.folded, marked=message.marked, urgency=urgency,
    )  # fmt: skip
    hear([further], ladder=ladder(), now=clock.now())
    return message


def test_words_written_meanwhile_go_with_the_case_their_writer_told(two: Two) -> None:
    calm_teller = Message.objects.get(case_messages__case=two.calm)
    grave_teller = Message.objects.get(case_messages__case=two.grave)
    two.merge()
    theirs = say(two.calm, told(two.unit, text="Chúng chạy về cầu Hộ Độ rồi"), by=grave_teller, urgency=1)
    ours = say(two.calm, told(two.unit, text="Họ thôi cãi nhau rồi"), by=calm_teller, urgency=1)
    assert Report.objects.filter(case=two.calm).count() == 2
    two.do(two.grave, "tach")
    mine = two.chief.get(url(two.grave)).content.decode()
    other = two.chief.get(url(two.calm)).content.decode()
    assert theirs.text in mine and theirs.text not in other
    assert ours.text in other and ours.text not in mine
    assert [r.reporter_id for r in Report.objects.filter(case=two.calm)] == [calm_teller.reporter_id]
    assert "ho do" in fresh(two.grave).folded and "ho do" not in fresh(two.calm).folded, "lists find it there only"


def test_danger_told_meanwhile_rings_at_the_case_it_goes_with(two: Two) -> None:
    noise = open_case(two.unit, text="Có tiếng la ở chợ", urgency=1)
    teller = Message.objects.get(case_messages__case=noise)
    two.do(noise, "da-nhan")
    two.do(noise, "gop", into=two.calm.code)
    say(two.calm, told(two.unit, text="Có dao, cứu với", urgency=3), by=teller, urgency=3)
    two.do(two.calm, "da-nhan")
    two.do(noise, "tach")
    assert fresh(noise).urgency == 3 and two.rings(noise), "its officers were not notified that it became one"
    assert fresh(two.calm).urgency == 1


def test_a_crime_report_is_never_lost_in_a_petition(two: Two) -> None:
    petition = open_case(two.unit, text=NOISE, category="environment_noise")
    refused = two.do(two.grave, "gop", into=petition.code)
    assert refused.status_code == 422 and "gộp ngược lại" in refused.content.decode()
    assert two.do(petition, "gop", into=two.grave.code).status_code == 303


def test_the_last_words_of_a_case_are_not_taken_off(two: Two) -> None:
    (only,) = Message.objects.filter(case_messages__case=two.calm)
    refused = two.do(two.calm, "go-tin", tin=str(only.public_id))
    assert refused.status_code == 422 and "phân loại lại" in refused.content.decode()
    assert two.calm.case_messages.filter(detached_at=None).count() == 1
