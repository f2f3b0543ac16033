"""A tip posted in a group is titled by category and map place in every list of the unit; never by its own text."""

import datetime as dt
import re

import pytest

from binhyen.cases.models import Case
from binhyen.cases.services.search_index import retell_sealed
from binhyen.channels.models import Message
from binhyen.channels.retry_policy import READABLE
from binhyen.channels.services.messages import seal_late
from binhyen.intake.tests.telling import group_of, person, say

pytestmark = pytest.mark.django_db
DOG = "co ai biet quan com ba Nghi ban thit cho trom khong, hom qua em thay cai vong co con Vang nha em treo sau bep"
KNIFE = "Thằng Hùng đang cầm dao chém vợ sau bếp quán bà Nghi cạnh cầu Đò Điệm, cứu với"


@pytest.fixture
def group(unit, now):
    return group_of(unit("18568"), now)


def test_what_is_sealed_is_called_by_its_category_and_the_map(officer, group) -> None:
    """The place as written is part of the report: it identifies the reporter to people of that place."""
    say((person(), DOG), group=group)
    case = Case.objects.get()
    assert Message.objects.get().sealed is not None, "control: it is a tip"
    shown = f"{case.title} {case.place} {case.folded} {case.marked}".lower()
    assert not re.search(r"v[aà]ng|nghi|b[eế]p", shown) and case.place == "Xã Lộc Hà", shown


def test_control_as_it_was_the_title_tells(officer, group, monkeypatch) -> None:
    monkeypatch.setattr("binhyen.cases.services.create._sealed", lambda o: False)
    with pytest.raises(AssertionError):
        test_what_is_sealed_is_called_by_its_category_and_the_map(officer, group)


def test_an_urgent_one_keeps_where_until_it_is_sealed(group, now) -> None:
    say((person(), KNIFE), group=group, at=now)
    case = Case.objects.get()
    assert "Điệm" in case.place and case.urgency == 3, "responding officers have to find it"
    later = now + READABLE + dt.timedelta(minutes=1)
    assert seal_late(now=later) == 1 and retell_sealed() == 1
    case.refresh_from_db()
    assert case.place == "Xã Lộc Hà" and case.title.endswith(" · Xã Lộc Hà") and "diem" not in case.folded
    assert retell_sealed() == 0
