"""What a group hears of a post: a tip is led away and never answered aloud; a plain word goes once in ten minutes; and
the group's page lists all that was posted, by the program too.
"""

import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest

from binhyen.cases.tests.scene import browser
from binhyen.channels.models import Outgoing
from binhyen.intake import answers
from binhyen.intake.pointing import accuses
from binhyen.intake.rules import Say, decide
from binhyen.intake.tests.posts_of_groups import HARMLESS, TIPS
from binhyen.intake.tests.telling import group_of, person, say
from binhyen.intake.tests.test_gate import remind
from binhyen.intake.tests.test_group_tips import facts

pytestmark = pytest.mark.django_db
TREE = "Cây đổ chắn ngang đường ở thị trấn Lộc Hà, xe không qua được"
FIRE = "Cháy nhà ở thị trấn Lộc Hà, có người kẹt trong nhà, cứu với"


@pytest.fixture
def group(unit, now):
    return group_of(unit("18568"), now)


def heard(posts) -> Counter[Say]:
    return Counter(decide(replace(facts(post), accuses=accuses(post))).say for post in posts)


def test_fresh_tips_are_led_away_and_none_is_answered_aloud():
    """The figures of docs/security.md; the second number of each is of posts that nothing was fitted to."""
    assert [heard(TIPS[half::2])[Say.INVITE] for half in (0, 1)] == [14, 12]
    assert heard(TIPS)[Say.IN_GROUP] == 0
    assert heard(HARMLESS)[Say.INVITE] == 0, "nor is anything harmless taken for a tip"


def test_control_without_reading_deeds_some_are(monkeypatch):
    monkeypatch.setitem(globals(), "accuses", lambda post: False)
    with pytest.raises(AssertionError):
        test_fresh_tips_are_led_away_and_none_is_answered_aloud()


@pytest.mark.parametrize("post", [
    "xe tải chở gỗ lậu về xóm lúc nửa đêm", "xe ben đổ trộm đất xuống mương", "có hộ sang chiết ga trái phép",
    "mấy thanh niên xăm trổ chặn xe xin đểu", "garage đó luộc xe trộm",
])  # fmt: skip
def test_a_deed_of_a_lorry_or_a_household(post):
    assert accuses(post)


@pytest.mark.parametrize("post", [
    "xe tải lật ngang đường", "hai xe ben đâm nhau ở ngã ba", "có hộ bị tốc mái cần giúp", "xe khách hỏng giữa cầu",
    "nhà máy nước báo sửa đường ống", "mấy cậu cho hỏi đường lên trạm y tế",
])  # fmt: skip
def test_control_what_befalls_them_is_none(post):
    assert not accuses(post)


def told(group) -> list[str]:
    return list(Outgoing.objects.filter(group=group, purpose="ACK").order_by("pk").values_list("text", flat=True))


def test_a_group_hears_once_in_ten_minutes_that_a_post_was_received(group, unit, now):
    other = group_of(unit("18073"), now)
    say((person(), TREE), (person(), "Nước ngập đường ở thị trấn Lộc Hà"), group=group, at=now)
    say((person(), "Đèn giao thông ở thị trấn Lộc Hà hỏng"), group=group, at=now + dt.timedelta(minutes=9))
    assert len(told(group)) == 1
    say((person(), TREE), group=other, at=now)
    assert len(told(other)) == 1, "each group its own"
    say((person(), FIRE), group=group, at=now + dt.timedelta(minutes=9, seconds=30))
    assert [text.startswith("Nếu nguy hiểm") for text in told(group)] == [False, True], "whom to call it hears even so"
    say((person(), "Ổ gà to giữa đường ở thị trấn Lộc Hà"), group=group, at=now + dt.timedelta(minutes=20))
    assert len(told(group)) == 3


def test_control_without_the_limit_it_hears_each(group, unit, now, monkeypatch):
    monkeypatch.setattr(answers, "acknowledged_lately", lambda *more, **known: False)
    with pytest.raises(AssertionError):
        test_a_group_hears_once_in_ten_minutes_that_a_post_was_received(group, unit, now)


def test_the_groups_page_lists_what_was_posted_by_whomever(officer, group, now):
    say((person(), TREE), group=group)
    writer = officer()
    remind(writer, group, "Xin đừng bấm đường dẫn lạ")
    log = browser(officer("CHIEF")).get(f"/nhom/{group.public_id}").content.decode().rpartition("Nhật ký")[2]
    assert "đã báo cán bộ trực" in log and "Báo đã nhận tin" in log and "Tự động" in log
    assert "Xin đừng bấm đường dẫn lạ" in log and writer.name in log
    remind(officer(), group, "Gọi 0912 345 678")
    log = browser(officer("CHIEF")).get(f"/nhom/{group.public_id}").content.decode().rpartition("Nhật ký")[2]
    assert "0912" not in log, "what is held was not posted"


def test_it_does_not_say_that_nothing_goes_by_itself(officer, group):
    page = browser(officer()).get(f"/nhom/{group.public_id}").content.decode()
    assert "không tin nào tự gửi" not in page and "Lời nhắc chỉ do cán bộ gửi" in page
