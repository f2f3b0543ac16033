"""A custodian accused in a complaint sees nothing of its author's data requests, which are in the
author's own words."""

import pytest
from django.test import Client

from binhyen.cases.tests.scene import sign_in_browser
from binhyen.intake.tests.web import parse_status_token, submit_report
from binhyen.kit import clock
from binhyen.kit.rls_scope import rls_scope
from binhyen.people.models import Relationship
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.services import breaches
from binhyen.privacy.tests.test_requests import DESK, open_data_page
from tests import rls

pytestmark = pytest.mark.django_db
ABOUT = "Bà Phạm Thị Hiền giữ danh tính ở công an tỉnh nhận tiền để lộ tên tôi, thái độ hách dịch, tôi tố cáo cán bộ Phạm Thị Hiền"
WORDS = "Trong đơn tôi tố cáo bà Hiền, bà Hiền dọa tôi nên tôi sợ"


@pytest.fixture
def custodians(officer):
    """Create the accused custodian, a relative of theirs and a colleague."""
    made = [officer("CUSTODIAN", "42", name=name) for name in ("Phạm Thị Hiền", "Lê Văn Thân", "Võ Thị Tư")]
    left, right = sorted((made[0].pk, made[1].pk))
    Relationship.objects.create(
        officer_a_id=left, officer_b_id=right, kind="RELATIVE", declared_at=clock.now(), declared_by=made[0]
    )
    return made


@pytest.fixture
def asked(custodians) -> Request:
    client = Client()
    open_data_page(client, parse_status_token(submit_report(client, ABOUT)), step="erase", sure="yes", words=WORDS)
    return Request.objects.get()


def can_read(viewer, row) -> bool:
    """Check whether any page, the count in the frame or the alarm reveals it."""
    client = sign_in_browser(viewer)
    shown = WORDS in client.get(f"{DESK}/{row.public_id}").content.decode()
    listed = str(row.public_id) in client.get(DESK).content.decode()
    breaches.raise_deadline_alerts(now=row.due_at)
    return any(
        (shown, listed, queries.list_open_requests(viewer).exists(), queries.list_alerted_requests(viewer).exists())
    )


def test_the_accused_and_their_relatives_read_nothing_of_it(custodians, asked) -> None:
    accused, relative, colleague = custodians
    assert asked.is_restricted and set(asked.excluded_officers) == {accused.pk, relative.pk}
    assert [can_read(custodian, asked) for custodian in custodians] == [False, False, True]
    with rls.acting_as("pages"):
        for custodian, sees in ((accused, 0), (colleague, 1)):
            with rls_scope(f"data;officer:{custodian.pk}"):
                assert Request.objects.count() == sees, "neither does the database"


def test_control_as_it_was_they_read_it(custodians, asked) -> None:
    Request.objects.update(excluded_officers=None)
    asked.refresh_from_db()
    assert can_read(custodians[0], asked)
