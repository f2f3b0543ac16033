"""Life cycle of officers: create, transfer, deactivate."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from binhyen.areas.queries import find_unit_by_id
from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit.i18n_markers import L_
from binhyen.kit.ids import hash_token
from binhyen.kit.jobs import defer_once
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people.errors import RuleViolation
from binhyen.people.login_backoff import PASSWORD_POLICY
from binhyen.people.models import Activation, Appointment, DutyPhone, DutyShift, Officer, Relationship, SignIn
from binhyen.people.queries import ANONYMOUS_PREFIX
from binhyen.people.roles import Role, role_allowed_in_unit
from binhyen.people.services.changes import LOCKED, note_change, note_password, note_seat
from binhyen.people.services.login_throttle import RetryLater, count_attempt, reset_attempts
from binhyen.people.services.sessions import end_all_sessions, get_audit_actor

UNASSIGN_JOB = "cases.unassign_departed"  # reassigns their work; the job belongs to a package above


def _check_role_in_unit(role: str, unit_id: int) -> None:
    unit = find_unit_by_id(unit_id)
    if unit is None or role not in set(Role):
        raise RuleViolation(_("Đơn vị hoặc vai trò không có trong hệ thống."))
    if unit.is_closed:
        raise RuleViolation(_("{name} không còn hoạt động.").format(name=unit.name))
    if not role_allowed_in_unit(role, unit.level):
        raise RuleViolation(_("Vai trò này không thuộc {name}.").format(name=unit.name))


@transaction.atomic
def create_officer(
    *, username: str, name: str, unit_id: int, role: str, password: str, actor: str, now: dt.datetime
) -> Officer:
    """Create an officer. Raises `Refusal` for a taken name or an impossible role, ValidationError
    for a weak password.
    """
    _check_role_in_unit(role, unit_id)
    officer = Officer(
        username=collapse_spaces(to_nfc(username)).lower(),
        name=collapse_spaces(to_nfc(name)),
        unit_id=unit_id,
        role=role,
        password_is_temporary=True,
    )
    if not officer.username or not officer.name:
        raise RuleViolation(_("Cần tên đăng nhập và họ tên."))
    validate_password(password, officer)
    officer.set_password(password)
    try:
        with transaction.atomic():
            officer.save(force_insert=True)
    except IntegrityError as error:
        raise RuleViolation(_("Tên đăng nhập đã có người dùng.")) from error
    record_actions(
        [AuditAction(actor, "officer_created", get_audit_actor(officer), unit_id, {"role": str(role)})], now=now
    )
    return officer


@transaction.atomic
def transfer_officer(*, officer_id: int, unit_id: int, role: str = "", actor: str, now: dt.datetime) -> Officer:
    """Transfer an officer to another unit or role. Ends every sign-in at once and drops coming
    shifts in the old unit.
    """
    officer = Officer.objects.select_for_update().get(pk=officer_id)
    role = role or officer.role
    _check_role_in_unit(role, unit_id)
    old_unit_id = officer.unit_id
    Appointment.objects.create(officer=officer, unit_id=old_unit_id, role=officer.role, until=now)
    officer.unit_id, officer.role = unit_id, role
    officer.save(update_fields=["unit", "role"])
    note_seat(officer, now=now)
    DutyShift.objects.filter(officer=officer, ends_at__gt=now).exclude(unit_id=unit_id).delete()
    detail = {"from": old_unit_id, "to": unit_id, "role": str(role), "ended": end_all_sessions(officer, now=now)}
    defer_once(queue="urgent", task=UNASSIGN_JOB, key=UNASSIGN_JOB)
    record_actions([AuditAction(actor, "officer_transferred", get_audit_actor(officer), unit_id, detail)], now=now)
    return officer


@transaction.atomic
def deactivate_officer(*, officer_id: int, actor: str, now: dt.datetime) -> Officer:
    """Deactivate an account; past actions keep its name, its work becomes unassigned."""
    officer = Officer.objects.select_for_update().get(pk=officer_id)
    officer.is_active = False
    officer.save(update_fields=["is_active"])
    note_change(LOCKED, officer, now=now)
    DutyShift.objects.filter(officer=officer, ends_at__gt=now).delete()
    detail = {"ended": end_all_sessions(officer, now=now)}
    defer_once(queue="urgent", task=UNASSIGN_JOB, key=UNASSIGN_JOB)
    record_actions(
        [AuditAction(actor, "officer_deactivated", get_audit_actor(officer), officer.unit_id, detail)], now=now
    )
    return officer


def set_password(officer: Officer, new: str) -> None:
    """Set a password inside the caller's transaction. Raises ValidationError for a weak one."""
    validate_password(new, officer)
    officer.set_password(new)
    officer.password_is_temporary = False
    officer.save(update_fields=["password", "password_is_temporary"])


def change_password(*, officer_id: int, old: str, new: str, keep_session: str = "", now: dt.datetime) -> Officer:
    """Change the own password and end every other session.

    Raises `Refusal` for a wrong old password or too fast attempts, as at sign-in; ValidationError for a weak new one.
    """
    key = hash_token(f"own password|{officer_id}")
    attempts = count_attempt(key, policy=PASSWORD_POLICY, now=now)
    if isinstance(attempts, RetryLater):
        raise RuleViolation(_("Bạn thử quá nhanh. Chờ {seconds} giây rồi thử lại.").format(seconds=attempts.seconds))
    try:
        officer = _change_password(officer_id, old, new, keep_session, now)
    except ValidationError:  # the old password was correct
        reset_attempts(key)
        raise
    reset_attempts(key)
    return officer


@transaction.atomic
def _change_password(officer_id: int, old: str, new: str, keep_session: str, now: dt.datetime) -> Officer:
    officer = Officer.objects.select_for_update().get(pk=officer_id)
    if not officer.check_password(old):
        raise RuleViolation(_("Mật khẩu cũ không đúng."))
    set_password(officer, new)
    note_password(officer, now=now)
    detail = {"ended": end_all_sessions(officer, now=now, except_session_key=keep_session)}
    record_actions(
        [AuditAction(get_audit_actor(officer), "password_changed", get_audit_actor(officer), officer.unit_id, detail)],
        now=now,
    )
    return officer


# Anonymisation of officers that left long ago: the account keeps only its id, for cases and the audit log.

ANONYMOUS_NAME = L_("Cán bộ đã rời")  # the name shown on every screen from then on


def list_locked_with_name() -> "QuerySet[Officer]":
    """Return locked accounts that still have a name. `permissions_changed_at` is the time of the lock."""
    return Officer.objects.filter(is_active=False).exclude(username__startswith=ANONYMOUS_PREFIX)


@transaction.atomic
def anonymize_officers(before: dt.datetime, *, limit: int) -> int:
    """Anonymise accounts locked before that moment (names, passwords, shifts, appointments, relationships); return the
    count.
    """
    rows = (
        list_locked_with_name()
        .filter(permissions_changed_at__lte=before)
        .order_by("pk")
        .values_list("pk", "public_id")[:limit]
    )
    officer_ids = dict(rows)
    for pk, public_id in officer_ids.items():
        Officer.objects.filter(pk=pk).update(
            username=f"{ANONYMOUS_PREFIX}{public_id.hex}",
            name=ANONYMOUS_NAME,
            subject=None,
            password="!",  # noqa: S106 - no password matches it
        )
    Authenticator.objects.filter(user__in=officer_ids).delete()
    for table in (Activation, DutyPhone, DutyShift, Appointment, SignIn):
        table.objects.filter(officer__in=officer_ids).delete()
    Relationship.objects.filter(Q(officer_a__in=officer_ids) | Q(officer_b__in=officer_ids)).delete()
    return len(officer_ids)
