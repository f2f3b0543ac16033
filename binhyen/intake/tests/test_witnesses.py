"""Many reports of one incident: one case, each reporter gets the same replies as a single one; doubtful, confidential
or old reports stay separate."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from binhyen.areas.queries import gazetteer
from binhyen.cases.choices import Outcome
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.incident_features import Incident, telling
from binhyen.cases.models import Alarm, Case, CaseMessage, Report
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import closing, linking, officer_actions, splitting
from binhyen.cases.services.duplicate_reports import Witness, add_witnesses
from binhyen.cases.tests.scene import browser, url
from binhyen.channels.models import Message
from binhyen.intake import incident_matching
from binhyen.intake.decision import Do
from binhyen.intake.incident_matching import Fresh, Wave
from binhyen.intake.model_cache import reader
from binhyen.intake.tests.telling import Person, group_of, people, person, say
from binhyen.intake.tests.web import link, tell
from binhyen.kit import clock
from binhyen.kit.ids import show_code
from binhyen.kit.text import fold
from binhyen.language.dedup import shipped
from binhyen.language.distinctive_ids import tells_one

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
FIRE = "Cháy nhà ở TDP Phú Mậu xã Lộc Hà, cháy to lắm"
FIRE_TOO = "Cháy to quá ở tdp phú mậu lộc hà công an ơi"
SECRET = "Thằng Tý ở TDP Phú Mậu xã Lộc Hà bán ma túy ở nhà"


def report(text: str, *, category: str = "", **more: Any) -> Fresh:
    """Build a report from commune 18568, unit 9, by default; its category as the classifier returns it."""
    reading = reader().understand(text)
    point = more.pop("point", None)
    base = Incident(
        case_id=0, category=category or reading.category, urgency=reading.urgency, sensitive=False, complaint=False,
        unit_id=9, commune_id=1, at=AT, folded=fold(text),
        keys=frozenset(str(e.norm).lower() for e in reading.entities if tells_one(e)),
    )  # fmt: skip
    made = replace(base, **more)
    top = {category: 1.0} if category else dict(reading.top)
    return Fresh(made, lambda: telling(text, made.at, "18568", top, reading.entities, gazetteer(), point))


def joined(*reports: Fresh | None) -> list[tuple[int, str] | None]:
    """Return for each report which earlier one it joins, and why."""
    found = Wave(reports, [], shipped()).gather({})
    return [(m.position, m.why) if m and m.sure else None for m in found]


LATER = AT + dt.timedelta(minutes=5)
NOISE = "Nhà hàng xóm hát karaoke ồn quá ở TDP Phú Mậu"
CRASH = "Tai nạn ở ngã tư Bình Lộc, hai xe máy tông nhau"
PLATE = "Mất xe máy biển số 38N1-123.45 tối qua"


@pytest.mark.parametrize(
    ("one", "other", "more", "why"),
    [
        (FIRE, FIRE_TOO, {}, "words"),
        (FIRE, "cứu với đang cháy nhà dân tổ dân phố Phú Mậu, xã Lộc Hà", {}, "words"),
        (NOISE, "karaoke on ao qua o tdp phu mau, khuya roi ma khong cho ai ngu", {"urgency": 1}, "spot"),
        (CRASH, "tai nan nga tu binh loc, hai xe may dam nhau, co nguoi bi thuong", {}, "words"),
        (PLATE, "xe 38N1 12345 bi trom roi ai thay bao giup", {"category": "theft"}, "key"),
        # not joined
        (FIRE, FIRE_TOO, {"at": AT + dt.timedelta(hours=9)}, ""),
        (FIRE, FIRE_TOO, {"unit_id": 8}, ""),
        (FIRE, FIRE_TOO, {"commune_id": 2}, ""),
        (FIRE, FIRE_TOO, {"commune_id": None}, ""),
        (FIRE, FIRE_TOO, {"sensitive": True}, ""),
        (FIRE, FIRE_TOO, {"complaint": True}, ""),
        (FIRE, "Cháy rừng ở núi Hồng, khói mù mịt", {}, ""),  # a house and a wood
        (CRASH, "Đèn đường hỏng ở ngã tư Bình Lộc, tối om", {}, ""),
        (NOISE, "Mùi hôi trại lợn ở thôn Đông bay khắp làng", {}, ""),
        (NOISE, NOISE, {"at": AT + dt.timedelta(days=9)}, ""),
        ("Mất trộm chó ở TDP Phú Mậu đêm qua", "Mất trộm xe đạp ở TDP Phú Mậu đêm qua", {"category": "theft"}, ""),
        ("Mất trộm chó ở TDP Phú Mậu đêm qua",) * 2 + ({"category": "theft"}, ""),  # two victims
        ("Mất ví ở chợ Lộc Hà",) * 2 + ({"category": "lost_item"}, ""),
        ("Công an xã thái độ hách dịch",) * 2 + ({"category": "officer_complaint"}, ""),
    ],
)  # fmt: skip
def test_same_incident(one: str, other: str, more: dict[str, Any], why: str) -> None:
    category = more.get("category", "")
    first, second = report(one, category=category), report(other, **({"at": LATER} | more))
    assert joined(first, second) == [None, (0, why) if why else None]


def test_points_that_came_along_decide() -> None:
    here, beside, far = (18.44, 105.9), (18.4405, 105.9), (18.47, 105.9)
    said = ("Cháy to quá", "Cháy rồi, lửa lớn lắm")
    assert joined(report(said[0], point=here), report(said[1], at=LATER, point=beside)) == [None, (0, "point")]
    assert joined(report(FIRE, point=here), report(FIRE_TOO, at=LATER, point=far)) == [None, None]


def test_danger_that_all_see_joins_though_somebody_is_named() -> None:
    fight = "Thằng Tý cầm dao chém người ở chợ Bình Lộc, cứu với"
    urgent = {"category": "violence", "sensitive": True}
    other = "cho binh loc thang ty dang cam dao chem nguoi"
    assert joined(report(fight, **urgent, urgency=3), report(other, **urgent, urgency=3, at=LATER))[1]
    assert joined(report(fight, **urgent, urgency=2), report(other, **urgent, urgency=2, at=LATER)) == [None, None]
    assert joined(report(fight, **urgent, urgency=3), report(other, category="violence", at=LATER)) == [None, None]


def test_in_one_wave_the_second_joins_the_first() -> None:
    apart = report("Cháy rừng ở núi Hồng, khói mù mịt")
    assert joined(None, report(FIRE), apart, report(FIRE_TOO)) == [None, None, None, (1, "words")]


def test_one_report_is_compared_with_a_handful_however_many_are_open() -> None:
    read: list[int] = []
    shared = [replace(report(FIRE).incident, case_id=n, folded=f"chay nha o thon {n}") for n in range(500)]
    likely = replace(report(FIRE).incident, case_id=777, folded=fold(FIRE))
    wave = Wave([report(FIRE_TOO)], [*shared, likely], shipped())
    read.extend(wave.wanted())
    assert 777 in read and len(read) <= 4


def _one_case_of(*tellers: Person) -> Case:
    cases = {t.case().pk for t in tellers}
    assert len(cases) == 1
    return tellers[0].case()


def test_each_hears_the_same_as_if_alone_and_all_hear_the_end(officer: Any) -> None:
    first, second, third = people(3)
    say((first, FIRE), (second, FIRE_TOO))
    (result,) = say((third, "cứu với đang cháy nhà dân tổ dân phố Phú Mậu, xã Lộc Hà"))
    assert result.decision.do is Do.JOIN
    case = _one_case_of(first, second, third)
    assert (Case.objects.count(), case.reports.count(), case.case_messages.count()) == (1, 3, 3)
    assert first.heard() == second.heard() == third.heard(), "no reporter can tell that they were not the first"
    assert len(first.heard()) == 1 and show_code(case.code) in first.heard()[0]
    assert case.events.filter(verb="witnessed").count() == 2
    assert list(case.events.order_by("id").values_list("version", flat=True)) == [1, 2, 3]
    assert not CaseMessage.objects.exclude(message__in_case=True).exists()
    say((third, "Lửa lan sang nhà bên rồi"))  # a further message of a duplicate reporter
    assert case.case_messages.count() == 4
    duty = officer()
    closing.close(code=case.code, officer=duty, outcome=Outcome.HANDLED_ON_SITE, result="Đã dập tắt đám cháy.",
                  evidence="Biên bản", version=None, now=clock.now())  # fmt: skip
    assert all(any("Đã dập tắt" in t for t in p.heard("RESULT")) for p in (first, second, third))
    page = browser(duty).get(url(case)).content.decode()
    assert "và 2 người khác cùng báo" in page and "cùng xã, cùng lúc" in page


def test_a_more_urgent_witness_makes_the_case_ring(officer: Any) -> None:
    first, second, third = people(3)
    say((first, FIRE_TOO))
    case, duty = first.case(), officer()
    Case.objects.filter(pk=case.pk).update(urgency=2)  # an officer lowered the urgency
    Alarm.objects.filter(case=case).delete()
    officer_actions.acknowledge(code=case.code, officer=duty, now=clock.now())
    say((second, FIRE))
    case = _one_case_of(first, second)
    assert (case.urgency, case.acknowledged_at) == (3, None)
    assert Alarm.objects.get(case=case).stage == 0
    officer_actions.acknowledge(code=case.code, officer=duty, now=clock.now())
    say((third, FIRE))
    assert third.case().acknowledged_at is not None, "it was already urgent: one alarm is enough"


def test_danger_that_may_be_of_another_incident_rings_anew(officer: Any) -> None:
    first, second, third = people(3)
    say((first, FIRE))
    officer_actions.acknowledge(code=first.case().code, officer=officer(), now=clock.now())
    say((second, FIRE))  # the same text: no doubt
    assert _one_case_of(first, second).acknowledged_at is not None
    case = first.case()
    doubtful = Witness(case.pk, _message(third).pk, third.reporter, third.conversation, "lua", "", 3, "words")
    add_witnesses([doubtful], ladder=ladder(), now=clock.now())
    assert first.case().acknowledged_at is None and Alarm.objects.get(case=case).stage == 0


def _message(who: Person) -> Message:
    (result,) = say((who, "ok"))
    return result.message


def test_the_web_form_joins_too_and_each_has_a_page_of_their_own(client: Any) -> None:
    pages = [link(tell(client, text=text)) for text in (FIRE, FIRE_TOO)]
    assert Case.objects.count() == 1 and Report.objects.exclude(link_hash=None).count() == 2
    mine, other = (client.get(f"/theo-doi/{p}").content.decode() for p in pages)
    assert FIRE in mine and FIRE_TOO not in mine
    assert FIRE_TOO in other and FIRE not in other


def test_in_a_group_a_witness_joins_and_hears_nothing_of_others(unit: Any, now: dt.datetime) -> None:
    first, second = people(2)
    say((first, FIRE))
    say((second, FIRE_TOO), group=group_of(unit("18568"), now))
    assert _one_case_of(first, second).reports.count() == 2
    assert second.heard() == []


def test_in_a_group_further_words_of_the_same_person_stay_with_their_case(unit: Any, now: dt.datetime) -> None:
    group, first = group_of(unit("18568"), now), person()
    say((first, "Mất trộm xe đạp ở chợ sáng nay bà con ơi"), group=group)
    say((first, "Trộm xe đạp mặc áo đỏ, ai thấy báo công an"), group=group)
    assert (Case.objects.count(), first.case().case_messages.count()) == (1, 2)
    told_in_private = person()
    say((told_in_private, "Mất trộm xe đạp ở chợ xã Lộc Hà sáng nay"))
    say((told_in_private, "Trộm xe đạp mặc áo đỏ, ai thấy báo công an"), group=group)
    assert Case.objects.filter(reports__reporter=told_in_private.reporter).count() == 2, "private content stays private"


@pytest.mark.parametrize(
    ("told", "then"),
    [
        (SECRET, SECRET),
        ("Anh công an xã Lộc Hà thái độ hách dịch, đòi tiền khi tôi làm giấy tờ",) * 2,
        ("Tôi đánh rơi ví da nâu ở TDP Phú Mậu xã Lộc Hà chiều qua",) * 2,
        (FIRE, "Cháy rừng ở thôn Nam Sơn xã Thạch Hà"),
        ("Đèn đường hỏng ở TDP Phú Mậu xã Lộc Hà, tối om", "Tai nạn hai xe máy tông nhau ở TDP Phú Mậu xã Lộc Hà"),
    ],
)
def test_kept_apart(told: str, then: str) -> None:
    first, second = people(2)
    say((first, told))
    say((second, then))
    assert first.case().pk != second.case().pk
    assert not Case.objects.filter(events__verb="witnessed").exists()


def test_too_late_or_closed_is_a_new_case(officer: Any, now: dt.datetime) -> None:
    first, second, third = people(3)
    say((first, FIRE), at=now - dt.timedelta(hours=9))
    say((second, FIRE_TOO), at=now)
    assert first.case().pk != second.case().pk
    closing.close(code=second.case().code, officer=officer(), outcome=Outcome.UNFOUNDED, result="Không có cháy.",
                  version=None, now=now)  # fmt: skip
    say((third, FIRE_TOO), at=now)
    assert third.case().pk not in (first.case().pk, second.case().pk)


def test_the_officer_undoes_it(officer: Any) -> None:
    first, second = people(2)
    say((first, FIRE), (second, FIRE_TOO))
    case, duty = _one_case_of(first, second), officer()
    browser_ = browser(duty)
    wrong = CaseMessage.objects.get(case=case, message__reporter=second.reporter).message
    page = browser_.get(url(case)).content.decode()
    assert page.count("Tách thành vụ riêng") == 2
    answer = browser_.post(url(case, "tach-rieng"), {"version": case.version, "tin": str(wrong.public_id)})
    own = second.case()
    assert answer.status_code == 303 and own.pk != case.pk
    assert (own.category, own.unit, own.place, own.urgency) == ("fire", case.unit, case.place, 3)
    assert (case.reports.count(), own.reports.count()) == (1, 1)
    assert second.heard()[-1].startswith(f"Tin của bạn nay có số tin {show_code(own.code)}")
    officer_actions.answer(code=case.code, officer=duty, text="Xe cứu hỏa đang đến.", version=None, now=clock.now())
    assert not any("Xe cứu hỏa" in t for t in second.heard())
    assert any("Xe cứu hỏa" in t for t in first.heard())
    say((second, "Lửa lan sang nhà bên rồi"))
    assert own.case_messages.count() == 2
    linking.merge(code=own.code, into=case.code, officer=duty, version=None, now=clock.now())  # and undo of the undo


def test_who_told_first_takes_their_words_along(officer: Any) -> None:
    first, second = people(2)
    say((first, FIRE), (second, FIRE_TOO))
    case, duty = _one_case_of(first, second), officer()
    mine = CaseMessage.objects.get(case=case, message__reporter=first.reporter).message
    browser(duty).post(url(case, "tach-rieng"), {"version": case.version, "tin": str(mine.public_id)})
    case.refresh_from_db()
    rest = CaseMessage.objects.get(case=case, detached_at=None).message
    assert case.snippet == rest.text[:160] != mine.text[:160] == first.case().snippet
    assert rest.folded in case.folded and mine.folded not in case.folded, "nor does a search find it there"
    assert "'ơi'" in case.marked and "'lắm'" in mine.marked and "'lắm'" not in case.marked


def test_what_one_person_told_cannot_be_split_nor_by_a_stranger(officer: Any) -> None:
    first, second = people(2)
    say((first, FIRE))
    case, duty = first.case(), officer()
    message = str(CaseMessage.objects.get(case=case).message.public_id)
    common = {"code": case.code, "message_id": message, "version": None, "now": clock.now()}
    with pytest.raises(NotAllowed):
        splitting.split(officer=duty, ladder=None, **common)  # type: ignore[arg-type]
    say((second, FIRE_TOO))
    stranger = officer("OFFICER", "18073")
    assert browser(stranger).post(url(case, "tach-rieng"), {"version": 2, "tin": message}).status_code == 404
    assert Case.objects.count() == 1


def test_looking_costs_one_statement_a_wave_whatever_its_size() -> None:
    texts = [f"Cháy nhà ở thôn {n} xã Thạch Hà" for n in range(30)]
    person()

    def statements(count: int) -> list[str]:
        told = list(zip(people(count), texts[:count], strict=True))
        with CaptureQueriesContext(connection) as seen:
            say(*told)
        return [q["sql"] for q in seen.captured_queries]

    statements(1)
    few, many = statements(2), statements(30)
    looks = [s for s in many if "c.folded" in s and "LATERAL" in s]
    assert len(looks) == 1
    assert len(many) <= len(few) + 6  # joining is done in bulk too


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Đốt rác khét lẹt cạnh quán bà Hoa xã Lộc Hà", "Cháy nhà ở TDP Phú Mậu xã Lộc Hà, lửa to lắm"),
        ("Xe tải đỗ qua đêm chắn đường khu dân cư", "Hàng quán lấn chiếm vỉa hè trên đường ven biển"),
        ("Có cháu gái tóc ngắn mặc áo hồng đi lạc", "Cháu gái 15 tuổi đi sinh nhật bạn từ hôm qua chưa về"),
    ],
)
def test_of_one_kind_in_one_commune_at_once_is_not_yet_one_incident(one: str, other: str) -> None:
    assert joined(report(one), report(other, at=LATER)) == [None, None]


RUBBISH = "Hàng xóm đốt rác khói mù mịt ở thôn Trung Hòa xã Lộc Hà, trẻ con ho suốt"


@pytest.mark.parametrize(
    ("calm", "category", "then"),
    [
        (RUBBISH, "environment_noise", "Cháy nhà ở thôn Trung Hòa xã Lộc Hà, có người mắc kẹt trong nhà"),
        (RUBBISH, "fire", "Cháy nhà ở thôn Trung Hòa xã Lộc Hà, có người mắc kẹt trong nhà"),
        (RUBBISH, "environment_noise", "Có người lạ chui vào vườn nhà em ở thôn Trung Hòa"),
        ("Chó thả rông ở TDP Phú Mậu cắn trẻ con", "", "There are two men fighting with knives near Phu Mau market"),
        (FIRE, "", "Hai nhóm cầm dao chém nhau ở TDP Phú Mậu xã Lộc Hà, cứu với"),
    ],
)
def test_danger_is_never_lost_in_another_matter_of_the_same_place(
    calm: str, category: str, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = report(calm, category=category), report(then, at=LATER)
    assert joined(first, second) == [None, None]
    assert Wave([second], [replace(first.incident, case_id=7)], shipped()).wanted() == set(), "it is not even read"
    monkeypatch.setattr(incident_matching, "by_words", incident_matching.comparable)
    assert Wave([second], [replace(first.incident, case_id=7)], shipped()).wanted() == {7}, "the control"


def test_a_number_in_common_is_one_incident_whatever_each_called_it() -> None:
    crash = report("Xe tải 38C-221.10 tông xe máy ở ngã tư Bình Lộc")
    fire = report("Xe tải biển 38C 22110 đang cháy ở ngã tư Bình Lộc, cứu với", at=LATER, category="fire", urgency=3)
    assert joined(crash, fire) == [None, (0, "key")]


def test_a_bad_crash_joins_what_was_first_told_calmly() -> None:
    calm = report("Xe tải tông xe máy ở ngã tư Bình Lộc, tắc đường dài", urgency=1)
    assert joined(calm, report("Tai nạn ngã tư Bình Lộc, xe tải cán xe máy, có người chết", at=LATER, urgency=3))[1]


def test_who_thanks_us_for_their_case_is_not_greeted_as_a_newcomer(officer: Any, now: dt.datetime) -> None:
    teller, stranger = person(), person()
    say((teller, "Quán karaoke ở thị trấn Lộc Hà mở loa quá 11 giờ đêm, không ngủ được"), at=now)
    case = teller.case()
    closing.close(
        code=case.code, officer=officer("OFFICER", "18568"), outcome=Outcome.RESOLVED, result="Đã cam kết tắt loa",
        evidence="Bản cam kết", version=None, now=now,
    )  # fmt: skip
    told = len(teller.heard())
    say((teller, "Cảm ơn các anh công an nhiều"), (stranger, "Cảm ơn các anh công an nhiều"), at=now)
    assert len(teller.heard()) == told
    assert len(stranger.heard()) == 1, "the control: a new reporter gets the introduction"
    assert Case.objects.count() == 1


ACCUSES = "Xe tải 38C-555.66 đổ trộm rác thải ra bờ đê xã Lộc Hà"
ASKS = "Xe tải 38C-555.66 chạy ầm ầm ở xã Lộc Hà ai thấy không"


@pytest.mark.django_db
def test_who_names_the_number_of_the_accused_does_not_hear_the_plan(officer: Any, now: dt.datetime) -> None:
    """The sender may be the accused, asking: a number only offers the other case, and an officer decides."""
    teller, other = people(2)
    say((teller, ACCUSES), at=now)
    say((other, ASKS), at=now + dt.timedelta(minutes=9))
    case = teller.case()
    officer_actions.answer(code=case.code, officer=officer(), text="Tối nay chốt ở bờ đê.", version=None, now=now)
    assert any("chốt ở" in told for told in teller.heard()) and not any("chốt ở" in told for told in other.heard())
    assert other.case().pk != case.pk


@pytest.mark.django_db
def test_control_joined_by_the_number_alone_they_hear_it(
    officer: Any, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incident_matching, "_openly", lambda *_: True)
    with pytest.raises(AssertionError):
        test_who_names_the_number_of_the_accused_does_not_hear_the_plan(officer, now)


@pytest.mark.parametrize(("said", "openly"), [("thang kinh chu xe cho go lau", False), ("xe lat ngang duong", True)])
def test_a_number_in_an_accusation_only_offers(said: str, openly: bool) -> None:
    told = replace(report(CRASH).told(), said=said)
    one = replace(report(CRASH).incident, category="traffic", urgency=1)
    assert incident_matching._openly(one, one, [told]) is openly
