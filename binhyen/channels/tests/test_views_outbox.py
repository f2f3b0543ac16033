"""Stuck messages, groups and files: visibility and allowed actions."""

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.audit.models import AuditEntry
from binhyen.channels.models import Attachment, Channel, Conversation, EventCount, Group, Inbound, Message, Outgoing
from binhyen.channels.services.media import store_attachment_bytes, store_upload
from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import generate_code
from binhyen.vault.models import Reporter
from binhyen.vault.pseudonyms import format_conversation_scope, format_pseudonym

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
HTMX = {"HTTP_HX_REQUEST": "true"}
WORDS = "Công an xã đang tới chỗ bạn."


def sign_in_browser(officer: Any) -> Client:
    client = Client()
    if officer is not None:
        client.force_login(officer)
    return client


@pytest.fixture
def talk(now: dt.datetime) -> Conversation:
    reporter = Reporter.objects.create(created_at=now)
    return Conversation.objects.create(channel=Channel.objects.get(kind="web"), reporter=reporter)


@pytest.fixture
def stuck(unit: Make, now: dt.datetime, talk: Conversation) -> Outgoing:
    return create_outgoing(talk, unit("18568"), now, state="DEAD", reason="người nhận đã chặn", code="-201")


def create_outgoing(talk: Conversation, unit: Any, now: dt.datetime, **more: Any) -> Outgoing:
    return Outgoing.objects.create(
        key=generate_code(),
        channel=talk.channel,
        conversation=talk,
        unit=unit,
        purpose="ANSWER",
        text=WORDS,
        created_at=now - dt.timedelta(hours=1),
        due_at=now,
        attempts=3,
        **more,
    )


def open_outbox(officer: Any, query: str = "") -> str:
    response = sign_in_browser(officer).get(f"/hop-thu-di{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_the_unit_reads_why_its_message_is_stuck(officer: Make, stuck: Outgoing) -> None:
    for person in (officer(), officer("CHIEF"), officer("PROVINCE_DUTY", "42")):
        shown = open_outbox(person)
        for words in (
            WORDS,
            "người nhận đã chặn",
            "-201",
            format_pseudonym(stuck.conversation.reporter, format_conversation_scope(stuck.conversation_id)),
        ):
            assert words in shown, words
    stranger = open_outbox(officer("OFFICER", "18073"))
    assert WORDS not in stranger
    assert "Không có tin nào bị kẹt" in stranger


def test_the_operator_reads_no_message_text(officer: Make, stuck: Outgoing, now: dt.datetime) -> None:
    channel = stuck.channel
    EventCount.objects.create(channel=channel, day=to_vietnam_day(now), event="oa_strange", known=False, count=41)
    Inbound.objects.create(channel=channel, external_id="1", event="x", sealed_body=b"{}", received_at=now, due_at=now)
    shown = open_outbox(officer("OPERATOR", "42"))
    assert "người nhận đã chặn" in shown
    assert WORDS not in shown
    assert "<b>41</b>" in shown
    assert "Tin đến chưa đọc" in shown
    assert "Sự kiện lạ" not in open_outbox(officer())


def test_forbidden_roles(officer: Make, stuck: Outgoing) -> None:
    assert sign_in_browser(officer("VILLAGE_TEAM")).get("/hop-thu-di").status_code == 403
    assert sign_in_browser(officer("PROVINCE_STAFF", "42")).get("/hop-thu-di").status_code == 403
    assert sign_in_browser(None).get("/hop-thu-di").status_code == 302
    for what in ("gui-lai", "bo"):
        address = f"/hop-thu-di/{stuck.public_id}/{what}"
        assert sign_in_browser(officer("OFFICER", "18073")).post(address).status_code == 404
        assert sign_in_browser(officer("VILLAGE_TEAM")).post(address).status_code == 403
        assert sign_in_browser(None).post(address).status_code == 303
        assert sign_in_browser(None).post(address, **HTMX)["HX-Redirect"] == "/dang-nhap"
        assert sign_in_browser(officer()).get(address).status_code == 405
    stuck.refresh_from_db()
    assert stuck.state == "DEAD"


@pytest.mark.parametrize(("role", "commune"), [("OFFICER", "18568"), ("OPERATOR", "42")])
def test_retry_and_give_up(officer: Make, stuck: Outgoing, role: str, commune: str) -> None:
    client, address = sign_in_browser(officer(role, commune)), f"/hop-thu-di/{stuck.public_id}"
    assert client.post(f"{address}/gui-lai").status_code == 303
    stuck.refresh_from_db()
    assert (stuck.state, stuck.attempts) == ("QUEUED", 0)
    assert client.post(f"{address}/bo").status_code == 303
    stuck.refresh_from_db()
    assert stuck.state == "CANCELLED"
    assert "Đã bỏ tin này." in client.get("/hop-thu-di").content.decode()


def test_tabs_and_pages(officer: Make, unit: Make, now: dt.datetime, talk: Conversation) -> None:
    for number in range(52):
        create_outgoing(talk, unit("18568"), now, state="DEAD", reason=f"lý do {number:03d}")
    create_outgoing(talk, unit("18568"), now, state="QUEUED", reason="đang chờ Zalo")
    person = officer()
    assert "đang chờ Zalo" in open_outbox(person, "?xem=dang-cho")
    assert "lý do 051" not in open_outbox(person, "?xem=dang-cho")
    first = open_outbox(person, "?xem=khong-gui-duoc")
    assert "đang chờ Zalo" not in first
    following = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "lý do 000" in sign_in_browser(person).get(following).content.decode()
    assert open_outbox(person, "?xem=vo-ly&sau=rac")


def test_a_failing_channel_is_shown(officer: Make, now: dt.datetime) -> None:
    Channel.objects.filter(kind="web").update(paused_until=now + dt.timedelta(hours=1), paused_reason="hết hạn mức")
    shown = open_outbox(officer("OPERATOR", "42"))
    assert "tạm dừng" in shown
    assert "hết hạn mức" in shown


@pytest.fixture
def paused(stuck: Outgoing, now: dt.datetime) -> Channel:
    """Create a channel paused for an hour by a rate limit, with the refused message."""
    later = clock.now() + dt.timedelta(hours=1)
    channel = stuck.channel
    Outgoing.objects.filter(pk=stuck.pk).update(state="QUEUED", due_at=later, attempts=0)
    Channel.objects.filter(pk=channel.pk).update(paused_until=later, paused_reason="Zalo yêu cầu gọi chậm lại")
    channel.refresh_from_db()
    return channel


def resume_channel(officer: Any, channel: Any, **more: Any) -> Any:
    return sign_in_browser(officer).post(f"/hop-thu-di/kenh/{channel}/gui-tiep", **more)


def test_waiting_officers_read_the_reason_and_the_time(officer: Make, paused: Channel) -> None:
    shown = open_outbox(officer())
    for words in ("đang tạm dừng", "Zalo yêu cầu gọi chậm lại", "Máy tự gửi tiếp lúc", "1 tin đang chờ kênh này."):
        assert words in shown
    assert "gui-tiep" not in shown and "connect_zalo" not in shown
    assert "tin đang chờ kênh này" not in open_outbox(officer("OFFICER", "18073"))


def test_the_operator_has_it_go_on(officer: Make, paused: Channel, stuck: Outgoing) -> None:
    operator = officer("OPERATOR", "42")
    assert f"/hop-thu-di/kenh/{paused.public_id}/gui-tiep" in open_outbox(operator)
    assert resume_channel(operator, paused.public_id).status_code == 303
    paused.refresh_from_db()
    stuck.refresh_from_db()
    assert (paused.paused_until, paused.paused_reason) == (None, "") and stuck.due_at <= clock.now()
    key = f"channels.deliver.{paused.pk}"
    assert ProcrastinateJob.objects.filter(queueing_lock=key, status="todo").count() == 1
    assert AuditEntry.objects.filter(verb="channel.resumed", object=f"channel:{paused.public_id}").count() == 1
    assert "tạm dừng" not in open_outbox(operator)


def test_other_units_see_nothing(officer: Make, paused: Channel) -> None:
    for role, commune in (("OFFICER", "18568"), ("CHIEF", "18568"), ("PROVINCE_DUTY", "42"), ("VILLAGE_TEAM", "18568")):
        assert resume_channel(officer(role, commune), paused.public_id).status_code == 403
    assert resume_channel(None, paused.public_id).status_code == 303
    assert resume_channel(None, paused.public_id, **HTMX)["HX-Redirect"] == "/dang-nhap"
    assert (
        sign_in_browser(officer("OPERATOR", "42")).get(f"/hop-thu-di/kenh/{paused.public_id}/gui-tiep").status_code
        == 405
    )
    paused.refresh_from_db()
    assert paused.paused_until is not None


def test_channels_that_do_not_pause_are_unchanged(officer: Make, paused: Channel) -> None:
    operator = officer("OPERATOR", "42")
    Channel.objects.update(is_active=False)
    for channel in (paused.public_id, "019f0000-0000-7000-8000-000000000000"):
        client = sign_in_browser(operator)
        client.post(f"/hop-thu-di/kenh/{channel}/gui-tiep")
        assert "không còn tạm dừng" in client.get("/hop-thu-di").content.decode()
    paused.refresh_from_db()
    assert paused.paused_until is not None and not AuditEntry.objects.filter(verb="channel.resumed").exists()
    shown = open_outbox(operator)
    assert "đang tắt" in shown and "connect_zalo" in shown and "gui-tiep" not in shown


def test_with_waiting_messages_the_page_does_not_claim_full_delivery(
    officer: Make, unit: Make, now: dt.datetime, talk: Conversation
) -> None:
    chief = officer("CHIEF")
    assert "Mọi tin đã tới người nhận" in open_outbox(chief), "control"
    Channel.objects.filter(pk=talk.channel_id).update(paused_until=now + dt.timedelta(minutes=5))
    row = create_outgoing(talk, unit("18568"), now, state="QUEUED")
    Outgoing.objects.filter(pk=row.pk).update(created_at=now)
    shown = open_outbox(chief)
    assert "1 tin đang chờ kênh này" in shown and "Mọi tin đã tới người nhận" not in shown


def test_with_undelivered_messages_the_page_does_not_claim_full_delivery(
    officer: Make, unit: Make, now: dt.datetime, talk: Conversation
) -> None:
    create_outgoing(talk, unit("18568"), now, state="DEAD", code="-230")
    shown = open_outbox(officer("CHIEF"))
    assert "Có tin mà người dân chưa nhận được" in shown and "Mọi tin đã tới người nhận" not in shown


# Files


@pytest.fixture
def picture(settings: Any, tmp_path: Path, unit: Make, now: dt.datetime, talk: Conversation) -> Attachment:
    settings.FILES_ROOT = tmp_path
    out = io.BytesIO()
    image = Image.new("RGB", (30, 20), "red")
    exif = image.getexif()
    exif[0x010F] = "SECRET-CAMERA"
    image.save(out, "JPEG", exif=exif)
    message = Message.objects.create(
        channel=talk.channel,
        conversation=talk,
        reporter=talk.reporter,
        unit=unit("18568"),
        external_id="m",
        text="",
        sent_at=now,
        received_at=now,
    )
    attachment = store_attachment_bytes(Attachment(message=message, kind="image", name="<b>.jpg"), out.getvalue())
    attachment.save()
    return attachment


def test_the_shown_copy_only(officer: Make, picture: Attachment) -> None:
    response = sign_in_browser(officer()).get(f"/tep/{picture.public_id}")
    assert response.status_code == 200
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("inline; filename=")
    assert "sandbox" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]
    assert b"SECRET-CAMERA" not in response.content
    assert Image.open(io.BytesIO(response.content)).size == (30, 20)


def test_roles_without_file_access(officer: Make, picture: Attachment) -> None:
    address = f"/tep/{picture.public_id}"
    assert sign_in_browser(officer("PROVINCE_DUTY", "42")).get(address).status_code == 200
    for role, commune, status in (("OFFICER", "18073", 404), ("VILLAGE_TEAM", "18568", 404), ("OPERATOR", "42", 403)):
        assert sign_in_browser(officer(role, commune)).get(address).status_code == status
    assert sign_in_browser(None).get(address).status_code == 302
    assert sign_in_browser(officer()).get("/tep/019f0000-0000-7000-8000-000000000000").status_code == 404
    for state in ("KEPT", "REFUSED", "WAITING"):
        Attachment.objects.update(state=state)
        assert sign_in_browser(officer()).get(address).status_code == 404


def test_an_unreferenced_file_is_served_to_no_role(officer: Make, picture: Attachment, settings: Any) -> None:
    out = io.BytesIO()
    Image.new("RGB", (3, 3)).save(out, "PNG")
    loose = store_upload(out.getvalue(), name="x.png")
    assert sign_in_browser(officer()).get(f"/tep/{loose.public_id}").status_code == 404


# Groups


def test_groups_of_the_own_area(officer: Make, unit: Make, now: dt.datetime) -> None:
    group = Group.objects.create(
        channel=Channel.objects.get(kind="web"),
        area_id=unit("18568").area_id,
        unit=unit("18568"),
        level="COMMUNE",
        name="Bình yên Lộc Hà",
        state="OPEN",
        external_id="g",
        opened_at=now - dt.timedelta(days=30),
        members=412,
    )
    shown = sign_in_browser(officer()).get("/nhom").content.decode()
    assert group.name in shown
    assert "412" in shown
    assert "Lâu không có tin" in shown
    assert group.name in sign_in_browser(officer("PROVINCE_STAFF", "42")).get("/nhom").content.decode()
    assert group.name not in sign_in_browser(officer("OFFICER", "18073")).get("/nhom").content.decode()
    assert sign_in_browser(officer("VILLAGE_TEAM")).get("/nhom").status_code == 403
    assert sign_in_browser(None).get("/nhom").status_code == 302


def test_a_new_group_is_asked_for(officer: Make, unit: Make) -> None:
    Channel.objects.create(kind="zalo_oa", name="OA")
    client, area = sign_in_browser(officer()), unit("18568").area_id
    assert client.post("/nhom/mo", {"area": area, "name": "  Bình yên   Lộc Hà "}).status_code == 303
    group = Group.objects.get()
    assert (group.name, group.level, group.state, group.unit) == (
        "Bình yên Lộc Hà",
        "COMMUNE",
        "CREATING",
        unit("18568"),
    )
    assert "Đang mở nhóm" in client.get("/nhom").content.decode()
    twice = client.post("/nhom/mo", {"area": area, "name": "Bình yên Lộc Hà"})
    assert twice.status_code == 422
    assert "đã có nhóm cùng tên" in twice.content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "Nhóm"}, "Hãy chọn địa bàn"),
        ({"area": "x", "name": "Nhóm"}, "trong danh sách"),
        ({"area": "foreign", "name": "Nhóm"}, "trong danh sách"),
        ({"area": "own", "name": ""}, "Hãy đặt tên nhóm"),
        ({"area": "own", "name": "N" * 31}, "tối đa 30"),
        ({"area": "own", "name": "Nhóm"}, "Chưa nối tài khoản Zalo"),
    ],
)
def test_bad_groups_are_refused_beside_the_field(officer: Make, unit: Make, fields: dict[str, str], words: str) -> None:
    areas = {"own": unit("18568").area_id, "foreign": unit("18073").area_id}
    sent = {**fields, "area": areas.get(fields.get("area", ""), fields.get("area", ""))}
    response = sign_in_browser(officer()).post("/nhom/mo", sent)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Group.objects.exists()


def test_roles_that_may_not_create_groups(officer: Make) -> None:
    assert sign_in_browser(officer("VILLAGE_TEAM")).post("/nhom/mo").status_code == 403
    assert sign_in_browser(officer("PROVINCE_DUTY", "42")).post("/nhom/mo").status_code == 403
    assert "/nhom/mo" not in sign_in_browser(officer("PROVINCE_DUTY", "42")).get("/nhom").content.decode()


def test_many_groups_are_paginated(officer: Make, unit: Make, now: dt.datetime) -> None:
    channel = Channel.objects.get(kind="web")
    for number in range(53):
        Group.objects.create(
            channel=channel,
            area_id=unit("18568").area_id,
            unit=unit("18568"),
            level="VILLAGE",
            opened_at=now,
            name=f"Nhóm {number % 20:02d}",
            state="OPEN",
            external_id=f"g{number}",
        )
    client = sign_in_browser(officer())
    first = client.get("/nhom").content.decode()
    following = first.partition('rel="next" href="')[2].partition('"')[0]
    second = client.get(following).content.decode()
    assert (first.count('href="/nhom/01'), second.count('href="/nhom/01')) == (50, 3)
    assert "Về trang đầu" in second
    assert client.get("/nhom?sau=rac").content.decode().count('href="/nhom/01') == 50
