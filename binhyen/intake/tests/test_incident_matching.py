"""Many reports of one incident: one case, each reporter gets the same replies as a single one; doubtful, confidential
or old reports stay separate."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from binhyen.areas.queries import get_gazetteer
from binhyen.cases.choices import Outcome
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.incident_features import Incident
from binhyen.cases.models import Alarm, Case, CaseMessage, Report
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import closing, linking, officer_actions, splitting
from binhyen.cases.services.follow_ups import DuplicateReport, add_duplicate_reports
from binhyen.cases.tests.scene import build_case_url, sign_in_browser
from binhyen.channels.models import Message
from binhyen.intake import incident_matching
from binhyen.intake.decision import Action
from binhyen.intake.incident_matching import BatchMatcher, NewReport
from binhyen.intake.model_cache import get_text_reader
from binhyen.intake.tests.chat_reports import ChatPerson, create_group, create_people, create_person, run_pipeline
from binhyen.intake.tests.web import parse_status_token, submit_report
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.kit.text import fold_text
from binhyen.language.dedup.judgement import extract_features
from binhyen.language.dedup.pair_model import shipped_pair_model
from binhyen.language.distinctive_ids import is_distinctive

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
FIRE = "Cháy nhà ở TDP Phú Mậu xã Lộc Hà, cháy to lắm"
FIRE_TOO = "Cháy to quá ở tdp phú mậu lộc hà công an ơi"
SECRET = "Thằng Tý ở TDP Phú Mậu xã Lộc Hà bán ma túy ở nhà"


def build_report(text: str, *, category: str = "", **more: Any) -> NewReport:
    """Build a report from commune 18568, unit 9, by default; its category as the classifier returns it."""
    reading = get_text_reader().understand(text)
    point = more.pop("point", None)
    base = Incident(
        case_id=0,
        category=category or reading.category,
        urgency=reading.urgency,
        sensitive=False,
        is_complaint=False,
        unit_id=9,
        commune_id=1,
        at=AT,
        folded=fold_text(text),
        keys=frozenset(str(e.norm).lower() for e in reading.entities if is_distinctive(e)),
    )
    made = replace(base, **more)
    top = {category: 1.0} if category else dict(reading.top)
    return NewReport(
        made, lambda: extract_features(text, made.at, "18568", top, reading.entities, get_gazetteer(), point)
    )


def list_joins(*reports: NewReport | None) -> list[tuple[int, str] | None]:
    """Return for each report which earlier one it joins, and why."""
    gathered = BatchMatcher(reports, [], shipped_pair_model()).match_all({})
    return [(m.position, m.why) if m and m.sure else None for m in gathered]


LATER = AT + dt.timedelta(minutes=5)
NOISE = "Nhà hàng xóm hát karaoke ồn quá ở TDP Phú Mậu"
CRASH = "Tai nạn ở ngã tư Bình Lộc, hai xe máy tông nhau"
PLATE = "Mất xe máy biển số 38N1-123.45 tối qua"


@pytest.mark.parametrize(
    ("left", "right", "more", "why"),
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
        (FIRE, FIRE_TOO, {"is_complaint": True}, ""),
        (FIRE, "Cháy rừng ở núi Hồng, khói mù mịt", {}, ""),  # a house and a wood
        (CRASH, "Đèn đường hỏng ở ngã tư Bình Lộc, tối om", {}, ""),
        (NOISE, "Mùi hôi trại lợn ở thôn Đông bay khắp làng", {}, ""),
        (NOISE, NOISE, {"at": AT + dt.timedelta(days=9)}, ""),
        ("Mất trộm chó ở TDP Phú Mậu đêm qua", "Mất trộm xe đạp ở TDP Phú Mậu đêm qua", {"category": "theft"}, ""),
        ("Mất trộm chó ở TDP Phú Mậu đêm qua",) * 2 + ({"category": "theft"}, ""),  # two victims
        ("Mất ví ở chợ Lộc Hà",) * 2 + ({"category": "lost_item"}, ""),
        ("Công an xã thái độ hách dịch",) * 2 + ({"category": "officer_complaint"}, ""),
    ],
)
def test_same_incident(left: str, right: str, more: dict[str, Any], why: str) -> None:
    category = more.get("category", "")
    first, second = build_report(left, category=category), build_report(right, **({"at": LATER} | more))
    assert list_joins(first, second) == [None, (0, why) if why else None]


def test_shared_locations_decide() -> None:
    here, beside, far = (18.44, 105.9), (18.4405, 105.9), (18.47, 105.9)
    texts = ("Cháy to quá", "Cháy rồi, lửa lớn lắm")
    assert list_joins(build_report(texts[0], point=here), build_report(texts[1], at=LATER, point=beside)) == [
        None,
        (0, "point"),
    ]
    assert list_joins(build_report(FIRE, point=here), build_report(FIRE_TOO, at=LATER, point=far)) == [None, None]


def test_public_danger_joins_though_a_person_is_named() -> None:
    fight = "Thằng Tý cầm dao chém người ở chợ Bình Lộc, cứu với"
    urgent = {"category": "violence", "sensitive": True}
    other = "cho binh loc thang ty dang cam dao chem nguoi"
    assert list_joins(build_report(fight, **urgent, urgency=3), build_report(other, **urgent, urgency=3, at=LATER))[1]
    assert list_joins(build_report(fight, **urgent, urgency=2), build_report(other, **urgent, urgency=2, at=LATER)) == [
        None,
        None,
    ]
    assert list_joins(build_report(fight, **urgent, urgency=3), build_report(other, category="violence", at=LATER)) == [
        None,
        None,
    ]


def test_in_one_batch_the_second_joins_the_first() -> None:
    apart = build_report("Cháy rừng ở núi Hồng, khói mù mịt")
    assert list_joins(None, build_report(FIRE), apart, build_report(FIRE_TOO)) == [None, None, None, (1, "words")]


def test_one_report_is_compared_with_few_however_many_are_open() -> None:
    read: list[int] = []
    shared = [replace(build_report(FIRE).incident, case_id=n, folded=f"chay nha o thon {n}") for n in range(500)]
    likely = replace(build_report(FIRE).incident, case_id=777, folded=fold_text(FIRE))
    wave = BatchMatcher([build_report(FIRE_TOO)], [*shared, likely], shipped_pair_model())
    read.extend(wave.list_candidates())
    assert 777 in read and len(read) <= 4


def _get_shared_case(*tellers: ChatPerson) -> Case:
    cases = {t.case().pk for t in tellers}
    assert len(cases) == 1
    return tellers[0].case()


def test_each_gets_the_same_replies_and_all_get_the_outcome(officer: Any) -> None:
    first, second, third = create_people(3)
    run_pipeline((first, FIRE), (second, FIRE_TOO))
    (result,) = run_pipeline((third, "cứu với đang cháy nhà dân tổ dân phố Phú Mậu, xã Lộc Hà"))
    assert result.decision.do is Action.JOIN
    case = _get_shared_case(first, second, third)
    assert (Case.objects.count(), case.reports.count(), case.case_messages.count()) == (1, 3, 3)
    assert first.list_received() == second.list_received() == third.list_received(), (
        "no reporter can tell that they were not the first"
    )
    assert len(first.list_received()) == 1 and format_code(case.code) in first.list_received()[0]
    assert case.events.filter(verb="witnessed").count() == 2
    assert list(case.events.order_by("id").values_list("version", flat=True)) == [1, 2, 3]
    assert not CaseMessage.objects.exclude(message__in_case=True).exists()
    run_pipeline((third, "Lửa lan sang nhà bên rồi"))  # a further message of a duplicate reporter
    assert case.case_messages.count() == 4
    duty = officer()
    closing.close_case(
        code=case.code,
        officer=duty,
        outcome=Outcome.HANDLED_ON_SITE,
        result="Đã dập tắt đám cháy.",
        evidence="Biên bản",
        version=None,
        now=clock.now(),
    )
    assert all(any("Đã dập tắt" in t for t in p.list_received("RESULT")) for p in (first, second, third))
    page = sign_in_browser(duty).get(build_case_url(case)).content.decode()
    assert "và 2 người khác cùng báo" in page and "cùng xã, cùng lúc" in page


def test_a_more_urgent_duplicate_makes_the_case_alarm(officer: Any) -> None:
    first, second, third = create_people(3)
    run_pipeline((first, FIRE_TOO))
    case, duty = first.case(), officer()
    Case.objects.filter(pk=case.pk).update(urgency=2)  # an officer lowered the urgency
    Alarm.objects.filter(case=case).delete()
    officer_actions.acknowledge_alarm(code=case.code, officer=duty, now=clock.now())
    run_pipeline((second, FIRE))
    case = _get_shared_case(first, second)
    assert (case.urgency, case.acknowledged_at) == (3, None)
    assert Alarm.objects.get(case=case).escalation_level == 0
    officer_actions.acknowledge_alarm(code=case.code, officer=duty, now=clock.now())
    run_pipeline((third, FIRE))
    assert third.case().acknowledged_at is not None, "it was already urgent: one alarm is enough"


def test_danger_of_a_possibly_different_incident_alarms_again(officer: Any) -> None:
    first, second, third = create_people(3)
    run_pipeline((first, FIRE))
    officer_actions.acknowledge_alarm(code=first.case().code, officer=officer(), now=clock.now())
    run_pipeline((second, FIRE))  # the same text: no doubt
    assert _get_shared_case(first, second).acknowledged_at is not None
    case = first.case()
    doubtful = DuplicateReport(
        case.pk, _get_message(third).pk, third.reporter, third.conversation, "lua", "", 3, "words"
    )
    add_duplicate_reports([doubtful], ladder=get_alarm_delays(), now=clock.now())
    assert first.case().acknowledged_at is None and Alarm.objects.get(case=case).escalation_level == 0


def _get_message(reporter: ChatPerson) -> Message:
    (result,) = run_pipeline((reporter, "ok"))
    return result.message


def test_the_web_form_joins_too_and_each_has_a_separate_page(client: Any) -> None:
    pages = [parse_status_token(submit_report(client, text=text)) for text in (FIRE, FIRE_TOO)]
    assert Case.objects.count() == 1 and Report.objects.exclude(link_hash=None).count() == 2
    own_page, other = (client.get(f"/theo-doi/{p}").content.decode() for p in pages)
    assert FIRE in own_page and FIRE_TOO not in own_page
    assert FIRE_TOO in other and FIRE not in other


def test_a_duplicate_reporter_in_a_group_joins_without_revealing_others(unit: Any, now: dt.datetime) -> None:
    first, second = create_people(2)
    run_pipeline((first, FIRE))
    run_pipeline((second, FIRE_TOO), group=create_group(unit("18568"), now))
    assert _get_shared_case(first, second).reports.count() == 2
    assert second.list_received() == []


def test_in_a_group_further_messages_of_a_person_stay_with_their_case(unit: Any, now: dt.datetime) -> None:
    group, first = create_group(unit("18568"), now), create_person()
    run_pipeline((first, "Mất trộm xe đạp ở chợ sáng nay bà con ơi"), group=group)
    run_pipeline((first, "Trộm xe đạp mặc áo đỏ, ai thấy báo công an"), group=group)
    assert (Case.objects.count(), first.case().case_messages.count()) == (1, 2)
    told_in_private = create_person()
    run_pipeline((told_in_private, "Mất trộm xe đạp ở chợ xã Lộc Hà sáng nay"))
    run_pipeline((told_in_private, "Trộm xe đạp mặc áo đỏ, ai thấy báo công an"), group=group)
    assert Case.objects.filter(reports__reporter=told_in_private.reporter).count() == 2, "private content stays private"


@pytest.mark.parametrize(
    ("first_text", "second_text"),
    [
        (SECRET, SECRET),
        ("Anh công an xã Lộc Hà thái độ hách dịch, đòi tiền khi tôi làm giấy tờ",) * 2,
        ("Tôi đánh rơi ví da nâu ở TDP Phú Mậu xã Lộc Hà chiều qua",) * 2,
        (FIRE, "Cháy rừng ở thôn Nam Sơn xã Thạch Hà"),
        ("Đèn đường hỏng ở TDP Phú Mậu xã Lộc Hà, tối om", "Tai nạn hai xe máy tông nhau ở TDP Phú Mậu xã Lộc Hà"),
    ],
)
def test_reports_not_joined(first_text: str, second_text: str) -> None:
    first, second = create_people(2)
    run_pipeline((first, first_text))
    run_pipeline((second, second_text))
    assert first.case().pk != second.case().pk
    assert not Case.objects.filter(events__verb="witnessed").exists()


def test_too_late_or_closed_is_a_new_case(officer: Any, now: dt.datetime) -> None:
    first, second, third = create_people(3)
    run_pipeline((first, FIRE), moment=now - dt.timedelta(hours=9))
    run_pipeline((second, FIRE_TOO), moment=now)
    assert first.case().pk != second.case().pk
    closing.close_case(
        code=second.case().code,
        officer=officer(),
        outcome=Outcome.UNFOUNDED,
        result="Không có cháy.",
        version=None,
        now=now,
    )
    run_pipeline((third, FIRE_TOO), moment=now)
    assert third.case().pk not in (first.case().pk, second.case().pk)


def test_the_officer_undoes_it(officer: Any) -> None:
    first, second = create_people(2)
    run_pipeline((first, FIRE), (second, FIRE_TOO))
    case, duty = _get_shared_case(first, second), officer()
    browser_ = sign_in_browser(duty)
    wrong = CaseMessage.objects.get(case=case, message__reporter=second.reporter).message
    page = browser_.get(build_case_url(case)).content.decode()
    assert page.count("Tách thành vụ riêng") == 2
    answer = browser_.post(build_case_url(case, "tach-rieng"), {"version": case.version, "tin": str(wrong.public_id)})
    private_case = second.case()
    assert answer.status_code == 303 and private_case.pk != case.pk
    assert (private_case.category, private_case.unit, private_case.place, private_case.urgency) == (
        "fire",
        case.unit,
        case.place,
        3,
    )
    assert (case.reports.count(), private_case.reports.count()) == (1, 1)
    assert second.list_received()[-1].startswith(f"Tin của bạn nay có số tin {format_code(private_case.code)}")
    officer_actions.answer_reporters(
        code=case.code, officer=duty, text="Xe cứu hỏa đang đến.", version=None, now=clock.now()
    )
    assert not any("Xe cứu hỏa" in t for t in second.list_received())
    assert any("Xe cứu hỏa" in t for t in first.list_received())
    run_pipeline((second, "Lửa lan sang nhà bên rồi"))
    assert private_case.case_messages.count() == 2
    linking.merge_cases(
        code=private_case.code, into=case.code, officer=duty, version=None, now=clock.now()
    )  # and undo of the undo


def test_the_first_reporter_takes_their_messages_along(officer: Any) -> None:
    first, second = create_people(2)
    run_pipeline((first, FIRE), (second, FIRE_TOO))
    case, duty = _get_shared_case(first, second), officer()
    own_message = CaseMessage.objects.get(case=case, message__reporter=first.reporter).message
    sign_in_browser(duty).post(
        build_case_url(case, "tach-rieng"), {"version": case.version, "tin": str(own_message.public_id)}
    )
    case.refresh_from_db()
    remaining_message = CaseMessage.objects.get(case=case, detached_at=None).message
    assert case.snippet == remaining_message.text[:160] != own_message.text[:160] == first.case().snippet
    assert remaining_message.search_text in case.search_text and own_message.search_text not in case.search_text, (
        "nor does a search find it there"
    )
    assert (
        "'ơi'" in case.search_accented
        and "'lắm'" in own_message.search_accented
        and "'lắm'" not in case.search_accented
    )


def test_messages_of_one_person_cannot_be_split(officer: Any) -> None:
    first, second = create_people(2)
    run_pipeline((first, FIRE))
    case, duty = first.case(), officer()
    message = str(CaseMessage.objects.get(case=case).message.public_id)
    common = {"code": case.code, "message_id": message, "version": None, "now": clock.now()}
    with pytest.raises(NotAllowed):
        splitting.split_case(officer=duty, ladder=None, **common)  # type: ignore[arg-type]
    run_pipeline((second, FIRE_TOO))
    stranger = officer("OFFICER", "18073")
    assert (
        sign_in_browser(stranger).post(build_case_url(case, "tach-rieng"), {"version": 2, "tin": message}).status_code
        == 404
    )
    assert Case.objects.count() == 1


def test_the_lookup_costs_one_statement_per_batch() -> None:
    texts = [f"Cháy nhà ở thôn {n} xã Thạch Hà" for n in range(30)]
    create_person()

    def count_statements(count: int) -> list[str]:
        reporters = list(zip(create_people(count), texts[:count], strict=True))
        with CaptureQueriesContext(connection) as captured_queries:
            run_pipeline(*reporters)
        return [q["sql"] for q in captured_queries.captured_queries]

    count_statements(1)
    few, many = count_statements(2), count_statements(30)
    looks = [s for s in many if "c.search_text" in s and "LATERAL" in s]
    assert len(looks) == 1
    assert len(many) <= len(few) + 6  # joining is done in bulk too


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Đốt rác khét lẹt cạnh quán bà Hoa xã Lộc Hà", "Cháy nhà ở TDP Phú Mậu xã Lộc Hà, lửa to lắm"),
        ("Xe tải đỗ qua đêm chắn đường khu dân cư", "Hàng quán lấn chiếm vỉa hè trên đường ven biển"),
        ("Có cháu gái tóc ngắn mặc áo hồng đi lạc", "Cháu gái 15 tuổi đi sinh nhật bạn từ hôm qua chưa về"),
    ],
)
def test_the_same_kind_in_one_commune_at_once_is_not_yet_one_incident(left: str, right: str) -> None:
    assert list_joins(build_report(left), build_report(right, at=LATER)) == [None, None]


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
def test_danger_is_never_lost_in_another_case_of_the_same_place(
    calm: str, category: str, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = build_report(calm, category=category), build_report(then, at=LATER)
    assert list_joins(first, second) == [None, None]
    assert (
        BatchMatcher([second], [replace(first.incident, case_id=7)], shipped_pair_model()).list_candidates() == set()
    ), "it is not even read"
    monkeypatch.setattr(incident_matching, "can_match_by_text", incident_matching.may_be_same)
    assert BatchMatcher([second], [replace(first.incident, case_id=7)], shipped_pair_model()).list_candidates() == {
        7
    }, "the control"


def test_a_common_number_is_one_incident_in_any_category() -> None:
    crash = build_report("Xe tải 38C-221.10 tông xe máy ở ngã tư Bình Lộc")
    fire = build_report(
        "Xe tải biển 38C 22110 đang cháy ở ngã tư Bình Lộc, cứu với", at=LATER, category="fire", urgency=3
    )
    assert list_joins(crash, fire) == [None, (0, "key")]


def test_a_bad_crash_joins_a_calm_first_report() -> None:
    calm = build_report("Xe tải tông xe máy ở ngã tư Bình Lộc, tắc đường dài", urgency=1)
    assert list_joins(
        calm, build_report("Tai nạn ngã tư Bình Lộc, xe tải cán xe máy, có người chết", at=LATER, urgency=3)
    )[1]


def test_thanks_for_a_case_get_no_newcomer_greeting(officer: Any, now: dt.datetime) -> None:
    teller, stranger = create_person(), create_person()
    run_pipeline((teller, "Quán karaoke ở thị trấn Lộc Hà mở loa quá 11 giờ đêm, không ngủ được"), moment=now)
    case = teller.case()
    closing.close_case(
        code=case.code,
        officer=officer("OFFICER", "18568"),
        outcome=Outcome.RESOLVED,
        result="Đã cam kết tắt loa",
        evidence="Bản cam kết",
        version=None,
        now=now,
    )
    message_count = len(teller.list_received())
    run_pipeline((teller, "Cảm ơn các anh công an nhiều"), (stranger, "Cảm ơn các anh công an nhiều"), moment=now)
    assert len(teller.list_received()) == message_count
    assert len(stranger.list_received()) == 1, "the control: a new reporter gets the introduction"
    assert Case.objects.count() == 1


ACCUSES = "Xe tải 38C-555.66 đổ trộm rác thải ra bờ đê xã Lộc Hà"
ASKS = "Xe tải 38C-555.66 chạy ầm ầm ở xã Lộc Hà ai thấy không"


@pytest.mark.django_db
def test_naming_the_number_of_the_accused_reveals_no_plan(officer: Any, now: dt.datetime) -> None:
    """The sender may be the accused, asking: a number only offers the other case, and an officer decides."""
    teller, other = create_people(2)
    run_pipeline((teller, ACCUSES), moment=now)
    run_pipeline((other, ASKS), moment=now + dt.timedelta(minutes=9))
    case = teller.case()
    officer_actions.answer_reporters(
        code=case.code, officer=officer(), text="Tối nay chốt ở bờ đê.", version=None, now=now
    )
    assert any("chốt ở" in report_text for report_text in teller.list_received()) and not any(
        "chốt ở" in report_text for report_text in other.list_received()
    )
    assert other.case().pk != case.pk


@pytest.mark.django_db
def test_control_joined_by_number_alone_they_read_it(
    officer: Any, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incident_matching, "_may_share_replies", lambda *_: True)
    with pytest.raises(AssertionError):
        test_naming_the_number_of_the_accused_reveals_no_plan(officer, now)


@pytest.mark.parametrize(("text", "openly"), [("thang kinh chu xe cho go lau", False), ("xe lat ngang duong", True)])
def test_a_number_in_an_accusation_only_offers(text: str, openly: bool) -> None:
    features = replace(build_report(CRASH).build_features(), text=text)
    left = replace(build_report(CRASH).incident, category="traffic", urgency=1)
    assert incident_matching._may_share_replies(left, left, [features]) is openly
