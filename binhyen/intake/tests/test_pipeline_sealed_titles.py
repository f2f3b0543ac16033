"""A tip posted in a group is titled by category and map place in every list of the unit; never by its own text."""

import datetime as dt
import re

import pytest

from binhyen.cases.models import Case
from binhyen.cases.services.search_index import rebuild_sealed_cases
from binhyen.channels.models import Message
from binhyen.channels.retry_policy import READABLE_TIME
from binhyen.channels.services.messages import seal_expired_urgent_tips
from binhyen.intake.tests.chat_reports import create_group, create_person, run_pipeline

pytestmark = pytest.mark.django_db
DOG = "co ai biet quan com ba Nghi ban thit cho trom khong, hom qua em thay cai vong co con Vang nha em treo sau bep"
KNIFE = "Thằng Hùng đang cầm dao chém vợ sau bếp quán bà Nghi cạnh cầu Đò Điệm, cứu với"


@pytest.fixture
def group(unit, now):
    return create_group(unit("18568"), now)


def test_a_sealed_case_is_titled_by_category_and_map(officer, group) -> None:
    """The place as written is part of the report: it identifies the reporter to people of that place."""
    run_pipeline((create_person(), DOG), group=group)
    case = Case.objects.get()
    assert Message.objects.get().ciphertext is not None, "control: it is a tip"
    shown = f"{case.title} {case.place} {case.search_text} {case.search_accented}".lower()
    assert not re.search(r"v[aà]ng|nghi|b[eế]p", shown) and case.place == "Xã Lộc Hà", shown


def test_control_the_old_title_reveals_it(officer, group, monkeypatch) -> None:
    monkeypatch.setattr("binhyen.cases.services.create._is_sealed", lambda o: False)
    with pytest.raises(AssertionError):
        test_a_sealed_case_is_titled_by_category_and_map(officer, group)


def test_an_urgent_one_shows_the_place_until_it_is_sealed(group, now) -> None:
    run_pipeline((create_person(), KNIFE), group=group, moment=now)
    case = Case.objects.get()
    assert "Điệm" in case.place and case.urgency == 3, "responding officers have to find it"
    later = now + READABLE_TIME + dt.timedelta(minutes=1)
    assert seal_expired_urgent_tips(now=later) == 1 and rebuild_sealed_cases() == 1
    case.refresh_from_db()
    assert case.place == "Xã Lộc Hà" and case.title.endswith(" · Xã Lộc Hà") and "diem" not in case.search_text
    assert rebuild_sealed_cases() == 0
