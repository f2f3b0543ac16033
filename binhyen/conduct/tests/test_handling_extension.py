"""The term of a complaint is prolonged once, with a reason that the person reads; not after it has run out."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.models import CaseEvent, Clock
from binhyen.conduct.models import Complaint, ComplaintAlarm
from binhyen.conduct.services import alarms, handling
from binhyen.conduct.tests.scene import HandlerClient, create_handler, submit_complaint
from binhyen.people.services import RuleViolation
from binhyen.vault.key_session import key_sessions
from binhyen.vault.tests.custody import SCREENS
from tests import rls

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
DAY = dt.timedelta(days=1)
WHY = "Phải xác minh thêm ở hai nơi, theo quyết định số 12"


@pytest.fixture(autouse=True)
def custody() -> Iterator[None]:
    with SCREENS:
        yield
    key_sessions.lock_all()


def get_due_date(complaint: Complaint) -> dt.datetime:
    return Clock.objects.get(case=complaint.case, name="answer").due_at


def test_its_desk_prolongs_it_once_and_the_person_reads_why(officer: Make, client: Client, now: dt.datetime) -> None:
    desk = HandlerClient(create_handler(officer, "PROVINCE_DUTY", now))
    link, complaint = submit_complaint(now=now)
    assert "/viec/gia-han" not in desk.read(complaint)[1], "not before it is accepted"
    desk.do(complaint, "nhan")
    assert desk.do(complaint, "gia-han", reason="Bận") == 409 and get_due_date(complaint) == now + 30 * DAY
    assert "/viec/gia-han" in desk.read(complaint)[1]
    assert desk.do(complaint, "gia-han", reason=WHY) == 303
    assert get_due_date(complaint) == now + 60 * DAY
    complaint.case.refresh_from_db()
    assert complaint.case.due_at == now + 60 * DAY
    assert "/viec/gia-han" not in desk.read(complaint)[1] and desk.do(complaint, "gia-han", reason=WHY) == 404
    assert WHY not in str(list(CaseEvent.objects.values_list("data", flat=True))), "the reason is sealed"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.ROOT_URLCONF", "binhyen.urls")
        assert WHY in client.get(f"/theo-doi/{link}").content.decode()
    assert alarms.run_alarms(now=now + 31 * DAY) == 0 and not ComplaintAlarm.objects.exists()
    alarms.run_alarms(now=now + 61 * DAY)
    assert ComplaintAlarm.objects.get().clock == "answer"


def test_after_the_term_it_cannot_be_prolonged_nor_by_other_desks(officer: Make, now: dt.datetime) -> None:
    duty, director = create_handler(officer, "PROVINCE_DUTY", now), create_handler(officer, "DIRECTOR", now)
    _, complaint = submit_complaint(now=now)
    with rls.acting_as("custody"):
        handling.accept_complaint(complaint=complaint, officer=duty, now=now)
        for user, when in ((director, now), (duty, now + 31 * DAY)):
            with pytest.raises(RuleViolation):
                handling.prolong_deadline(complaint=complaint, reason=WHY, officer=user, now=when)
        assert get_due_date(complaint) == now + 30 * DAY
