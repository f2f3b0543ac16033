"""Reads of people: unit members, officers on duty, possible assignees, sessions."""

import datetime as dt
from collections.abc import Collection, Iterable
from functools import cache
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, Func, OuterRef, Q, QuerySet, TextField, Value

from binhyen.areas.models import Unit
from binhyen.kit import prepared_queries, rls_scope
from binhyen.kit.ids import hash_token
from binhyen.kit.text import collapse_spaces, fold_text, to_nfc, to_sort_key
from binhyen.people import access
from binhyen.people.access import visibility, visible_filter
from binhyen.people.auth_policy import Account, Factor, filter_usable_factors, may_manage_account
from binhyen.people.models import Appointment, DutyPhone, DutyShift, Officer, Relationship, SignIn
from binhyen.people.roles import Permission, Role, get_role_visibility, role_may

ANONYMOUS_PREFIX = "roi:"  # username prefix of an anonymised account

# Officer names to match in messages: without diacritics, with locked and transferred officers, because people
# complain late.
#
# Anonymised accounts (services/officers.py) have no name any more.


def list_names_of_units(unit_ids: Collection[int]) -> dict[int, list[str]]:
    """Return names of present and former officers of these units and their village teams, by unit. One statement, or
    none.
    """
    names_by_unit: dict[int, list[str]] = {unit_id: [] for unit_id in unit_ids}
    if names_by_unit:
        in_units = Q(unit__in=names_by_unit) | Q(unit__parent__in=names_by_unit, unit__level=Unit.Level.VILLAGE)
        current = _named_officers().filter(in_units).values_list("unit_id", "unit__parent_id", "search_text")
        former = Appointment.objects.filter(in_units).values_list("unit_id", "unit__parent_id", "officer__search_text")
        for unit_id, parent_id, name in current.union(former):
            for place in names_by_unit.keys() & {unit_id, parent_id}:
                names_by_unit[place].append(name)
    return names_by_unit


def list_all_names() -> dict[int, str]:
    """Return all names by primary key."""
    return dict(_named_officers().values_list("pk", "search_text"))


def _named_officers() -> "QuerySet[Officer]":
    return Officer.objects.exclude(username__startswith=ANONYMOUS_PREFIX)


_MAX_NAME_MATCHES = 50
_ALARMED_ROLES = [role for role in Role if role_may(role, Permission.WORK_CASES)]
_MAX_RELATIONSHIPS = 500
_SET_SCOPE = Func(
    Value("binhyen.scope"),
    access.build_scope_expression("officer__role", "officer__unit_id", "officer_id"),
    Value(False),
    function="set_config",
    output_field=TextField(),
)


def list_ids_on_duty(unit_id: int, now: dt.datetime) -> frozenset[int]:
    """Return ids of officers of the unit whose shift is running; empty where there is no roster."""
    running = DutyShift.objects.filter(unit_id=unit_id, starts_at__lte=now, ends_at__gt=now, officer__unit_id=unit_id)
    return frozenset(running.values_list("officer_id", flat=True))


def list_names_on_duty(unit_id: int, now: dt.datetime) -> list[str]:
    """Return the names of the unit's officers whose shift is running."""
    running = Officer.objects.filter(pk__in=list_ids_on_duty(unit_id, now))
    return list(running.order_by("name").values_list("name", flat=True))


def get_duty_phone(officer: Officer) -> str:
    return DutyPhone.objects.filter(officer=officer).values_list("phone", flat=True).first() or ""


def list_duty_contacts(unit_ids: Collection[int], now: dt.datetime) -> dict[int, list[tuple[str, str]]]:
    """Return by unit the names and numbers of officers on duty; of all its officers where no shift is running.

    The number is "" where the officer gave none or the asking officer may not see it. One statement.
    """
    running = DutyShift.objects.filter(
        officer=OuterRef("pk"), unit=OuterRef("unit"), starts_at__lte=now, ends_at__gt=now
    )
    officers = Officer.objects.filter(unit__in=unit_ids, is_active=True, role__in=_ALARMED_ROLES)
    rows = officers.annotate(on_duty=Exists(running)).order_by("name", "pk")
    names = ("unit_id", "name", "duty_phone__phone", "on_duty")
    by_unit: dict[int, list[tuple[str, str, bool]]] = {}
    for unit_id, name, phone, on_duty in rows.values_list(*names):
        by_unit.setdefault(unit_id, []).append((name, phone or "", on_duty))
    return {
        unit_id: [(name, phone) for name, phone, on_duty in people if on_duty]
        or [(name, phone) for name, phone, _ in people]
        for unit_id, people in by_unit.items()
    }


def map_duty_phones(officer_ids: Collection[int]) -> dict[int, str]:
    """Return officer id → number to call on duty, of those that gave one and that the asking officer may see."""
    return dict(DutyPhone.objects.filter(officer__in=officer_ids).values_list("officer", "phone"))


def filter_able_to_sign_in() -> Q:
    """Filter officers that can sign in: active, with a second factor. The others wait for their activation."""
    return Q(Exists(Authenticator.objects.filter(user=OuterRef("pk"))), is_active=True)


def list_viewers_of_unit(unit_id: int) -> list[int]:
    """List active officers that see the unit's data, except tasks of village teams."""
    province_roles = [role for role in Role if get_role_visibility(role, unit_id=0, officer_id=0).province]
    unit_roles = [role for role in Role if get_role_visibility(role, unit_id=0, officer_id=0).unit_id is not None]
    viewers = Officer.objects.filter(Q(role__in=province_roles) | Q(role__in=unit_roles, unit=unit_id), is_active=True)
    return list(viewers.order_by("pk").values_list("pk", flat=True))


def list_shifts(officer: Officer, unit_id: int, since: dt.datetime) -> tuple[DutyShift, ...]:
    """Return the roster of a unit the officer sees, from `since` to its end; empty otherwise."""
    allowed = visibility(officer)
    if not allowed.province and allowed.unit_id != unit_id:
        return ()
    shifts = DutyShift.objects.filter(unit_id=unit_id, ends_at__gt=since)
    return tuple(shifts.select_related("officer").order_by("starts_at", "officer__name"))


def find_active_sign_in(key_hash: str, now: dt.datetime) -> SignIn | None:
    """Return the active sign-in of a session key hash, with its officer and unit; None if ended, expired or idle.

    The same statement sets the row-level security scope for the rest of the request (kit/rls_scope.py).
    """
    statement = prepared_queries.get_or_compile(
        "sign-in", lambda: prepared_queries.compile_queryset(_active_sign_in_query())
    )
    with rls_scope.inline_rls_scope():
        rows = statement.fetch_all({prepared_queries.TEXT_PARAM: key_hash, prepared_queries.NOW_PARAM: now})
    if not rows:
        return None
    values = iter(rows[0])
    row: SignIn
    row, officer, unit = (model.from_db(None, names, [next(values) for _ in names]) for model, names in _row_models())
    officer.unit, row.officer = unit, officer
    rls_scope.set_known_rls_scope(next(values))
    return row


@cache
def _row_models() -> tuple[tuple[Any, list[str]], ...]:
    """List the models of the statement's row in order, with their columns."""
    models = (SignIn, Officer, Officer._meta.get_field("unit").related_model)
    return tuple((model, [field.attname for field in model._meta.concrete_fields]) for model in models)


def _active_sign_in_query() -> QuerySet[SignIn, Any]:
    running = SignIn.objects.filter(
        key_hash=prepared_queries.TEXT_PARAM,
        ended_at=None,
        expires_at__gt=prepared_queries.NOW_PARAM,
        idle_at__gt=prepared_queries.NOW_PARAM,
        officer__is_active=True,
    )
    prefixed_models = zip(("", "officer__", "officer__unit__"), _row_models(), strict=True)
    columns = [prefix + name for prefix, (_, names) in prefixed_models for name in names]
    return running.annotate(scope=_SET_SCOPE).values_list(*columns, "scope")[:1]


def find_session_owner(session_key: str) -> int | None:
    """Return the officer of a session key, even after its end. Only to match typed drafts, never to grant access."""
    if not session_key:
        return None
    return SignIn.objects.filter(key_hash=hash_token(session_key)).values_list("officer_id", flat=True).first()


def find_officer_by_subject(subject: str) -> Officer | None:
    """Return the active officer linked to a subject of the identity service; None if unknown or locked."""
    return Officer.objects.select_related("unit").filter(subject=subject, is_active=True).first() if subject else None


def list_sessions(officer: Officer, now: dt.datetime) -> tuple[SignIn, ...]:
    """List an officer's running sessions, newest first; locked ones too, because they still receive alarms."""
    running = SignIn.objects.filter(officer=officer, ended_at=None, expires_at__gt=now)
    return tuple(running.order_by("-started_at", "-pk"))


def list_factors(officer: Officer, *, lock: bool = False) -> list[Authenticator]:
    """List the second factors of an officer, oldest first. `lock`: lock the rows against concurrent use or change."""
    rows = Authenticator.objects.filter(user_id=officer.pk).order_by("created_at", "pk")
    return list(rows.select_for_update() if lock else rows)


def get_usable_factors(officer: Officer) -> frozenset[Factor]:
    """Return the kinds of second factor that the officer can use now; empty: the account waits for activation."""
    kinds = Authenticator.objects.filter(user_id=officer.pk).values_list("type", flat=True)
    return filter_usable_factors(officer.role, list(kinds), demo=settings.DEMO)


def has_recovery_codes(officer: Officer) -> bool:
    return bool(Authenticator.objects.filter(user_id=officer.pk, type=Factor.RECOVERY).exists())


def _list_active(unit_ids: Iterable[int]) -> list[Officer]:
    officers = Officer.objects.filter(unit_id__in=list(unit_ids), is_active=True)
    return list(officers.select_related("unit").order_by("name", "pk"))


def find_officers(officer: Any, name: str, *, limit: int) -> list[Officer]:
    """Find active officers by words of the name, with or without diacritics: exact diacritics first, then by name.

    An officer with province visibility finds all, one with unit visibility the own unit, others none.
    """
    query = collapse_spaces(to_nfc(name))[:80]
    folded = fold_text(query)
    if len(folded) < 2:
        return []
    matches = Officer.objects.filter(visible_filter(officer), is_active=True, search_text__contains=folded)
    rows = matches.select_related("unit").order_by("name", "pk")[: limit * 5]
    return sorted(rows, key=lambda match: query.lower() not in match.name.lower())[:limit]


def find_by_name(officer: Any, name: str) -> list[Officer]:
    """Find officers by username or words of the name, former ones too; for the inspectorate."""
    query = collapse_spaces(to_nfc(name))[:80]
    if len(query) < 2 or not access.officer_may(officer, Permission.READ_AUDIT):
        return []
    matches = Officer.objects.filter(Q(username=query) | Q(search_text__contains=fold_text(query)))
    return list(matches.order_by("name", "pk")[:_MAX_NAME_MATCHES])


def get_officers_by_public_ids(public_ids: Iterable[str]) -> dict[str, Officer]:
    """Return officers with their units by public id, to show names in a log."""
    ids = set(public_ids)
    officers = Officer.objects.filter(public_id__in=ids).select_related("unit") if ids else ()
    return {str(officer.public_id): officer for officer in officers}


def list_officers_for_duty(unit_id: int) -> tuple[Officer, ...]:
    """List active officers of a unit that may be on duty (they work on cases), by name."""
    return tuple(officer for officer in _list_active([unit_id]) if role_may(officer.role, Permission.WORK_CASES))


def list_officer_names(unit_id: int) -> list[str]:
    """List names of officers in a unit: names that notices may contain."""
    return list(Officer.objects.filter(unit_id=unit_id, is_active=True).values_list("name", flat=True))


def get_officer_id(public_id: UUID) -> int | None:
    return Officer.objects.filter(public_id=public_id).values_list("pk", flat=True).first()


def list_accounts(manager: Officer, unit_id: int) -> list[tuple[Officer, bool]]:
    """List accounts of a unit that the manager may change, locked ones last, each with whether it
    has a second factor.
    """
    accounts = Officer.objects.filter(unit_id=unit_id).select_related("unit")
    rows = [account_row for account_row in accounts if may_manage_account(to_account(manager), to_account(account_row))]
    rows.sort(key=lambda account_row: (not account_row.is_active, to_sort_key(account_row.name), account_row.pk))
    kinds: dict[int, list[str]] = {}
    for owner, kind in Authenticator.objects.filter(user__in=rows).values_list("user_id", "type"):
        kinds.setdefault(owner, []).append(kind)
    return [
        (account_row, bool(filter_usable_factors(account_row.role, kinds.get(account_row.pk, ()), demo=settings.DEMO)))
        for account_row in rows
    ]


def list_unsure(manager: Officer) -> list[Officer]:
    """Return accounts that this person keeps and whose state a restore left unknown, with their units, by name."""
    accounts = Officer.objects.filter(is_active=True, unsure_since__isnull=False).select_related("unit")
    return sorted(
        (o for o in accounts if may_manage_account(to_account(manager), to_account(o))),
        key=lambda o: to_sort_key(o.name),
    )


def get_account(manager: Officer, public_id: UUID) -> Officer | None:
    """Return the account if the manager may change it."""
    target = Officer.objects.select_related("unit").filter(public_id=public_id).first()
    return target if target and may_manage_account(to_account(manager), to_account(target)) else None


def to_account(officer: Officer) -> Account:
    return Account(officer.pk, officer.role, officer.unit_id, officer.is_active)


def find_exact_name(name: str) -> list[Officer]:
    """Find active officers by exact username, or full name with or without diacritics; three at most."""
    query = collapse_spaces(to_nfc(name))[:80]
    matches = Officer.objects.filter(Q(username=query.lower()) | Q(search_text=fold_text(query)), is_active=True)
    return list(matches.select_related("unit").order_by("pk")[:3]) if query else []


def list_visible_relationships(keeper: Officer) -> list[Relationship]:
    """List declared relationships: a chief sees the own unit's, the province and the inspectorate all.

    A handler of complaints sees only their own.
    """
    rows = Relationship.objects.filter(ended_at=None).select_related(
        "officer_a__unit", "officer_b__unit", "declared_by"
    )
    if not access.officer_may(keeper, Permission.KEEP_TIES):
        own_relationships = Q(officer_a=keeper) | Q(officer_b=keeper)
        rows = rows.filter(
            own_relationships if access.officer_may(keeper, Permission.HANDLE_CONDUCT) else access.NOTHING
        )
    elif keeper.role == Role.CHIEF:
        rows = rows.filter(Q(officer_a__unit=keeper.unit_id) | Q(officer_b__unit=keeper.unit_id))
    return list(rows.order_by("-declared_at", "-pk")[:_MAX_RELATIONSHIPS])


def list_acting_chiefs(keeper: Officer) -> list[Appointment]:
    """List acting chiefs; not for chiefs, who learn it from the province."""
    if not access.officer_may(keeper, Permission.KEEP_TIES) or keeper.role == Role.CHIEF:
        return []
    rows = Appointment.objects.filter(until=None, role=Role.CHIEF).select_related("officer", "unit")
    return list(rows.order_by("unit__name", "pk"))
