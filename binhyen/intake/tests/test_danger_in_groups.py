"""Danger reported in a group: the emergency numbers come first, and the reply repeats nothing of the report."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.message_texts import EMERGENCY
from binhyen.cases.models import Case
from binhyen.channels.models import Group, Outgoing
from binhyen.intake.tests.telling import group_of, people, person, say

pytestmark = pytest.mark.django_db
FIRE = "Cháy nhà ở thôn Nam Sơn, có người mắc kẹt trong nhà, cứu với"
LORRY = "Xe tải chở quá tải chạy ầm ầm qua thôn Nam Sơn, đường nứt hết rồi"
URGENT = "Cứu với, thằng Hùng đang cầm dao chém vợ ở TDP Phú Mậu"
TIP = "Thằng Hùng con ông Bảy ở TDP Phú Mậu bán ma túy cho thanh niên trong xóm"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def group(unit: Any, now: dt.datetime) -> Group:
    return group_of(unit("18568"), now)


def said_in(group: Group) -> list[str]:
    """Return the messages sent to the group; none of them waits for a review."""
    rows = Outgoing.objects.filter(group=group).order_by("pk")
    assert not rows.filter(state="HELD").exists()
    return list(rows.values_list("text", flat=True))


def test_the_group_reads_whom_to_call_before_anything_else(group: Group, now: dt.datetime) -> None:
    say((person(), FIRE), at=now, group=group)
    (text,) = said_in(group)
    first, second = text.split("\n")
    assert first == EMERGENCY and "đã báo cán bộ trực" in second and "đang xem" not in text


def test_what_is_no_danger_is_answered_without(group: Group, now: dt.datetime) -> None:
    say((person(), LORRY), at=now, group=group)
    (text,) = said_in(group)
    assert EMERGENCY not in text and "đã báo cán bộ trực" in text


def test_every_invitation_begins_alike_and_tells_nothing(group: Group, now: dt.datetime) -> None:
    urgent, calm = people(2)
    say((urgent, URGENT), (calm, TIP), at=now, group=group)
    assert said_in(group) == []
    assert urgent.heard("INVITE") == calm.heard("INVITE") and len(urgent.heard("INVITE")) == 1
    assert urgent.heard("INVITE")[0].split("\n")[0] == EMERGENCY


def test_a_second_danger_of_the_day_hears_the_numbers_again(group: Group, now: dt.datetime) -> None:
    who = person()
    say((who, TIP), at=now, group=group)
    say((who, TIP.replace("Hùng", "Dũng")), at=now + MINUTE, group=group)
    assert len(who.heard("INVITE")) == 1, "an ordinary tip invites once a day"
    say((who, URGENT), at=now + 2 * MINUTE, group=group)
    say((who, "Cứu với, ông Tình đang cầm súng dọa bắn cả nhà ở thôn Nam Sơn"), at=now + 90 * MINUTE, group=group)
    assert [text.startswith(EMERGENCY) for text in who.heard("INVITE")] == [True] * 3
    assert said_in(group) == []


def test_a_further_word_of_danger_hears_them_in_private_once_an_hour(group: Group, now: dt.datetime) -> None:
    who = person()
    say((who, "Cháy ở chợ bà con ơi"), at=now, group=group)
    say((who, "cháy lan ra rồi, có người mắc kẹt bên trong, cứu với"), at=now + MINUTE, group=group)
    assert Case.objects.get().urgency == 3
    assert [text.startswith(EMERGENCY) for text in who.heard()] == [True]
    assert len(said_in(group)) == 1, "the group is notified once"
    say((who, "cháy thêm hai ki ốt nữa, có người kẹt, cứu với"), at=now + 2 * MINUTE, group=group)
    assert len(who.heard()) == 1, "not with every message"
    say((who, "lại cháy bùng lên, còn người kẹt bên trong, cứu với"), at=now + 65 * MINUTE, group=group)
    assert len(who.heard()) == 2


def test_what_was_never_delivered_was_never_heard(group: Group, now: dt.datetime) -> None:
    who = person()
    say((who, "Cháy ở chợ bà con ơi"), at=now, group=group)
    say((who, "cháy lan ra rồi, có người mắc kẹt bên trong, cứu với"), at=now + MINUTE, group=group)
    Outgoing.objects.filter(conversation=who.conversation).update(state="DEAD")
    say((who, "cháy thêm hai ki ốt nữa, có người kẹt, cứu với"), at=now + 2 * MINUTE, group=group)
    assert len(who.heard()) == 2
