"""One clarifying question where place or time is missing; the answer locates the case and routes it
to the right desk."""

import datetime as dt
import json
from hashlib import sha256
from typing import Any

import pytest

from binhyen.areas.queries import get_directory, get_gazetteer
from binhyen.cases.choices import Lane
from binhyen.cases.models import Alarm, Case, Clock
from binhyen.cases.rules import should_follow_place
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import build_case_url, sign_in_browser
from binhyen.channels.models import Channel, Conversation, Inbound, Outgoing
from binhyen.channels.retry_policy import format_inbound_context
from binhyen.intake.decision import Action, AutoReply, ItemDecision
from binhyen.intake.inbox_worker import drain_inbox
from binhyen.intake.interpret import build_question, resolve_answer
from binhyen.intake.tests.chat_reports import ChatPerson, create_group, create_person, run_pipeline
from binhyen.intake.tests.web import parse_status_token, submit_report
from binhyen.kit import clock
from binhyen.kit.ids import generate_token
from binhyen.kit.models import LiveEvent
from binhyen.language.places.resolve import resolve_place
from binhyen.language.reader import Reader
from binhyen.vault import group_keys
from binhyen.vault.models import Reporter

STOLEN = "Bác bị mất xe máy biển 38N1-123.45 tối qua"
FIRE = "Có cháy nhà cứu với"
OPENED = ItemDecision(Action.OPEN, "", AutoReply.RECEIVED)
db = pytest.mark.django_db


def _get_question(text: str, decision: ItemDecision = OPENED, *, located: bool = False) -> str | None:
    reader = Reader(get_gazetteer())
    reading = reader.understand(text)
    return build_question(
        decision, reading, resolve_place(reading.entities, reader.gazetteer), located=located, text=text
    )


@db
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (STOLEN, "Dạ, bác cho công an biết mất trộm ở thôn, xã nào ạ?"),
        (FIRE, "Dạ, anh/chị cho công an biết cháy ở thôn, xã nào ạ?"),
        ("co chay nha to lam", "Cho công an hỏi cháy ở thôn, xã nào?"),  # as short as real messages
        ("Tôi đánh rơi ví da nâu ở xã Lộc Hà", "Dạ, anh/chị cho công an biết mất khoảng lúc nào ạ?"),
        ("Cháy nhà ở TDP Phú Mậu xã Lộc Hà", None),  # nothing is missing
        ("Cho hỏi làm căn cước cần giấy tờ gì", None),  # the place changes nothing
    ],
)
def test_questions_asked(text: str, words: str | None) -> None:
    assert _get_question(text) == words


@db
@pytest.mark.parametrize(
    "decision",
    [
        ItemDecision(Action.OPEN, "", AutoReply.GROUP_ACK),
        ItemDecision(Action.OPEN, "", AutoReply.INVITE),
        ItemDecision(Action.JOIN, "", AutoReply.RECEIVED),
        ItemDecision(Action.ATTACH, "", AutoReply.NOTED),
        ItemDecision(Action.IGNORE, "", AutoReply.HELLO),
    ],
)
def test_only_a_case_opened_in_private_asks(decision: ItemDecision) -> None:
    assert _get_question(STOLEN) is not None
    assert _get_question(STOLEN, decision) is None


@db
def test_a_shared_location_is_a_place_and_secrets_are_not_repeated() -> None:
    assert _get_question(FIRE, located=True) is None
    secret = "Có người bán ma túy ở thôn Nam Sơn"
    assert Reader(get_gazetteer()).understand(secret).sensitive
    assert _get_question(secret) and "Nam Sơn" not in _get_question(secret)


@db
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("dạ ở cẩm xuyên ạ", "Cẩm Xuyên"),
        ("Lộc Hà", "Lộc Hà"),
        ("o loc ha", "Lộc Hà"),
        ("TDP Phú Mậu", "Lộc Hà"),
        ("em không nhớ rõ", None),
        ("ở gần nhà ông Tư", None),
        ("", None),
    ],
)
def test_an_answer_may_be_bare(text: str, code: str | None) -> None:
    placed = resolve_answer(text, Reader(get_gazetteer()).understand(text).entities, get_gazetteer())
    name = get_directory().communes[placed.commune].full_name if placed.commune else None
    assert (name or "").endswith(code or "") and bool(name) == bool(code)


@pytest.mark.parametrize(
    ("lane", "category", "high", "taken", "goes"),
    [
        (Lane.CRIME_REPORT, "theft", True, False, True),
        (Lane.REFLECTION, "fire", True, False, True),
        (Lane.CRIME_REPORT, "theft", True, True, False),
        (Lane.CRIME_REPORT, "theft", False, False, False),
        (Lane.COMPLAINT, "welfare", True, False, False),
        (Lane.DENUNCIATION, "scam", True, False, False),
        (Lane.REFLECTION, "officer_complaint", True, False, False),
    ],
)
def test_which_cases_follow_their_place(lane: Lane, category: str, high: bool, taken: bool, goes: bool) -> None:
    assert should_follow_place(lane, category, at_province=high, is_taken=taken) is goes


@db
def test_the_answer_places_the_case_and_the_commune_has_it(unit: Any, now: dt.datetime) -> None:
    bac = create_person()
    run_pipeline((bac, STOLEN))
    case, province = bac.case(), unit("42")
    assert (case.unit, case.commune, case.state) == (province, None, "NEW")
    assert [t.partition("] ")[2] for t in bac.list_received("ASK")] == [_get_question(STOLEN)]
    running = list(Clock.objects.filter(case=case, stopped_at=None).values_list("name", flat=True))
    run_pipeline((bac, "dạ ở cẩm xuyên ạ"))
    case = bac.case()
    assert Case.objects.count() == 1
    assert case.case_messages.count() == 2
    assert (case.unit.name, case.place) == ("Công an xã Cẩm Xuyên", "cẩm xuyên")
    assert case.commune_id == case.unit.area_id and case.title == "Trộm, cướp · cẩm xuyên"
    assert case.state == "NEW", "our own question does not set the case to waiting"
    assert list(Clock.objects.filter(case=case, stopped_at=None).values_list("name", flat=True)) == running
    placed = case.events.get(verb="placed")
    assert (placed.data["from"], placed.data["to"]) == (province.pk, case.unit_id)
    live_event = LiveEvent.objects.filter(data__verb="placed").get()
    assert {f"unit:{case.unit_id}", f"unit:{province.pk}"} <= set(live_event.topics)
    run_pipeline((bac, "xe màu đỏ"), (create_person(), "chào công an"))
    assert len(bac.list_received("ASK")) == 1


@db
@pytest.mark.parametrize(
    "text", ["Trộm chó tối qua ở thôn Xuân Hải xã Lộc Hà", "Mất ví tối qua ở chợ Thạch Châu xã Lộc Hà"]
)
def test_a_named_commune_is_trusted_and_the_doubt_is_on_the_page(text: str, unit: Any, officer: Any) -> None:
    reporter = create_person()
    run_pipeline((reporter, text))
    case = reporter.case()
    assert case.unit == unit("18568") and not reporter.list_received("ASK")
    page = sign_in_browser(officer()).get(build_case_url(case)).content.decode()
    assert "nơi chưa chắc: «" in page and "có thể thuộc Xã Lộc Hà, Xã" in page


@db
@pytest.mark.parametrize(("name", "answer"), [("Can Lộc", "xã Can Lộc"), ("Cẩm Xuyên", "dạ cẩm xuyên ạ")])
def test_a_name_of_a_former_district_is_asked_about_and_waits_at_the_province(
    name: str, answer: str, unit: Any
) -> None:
    bac = create_person()
    run_pipeline((bac, f"Bác bị mất xe máy tối qua ở {name}"))
    assert (bac.case().unit, bac.case().commune) == (unit("42"), None)
    assert [t.partition("] ")[2] for t in bac.list_received("ASK")] == [
        f"Dạ, bác cho công an biết «{name}» là ở thôn, xã nào theo tên mới ạ?"
    ]
    run_pipeline((bac, answer))
    assert bac.case().unit.name == f"Công an xã {name}"
    assert bac.list_received()[-1] == f"Đã ghi nơi xảy ra. Tin của bạn nay do Công an xã {name} xử lý. Cảm ơn bạn."
    run_pipeline((bac, "biển số 38N1-345.67"))
    assert bac.case().unit.name not in " ".join(bac.list_received()[3:]), "sent once"


@db
def test_where_the_writer_is_from_is_asked_about_like_nothing() -> None:
    assert (
        _get_question("Quê em Can Lộc, em bị giật túi tối qua") == _get_question("Em bị giật túi tối qua") is not None
    )
    assert _get_question("Nhà em Can Lộc, em bị giật túi tối qua") != _get_question("Em bị giật túi tối qua")


@db
@pytest.mark.parametrize("text", ["cứu", "CUU!!!", "cuu toi voi", "help"])
def test_a_one_word_cry_opens_an_urgent_case_and_asks_where(text: str, unit: Any, now: dt.datetime) -> None:
    an = create_person()
    run_pipeline((an, text))
    first, second = an.list_received()
    assert an.case().urgency == 3 and "113" in first.splitlines()[0]
    assert second.endswith("Cho công an hỏi việc này ở thôn, xã nào?")
    run_pipeline((an, "lộc hà"))
    assert (Case.objects.count(), an.case().unit) == (1, unit("18568"))


@db
def test_a_cry_in_a_group_opens_one_too_and_the_same_word_in_jest_does_not(unit: Any, now: dt.datetime) -> None:
    group = create_group(unit("18568"), now)
    (joke, cry) = run_pipeline((create_person(), "cứu net cả nhà ơi"), (create_person(), "cứu"), group=group)
    assert (joke.decision.do, cry.decision.do, cry.decision.urgency) == (Action.IGNORE, Action.OPEN, 3)
    assert Case.objects.get().unit == unit("18568")


@db
def test_urgent_numbers_first_then_the_question_and_the_commune_is_alerted_again(officer: Any, unit: Any) -> None:
    an = create_person()
    run_pipeline((an, FIRE))
    first, second = an.list_received()
    assert "113" in first.splitlines()[0] and second.endswith("cháy ở thôn, xã nào ạ?")
    high = officer("PROVINCE_DUTY", "42")
    officer_actions.acknowledge_alarm(code=an.case().code, officer=high, now=clock.now())
    run_pipeline((an, "TDP Phú Mậu, Lộc Hà"))
    case = an.case()
    assert (case.unit, case.acknowledged_at) == (unit("18568"), None)
    alarm = Alarm.objects.get(case=case)
    assert (alarm.escalation_level, alarm.acknowledged_at) == (0, None) and alarm.next_at
    assert LiveEvent.objects.filter(name="alarm", data__verb="placed").exists()


@db
def test_an_assigned_case_stays_assigned_but_is_located(officer: Any, unit: Any) -> None:
    bac, high = create_person(), officer("PROVINCE_DUTY", "42")
    run_pipeline((bac, STOLEN))
    officer_actions.assign_to_self(code=bac.case().code, officer=high, version=None, now=clock.now())
    run_pipeline((bac, "ở Lộc Hà"))
    case = bac.case()
    assert (case.unit, case.assignee, case.commune_id) == (unit("42"), high, unit("18568").area_id)


@db
def test_an_answer_without_a_place_changes_no_desk_and_asks_no_second_time(unit: Any) -> None:
    bac = create_person()
    run_pipeline((bac, STOLEN))
    run_pipeline((bac, "em không nhớ rõ chỗ đó"))
    assert (bac.case().unit, bac.case().commune) == (unit("42"), None)
    assert not bac.case().events.filter(verb="placed").exists()
    run_pipeline((bac, "à, là ở xã Lộc Hà"))  # a later message works as well
    assert bac.case().unit == unit("18568")
    assert len(bac.list_received("ASK")) == 1


@db
def test_the_next_message_is_the_answer_while_we_wait_and_no_longer(now: dt.datetime) -> None:
    other = "Nhà hàng xóm mở loa karaoke rất ồn ở thị trấn"
    bac, late = create_person(), create_person()
    run_pipeline((bac, STOLEN), (late, STOLEN.replace("123.45", "678.90")), moment=now)
    run_pipeline((bac, "Xe dựng trước sân, khóa cổ rồi"), moment=now + dt.timedelta(hours=2))
    assert Case.objects.filter(reports__reporter=bac.reporter).count() == 1
    run_pipeline((late, other), moment=now + dt.timedelta(hours=25))
    assert Case.objects.filter(reports__reporter=late.reporter).count() == 2


@db
def test_no_question_in_a_group(unit: Any, now: dt.datetime) -> None:
    group = create_group(unit("18568"), now)
    open_, secret = create_person(), create_person()
    run_pipeline((open_, STOLEN), (secret, "Có người bán ma túy ở quán nước"), group=group)
    assert Case.objects.count() == 2
    assert not Outgoing.objects.filter(purpose="ASK").exists()
    assert len(secret.list_received("INVITE")) == 1


@db
def test_through_the_webhook_and_the_inbox(unit: Any) -> None:
    channel = Channel.objects.create(kind="zalo_oa", name="Zalo", settings={"app_id": "1", "oa_id": "2"})
    for number, text in enumerate((STOLEN, "ở cẩm xuyên")):
        stamp = str(int(clock.now().timestamp() * 1000))
        raw = json.dumps(
            {
                "app_id": "1",
                "sender": {"id": "77"},
                "user_id_by_app": "1",
                "recipient": {"id": "2"},
                "event_name": "user_send_text",
                "message": {"text": text, "msg_id": f"m{number}"},
                "timestamp": stamp,
            }
        ).encode()
        Inbound.objects.create(
            channel=channel,
            external_id=sha256(raw).hexdigest(),
            event="user_send_text",
            sealed_body=group_keys.seal_to_group(
                "INTAKE", raw, context=format_inbound_context(channel.pk, sha256(raw).hexdigest())
            ),
            received_at=clock.now(),
            due_at=clock.now(),
        )
    assert drain_inbox() == 2
    assert Case.objects.get().unit.name == "Công an xã Cẩm Xuyên"
    assert Outgoing.objects.filter(purpose="ASK", channel=channel).count() == 1
    Channel.objects.filter(pk=channel.pk).update(is_active=False)


LOST = "Tôi đánh rơi ví da nâu ở xã Lộc Hà"


@db
def test_our_page_offers_the_answers_as_buttons(client: Any) -> None:
    secret = parse_status_token(submit_report(client, text=LOST))
    page = client.get(f"/theo-doi/{secret}").content.decode()
    assert 'name="text" value="Tối qua"' in page
    pressed = client.post(f"/theo-doi/{secret}", {"text": "Tối qua", "key": generate_token()})
    assert pressed.status_code == 303
    case = Case.objects.get()
    assert case.case_messages.count() == 2
    after = client.get(f"/theo-doi/{secret}").content.decode()
    assert 'value="Tối qua"' not in after, "an answered question offers no quick replies any more"


@db
def test_a_chat_without_buttons_gets_the_answers_as_text(now: dt.datetime) -> None:
    channel = Channel.objects.create(kind="zalo_oa", name="Zalo", settings={"app_id": "1", "oa_id": "2"})
    reporter = Reporter.objects.create(created_at=now)
    talk = Conversation.objects.create(channel=channel, reporter=reporter, last_interaction_at=now)
    an = ChatPerson(reporter.pk, talk.pk, channel.pk)
    run_pipeline((an, LOST))
    (asked,) = an.list_received("ASK")
    assert asked.endswith("Bạn có thể trả lời: Hôm nay · Tối qua · Hôm qua · Hôm kia hoặc trước nữa.")
    run_pipeline((an, "Tối qua"))
    assert an.case().case_messages.count() == 2
    Channel.objects.filter(pk=channel.pk).update(is_active=False)
