"""Prepared queries return the rows Django would return, for every parameter, and never rows of another officer."""

import datetime as dt
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from binhyen.channels.models import Message
from binhyen.kit import prepared_queries
from binhyen.kit.bulk_insert import insert_objects, insert_values, update_columns
from binhyen.kit.database.base import MAX_PREPARED
from binhyen.vault.models import ConversationKey, Reporter

pytestmark = pytest.mark.django_db


def create_reporters(now: dt.datetime, count: int) -> list[Reporter]:
    return insert_objects([Reporter(created_at=now + dt.timedelta(hours=i)) for i in range(count)])


def query_recent() -> QuerySet[Reporter]:
    return Reporter.objects.filter(
        created_at__gte=prepared_queries.NOW_PARAM, pk__lt=prepared_queries.ID_PARAM
    ).order_by("pk")


def test_placeholders_are_replaced_at_every_query(now: dt.datetime) -> None:
    rows = create_reporters(now, 4)
    for first in range(4):
        given = {prepared_queries.NOW_PARAM: now + dt.timedelta(hours=first), prepared_queries.ID_PARAM: rows[3].pk}
        fetched = prepared_queries.fetch_rows(
            ("test", "since"), lambda: query_recent().values("pk", "pseudonym"), given
        )
        assert fetched == [{"pk": r.pk, "pseudonym": r.pseudonym} for r in rows[first:3]]


def test_a_shifted_placeholder_is_refused() -> None:
    late = Reporter.objects.filter(created_at__gte=prepared_queries.NOW_PARAM + dt.timedelta(minutes=2)).values("pk")
    with pytest.raises(ValueError, match="shifted"):
        prepared_queries.compile_queryset(late)


def test_it_is_made_once_a_key(now: dt.datetime) -> None:
    key, made = ("test", uuid4()), []

    def make() -> QuerySet[Reporter, dict[str, object]]:
        made.append(1)
        return Reporter.objects.filter(pseudonym=prepared_queries.TEXT_PARAM).values("pk")

    (row,) = create_reporters(now, 1)
    for word in (row.pseudonym, "nobody", "50%s'", row.pseudonym):
        expected = [{"pk": row.pk}] if word == row.pseudonym else []
        assert prepared_queries.fetch_rows(key, make, {prepared_queries.TEXT_PARAM: word}) == expected
    assert made == [1]


def test_a_list_of_ids_is_one_statement_however_long(now: dt.datetime) -> None:
    rows = create_reporters(now, 4)
    for wanted in ([], [rows[1].pk], [r.pk for r in rows[1:]]):
        query = Reporter.objects.filter(pk__in=prepared_queries.ids_subquery()).order_by("pk").values("pk")
        fetched = prepared_queries.fetch_rows(
            ("test", "among"), lambda q=query: q, {prepared_queries.ID_LIST_PARAM: wanted}
        )
        assert [row["pk"] for row in fetched] == wanted


def test_queries_without_possible_rows_are_skipped() -> None:
    with CaptureQueriesContext(connection) as caught:
        assert prepared_queries.fetch_rows(("test", "none"), lambda: Reporter.objects.none().values("pk"), {}) == []
    assert not caught.captured_queries


def test_an_object_is_as_django_reads_it(now: dt.datetime) -> None:
    (row,) = create_reporters(now, 1)
    fetched = prepared_queries.fetch_first(
        Reporter,
        ("test", "one"),
        lambda: Reporter.objects.filter(pk=prepared_queries.ID_PARAM),
        {prepared_queries.ID_PARAM: row.pk},
    )
    plain = Reporter.objects.get(pk=row.pk)
    assert fetched == plain and fetched is not None
    assert {f: getattr(fetched, f) for f in fetched.__dict__ if f != "_state"} == {
        f: getattr(plain, f) for f in plain.__dict__ if f != "_state"
    }
    assert fetched.created_at.tzinfo is dt.UTC


def test_control_an_incomplete_key_returns_anothers_rows(now: dt.datetime) -> None:
    """Negative control: why every cache key includes the officer's visibility."""
    first, second = create_reporters(now, 2)
    for wanted in (first, second):
        got = prepared_queries.fetch_rows(
            ("test", "careless"), lambda w=wanted: Reporter.objects.filter(pk=w.pk).values("pk"), {}
        )
        assert got == [{"pk": first.pk}]


def test_inserted_rows_equal_the_input(now: dt.datetime) -> None:
    (lock,) = insert_objects([ConversationKey(public=bytes(range(32)), created_at=now)])
    (row,) = insert_objects([Reporter(created_at=now, lock=lock, pseudonym="Đỗ'%s\\")])
    plain = Reporter.objects.select_related("lock").get(pk=row.pk)
    assert (plain.pseudonym, plain.created_at, plain.public_id) == ("Đỗ'%s\\", now, row.public_id)
    assert plain.lock is not None and bytes(plain.lock.public) == bytes(range(32))


def test_existing_rows_are_refused_or_skipped(now: dt.datetime) -> None:
    (row,) = create_reporters(now, 1)
    again = Reporter(created_at=now, public_id=row.public_id)
    assert insert_objects([again], ignore_conflicts=True) == [again]
    assert Reporter.objects.filter(public_id=row.public_id).count() == 1
    with pytest.raises(IntegrityError):
        insert_objects([again])


def test_rows_without_objects_get_the_models_defaults_each_its_own(now: dt.datetime) -> None:
    keys = insert_values(Reporter, [{"created_at": now}, {"created_at": now, "pseudonym": "Đỗ'%s\\"}])
    first, second = Reporter.objects.filter(pk__in=keys).order_by("pk")
    assert [first.pk, second.pk] == keys
    assert (first.lock, second.pseudonym, second.created_at) == (None, "Đỗ'%s\\", now)
    assert len(first.pseudonym) == 8
    assert first.public_id != second.public_id


def test_nothing_to_insert_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as caught:
        assert insert_objects([]) == []
        assert insert_values(Reporter, []) == []
    assert not caught.captured_queries


def test_a_row_is_rewritten_as_django_would_save_it(now: dt.datetime) -> None:
    left, right = create_reporters(now, 2)
    lock = ConversationKey.objects.create(public=b"k" * 32, created_at=now)
    for value in (lock, None):
        left.lock, left.pseudonym, left.created_at = value, "kept apart", now + dt.timedelta(days=1)
        update_columns(left, ["lock", "created_at"])
        fetched = Reporter.objects.get(pk=left.pk)
        assert (fetched.lock, fetched.created_at) == (value, left.created_at)
        assert fetched.pseudonym != "kept apart", "only the named columns"
    assert Reporter.objects.get(pk=right.pk).created_at == right.created_at


def test_a_deleted_row_is_reported(now: dt.datetime) -> None:
    (left,) = create_reporters(now, 1)
    Reporter.objects.filter(pk=left.pk).delete()
    with pytest.raises(LookupError):
        update_columns(left, ["created_at"])


def test_unsupported_values_are_refused(now: dt.datetime) -> None:
    with pytest.raises(AssertionError):
        update_columns(Message(reading={}), ["reading"])


def test_a_connection_keeps_the_statements_of_a_province(now: dt.datetime) -> None:
    create_reporters(now, 1)
    assert connection.connection.prepared_max == MAX_PREPARED
