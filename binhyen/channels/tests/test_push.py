"""Web push from the button on the phone to the acknowledged alarm, and every answer of a push service."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import orjson
import pytest
from django.core.management import call_command
from django.test import Client

from binhyen.areas.queries import get_directory
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import WORDS, open_case
from binhyen.channels import encryption_helper
from binhyen.channels.adapter import BrowserSubscription
from binhyen.channels.encryption_helper import EncryptionHelper
from binhyen.channels.kinds.webpush import encryption, http
from binhyen.channels.kinds.webpush.adapter import is_allowed_endpoint
from binhyen.channels.kinds.zalo_oa.tests import lab
from binhyen.channels.models import Channel, PushDelivery, PushNotice, PushSubscription
from binhyen.channels.services import push
from binhyen.channels.services.push import NoticeDraft
from binhyen.channels.types import GONE
from binhyen.kit import clock
from binhyen.people.errors import RuleViolation
from tests import rls

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 25, 1, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def _running() -> Iterator[lab.FakeZalo]:
    yield from lab.run_fake_zalo()


@pytest.fixture
def service(_running: lab.FakeZalo) -> lab.FakeZalo:
    """Connect the emulator's push service."""
    _running.control("faults", method="DELETE")
    call_command("connect_webpush", stand_in=_running.url, verbosity=0)
    return _running


def make_device(service: lab.FakeZalo, name: str) -> BrowserSubscription:
    """Let a browser subscribe at the push service; `name` finds its display."""
    key = push.get_push_key()
    made = service.control("devices", {"key": key, "name": name})["subscription"]
    return BrowserSubscription(made["endpoint"], made["keys"]["p256dh"], made["keys"]["auth"], key)


def to_form(device: BrowserSubscription) -> dict[str, str]:
    return {"endpoint": device.endpoint, "p256dh": device.p256dh, "auth": device.auth, "key": device.key}


def list_shown(service: lab.FakeZalo, name: str) -> list[dict[str, Any]]:
    """Return the text that a device shows: the decrypted payload with the headers' values."""
    return [m | orjson.loads(m["text"]) for m in service.control(f"pushed?device={name}")["messages"]]


def deliver() -> int:
    """Deliver as the sender process, with its own database role."""
    with rls.acting_as("sender"):
        return push.deliver_notices(channel_id=Channel.objects.get(kind="webpush").pk)


def queue(key: str, **more: Any) -> None:
    draft = {"title": "Tin", "url": "/thong-bao", "lifetime": dt.timedelta(hours=1)} | more
    push.queue_notice(NoticeDraft(key=key, **draft), now=clock.now())


def test_an_alarm_reaches_a_closed_phone_and_is_taken_from_it(
    service: lab.FakeZalo, officer: Any, unit: Any, client: Client
) -> None:
    chief, taker, other = officer("CHIEF"), officer("OFFICER"), officer("OFFICER")
    client.force_login(taker)
    assert "Bật trên máy này" in client.get("/chuong").content.decode()
    answer = client.post("/chuong/bat", to_form(make_device(service, "one")), headers={"User-Agent": "Chrome Android"})
    assert answer.status_code == 200
    assert client.post("/chuong/so", {"phone": "+84 912 345 678"}).status_code == 303
    push.subscribe_officer(officer=other, device=make_device(service, "other"), browser="", now=clock.now())

    case = open_case(unit("18568"), urgency=3)
    assert deliver() == 2
    (alarm,) = list_shown(service, "one")
    assert (alarm["title"], alarm["url"], alarm["urgency"]) == ("Có vụ khẩn cấp ở đơn vị", "/ban-truc", "high")
    assert not set(WORDS.split()) & set(alarm["body"].split()) - {"Có"} and case.code not in alarm["body"]

    chief_client = Client()
    chief_client.force_login(chief)
    page = chief_client.get("/chuong").content.decode()
    assert "1 người chưa bật chuông" in page and chief.name in page and "0912 345 678" in page

    phone = Client()  # the service worker sends no cookie
    foreign = phone.post("/chuong/nhan", {"token": alarm["token"]}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403 and phone.post("/chuong/nhan", {"token": "x"}).status_code == 422
    assert phone.post("/chuong/nhan", {"token": alarm["token"]}).json() == {"text": "Bạn đã nhận vụ việc."}
    taken = Case.objects.get(pk=case.pk)
    assert taken.assignee_id == taker.pk and taken.acknowledged_at is not None
    assert phone.post("/chuong/nhan", {"token": alarm["token"]}).status_code == 422, "a token works once"
    late = list_shown(service, "other")[0]["token"]
    assert phone.post("/chuong/nhan", {"token": late}).json() == {
        "text": "Đã tắt chuông. Người khác đang giữ việc này."
    }

    deliver()
    assert list_shown(service, "other")[-1]["title"] == "Vụ khẩn cấp đã có người nhận"
    assert list_shown(service, "other")[-1]["tag"] == alarm["tag"], "it replaces the alarm on the screen"

    device = PushSubscription.objects.get(officer=taker)
    assert client.post("/chuong/tat", {"id": str(device.public_id)}).status_code == 303
    device.refresh_from_db()
    assert device.ended_at and not device.sealed


def test_an_escalated_alarm_shows_whom_to_call(service: lab.FakeZalo, officer: Any, unit: Any, client: Client) -> None:
    from binhyen.cases.escalation_settings import get_alarm_delays
    from binhyen.cases.services import officer_actions
    from binhyen.cases.services.alarms import escalate_alarms
    from binhyen.people.services.roster import set_duty_phone

    chief, taker = officer("CHIEF"), officer("OFFICER")
    push.subscribe_officer(officer=chief, device=make_device(service, "chief"), browser="", now=clock.now())
    set_duty_phone(officer=taker, phone="0912 345 678", now=clock.now())
    with pytest.raises(RuleViolation):
        set_duty_phone(officer=taker, phone="12345", now=clock.now())
    case = open_case(unit("18568"), urgency=3)
    client.force_login(chief)
    assert "tel:0912345678" not in client.get("/ban-truc").content.decode(), "control: no step passed yet"
    escalate_alarms(ladder=get_alarm_delays(), now=clock.now() + dt.timedelta(minutes=3))
    assert 'href="tel:0912345678"' in client.get("/ban-truc").content.decode()
    officer_actions.assign_case(code=case.code, officer=chief, to=taker, version=None, now=clock.now())
    escalate_alarms(ladder=get_alarm_delays(), now=clock.now() + dt.timedelta(minutes=6))
    notices = PushNotice.objects.filter(case=case).order_by("pk").values_list("body", flat=True)
    assert list(notices) == ["Chưa ai nhận. Mở bàn trực.", "Đã giao cho một người, chưa xác nhận. Mở bàn trực."]


def test_every_answer_of_a_push_service_has_its_next_step(
    service: lab.FakeZalo, officer: Any, unit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    taker = officer("OFFICER")
    push.subscribe_officer(officer=taker, device=make_device(service, "faulty"), browser="", now=clock.now())
    State = PushDelivery.State
    for number, (fault, state, code, uncertain) in enumerate(
        [
            ({}, State.SENT, "", False),  # control: no fault
            ({"kind": "http_429"}, State.QUEUED, "429", False),
            ({"kind": "http_5xx", "status": 500}, State.QUEUED, "500", False),
            ({"kind": "http_5xx", "status": 413}, State.DEAD, "TOO_LONG", False),
            ({"kind": "http_5xx", "status": 403}, State.DEAD, "403", False),
            ({"kind": "reset"}, State.QUEUED, "NO_ANSWER", True),
            ({"kind": "timeout"}, State.QUEUED, "NO_ANSWER", True),  # it never answers
        ]
    ):
        service.control("faults", method="DELETE")
        if fault:
            service.fault(**fault, endpoint="/push/*", count=1)
        queue(f"fault{number}", officers=[taker.pk])
        with monkeypatch.context() as patch:
            if fault.get("kind") == "timeout":
                patch.setattr(http, "TOTAL_SECONDS", 0.6)
            deliver()
        row = PushDelivery.objects.get(notice__key=f"fault{number}")
        assert (row.state, row.code, row.is_uncertain) == (state, code, uncertain), fault
        PushDelivery.objects.filter(pk=row.pk).update(due_at=clock.now())
        deliver()
        row.refresh_from_db()
        assert row.state == (State.SENT if state == State.QUEUED else state) and row.is_uncertain is uncertain
        assert PushSubscription.objects.get(officer=taker).ended_at is None, "only 404 and 410 end it"
    service.control("faults", method="DELETE")
    given_up = ["fault3", "fault4"]
    with rls.acting_as("pages"):
        assert push.request_push_retry(keys=["fault0", *given_up], now=clock.now()) == 2
    with rls.acting_as("sender"):
        push.retry_given_up_pushes(keys=["fault0", *given_up], now=clock.now())
    assert deliver() == 2 and push.count_outcomes(keys=given_up) == {"SENT": 2}

    typed = dict(http._PERMANENT)
    for status, planted, outcome in (  # controls: a status with a wrong next step is noticed above and below
        (429, typed | {429: ("429", "")}, State.DEAD),
        (500, typed | {500: ("500", "")}, State.DEAD),
        (413, {}, State.DEAD),
        (404, {}, State.DEAD),
    ):
        service.fault(kind="http_5xx", status=status, endpoint="/push/*", count=1)
        queue(f"control{status}", officers=[taker.pk])
        with monkeypatch.context() as patch:
            patch.setattr(http, "_PERMANENT", planted)
            deliver()
        row = PushDelivery.objects.get(notice__key=f"control{status}")
        assert (row.state, row.code) == (outcome, str(status))
    assert PushSubscription.objects.get(officer=taker).ended_at is None, "control: an untyped 404 ends nothing"
    service.fault(kind="http_5xx", status=404, endpoint="/push/*", count=1)
    queue("lost", officers=[taker.pk])
    deliver()
    assert PushSubscription.objects.get(officer=taker).ended_code == GONE
    push.subscribe_officer(officer=taker, device=make_device(service, "faulty2"), browser="", now=clock.now())
    service.control("devices", {"device": "faulty2", "gone": True})
    queue("gone", officers=[taker.pk])
    deliver()
    device = PushSubscription.objects.filter(officer=taker).latest("pk")
    assert device.ended_code == GONE and not device.sealed
    queue("after", officers=[taker.pk])
    assert deliver() == 0, "an ended subscription gets nothing"


def test_a_killed_sender_misses_no_recipient_and_a_withdrawal_overtakes(
    service: lab.FakeZalo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "PUSH_BATCH_SIZE", 2)
    for number in range(5):
        push.subscribe_to_bulletins(area_id=None, topics=[], device=make_device(service, f"c{number}"), now=clock.now())
    channel = Channel.objects.get(kind="webpush")
    queue("first")
    assert len(push._claim_batch(channel.pk, now=clock.now())) == 2  # killed here: sent or not, not known
    assert deliver() == 3
    PushDelivery.objects.filter(state="SENDING").update(due_at=clock.now())  # the lease ends
    assert deliver() == 2
    rows = PushDelivery.objects.filter(notice__key="first")
    assert rows.count() == 5 and rows.filter(is_uncertain=True).count() == 2
    assert push.count_outcomes(keys=["first"]) == {"SENT": 5}
    queue("second", replaces="bulletin-1")
    assert len(push._claim_batch(channel.pk, now=clock.now())) == 2
    push.cancel_notices(replaces="bulletin-1", now=clock.now())
    PushDelivery.objects.filter(state="SENDING").update(due_at=clock.now())
    assert deliver() == 0 and push.count_outcomes(keys=["second"]) == {"UNKNOWN": 2}
    queue("old", lifetime=-dt.timedelta(seconds=1))
    assert deliver() == 0


def test_a_second_process_encrypts_a_large_run_and_its_end_stops_nothing(
    service: lab.FakeZalo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "HELPER_AFTER", 0)
    monkeypatch.setattr(encryption_helper, "TIMEOUT", 120.0)
    prepared: list[bool] = []
    original = EncryptionHelper.encrypt_batch

    async def encrypt_batch(helper: EncryptionHelper, messages: Any) -> Any:
        results = await original(helper, messages)
        prepared.extend(result is not None for result in results)
        return results

    monkeypatch.setattr(EncryptionHelper, "encrypt_batch", encrypt_batch)
    for number in range(2):
        push.subscribe_to_bulletins(area_id=None, topics=[], device=make_device(service, f"h{number}"), now=clock.now())
    queue("helped")
    assert deliver() == 2 and prepared == [True, True]
    assert [message["title"] for message in list_shown(service, "h1")] == ["Tin"]

    async def start_dead(kind: str) -> EncryptionHelper:
        helper = await EncryptionHelper.start_process(kind)
        helper._process.kill()
        helper._process.wait()
        return helper

    PushSubscription.objects.filter(pk=PushSubscription.objects.earliest("pk").pk).update(sealed=b"x")
    monkeypatch.setattr(push, "EncryptionHelper", Mock(start_process=start_dead))
    queue("helpless")
    assert deliver() == 1 and prepared[2:] == [False, False]
    assert PushSubscription.objects.filter(ended_code=GONE).count() == 1, "the sender types the failure"


def test_a_batch_that_fails_ends_the_run_and_is_sent_by_the_next_one(
    service: lab.FakeZalo, monkeypatch: pytest.MonkeyPatch
) -> None:
    push.subscribe_to_bulletins(area_id=None, topics=[], device=make_device(service, "f1"), now=clock.now())
    queue("first")

    def raise_planted_error(attempt: Any) -> str:
        raise RuntimeError("planted")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="planted"):
        patch.setattr(push, "_write_text", raise_planted_error)
        deliver()
    assert push.count_outcomes(keys=["first"]) == {"SENDING": 1}
    PushDelivery.objects.update(due_at=clock.now())  # the lease ends
    assert deliver() == 1 and push.count_outcomes(keys=["first"]) == {"SENT": 1}


def test_a_bulletin_reaches_the_area_and_topic_and_a_new_key_leaves_nobody_out(service: lab.FakeZalo) -> None:
    areas = [entry.area_id for entry in get_directory().communes.values()][:2]
    choices = {"everything": (None, []), "here": (areas[0], []), "there": (areas[1], []), "fire": (areas[0], ["FIRE"])}
    for name, (area, topics) in choices.items():
        push.subscribe_to_bulletins(
            area_id=area, topics=topics, device=make_device(service, f"{name}1"), now=clock.now()
        )
    queue("b1", areas=[areas[0]], topic="FRAUD")
    assert deliver() == 2 and list_shown(service, "here1") and not list_shown(service, "fire1")
    call_command("connect_webpush", rotate=True, verbosity=0)
    moved = make_device(service, "moved")
    push.subscribe_to_bulletins(area_id=None, topics=[], device=moved, now=clock.now())
    queue("b2")
    assert deliver() == 5, "the old key signs for the earlier devices"
    call_command("connect_webpush", drop_old=True, verbosity=0)
    queue("b3")
    assert deliver() == 1 and PushSubscription.objects.filter(ended_code=GONE).count() == 4
    fresh = make_device(service, "fresh")
    assert push.renew_subscription(old_endpoint=moved.endpoint, device=fresh, now=clock.now())
    assert not push.renew_subscription(old_endpoint=moved.endpoint, device=fresh, now=clock.now())
    assert push.end_subscription(endpoint=fresh.endpoint, now=clock.now())


def test_addresses_and_waits_that_are_refused_or_read(service: lab.FakeZalo, officer: Any, unit: Any) -> None:
    known, stand_in = {"stand_in": "http://127.0.0.1:9"}, "http://127.0.0.1:9/push/x"
    for endpoint, allowed in {
        "https://fcm.googleapis.com/fcm/send/x": True,
        "https://wns2-par02p.notify.windows.com/w/?token=x": True,
        stand_in: True,
        "http://fcm.googleapis.com/x": False,
        "https://fcm.googleapis.com:8443/x": False,
        "https://fcm.googleapis.com.evil.example/x": False,
        "https://user@fcm.googleapis.com/x": False,
        "http://127.0.0.1:8000/x": False,
        "https://notify.windows.com.evil/x": False,
        "https://[::1": False,
    }.items():
        assert is_allowed_endpoint(endpoint, known) is allowed, endpoint
    assert not is_allowed_endpoint(stand_in, {})
    for value, seconds in {"120": 120.0, "": None, "soon": None, "999999999": 21600.0}.items():
        assert http.parse_retry_after(value, now=NOW) == seconds
    assert http.parse_retry_after("Wed, 25 Nov 2026 01:01:00 GMT", now=NOW) == 60.0
    good = make_device(service, "good")
    for name in ("endpoint", "p256dh", "auth", "key"):
        broken = BrowserSubscription(**{**to_form(good), name: "x"})
        with pytest.raises(RuleViolation):
            push.subscribe_officer(officer=officer("OFFICER"), device=broken, browser="", now=clock.now())
    assert not PushSubscription.objects.exists() and not PushNotice.objects.exists()
    signer, (public, secret) = encryption.VapidSigner(), encryption.generate_vapid_key()

    def sign(origin: str, moment: dt.datetime) -> str:
        return signer.build_header(
            origin=origin,
            kid=public["kid"],
            public=public["public"],
            secret=secret,
            subject="mailto:a@b.vn",
            now=moment,
        )

    first = sign("https://a", NOW)
    assert sign("https://a", NOW + dt.timedelta(hours=10)) == first != sign("https://b", NOW)
    assert sign("https://a", NOW + dt.timedelta(hours=11, minutes=1)) != first
    assert sign("https://a", NOW - dt.timedelta(days=2)) != first, "the clock was set back"
