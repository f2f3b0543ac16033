"""Citizens' devices: subscribed on the page, notified of a bulletin of their area and topic, its correction, its end."""

import datetime as dt
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import call_command
from django.test import Client

from binhyen.bulletins import services
from binhyen.bulletins.push_notices import list_notice_keys
from binhyen.bulletins.tests.scene import DAY, create_group, release_bulletin, run_jobs
from binhyen.channels.kinds.webpush.encryption import encode_base64url
from binhyen.channels.models import PushDelivery, PushNotice, PushSubscription
from binhyen.channels.services import push
from tests import rls

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
STAND_IN = "http://127.0.0.1:9"


def build_form(name: str, area: str, *topics: str) -> dict[str, Any]:
    """Build the form that the page's script posts for a new browser."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": encode_base64url(point), "auth": encode_base64url(b"1" * 16), "key": push.get_push_key()}
    return {"endpoint": f"{STAND_IN}/push/{name}", "xa": area, "topic": topics} | keys


def claim_due_notices(now: dt.datetime) -> list[tuple[str, str]]:
    """Claim due notices as the sender does, without sending; return (title, name of the device)."""
    channel = push.find_push_channel()
    assert channel is not None
    by_hash = {push.hash_endpoint(f"{STAND_IN}/push/{name}"): name for name in ("all", "here", "fire", "there")}
    claimed = []
    while batch := push._claim_batch(channel.pk, now=now):
        claimed += [(attempt.notice.title, by_hash[attempt.endpoint_hash]) for attempt in batch]
    return claimed


def test_devices_hear_what_they_chose_and_its_correction_and_end(officer: Any, unit: Any, client: Client) -> None:
    call_command("connect_webpush", stand_in=STAND_IN, verbosity=0)
    author, chief = officer("OFFICER"), officer("CHIEF")
    page = client.get("/nhan-tin?xa=18568").content.decode()
    assert 'value="18568" selected' in page and push.get_push_key() in page
    every = [topic.value for topic in services.TOPIC_LABELS]
    for form in (
        build_form("all", "", *every),
        build_form("here", "18568", "ONLINE_FRAUD", "FIRE"),
        build_form("fire", "18568", "FIRE"),
        build_form("there", "18073", *every),
    ):
        assert client.post("/nhan-tin", form).status_code == 200
    for broken in ({"xa": "99999"}, {"topic": []}, {"endpoint": "https://evil.example/x"}, {"auth": "x"}):
        assert client.post("/nhan-tin", build_form("all", "18568", "FIRE") | broken).status_code == 422
    assert PushSubscription.objects.filter(ended_at=None, topics=[]).count() == 2, "a refusal changes nothing"
    assert b"127.0.0.1" not in bytes(PushSubscription.objects.values_list("sealed", flat=True)[0])

    create_group(unit("18568"))
    with rls.acting_as("worker"):
        row = release_bulletin(author, chief, now=DAY)
    assert sorted(claim_due_notices(DAY)) == [("Lừa đảo qua mạng", "all"), ("Lừa đảo qua mạng", "here")]
    assert PushDelivery.objects.update(state="SENT", due_at=DAY) == 2
    assert client.post("/nhan-tin", build_form("fire", "18568", *every)).status_code == 200  # too late for this one
    PushSubscription.objects.filter(pk=PushSubscription.objects.latest("pk").pk).update(made_at=DAY + HOUR)
    late = PushSubscription.objects.filter(endpoint_hash=push.hash_endpoint(f"{STAND_IN}/push/there"))
    late.update(made_at=DAY - HOUR, area=None)  # missed the original for another reason, such as a lost line

    draft = services.start_correction(code=row.code, officer=author, now=DAY)
    services.submit_bulletin(code=draft.code, officer=author, now=DAY)
    services.approve_bulletin(code=draft.code, officer=chief, now=DAY)
    run_jobs(DAY)
    corrected = [name for title, name in claim_due_notices(DAY) if title == "Đính chính: Lừa đảo qua mạng"]
    assert sorted(corrected) == ["all", "here", "there"], "but no later subscriber"
    late.update(area=unit("18073").area_id)
    assert len({notice.replaces for notice in PushNotice.objects.all()}) == 1, "it replaces the first"

    PushDelivery.objects.filter(subscription__in=late).delete()
    services.withdraw_bulletin(code=draft.code, reason="Tin chưa đúng.", officer=author, now=DAY)
    notified = [name for title, name in claim_due_notices(DAY) if title == "Công an rút một thông báo"]
    assert sorted(notified) == ["all", "here"], "only devices that may have got it"
    keys = list_notice_keys(services.Bulletin.objects.get(pk=draft.pk))
    assert sum(push.count_outcomes(keys=keys).values()) == 4

    assert client.post("/nhan-tin/thoi", {"endpoint": f"{STAND_IN}/push/here"}).status_code == 200
    assert not PushSubscription.objects.filter(ended_at=None, topics=["FIRE", "ONLINE_FRAUD"]).exists()


def test_a_lost_child_is_announced_without_its_name(officer: Any, unit: Any, client: Client) -> None:
    call_command("connect_webpush", stand_in=STAND_IN, verbosity=0)
    create_group(unit("18568"))
    author = officer("OFFICER")
    row = services.create_bulletin(
        form=services.BulletinForm(
            "MISSING",
            "Tìm cháu Nam, 6 tuổi",
            "Cháu đi lạc ở chợ.",
            ground="MISSING_CHILD",
            expires_at=DAY + dt.timedelta(days=1),
        ),
        officer=author,
        now=DAY,
    )
    services.release_urgently(code=row.code, officer=author, now=DAY)
    run_jobs(DAY)
    notice = PushNotice.objects.get()
    assert (notice.title, notice.body, notice.is_urgent) == ("Tìm người", "Xem thông báo.", True)
