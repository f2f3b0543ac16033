"""E-mail against an SMTP server of its own process: what is written, each reply, and the server read by another client."""

import datetime as dt
import smtplib
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from binhyen.areas.queries import get_directory
from binhyen.channels.kinds.email import adapter
from binhyen.channels.kinds.email.adapter import normalize_address
from binhyen.channels.kinds.zalo_oa.tests import lab
from binhyen.channels.models import Channel, PushDelivery, PushNotice, PushSubscription
from binhyen.channels.services import push
from binhyen.channels.services.push import NoticeDraft
from binhyen.channels.types import GONE, SendFailed
from binhyen.kit import clock
from binhyen.people.errors import RuleViolation
from tests import rls

pytestmark = pytest.mark.django_db
State = PushDelivery.State


@pytest.fixture(scope="module")
def _running() -> Iterator[lab.FakeZalo]:
    yield from lab.run_fake_zalo()


@pytest.fixture
def server(_running: lab.FakeZalo) -> lab.FakeZalo:
    """Connect the emulator's SMTP server."""
    _running.control("mail_rules", method="DELETE")
    call_command("connect_email", stand_in=_running.url, verbosity=0)
    return _running


def set_timeout(seconds: float) -> None:
    channel = Channel.objects.get(kind="email")
    channel.settings["timeout"] = seconds
    channel.save(update_fields=["settings"])


def list_mail(server: lab.FakeZalo, address: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = server.control(f"mail?recipient={address}")["messages"]
    return messages


def deliver() -> int:
    """Deliver as the sender process, with its own database role."""
    with rls.acting_as("sender"):
        return push.deliver_notices(channel_id=Channel.objects.get(kind="email").pk)


def subscribe(server: lab.FakeZalo, address: str, *, area_id: int | None = None) -> str:
    """Subscribe and confirm; return the token of the address."""
    push.request_mail_subscription(address=address, area_id=area_id, topics=[], now=clock.now())
    deliver()
    token = str(list_mail(server, address)[-1]["text"].strip().rpartition("/")[2])
    assert push.confirm_mail_subscription(token, now=clock.now())
    return token


def queue(key: str, **more: Any) -> None:
    draft = {
        "title": "Cháy nổ",
        "url": "/thong-bao/K7M2-9QXD",
        "lifetime": dt.timedelta(hours=1),
        "mail_title": "Cháy nổ: coi chừng cháy rừng",
        "mail_text": "Coi chừng cháy rừng\n\n. Dòng bắt đầu bằng dấu chấm",
    } | more
    push.queue_notice(NoticeDraft(key=key, **draft), now=clock.now())


def get_delivery(key: str) -> PushDelivery:
    return PushDelivery.objects.get(notice__key=f"{key}:mail")


def test_an_address_is_asked_first_and_leaves_by_one_click(server: lab.FakeZalo) -> None:
    area = next(iter(get_directory().communes.values())).area_id
    push.request_mail_subscription(address="Hoa@Example.vn ", area_id=area, topics=["FIRE"], now=clock.now())
    push.request_mail_subscription(address="hoa@example.vn", area_id=None, topics=[], now=clock.now())
    assert deliver() == 1, "the second request within minutes sends nothing"
    (letter,) = list_mail(server, "Hoa@example.vn")
    token = letter["text"].strip().rpartition("/")[2]
    queue("early")
    assert deliver() == 0, "unconfirmed: no bulletin"
    row = PushSubscription.objects.get()
    assert b"hoa" not in bytes(row.sealed).lower() and row.is_pending and token not in row.token_hash
    assert push.confirm_mail_subscription(token, now=clock.now())

    queue("first", areas=[area], topic="FIRE", replaces="bulletin-1", is_urgent=True)
    queue("other", areas=[area], topic="FRAUD")
    assert deliver() == 1, "only the chosen topic"
    first = list_mail(server, "Hoa@example.vn")[-1]
    assert first["headers"]["subject"] == "Cháy nổ: coi chừng cháy rừng" and first["headers"]["importance"] == "high"
    assert "\n. Dòng bắt đầu" in first["text"] and "/thong-bao/K7M2-9QXD" in first["text"]
    assert first["headers"]["list-unsubscribe"].endswith(f"/nhan-tin/thu/{token}/thoi>")
    assert first["headers"]["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    queue("end", areas=[area], topic="FIRE", replaces="bulletin-1", only_reached=True, mail_title="Công an rút tin")
    assert deliver() == 1
    end = list_mail(server, "Hoa@example.vn")[-1]["headers"]
    assert end["references"] == first["headers"]["references"] and end["message-id"] != first["headers"]["message-id"]

    assert push.end_mail_subscription(token, now=clock.now()) and not push.end_mail_subscription("", now=clock.now())
    row.refresh_from_db()
    assert row.ended_at and not row.sealed and push.find_mail_subscription(token, now=clock.now()) is None
    late = clock.now() + push.CONFIRMATION_TIME
    push.request_mail_subscription(address="muon@example.vn", area_id=None, topics=[], now=clock.now())
    assert push.prune_push(now=late + dt.timedelta(minutes=1)) and not PushSubscription.objects.filter(is_pending=True)


def test_every_reply_of_a_mail_server_has_its_next_step(server: lab.FakeZalo, monkeypatch: pytest.MonkeyPatch) -> None:
    token = subscribe(server, "thu@example.vn")
    for number, (rule, state, code) in enumerate(
        [
            ({}, State.SENT, ""),  # control: no rule
            ({"kind": "greylist"}, State.QUEUED, "451 4.7.1"),
            ({"kind": "busy"}, State.QUEUED, "421 4.3.2"),
            ({"kind": "refuse_data"}, State.DEAD, "554 5.7.1"),
            ({"kind": "refuse", "code": 552, "text": "5.2.2 Mailbox full"}, State.DEAD, "552 5.2.2"),
            ({"kind": "stall"}, State.UNKNOWN, "NO_ANSWER"),
            ({"kind": "drop"}, State.UNKNOWN, "NO_ANSWER"),
        ]
    ):
        server.control("mail_rules", method="DELETE")
        if rule:
            server.control("mail_rules", {"recipient": "*", "count": 1} | rule)
        queue(f"reply{number}")
        set_timeout(0.6 if rule.get("kind") == "stall" else 10)  # of a busy machine, except where it is waited for
        deliver()
        row = get_delivery(f"reply{number}")
        assert (row.state, row.code, row.is_uncertain) == (state, code, state == State.UNKNOWN), rule
        before = len(list_mail(server, "thu@example.vn"))
        PushDelivery.objects.filter(pk=row.pk).update(due_at=clock.now())
        assert deliver() == (1 if state == State.QUEUED else 0), "what may have arrived is not sent again"
        assert len(list_mail(server, "thu@example.vn")) == before + (state == State.QUEUED)
    server.control("mail_rules", {"kind": "greylist", "recipient": "*", "count": 1})
    queue("control")
    with monkeypatch.context() as patch:  # control: greylisting taken for a refusal is noticed
        patch.setattr(adapter, "to_reply_failure", lambda *_: SendFailed("planted", code="451", is_permanent=True))
        deliver()
    assert get_delivery("control").state == State.DEAD
    server.control("mail_rules", {"kind": "refuse", "recipient": "thu@*"})
    queue("gone")
    deliver()
    assert PushSubscription.objects.get(ended_code=GONE).sealed == b""
    assert push.find_mail_subscription(token, now=clock.now()) is None
    channel = Channel.objects.get(kind="email")
    subscribe(server, "khac@example.vn")
    channel.settings |= {"port": 9}
    channel.save(update_fields=["settings"])
    queue("down")
    assert deliver() == 0 and get_delivery("down").state == State.QUEUED and not get_delivery("down").is_uncertain


def test_addresses_and_settings_that_are_refused(server: lab.FakeZalo) -> None:
    assert normalize_address(" An.Nguyen+tin@Công-an.VN ") == "An.Nguyen+tin@xn--cng-an-ixa.vn"
    for text in (
        "",
        "an",
        "an@",
        "@b.vn",
        "an@b",
        "a b@c.vn",
        "an@b.vn\nBcc: x@y.vn",
        "a..b@c.vn",
        "an@-b.vn",
        "an@1.2.3.4",
    ):
        with pytest.raises(RuleViolation):
            push.request_mail_subscription(address=text, area_id=None, topics=[], now=clock.now())
    assert not PushNotice.objects.exists()
    for options in (
        {},
        {"host": "smtp.example.vn"},
        {"host": "smtp.example.vn", "sender": "a@b.vn", "security": "none"},
    ):
        with pytest.raises(CommandError):
            call_command("connect_email", **options)


def test_another_client_reads_the_stand_in_as_an_smtp_server(server: lab.FakeZalo) -> None:
    port = Channel.objects.get(kind="email").settings["port"]
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost", timeout=5) as client:
        assert client.sendmail("a@b.vn", ["c@d.vn"], "Subject: x\r\n\r\n.dot\r\n..two\r\n") == {}
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            server.control("mail_rules", {"kind": "refuse", "recipient": "x@*"})
            client.sendmail("a@b.vn", ["x@d.vn"], "Subject: x\r\n\r\nx\r\n")
        assert client.docmd("RCPT", "TO:<c@d.vn>")[0] == 503 and client.docmd("MAIL", "FROM:a")[0] == 501
        assert client.docmd("VRFY", "a")[0] == 502 and client.noop()[0] == 250
    assert list_mail(server, "c@d.vn")[-1]["text"].splitlines() == [".dot", "..two"]
