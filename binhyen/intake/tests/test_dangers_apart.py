"""Two dangers in one hamlet are two cases: each raises an alarm and its desk is offered the other. Two reports of one
danger join when something finer than the hamlet matches. A worsening situation raises the alarm again."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.choices import Outcome
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.models import Alarm, Case
from binhyen.cases.services import closing, officer_actions
from binhyen.cases.services.alarms import AGAIN, escalate
from binhyen.cases.tests.scene import browser, url
from binhyen.intake import incident_matching
from binhyen.intake.incident_matching import Match, Wave
from binhyen.intake.tests.pairs_of_dangers import ONE, TWO, P
from binhyen.intake.tests.telling import Person, people, person, say
from binhyen.intake.tests.test_witnesses import report
from binhyen.kit.ids import show_code
from binhyen.language.dedup import shipped

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
YOUTHS = f"Có nhóm thanh niên cầm dao đánh nhau {P}"
HUSBAND = f"Chồng em đang cầm dao đuổi em, em trốn trong buồng {P}"


def judged(pairs: tuple[tuple[str, str], ...]) -> list[Match | None]:
    """Return the case that the second report of each pair joins, or is offered, seven minutes after the first."""
    found = []
    for one, other in pairs:
        first = report(one.format(p=P))
        second = report(other.format(p=P), at=first.incident.at + 7 * MINUTE)
        found.append(Wave([first, second], [], shipped()).gather({})[1])
    return found


def joined(found: list[Match | None]) -> int:
    return sum(match is not None and match.sure for match in found)


def test_two_dangers_are_never_taken_for_one() -> None:
    """When written: of 40 pairs none joins (with the likelihood alone 20), and half of them are offered."""
    found = judged(TWO)
    assert joined(found) == 0, [pair for pair, m in zip(TWO, found, strict=True) if m and m.sure]
    assert sum(match is not None for match in found) >= 10


def test_one_danger_told_by_two_joins_where_something_binds() -> None:
    """When written: of 40 pairs 19 join and most of the others are offered."""
    found = judged(ONE)
    assert joined(found) >= 17
    assert sum(match is not None for match in found) >= 28


def test_the_control_what_is_likely_alone_joins_half_of_the_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incident_matching, "bound", lambda *_, **__: True)
    assert joined(judged(TWO)) >= 15


@pytest.fixture
def duty(officer: Any) -> Any:
    return officer()


def rings(who: Person) -> bool:
    return Alarm.objects.filter(case=who.case(), acknowledged_at=None).exists()


def taken(who: Person, duty: Any, at: dt.datetime) -> Case:
    return officer_actions.acknowledge(code=who.case().code, officer=duty, now=at)


def test_the_wife_is_heard_though_youths_fight_in_her_hamlet(duty: Any, now: dt.datetime) -> None:
    youths, wife = people(2)
    say((youths, YOUTHS), at=now)
    fight = taken(youths, duty, now + MINUTE)
    say((wife, HUSBAND), at=now + 7 * MINUTE)
    own = wife.case()
    assert own.pk != fight.pk and rings(wife) and not rings(youths)
    assert show_code(own.code) in wife.heard()[0] and any("113" in told for told in wife.heard())
    officer_actions.answer(
        code=fight.code, officer=duty, text="Tổ tuần tra đang đến chỗ đánh nhau.", version=None, now=now
    )
    assert not any("tuần tra" in told for told in wife.heard()), "messages for the others do not go to her"
    page = browser(duty).get("/ban-truc").content.decode()
    assert "Có thể cùng một việc với" in page and f"Gộp vào {show_code(fight.code)}" in page
    assert f'action="/vu-viec/{show_code(own.code)}/gop"' in page
    alarm = page.partition('class="alarm-near"')[2].partition("</div>")[0]
    assert f"«{YOUTHS[:20]}" in alarm, (
        "the merging officer sees the other case: a code alone would silence her by mistake"
    )


def test_one_tap_merges_what_is_one_after_all(duty: Any, now: dt.datetime) -> None:
    first, second = people(2)
    say((first, f"Cháy nhà {P}, có người trong nhà"), at=now)
    fire = taken(first, duty, now + MINUTE)
    say((second, f"Có đám cháy lớn {P}, lửa cao lắm"), at=now + 3 * MINUTE)
    own = second.case()
    assert own.pk != fire.pk and rings(second)
    page = browser(duty).get(url(own)).content.decode()
    assert f"Gộp vào {show_code(fire.code)}" in page
    browser(duty).post(url(own, "gop"), {"version": own.version, "into": show_code(fire.code)})
    own.refresh_from_db()
    assert own.merged_into == fire and not rings(second)
    assert "Có thể cùng một việc với" not in browser(duty).get("/ban-truc").content.decode()


def test_an_offer_is_of_open_cases_of_this_desk_only(officer: Any, now: dt.datetime) -> None:
    youths, wife = people(2)
    say((youths, YOUTHS), at=now)
    say((wife, HUSBAND), at=now + MINUTE)
    desk = browser(officer())
    assert "Có thể cùng một việc với" in desk.get("/ban-truc").content.decode(), "the control"
    assert wife.case().code not in browser(officer("OFFICER", "18073")).get("/ban-truc").content.decode()
    closing.close(code=youths.case().code, officer=officer("CHIEF"), outcome=Outcome.HANDLED_ON_SITE,
                  result="Đã giải tán.", evidence="Biên bản", version=None, now=now)  # fmt: skip
    assert "Có thể cùng một việc với" not in desk.get("/ban-truc").content.decode()


def test_told_at_once_each_is_offered_the_other(duty: Any, now: dt.datetime) -> None:
    youths, wife = people(2)
    say((youths, YOUTHS), (wife, HUSBAND), at=now)
    assert wife.case().events.get(verb="opened").data["near"] == youths.case().code
    assert f"Gộp vào {show_code(youths.case().code)}" in browser(duty).get("/ban-truc").content.decode()


@pytest.mark.parametrize(
    "worse",
    ["bọn nó quay lại rồi, có người bị chém nằm đường", "nó cầm súng ra rồi, cứu với", "người bị nạn ngừng thở rồi"],
)
def test_who_told_says_that_it_got_worse_and_it_rings_again(worse: str, duty: Any, now: dt.datetime) -> None:
    who = person()
    say((who, YOUTHS), at=now)
    case = taken(who, duty, now + MINUTE)
    officer_actions.take(code=case.code, officer=duty, version=None, now=now + MINUTE)
    say((who, worse), at=now + 40 * MINUTE)
    assert who.case() == case and rings(who)
    alarm = Alarm.objects.get(case=case)
    assert (alarm.stage, alarm.raised_at) == (0, now + 40 * MINUTE)
    desk = browser(duty).get("/ban-truc").content.decode()
    assert worse in desk and "Lời mới" in desk, "the desk shows the news"
    page = browser(duty).get(url(case)).content.decode()
    assert page.count(">Lời mới<") == 1
    taken(who, duty, now + 41 * MINUTE)
    assert ">Lời mới<" not in browser(duty).get(url(case)).content.decode()


def test_a_calm_word_rings_nothing(duty: Any, now: dt.datetime) -> None:
    who = person()
    say((who, YOUTHS), at=now)
    taken(who, duty, now + MINUTE)
    say((who, "dạ em cảm ơn các anh"), at=now + 9 * MINUTE)
    assert not rings(who)


def test_another_teller_has_worse_news_and_it_rings_again(duty: Any, now: dt.datetime) -> None:
    first, second, third = people(3)
    say((first, f"Đánh nhau ở quán Hoa Sim {P}"), at=now)
    case = taken(first, duty, now + MINUTE)
    say((second, f"Đánh nhau ở quán Hoa Sim {P}, có người bị chém gục rồi"), at=now + 15 * MINUTE)
    assert second.case() == case and rings(second)
    taken(first, duty, now + 16 * MINUTE)
    say((third, f"Đánh nhau ở quán Hoa Sim {P}"), at=now + 25 * MINUTE)
    assert third.case() == case and not rings(third), "the control: nothing new"


def test_it_rings_again_once_in_a_few_minutes_and_nothing_is_lost(duty: Any, now: dt.datetime) -> None:
    who = person()
    say((who, YOUTHS), at=now)
    taken(who, duty, now + MINUTE)
    worse = now + 10 * MINUTE
    say((who, "có người bị chém nằm đường rồi"), at=worse)
    taken(who, duty, worse + MINUTE)
    say((who, "nó cầm súng bắn rồi, cứu với"), at=worse + MINUTE)
    assert not rings(who)
    escalate(ladder=ladder(), now=worse + AGAIN - dt.timedelta(seconds=1))
    assert not rings(who)
    assert escalate(ladder=ladder(), now=worse + AGAIN) == 1
    assert rings(who) and who.case().acknowledged_at is None
    assert "súng" in browser(duty).get("/ban-truc").content.decode()


def test_what_is_over_does_not_ring_again(duty: Any, now: dt.datetime) -> None:
    who = person()
    say((who, YOUTHS), at=now)
    taken(who, duty, now + MINUTE)
    for after in (10, 11):
        say((who, "có người bị chém nằm đường rồi"), at=now + after * MINUTE)
        taken(who, duty, now + after * MINUTE)
    closing.close(code=who.case().code, officer=duty, outcome=Outcome.HANDLED_ON_SITE, result="Đã giải tán.",
                  evidence="Biên bản", version=None, now=now + 12 * MINUTE)  # fmt: skip
    assert escalate(ladder=ladder(), now=now + 20 * MINUTE) == 0


def test_the_control_without_it_the_second_alarm_is_silent(
    duty: Any, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binhyen.cases.services.follow_ups.ring_anew", lambda *_, **__: [])
    who = person()
    say((who, YOUTHS), at=now)
    taken(who, duty, now + MINUTE)
    say((who, "bọn nó quay lại rồi, có người bị chém nằm đường"), at=now + 40 * MINUTE)
    assert not rings(who)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bác bảo vệ trường mầm non Hoa Mai uống rượu trong ca trực, quên khóa cổng hai lần trong tháng",
         "Bà Tịnh bán trà đá ở cổng bệnh viện làm cò giấy khám sức khỏe, mỗi tờ bốn trăm nghìn"),
        ("Nhà trọ Hoa Sim phòng 203 chứa ba đứa bán hàng trắng, giao trong hộp bánh trung thu",
         "Bác bảo vệ trường mầm non Hoa Mai uống rượu trong ca trực, quên khóa cổng hai lần trong tháng"),
        ("Nhà ông Quế nhận trông xe trộm từ Nghệ An, đêm mười giờ có người đến lấy",
         "Sếp em ở công ty may bắt công nhân ký tờ tăng ca khống, khóa cổng nhốt cả chuyền tới nửa đêm"),
    ],
)  # fmt: skip
def test_tips_of_one_hamlet_stay_apart(one: str, other: str, now: dt.datetime) -> None:
    first, second = people(2)
    say((first, f"{one}, {P}"), at=now)
    say((second, f"{other}, {P}"), at=now + 5 * MINUTE)
    assert first.case() != second.case()


def test_tips_join_by_the_number_that_both_name(now: dt.datetime) -> None:
    first, second = people(2)
    say((first, f"Tài khoản 0123456789012 Vietcombank lừa bán hàng online, em mất 5 triệu, {P}"), at=now)
    say((second, f"Em bị lừa chuyển tiền vào stk 0123456789012 vietcombank, {P}"), at=now + 5 * MINUTE)
    assert first.case() == second.case()


def test_noise_and_a_dead_lamp_are_still_one_matter(now: dt.datetime) -> None:
    for one, other in (
        (f"Đèn đường hỏng {P}, tối om", f"den duong bi hong toi om {P}"),
        (f"Nhà hàng xóm hát karaoke ồn quá {P}", f"Karaoke loa to ồn quá {P}"),
    ):
        first, second = people(2)
        say((first, one), at=now)
        say((second, other), at=now + 5 * MINUTE)
        assert first.case() == second.case()
