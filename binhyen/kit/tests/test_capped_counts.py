"""Several counts in one statement, none above the cap."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from binhyen.kit.capped_counts import count_capped
from binhyen.vault.models import Reporter

pytestmark = pytest.mark.django_db


def test_counts_up_to_the_cap_in_one_statement(now: object) -> None:
    Reporter.objects.bulk_create(Reporter(created_at=now) for _ in range(5))
    every = Reporter.objects.all()
    with CaptureQueriesContext(connection) as caught:
        numbers = count_capped(
            {"all": every.order_by("-id"), "none": every.none(), "some": every.filter(pseudonym="50%s'")}, cap=3
        )
    assert numbers == {"all": 3, "none": 0, "some": 0}
    assert list(numbers) == ["all", "none", "some"]
    assert len(caught) == 1


def test_nothing_to_count_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as caught:
        assert count_capped({"none": Reporter.objects.none()}, cap=3) == {"none": 0}
        assert count_capped({}, cap=3) == {}
    assert not caught.captured_queries
