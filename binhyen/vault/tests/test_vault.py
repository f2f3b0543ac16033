"""Identities live behind the vault: found again by a keyed hash, opened with a reason, forgotten on request."""

import datetime as dt
from typing import Any

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.channels.models import Channel
from binhyen.vault import services
from binhyen.vault.models import Contact, Identity, Reporter

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return Channel.objects.create(kind="zalo_oa", name="OA")


def test_the_same_person_is_one_reporter_however_often_they_write(channel: Channel, now: dt.datetime) -> None:
    first = services.reporters_of(channel.pk, ["246845883529197922", "111"], now=now)
    again = services.reporters_of(channel.pk, ["246845883529197922"], now=now)
    assert again["246845883529197922"] == first["246845883529197922"] != first["111"]
    assert Reporter.objects.count() == Contact.objects.count() == 2


def test_an_outside_id_on_two_channels_is_two_reporters(channel: Channel, now: dt.datetime) -> None:
    other = Channel.objects.create(kind="zalo_oa", name="OA 2")
    one = services.reporters_of(channel.pk, ["7"], now=now)["7"]
    assert services.reporters_of(other.pk, ["7"], now=now)["7"] != one


def test_the_lookup_key_does_not_hold_the_id(channel: Channel, now: dt.datetime) -> None:
    services.reporters_of(channel.pk, ["246845883529197922"], now=now)
    assert "246845883529197922" not in Contact.objects.get().key


def test_delivery_gets_the_address_back(channel: Channel, now: dt.datetime) -> None:
    reporter = services.reporters_of(channel.pk, ["246845883529197922"], now=now)["246845883529197922"]
    assert services.addresses(channel.pk, [reporter]) == {reporter: "246845883529197922"}


def test_opening_needs_a_reason_and_leaves_an_entry(now: dt.datetime) -> None:
    reporter = services.new_reporter(now=now)
    services.seal_identity(reporter_id=reporter, field=services.Field.PHONE, value="0912345678", now=now)
    with pytest.raises(ValueError, match="reason"):
        services.open_identity(reporter_id=reporter, actor="officer:x", reason=" ", now=now)
    assert not AuditEntry.objects.exists()
    facts = services.open_identity(reporter_id=reporter, actor="officer:x", reason="bảo vệ người báo", now=now)
    assert facts == {"PHONE": "0912345678"}
    entry: Any = AuditEntry.objects.get()
    assert (entry.verb, entry.actor) == ("open_identity", "officer:x")
    assert "0912345678" not in str(entry.detail)


def test_forgetting_leaves_no_fact(now: dt.datetime) -> None:
    reporter = services.new_reporter(now=now)
    services.seal_identity(reporter_id=reporter, field=services.Field.NAME, value="Trần Thị An", now=now)
    services.forget([reporter])
    assert not Identity.objects.exists()
