"""One-time activation codes from a second person: required to enrol a first factor."""

import datetime as dt

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit.ids import generate_code, hash_token, normalize_code
from binhyen.people.errors import RuleViolation
from binhyen.people.login_backoff import CODE_POLICY
from binhyen.people.models import Activation, Officer
from binhyen.people.services.changes import note_password
from binhyen.people.services.login_throttle import RetryLater, count_attempt, reset_attempts
from binhyen.people.services.officers import set_password
from binhyen.people.services.sessions import end_all_sessions, get_audit_actor

ACTIVATION_LIFETIME = dt.timedelta(hours=24)


def create_activation_code(*, officer: Officer, actor: str, now: dt.datetime) -> str:
    """Create a code in the caller's transaction and invalidate earlier ones. Shown once, stored as a hash."""
    value = (generate_code() + generate_code())[:12]
    Activation.objects.filter(officer=officer, used_at=None).update(used_at=now)
    Activation.objects.create(
        officer=officer, code_hash=make_password(value), made_at=now, expires_at=now + ACTIVATION_LIFETIME
    )
    record_actions([AuditAction(actor, "activation_given", get_audit_actor(officer), officer.unit_id)], now=now)
    return "-".join(value[i : i + 4] for i in range(0, 12, 4))


def check_activation_code(*, officer: Officer, typed_code: str, now: dt.datetime) -> int | RetryLater | None:
    """Return the activation's key for `spend_activation`; None for a wrong, used or old code, in the same time."""
    key = hash_token(f"activation|{officer.public_id}")
    attempts = count_attempt(key, policy=CODE_POLICY, now=now)
    if isinstance(attempts, RetryLater):
        return attempts
    row = Activation.objects.filter(officer=officer, used_at=None, expires_at__gt=now).order_by("-pk").first()
    normalized = normalize_code(typed_code)[:40]
    if row is None:
        make_password(normalized)  # constant time: as slow as the answer to a wrong code
    if row is None or not check_password(normalized, row.code_hash):
        act = AuditAction(
            get_audit_actor(officer),
            "activation_failed",
            get_audit_actor(officer),
            officer.unit_id,
            {"tries": attempts.failures},
        )
        record_actions([act], now=now)
        return None
    reset_attempts(key)
    return row.pk


@transaction.atomic
def spend_activation(*, officer: Officer, activation: int, now: dt.datetime) -> None:
    """Mark the code as used, in the transaction that adds the factor. Raises `Refusal` if it is used or expired."""
    unused = Activation.objects.filter(pk=activation, officer=officer, used_at=None, expires_at__gt=now)
    if unused.update(used_at=now) != 1:
        raise RuleViolation(_("Mã kích hoạt đã hết hạn hoặc đã dùng. Xin mã mới."))
    record_actions(
        [AuditAction(get_audit_actor(officer), "activated", get_audit_actor(officer), officer.unit_id)], now=now
    )


@transaction.atomic
def replace_temporary_password(*, officer: Officer, new: str, now: dt.datetime) -> None:
    """Replace the temporary password by the officer's own. Raises `Refusal`, ValidationError."""
    if officer.check_password(new):
        raise RuleViolation(_("Chọn mật khẩu khác với mật khẩu được cấp."))
    set_password(officer, new)
    note_password(officer, now=now)
    end_all_sessions(officer, now=now)
    record_actions(
        [AuditAction(get_audit_actor(officer), "password_changed", get_audit_actor(officer), officer.unit_id)], now=now
    )
