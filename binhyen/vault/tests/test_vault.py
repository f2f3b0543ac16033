"""Identities in the vault: found by a keyed hash, encrypted on arrival, erased with their key."""

import datetime as dt

import pytest

from binhyen.channels.models import Channel
from binhyen.kit import key_files
from binhyen.vault import envelopes, group_keys, process_keys, services
from binhyen.vault.models import Contact, GroupKey, Identity, Reporter, WrappedKey
from binhyen.vault.tests.unsealing import decrypt_fact, open_all_facts

pytestmark = pytest.mark.django_db
ZALO_ID = "246845883529197922"


@pytest.fixture
def channel() -> Channel:
    return Channel.objects.create(kind="zalo_oa", name="OA")


def test_the_same_person_is_one_reporter_however_often_they_write(channel: Channel, now: dt.datetime) -> None:
    first = services.get_or_create_reporters(channel.pk, [ZALO_ID, "111"], now=now)
    again = services.get_or_create_reporters(channel.pk, [ZALO_ID], now=now)
    assert again[ZALO_ID] == first[ZALO_ID] != first["111"]
    assert Reporter.objects.count() == Contact.objects.count() == 2


def test_an_outside_id_on_two_channels_is_two_reporters(channel: Channel, now: dt.datetime) -> None:
    other = Channel.objects.create(kind="zalo_oa", name="OA 2")
    first_reporter = services.get_or_create_reporters(channel.pk, ["7"], now=now)["7"]
    assert services.get_or_create_reporters(other.pk, ["7"], now=now)["7"] != first_reporter


def test_no_column_of_a_contact_contains_the_id(channel: Channel, now: dt.datetime) -> None:
    services.get_or_create_reporters(channel.pk, [ZALO_ID], now=now)
    row = Contact.objects.get()
    assert not any(ZALO_ID.encode() in bytes(v) for v in (row.key.encode(), row.ciphertext, row.custody_sealed))


def test_delivery_gets_the_address_back(channel: Channel, now: dt.datetime) -> None:
    reporter = services.get_or_create_reporters(channel.pk, [ZALO_ID], now=now)[ZALO_ID]
    assert services.open_addresses(channel.pk, [reporter]) == {reporter: ZALO_ID}


def test_an_address_moved_to_another_person_is_refused(channel: Channel, now: dt.datetime) -> None:
    people = services.get_or_create_reporters(channel.pk, [ZALO_ID, "111"], now=now)
    own_contact, other_contact = (Contact.objects.get(reporter=people[external_id]) for external_id in (ZALO_ID, "111"))
    Contact.objects.filter(pk=own_contact.pk).update(ciphertext=other_contact.ciphertext)
    with pytest.raises(envelopes.EnvelopeError):
        services.open_addresses(channel.pk, [own_contact.reporter_id])


def test_only_the_process_that_sends_can_read_addresses(
    channel: Channel, now: dt.datetime, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter = services.get_or_create_reporters(channel.pk, [ZALO_ID], now=now)[ZALO_ID]
    process_keys.load_key_pair.cache_clear()
    for process in ("pages", "gateway", "worker"):
        monkeypatch.setattr("binhyen.settings.KEY_FOLDERS", frozenset({process}))
        with pytest.raises(key_files.KeyFileMissing):
            services.open_addresses(channel.pk, [reporter])
    monkeypatch.setattr("binhyen.settings.KEY_FOLDERS", frozenset({"sender"}))
    assert services.open_addresses(channel.pk, [reporter]) == {reporter: ZALO_ID}


def test_facts_are_sealed_to_the_custodians(now: dt.datetime) -> None:
    reporter = services.create_reporter({"NAME": "Trần Thị An", "PHONE": "", "ADDRESS": "TDP Phú Mậu"}, now=now)
    services.seal_identity(reporter_id=reporter, field=services.Field.PHONE, value="0912345678", now=now)
    assert open_all_facts() == {"NAME": "Trần Thị An", "ADDRESS": "TDP Phú Mậu", "PHONE": "0912345678"}
    assert WrappedKey.objects.count() == 1
    assert not any(b"0912345678" in bytes(row.ciphertext) for row in Identity.objects.all())


def test_a_newer_fact_replaces_the_older(now: dt.datetime) -> None:
    reporter = services.create_reporter(now=now)
    for value in ("0912345678", "0987654321"):
        services.seal_identity(reporter_id=reporter, field=services.Field.PHONE, value=value, now=now)
    assert open_all_facts() == {"PHONE": "0987654321"}


def test_forgetting_destroys_the_key_so_that_old_copies_are_unreadable(now: dt.datetime) -> None:
    reporter = services.create_reporter({"NAME": "Trần Thị An"}, now=now)
    kept_in_a_backup = Identity.objects.select_related("reporter__lock").get()
    services.erase_reporter_data([reporter])
    assert not Identity.objects.exists()
    assert not WrappedKey.objects.exists()
    with pytest.raises(WrappedKey.DoesNotExist):
        decrypt_fact(kept_in_a_backup)


def test_the_first_keys_are_founded_once(now: dt.datetime) -> None:
    before = set(GroupKey.objects.values_list("group", flat=True))
    assert before == {"GATEWAY", "INTAKE", "DELIVERY", "IDENTITY", "TIPS", "CONDUCT", "DIRECTOR", "INSPECT", "REASON"}
    assert group_keys.create_missing_keys(now=now) == []
    GroupKey.objects.filter(group="TIPS").delete()
    assert group_keys.create_missing_keys(now=now) == ["TIPS"]
    assert GroupKey.objects.get(group="TIPS").founding
