"""A consent to store a name or number ends with them, and its record is deleted in its own time."""

import datetime as dt

import pytest
from django.test import Client

from binhyen.cases.models import Case
from binhyen.consents.models import Consent
from binhyen.consents.services import record_contact_consent
from binhyen.intake.tests.web import NOISE, parse_status_token, submit_report
from binhyen.kit import clock
from binhyen.privacy.models import Sweep
from binhyen.privacy.tests.scene import DAY, run_sweep
from binhyen.privacy.tests.test_requests import open_data_page
from binhyen.vault import services as vault
from binhyen.vault.models import Identity

pytestmark = pytest.mark.django_db


@pytest.fixture
def status_key() -> str:
    """Create a reporter with a phone number and a closed case."""
    secret = parse_status_token(submit_report(Client(), NOISE, phone="0912345678"))
    Case.objects.update(state="CLOSED", outcome="RESOLVED", closed_at=clock.now())
    return secret


def test_it_ends_with_the_last_stored_item_and_is_deleted(status_key):
    assert run_sweep(clock.now(), "consent") == {"consent": 0}
    assert Consent.objects.get().until is None, "control: the number is here"
    later = clock.now() + 8 * DAY
    assert run_sweep(later, "identity", "consent")["identity"] == 1 and not Identity.objects.exists()
    row = Consent.objects.get()
    assert row.until == clock.to_vietnam_day(later) and row.withdrawn_at is None, "it was not withdrawn"
    assert run_sweep(later + 729 * DAY, "consent") == {"consent": 0} and Sweep.objects.latest("pk").retained == 1
    assert run_sweep(later + 731 * DAY, "consent") == {"consent": 1} and not Consent.objects.exists()


def test_a_number_given_again_needs_a_new_consent(status_key):
    run_sweep(clock.now() + 8 * DAY, "identity", "consent")
    assert open_data_page(Client(), status_key, step="contact", field="PHONE", value="0987654321").status_code == 303
    assert Consent.objects.filter(until=None).count() == 1 and Consent.objects.count() == 2
    run_sweep(clock.now() + 9 * DAY, "consent")
    assert Consent.objects.filter(until=None).count() == 1, "storing it again needs a new consent"


def test_a_consent_withdrawn_before_its_last_day_counts_from_then(now):
    person = vault.create_reporter({"NAME": "Bốn"}, now=now)
    record_contact_consent(reporter_id=person, now=now)
    Consent.objects.update(withdrawn_at=now, until=clock.to_vietnam_day(now) + dt.timedelta(days=100))
    run_sweep(now + DAY, "consent")
    assert Sweep.objects.latest("pk").retained == 1
    assert run_sweep(now + 729 * DAY, "consent") == {"consent": 0} and run_sweep(now + 731 * DAY, "consent") == {
        "consent": 1
    }
