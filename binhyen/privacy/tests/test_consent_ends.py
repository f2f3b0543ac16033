"""A consent to store a name or number ends with them, and its record is deleted in its own time."""

import datetime as dt

import pytest
from django.test import Client

from binhyen.cases.models import Case
from binhyen.consents.models import Consent
from binhyen.consents.services import contact_given
from binhyen.intake.tests.web import NOISE, link, tell
from binhyen.kit import clock
from binhyen.privacy.models import Sweep
from binhyen.privacy.tests.scene import DAY, night
from binhyen.privacy.tests.test_requests import data
from binhyen.vault import services as vault
from binhyen.vault.models import Identity

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> str:
    """Create a reporter with a phone number and a closed case."""
    secret = link(tell(Client(), NOISE, phone="0912345678"))
    Case.objects.update(state="CLOSED", outcome="RESOLVED", closed_at=clock.now())
    return secret


def test_it_ends_when_nothing_is_kept_any_more_and_goes(told):
    assert night(clock.now(), "consent") == {"consent": 0}
    assert Consent.objects.get().until is None, "control: the number is here"
    later = clock.now() + 8 * DAY
    assert night(later, "identity", "consent")["identity"] == 1 and not Identity.objects.exists()
    row = Consent.objects.get()
    assert row.until == clock.vietnam_day(later) and row.withdrawn_at is None, "it was not withdrawn"
    assert night(later + 729 * DAY, "consent") == {"consent": 0} and Sweep.objects.latest("pk").kept == 1
    assert night(later + 731 * DAY, "consent") == {"consent": 1} and not Consent.objects.exists()


def test_who_leaves_a_number_again_agrees_again(told):
    night(clock.now() + 8 * DAY, "identity", "consent")
    assert data(Client(), told, step="contact", field="PHONE", value="0987654321").status_code == 303
    assert Consent.objects.filter(until=None).count() == 1 and Consent.objects.count() == 2
    night(clock.now() + 9 * DAY, "consent")
    assert Consent.objects.filter(until=None).count() == 1, "storing it again needs a new consent"


def test_one_that_was_taken_back_before_its_last_day_counts_from_then(now):
    person = vault.new_reporter({"NAME": "Bốn"}, now=now)
    contact_given(reporter_id=person, now=now)
    Consent.objects.update(withdrawn_at=now, until=clock.vietnam_day(now) + dt.timedelta(days=100))
    night(now + DAY, "consent")
    assert Sweep.objects.latest("pk").kept == 1
    assert night(now + 729 * DAY, "consent") == {"consent": 0} and night(now + 731 * DAY, "consent") == {"consent": 1}
