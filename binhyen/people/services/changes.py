"""Notes of what ends somebody's access, outside the database (kit/erasure_log.py): a restore does it again.

A line is «kind, public id of the officer, moment, value»; of a factor its random id, of spare codes the mask of those
that were used too. Passwords and subjects stand there as a digest of what the row holds, to be compared, never used.
"""

import datetime as dt
from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from binhyen.kit import erasure_log
from binhyen.kit.ids import hash_token
from binhyen.people.models import Officer

LOCKED, UNLOCKED, SEAT, PASSWORD, SUBJECT = "locked", "unlocked", "seat", "password", "subject"
FACTOR, SPARE = "factor", "spare"


def note_change(kind: str, officer: Officer, *, now: dt.datetime, value: str = "") -> None:
    erasure_log.record_erasure(kind, [f"{officer.public_id} {now.isoformat()} {value}".strip()])


def note_seat(officer: Officer, *, now: dt.datetime) -> None:
    note_change(SEAT, officer, now=now, value=f"{officer.unit_id}:{officer.role}")


def note_password(officer: Officer, *, now: dt.datetime) -> None:
    note_change(PASSWORD, officer, now=now, value=hash_token(officer.password))


def note_subject(officer: Officer, *, now: dt.datetime) -> None:
    note_change(SUBJECT, officer, now=now, value=hash_token(officer.subject or ""))


def note_spare(row: Authenticator) -> None:
    erasure_log.record_erasure(SPARE, [f"{row.data['id']} {row.data['used_mask']}"])


def remove_factors(rows: "QuerySet[Authenticator]") -> int:
    """Delete second factors and note which; how many. Inside the caller's transaction."""
    note_factors(rows)
    return int(rows.delete()[0])


def note_factors(rows: Iterable[Authenticator]) -> None:
    erasure_log.record_erasure(FACTOR, [str(row.data["id"]) for row in rows if "id" in row.data])
