"""The case page for every role: shown and hidden parts."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.areas.models import AreaVersion
from binhyen.cases.choices import Grade, Lane, Outcome, State
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import CaseMessage, Report
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import closing, linking, officer_actions
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.unit_of_work import CITIZEN_ACTOR
from binhyen.cases.tests.scene import (
    HTMX,
    WORDS,
    build_case_url,
    create_message,
    open_case,
    reload_case,
    sign_in_browser,
)
from binhyen.cases.views.case_context import build_reply_window
from binhyen.channels.models import Channel, Group, Message, Outgoing
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.vault.models import Identity
from binhyen.vault.pseudonyms import format_case_scope, format_pseudonym
from binhyen.vault.services import seal_identity

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


def open_case_page(officer: Any, case: Any, **headers: str) -> str:
    response = sign_in_browser(officer).get(build_case_url(case), **headers)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_access_by_role(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    for person in (officer(), officer("CHIEF"), officer("PROVINCE_DUTY", "42"), officer("PROVINCE_STAFF", "42")):
        assert WORDS in open_case_page(person, case)
    for person in (officer("OFFICER", "18073"), officer("CHIEF", "18073"), officer("VILLAGE_TEAM")):
        assert sign_in_browser(person).get(build_case_url(case)).status_code == 404
    assert sign_in_browser(officer("OPERATOR", "42")).get(build_case_url(case)).status_code == 403
    assert sign_in_browser(None).get(build_case_url(case)).status_code == 302


def test_messages_of_one_moment_are_in_writing_order(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    talk, now = case.case_messages.get().message.conversation, case.opened_at
    fields = {"channel": talk.channel, "conversation": talk, "case": case, "created_at": now, "due_at": now}
    rows = [Outgoing.objects.create(key=f"o{n}", text=f"Thư thứ {n}", **fields) for n in (1, 2, 3)]
    for row in (rows[1], rows[0]):  # like the outbox: an updated row moves behind the others
        Outgoing.objects.filter(pk=row.pk).update(state=Outgoing.State.SENT)
    shown = open_case_page(officer(), case)
    assert re.findall(r"Thư thứ (\d)", shown) == ["1", "2", "3"]


def test_forbidden_and_unknown_cases_look_alike(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    stranger = sign_in_browser(officer("OFFICER", "18073"))
    foreign, unknown = stranger.get(build_case_url(case)), stranger.get("/vu-viec/ZZZZ-ZZZZ")
    assert foreign.status_code == unknown.status_code == 404
    assert strip_page(foreign) == strip_page(unknown)
    for path in ("nhan-viec", "ghi-chu", "khong-co-viec-nay"):
        assert stranger.post(build_case_url(case, path), {"version": "1", "text": "x"}).status_code == 404


def strip_page(response: Any) -> str:
    """Return the page without its URL and without the parts that differ at each load."""
    return re.sub(r"[A-Za-z0-9]{64}", "", response.content.decode())


def test_the_code_as_people_type_it(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    client = sign_in_browser(officer())
    for typed in (case.code, case.code.lower(), format_code(case.code)):
        assert client.get(f"/vu-viec/{typed}").status_code == 200
    assert client.get("/vu-viec/%00").status_code == 404
    assert client.get("/vu-viec/" + "A" * 3000).status_code == 404


def test_the_reporter_is_a_pseudonym(officer: Make, unit: Make, now: dt.datetime) -> None:
    case = open_case(unit("18568"))
    report = case.reports.select_related("reporter").get()
    seal_identity(reporter_id=report.reporter_id, field=Identity.Field.NAME, value="Trần Thị Bí Mật", now=now)
    seal_identity(reporter_id=report.reporter_id, field=Identity.Field.PHONE, value="0912345678", now=now)
    shown = open_case_page(officer(), case)
    assert format_pseudonym(report.reporter, format_case_scope(case.code)) in shown
    assert "Bí Mật" not in shown
    assert "0912345678" not in shown


def test_understanding_clocks_timeline_and_sensitive_mark(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"), sensitive=True)
    shown = open_case_page(officer(), case)
    assert "94 %" not in shown, "the score is not calibrated"
    for words in ("có «cầm dao»", "2.000.000", "Kiểm tra sơ bộ, chuyển điều tra", "Mở vụ việc", "Nhạy cảm"):
        assert words in shown, words


def test_the_only_message_of_a_case_cannot_be_detached_on_the_page(officer: Make, unit: Make, now: dt.datetime) -> None:
    me, case = officer(), open_case(unit("18568"))
    assert "Tách tin này ra" not in open_case_page(me, case)
    with pytest.raises(NotAllowed):
        only = str(case.case_messages.get().message.public_id)
        linking.detach_message(code=case.code, message_id=only, officer=me, version=None, now=now)
    more = create_message(case.unit, text="Bọn nó vẫn còn ở đấy", is_held=True)
    CaseMessage.objects.create(case=case, message=more, attached_at=now, attached_by="t")
    assert open_case_page(me, case).count("Tách tin này ra") == 2


def create_sealed_tip(unit: Make) -> Any:
    opening = NewCase(
        kind="sealed_tip",
        lane=Lane.REFLECTION,
        category="drugs_gambling",
        urgency=1,
        sensitive=True,
        title="Tin kín",
        unit_id=unit("42").pk,
        actor=CITIZEN_ACTOR,
    )
    return create_cases([opening], ladder=get_alarm_delays(), now=clock.now())[0]


def test_a_sealed_tip_shows_where_its_text_is_read(officer: Make, unit: Make) -> None:
    tip = create_sealed_tip(unit)
    duty, staff = officer("PROVINCE_DUTY", "42"), officer("PROVINCE_STAFF", "42")
    way = '<a href="/giu-kin/tin">đọc ở Giữ kín</a>'
    for person, words, leads in ((duty, way, True), (staff, "Chỉ trực ban tỉnh đọc được", False)):
        shown = open_case_page(person, tip)
        assert words in shown and (way in shown) is leads
        assert "Chưa có tin nhắn nào" not in shown and "Không rõ" not in shown and "Người báo tin kín" in shown
    assert "Lời đã niêm phong" not in open_case_page(duty, open_case(unit("18568")))
    assert sign_in_browser(officer()).get(build_case_url(tip)).status_code == 404


JUDGES = {"ket-thuc", "danh-gia", "phan-loai"}


def test_only_key_holders_close_a_sealed_tip(officer: Make, unit: Make) -> None:
    """An officer of the province's unit who never gets the key sees that the case exists and works on it, no more."""
    tip = create_sealed_tip(unit)
    duty, mate, staff = officer("PROVINCE_DUTY", "42"), officer("OFFICER", "42"), officer("PROVINCE_STAFF", "42")
    paths = JUDGES | {"ghi-chu", "nhan-viec"}
    offered = {
        user.role: {p for p in paths if f"{format_code(tip.code)}/{p}" in open_case_page(user, tip)}
        for user in (duty, mate)
    }
    assert offered["PROVINCE_DUTY"] >= {"ket-thuc", "nhan-viec"} and offered["OFFICER"] == {"ghi-chu", "nhan-viec"}
    for user in (duty, staff, mate):
        assert "don-vi:" not in open_case_page(user, tip), (
            "it stays at the province: no unit is offered that would be rejected"
        )
    assert "/giao" not in open_case_page(staff, tip)
    sent = {
        "outcome": "RESOLVED",
        "answer": "Đã giải tán.",
        "evidence": "Biên bản số 12",
        "grade": "USEFUL",
        "category": "noise",
        "urgency": "1",
    }
    for path in sorted(JUDGES | {"mo-lai"}):
        refused = sign_in_browser(mate).post(
            build_case_url(tip, path), {"version": reload_case(tip).version, "reason": "Có tin mới", **sent}
        )
        assert refused.status_code == 422, path
    assert reload_case(tip).state != State.CLOSED and reload_case(tip).tip_value == Grade.NONE
    client = sign_in_browser(duty)
    done = client.post(build_case_url(tip, "ket-thuc"), {"version": reload_case(tip).version, **sent})
    assert done.status_code == 303 and reload_case(tip).state == State.CLOSED
    assert "đọc kết quả khi mở tin bằng mã nhận tin" in client.get(done["Location"]).content.decode()
    again = sign_in_browser(mate).post(
        build_case_url(tip, "mo-lai"), {"version": reload_case(tip).version, "reason": "Có tin mới"}
    )
    assert again.status_code == 422 and "mo-lai" not in open_case_page(mate, tip)


def test_actions_by_ability_and_state(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    paths = {"nhan-viec", "trang-thai", "giao", "ket-thuc", "tra-loi", "hoi-lai", "ghi-chu", "gop", "lien-ket"}
    offered = {p for p in paths if f"{format_code(case.code)}/{p}" in open_case_page(officer(), case)}
    assert offered == paths
    staff = {
        p for p in paths if f"{format_code(case.code)}/{p}" in open_case_page(officer("PROVINCE_STAFF", "42"), case)
    }
    assert staff == {"giao"}
    team, chief = officer("VILLAGE_TEAM"), officer("CHIEF")
    officer_actions.assign_case(code=case.code, officer=chief, to=team, version=1, now=case.opened_at)
    assert {p for p in paths if f"{format_code(case.code)}/{p}" in open_case_page(team, case)} == {"ghi-chu"}
    close_case(case, officer())
    closed = open_case_page(officer(), case)
    assert "Lý do mở lại" in closed
    assert "/ket-thuc" not in closed
    assert "Kết thúc với kết quả</summary>" not in closed


def close_case(case: Any, person: Any) -> None:
    closing.close_case(
        code=case.code,
        officer=person,
        outcome=Outcome.HANDLED_ON_SITE,
        result="Đã giải tán, lập biên bản.",
        evidence="Biên bản số 12",
        version=None,
        now=case.opened_at,
    )


def test_the_result_is_shown_on_the_page(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    person = officer()
    officer_actions.grade_tip(code=case.code, officer=person, grade=Grade.VALUABLE, version=None, now=case.opened_at)
    close_case(case, person)
    shown = open_case_page(person, case)
    for words in ("Đã xử lý tại chỗ", "Đã giải tán, lập biên bản.", "Biên bản số 12", "Tin có giá trị"):
        assert words in shown, words


def test_possible_assignees(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    mate, team = officer("OFFICER", name="Đồng nghiệp Một"), officer("VILLAGE_TEAM", name="Tổ trưởng Hai")
    stranger = officer("OFFICER", "18073", name="Người Xã Khác")
    chief = open_case_page(officer("CHIEF"), case)
    assert f"can-bo:{mate.public_id}" in chief
    assert f"can-bo:{team.public_id}" in chief
    assert str(stranger.public_id) not in chief
    assert f"don-vi:{unit('18073').code}" in chief
    officer_actions.assign_to_self(code=case.code, officer=mate, version=None, now=case.opened_at)
    assert "can-bo:" not in open_case_page(officer(), case)  # a plain officer cannot reassign a colleague's case


def test_similar_cases_only_those_the_officer_sees(officer: Make, unit: Make, now: dt.datetime) -> None:
    case = open_case(unit("18568"))
    near = open_case(unit("18568"), now=now - dt.timedelta(hours=2))
    old = open_case(unit("18568"), now=now - dt.timedelta(hours=30))
    other = open_case(unit("18568"), category="theft")
    foreign = open_case(unit("42"), commune_id=unit("18568").area_id)
    shown = open_case_page(officer(), case)
    assert format_code(near.code) in shown
    assert "cách nhau 1 giờ" in shown or "cách nhau 2 giờ" in shown
    for absent in (old, other, foreign):
        assert format_code(absent.code) not in shown
    assert format_code(foreign.code) in open_case_page(officer("PROVINCE_DUTY", "42"), case)


def test_merged_and_related_cases_lead_to_each_other(officer: Make, unit: Make) -> None:
    first, second, third = (open_case(unit("18568")) for _ in range(3))
    person = officer()
    linking.merge_cases(code=second.code, into=first.code, officer=person, version=None, now=first.opened_at)
    linking.link_cases(
        code=first.code, other=third.code, kind="RELATED", officer=person, version=None, now=first.opened_at
    )
    shown = open_case_page(person, first)
    assert f'action="/vu-viec/{format_code(second.code)}/tach"' in shown
    assert format_code(third.code) in shown
    assert shown.count(WORDS) >= 2  # the messages of the merged case are in the thread
    inside = open_case_page(person, second)
    assert format_code(first.code) in inside
    assert reload_case(second).state == State.MERGED


def test_an_alias_stays_the_same_after_a_merge(officer: Make, unit: Make) -> None:
    first, second = open_case(unit("18568")), open_case(unit("18568"))
    person, reporter = officer(), Report.objects.get(case=second).reporter
    alias = format_pseudonym(reporter, format_case_scope(second.code))
    assert alias in open_case_page(person, second)
    linking.merge_cases(code=second.code, into=first.code, officer=person, version=None, now=first.opened_at)
    page = open_case_page(person, first)
    assert alias in page and format_pseudonym(reporter, format_case_scope(first.code)) not in page
    officer_actions.answer_reporters(code=first.code, officer=person, text="Đã rõ", version=None, now=first.opened_at)
    page = open_case_page(person, first)
    assert page.count(alias) >= 2, "also as the recipient of the answer"
    assert f"[{format_code(first.code)}]" not in page.partition('id="thread"')[2].partition("</ol>")[0]


def test_a_case_from_a_group_says_how_its_author_is_answered(officer: Make, unit: Make, now: dt.datetime) -> None:
    case = open_case(unit("18568"))
    person = officer()
    assert "Người báo chỉ viết trong nhóm" not in open_case_page(person, case)
    group = Group.objects.create(
        channel=Channel.objects.get(kind="web"),
        unit=case.unit,
        area=case.unit.area,
        name="Bình yên Lộc Hà",
        level=Group.Level.COMMUNE,
        state=Group.State.OPEN,
        external_id="g9",
        opened_at=now,
    )
    Message.objects.update(group=group)
    Report.objects.update(conversation=None)
    page = open_case_page(person, case)
    assert "Người báo chỉ viết trong nhóm" in page and f"/nhom/{group.public_id}" in page
    assert "không gửi cho ai" in page, "the form of the outcome says so too"


def test_answers_show_whether_they_arrived(officer: Make, unit: Make) -> None:
    case = open_case(unit("18568"))
    person = officer()
    officer_actions.answer_reporters(
        code=case.code, officer=person, text="Công an đang tới.", version=None, now=case.opened_at
    )
    officer_actions.add_note(code=case.code, officer=person, text="Đã gọi tổ bảo vệ.", now=case.opened_at)
    shown = open_case_page(person, case)
    assert "Công an đang tới." in shown
    assert "Đã gửi" in shown
    assert "Đã gọi tổ bảo vệ." in shown
    case.outgoing.update(state="DEAD", reason="người nhận đã chặn")
    assert "Không gửi được: người nhận đã chặn" in open_case_page(person, case)


def test_every_answer_is_listed_with_its_recipients(officer: Make, unit: Make) -> None:
    case, person = open_case(unit("18568")), officer()
    for text in ("Công an đang tới.", "Công an đã tới.", "Công an đã tới."):
        officer_actions.answer_reporters(code=case.code, officer=person, text=text, version=None, now=case.opened_at)
    alone = open_case_page(person, case)
    assert (alone.count("Công an đang tới."), alone.count("Công an đã tới.")) == (1, 2)
    assert "tới Người báo" not in alone, "control: with one reporter no note is needed"
    second = create_message(unit("18568"))
    linking.attach_message(
        code=case.code, message_id=str(second.public_id), officer=person, version=None, now=case.opened_at
    )
    officer_actions.answer_reporters(
        code=case.code, officer=person, text="Cảm ơn mọi người.", version=None, now=case.opened_at
    )
    shown = open_case_page(person, case)
    assert shown.count("Cảm ơn mọi người.") == 1 and "tới 2 người: 2 đã gửi" in shown, "one message, shown once"
    folded = shown.partition("tới 2 người")[2].partition("</details>")[0]
    for reporter in (second.reporter, case.reports.order_by("id")[0].reporter):
        assert f"{format_pseudonym(reporter, format_case_scope(case.code))}: Đã gửi" in folded
    first = case.outgoing.filter(text__contains="Cảm ơn").order_by("pk")[0]
    first.state, first.reason = "DEAD", "người nhận đã chặn"
    first.save()
    told_of = open_case_page(person, case)
    assert "tới 2 người: 1 đã gửi, 1 không gửi được" in told_of and "Không gửi được: người nhận đã chặn" in told_of
    first.state = "HELD"
    first.save()
    assert open_case_page(person, case).count("data-held") == 1, "an open task is not collapsed"


def test_the_reply_window_of_zalo(unit: Make, now: dt.datetime) -> None:
    case = open_case(unit("18568"))
    report = case.reports.select_related("conversation__channel", "reporter").get()
    assert report.conversation is not None
    talk = report.conversation.pk
    assert "trang tra cứu" in (build_reply_window([report], {}, now=now) or {})["text"]
    report.conversation.channel = Channel(kind="zalo_oa", name="OA")
    for age, state, words in (
        (1, "ok", "Còn nhắn miễn phí qua Zalo OA được 47 giờ"),
        (44, "soon", "được 4 giờ"),
        (49, "soon", "tính phí"),
        (24 * 7, "over", "quá 7 ngày"),
    ):
        window = build_reply_window([report], {talk: now - dt.timedelta(hours=age)}, now=now) or {}
        assert (window["state"], words in window["text"]) == (state, True), window
    report.conversation_id = None
    report.conversation = None
    assert (build_reply_window([report], {}, now=now) or {})["state"] == "over"
    assert build_reply_window([], {}, now=now) is None


def test_htmx_gets_the_body_of_the_page(officer: Make, unit: Make) -> None:
    fragment = open_case_page(officer(), open_case(unit("18568")), **HTMX)
    assert fragment.lstrip().startswith('<div id="case"')


def test_a_case_without_a_reporter(officer: Make, unit: Make) -> None:
    message = create_message(unit("18568"))
    case = open_case(unit("18568"))
    case.reports.all().delete()
    case.case_messages.all().delete()
    shown = open_case_page(officer(), case)
    assert "Chưa có tin nhắn nào." in shown
    assert message.text not in shown


def test_the_place_in_the_names_of_today(officer: Make, unit: Make) -> None:
    person, commune = officer(), unit("18568").area_id
    village = AreaVersion.objects.filter(parent_id=commune, area__level=4).order_by("name").first()
    assert village is not None
    for fields, words in (
        ({"place": "gần chợ cũ"}, "gần chợ cũ, Xã Lộc Hà"),
        ({"place": "xa loc ha"}, "Xã Lộc Hà"),
        ({"place": ""}, "Xã Lộc Hà"),
        ({"place": "gần chợ cũ", "area_id": village.area_id}, f"{village.full_name}, Xã Lộc Hà"),
        ({"place": "gần chợ cũ", "area_id": village.area_id}, "Người báo viết: gần chợ cũ"),
        ({"place": "gần chợ cũ", "commune_id": None}, "gần chợ cũ"),
        ({"place": "", "commune_id": None}, "Chưa rõ địa điểm"),
    ):
        assert words in open_case_page(person, open_case(unit("18568"), **fields)), words
