"""Attack row A14: key rotation under load; wrong keys, swapped rows and missing keys open nothing. Each with its
control.
"""

import datetime as dt
import re
import threading
import time
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from binhyen.channels.models import Credential, Group, Inbound, Message
from binhyen.channels.services.messages import format_sealed_context
from binhyen.conduct.models import Complaint
from binhyen.intake.tests.chat_reports import create_group
from binhyen.kit import clock, file_storage, key_files
from binhyen.tips.models import Tip
from binhyen.vault import encrypted_columns, envelopes, group_keys, process_keys, secret_sharing, services
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.models import Contact, ConversationKey, GroupKey, Identity, KeyShare, SealedText, WrappedKey
from binhyen.vault.queries import (
    format_contact_context,
    format_identity_context,
    format_lock_context,
    format_text_context,
)
from binhyen.vault.services import key_holders, key_rotation
from binhyen.vault.tests.people import CUSTODIANS, create_custodians, create_key, restore_first_keys
from tests.process_harness import ProcessHarness, run_processes, wait_until
from tests.security.under_seal import create_sealed_reports, list_sealed_files

NONE = dt.timedelta(0)
HANDLERS = ("PROVINCE_DUTY", "DIRECTOR", "INSPECTOR")
TEXTS = ("Cây đổ chắn đường ở thị trấn Lộc Hà", "Mất ví ở chợ Lộc Hà", "Hàng xóm hát karaoke ồn quá ở Lộc Hà")


class KeyHolders:
    """The holders of people's keys."""

    def __init__(self, officer: Callable[..., Any], now: dt.datetime) -> None:
        self.custodians = [(holder, pair) for _, holder, pair in create_custodians(officer, now)]
        # Two of the duty desk first, then one of each other desk: every key of people has a holder.
        self.handlers = [create_key(officer(role, "42"), now) for role in ("PROVINCE_DUTY", *HANDLERS)]
        for group in key_rotation.PEOPLE_GROUPS:
            if group not in CUSTODIANS:  # rotated by the custodians above
                key_rotation.rotate_group_key(group, actor="t", now=now)
        for _ in range(20):
            if not key_rotation.rewrap_founding():
                break

    @property
    def all(self) -> list[Any]:
        return [*self.custodians, *self.handlers]

    def part(self, copy: WrappedKey, holder: Any) -> bytes | None:
        """Return this holder's part of a copy: a share, or for handlers the whole key."""
        share = KeyShare.objects.filter(holder=holder[0], group_key=copy.group_key_id, part=0).first()
        if share is None:
            return None
        key = KeyPair.of(key_holders.open_share(share, holder[1]))
        return envelopes.open_envelope(
            copy.ciphertext, pair=key, context=format_lock_context(copy.lock_id, copy.group_key.part)
        )

    def lock(self, lock_id: int, *people: Any) -> KeyPair:
        """Return the key; raise ValueError if these people together cannot open it."""
        parts: dict[int, bytes] = {}
        for copy in WrappedKey.objects.filter(lock_id=lock_id).select_related("group_key"):
            for holder in people:
                opened = self.part(copy, holder)
                if opened is not None:
                    parts[copy.group_key.part] = opened
        return KeyPair.of(parts[0] if 0 in parts else secret_sharing.join_parts(parts))


def list_unreadable(keepers: KeyHolders) -> list[str]:
    """Return every encrypted row that its readers cannot decrypt, by table. The central check of this row."""
    lost: list[str] = []
    locks: dict[int | None, KeyPair] = {}

    def check_by_lock(what: str, sealed: Any, lock: int | None, context: str) -> None:
        lost.extend(try_to_open(what, lambda: decrypt(sealed, locks.get(lock), context)))

    def check_by_file(what: str, group: str, sealed: Any, context: str) -> None:
        lost.extend(try_to_open(what, lambda: process_keys.open_with_process_key(group, sealed, context=context)))

    for number in ConversationKey.objects.values_list("pk", flat=True):
        try:
            locks[number] = keepers.lock(number, *keepers.all)
        except (ValueError, envelopes.EnvelopeError):
            lost.append(f"lock {number}")
    for contact in Contact.objects.select_related("reporter"):
        context = format_contact_context(contact.channel_id, contact.key)
        check_by_file(f"contact {contact.pk}", "DELIVERY", contact.ciphertext, context)
        check_by_lock(f"custody {contact.pk}", contact.custody_sealed, contact.reporter.lock_id, context)
    for fact in Identity.objects.select_related("reporter"):
        context = format_identity_context(fact.reporter_id, fact.field)
        check_by_lock(f"fact {fact.pk}", fact.ciphertext, fact.reporter.lock_id, context)
    for text in SealedText.objects.all():
        check_by_lock(f"text {text.pk}", text.ciphertext, text.lock_id, format_text_context(str(text.public_id)))
    for post in Message.objects.exclude(lock=None):
        check_by_lock(f"post {post.pk}", post.ciphertext, post.lock_id, format_sealed_context(str(post.public_id)))
    for file, lock, context in list_sealed_files():
        check_by_lock(f"file {context}", file_storage.read_file(file), lock, context)
    for secret in Credential.objects.all():
        for group, value in (("DELIVERY", secret.ciphertext), ("GATEWAY", secret.gateway_ciphertext)):
            check_by_file(f"secret of {group}", group, value, f"channels_credential.ciphertext:{secret.pk}")
    return lost


def decrypt(sealed: Any, lock: KeyPair | None, context: str) -> bytes:
    if lock is None:
        raise envelopes.EnvelopeError("no lock")
    return envelopes.open_envelope(sealed, pair=lock, context=context)


def try_to_open(what: str, open_: Callable[[], bytes]) -> list[str]:
    try:
        open_()
    except (envelopes.EnvelopeError, key_files.KeyFileMissing):
        return [what]
    return []


@pytest.fixture
def keepers(real_db: None, officer: Callable[..., Any], now: dt.datetime) -> Iterator[KeyHolders]:
    made = KeyHolders(officer, now)
    try:
        yield made
    finally:
        restore_first_keys(now)


class WriterLoad(threading.Thread):
    """People who write to the account without pause until stopped, each sometimes in a sealed conversation; `said`: how
    many messages the account accepted, `sealed`: how many sealed ones.
    """

    def __init__(self, stack: ProcessHarness, group: Group) -> None:
        super().__init__(daemon=True)
        self.stack, self.group, self.said, self.sealed, self.over = stack, group, 0, 0, threading.Event()
        self.broken = ""

    def run(self) -> None:
        try:
            while not self.over.is_set():
                citizen = self.stack.create_citizen(f"Người {self.said}")
                self.stack.send_message(citizen, f"{TEXTS[self.said % len(TEXTS)]}, số nhà {self.said}")
                self.said += 1
                if self.said % 4 == 1:
                    create_sealed_reports(self.group)
                    self.sealed += 1
                self.over.wait(0.05)
        except Exception as problem:
            self.broken = repr(problem)
        finally:
            connection.close()

    def stop(self) -> int:
        self.over.set()
        self.join(60)
        assert not self.is_alive() and not self.broken, self.broken
        return self.said


def rewrap_copies(keepers: KeyHolders) -> None:
    """Rewrap people's copies by the holders of the old keys; the machines of the running program are notified."""
    for _ in range(40):
        if not sum(key_rotation.rewrap_with_holder(holder, pair) for holder, pair in keepers.all):
            break
    key_rotation.defer_rewrap(key_rotation.MACHINE_GROUPS)


def wait_until_rotated(keepers: KeyHolders) -> None:
    """Wait until nothing is encrypted under an old key. A process caches a key for half a minute, so this takes that
    long.
    """
    woken = 0.0

    def is_finished() -> bool:
        nonlocal woken
        if time.monotonic() - woken > 1:
            woken = time.monotonic()
            rewrap_copies(keepers)
        return not sum(
            key_rotation.count_left_by_key((*key_rotation.MACHINE_GROUPS, *key_rotation.PEOPLE_GROUPS)).values()
        )

    wait_until(is_finished, why=f"left {key_rotation.count_left_by_key(key_rotation.MACHINE_GROUPS)}")


@pytest.fixture
def group(unit: Callable[[str], Any], now: dt.datetime, settings: Any, tmp_path: Path) -> Group:
    settings.FILES_ROOT = tmp_path / "sealed"
    return create_group(unit("18568"), now)


def test_five_rotations_under_load_lose_nothing(keepers: KeyHolders, group: Group, tmp_path: Path) -> None:
    """Each of the five rotates every group while people write; at the end 0 unreadable rows, 0 under a retired key."""
    connection.close()
    with run_processes(tmp_path, "emulator", "gateway", "worker", "sender") as stack:
        load = WriterLoad(stack, group)
        load.start()
        before = 0
        for turn in range(5):
            wait_until(lambda b=before: load.said > b + 3 or load.broken, why=f"people write, turn {turn}")  # type: ignore[misc]
            for group in (*key_rotation.MACHINE_GROUPS, *key_rotation.PEOPLE_GROUPS):
                key_rotation.rotate_group_key(group, actor="system:test", now=clock.now())
            before = load.said
            rewrap_copies(keepers)
        total = load.stop()
        wait_until(lambda: not Inbound.objects.filter(state="PENDING").exists(), why="everything read")
        wait_until(lambda: Message.objects.count() >= total, why="every word is a message")
        wait_until_rotated(keepers)
        assert (
            not Inbound.objects.exclude(state="DONE")
            .exclude(event__startswith="user_follow")
            .filter(state="DEAD")
            .exists()
        )
        assert Contact.objects.count() >= total and total > 15
        sealed_counts = Tip.objects.count(), Complaint.objects.count(), Message.objects.exclude(lock=None).count()
        assert sealed_counts == (load.sealed,) * 3 and load.sealed >= 5
        assert list_unreadable(keepers) == []
        gone = key_rotation.destroy_unused(actor="system:test", now=clock.now(), grace=NONE)
        assert (
            len(gone) >= 15
            and key_rotation.count_left_by_key((*key_rotation.MACHINE_GROUPS, *key_rotation.PEOPLE_GROUPS)) == {}
        )
        assert list_unreadable(keepers) == [], "nothing needed the deleted keys"
        last_citizen = stack.create_citizen("Người sau cùng")
        stack.send_message(last_citizen, "Mất ví ở chợ Lộc Hà")
        wait_until(lambda: stack.list_received_texts(last_citizen), why="webhooks and delivery go on with the new keys")


def test_the_control_of_the_rotation(keepers: KeyHolders, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeded defect: a column missing from the list. Its key is destroyed while rows depend on it, and the check above
    reports it.
    """
    reporter = services.get_or_create_reporters(1, ["123"], now=now)
    assert reporter and list_unreadable(keepers) == []
    monkeypatch.setattr(encrypted_columns, "_columns", [])
    monkeypatch.setattr(key_files, "destroy_key", lambda *_: None)  # the file stays for other tests …
    old = GroupKey.objects.get(group="DELIVERY", retired_at=None)
    key_rotation.rotate_group_key("DELIVERY", actor="t", now=now)
    key_rotation.rewrap_machine("DELIVERY")
    assert [k.pk for k in key_rotation.destroy_unused(["DELIVERY"], actor="t", now=now, grace=NONE)] == [old.pk]
    plain = process_keys.load_key_pair

    def raise_missing(group: str, key_id: bytes) -> KeyPair:
        if key_id == bytes(old.key_id):
            raise key_files.KeyFileMissing("destroyed")  # … and is missing for this one
        return plain(group, key_id)

    monkeypatch.setattr(process_keys, "load_key_pair", raise_missing)
    assert list_unreadable(keepers) == [f"contact {Contact.objects.get().pk}"]


def test_the_control_of_what_was_told_under_seal(keepers: KeyHolders, group: Group) -> None:
    """Seeded defect: copies of three conversation keys that no rotation rewrapped. Their texts and files are reported."""
    create_sealed_reports(group)
    assert list_unreadable(keepers) == []
    locks = [
        *Tip.objects.values_list("lock", flat=True),
        *Complaint.objects.values_list("lock", flat=True),
        *Message.objects.exclude(lock=None).values_list("lock", flat=True),
    ]
    WrappedKey.objects.filter(lock__in=locks).delete()
    assert len(locks) == 3
    lost = {re.sub(r"[:.].*| \d+", "", name) for name in list_unreadable(keepers)}
    assert lost == {"lock", "text", "post", "file tips_tipfile", "file conduct_file"}


@pytest.fixture
def rows(keepers: KeyHolders, now: dt.datetime) -> list[int]:
    """Create two reporters with names, two conversations with texts."""
    made = [
        services.create_reporter({services.Field.NAME: f"Tên {n}", services.Field.PHONE: f"09{n}"}, now=now)
        for n in (1, 2)
    ]
    for n in (1, 2):
        lock = services.create_conversation_key(["TIPS"], now=now)
        services.seal_text(lock_id=lock.pk, owner=f"tip:{n}", kind=services.Kind.TOLD, text=f"Lời {n}", now=now)
    assert list_unreadable(keepers) == []
    return made


SWAPS = {
    "name of another person": ("vault_identity", "ciphertext", "field = 'NAME'"),
    "copy of a lock": (
        "vault_wrappedkey",
        "ciphertext",
        "group_key_id IN (SELECT id FROM vault_groupkey WHERE part = 1 AND retired_at IS NULL)",
    ),
    "words of another conversation": ("vault_sealedtext", "ciphertext", "true"),
    "lock of another person": ("vault_reporter", "lock_id", "true"),
}


def swap_rows(table: str, column: str, where: str) -> None:
    """Swap the contents of the table's first two rows, as the database's owner could."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {column} FROM {table} WHERE {where} ORDER BY id LIMIT 2")
        (a, first), (b, second) = cursor.fetchall()
        cursor.execute("ALTER TABLE vault_reporter DROP CONSTRAINT IF EXISTS vault_reporter_lock_id_key")
        for row, value in ((a, second), (b, first)):
            cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [value, row])
        cursor.execute("ALTER TABLE vault_reporter ADD CONSTRAINT vault_reporter_lock_id_key UNIQUE (lock_id)")


@pytest.mark.parametrize("what", list(SWAPS))
def test_swapped_rows_are_refused(keepers: KeyHolders, rows: list[int], what: str) -> None:
    swap_rows(*SWAPS[what])
    assert len(list_unreadable(keepers)) >= 2, what


def test_a_fact_moved_to_another_column_is_refused(keepers: KeyHolders, rows: list[int]) -> None:
    name, phone = Identity.objects.filter(reporter=rows[0]).order_by("field")
    Identity.objects.filter(pk=name.pk).update(ciphertext=phone.ciphertext)
    assert list_unreadable(keepers) == [f"fact {name.pk}"]


def test_the_control_of_the_context(keepers: KeyHolders, rows: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeded defect: envelopes without their row as context. A swap within one person then goes undetected."""
    name, phone = Identity.objects.filter(reporter=rows[0]).order_by("field")
    pair = keepers.lock(name.reporter.lock_id or 0, *keepers.custodians)
    opening, sealing = (
        envelopes.crypto_aead_xchacha20poly1305_ietf_decrypt,
        envelopes.crypto_aead_xchacha20poly1305_ietf_encrypt,
    )
    monkeypatch.setattr(
        envelopes, "crypto_aead_xchacha20poly1305_ietf_decrypt", lambda b, _, n, k: opening(b, b"", n, k)
    )
    monkeypatch.setattr(
        envelopes, "crypto_aead_xchacha20poly1305_ietf_encrypt", lambda m, _, n, k: sealing(m, b"", n, k)
    )
    moved = envelopes.seal_envelope(b"09", to=pair.public, context=format_identity_context(rows[0], phone.field))
    assert envelopes.open_envelope(moved, pair=pair, context=format_identity_context(rows[0], name.field)) == b"09"


def test_wrong_keys_open_nothing(keepers: KeyHolders, rows: list[int]) -> None:
    """Another person's key, a handler's for identities, a custodian's for texts, any machine's: 0 opened."""
    opened = 0
    for copy in WrappedKey.objects.select_related("group_key"):
        wrong = envelopes.generate_key_pair()
        tries = [
            wrong,
            *(
                process_keys.load_key_pair(k.group, bytes(k.key_id))
                for k in GroupKey.objects.filter(
                    group__in=key_rotation.MACHINE_GROUPS, destroyed_at=None, retired_at=None
                )
            ),
        ]
        for pair in [*tries, *(pair for _, pair in keepers.all)]:
            try:
                envelopes.open_envelope(
                    copy.ciphertext, pair=pair, context=format_lock_context(copy.lock_id, copy.group_key.part)
                )
                opened += 1
            except envelopes.EnvelopeError:
                pass
    assert opened == 0
    assert all(
        keepers.part(c, keepers.handlers[0]) is None for c in WrappedKey.objects.filter(group_key__group="IDENTITY")
    )
    assert all(
        keepers.part(c, keepers.custodians[0]) is None for c in WrappedKey.objects.filter(group_key__group="TIPS")
    )


def test_any_two_custodians_and_no_one_alone(keepers: KeyHolders, rows: list[int]) -> None:
    from binhyen.vault.models import Reporter

    for lock in Reporter.objects.filter(pk__in=rows).values_list("lock_id", flat=True):
        for two in combinations(keepers.custodians, 2):
            assert keepers.lock(lock or 0, *two)
        for holder in [*keepers.custodians, *keepers.handlers]:
            with pytest.raises(ValueError, match="three"):
                keepers.lock(lock or 0, holder)


def test_a_missing_key_fails_closed(keepers: KeyHolders, rows: list[int], now: dt.datetime) -> None:
    """An envelope with an unknown key is refused, a missing key file is reported, a group without a key accepts no row."""
    sealed = envelopes.seal_envelope(b"x", to=envelopes.generate_key_pair().public, context="c")
    with pytest.raises(key_files.KeyFileMissing):
        process_keys.open_with_process_key("DELIVERY", sealed, context="c")
    for broken in (b"", b"\x01", sealed[:60], b"\x02" + sealed[1:]):
        with pytest.raises(envelopes.EnvelopeError):
            process_keys.open_with_process_key("DELIVERY", broken, context="c")
    current_keys = GroupKey.objects.filter(group="TIPS", retired_at=None)
    numbers = list(current_keys.values_list("pk", flat=True))
    current_keys.update(retired_at=now)
    group_keys.clear_key_cache()
    before = (WrappedKey.objects.count(), SealedText.objects.count(), ConversationKey.objects.count())
    from django.db import transaction

    with pytest.raises(group_keys.MissingGroupKey), transaction.atomic():
        lock = services.create_conversation_key(["TIPS"], now=now)
        services.seal_text(lock_id=lock.pk, owner="tip:3", kind=services.Kind.TOLD, text="Lời", now=now)
    assert (WrappedKey.objects.count(), SealedText.objects.count(), ConversationKey.objects.count()) == before
    GroupKey.objects.filter(pk__in=numbers).update(retired_at=None)
    group_keys.clear_key_cache()
