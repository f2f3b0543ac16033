"""People write in pieces and about several matters in one chat: each message goes to the right case, and nothing is
lost."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases import jobs
from binhyen.cases.choices import Outcome, Verb
from binhyen.cases.models import Alarm, Case
from binhyen.cases.queries.lost_found import post_index
from binhyen.cases.services import closing, officer_actions
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels.models import Message
from binhyen.conduct.models import Complaint
from binhyen.intake import case_assignment, message_context
from binhyen.intake.tests.chat_reports import ChatPerson, create_group, create_people, create_person, run_pipeline

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
FIGHT = "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu xã Lộc Hà"
WALLET = "Em nhặt được cái ví ở chợ Cồn xã Lộc Hà"


def list_cases(reporter: ChatPerson) -> list[Case]:
    return list(Case.objects.filter(reports__reporter=reporter.reporter, is_restricted=False).order_by("pk").distinct())


def list_texts(case: Case) -> list[str]:
    return [link.message.text for link in case.case_messages.order_by("pk")]


def send_in_sequence(
    reporter: ChatPerson, *content: str, moment: dt.datetime, interval: dt.timedelta = MINUTE, **more: Any
) -> None:
    for n, text in enumerate(content):
        run_pipeline((reporter, text), moment=moment + n * interval, **more)


# An ongoing danger.


@pytest.mark.parametrize("cry", ["không ai tới", "gọi không ai nghe máy", "em báo mấy lần rồi"])
def test_cries_for_help_and_follow_ups_stay_with_the_danger(cry: str, now: dt.datetime) -> None:
    reporter = create_person()
    send_in_sequence(
        reporter,
        "Chồng em cầm dao đuổi em, em ở TDP Phú Mậu",
        cry,
        "hắn đang phá cửa rồi",
        "em trốn ra sau vườn",
        moment=now,
    )
    (case,) = list_cases(reporter)
    assert len(list_texts(case)) == 4 and not Complaint.objects.exists()


def test_control_by_the_text_alone_they_are_sealed_away(monkeypatch: Any, now: dt.datetime) -> None:
    monkeypatch.setattr(case_assignment, "is_ongoing_danger", lambda open_case: False)
    with pytest.raises(AssertionError):
        test_cries_for_help_and_follow_ups_stay_with_the_danger("gọi không ai nghe máy", now)


@pytest.mark.parametrize("blame", ["ông Dũng công an cầm tiền của bọn nó rồi", "cán bộ đòi 5 triệu mới lập biên bản"])
def test_blame_of_police_is_escalated_and_later_messages_return(blame: str, now: dt.datetime) -> None:
    reporter = create_person()
    send_in_sequence(reporter, FIGHT, blame, "chúng nó quay lại rồi, đông lắm", moment=now, interval=5 * MINUTE)
    (case,) = list_cases(reporter)
    assert list_texts(case) == [FIGHT, "chúng nó quay lại rồi, đông lắm"] and Complaint.objects.count() == 1


def test_danger_elsewhere_alarms_at_its_place(unit: Any, officer: Any, now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, FIGHT), moment=now)
    officer_actions.acknowledge_alarm(code=reporter.case().code, officer=officer(), now=now)
    run_pipeline((reporter, "Chồng em đang cầm dao đuổi em ở phường Thành Sen"), moment=now + 20 * MINUTE)
    first, second = list_cases(reporter)
    assert (first.unit, second.unit) == (unit("18568"), unit("18073"))
    assert Alarm.objects.get(case=second).acknowledged_at is None


def test_danger_on_the_next_day_is_no_follow_up_of_a_closed_case(officer: Any, now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, FIGHT), moment=now - DAY)
    closing.close_case(
        code=reporter.case().code,
        officer=officer(),
        outcome=Outcome.RESOLVED,
        result="Đã giải tán.",
        evidence="Biên bản",
        version=None,
        now=now - DAY + HOUR,
    )
    run_pipeline((reporter, "Hai anh em đang chém nhau ở thôn Yên Định xã Lộc Hà"), moment=now)
    assert len(list_cases(reporter)) == 2


def test_a_corrected_place_alerts_the_new_responders(officer: Any, now: dt.datetime) -> None:
    reporter, duty = create_person(), officer("OFFICER", "18073")
    run_pipeline((reporter, "Cháy nhà em ở phường Thành Sen"), moment=now)
    officer_actions.acknowledge_alarm(code=reporter.case().code, officer=duty, now=now)
    run_pipeline((reporter, "à nhầm, ở xã Lộc Hà cơ"), moment=now + 6 * MINUTE)
    (case,) = list_cases(reporter)
    assert Alarm.objects.get(case=case).acknowledged_at is None, "no officer drives on to the wrong place unaware"


def test_the_alarm_shows_the_latest_message(officer: Any, now: dt.datetime) -> None:
    reporter, desk = create_person(), sign_in_browser(officer())
    run_pipeline((reporter, FIGHT), moment=now)
    assert "Mới nhất:" not in desk.get("/ban-truc").content.decode(), "control"
    run_pipeline((reporter, "em nhắn nhầm, con em nghịch máy gửi đấy ạ"), moment=now + MINUTE)
    page = desk.get("/ban-truc").content.decode()
    assert FIGHT in page and "Mới nhất:</span> «em nhắn nhầm" in page


def test_pieces_in_a_group_are_one_report(unit: Any, now: dt.datetime) -> None:
    reporter, group = create_person(), create_group(unit("18568"), now)
    send_in_sequence(
        reporter,
        "chúng nó cầm dao chém nhau kìa",
        "trước cổng trường cấp 2 Thạch Kim",
        "nhanh lên",
        moment=now,
        group=group,
    )
    (case,) = list_cases(reporter)
    assert len(list_texts(case)) == 3 and not Message.objects.filter(in_case=False).exists()


def test_another_group_is_another_place(unit: Any, now: dt.datetime) -> None:
    reporter, here, there = create_person(), create_group(unit("18568"), now), create_group(unit("18073"), now)
    run_pipeline((reporter, "Đốt rơm khói mù mịt, cháy lan rồi bà con ơi"), moment=now - 2 * DAY, group=here)
    run_pipeline((reporter, "Cháy nhà to lắm bà con ơi"), moment=now, group=there)
    assert [case.unit for case in list_cases(reporter)] == [unit("18568"), unit("18073")]


# Questions.


def test_the_answer_goes_to_the_asking_case(officer: Any, unit: Any, now: dt.datetime) -> None:
    reporter, duty = create_person(), officer()
    run_pipeline((reporter, WALLET), moment=now)
    wallet = reporter.case()
    officer_actions.ask_reporters(code=wallet.code, officer=duty, question="Ví màu gì?", version=None, now=now + MINUTE)
    run_pipeline((reporter, "Nhà bên hát karaoke ầm ĩ quá ở phường Thành Sen"), moment=now + 3 * HOUR)
    run_pipeline((reporter, "dạ ví da bò màu nâu"), moment=now + 4 * HOUR)
    assert list_texts(wallet) == [WALLET, "dạ ví da bò màu nâu"] and len(list_cases(reporter)) == 2


# Another matter.


TIPS = (
    "Bên nhà em có ổ bán ma túy, thằng Hoành bán, đừng nói em báo",
    "Thằng Cường Sẹo bảo kê bến, ai không nộp tiền hắn đập",
)


@pytest.mark.parametrize("tip", TIPS)
@pytest.mark.parametrize("first", [WALLET, "Nhà bên hát karaoke ầm ĩ ở xã Lộc Hà"])
def test_a_tip_joins_no_case_that_more_people_read(first: str, tip: str, now: dt.datetime) -> None:
    reporter = create_person()
    send_in_sequence(reporter, first, tip, moment=now, interval=30 * MINUTE)
    first_case, *more = list_cases(reporter)
    assert list_texts(first_case) == [first] and not first_case.sensitive
    assert [case.sensitive for case in more] == [True] or Complaint.objects.exists()


@pytest.mark.parametrize(
    ("first_text", "second_text"),
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
def test_the_same_kind_of_incident_days_later_is_another_one(
    first_text: str, second_text: str, now: dt.datetime
) -> None:
    reporter = create_person()
    send_in_sequence(reporter, first_text, second_text, moment=now - 4 * DAY, interval=3 * DAY)
    assert [list_texts(case) for case in list_cases(reporter)] == [[first_text], [second_text]] and len(
        reporter.list_received("ACK")
    ) == 2


# Immediately preceding messages.


def test_a_place_sent_first_is_the_place_of_the_incident(unit: Any, now: dt.datetime) -> None:
    reporter = create_person()
    send_in_sequence(reporter, "em ở phường Thành Sen", "có trộm đang cạy cửa nhà em", moment=now)
    (case,) = list_cases(reporter)
    assert case.unit == unit("18073") and "Thành Sen" in case.title
    assert sorted(list_texts(case)) == sorted(["em ở phường Thành Sen", "có trộm đang cạy cửa nhà em"])


def test_a_place_sent_long_before_is_not(unit: Any, now: dt.datetime) -> None:
    reporter = create_person()
    send_in_sequence(reporter, "em ở phường Thành Sen", "có trộm đang cạy cửa nhà em", moment=now, interval=11 * MINUTE)
    assert list_cases(reporter)[0].unit != unit("18073")


def test_a_place_sent_after_other_messages_still_answers(unit: Any, now: dt.datetime) -> None:
    reporter = create_person()
    send_in_sequence(reporter, "có đánh nhau to lắm, mã tấu", "chục đứa", "ở phường Thành Sen", moment=now)
    assert list_cases(reporter)[0].unit == unit("18073")


def test_a_photo_sent_first_takes_the_category_of_the_next_text(now: dt.datetime) -> None:
    from binhyen.channels.types import Media

    reporter = create_person()
    run_pipeline((reporter, ""), moment=now, media=(Media("image", url="https://zalo.example/x.jpg", name="x.jpg"),))
    assert reporter.case().category == "other"
    run_pipeline((reporter, "Em nhặt được cái ví này ở chợ Cồn xã Lộc Hà"), moment=now + MINUTE)
    (case,) = list_cases(reporter)
    assert (case.category, case.kind) != ("other", "other") and case.category == "found_item"
    assert case.title.startswith("Nhặt được")


def test_lost_and_found_reports_in_pieces_match(now: dt.datetime) -> None:
    post_index.__init__()  # type: ignore[misc]
    loser, finder = create_people(2)
    send_in_sequence(
        loser, "em bị mất cái ví", "ví da nâu, trong có căn cước tên Trần Thị Thúy", "ở chợ Cồn xã Lộc Hà", moment=now
    )
    jobs.run_lost_found_matching(case_ids=[loser.case().pk])
    run_pipeline(
        (finder, "nhặt được ví da nâu có căn cước tên Trần Thị Thúy ở chợ Cồn xã Lộc Hà"), moment=now + 30 * MINUTE
    )
    jobs.run_lost_found_matching(case_ids=[finder.case().pk])
    assert finder.case().events.filter(verb=Verb.MATCHED).exists()


@pytest.mark.parametrize(
    "text",
    ["cô Hạnh công an xã là dì của thằng cầm dao", "anh Dũng công an xã chơi với nó, đừng cho anh ấy biết em báo"],
)
def test_a_report_about_an_officers_relative_is_hidden_from_that_officer(text: str, now: dt.datetime) -> None:
    reporter = create_person()
    send_in_sequence(reporter, FIGHT, text, moment=now, interval=10 * MINUTE)
    assert [list_texts(case) for case in list_cases(reporter)] == [[FIGHT]] and Complaint.objects.count() == 1
    assert not Message.objects.filter(text=text).exists()


def test_a_person_named_just_before_may_be_the_accused(now: dt.datetime) -> None:
    """Each alone is small talk and a report of violence; together they are a complaint about police."""
    reporter = create_person()
    send_in_sequence(reporter, "cái anh Dũng bên công an xã mình", "hôm qua đánh con em bầm mặt", moment=now)
    assert list_cases(reporter) == [] and Complaint.objects.count() == 1
    assert not Message.objects.exclude(text="").exists()


def test_calling_the_police_is_no_complaint(now: dt.datetime) -> None:
    reporter = create_person()
    send_in_sequence(reporter, "alo công an xã ơi", "hôm qua đánh con em bầm mặt", moment=now)
    assert len(list_cases(reporter)) == 1 and not Complaint.objects.exists()


def test_control_separately_it_is_on_the_desk(now: dt.datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(message_context, "detect_in_combined", lambda reading, text: reading)
    with pytest.raises(AssertionError):
        test_a_person_named_just_before_may_be_the_accused(now)
