"""Replies in a group: a tip is redirected and never answered publicly; an ordinary reply is sent once in ten minutes;
the group page lists all posted messages, including automatic ones."""

import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest

from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels.models import Outgoing
from binhyen.intake import replies
from binhyen.intake.accusations import describes_wrongdoing, has_accusation
from binhyen.intake.decision import Accusation, Action, AutoReply, decide_item, is_sensitive, must_seal
from binhyen.intake.tests.chat_reports import create_group, create_person, run_pipeline
from binhyen.intake.tests.deeds_in_groups import DEEDS, NEIGHBOURS
from binhyen.intake.tests.posts_of_groups import HARMLESS, TIPS
from binhyen.intake.tests.test_pipeline_group_tips import build_facts
from binhyen.intake.tests.test_pipeline_outbound_dlp import answer_in_group

pytestmark = pytest.mark.django_db
TREE = "Cây đổ chắn ngang đường ở thị trấn Lộc Hà, xe không qua được"
FIRE = "Cháy nhà ở thị trấn Lộc Hà, có người kẹt trong nhà, cứu với"


@pytest.fixture
def group(unit, now):
    return create_group(unit("18568"), now)


def read_post(post: str):
    accusation = Accusation.ACTS if has_accusation(post) else Accusation.NONE
    return replace(build_facts(post), accusation=Accusation.WRONGDOING if describes_wrongdoing(post) else accusation)


def count_replies(posts) -> Counter[AutoReply]:
    return Counter(decide_item(read_post(post)).reply for post in posts)


def test_fresh_tips_are_led_away_and_none_is_answered_aloud():
    """The figures of docs/test-evidence.md; the second number of each is of held-out posts."""
    assert [count_replies(TIPS[half::2])[AutoReply.INVITE] for half in (0, 1)] == [14, 12]
    assert count_replies(TIPS)[AutoReply.GROUP_ACK] == 0
    assert count_replies(HARMLESS)[AutoReply.INVITE] == 0, "nor is anything harmless taken for a tip"


def test_control_without_accusation_detection_some_are(monkeypatch):
    monkeypatch.setitem(globals(), "has_accusation", lambda post: False)
    with pytest.raises(AssertionError):
        test_fresh_tips_are_led_away_and_none_is_answered_aloud()


def test_accusing_posts_are_redirected_and_sealed_for_every_label():
    """As above: figures of docs/test-evidence.md."""
    texts = count_replies(DEEDS)
    assert (texts[AutoReply.INVITE], texts[AutoReply.GROUP_ACK], texts[AutoReply.NOTHING]) == (39, 1, 0)
    assert sum(is_sensitive(read_post(post)) for post in DEEDS) >= 38, "sealed at once, or some hours later"
    assert sum(must_seal(read_post(post)) for post in DEEDS) >= 28
    assert count_replies(NEIGHBOURS)[AutoReply.INVITE] <= 7, "most of which name a person"


@pytest.mark.parametrize("left_out", ["describes_wrongdoing", "has_accusation"])
def test_control_without_knowing_a_wrong_it_is_ignored_or_answered_aloud(monkeypatch, left_out):
    monkeypatch.setitem(globals(), left_out, lambda post: False)
    with pytest.raises(AssertionError):
        if left_out == "describes_wrongdoing":
            test_accusing_posts_are_redirected_and_sealed_for_every_label()
        else:
            test_posts_that_speak_ill_of_a_person_are_not_answered_publicly()


def test_posts_that_speak_ill_of_a_person_are_not_answered_publicly():
    post = "hắn đậu máy cày chắn ngang ngõ từ sáng"
    assert (
        read_post(post).category in ("traffic", "public_order")
        and decide_item(read_post(post)).reply is AutoReply.INVITE
    )


ASKED, FOUND = "Cho hỏi giấy tờ của ông Tính nộp ở đâu", "Nhặt được ví có giấy tờ tên Phan Văn Định, ai quen báo"


@pytest.mark.parametrize("post", [ASKED, FOUND])
def test_posts_with_a_name_get_no_reply_except_a_find(group, post):
    """A name does not make it a tip: it is a case that the unit reads, and the author is not redirected. Finders of
    papers are still thanked, since they name the owner."""
    (result,) = run_pipeline((create_person(), post), group=group)
    assert result.case and not result.case.sensitive and result.message.text == post
    assert bool(list_group_messages(group)) == (post == FOUND)
    assert not Outgoing.objects.filter(purpose="INVITE").exists()


def test_in_danger_the_numbers_are_sent_though_a_person_is_named(group):
    reporter = create_person()
    run_pipeline((reporter, "Cháy nhà ông Tính ở thị trấn Lộc Hà, cứu với"), group=group)
    assert not list_group_messages(group) and len(reporter.list_received("INVITE")) == 1


def test_control_a_name_that_is_not_seen_is_answered_aloud(group, monkeypatch):
    monkeypatch.setattr("binhyen.intake.interpret.has_person_reference", lambda text, entities: False)
    for tried in (
        lambda: test_posts_with_a_name_get_no_reply_except_a_find(group, ASKED),
        lambda: test_in_danger_the_numbers_are_sent_though_a_person_is_named(group),
    ):
        with pytest.raises(AssertionError):
            tried()


def test_an_accusation_labelled_as_talk_becomes_a_sealed_tip(group):
    reporter = create_person()
    (result,) = run_pipeline((reporter, "Ai mua vàng tiệm Kim Tín coi chừng, ông chủ cân điêu đó"), group=group)
    assert result.case and result.decision.do is Action.OPEN and result.message.ciphertext and not result.message.text
    assert len(reporter.list_received("INVITE")) == 1 and not Outgoing.objects.filter(group=group).exists()


def test_control_a_reader_of_categories_alone_leaves_it_open(group, monkeypatch):
    monkeypatch.setattr("binhyen.intake.interpret.describes_wrongdoing", lambda text: False)
    with pytest.raises(AssertionError):
        test_an_accusation_labelled_as_talk_becomes_a_sealed_tip(group)


@pytest.mark.parametrize(
    "post",
    [
        "nhà em bị bẻ khóa cổng",
        "đừng ghi đề bà con ơi",
        "chống gầy sòng trong xóm",
        "ai biết chỗ sửa máy bơm nước",
        "cho em mượn máy cắt cỏ",
        "mai nhà em mổ lợn, ai lấy thịt đặt trước",
        "cấm mang mã tấu tới sân bóng",
    ],
)
def test_control_suffered_warned_or_forbidden_acts_are_no_accusation(post):
    assert not describes_wrongdoing(post)


@pytest.mark.parametrize(
    "post",
    [
        "xe tải chở gỗ lậu về xóm lúc nửa đêm",
        "xe ben đổ trộm đất xuống mương",
        "có hộ sang chiết ga trái phép",
        "mấy thanh niên xăm trổ chặn xe xin đểu",
        "garage đó luộc xe trộm",
    ],
)
def test_an_act_of_a_lorry_or_a_household(post):
    assert has_accusation(post)


@pytest.mark.parametrize(
    "post",
    [
        "xe tải lật ngang đường",
        "hai xe ben đâm nhau ở ngã ba",
        "có hộ bị tốc mái cần giúp",
        "xe khách hỏng giữa cầu",
        "nhà máy nước báo sửa đường ống",
        "mấy cậu cho hỏi đường lên trạm y tế",
    ],
)
def test_control_incidents_to_them_are_none(post):
    assert not has_accusation(post)


def list_group_messages(group) -> list[str]:
    return list(Outgoing.objects.filter(group=group, purpose="ACK").order_by("pk").values_list("text", flat=True))


def test_a_group_gets_one_receipt_in_ten_minutes(group, unit, now):
    other = create_group(unit("18073"), now)
    run_pipeline(
        (create_person(), TREE), (create_person(), "Nước ngập đường ở thị trấn Lộc Hà"), group=group, moment=now
    )
    run_pipeline(
        (create_person(), "Đèn giao thông ở thị trấn Lộc Hà hỏng"), group=group, moment=now + dt.timedelta(minutes=9)
    )
    assert len(list_group_messages(group)) == 1
    run_pipeline((create_person(), TREE), group=other, moment=now)
    assert len(list_group_messages(other)) == 1, "each group its own"
    run_pipeline((create_person(), FIRE), group=group, moment=now + dt.timedelta(minutes=9, seconds=30))
    assert [text.startswith("Nếu nguy hiểm") for text in list_group_messages(group)] == [False, True], (
        "the emergency numbers are sent even so"
    )
    run_pipeline(
        (create_person(), "Ổ gà to giữa đường ở thị trấn Lộc Hà"), group=group, moment=now + dt.timedelta(minutes=20)
    )
    assert len(list_group_messages(group)) == 3


def test_control_without_the_limit_each_post_gets_one(group, unit, now, monkeypatch):
    monkeypatch.setattr(replies, "was_acknowledged_recently", lambda *more, **known: False)
    with pytest.raises(AssertionError):
        test_a_group_gets_one_receipt_in_ten_minutes(group, unit, now)


def test_the_groups_page_lists_all_posted_messages(officer, group, now):
    run_pipeline((create_person(), TREE), group=group)
    writer = officer()
    answer_in_group(writer, group, "Xin đừng bấm đường dẫn lạ")
    log = sign_in_browser(officer("CHIEF")).get(f"/nhom/{group.public_id}").content.decode().rpartition("Nhật ký")[2]
    assert "đã báo cán bộ trực" in log and "Báo đã nhận tin" in log and "Tự động" in log
    assert "Xin đừng bấm đường dẫn lạ" in log and writer.name in log
    answer_in_group(officer(), group, "Gọi 0912 345 678")
    log = sign_in_browser(officer("CHIEF")).get(f"/nhom/{group.public_id}").content.decode().rpartition("Nhật ký")[2]
    assert "0912 345" not in log, "a held text was not posted"


def test_it_does_not_claim_that_nothing_is_sent_automatically(officer, group):
    page = sign_in_browser(officer()).get(f"/nhom/{group.public_id}").content.decode()
    assert "không tin nào tự gửi" not in page and "Lời nhắc chỉ do cán bộ gửi" in page
