"""Identities are erased once the reporter got the result, or after half a year: key first, so no
copy can be decrypted."""

import datetime as dt

import pytest

from binhyen.cases.models import Case, Report
from binhyen.cases.tests.scene import open_case
from binhyen.channels.models import Channel, Conversation, Membership, Outgoing
from binhyen.intake.tests.chat_reports import create_group
from binhyen.kit import clock
from binhyen.privacy.services import identities, retention
from binhyen.privacy.tests.scene import DAY, create_closed_case, run_sweep
from binhyen.vault import envelopes
from binhyen.vault import services as vault
from binhyen.vault.models import Contact, Identity, Reporter, WrappedKey
from binhyen.vault.tests.unsealing import decrypt_fact, open_all_facts

pytestmark = pytest.mark.django_db


def create_identified_reporter(unit, now, *, done: dt.datetime | None = None) -> int:
    """Create a reporter with a phone and a channel id, whose case ended at `done`; return their id."""
    case = (
        create_closed_case(unit("18568"), "environment_noise", moment=now)
        if done
        else open_case(unit("18568"), now=now)
    )
    if done:
        Case.objects.filter(pk=case.pk).update(closed_at=done)
    channel = Channel.objects.get(kind="web").pk
    person = vault.get_or_create_reporters(channel, [f"zalo-{case.code}"], now=now)[f"zalo-{case.code}"]
    vault.seal_identity(reporter_id=person, field=vault.Field.PHONE, value="0912345678", now=now)
    talk = Conversation.objects.create(channel_id=channel, reporter_id=person, last_interaction_at=now)
    Report.objects.filter(case=case).update(reporter=person, conversation=talk)
    return person


def is_erased(person: int) -> bool:
    """Check that nothing leads to the person any more."""
    row = Reporter.objects.get(pk=person)
    has_identity = Identity.objects.filter(reporter=person).exists() or Contact.objects.filter(reporter=person).exists()
    return row.lock_id is None and not has_identity


@pytest.mark.parametrize(("done", "length"), [(True, 7), (False, 180)])
def test_after_the_result_or_half_a_year_of_silence(unit, now, done, length):
    person = create_identified_reporter(unit, now, done=now if done else None)
    assert open_all_facts() == {"PHONE": "0912345678"}, "control: until then the custodians can open it"
    run_sweep(now + length * DAY - dt.timedelta(hours=1), "identity")
    assert not is_erased(person)
    run_sweep(now + length * DAY + dt.timedelta(hours=23), "identity")
    assert is_erased(person) and WrappedKey.objects.count() == 0


def test_a_copy_from_a_backup_opens_no_more(unit, now):
    """Crypto-erasure: the row of yesterday's backup and all remaining keys decrypt nothing."""
    create_identified_reporter(unit, now, done=now)
    saved = Identity.objects.get()
    assert decrypt_fact(saved) == "0912345678"
    run_sweep(now + 8 * DAY, "identity")
    assert WrappedKey.objects.count() == 0
    with pytest.raises((AssertionError, Reporter.DoesNotExist, envelopes.EnvelopeError)):
        decrypt_fact(
            Identity(reporter=Reporter.objects.get(pk=saved.reporter_id), field="PHONE", ciphertext=saved.ciphertext)
        )


def test_control_deleted_rows_with_a_retained_key_could_be_opened(unit, now, monkeypatch):
    person = create_identified_reporter(unit, now, done=now)
    saved, lock = Identity.objects.get(), Reporter.objects.get(pk=person).lock
    monkeypatch.setattr("binhyen.vault.services.destroy_conversation_keys", lambda ids: None)
    run_sweep(now + 8 * DAY, "identity")
    saved.reporter.lock = lock
    assert decrypt_fact(saved) == "0912345678", "so the test above can fail"


def test_protection_and_other_open_cases_keep_it(unit, now, officer):
    protected, busy = create_identified_reporter(unit, now, done=now), create_identified_reporter(unit, now, done=now)
    case = Case.objects.get(reports__reporter=protected)
    retention.create_hold(
        code=case.code,
        reason="Đang bảo vệ người báo tin",
        until=clock.to_vietnam_day(now + 400 * DAY),
        officer=officer("PROVINCE_STAFF", "42"),
        now=now,
    )
    Report.objects.create(case=open_case(unit("18568"), now=now), reporter_id=busy, at=now)
    run_sweep(now + 100 * DAY, "identity")
    assert not is_erased(protected) and not is_erased(busy)
    run_sweep(now + 181 * DAY, "identity")
    assert not is_erased(protected) and is_erased(busy), "half a year ends it for unprotected reporters"


def test_a_member_stays_in_the_group_under_a_new_pseudonym(unit, now):
    person = create_identified_reporter(unit, now, done=now)
    group = create_group(unit("18568"), now)
    Membership.objects.create(group=group, reporter_id=person, joined_at=now)
    run_sweep(now + 8 * DAY, "identity")
    fresh = Membership.objects.get(group=group, left_at=None).reporter_id
    assert is_erased(person) and fresh != person
    assert Contact.objects.get().reporter_id == fresh, "the group's channel goes on working"
    assert vault.open_addresses(group.channel_id, [fresh])[fresh].startswith("zalo-")
    assert bytes(Contact.objects.get().custody_sealed) == b""


def test_past_members_go_thirty_days_after_they_left(unit, now):
    channel = Channel.objects.get(kind="web").pk
    person = vault.get_or_create_reporters(channel, ["zalo-x"], now=now)["zalo-x"]
    Membership.objects.create(group=create_group(unit("18568"), now), reporter_id=person, joined_at=now, left_at=now)
    assert run_sweep(now + 29 * DAY, "member")["member"] == 0
    assert run_sweep(now + 31 * DAY, "member")["member"] == 1
    assert is_erased(person)


def test_pending_messages_to_an_erased_person_are_not_sent(unit, now):
    person = create_identified_reporter(unit, now, done=now)
    talk = Conversation.objects.get(reporter=person)
    Outgoing.objects.create(
        key="w",
        channel_id=talk.channel_id,
        conversation=talk,
        purpose="ANSWER",
        text="Chào",
        created_at=now,
        due_at=now,
    )
    run_sweep(now + 8 * DAY, "identity")
    assert Outgoing.objects.get(key="w").state == "CANCELLED"


def test_chat_only_persons_are_erased_and_group_members_stay(unit, now):
    channel = Channel.objects.get(kind="web").pk
    ids = vault.get_or_create_reporters(channel, ["a", "b"], now=now)
    for name in ids:
        Conversation.objects.create(channel_id=channel, reporter_id=ids[name], last_interaction_at=now)
    Membership.objects.create(group=create_group(unit("18568"), now), reporter_id=ids["b"], joined_at=now)
    run_sweep(now + 200 * DAY, "identity")
    assert is_erased(ids["a"]) and not is_erased(ids["b"])


def test_the_page_gets_the_current_state(unit, now):
    create_identified_reporter(unit, now, done=now)
    stands = identities.get_identity_status(now)
    assert (stands.count, stands.late) == (1, 0) and stands.next_at == now + 7 * DAY
    assert identities.get_identity_status(now + 8 * DAY).late == 1
