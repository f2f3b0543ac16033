"""Life cycle of officers: create, transfer, deactivate."""

import datetime as dt

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from binhyen.areas.queries import unit_by_id
from binhyen.audit.services import Act, record
from binhyen.kit.ids import token_hash
from binhyen.kit.jobs import defer_once
from binhyen.kit.text import nfc, squeeze
from binhyen.people.errors import Refusal
from binhyen.people.login_backoff import PASSWORDS
from binhyen.people.models import DutyShift, Officer, Posting
from binhyen.people.roles import Role, fits
from binhyen.people.services.changes import LOCKED, note_change, note_password, note_seat
from binhyen.people.services.login_throttle import TooEarly, count_try, forgive
from binhyen.people.services.sessions import actor_of, end_all

LET_GO = "cases.let_go"  # reassigns their work; the job belongs to a package above


def _check_seat(role: str, unit_id: int) -> None:
    unit = unit_by_id(unit_id)
    if unit is None or role not in set(Role):
        raise Refusal(_("Đơn vị hoặc vai trò không có trong hệ thống."))
    if unit.closed:
        raise Refusal(_("{name} không còn hoạt động.").format(name=unit.name))
    if not fits(role, unit.level):
        raise Refusal(_("Vai trò này không thuộc {name}.").format(name=unit.name))


@transaction.atomic
def create_officer(
    *, username: str, name: str, unit_id: int, role: str, password: str, actor: str, now: dt.datetime
) -> Officer:
    """Create an officer. Raises `Refusal` for a taken name or an impossible role, ValidationError
    for a weak password.
    """
    _check_seat(role, unit_id)
    officer = Officer(
        username=squeeze(nfc(username)).lower(), name=squeeze(nfc(name)), unit_id=unit_id, role=role,
        password_given=True,
    )  # fmt: skip
    if not officer.username or not officer.name:
        raise Refusal(_("Cần tên đăng nhập và họ tên."))
    validate_password(password, officer)
    officer.set_password(password)
    try:
        with transaction.atomic():
            officer.save(force_insert=True)
    except IntegrityError as error:
        raise Refusal(_("Tên đăng nhập đã có người dùng.")) from error
    record([Act(actor, "officer_created", actor_of(officer), unit_id, {"role": str(role)})], now=now)
    return officer


@transaction.atomic
def transfer(*, officer_id: int, unit_id: int, role: str = "", actor: str, now: dt.datetime) -> Officer:
    """Transfer an officer to another unit or role. Ends every sign-in at once and drops coming
    shifts in the old unit.
    """
    officer = Officer.objects.select_for_update().get(pk=officer_id)
    role = role or officer.role
    _check_seat(role, unit_id)
    before = officer.unit_id
    Posting.objects.create(officer=officer, unit_id=before, role=officer.role, until=now)
    officer.unit_id, officer.role = unit_id, role
    officer.save(update_fields=["unit", "role"])
    note_seat(officer, now=now)
    DutyShift.objects.filter(officer=officer, ends_at__gt=now).exclude(unit_id=unit_id).delete()
    detail = {"from": before, "to": unit_id, "role": str(role), "ended": end_all(officer, now=now)}
    defer_once(queue="urgent", task=LET_GO, key=LET_GO)
    record([Act(actor, "officer_transferred", actor_of(officer), unit_id, detail)], now=now)
    return officer


@transaction.atomic
def deactivate(*, officer_id: int, actor: str, now: dt.datetime) -> Officer:
    """Deactivate an account; past actions keep its name, its work becomes unassigned."""
    officer = Officer.objects.select_for_update().get(pk=officer_id)
    officer.is_active = False
    officer.save(update_fields=["is_active"])
    note_change(LOCKED, officer, now=now)
    DutyShift.objects.filter(officer=officer, ends_at__gt=now).delete()
    detail = {"ended": end_all(officer, now=now)}
    defer_once(queue="urgent", task=LET_GO, key=LET_GO)
    record([Act(actor, "officer_deactivated", actor_of(officer), officer.unit_id, detail)], now=now)
    return officer


def set_password(officer: Officer, new: str) -> None:
    """Set a password inside the caller's transaction. Raises ValidationError for a weak one."""
    validate_password(new, officer)
    officer.set_password(new)
    officer.password_given = False
    officer.save(update_fields=["password", "password_given"])


def change_password(*, officer_id: int, old: str, new: str, keep_session: str = "", now: dt.datetime) -> Officer:
    """Change the own password and end every other session.

    Raises `Refusal` for a wrong old password or too fast attempts, as at sign-in; ValidationError for a weak new one.
    """
    key = token_hash(f"own password|{officer_id}")
    tries = count_try(key, brake=PASSWORDS, now=now)
    if isinstance(tries, TooEarly):
        raise Refusal(_("Bạn thử quá nhanh. Chờ {seconds} giây rồi thử lại.").format(seconds=tries.seconds))
    try:
        officer = _change(officer_id, old, new, keep_session, now)
    except ValidationError:  # the old password was correct
        forgive(key)
        raise
    forgive(key)
    return officer


@transaction.atomic
def _change(officer_id: int, old: str, new: str, keep_session: str, now: dt.datetime) -> Officer:
    officer = Officer.objects.select_for_update().get(pk=officer_id)
    if not officer.check_password(old):
        raise Refusal(_("Mật khẩu cũ không đúng."))
    set_password(officer, new)
    note_password(officer, now=now)
    detail = {"ended": end_all(officer, now=now, but=keep_session)}
    record([Act(actor_of(officer), "password_changed", actor_of(officer), officer.unit_id, detail)], now=now)
    return officer
