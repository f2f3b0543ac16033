"""Two dangers in one hamlet are two cases: each raises an alarm and its desk is offered the other. Two reports of one
danger join when something finer than the hamlet matches. A worsening situation raises the alarm again."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.choices import Outcome
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Alarm, Case
from binhyen.cases.services import closing, officer_actions
from binhyen.cases.services.alarms import MIN_RING_INTERVAL, escalate_alarms
from binhyen.cases.tests.scene import build_case_url, sign_in_browser
from binhyen.intake.incident_matching import BatchMatcher, IncidentMatch
from binhyen.intake.tests.chat_reports import ChatPerson, create_people, create_person, run_pipeline
from binhyen.intake.tests.pairs_of_dangers import ONE, TWO, P
from binhyen.intake.tests.test_incident_matching import build_report
from binhyen.kit.ids import format_code
from binhyen.language.dedup import judgement
from binhyen.language.dedup.pair_model import shipped_pair_model

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
YOUTHS = f"Có nhóm thanh niên cầm dao đánh nhau {P}"
HUSBAND = f"Chồng em đang cầm dao đuổi em, em trốn trong buồng {P}"


def match_pairs(pairs: tuple[tuple[str, str], ...]) -> list[IncidentMatch | None]:
    """Return the case that the second report of each pair joins, or is offered, seven minutes after the first."""
    results = []
    for left, right in pairs:
        first = build_report(left.format(p=P))
        second = build_report(right.format(p=P), at=first.incident.at + 7 * MINUTE)
        results.append(BatchMatcher([first, second], [], shipped_pair_model()).match_all({})[1])
    return results


def count_joined(matches: list[IncidentMatch | None]) -> int:
    return sum(match is not None and match.sure for match in matches)


def test_two_dangers_are_never_merged() -> None:
    """When written: of 40 pairs none joins (with the likelihood alone 20), and half of them are offered."""
    decisions = match_pairs(TWO)
    assert count_joined(decisions) == 0, [pair for pair, m in zip(TWO, decisions, strict=True) if m and m.sure]
    assert sum(match is not None for match in decisions) >= 10


def test_two_reports_of_one_danger_join_with_a_shared_detail() -> None:
    """When written: of 40 pairs 19 join and most of the others are offered."""
    decisions = match_pairs(ONE)
    assert count_joined(decisions) >= 17
    assert sum(match is not None for match in decisions) >= 28


def test_the_control_likelihood_alone_joins_half_of_different_dangers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judgement, "is_certain_match", lambda *_, **__: True)
    assert count_joined(match_pairs(TWO)) >= 15


@pytest.fixture
def duty(officer: Any) -> Any:
    return officer()


def has_alarm(reporter: ChatPerson) -> bool:
    return Alarm.objects.filter(case=reporter.case(), acknowledged_at=None).exists()


def take_case(reporter: ChatPerson, duty: Any, moment: dt.datetime) -> Case:
    return officer_actions.acknowledge_alarm(code=reporter.case().code, officer=duty, now=moment)


def test_the_wife_gets_an_alarm_though_youths_fight_in_her_hamlet(duty: Any, now: dt.datetime) -> None:
    youths, wife = create_people(2)
    run_pipeline((youths, YOUTHS), moment=now)
    fight = take_case(youths, duty, now + MINUTE)
    run_pipeline((wife, HUSBAND), moment=now + 7 * MINUTE)
    private_case = wife.case()
    assert private_case.pk != fight.pk and has_alarm(wife) and not has_alarm(youths)
    assert format_code(private_case.code) in wife.list_received()[0] and any(
        "113" in report_text for report_text in wife.list_received()
    )
    officer_actions.answer_reporters(
        code=fight.code, officer=duty, text="Tổ tuần tra đang đến chỗ đánh nhau.", version=None, now=now
    )
    assert not any("tuần tra" in report_text for report_text in wife.list_received()), (
        "messages for the others do not go to her"
    )
    page = sign_in_browser(duty).get("/ban-truc").content.decode()
    assert "Có thể cùng một việc với" in page and f"Gộp vào {format_code(fight.code)}" in page
    assert f'action="/vu-viec/{format_code(private_case.code)}/gop"' in page
    alarm = page.partition('class="alarm-near"')[2].partition("</div>")[0]
    assert f"«{YOUTHS[:20]}" in alarm, (
        "the merging officer sees the other case: a code alone would silence her by mistake"
    )


def test_one_tap_merges_confirmed_duplicates(duty: Any, now: dt.datetime) -> None:
    first, second = create_people(2)
    run_pipeline((first, f"Cháy nhà {P}, có người trong nhà"), moment=now)
    fire = take_case(first, duty, now + MINUTE)
    run_pipeline((second, f"Có đám cháy lớn {P}, lửa cao lắm"), moment=now + 3 * MINUTE)
    private_case = second.case()
    assert private_case.pk != fire.pk and has_alarm(second)
    page = sign_in_browser(duty).get(build_case_url(private_case)).content.decode()
    assert f"Gộp vào {format_code(fire.code)}" in page
    sign_in_browser(duty).post(
        build_case_url(private_case, "gop"), {"version": private_case.version, "into": format_code(fire.code)}
    )
    private_case.refresh_from_db()
    assert private_case.merged_into == fire and not has_alarm(second)
    assert "Có thể cùng một việc với" not in sign_in_browser(duty).get("/ban-truc").content.decode()


def test_an_offer_is_of_open_cases_of_this_desk_only(officer: Any, now: dt.datetime) -> None:
    youths, wife = create_people(2)
    run_pipeline((youths, YOUTHS), moment=now)
    run_pipeline((wife, HUSBAND), moment=now + MINUTE)
    desk = sign_in_browser(officer())
    assert "Có thể cùng một việc với" in desk.get("/ban-truc").content.decode(), "the control"
    assert wife.case().code not in sign_in_browser(officer("OFFICER", "18073")).get("/ban-truc").content.decode()
    closing.close_case(
        code=youths.case().code,
        officer=officer("CHIEF"),
        outcome=Outcome.HANDLED_ON_SITE,
        result="Đã giải tán.",
        evidence="Biên bản",
        version=None,
        now=now,
    )
    assert "Có thể cùng một việc với" not in desk.get("/ban-truc").content.decode()


def test_concurrent_reports_are_each_offered_the_other(duty: Any, now: dt.datetime) -> None:
    youths, wife = create_people(2)
    run_pipeline((youths, YOUTHS), (wife, HUSBAND), moment=now)
    assert wife.case().events.get(verb="opened").data["near"] == youths.case().code
    assert f"Gộp vào {format_code(youths.case().code)}" in sign_in_browser(duty).get("/ban-truc").content.decode()


@pytest.mark.parametrize(
    "worse",
    ["bọn nó quay lại rồi, có người bị chém nằm đường", "nó cầm súng ra rồi, cứu với", "người bị nạn ngừng thở rồi"],
)
def test_a_worse_report_by_the_same_author_raises_the_alarm_again(worse: str, duty: Any, now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, YOUTHS), moment=now)
    case = take_case(reporter, duty, now + MINUTE)
    officer_actions.assign_to_self(code=case.code, officer=duty, version=None, now=now + MINUTE)
    run_pipeline((reporter, worse), moment=now + 40 * MINUTE)
    assert reporter.case() == case and has_alarm(reporter)
    alarm = Alarm.objects.get(case=case)
    assert (alarm.escalation_level, alarm.raised_at) == (0, now + 40 * MINUTE)
    desk = sign_in_browser(duty).get("/ban-truc").content.decode()
    assert worse in desk and "Tin mới" in desk, "the desk shows the news"
    page = sign_in_browser(duty).get(build_case_url(case)).content.decode()
    assert page.count(">Tin mới<") == 1
    take_case(reporter, duty, now + 41 * MINUTE)
    assert ">Tin mới<" not in sign_in_browser(duty).get(build_case_url(case)).content.decode()


def test_a_calm_message_raises_no_alarm(duty: Any, now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, YOUTHS), moment=now)
    take_case(reporter, duty, now + MINUTE)
    run_pipeline((reporter, "dạ em cảm ơn các anh"), moment=now + 9 * MINUTE)
    assert not has_alarm(reporter)


def test_a_worse_report_by_another_author_raises_the_alarm_again(duty: Any, now: dt.datetime) -> None:
    first, second, third = create_people(3)
    run_pipeline((first, f"Đánh nhau ở quán Hoa Sim {P}"), moment=now)
    case = take_case(first, duty, now + MINUTE)
    run_pipeline((second, f"Đánh nhau ở quán Hoa Sim {P}, có người bị chém gục rồi"), moment=now + 15 * MINUTE)
    assert second.case() == case and has_alarm(second)
    take_case(first, duty, now + 16 * MINUTE)
    run_pipeline((third, f"Đánh nhau ở quán Hoa Sim {P}"), moment=now + 25 * MINUTE)
    assert third.case() == case and not has_alarm(third), "the control: nothing new"


def test_it_alarms_again_once_in_a_few_minutes_and_nothing_is_lost(duty: Any, now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, YOUTHS), moment=now)
    take_case(reporter, duty, now + MINUTE)
    worse = now + 10 * MINUTE
    run_pipeline((reporter, "có người bị chém nằm đường rồi"), moment=worse)
    take_case(reporter, duty, worse + MINUTE)
    run_pipeline((reporter, "nó cầm súng bắn rồi, cứu với"), moment=worse + MINUTE)
    assert not has_alarm(reporter)
    escalate_alarms(ladder=get_alarm_delays(), now=worse + MIN_RING_INTERVAL - dt.timedelta(seconds=1))
    assert not has_alarm(reporter)
    assert escalate_alarms(ladder=get_alarm_delays(), now=worse + MIN_RING_INTERVAL) == 1
    assert has_alarm(reporter) and reporter.case().acknowledged_at is None
    assert "súng" in sign_in_browser(duty).get("/ban-truc").content.decode()


def test_a_past_danger_does_not_raise_the_alarm_again(duty: Any, now: dt.datetime) -> None:
    reporter = create_person()
    run_pipeline((reporter, YOUTHS), moment=now)
    take_case(reporter, duty, now + MINUTE)
    for after in (10, 11):
        run_pipeline((reporter, "có người bị chém nằm đường rồi"), moment=now + after * MINUTE)
        take_case(reporter, duty, now + after * MINUTE)
    closing.close_case(
        code=reporter.case().code,
        officer=duty,
        outcome=Outcome.HANDLED_ON_SITE,
        result="Đã giải tán.",
        evidence="Biên bản",
        version=None,
        now=now + 12 * MINUTE,
    )
    assert escalate_alarms(ladder=get_alarm_delays(), now=now + 20 * MINUTE) == 0


def test_the_control_without_it_the_second_alarm_is_silent(
    duty: Any, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binhyen.cases.services.follow_ups.restart_alarm", lambda *_, **__: [])
    reporter = create_person()
    run_pipeline((reporter, YOUTHS), moment=now)
    take_case(reporter, duty, now + MINUTE)
    run_pipeline((reporter, "bọn nó quay lại rồi, có người bị chém nằm đường"), moment=now + 40 * MINUTE)
    assert not has_alarm(reporter)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (
            "Bác bảo vệ trường mầm non Hoa Mai uống rượu trong ca trực, quên khóa cổng hai lần trong tháng",
            "Bà Tịnh bán trà đá ở cổng bệnh viện làm cò giấy khám sức khỏe, mỗi tờ bốn trăm nghìn",
        ),
        (
            "Nhà trọ Hoa Sim phòng 203 chứa ba đứa bán hàng trắng, giao trong hộp bánh trung thu",
            "Bác bảo vệ trường mầm non Hoa Mai uống rượu trong ca trực, quên khóa cổng hai lần trong tháng",
        ),
        (
            "Nhà ông Quế nhận trông xe trộm từ Nghệ An, đêm mười giờ có người đến lấy",
            "Sếp em ở công ty may bắt công nhân ký tờ tăng ca khống, khóa cổng nhốt cả chuyền tới nửa đêm",
        ),
    ],
)
def test_tips_of_one_hamlet_stay_separate(left: str, right: str, now: dt.datetime) -> None:
    first, second = create_people(2)
    run_pipeline((first, f"{left}, {P}"), moment=now)
    run_pipeline((second, f"{right}, {P}"), moment=now + 5 * MINUTE)
    assert first.case() != second.case()


def test_tips_join_by_the_number_that_both_name(now: dt.datetime) -> None:
    first, second = create_people(2)
    run_pipeline((first, f"Tài khoản 0123456789012 Vietcombank lừa bán hàng online, em mất 5 triệu, {P}"), moment=now)
    run_pipeline((second, f"Em bị lừa chuyển tiền vào stk 0123456789012 vietcombank, {P}"), moment=now + 5 * MINUTE)
    assert first.case() == second.case()


def test_noise_and_a_dead_lamp_are_still_one_matter(now: dt.datetime) -> None:
    for left, right in (
        (f"Đèn đường hỏng {P}, tối om", f"den duong bi hong toi om {P}"),
        (f"Nhà hàng xóm hát karaoke ồn quá {P}", f"Karaoke loa to ồn quá {P}"),
    ):
        first, second = create_people(2)
        run_pipeline((first, left), moment=now)
        run_pipeline((second, right), moment=now + 5 * MINUTE)
        assert first.case() == second.case()
