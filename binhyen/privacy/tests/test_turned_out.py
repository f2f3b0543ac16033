"""What somebody told turns out to be a complaint about police after they asked about their data."""

import pytest
from django.test import Client

from binhyen.cases.models import Case
from binhyen.cases.services import working
from binhyen.cases.tests.scene import browser
from binhyen.channels.models import Outgoing
from binhyen.intake.tests.telling import person as chat_person
from binhyen.intake.tests.telling import say
from binhyen.intake.tests.web import NOISE, link, tell
from binhyen.kit import clock
from binhyen.kit.scope import entered
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.services import alarms
from binhyen.privacy.tests.test_requests import DESK, answer, data
from tests import fence

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return Client()


@pytest.fixture
def told(client):
    return link(tell(client, NOISE, phone="0912345678", name="Bốn"))


def turned_out_a_complaint(client, told, officer) -> Request:
    """Somebody asks; then an officer sees that what they told is a complaint about police."""
    data(client, told, step="correct", words="Tôi muốn sửa tên người bị phản ánh")
    row = Request.objects.get()
    assert not row.apart
    return turned_out(officer)


def staff_reads(row, officer) -> bool:
    staff = browser(officer("PROVINCE_STAFF", "42"))
    return str(row.public_id) in staff.get(DESK).content.decode()


def test_what_turns_out_a_complaint_is_asked_past_the_staff_as_well(client, told, officer):
    row = turned_out_a_complaint(client, told, officer)
    staff, custodian = browser(officer("PROVINCE_STAFF", "42")), browser(officer("CUSTODIAN", "42"))
    assert not staff_reads(row, officer) and staff.get(f"{DESK}/{row.public_id}").status_code == 404
    with fence.acting_as("pages"), entered("province"):
        assert Request.objects.count() == 0, "nor would the database tell"
    alarms.raise_alarms(now=row.due_at)
    assert not queries.alarmed(officer("PROVINCE_DUTY", "42")).exists()
    assert queries.alarmed(officer("CUSTODIAN", "42")).get() == row
    assert "Tôi muốn sửa" in custodian.get(f"{DESK}/{row.public_id}").content.decode()
    answer(None, row, "no", "Việc này do nơi khác trả lời", client=custodian)
    row.refresh_from_db()
    assert row.apart, "and stays so when nothing leads from it to a person any more"


def test_control_what_was_asked_before_is_not_looked_at_once_only(client, told, officer, monkeypatch):
    monkeypatch.setattr(queries, "_not_about_police", lambda rows: rows.filter(apart=False))
    row = turned_out_a_complaint(client, told, officer)
    staff = officer("PROVINCE_STAFF", "42")
    with fence.acting_as("worker"):
        assert queries.visible_requests(staff).get() == row
    assert not staff_reads(row, officer), "the database still does not tell"


def test_the_answer_to_who_told_about_police_stands_in_no_list(officer):
    who = chat_person()
    say((who, NOISE))
    say((who, "sửa dữ liệu"))
    row = turned_out(officer)
    answer(officer("CUSTODIAN", "42"), row, "no", "Việc này do nơi khác trả lời")
    letter = Outgoing.objects.latest("pk")
    assert letter.purpose == "APART" and row.code in letter.text.replace("-", "")


def turned_out(officer) -> Request:
    working.reclassify(
        code=Case.objects.get().code, officer=officer("OFFICER"), category="officer_complaint", urgency=1,
        words="Người báo phản ánh cán bộ xã", version=None, now=clock.now(),
    )  # fmt: skip
    return Request.objects.get()
