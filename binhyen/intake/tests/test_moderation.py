"""Moderation of group messages: flagged on arrival, shown to the group's officers, settled by an officer only."""

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from binhyen.audit.models import AuditEntry
from binhyen.cases.tests.scene import HTMX, sign_in_browser
from binhyen.channels.models import Channel, Conversation, Flag, Group, Message, Outgoing
from binhyen.channels.services.messages import delete_expired_messages
from binhyen.channels.types import IncomingMessage
from binhyen.intake.items import InboundItem
from binhyen.intake.pipeline import process_items
from binhyen.kit import clock
from binhyen.kit.ids import generate_code
from binhyen.kit.models import LiveEvent
from binhyen.vault.models import Reporter

pytestmark = pytest.mark.django_db
BAIT = "Nhận quà miễn phí, click ngay http://nhan-qua-tri-an.top/abc"
RUDE = "đồ chó má, óc chó, câm mồm đi"
CALM = "Chiều nay họp thôn lúc 19 giờ, mời bà con đến đông đủ"


@pytest.fixture
def group(unit, now):
    seat = unit("18568")
    return Group.objects.create(
        channel=Channel.objects.get(kind="web"),
        area_id=seat.area_id,
        unit=seat,
        level=Group.Level.COMMUNE,
        name="Bình yên Lộc Hà",
        state=Group.State.OPEN,
        external_id="g1",
        opened_at=now,
    )


def post_in_group(group: Group | None, *texts: str) -> list[Message]:
    now, items = clock.now(), []
    for text in texts:
        channel = Channel.objects.get(kind="web")
        reporter = Reporter.objects.create(created_at=now)
        talk = Conversation.objects.create(channel=channel, reporter=reporter, last_interaction_at=now)
        message = IncomingMessage(generate_code(), "x", text, now, group=group.external_id if group else None)
        items.append(InboundItem(channel.pk, reporter.pk, talk.pk, message, group=group))
    return [result.message for result in process_items(items, now=now)]


def settle_flag(officer: Any, flag: Flag, what: str, **fields: str) -> Any:
    return sign_in_browser(officer).post(f"/nhom/{flag.group.public_id}/nhac/{flag.public_id}/{what}", fields)


def open_group_page(officer: Any, group: Group, **more: str) -> str:
    response = sign_in_browser(officer).get(f"/nhom/{group.public_id}", **more)
    assert response.status_code == 200
    return response.content.decode()


def test_noted_as_it_arrives_and_nothing_is_posted(group):
    bait, rude, _ = post_in_group(group, BAIT, RUDE, CALM)
    assert list(Flag.objects.order_by("id").values_list("message", "kind", "state")) == [
        (bait.pk, "bait_link", "OPEN"),
        (rude.pk, "abuse", "OPEN"),
    ]
    assert not Outgoing.objects.filter(group=group).exists()
    for flag in Flag.objects.all():
        assert flag.why and flag.answer
    events = [e for e in LiveEvent.objects.all() if e.name == "flag"]
    assert len(events) == 2
    assert all(f"unit:{group.unit_id}" in e.topics and "province" in e.topics for e in events)
    assert all(BAIT[:10] not in str(e.data) for e in events)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("công an oai ghê ha, câm mồm đi óc chó", []),
        ("Mấy ông công an oai lắm, đồ chó má", []),
        ("mấy ông hàng xóm oai lắm, đồ chó má", ["abuse"]),
        ("đồ óc chó, tao gọi công an bây giờ", ["abuse"]),
    ],
)
def test_officers_are_not_asked_to_reprimand_abuse_of_police(group, text, kinds):
    post_in_group(group, text)
    assert list(Flag.objects.values_list("kind", flat=True)) == kinds


def test_private_talk_is_not_moderated(group):
    post_in_group(None, BAIT, RUDE)
    assert not Flag.objects.exists()


def test_owner_colleague_stranger(officer, group):
    post_in_group(group, BAIT)
    for person in (officer(), officer("CHIEF"), officer("PROVINCE_STAFF", "42"), officer("PROVINCE_DUTY", "42")):
        assert "nhan-qua-tri-an.top" in open_group_page(person, group)
    assert "Gửi vào nhóm" in open_group_page(officer(), group)
    assert "Gửi vào nhóm" not in open_group_page(officer("PROVINCE_DUTY", "42"), group), (
        "can see, but does not write for the group"
    )
    flag = Flag.objects.get()
    for what in ("gui", "bo-qua"):
        assert settle_flag(officer("OFFICER", "18073"), flag, what, text="Xin chào").status_code == 404
        for role, commune in (("VILLAGE_TEAM", "18568"), ("PROVINCE_DUTY", "42"), ("OPERATOR", "42")):
            assert settle_flag(officer(role, commune), flag, what, text="Xin chào").status_code == 403
        assert settle_flag(None, flag, what).status_code == 303
    assert Flag.objects.get().state == "OPEN"
    assert not Outgoing.objects.exists()


def test_an_officer_sends_the_edited_words_once(officer, group):
    post_in_group(group, BAIT)
    person, flag = officer(), Flag.objects.get()
    assert flag.answer in open_group_page(person, group)
    answer = settle_flag(person, flag, "gui", text="Bà con đừng bấm đường dẫn này nhé.")
    assert (answer.status_code, answer["Location"]) == (303, f"/nhom/{group.public_id}")
    sent = Outgoing.objects.get()
    assert (sent.group, sent.text, sent.purpose) == (group, "Bà con đừng bấm đường dẫn này nhé.", "REMIND")
    assert (sent.officer, sent.conversation) == (person, None)
    flag.refresh_from_db()
    assert (flag.state, flag.settled_by, flag.answer) == ("ANSWERED", person, sent.text)
    assert AuditEntry.objects.filter(verb="group.reminded").count() == 1
    for what in ("gui", "bo-qua"):
        settle_flag(officer("CHIEF"), flag, what, text="Lần nữa")
    assert Outgoing.objects.count() == 1, "a second click has no effect"
    assert "Tin trong nhóm cần xem" in open_group_page(person, group) and "nhan-qua-tri-an.top" not in open_group_page(
        person, group
    )


@pytest.mark.parametrize("text", ["", "   ", "x" * 501])
def test_invalid_text_is_refused(officer, group, text):
    post_in_group(group, BAIT)
    settle_flag(officer(), Flag.objects.get(), "gui", text=text)
    assert Flag.objects.get().state == "OPEN"
    assert not Outgoing.objects.exists()


def test_dismissed_without_a_message(officer, group):
    post_in_group(group, RUDE)
    person, flag = officer(), Flag.objects.get()
    settle_flag(person, flag, "bo-qua")
    flag.refresh_from_db()
    assert (flag.state, flag.settled_by) == ("DISMISSED", person)
    assert not Outgoing.objects.exists()
    assert AuditEntry.objects.filter(verb="group.flag_dismissed").count() == 1


def test_a_closed_group_gets_no_messages(officer, group):
    post_in_group(group, BAIT)
    Group.objects.update(state=Group.State.CLOSED)
    assert "Gửi vào nhóm" not in open_group_page(officer(), group)
    settle_flag(officer(), Flag.objects.get(), "gui", text="Xin chào")
    assert not Outgoing.objects.exists()


def test_restricted_messages_stay_hidden_from_the_unit(officer, group, unit):
    post_in_group(group, BAIT)
    Message.objects.update(sensitive=True, unit=unit("42"))  # a complaint about this unit's police
    assert "nhan-qua-tri-an.top" not in open_group_page(officer("CHIEF"), group)
    assert settle_flag(officer("CHIEF"), Flag.objects.get(), "bo-qua").status_code == 404
    assert "nhan-qua-tri-an.top" in open_group_page(officer("PROVINCE_STAFF", "42"), group)


def test_the_count_is_shown_beside_groups_and_the_list_refreshes(officer, group):
    post_in_group(group, BAIT, RUDE)
    person = officer()
    home = sign_in_browser(person).get("/ban-truc").content.decode()
    assert '<span class="nav-n">2</span>' in home
    part = open_group_page(person, group, **HTMX)
    assert part.lstrip().startswith("<section") and "<html" not in part
    assert f'data-group="{group.public_id}"' in part and 'hx-trigger="refresh-flags"' in part


def test_the_list_begins_with_the_groups_that_wait(officer, group, unit, now, django_assert_num_queries, monkeypatch):
    def another(name: str) -> Group:
        return Group.objects.create(
            channel=group.channel,
            area_id=group.area_id,
            unit=group.unit,
            level=Group.Level.VILLAGE,
            name=name,
            state=Group.State.OPEN,
            external_id=name,
            opened_at=now,
        )

    another("Nhóm A")
    waits = another("Nhóm Z")
    post_in_group(waits, BAIT, RUDE)
    client = sign_in_browser(officer())

    def names(address: str = "/nhom") -> list[str]:
        listed = client.get(address).content.decode()
        return re.findall(r'href="/nhom/[^"]*">((?:Nhóm|Bình yên)[^<]*)<', listed)

    assert names() == ["Nhóm Z", "Bình yên Lộc Hà", "Nhóm A"]
    assert "2 cần xem" in client.get("/nhom").content.decode()
    with CaptureQueriesContext(connection) as few:
        client.get("/nhom")
    post_in_group(another("Nhóm B"), RUDE)
    with django_assert_num_queries(len(few)):
        client.get("/nhom")
    monkeypatch.setattr("binhyen.channels.queries.PAGE_SIZE", 1)
    results, address = [], "/nhom"
    while address:
        results += names(address)
        more = re.search(r'href="(/nhom\?sau=[^"]*)"', client.get(address).content.decode())
        address = more[1] if more else ""
    assert results == ["Nhóm B", "Nhóm Z", "Bình yên Lộc Hà", "Nhóm A"], "nothing twice, nothing lost over the pages"


def test_flags_go_with_their_message(group):
    post_in_group(group, CALM, RUDE)
    Message.objects.update(expires_at=clock.now() - dt.timedelta(days=1), in_case=False)
    delete_expired_messages(now=clock.now())
    assert not Flag.objects.exists()


def test_another_group_s_address_does_not_open_it(officer, group, unit, now):
    post_in_group(group, RUDE)
    other = Group.objects.create(
        channel=group.channel,
        area_id=group.area_id,
        unit=group.unit,
        level=Group.Level.VILLAGE,
        name="Nhóm thôn",
        state=Group.State.OPEN,
        external_id="g2",
        opened_at=now,
    )
    address = f"/nhom/{other.public_id}/nhac/{Flag.objects.get().public_id}/bo-qua"
    assert sign_in_browser(officer()).post(address).status_code == 404
