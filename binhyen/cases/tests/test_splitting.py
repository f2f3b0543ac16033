"""Undoing a merge: each case gets its own reports back and nothing is lost."""

from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Alarm, Case, Report
from binhyen.cases.services.follow_ups import FollowUp, add_follow_ups
from binhyen.cases.tests.scene import build_case_url, create_message, open_case, reload_case, sign_in_browser
from binhyen.channels.models import Message
from binhyen.kit import clock

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
NOISE = "Loa hát to quá ở quán Bờ Hồ"


class MergeScene:
    """An ordinary and an urgent case of one unit, and its chief."""

    def __init__(self, unit: Make, officer: Make) -> None:
        self.unit, self.chief = unit("18568"), sign_in_browser(officer("CHIEF"))
        self.calm = open_case(self.unit, text="Có người cãi nhau ở chợ", urgency=1)
        self.grave = open_case(self.unit, urgency=3, sensitive=True)

    def do(self, case: Case, action: str, **form: str) -> Any:
        return self.chief.post(build_case_url(case, action), {"version": str(reload_case(case).version), **form})

    def merge(self) -> None:
        assert self.do(self.grave, "gop", into=self.calm.code).status_code == 303

    def rings(self, case: Case) -> bool:
        return Alarm.objects.filter(case=case, acknowledged_at=None).exists()


@pytest.fixture
def two(unit: Make, officer: Make) -> MergeScene:
    return MergeScene(unit, officer)


def test_an_unacknowledged_alarm_goes_on_after_the_merge(two: MergeScene) -> None:
    two.merge()
    assert two.rings(two.calm) and not two.rings(two.grave), (
        "it belongs to the target now, which was accepted as ordinary"
    )
    assert reload_case(two.calm).urgency == 3 and reload_case(two.calm).sensitive
    assert two.do(two.grave, "tach").status_code == 303
    assert two.rings(two.grave) and not two.rings(two.calm)
    assert (reload_case(two.calm).urgency, reload_case(two.calm).sensitive) == (1, False)
    assert (reload_case(two.grave).urgency, reload_case(two.grave).sensitive, reload_case(two.grave).state) == (
        3,
        True,
        "NEW",
    )
    desk = two.chief.get("/ban-truc").content.decode()
    assert desk.count("data-alarm=") == 1


def test_an_acknowledged_alarm_stays_silent_after_the_merge(two: MergeScene) -> None:
    two.do(two.grave, "da-nhan")
    two.merge()
    assert not two.rings(two.calm)
    two.do(two.grave, "tach")
    assert not two.rings(two.grave) and reload_case(two.grave).acknowledged_at


def test_undoing_a_merge_restores_each_urgency(two: MergeScene) -> None:
    other = open_case(two.unit, urgency=2, text="Có người cầm gậy ở chợ")
    two.do(other, "gop", into=two.calm.code)
    two.merge()
    two.do(two.grave, "tach")
    assert (reload_case(two.calm).urgency, reload_case(two.calm).sensitive) == (2, False), "its remaining reports count"
    two.do(other, "tach")
    assert reload_case(two.calm).urgency == 1


def test_later_changes_by_officers_and_reporters_stay(two: MergeScene) -> None:
    two.merge()
    two.do(two.calm, "phan-loai", category="violence", urgency="2")
    two.do(two.grave, "tach")
    assert reload_case(two.calm).urgency == 2


def add_follow_up(case: Case, message: Message, *, by: Message, urgency: int) -> Message:
    """Add a message of reporter `by`, the way intake adds it to the case in progress."""
    Message.objects.filter(pk=message.pk).update(
        reporter=by.reporter_id, conversation=by.conversation_id, in_case=True, expires_at=None
    )
    further = FollowUp(
        case_id=case.pk,
        message_id=message.pk,
        reporter_id=by.reporter_id,
        conversation_id=by.conversation_id,
        folded=message.search_text,
        search_accented=message.search_accented,
        urgency=urgency,
    )
    add_follow_ups([further], ladder=get_alarm_delays(), now=clock.now())
    return message


def test_later_messages_follow_the_case_of_their_author(two: MergeScene) -> None:
    calm_teller = Message.objects.get(case_messages__case=two.calm)
    grave_teller = Message.objects.get(case_messages__case=two.grave)
    two.merge()
    later_message = add_follow_up(
        two.calm, create_message(two.unit, text="Chúng chạy về cầu Hộ Độ rồi"), by=grave_teller, urgency=1
    )
    ours = add_follow_up(two.calm, create_message(two.unit, text="Họ thôi cãi nhau rồi"), by=calm_teller, urgency=1)
    assert Report.objects.filter(case=two.calm).count() == 2
    two.do(two.grave, "tach")
    own_page = two.chief.get(build_case_url(two.grave)).content.decode()
    other = two.chief.get(build_case_url(two.calm)).content.decode()
    assert later_message.text in own_page and later_message.text not in other
    assert ours.text in other and ours.text not in own_page
    assert [r.reporter_id for r in Report.objects.filter(case=two.calm)] == [calm_teller.reporter_id]
    assert "ho do" in reload_case(two.grave).search_text and "ho do" not in reload_case(two.calm).search_text, (
        "lists find it there only"
    )


def test_later_danger_alarms_at_the_case_it_belongs_to(two: MergeScene) -> None:
    noise = open_case(two.unit, text="Có tiếng la ở chợ", urgency=1)
    teller = Message.objects.get(case_messages__case=noise)
    two.do(noise, "da-nhan")
    two.do(noise, "gop", into=two.calm.code)
    add_follow_up(two.calm, create_message(two.unit, text="Có dao, cứu với", urgency=3), by=teller, urgency=3)
    two.do(two.calm, "da-nhan")
    two.do(noise, "tach")
    assert reload_case(noise).urgency == 3 and two.rings(noise), "its officers were not notified that it became one"
    assert reload_case(two.calm).urgency == 1


def test_a_crime_report_is_never_lost_in_a_petition(two: MergeScene) -> None:
    petition = open_case(two.unit, text=NOISE, category="environment_noise")
    refused = two.do(two.grave, "gop", into=petition.code)
    assert refused.status_code == 422 and "gộp ngược lại" in refused.content.decode()
    assert two.do(petition, "gop", into=two.grave.code).status_code == 303


def test_the_last_message_of_a_case_cannot_be_detached(two: MergeScene) -> None:
    (only,) = Message.objects.filter(case_messages__case=two.calm)
    refused = two.do(two.calm, "go-tin", tin=str(only.public_id))
    assert refused.status_code == 422 and "phân loại lại" in refused.content.decode()
    assert two.calm.case_messages.filter(detached_at=None).count() == 1
