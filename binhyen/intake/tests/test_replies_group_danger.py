"""Danger reported in a group: the emergency numbers come first, and the reply repeats nothing of the report."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.message_texts import EMERGENCY
from binhyen.cases.models import Case
from binhyen.channels.models import Group, Outgoing
from binhyen.intake.tests.chat_reports import create_group, create_people, create_person, run_pipeline

pytestmark = pytest.mark.django_db
FIRE = "Cháy nhà ở thôn Nam Sơn, có người mắc kẹt trong nhà, cứu với"
LORRY = "Xe tải chở quá tải chạy ầm ầm qua thôn Nam Sơn, đường nứt hết rồi"
URGENT = "Cứu với, thằng Hùng đang cầm dao chém vợ ở TDP Phú Mậu"
TIP = "Thằng Hùng con ông Bảy ở TDP Phú Mậu bán ma túy cho thanh niên trong xóm"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def group(unit: Any, now: dt.datetime) -> Group:
    return create_group(unit("18568"), now)


def list_group_messages(group: Group) -> list[str]:
    """Return the messages sent to the group; none of them waits for a review."""
    rows = Outgoing.objects.filter(group=group).order_by("pk")
    assert not rows.filter(state="HELD").exists()
    return list(rows.values_list("text", flat=True))


def test_the_group_reads_the_emergency_numbers_first(group: Group, now: dt.datetime) -> None:
    run_pipeline((create_person(), FIRE), moment=now, group=group)
    (text,) = list_group_messages(group)
    first, second = text.split("\n")
    assert first == EMERGENCY and "đã báo cán bộ trực" in second and "đang xem" not in text


def test_posts_without_danger_are_answered_without_numbers(group: Group, now: dt.datetime) -> None:
    run_pipeline((create_person(), LORRY), moment=now, group=group)
    (text,) = list_group_messages(group)
    assert EMERGENCY not in text and "đã báo cán bộ trực" in text


def test_every_invitation_begins_alike_and_reveals_nothing(group: Group, now: dt.datetime) -> None:
    urgent, calm = create_people(2)
    run_pipeline((urgent, URGENT), (calm, TIP), moment=now, group=group)
    assert list_group_messages(group) == []
    assert urgent.list_received("INVITE") == calm.list_received("INVITE") and len(urgent.list_received("INVITE")) == 1
    assert urgent.list_received("INVITE")[0].split("\n")[0] == EMERGENCY


def test_a_second_danger_of_the_day_gets_the_numbers_again(group: Group, now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, TIP), moment=now, group=group)
    run_pipeline((reporter, TIP.replace("Hùng", "Dũng")), moment=now + MINUTE, group=group)
    assert len(reporter.list_received("INVITE")) == 1, "an ordinary tip invites once a day"
    run_pipeline((reporter, URGENT), moment=now + 2 * MINUTE, group=group)
    run_pipeline(
        (reporter, "Cứu với, ông Tình đang cầm súng dọa bắn cả nhà ở thôn Nam Sơn"),
        moment=now + 90 * MINUTE,
        group=group,
    )
    assert [text.startswith(EMERGENCY) for text in reporter.list_received("INVITE")] == [True] * 3
    assert list_group_messages(group) == []


def test_a_follow_up_danger_gets_them_in_private_once_an_hour(group: Group, now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, "Cháy ở chợ bà con ơi"), moment=now, group=group)
    run_pipeline((reporter, "cháy lan ra rồi, có người mắc kẹt bên trong, cứu với"), moment=now + MINUTE, group=group)
    assert Case.objects.get().urgency == 3
    assert [text.startswith(EMERGENCY) for text in reporter.list_received()] == [True]
    assert len(list_group_messages(group)) == 1, "the group is notified once"
    run_pipeline((reporter, "cháy thêm hai ki ốt nữa, có người kẹt, cứu với"), moment=now + 2 * MINUTE, group=group)
    assert len(reporter.list_received()) == 1, "not with every message"
    run_pipeline(
        (reporter, "lại cháy bùng lên, còn người kẹt bên trong, cứu với"), moment=now + 65 * MINUTE, group=group
    )
    assert len(reporter.list_received()) == 2


def test_undelivered_numbers_do_not_count_as_sent(group: Group, now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, "Cháy ở chợ bà con ơi"), moment=now, group=group)
    run_pipeline((reporter, "cháy lan ra rồi, có người mắc kẹt bên trong, cứu với"), moment=now + MINUTE, group=group)
    Outgoing.objects.filter(conversation=reporter.conversation).update(state="DEAD")
    run_pipeline((reporter, "cháy thêm hai ki ốt nữa, có người kẹt, cứu với"), moment=now + 2 * MINUTE, group=group)
    assert len(reporter.list_received()) == 2
