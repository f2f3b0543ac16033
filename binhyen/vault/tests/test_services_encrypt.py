"""Texts of encrypted conversations: readable only with the conversation key, and only in their own row."""

import datetime as dt

import pytest

from binhyen.vault import envelopes, process_keys, services
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.models import SealedText, WrappedKey
from binhyen.vault.queries import format_lock_context, list_sealed_texts, open_texts
from binhyen.vault.sealed_desks import SealedDesk, get_desks
from binhyen.vault.services import Kind

pytestmark = pytest.mark.django_db
OWNER = "tip:0198c0de-0000-7000-8000-000000000000"
TEXT = "Nhà ông Sáu bán ma túy lúc 2 giờ sáng"


def _seal_conversation(now: dt.datetime) -> tuple[int, KeyPair]:
    stored: list[bytes] = []
    lock = services.create_conversation_key(["TIPS"], now=now, private_out=stored)
    services.seal_text(lock_id=lock.pk, owner=OWNER, kind=Kind.TOLD, text=TEXT, now=now)
    services.seal_text(lock_id=lock.pk, owner=OWNER, kind=Kind.REPLY, text="Ở thôn nào ạ?", author="officer:x", now=now)
    return lock.pk, KeyPair.of(stored[0])


def test_the_key_holder_reads_the_conversation(now: dt.datetime) -> None:
    _, key_pair = _seal_conversation(now)
    read = open_texts(OWNER, pair=key_pair)
    assert [(t.kind, t.author, t.text) for t in read] == [("TOLD", "", TEXT), ("REPLY", "officer:x", "Ở thôn nào ạ?")]
    assert not any("ma túy".encode() in s.sealed for s in list_sealed_texts(OWNER))
    with pytest.raises(envelopes.EnvelopeError):
        open_texts(OWNER, pair=envelopes.generate_key_pair())


def test_the_desk_opens_the_same_lock_with_its_groups_key(now: dt.datetime) -> None:
    lock, key_pair = _seal_conversation(now)
    copy = WrappedKey.objects.get(lock=lock)
    assert (
        process_keys.open_with_process_key("TIPS", copy.ciphertext, context=format_lock_context(lock))
        == key_pair.private
    )


def test_a_text_moved_to_another_row_is_refused(now: dt.datetime) -> None:
    _, key_pair = _seal_conversation(now)
    first, second = SealedText.objects.order_by("id")
    SealedText.objects.filter(pk=second.pk).update(ciphertext=first.ciphertext)
    with pytest.raises(envelopes.EnvelopeError):
        open_texts(OWNER, pair=key_pair)


class _Half(SealedDesk):
    name = group = label = "x"


class _Other:
    name = group = label = "x"


def test_a_desk_that_lacks_a_part_is_refused_at_start(settings: object) -> None:
    for name, problem in (("_Half", "abstract"), ("_Other", "is no desk")):
        get_desks.cache_clear()
        settings.SEALED_DESKS = [f"{__name__}.{name}"]  # type: ignore[attr-defined]
        with pytest.raises(TypeError, match=problem):
            get_desks()
    get_desks.cache_clear()
