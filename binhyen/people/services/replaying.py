"""After a restore: what ended since the backup ends again (services/changes.py), before the first sign-in.

Sessions, codes of activation and tokens of other systems end in any case. Where the notes do not reach from the backup
to now, locks and lost second factors in between are unknown: every account is marked until its manager
has checked it (`Officer.unsure_since`), and recovery codes are deleted, because used ones would work again.
"""

import datetime as dt
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit import erasure_log
from binhyen.kit.ids import hash_token
from binhyen.people.auth_policy import Factor
from binhyen.people.errors import RuleViolation
from binhyen.people.models import Activation, Officer, SignIn
from binhyen.people.services import changes, officers

RESTORE = "system:restore"
DUMPING = dt.timedelta(days=2)  # a backup may have begun so long before its moment, or a clock have been wrong
_WHOLE = {changes.LOCKED, changes.UNLOCKED}


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What was ended, in counts. `unsure`: accounts that a person must look at; `complete`: the notes have no gap."""

    complete: bool
    sessions: int
    locked: int
    moved: int
    factors: int
    unsure: int


@dataclass(frozen=True, slots=True)
class Change:
    """The newest note of one kind about an officer."""

    at: dt.datetime
    kind: str
    value: str


@transaction.atomic
def replay_access(*, made_at: dt.datetime, now: dt.datetime) -> ReplayResult:
    """End sessions, codes and tokens; lock, move and take factors as noted since `made_at`; mark what is not known."""
    reach = erasure_log.find_reach(settings.ERASED_DIR, made_at)
    complete = reach is not None and now - reach <= erasure_log.SILENT
    sessions = end_access(now=now)
    since = made_at - DUMPING
    locked, moved = _lock_again(since, now), _move_again(since, now)
    factors = _remove_again(since) + (0 if complete else _remove_spare_codes())
    done = ReplayResult(complete, sessions, locked, moved, factors, _mark_unsure(since, made_at, complete=complete))
    detail = {name: int(getattr(done, name)) for name in done.__slots__}
    record_actions([AuditAction(RESTORE, "backup.access_ended", f"backup:{made_at:%Y-%m-%d}", None, detail)], now=now)
    return done


def end_access(*, now: dt.datetime) -> int:
    """End what was handed out before; how many sign-ins. A token is over by its officer's `permissions_changed_at`."""
    ended = SignIn.objects.filter(ended_at=None).update(ended_at=now)
    Session.objects.all().delete()
    Activation.objects.filter(used_at=None).update(used_at=now)
    Officer.objects.filter(is_active=True).update(permissions_changed_at=now)
    return ended


def find_newest(kinds: Collection[str], since: dt.datetime) -> dict[str, Change]:
    """Return the newest note of these kinds by officer's public id. Lines of another form are passed over."""
    changes: dict[str, Change] = {}
    for kind in kinds:
        for line in erasure_log.iter_erasures(kind, since=since):
            public_id, _, rest = line.partition(" ")
            moment, _, value = rest.partition(" ")
            with suppress(ValueError, TypeError):
                change = Change(dt.datetime.fromisoformat(moment), kind, value)
                if public_id not in changes or changes[public_id].at < change.at:
                    changes[public_id] = change
    return changes


def _officers(public_ids: Collection[str]) -> list[Officer]:
    wanted = set(public_ids)
    return [
        account for account in Officer.objects.select_for_update().order_by("pk") if str(account.public_id) in wanted
    ]


def _lock_again(since: dt.datetime, now: dt.datetime) -> int:
    """Lock accounts again that the log names. Those unlocked since the backup stay locked: a person unlocks them."""
    newest = find_newest(_WHOLE, since)
    locked = [public_id for public_id, change in newest.items() if change.kind == changes.LOCKED]
    rows = [officer for officer in _officers(locked) if officer.is_active]
    for officer in rows:
        officers.deactivate_officer(officer_id=officer.pk, actor=RESTORE, now=now)
    return len(rows)


def _move_again(since: dt.datetime, now: dt.datetime) -> int:
    """To the seat that was noted last; where it is not there in the backup, the account is locked instead."""
    newest, moved = find_newest({changes.SEAT}, since), 0
    for officer in _officers(newest):
        unit, _, role = newest[str(officer.public_id)].value.partition(":")
        if f"{officer.unit_id}:{officer.role}" == f"{unit}:{role}" or not unit.isdigit():
            continue
        try:
            officers.transfer_officer(officer_id=officer.pk, unit_id=int(unit), role=role, actor=RESTORE, now=now)
        except RuleViolation:
            if not officer.is_active:
                continue
            officers.deactivate_officer(officer_id=officer.pk, actor=RESTORE, now=now)
        moved += 1
    return moved


def _remove_again(since: dt.datetime) -> int:
    removed = Authenticator.objects.filter(data__id__in=list(erasure_log.iter_erasures(changes.FACTOR, since=since)))
    count = int(removed.delete()[0])
    for line in erasure_log.iter_erasures(changes.SPARE, since=since):
        factor_id, _, mask = line.partition(" ")
        for row in Authenticator.objects.filter(type=Factor.RECOVERY, data__id=factor_id) if mask.isdigit() else ():
            row.data["used_mask"] |= int(mask)
            row.save(update_fields=["data"])
    return count


def _remove_spare_codes() -> int:
    return int(Authenticator.objects.filter(type=Factor.RECOVERY).delete()[0])


def _mark_unsure(since: dt.datetime, made_at: dt.datetime, *, complete: bool) -> int:
    """Mark accounts whose password or identity the backup has as they were before a change; without notes all."""
    active = Officer.objects.filter(is_active=True)
    if not complete:
        return active.update(unsure_since=made_at)
    passwords, subjects = find_newest({changes.PASSWORD}, since), find_newest({changes.SUBJECT}, since)
    count = 0
    for officer in _officers(passwords.keys() | subjects.keys()):
        public_id = str(officer.public_id)
        old_password = public_id in passwords and passwords[public_id].value != hash_token(officer.password)
        old_subject = public_id in subjects and subjects[public_id].value != hash_token(officer.subject or "")
        if old_subject:
            Officer.objects.filter(pk=officer.pk).update(subject=None)
        if officer.is_active and (old_password or old_subject):
            Officer.objects.filter(pk=officer.pk).update(unsure_since=made_at)
            count += 1
    return count
