"""People write in pieces and about several matters in one chat: each message goes to the right case, and nothing is
lost."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases import jobs
from binhyen.cases.choices import Outcome, Verb
from binhyen.cases.models import Alarm, Case
from binhyen.cases.queries.lost_found import board
from binhyen.cases.services import closing, officer_actions
from binhyen.cases.tests.scene import browser
from binhyen.channels.models import Message
from binhyen.conduct.models import Complaint
from binhyen.intake import case_assignment, message_context
from binhyen.intake.tests.telling import Person, group_of, people, person, say

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
FIGHT = "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu xã Lộc Hà"
WALLET = "Em nhặt được cái ví ở chợ Cồn xã Lộc Hà"


def cases(who: Person) -> list[Case]:
    return list(Case.objects.filter(reports__reporter=who.reporter, apart=False).order_by("pk").distinct())


def words(case: Case) -> list[str]:
    return [link.message.text for link in case.case_messages.order_by("pk")]


def told(who: Person, *said: str, at: dt.datetime, each: dt.timedelta = MINUTE, **more: Any) -> None:
    for n, text in enumerate(said):
        say((who, text), at=at + n * each, **more)


# An ongoing danger.


@pytest.mark.parametrize("cry", ["không ai tới", "gọi không ai nghe máy", "em báo mấy lần rồi"])
def test_cries_for_help_stay_with_the_danger_and_so_does_what_follows(cry: str, now: dt.datetime) -> None:
    who = person()
    told(who, "Chồng em cầm dao đuổi em, em ở TDP Phú Mậu", cry, "hắn đang phá cửa rồi", "em trốn ra sau vườn", at=now)
    (case,) = cases(who)
    assert len(words(case)) == 4 and not Complaint.objects.exists()


def test_control_read_by_the_words_alone_they_are_sealed_away(monkeypatch: Any, now: dt.datetime) -> None:
    monkeypatch.setattr(case_assignment, "running", lambda mine: False)
    with pytest.raises(AssertionError):
        test_cries_for_help_stay_with_the_danger_and_so_does_what_follows("gọi không ai nghe máy", now)


@pytest.mark.parametrize("blame", ["ông Dũng công an cầm tiền của bọn nó rồi", "cán bộ đòi 5 triệu mới lập biên bản"])
def test_who_blames_police_meanwhile_goes_up_and_the_next_words_come_down_again(blame: str, now: dt.datetime) -> None:
    who = person()
    told(who, FIGHT, blame, "chúng nó quay lại rồi, đông lắm", at=now, each=5 * MINUTE)
    (case,) = cases(who)
    assert words(case) == [FIGHT, "chúng nó quay lại rồi, đông lắm"] and Complaint.objects.count() == 1


def test_danger_elsewhere_rings_where_it_is(unit: Any, officer: Any, now: dt.datetime) -> None:
    who = person()
    say((who, FIGHT), at=now)
    officer_actions.acknowledge(code=who.case().code, officer=officer(), now=now)
    say((who, "Chồng em đang cầm dao đuổi em ở phường Thành Sen"), at=now + 20 * MINUTE)
    first, second = cases(who)
    assert (first.unit, second.unit) == (unit("18568"), unit("18073"))
    assert Alarm.objects.get(case=second).acknowledged_at is None


def test_danger_the_day_after_is_no_word_on_what_was_closed(officer: Any, now: dt.datetime) -> None:
    who = person()
    say((who, FIGHT), at=now - DAY)
    closing.close(code=who.case().code, officer=officer(), outcome=Outcome.RESOLVED, result="Đã giải tán.",
                  evidence="Biên bản", version=None, now=now - DAY + HOUR)  # fmt: skip
    say((who, "Hai anh em đang chém nhau ở thôn Yên Định xã Lộc Hà"), at=now)
    assert len(cases(who)) == 2


def test_that_it_is_elsewhere_rings_anew_for_who_drives_there(officer: Any, now: dt.datetime) -> None:
    who, duty = person(), officer("OFFICER", "18073")
    say((who, "Cháy nhà em ở phường Thành Sen"), at=now)
    officer_actions.acknowledge(code=who.case().code, officer=duty, now=now)
    say((who, "à nhầm, ở xã Lộc Hà cơ"), at=now + 6 * MINUTE)
    (case,) = cases(who)
    assert Alarm.objects.get(case=case).acknowledged_at is None, "no officer drives on to the wrong place unaware"


def test_the_alarm_shows_what_was_told_last(officer: Any, now: dt.datetime) -> None:
    who, desk = person(), browser(officer())
    say((who, FIGHT), at=now)
    assert "Mới nhất:" not in desk.get("/ban-truc").content.decode(), "control"
    say((who, "em nhắn nhầm, con em nghịch máy gửi đấy ạ"), at=now + MINUTE)
    page = desk.get("/ban-truc").content.decode()
    assert FIGHT in page and "Mới nhất:</span> «em nhắn nhầm" in page


def test_pieces_in_a_group_are_one_report(unit: Any, now: dt.datetime) -> None:
    who, group = person(), group_of(unit("18568"), now)
    told(who, "chúng nó cầm dao chém nhau kìa", "trước cổng trường cấp 2 Thạch Kim", "nhanh lên", at=now, group=group)
    (case,) = cases(who)
    assert len(words(case)) == 3 and not Message.objects.filter(in_case=False).exists()


def test_another_group_is_another_place(unit: Any, now: dt.datetime) -> None:
    who, here, there = person(), group_of(unit("18568"), now), group_of(unit("18073"), now)
    say((who, "Đốt rơm khói mù mịt, cháy lan rồi bà con ơi"), at=now - 2 * DAY, group=here)
    say((who, "Cháy nhà to lắm bà con ơi"), at=now, group=there)
    assert [case.unit for case in cases(who)] == [unit("18568"), unit("18073")]


# Questions.


def test_the_answer_goes_to_what_asked(officer: Any, unit: Any, now: dt.datetime) -> None:
    who, duty = person(), officer()
    say((who, WALLET), at=now)
    wallet = who.case()
    officer_actions.ask(code=wallet.code, officer=duty, question="Ví màu gì?", version=None, now=now + MINUTE)
    say((who, "Nhà bên hát karaoke ầm ĩ quá ở phường Thành Sen"), at=now + 3 * HOUR)
    say((who, "dạ ví da bò màu nâu"), at=now + 4 * HOUR)
    assert words(wallet) == [WALLET, "dạ ví da bò màu nâu"] and len(cases(who)) == 2


# Another matter.


TIPS = (
    "Bên nhà em có ổ bán ma túy, thằng Hoành bán, đừng nói em báo",
    "Thằng Cường Sẹo bảo kê bến, ai không nộp tiền hắn đập",
)


@pytest.mark.parametrize("tip", TIPS)
@pytest.mark.parametrize("first", [WALLET, "Nhà bên hát karaoke ầm ĩ ở xã Lộc Hà"])
def test_a_tip_joins_no_case_that_more_people_read(first: str, tip: str, now: dt.datetime) -> None:
    who = person()
    told(who, first, tip, at=now, each=30 * MINUTE)
    one, *more = cases(who)
    assert words(one) == [first] and not one.sensitive
    assert [case.sensitive for case in more] == [True] or Complaint.objects.exists()


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (
            "Em bị mất xe đạp ở xã Lộc Hà sáng nay",
            "Tối qua nhà em bị trộm vào cạy tủ lấy 2 chỉ vàng, ở phường Thành Sen",
        ),
        (
            "Em nhặt được chùm chìa khóa ở xã Lộc Hà",
            "Nay em nhặt được ví có căn cước tên Lê Thị Hoa ở phường Thành Sen",
        ),
    ],
)
def test_the_same_kind_of_thing_days_later_is_another_one(one: str, two: str, now: dt.datetime) -> None:
    who = person()
    told(who, one, two, at=now - 4 * DAY, each=3 * DAY)
    assert [words(case) for case in cases(who)] == [[one], [two]] and len(who.heard("ACK")) == 2


# Immediately preceding messages.


def test_the_place_said_first_is_where_it_happens(unit: Any, now: dt.datetime) -> None:
    who = person()
    told(who, "em ở phường Thành Sen", "có trộm đang cạy cửa nhà em", at=now)
    (case,) = cases(who)
    assert case.unit == unit("18073") and "Thành Sen" in case.title
    assert sorted(words(case)) == sorted(["em ở phường Thành Sen", "có trộm đang cạy cửa nhà em"])


def test_a_place_said_long_before_is_not(unit: Any, now: dt.datetime) -> None:
    who = person()
    told(who, "em ở phường Thành Sen", "có trộm đang cạy cửa nhà em", at=now, each=11 * MINUTE)
    assert cases(who)[0].unit != unit("18073")


def test_whatever_comes_between_the_place_still_answers(unit: Any, now: dt.datetime) -> None:
    who = person()
    told(who, "có đánh nhau to lắm, mã tấu", "chục đứa", "ở phường Thành Sen", at=now)
    assert cases(who)[0].unit == unit("18073")


def test_a_photo_first_becomes_what_the_next_words_tell(now: dt.datetime) -> None:
    from binhyen.channels.types import Media

    who = person()
    say((who, ""), at=now, media=(Media("image", url="https://zalo.example/x.jpg", name="x.jpg"),))
    assert who.case().category == "other"
    say((who, "Em nhặt được cái ví này ở chợ Cồn xã Lộc Hà"), at=now + MINUTE)
    (case,) = cases(who)
    assert (case.category, case.kind) != ("other", "other") and case.category == "found_item"
    assert case.title.startswith("Nhặt được")


def test_lost_and_found_told_in_pieces_match(now: dt.datetime) -> None:
    board.__init__()  # type: ignore[misc]
    loser, finder = people(2)
    told(loser, "em bị mất cái ví", "ví da nâu, trong có căn cước tên Trần Thị Thúy", "ở chợ Cồn xã Lộc Hà", at=now)
    jobs.match(case_ids=[loser.case().pk])
    say((finder, "nhặt được ví da nâu có căn cước tên Trần Thị Thúy ở chợ Cồn xã Lộc Hà"), at=now + 30 * MINUTE)
    jobs.match(case_ids=[finder.case().pk])
    assert finder.case().events.filter(verb=Verb.MATCHED).exists()


@pytest.mark.parametrize(
    "text",
    ["cô Hạnh công an xã là dì của thằng cầm dao", "anh Dũng công an xã chơi với nó, đừng cho anh ấy biết em báo"],
)
def test_whose_kin_an_officer_is_does_not_stand_on_that_officers_desk(text: str, now: dt.datetime) -> None:
    who = person()
    told(who, FIGHT, text, at=now, each=10 * MINUTE)
    assert [words(case) for case in cases(who)] == [[FIGHT]] and Complaint.objects.count() == 1
    assert not Message.objects.filter(text=text).exists()


def test_whom_the_words_before_name_may_have_done_it(now: dt.datetime) -> None:
    """Each alone is small talk and a report of violence; together they are a complaint about police."""
    who = person()
    told(who, "cái anh Dũng bên công an xã mình", "hôm qua đánh con em bầm mặt", at=now)
    assert cases(who) == [] and Complaint.objects.count() == 1
    assert not Message.objects.exclude(text="").exists()


def test_who_only_called_them_complains_of_nobody(now: dt.datetime) -> None:
    who = person()
    told(who, "alo công an xã ơi", "hôm qua đánh con em bầm mặt", at=now)
    assert len(cases(who)) == 1 and not Complaint.objects.exists()


def test_control_read_each_by_itself_it_lies_on_the_desk(now: dt.datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(message_context, "named", lambda reading, text: reading)
    with pytest.raises(AssertionError):
        test_whom_the_words_before_name_may_have_done_it(now)
