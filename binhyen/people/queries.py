"""Reads of people: unit members, officers on duty, possible assignees, sessions."""

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, Func, OuterRef, Q, QuerySet, TextField, Value

from binhyen.kit import prepared_queries, rls_scope
from binhyen.kit.ids import token_hash
from binhyen.kit.text import fold, nfc, sort_key, squeeze
from binhyen.people import access
from binhyen.people.access import sight, within
from binhyen.people.auth_policy import Account, Factor, may_keep, usable
from binhyen.people.models import DutyShift, Officer, Posting, SignIn, Tie
from binhyen.people.roles import May, Role, may, sees

_MOST_CALLED = 50
_MOST_TIES = 500
_SETS_SCOPE = Func(
    Value("binhyen.scope"), access.scope_column("officer__role", "officer__unit_id", "officer_id"), Value(False),
    function="set_config", output_field=TextField(),
)  # fmt: skip


def shifts_now(unit_id: int, now: dt.datetime) -> frozenset[int]:
    """Return ids of officers of the unit whose shift is running; empty where there is no roster."""
    running = DutyShift.objects.filter(unit_id=unit_id, starts_at__lte=now, ends_at__gt=now, officer__unit_id=unit_id)
    return frozenset(running.values_list("officer_id", flat=True))


def able() -> Q:
    """Filter officers that can sign in: active, with a second factor. The others wait for their activation."""
    return Q(Exists(Authenticator.objects.filter(user=OuterRef("pk"))), is_active=True)


def who_see(unit_id: int) -> list[int]:
    """List active officers that see the unit's data, except tasks of village teams."""
    everywhere = [role for role in Role if sees(role, unit_id=0, officer_id=0).province]
    here = [role for role in Role if sees(role, unit_id=0, officer_id=0).unit_id is not None]
    found = Officer.objects.filter(Q(role__in=everywhere) | Q(role__in=here, unit=unit_id), is_active=True)
    return list(found.order_by("pk").values_list("pk", flat=True))


def shifts_of(officer: Officer, unit_id: int, since: dt.datetime) -> tuple[DutyShift, ...]:
    """Return the roster of a unit the officer sees, from `since` to its end; empty otherwise."""
    seen = sight(officer)
    if not seen.province and seen.unit_id != unit_id:
        return ()
    shifts = DutyShift.objects.filter(unit_id=unit_id, ends_at__gt=since)
    return tuple(shifts.select_related("officer").order_by("starts_at", "officer__name"))


def sign_in_of(key_hash: str, now: dt.datetime) -> SignIn | None:
    """Return the active sign-in of a session key hash, with its officer and unit; None if ended, expired or idle.

    The same statement sets the row-level security scope for the rest of the request (kit/rls_scope.py).
    """
    statement = prepared_queries.once("sign-in", lambda: prepared_queries.statement(_running()))
    with rls_scope.riding_along():
        found = statement.run({prepared_queries.WORD: key_hash, prepared_queries.NOW: now})
    if not found:
        return None
    values = iter(found[0])
    row: SignIn
    row, officer, unit = (model.from_db(None, names, [next(values) for _ in names]) for model, names in _who())
    officer.unit, row.officer = unit, officer
    rls_scope.holds(next(values))
    return row


@cache
def _who() -> tuple[tuple[Any, list[str]], ...]:
    """List the models of the statement's row in order, with their columns."""
    models = (SignIn, Officer, Officer._meta.get_field("unit").related_model)
    return tuple((model, [field.attname for field in model._meta.concrete_fields]) for model in models)


def _running() -> QuerySet[SignIn, Any]:
    running = SignIn.objects.filter(
        key_hash=prepared_queries.WORD, ended_at=None, expires_at__gt=prepared_queries.NOW, idle_at__gt=prepared_queries.NOW,
        officer__is_active=True,
    )  # fmt: skip
    ways = zip(("", "officer__", "officer__unit__"), _who(), strict=True)
    columns = [way + name for way, (_, names) in ways for name in names]
    return running.annotate(scope=_SETS_SCOPE).values_list(*columns, "scope")[:1]


def who_was(session_key: str) -> int | None:
    """Return the officer of a session key, even after its end. Only to match typed drafts, never to grant access."""
    if not session_key:
        return None
    return SignIn.objects.filter(key_hash=token_hash(session_key)).values_list("officer_id", flat=True).first()


def officer_of_subject(subject: str) -> Officer | None:
    """Return the active officer linked to a subject of the identity service; None if unknown or locked."""
    return Officer.objects.select_related("unit").filter(subject=subject, is_active=True).first() if subject else None


def sessions_of(officer: Officer, now: dt.datetime) -> tuple[SignIn, ...]:
    """List an officer's running sessions, newest first; locked ones too, because they still receive alarms."""
    running = SignIn.objects.filter(officer=officer, ended_at=None, expires_at__gt=now)
    return tuple(running.order_by("-started_at", "-pk"))


def held(officer: Officer, *, lock: bool = False) -> list[Authenticator]:
    """List the second factors of an officer, oldest first. `lock`: lock the rows against concurrent use or change."""
    rows = Authenticator.objects.filter(user_id=officer.pk).order_by("created_at", "pk")
    return list(rows.select_for_update() if lock else rows)


def usable_factors(officer: Officer) -> frozenset[Factor]:
    """Return the kinds of second factor that the officer can use now; empty: the account waits for activation."""
    kinds = Authenticator.objects.filter(user_id=officer.pk).values_list("type", flat=True)
    return usable(officer.role, list(kinds), demo=settings.DEMO)


def spare_codes(officer: Officer) -> bool:
    return bool(Authenticator.objects.filter(user_id=officer.pk, type=Factor.RECOVERY).exists())


def _active(unit_ids: Iterable[int]) -> list[Officer]:
    found = Officer.objects.filter(unit_id__in=list(unit_ids), is_active=True)
    return list(found.select_related("unit").order_by("name", "pk"))


def find_officers(officer: Any, name: str, *, most: int) -> list[Officer]:
    """Find active officers by words of the name, with or without diacritics: exact diacritics first, then by name.

    An officer with province visibility finds all, one with unit visibility the own unit, others none.
    """
    wanted = squeeze(nfc(name))[:80]
    folded = fold(wanted)
    if len(folded) < 2:
        return []
    found = Officer.objects.filter(within(officer), is_active=True, folded__contains=folded)
    rows = found.select_related("unit").order_by("name", "pk")[: most * 5]
    return sorted(rows, key=lambda o: wanted.lower() not in o.name.lower())[:most]


def called(officer: Any, name: str) -> list[Officer]:
    """Find officers by username or words of the name, former ones too; for the inspectorate."""
    wanted = squeeze(nfc(name))[:80]
    if len(wanted) < 2 or not access.may(officer, May.READ_AUDIT):
        return []
    found = Officer.objects.filter(Q(username=wanted) | Q(folded__contains=fold(wanted)))
    return list(found.order_by("name", "pk")[:_MOST_CALLED])


def by_public_ids(public_ids: Iterable[str]) -> dict[str, Officer]:
    """Return officers with their units by public id, to show names in a log."""
    wanted = set(public_ids)
    found = Officer.objects.filter(public_id__in=wanted).select_related("unit") if wanted else ()
    return {str(officer.public_id): officer for officer in found}


def able_for_duty(unit_id: int) -> tuple[Officer, ...]:
    """List active officers of a unit that may be on duty (they work on cases), by name."""
    return tuple(officer for officer in _active([unit_id]) if may(officer.role, May.WORK_CASES))


def names_of_unit(unit_id: int) -> list[str]:
    """List names of officers in a unit: names that notices may contain."""
    return list(Officer.objects.filter(unit_id=unit_id, is_active=True).values_list("name", flat=True))


def id_of(public_id: UUID) -> int | None:
    return Officer.objects.filter(public_id=public_id).values_list("pk", flat=True).first()


def accounts_of(manager: Officer, unit_id: int) -> list[tuple[Officer, bool]]:
    """List accounts of a unit that the manager may change, locked ones last, each with whether it
    has a second factor.
    """
    found = Officer.objects.filter(unit_id=unit_id).select_related("unit")
    rows = [one for one in found if may_keep(account_of(manager), account_of(one))]
    rows.sort(key=lambda one: (not one.is_active, sort_key(one.name), one.pk))
    kinds: dict[int, list[str]] = {}
    for owner, kind in Authenticator.objects.filter(user__in=rows).values_list("user_id", "type"):
        kinds.setdefault(owner, []).append(kind)
    return [(one, bool(usable(one.role, kinds.get(one.pk, ()), demo=settings.DEMO))) for one in rows]


def list_unsure(manager: Officer) -> list[Officer]:
    """Return accounts that this person keeps and whose state a restore left unknown, with their units, by name."""
    found = Officer.objects.filter(is_active=True, unsure_since__isnull=False).select_related("unit")
    return sorted((o for o in found if may_keep(account_of(manager), account_of(o))), key=lambda o: sort_key(o.name))


def account(manager: Officer, public_id: UUID) -> Officer | None:
    """Return the account if the manager may change it."""
    found = Officer.objects.select_related("unit").filter(public_id=public_id).first()
    return found if found and may_keep(account_of(manager), account_of(found)) else None


def account_of(officer: Officer) -> Account:
    return Account(officer.pk, officer.role, officer.unit_id, officer.is_active)


def one_called(name: str) -> list[Officer]:
    """Find active officers by exact username, or full name with or without diacritics; three at most."""
    wanted = squeeze(nfc(name))[:80]
    found = Officer.objects.filter(Q(username=wanted.lower()) | Q(folded=fold(wanted)), is_active=True)
    return list(found.select_related("unit").order_by("pk")[:3]) if wanted else []


def ties_seen(keeper: Officer) -> list[Tie]:
    """List declared relationships: a chief sees the own unit's, the province and the inspectorate all.

    A handler of complaints sees only their own.
    """
    rows = Tie.objects.filter(ended_at=None).select_related("one__unit", "other__unit", "declared_by")
    if not access.may(keeper, May.KEEP_TIES):
        mine = Q(one=keeper) | Q(other=keeper)
        rows = rows.filter(mine if access.may(keeper, May.HANDLE_CONDUCT) else access.NOTHING)
    elif keeper.role == Role.CHIEF:
        rows = rows.filter(Q(one__unit=keeper.unit_id) | Q(other__unit=keeper.unit_id))
    return list(rows.order_by("-declared_at", "-pk")[:_MOST_TIES])


def acting_seen(keeper: Officer) -> list[Posting]:
    """List acting chiefs; not for chiefs, who learn it from the province."""
    if not access.may(keeper, May.KEEP_TIES) or keeper.role == Role.CHIEF:
        return []
    rows = Posting.objects.filter(until=None, role=Role.CHIEF).select_related("officer", "unit")
    return list(rows.order_by("unit__name"))
