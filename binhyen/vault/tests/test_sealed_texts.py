"""Texts of encrypted conversations: readable only with the conversation key, and only in their own row."""

import datetime as dt

import pytest

from binhyen.vault import envelopes, process_keys, services
from binhyen.vault.envelopes import Pair
from binhyen.vault.models import LockCopy, SealedText
from binhyen.vault.queries import lock_context, read_texts, sealed_texts
from binhyen.vault.sealed_desks import SealedDesk, desks
from binhyen.vault.services import Kind

pytestmark = pytest.mark.django_db
OWNER = "tip:0198c0de-0000-7000-8000-000000000000"
TEXT = "Nhà ông Sáu bán ma túy lúc 2 giờ sáng"


def _told(now: dt.datetime) -> tuple[int, Pair]:
    kept: list[bytes] = []
    lock = services.new_lock(["TIPS"], now=now, keep=kept)
    services.seal_text(lock_id=lock.pk, owner=OWNER, kind=Kind.TOLD, text=TEXT, now=now)
    services.seal_text(lock_id=lock.pk, owner=OWNER, kind=Kind.REPLY, text="Ở thôn nào ạ?", author="officer:x", now=now)
    return lock.pk, Pair.of(kept[0])


def test_who_opens_the_lock_reads_the_conversation(now: dt.datetime) -> None:
    _, mine = _told(now)
    read = read_texts(OWNER, pair=mine)
    assert [(t.kind, t.author, t.text) for t in read] == [("TOLD", "", TEXT), ("REPLY", "officer:x", "Ở thôn nào ạ?")]
    assert not any("ma túy".encode() in s.sealed for s in sealed_texts(OWNER))
    with pytest.raises(envelopes.Refused):
        read_texts(OWNER, pair=envelopes.new_pair())


def test_the_desk_opens_the_same_lock_with_its_groups_key(now: dt.datetime) -> None:
    lock, mine = _told(now)
    copy = LockCopy.objects.get(lock=lock)
    assert process_keys.open_("TIPS", copy.sealed, context=lock_context(lock)) == mine.private


def test_a_word_moved_to_another_row_is_refused(now: dt.datetime) -> None:
    _, mine = _told(now)
    first, second = SealedText.objects.order_by("id")
    SealedText.objects.filter(pk=second.pk).update(sealed=first.sealed)
    with pytest.raises(envelopes.Refused):
        read_texts(OWNER, pair=mine)


class _Half(SealedDesk):
    name = group = label = "x"


class _Other:
    name = group = label = "x"


def test_a_desk_that_lacks_a_part_is_refused_at_start(settings: object) -> None:
    for name, problem in (("_Half", "abstract"), ("_Other", "is no desk")):
        desks.cache_clear()
        settings.SEALED_DESKS = [f"{__name__}.{name}"]  # type: ignore[attr-defined]
        with pytest.raises(TypeError, match=problem):
            desks()
    desks.cache_clear()
