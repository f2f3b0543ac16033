"""Second factors: add, use, remove. Every change ends the officer's other sessions and is in the audit log."""

import datetime as dt
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import generate_uuid7, hash_token
from binhyen.people.auth_policy import Factor, get_accepted_factors, may_remove
from binhyen.people.errors import RuleViolation
from binhyen.people.factors import passkeys, secret_encryption, totp
from binhyen.people.login_backoff import CODE_POLICY
from binhyen.people.models import Officer
from binhyen.people.queries import get_usable_factors, has_recovery_codes, list_factors
from binhyen.people.services.activation import spend_activation
from binhyen.people.services.changes import note_factors, note_spare, remove_factors
from binhyen.people.services.login_throttle import RetryLater, count_attempt, reset_attempts
from binhyen.people.services.sessions import end_all_sessions, get_audit_actor

WRONG_CODE = N_("Mã không đúng, hoặc mã này đã dùng rồi.")
WRONG_KEY = N_("Không nhận ra khóa bảo mật này.")
MAX_PASSKEYS = 8


def get_attempt_key(officer: Officer) -> str:
    """Return the throttling key of an officer's second factor attempts."""
    return hash_token(f"second step|{officer.public_id}")


def verify_code(*, officer: Officer, code: str, now: dt.datetime) -> Factor | RetryLater | None:
    """Return the factor that a typed code proves; None for a wrong, used or unaccepted code."""
    attempts = count_attempt(get_attempt_key(officer), policy=CODE_POLICY, now=now)
    if isinstance(attempts, RetryLater):
        return attempts
    return _record_outcome(officer, _match_code(officer, code, now), attempts.failures, now)


def verify_passkey(
    *, officer: Officer, state: dict[str, Any], answer: str, now: dt.datetime
) -> Factor | RetryLater | None:
    """Return PASSKEY if one of the officer's keys responded to the challenge in `state`."""
    attempts = count_attempt(get_attempt_key(officer), policy=CODE_POLICY, now=now)
    if isinstance(attempts, RetryLater):
        return attempts
    return _record_outcome(officer, _match_passkey(officer, state, answer, now), attempts.failures, now)


def _record_outcome(officer: Officer, factor: Factor | None, failures: int, now: dt.datetime) -> Factor | None:
    if factor is None:
        act = AuditAction(
            get_audit_actor(officer),
            "second_step_failed",
            get_audit_actor(officer),
            officer.unit_id,
            {"tries": failures},
        )
        record_actions([act], now=now)
        return None
    reset_attempts(get_attempt_key(officer))
    return factor


@transaction.atomic
def _match_code(officer: Officer, code: str, now: dt.datetime) -> Factor | None:
    """Verify a code under a lock on the officer: the same code sent twice at once is accepted once."""
    Officer.objects.select_for_update().get(pk=officer.pk)
    factors = get_usable_factors(officer)
    for row in list_factors(officer):
        if row.type == Factor.TOTP and Factor.TOTP in factors and _match_totp(officer, row, code, now):
            return Factor.TOTP
        if row.type == Factor.RECOVERY and Factor.RECOVERY in factors and _match_recovery_code(officer, row, code):
            row.record_usage()
            return Factor.RECOVERY
    return None


def _match_totp(officer: Officer, row: Authenticator, code: str, now: dt.datetime) -> bool:
    if row.data.get("demo") and not settings.DEMO:
        return False  # a secret that is printed in the source
    secret = secret_encryption.unbind_from_owner(
        officer.public_id, secret_encryption.decrypt_secret(row.data["secret"])
    )
    # A demo fills in the code with the page, which somebody reads before pressing the button.
    age = {"age": totp.DEMO_AGE} if row.data.get("demo") else {}
    counter = totp.match_counter(secret, code, seconds=now.timestamp(), last_step=row.data["last"], **age)
    if counter is None:
        return False
    row.data["last"], row.last_used_at = counter, now
    row.save(update_fields=["data", "last_used_at"])
    return True


def _match_recovery_code(officer: Officer, row: Authenticator, code: str) -> bool:
    secret_encryption.unbind_from_owner(officer.public_id, secret_encryption.decrypt_secret(row.data["seed"]))
    codes = RecoveryCodes(row)
    if not codes.validate_code(code):
        return False
    note_spare(codes.instance)  # allauth reads the row anew; `row` has the mask of before
    return True


@transaction.atomic
def _match_passkey(officer: Officer, state: dict[str, Any], answer: str, now: dt.datetime) -> Factor | None:
    rows = [factor for factor in list_factors(officer, lock=True) if factor.type == Factor.PASSKEY]
    try:
        used = passkeys.finish_authentication(
            state=state, stored_keys=[factor.data["credential"] for factor in rows], answer=answer
        )
    except passkeys.InvalidPasskey:
        return None
    row = next(factor for factor in rows if passkeys.get_credential_id(factor.data["credential"]) == used.credential_id)
    if used.count and used.count <= row.data["count"]:
        return None  # the key was probably cloned (WebAuthn, 6.1.1)
    row.data["count"], row.last_used_at = used.count, now
    row.save(update_fields=["data", "last_used_at"])
    return Factor.PASSKEY


@transaction.atomic
def add_totp(
    *, officer: Officer, secret: str, code: str, activation: int = 0, keep_session: str = "", now: dt.datetime
) -> None:
    """Replace the authenticator app. The first factor needs an `activation` (key of an accepted code).

    Raises `Refusal`, also for a wrong code and where the role accepts no codes.
    """
    _check_may_add(officer, activation, now)
    if Factor.TOTP not in get_accepted_factors(officer.role, demo=settings.DEMO):
        raise RuleViolation(_("Vai trò này phải dùng khóa bảo mật."))
    counter = totp.match_counter(secret, code, seconds=now.timestamp(), last_step=0)
    if counter is None:
        raise RuleViolation(WRONG_CODE)
    remove_factors(Authenticator.objects.filter(user_id=officer.pk, type=Factor.TOTP))
    ciphertext = secret_encryption.encrypt_secret(secret_encryption.bind_to_owner(officer.public_id, secret))
    _add(officer, Factor.TOTP, {"secret": ciphertext, "last": counter}, now)
    if not has_recovery_codes(officer):
        _create_recovery_codes(officer, now)
    _record_change(officer, "factor_added", Factor.TOTP, keep_session, now)


@transaction.atomic
def add_passkey(
    *,
    officer: Officer,
    state: dict[str, Any],
    answer: str,
    name: str,
    activation: int = 0,
    keep_session: str = "",
    now: dt.datetime,
) -> None:
    """Add a passkey beside the present ones, under the rules of `add_totp`. Raises `Refusal`."""
    _check_may_add(officer, activation, now)
    rows = [factor for factor in list_factors(officer) if factor.type == Factor.PASSKEY]
    if len(rows) >= MAX_PASSKEYS:
        raise RuleViolation(_("Mỗi người có nhiều nhất {most_keys} khóa bảo mật.").format(most_keys=MAX_PASSKEYS))
    try:
        credential = passkeys.finish_registration(state=state, answer=answer)
    except passkeys.InvalidPasskey as problem:
        raise RuleViolation(WRONG_KEY) from problem
    if passkeys.get_credential_id(credential) in {
        passkeys.get_credential_id(factor.data["credential"]) for factor in rows
    }:
        raise RuleViolation(_("Khóa này đã được thêm rồi."))
    label = " ".join(name.split())[:40] or _("Khóa {n}").format(n=len(rows) + 1)
    _add(officer, Factor.PASSKEY, {"name": label, "credential": credential, "count": 0}, now)
    _record_change(officer, "factor_added", Factor.PASSKEY, keep_session, now)


@transaction.atomic
def remove_factor(*, officer: Officer, factor_id: str, keep_session: str = "", now: dt.datetime) -> None:
    """Remove a factor. Raises `Refusal` for the last usable one."""
    _lock_officer(officer)
    rows = list_factors(officer)
    row = next((factor for factor in rows if factor.data["id"] == factor_id), None)
    if row is None:
        raise RuleViolation(_("Không tìm thấy bước thứ hai này."))
    if not may_remove(officer.role, [factor.type for factor in rows], row.type, demo=settings.DEMO):
        raise RuleViolation(_("Đây là bước thứ hai duy nhất của bạn. Thêm cái khác trước rồi mới bỏ."))
    note_factors([row])
    row.delete()
    if row.type == Factor.TOTP:
        remove_factors(Authenticator.objects.filter(user_id=officer.pk, type=Factor.RECOVERY))
    _record_change(officer, "factor_removed", Factor(row.type), keep_session, now)


@transaction.atomic
def replace_recovery_codes(*, officer: Officer, keep_session: str = "", now: dt.datetime) -> None:
    """Replace the recovery codes; earlier ones become invalid. Raises `Refusal` where they would have no use."""
    _lock_officer(officer)
    if Factor.TOTP not in get_usable_factors(officer) or Factor.RECOVERY not in get_accepted_factors(
        officer.role, demo=settings.DEMO
    ):
        raise RuleViolation(_("Mã dự phòng chỉ đi kèm ứng dụng tạo mã."))
    remove_factors(Authenticator.objects.filter(user_id=officer.pk, type=Factor.RECOVERY))
    _create_recovery_codes(officer, now)
    _record_change(officer, "factor_added", Factor.RECOVERY, keep_session, now)


@transaction.atomic
def reveal_recovery_codes(*, officer: Officer) -> list[str]:
    """Return the recovery codes the first time; an empty list ever after."""
    rows = Authenticator.objects.select_for_update().filter(user_id=officer.pk, type=Factor.RECOVERY)
    for row in rows:
        codes = RecoveryCodes(row)
        if not codes.did_view:
            codes.mark_as_viewed()
            return list(codes.generate_codes())
    return []


def delete_all_factors(officer: Officer) -> int:
    """For a reset, inside the caller's transaction; how many went."""
    return remove_factors(Authenticator.objects.filter(user_id=officer.pk))


def _create_recovery_codes(officer: Officer, now: dt.datetime) -> None:
    seed = secret_encryption.bind_to_owner(officer.public_id, RecoveryCodes.generate_seed())
    _add(officer, Factor.RECOVERY, {"seed": secret_encryption.encrypt_secret(seed), "used_mask": 0}, now)


def _add(officer: Officer, kind: Factor, data: dict[str, Any], now: dt.datetime) -> None:
    data = {"id": generate_uuid7().hex, **data}
    Authenticator.objects.create(user=officer, type=kind.value, data=data, created_at=now)


def _check_may_add(officer: Officer, activation: int, now: dt.datetime) -> None:
    """Check the right to add a factor. Raises `Refusal`: the first one needs the code of a second person."""
    _lock_officer(officer)
    if activation:
        spend_activation(officer=officer, activation=activation, now=now)
    elif not get_usable_factors(officer):
        raise RuleViolation(_("Cần mã kích hoạt để thêm bước thứ hai đầu tiên."))


def _lock_officer(officer: Officer) -> None:
    if not Officer.objects.select_for_update().filter(pk=officer.pk, is_active=True).exists():
        raise RuleViolation(_("Tài khoản không dùng được."))


def _record_change(officer: Officer, verb: str, kind: Factor, keep_session: str, now: dt.datetime) -> None:
    detail = {"factor": kind.value, "ended": end_all_sessions(officer, now=now, except_session_key=keep_session)}
    record_actions(
        [AuditAction(get_audit_actor(officer), verb, get_audit_actor(officer), officer.unit_id, detail)], now=now
    )
