"""Prepared queries return the rows Django would return, for every parameter, and never rows of another officer."""

import datetime as dt
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from binhyen.channels.models import Message
from binhyen.kit import prepared_queries
from binhyen.kit.bulk_insert import insert, insert_values, rewrite
from binhyen.kit.database.base import PREPARED
from binhyen.vault.models import Lock, Reporter

pytestmark = pytest.mark.django_db


def born(now: dt.datetime, count: int) -> list[Reporter]:
    return insert([Reporter(created_at=now + dt.timedelta(hours=i)) for i in range(count)])


def since() -> QuerySet[Reporter]:
    return Reporter.objects.filter(created_at__gte=prepared_queries.NOW, pk__lt=prepared_queries.NUMBER).order_by("pk")


def test_stand_ins_are_replaced_at_every_asking(now: dt.datetime) -> None:
    rows = born(now, 4)
    for first in range(4):
        given = {prepared_queries.NOW: now + dt.timedelta(hours=first), prepared_queries.NUMBER: rows[3].pk}
        found = prepared_queries.rows(("test", "since"), lambda: since().values("pk", "pseudonym"), given)
        assert found == [{"pk": r.pk, "pseudonym": r.pseudonym} for r in rows[first:3]]


def test_it_is_made_once_a_key(now: dt.datetime) -> None:
    key, made = ("test", uuid4()), []

    def make() -> QuerySet[Reporter, dict[str, object]]:
        made.append(1)
        return Reporter.objects.filter(pseudonym=prepared_queries.WORD).values("pk")

    (row,) = born(now, 1)
    for word in (row.pseudonym, "nobody", "50%s'", row.pseudonym):
        expected = [{"pk": row.pk}] if word == row.pseudonym else []
        assert prepared_queries.rows(key, make, {prepared_queries.WORD: word}) == expected
    assert made == [1]


def test_a_list_of_ids_is_one_statement_however_long(now: dt.datetime) -> None:
    rows = born(now, 4)
    for wanted in ([], [rows[1].pk], [r.pk for r in rows[1:]]):
        query = Reporter.objects.filter(pk__in=prepared_queries.among()).order_by("pk").values("pk")
        found = prepared_queries.rows(("test", "among"), lambda q=query: q, {prepared_queries.NUMBERS: wanted})
        assert [row["pk"] for row in found] == wanted


def test_what_can_have_no_row_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as caught:
        assert prepared_queries.rows(("test", "none"), lambda: Reporter.objects.none().values("pk"), {}) == []
    assert not caught.captured_queries


def test_an_object_is_as_django_reads_it(now: dt.datetime) -> None:
    (row,) = born(now, 1)
    found = prepared_queries.first(
        Reporter,
        ("test", "one"),
        lambda: Reporter.objects.filter(pk=prepared_queries.NUMBER),
        {prepared_queries.NUMBER: row.pk},
    )
    plain = Reporter.objects.get(pk=row.pk)
    assert found == plain and found is not None
    assert {f: getattr(found, f) for f in found.__dict__ if f != "_state"} == {
        f: getattr(plain, f) for f in plain.__dict__ if f != "_state"
    }
    assert found.created_at.tzinfo is dt.UTC


def test_control_a_key_that_names_too_little_gives_anothers_rows(now: dt.datetime) -> None:
    """Negative control: why every cache key includes the officer's visibility."""
    first, second = born(now, 2)
    for wanted in (first, second):
        got = prepared_queries.rows(
            ("test", "careless"), lambda w=wanted: Reporter.objects.filter(pk=w.pk).values("pk"), {}
        )
        assert got == [{"pk": first.pk}]


def test_inserted_rows_are_what_was_given(now: dt.datetime) -> None:
    (lock,) = insert([Lock(public=bytes(range(32)), created_at=now)])
    (row,) = insert([Reporter(created_at=now, lock=lock, pseudonym="Đỗ'%s\\")])
    plain = Reporter.objects.select_related("lock").get(pk=row.pk)
    assert (plain.pseudonym, plain.created_at, plain.public_id) == ("Đỗ'%s\\", now, row.public_id)
    assert plain.lock is not None and bytes(plain.lock.public) == bytes(range(32))


def test_what_is_there_already_is_refused_or_left(now: dt.datetime) -> None:
    (row,) = born(now, 1)
    again = Reporter(created_at=now, public_id=row.public_id)
    assert insert([again], ignore_conflicts=True) == [again]
    assert Reporter.objects.filter(public_id=row.public_id).count() == 1
    with pytest.raises(IntegrityError):
        insert([again])


def test_rows_without_objects_get_the_models_defaults_each_its_own(now: dt.datetime) -> None:
    keys = insert_values(Reporter, [{"created_at": now}, {"created_at": now, "pseudonym": "Đỗ'%s\\"}])
    first, second = Reporter.objects.filter(pk__in=keys).order_by("pk")
    assert [first.pk, second.pk] == keys
    assert (first.lock, second.pseudonym, second.created_at) == (None, "Đỗ'%s\\", now)
    assert len(first.pseudonym) == 8
    assert first.public_id != second.public_id


def test_nothing_to_insert_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as caught:
        assert insert([]) == []
        assert insert_values(Reporter, []) == []
    assert not caught.captured_queries


def test_a_row_is_rewritten_as_django_would_save_it(now: dt.datetime) -> None:
    one, other = born(now, 2)
    lock = Lock.objects.create(public=b"k" * 32, created_at=now)
    for value in (lock, None):
        one.lock, one.pseudonym, one.created_at = value, "kept apart", now + dt.timedelta(days=1)
        rewrite(one, ["lock", "created_at"])
        found = Reporter.objects.get(pk=one.pk)
        assert (found.lock, found.created_at) == (value, one.created_at)
        assert found.pseudonym != "kept apart", "only the named columns"
    assert Reporter.objects.get(pk=other.pk).created_at == other.created_at


def test_a_row_that_is_gone_is_said(now: dt.datetime) -> None:
    (one,) = born(now, 1)
    Reporter.objects.filter(pk=one.pk).delete()
    with pytest.raises(LookupError):
        rewrite(one, ["created_at"])


def test_what_the_statement_cannot_carry_is_refused(now: dt.datetime) -> None:
    with pytest.raises(AssertionError):
        rewrite(Message(reading={}), ["reading"])


def test_a_connection_keeps_the_statements_of_a_province(now: dt.datetime) -> None:
    born(now, 1)
    assert connection.connection.prepared_max == PREPARED
