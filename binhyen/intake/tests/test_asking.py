"""One clarifying question where place or time is missing; the answer locates the case and routes it
to the right desk."""

import datetime as dt
import json
from hashlib import sha256
from typing import Any

import pytest

from binhyen.areas.queries import directory, gazetteer
from binhyen.cases.choices import Lane
from binhyen.cases.models import Alarm, Case, Clock
from binhyen.cases.rules import follows_place
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import browser, url
from binhyen.channels.models import Channel, Conversation, Inbound, Outgoing
from binhyen.channels.retry_policy import inbound_context
from binhyen.intake.clarification import answered, question
from binhyen.intake.decision import Decision, Do, Say
from binhyen.intake.inbox_worker import drain
from binhyen.intake.tests.telling import Person, group_of, person, say
from binhyen.intake.tests.web import link, tell
from binhyen.kit import clock
from binhyen.kit.ids import token
from binhyen.kit.models import LiveEvent
from binhyen.language.places import resolve
from binhyen.language.reader import Reader
from binhyen.vault import group_keys
from binhyen.vault.models import Reporter

STOLEN = "Bác bị mất xe máy biển 38N1-123.45 tối qua"
FIRE = "Có cháy nhà cứu với"
OPENED = Decision(Do.OPEN, "", Say.RECEIVED)
db = pytest.mark.django_db


def _asked(text: str, decision: Decision = OPENED, *, located: bool = False) -> str | None:
    reader = Reader(gazetteer())
    reading = reader.understand(text)
    return question(decision, reading, resolve(reading.entities, reader.gazetteer), located=located, text=text)


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
def test_what_is_asked(text: str, words: str | None) -> None:
    assert _asked(text) == words


@db
@pytest.mark.parametrize(
    "decision",
    [
        Decision(Do.OPEN, "", Say.IN_GROUP), Decision(Do.OPEN, "", Say.INVITE), Decision(Do.JOIN, "", Say.RECEIVED),
        Decision(Do.ATTACH, "", Say.NOTED), Decision(Do.IGNORE, "", Say.HELLO),
    ],
)  # fmt: skip
def test_only_a_case_opened_in_private_asks(decision: Decision) -> None:
    assert _asked(STOLEN) is not None
    assert _asked(STOLEN, decision) is None


@db
def test_a_point_that_came_along_is_a_place_and_secrets_are_not_repeated() -> None:
    assert _asked(FIRE, located=True) is None
    secret = "Có người bán ma túy ở thôn Nam Sơn"
    assert Reader(gazetteer()).understand(secret).sensitive
    assert _asked(secret) and "Nam Sơn" not in _asked(secret)


@db
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("dạ ở cẩm xuyên ạ", "Cẩm Xuyên"), ("Lộc Hà", "Lộc Hà"), ("o loc ha", "Lộc Hà"), ("TDP Phú Mậu", "Lộc Hà"),
        ("em không nhớ rõ", None), ("ở gần nhà ông Tư", None), ("", None),
    ],
)  # fmt: skip
def test_an_answer_may_be_bare(text: str, code: str | None) -> None:
    placed = answered(text, Reader(gazetteer()).understand(text).entities, gazetteer())
    name = directory().communes[placed.commune].full_name if placed.commune else None
    assert (name or "").endswith(code or "") and bool(name) == bool(code)


@pytest.mark.parametrize(
    ("lane", "category", "high", "taken", "goes"),
    [
        (Lane.CRIME_REPORT, "theft", True, False, True), (Lane.REFLECTION, "fire", True, False, True),
        (Lane.CRIME_REPORT, "theft", True, True, False), (Lane.CRIME_REPORT, "theft", False, False, False),
        (Lane.COMPLAINT, "welfare", True, False, False), (Lane.DENUNCIATION, "scam", True, False, False),
        (Lane.REFLECTION, "officer_complaint", True, False, False),
    ],
)  # fmt: skip
def test_which_cases_follow_their_place(lane: Lane, category: str, high: bool, taken: bool, goes: bool) -> None:
    assert follows_place(lane, category, held_high=high, taken=taken) is goes


@db
def test_the_answer_places_the_case_and_the_commune_has_it(unit: Any, now: dt.datetime) -> None:
    bac = person()
    say((bac, STOLEN))
    case, province = bac.case(), unit("42")
    assert (case.unit, case.commune, case.state) == (province, None, "NEW")
    assert [t.partition("] ")[2] for t in bac.heard("ASK")] == [_asked(STOLEN)]
    running = list(Clock.objects.filter(case=case, stopped_at=None).values_list("name", flat=True))
    say((bac, "dạ ở cẩm xuyên ạ"))
    case = bac.case()
    assert Case.objects.count() == 1
    assert case.case_messages.count() == 2
    assert (case.unit.name, case.place) == ("Công an xã Cẩm Xuyên", "cẩm xuyên")
    assert case.commune_id == case.unit.area_id and case.title == "Trộm, cướp · cẩm xuyên"
    assert case.state == "NEW", "our own question does not set the case to waiting"
    assert list(Clock.objects.filter(case=case, stopped_at=None).values_list("name", flat=True)) == running
    placed = case.events.get(verb="placed")
    assert (placed.data["from"], placed.data["to"]) == (province.pk, case.unit_id)
    told = LiveEvent.objects.filter(data__verb="placed").get()
    assert {f"unit:{case.unit_id}", f"unit:{province.pk}"} <= set(told.topics)
    say((bac, "xe màu đỏ"), (person(), "chào công an"))
    assert len(bac.heard("ASK")) == 1


@db
@pytest.mark.parametrize(
    "text", ["Trộm chó tối qua ở thôn Xuân Hải xã Lộc Hà", "Mất ví tối qua ở chợ Thạch Châu xã Lộc Hà"]
)
def test_a_commune_called_by_its_name_is_believed_and_the_doubt_is_on_the_page(
    text: str, unit: Any, officer: Any
) -> None:
    who = person()
    say((who, text))
    case = who.case()
    assert case.unit == unit("18568") and not who.heard("ASK")
    page = browser(officer()).get(url(case)).content.decode()
    assert "nơi chưa chắc: «" in page and "có thể thuộc Xã Lộc Hà, Xã" in page


@db
@pytest.mark.parametrize(("name", "answer"), [("Can Lộc", "xã Can Lộc"), ("Cẩm Xuyên", "dạ cẩm xuyên ạ")])
def test_a_name_of_a_former_district_is_asked_about_and_waits_at_the_province(
    name: str, answer: str, unit: Any
) -> None:
    bac = person()
    say((bac, f"Bác bị mất xe máy tối qua ở {name}"))
    assert (bac.case().unit, bac.case().commune) == (unit("42"), None)
    assert [t.partition("] ")[2] for t in bac.heard("ASK")] == [
        f"Dạ, bác cho công an biết «{name}» là ở thôn, xã nào theo tên mới ạ?"
    ]
    say((bac, answer))
    assert bac.case().unit.name == f"Công an xã {name}"
    assert bac.heard()[-1] == f"Đã ghi nơi xảy ra. Tin của bạn nay do Công an xã {name} xử lý. Cảm ơn bạn."
    say((bac, "biển số 38N1-345.67"))
    assert bac.case().unit.name not in " ".join(bac.heard()[3:]), "sent once"


@db
def test_where_the_writer_is_from_is_asked_about_like_nothing() -> None:
    assert _asked("Quê em Can Lộc, em bị giật túi tối qua") == _asked("Em bị giật túi tối qua") is not None
    assert _asked("Nhà em Can Lộc, em bị giật túi tối qua") != _asked("Em bị giật túi tối qua")


@db
@pytest.mark.parametrize("text", ["cứu", "CUU!!!", "cuu toi voi", "help"])
def test_a_cry_of_a_word_opens_an_urgent_case_and_asks_where(text: str, unit: Any, now: dt.datetime) -> None:
    an = person()
    say((an, text))
    first, second = an.heard()
    assert an.case().urgency == 3 and "113" in first.splitlines()[0]
    assert second.endswith("Cho công an hỏi việc này ở thôn, xã nào?")
    say((an, "lộc hà"))
    assert (Case.objects.count(), an.case().unit) == (1, unit("18568"))


@db
def test_a_cry_in_a_group_opens_one_too_and_the_same_word_in_jest_does_not(unit: Any, now: dt.datetime) -> None:
    group = group_of(unit("18568"), now)
    (joke, cry) = say((person(), "cứu net cả nhà ơi"), (person(), "cứu"), group=group)
    assert (joke.decision.do, cry.decision.do, cry.decision.urgency) == (Do.IGNORE, Do.OPEN, 3)
    assert Case.objects.get().unit == unit("18568")


@db
def test_urgent_numbers_first_then_the_question_and_the_commune_rings_anew(officer: Any, unit: Any) -> None:
    an = person()
    say((an, FIRE))
    first, second = an.heard()
    assert "113" in first.splitlines()[0] and second.endswith("cháy ở thôn, xã nào ạ?")
    high = officer("PROVINCE_DUTY", "42")
    officer_actions.acknowledge(code=an.case().code, officer=high, now=clock.now())
    say((an, "TDP Phú Mậu, Lộc Hà"))
    case = an.case()
    assert (case.unit, case.acknowledged_at) == (unit("18568"), None)
    alarm = Alarm.objects.get(case=case)
    assert (alarm.stage, alarm.acknowledged_at) == (0, None) and alarm.next_at
    assert LiveEvent.objects.filter(name="alarm", data__verb="placed").exists()


@db
def test_what_an_officer_took_stays_theirs_but_is_on_the_map(officer: Any, unit: Any) -> None:
    bac, high = person(), officer("PROVINCE_DUTY", "42")
    say((bac, STOLEN))
    officer_actions.take(code=bac.case().code, officer=high, version=None, now=clock.now())
    say((bac, "ở Lộc Hà"))
    case = bac.case()
    assert (case.unit, case.assignee, case.commune_id) == (unit("42"), high, unit("18568").area_id)


@db
def test_an_answer_without_a_place_changes_no_desk_and_asks_no_second_time(unit: Any) -> None:
    bac = person()
    say((bac, STOLEN))
    say((bac, "em không nhớ rõ chỗ đó"))
    assert (bac.case().unit, bac.case().commune) == (unit("42"), None)
    assert not bac.case().events.filter(verb="placed").exists()
    say((bac, "à, là ở xã Lộc Hà"))  # a later message works as well
    assert bac.case().unit == unit("18568")
    assert len(bac.heard("ASK")) == 1


@db
def test_the_next_words_belong_while_we_wait_and_no_longer(now: dt.datetime) -> None:
    other = "Nhà hàng xóm mở loa karaoke rất ồn ở thị trấn"
    bac, late = person(), person()
    say((bac, STOLEN), (late, STOLEN.replace("123.45", "678.90")), at=now)
    say((bac, "Xe dựng trước sân, khóa cổ rồi"), at=now + dt.timedelta(hours=2))
    assert Case.objects.filter(reports__reporter=bac.reporter).count() == 1
    say((late, other), at=now + dt.timedelta(hours=25))
    assert Case.objects.filter(reports__reporter=late.reporter).count() == 2


@db
def test_in_a_group_nobody_is_asked(unit: Any, now: dt.datetime) -> None:
    group = group_of(unit("18568"), now)
    open_, secret = person(), person()
    say((open_, STOLEN), (secret, "Có người bán ma túy ở quán nước"), group=group)
    assert Case.objects.count() == 2
    assert not Outgoing.objects.filter(purpose="ASK").exists()
    assert len(secret.heard("INVITE")) == 1


@db
def test_through_the_door_and_the_drain(unit: Any) -> None:
    channel = Channel.objects.create(kind="zalo_oa", name="Zalo", settings={"app_id": "1", "oa_id": "2"})
    for number, text in enumerate((STOLEN, "ở cẩm xuyên")):
        stamp = str(int(clock.now().timestamp() * 1000))
        raw = json.dumps({
            "app_id": "1", "sender": {"id": "77"}, "user_id_by_app": "1", "recipient": {"id": "2"},
            "event_name": "user_send_text", "message": {"text": text, "msg_id": f"m{number}"}, "timestamp": stamp,
        }).encode()  # fmt: skip
        Inbound.objects.create(
            channel=channel, outside_id=sha256(raw).hexdigest(), event="user_send_text",
            raw=group_keys.seal("INTAKE", raw, context=inbound_context(channel.pk, sha256(raw).hexdigest())),
            received_at=clock.now(), due_at=clock.now(),
        )  # fmt: skip
    assert drain() == 2
    assert Case.objects.get().unit.name == "Công an xã Cẩm Xuyên"
    assert Outgoing.objects.filter(purpose="ASK", channel=channel).count() == 1
    Channel.objects.filter(pk=channel.pk).update(is_active=False)


LOST = "Tôi đánh rơi ví da nâu ở xã Lộc Hà"


@db
def test_our_page_has_the_answers_as_buttons_and_one_press_is_an_answer(client: Any) -> None:
    secret = link(tell(client, text=LOST))
    page = client.get(f"/theo-doi/{secret}").content.decode()
    assert 'name="text" value="Tối qua"' in page
    pressed = client.post(f"/theo-doi/{secret}", {"text": "Tối qua", "key": token()})
    assert pressed.status_code == 303
    case = Case.objects.get()
    assert case.case_messages.count() == 2
    after = client.get(f"/theo-doi/{secret}").content.decode()
    assert 'value="Tối qua"' not in after, "an answered question offers no quick replies any more"


@db
def test_a_chat_without_buttons_gets_the_answers_as_words(now: dt.datetime) -> None:
    channel = Channel.objects.create(kind="zalo_oa", name="Zalo", settings={"app_id": "1", "oa_id": "2"})
    reporter = Reporter.objects.create(created_at=now)
    talk = Conversation.objects.create(channel=channel, reporter=reporter, last_interaction_at=now)
    an = Person(reporter.pk, talk.pk, channel.pk)
    say((an, LOST))
    (asked,) = an.heard("ASK")
    assert asked.endswith("Bạn có thể trả lời: Hôm nay · Tối qua · Hôm qua · Trước hôm qua.")
    say((an, "Tối qua"))
    assert an.case().case_messages.count() == 2
    Channel.objects.filter(pk=channel.pk).update(is_active=False)
