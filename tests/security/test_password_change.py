"""The check of the old password before a new one is rate-limited as at sign-in: a person at an unlocked screen must not
guess it (A11).
"""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from binhyen.people import services
from binhyen.people.login_backoff import FREE_ATTEMPTS
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation, officers
from tests.signing import PASSWORD, set_password

pytestmark = pytest.mark.django_db
Make = Callable[..., Officer]
NEW = "mot-cau-that-dai-va-moi"


def try_password(person: Officer, old: str, now: dt.datetime, new: str = NEW) -> str:
    """Return "" if it was changed, else the reason."""
    try:
        services.change_password(officer_id=person.pk, old=old, new=new, now=now)
    except RuleViolation as refusal:
        return str(refusal)
    except ValidationError:
        return "weak"
    return ""


def test_guesses_are_slowed_and_the_right_one_in_between_is_not_heard(officer: Make, now: dt.datetime) -> None:
    person = set_password(officer())
    for _ in range(FREE_ATTEMPTS):
        assert "không đúng" in try_password(person, "sai", now)
    assert "quá nhanh" in try_password(person, PASSWORD, now)
    assert try_password(person, PASSWORD, now + dt.timedelta(seconds=31)) == ""


def test_a_weak_new_one_is_no_guess(officer: Make, now: dt.datetime) -> None:
    person = set_password(officer())
    for _ in range(FREE_ATTEMPTS + 2):
        assert try_password(person, PASSWORD, now, new="ngan") == "weak"
    assert try_password(person, PASSWORD, now) == ""


def test_control_guesses_that_nobody_counts_are_found(
    officer: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(officers, "count_attempt", lambda *args, **more: None)
    with pytest.raises(AssertionError):
        test_guesses_are_slowed_and_the_right_one_in_between_is_not_heard(officer, now)
