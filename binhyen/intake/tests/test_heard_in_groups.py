"""Replies in a group: a tip is redirected and never answered publicly; an ordinary reply is sent once in ten minutes;
the group page lists all posted messages, including automatic ones."""

import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest

from binhyen.cases.tests.scene import browser
from binhyen.channels.models import Outgoing
from binhyen.intake import replies
from binhyen.intake.accusations import accuses, wrongs
from binhyen.intake.decision import Do, Say, decide, is_sensitive, seals
from binhyen.intake.tests.deeds_in_groups import DEEDS, NEIGHBOURS
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


def read(post: str):
    return replace(facts(post), accuses=accuses(post), wrongs=wrongs(post))


def heard(posts) -> Counter[Say]:
    return Counter(decide(read(post)).say for post in posts)


def test_fresh_tips_are_led_away_and_none_is_answered_aloud():
    """The figures of docs/test-evidence.md; the second number of each is of held-out posts."""
    assert [heard(TIPS[half::2])[Say.INVITE] for half in (0, 1)] == [14, 12]
    assert heard(TIPS)[Say.IN_GROUP] == 0
    assert heard(HARMLESS)[Say.INVITE] == 0, "nor is anything harmless taken for a tip"


def test_control_without_reading_deeds_some_are(monkeypatch):
    monkeypatch.setitem(globals(), "accuses", lambda post: False)
    with pytest.raises(AssertionError):
        test_fresh_tips_are_led_away_and_none_is_answered_aloud()


def test_what_somebody_did_is_led_away_and_sealed_whatever_the_reader_takes_it_for():
    """As above: figures of docs/test-evidence.md."""
    said = heard(DEEDS)
    assert (said[Say.INVITE], said[Say.IN_GROUP], said[Say.NOTHING]) == (39, 1, 0)
    assert sum(is_sensitive(read(post)) for post in DEEDS) >= 38, "sealed at once, or some hours later"
    assert sum(seals(read(post)) for post in DEEDS) >= 28
    assert heard(NEIGHBOURS)[Say.INVITE] <= 7, "most of which name a person"


@pytest.mark.parametrize("left_out", ["wrongs", "accuses"])
def test_control_without_knowing_a_wrong_it_is_ignored_or_answered_aloud(monkeypatch, left_out):
    monkeypatch.setitem(globals(), left_out, lambda post: False)
    with pytest.raises(AssertionError):
        if left_out == "wrongs":
            test_what_somebody_did_is_led_away_and_sealed_whatever_the_reader_takes_it_for()
        else:
            test_who_is_spoken_ill_of_is_not_answered_aloud()


def test_who_is_spoken_ill_of_is_not_answered_aloud():
    post = "hắn đậu máy cày chắn ngang ngõ từ sáng"
    assert read(post).category in ("traffic", "public_order") and decide(read(post)).say is Say.INVITE


ASKED, FOUND = "Cho hỏi giấy tờ của ông Tính nộp ở đâu", "Nhặt được ví có giấy tờ tên Phan Văn Định, ai quen báo"


@pytest.mark.parametrize("post", [ASKED, FOUND])
def test_where_somebody_is_named_the_group_hears_nothing_but_of_a_find(group, post):
    """A name does not make it a tip: it is a case that the unit reads, and the author is not redirected. Finders of
    papers are still thanked, since they name the owner."""
    (result,) = say((person(), post), group=group)
    assert result.case and not result.case.sensitive and result.message.text == post
    assert bool(told(group)) == (post == FOUND)
    assert not Outgoing.objects.filter(purpose="INVITE").exists()


def test_in_danger_the_numbers_go_to_who_named_somebody(group):
    who = person()
    say((who, "Cháy nhà ông Tính ở thị trấn Lộc Hà, cứu với"), group=group)
    assert not told(group) and len(who.heard("INVITE")) == 1


def test_control_a_name_that_is_not_seen_is_answered_aloud(group, monkeypatch):
    monkeypatch.setattr("binhyen.intake.interpret.points_at", lambda text, entities: False)
    for tried in (lambda: test_where_somebody_is_named_the_group_hears_nothing_but_of_a_find(group, ASKED),
                  lambda: test_in_danger_the_numbers_go_to_who_named_somebody(group)):  # fmt: skip
        with pytest.raises(AssertionError):
            tried()


def test_what_the_reader_takes_for_talk_becomes_a_sealed_tip(group):
    who = person()
    (result,) = say((who, "Ai mua vàng tiệm Kim Tín coi chừng, ông chủ cân điêu đó"), group=group)
    assert result.case and result.decision.do is Do.OPEN and result.message.sealed and not result.message.text
    assert len(who.heard("INVITE")) == 1 and not Outgoing.objects.filter(group=group).exists()


def test_control_a_reader_of_categories_alone_leaves_it_open(group, monkeypatch):
    monkeypatch.setattr("binhyen.intake.interpret.wrongs", lambda text: False)
    with pytest.raises(AssertionError):
        test_what_the_reader_takes_for_talk_becomes_a_sealed_tip(group)


@pytest.mark.parametrize("post", [
    "nhà em bị bẻ khóa cổng", "đừng ghi đề bà con ơi", "chống gầy sòng trong xóm", "ai biết chỗ sửa máy bơm nước",
    "cho em mượn máy cắt cỏ", "mai nhà em mổ lợn, ai lấy thịt đặt trước", "cấm mang mã tấu tới sân bóng",
])  # fmt: skip
def test_control_what_is_suffered_warned_of_or_forbidden_is_no_wrong(post):
    assert not wrongs(post)


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
    assert [text.startswith("Nếu nguy hiểm") for text in told(group)] == [False, True], (
        "the emergency numbers are sent even so"
    )
    say((person(), "Ổ gà to giữa đường ở thị trấn Lộc Hà"), group=group, at=now + dt.timedelta(minutes=20))
    assert len(told(group)) == 3


def test_control_without_the_limit_it_hears_each(group, unit, now, monkeypatch):
    monkeypatch.setattr(replies, "acknowledged_lately", lambda *more, **known: False)
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
    assert "0912" not in log, "a held text was not posted"


def test_it_does_not_say_that_nothing_goes_by_itself(officer, group):
    page = browser(officer()).get(f"/nhom/{group.public_id}").content.decode()
    assert "không tin nào tự gửi" not in page and "Lời nhắc chỉ do cán bộ gửi" in page
