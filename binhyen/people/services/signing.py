"""Sign in and out. Tries are counted before the password is looked at, so that parallel guessing gains nothing."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth import authenticate
from django.db import connection, transaction

from binhyen.audit.services import Act, record
from binhyen.kit.feed import CLOSE
from binhyen.kit.ids import token_hash
from binhyen.kit.live import Live, publish
from binhyen.people.models import Officer, SignIn, SignInTry
from binhyen.people.tries import Tries, claim

_END_SESSIONS = """
DELETE FROM django_session WHERE encode(sha256(convert_to(session_key, 'UTF8')), 'hex') = ANY(%s)
"""


def actor_of(officer: Officer) -> str:
    """How the audit names an officer."""
    return f"officer:{officer.public_id}"


@dataclass(frozen=True, slots=True)
class TooEarly:
    """The try was not heard; `seconds` until the next one is."""

    seconds: int


def check_password(*, username: str, password: str, device: str, now: dt.datetime) -> Officer | TooEarly | None:
    """The officer; None for a wrong name or password (the same time either way); TooEarly.

    `device`: the secret of a device that signed in before, "" for an unknown one.
    """
    key = token_hash(f"{username.casefold()}|{device}")
    tries = _claim(key, now)
    if tries is None:
        left = SignInTry.objects.filter(key_hash=key).values_list("next_at", flat=True).first()
        return TooEarly(max(1, round((left - now).total_seconds())) if left else 1)
    officer = authenticate(username=username, password=password)
    if isinstance(officer, Officer):
        SignInTry.objects.filter(key_hash=key).delete()
        return officer
    _record_failure(username, tries.failures, now)
    return None


@transaction.atomic
def _claim(key: str, now: dt.datetime) -> Tries | None:
    """Counts the try if it is heard."""
    SignInTry.objects.bulk_create(
        [SignInTry(key_hash=key, failures=0, last_at=now, next_at=now)], ignore_conflicts=True
    )
    row = SignInTry.objects.select_for_update().get(key_hash=key)
    tries = claim(Tries(row.failures, row.last_at, row.next_at), now)
    if tries is not None:
        row.failures, row.last_at, row.next_at = tries.failures, tries.last_at, tries.next_at
        row.save(update_fields=["failures", "last_at", "next_at"])
    return tries


def _record_failure(username: str, failures: int, now: dt.datetime) -> None:
    """Whose account was tried, if it is one; what was typed is kept nowhere (people type passwords into the name)."""
    known = Officer.objects.filter(username=username).first()
    act = Act(
        actor="visitor",
        verb="sign_in_failed",
        object=actor_of(known) if known else "",
        unit_id=known.unit_id if known else None,
        detail={"tries": failures},
    )
    record([act], now=now)


@transaction.atomic
def open_sign_in(*, officer: Officer, session_key: str, expires_at: dt.datetime, now: dt.datetime) -> SignIn:
    """Write down a session; the live feed knows it by the hash."""
    row = SignIn.objects.create(
        officer=officer, key_hash=token_hash(session_key), started_at=now, expires_at=expires_at
    )
    record([Act(actor_of(officer), "sign_in", actor_of(officer), officer.unit_id)], now=now)
    return row


@transaction.atomic
def end_sign_in(*, officer: Officer, session_key: str, now: dt.datetime) -> None:
    """Also ends the officer's open live streams; those of other sessions come back by themselves."""
    SignIn.objects.filter(key_hash=token_hash(session_key), ended_at=None).update(ended_at=now)
    _end_streams(officer, now)
    record([Act(actor_of(officer), "sign_out", actor_of(officer), officer.unit_id)], now=now)


def end_all(officer: Officer, *, now: dt.datetime, but: str = "") -> int:
    """End every sign-in, session and live stream at once, inside the caller's transaction; how many sign-ins.

    `but`: a session key kept; its stream ends too and comes back by itself.
    """
    open_rows = SignIn.objects.filter(officer=officer, ended_at=None)
    if but:
        open_rows = open_rows.exclude(key_hash=token_hash(but))
    hashes = list(open_rows.values_list("key_hash", flat=True))
    if hashes:
        open_rows.update(ended_at=now)
        with connection.cursor() as cursor:
            cursor.execute(_END_SESSIONS, [hashes])
    _end_streams(officer, now)
    return len(hashes)


def _end_streams(officer: Officer, now: dt.datetime) -> None:
    publish([Live((f"officer:{officer.pk}",), CLOSE, {})], now=now)
