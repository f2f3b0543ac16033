"""Second factors: add, use, remove. Every change ends the officer's other sessions and is in the audit log."""

import datetime as dt
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import Act, record
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import token_hash, uuid7
from binhyen.people.auth_policy import Factor, accepted, may_remove
from binhyen.people.errors import Refusal
from binhyen.people.factors import passkeys, secret_encryption, totp
from binhyen.people.login_backoff import CODES
from binhyen.people.models import Officer
from binhyen.people.queries import held, spare_codes, usable_factors
from binhyen.people.services.activation import spend
from binhyen.people.services.changes import note_factors, note_spare, remove_factors
from binhyen.people.services.login_throttle import TooEarly, count_try, forgive
from binhyen.people.services.sessions import actor_of, end_all

WRONG_CODE = N_("Mã không đúng, hoặc mã này đã dùng rồi.")
WRONG_KEY = N_("Không nhận ra khóa bảo mật này.")
MOST_KEYS = 8


def try_key(officer: Officer) -> str:
    """Return the throttling key of an officer's second factor attempts."""
    return token_hash(f"second step|{officer.public_id}")


def use_code(*, officer: Officer, code: str, now: dt.datetime) -> Factor | TooEarly | None:
    """Return the factor that a typed code proves; None for a wrong, used or unaccepted code."""
    tries = count_try(try_key(officer), brake=CODES, now=now)
    if isinstance(tries, TooEarly):
        return tries
    return _outcome(officer, _take_code(officer, code, now), tries.failures, now)


def use_passkey(*, officer: Officer, state: dict[str, Any], answer: str, now: dt.datetime) -> Factor | TooEarly | None:
    """Return PASSKEY if one of the officer's keys responded to the challenge in `state`."""
    tries = count_try(try_key(officer), brake=CODES, now=now)
    if isinstance(tries, TooEarly):
        return tries
    return _outcome(officer, _take_passkey(officer, state, answer, now), tries.failures, now)


def _outcome(officer: Officer, factor: Factor | None, failures: int, now: dt.datetime) -> Factor | None:
    if factor is None:
        act = Act(actor_of(officer), "second_step_failed", actor_of(officer), officer.unit_id, {"tries": failures})
        record([act], now=now)
        return None
    forgive(try_key(officer))
    return factor


@transaction.atomic
def _take_code(officer: Officer, code: str, now: dt.datetime) -> Factor | None:
    """Verify a code under a lock on the officer: the same code sent twice at once is accepted once."""
    Officer.objects.select_for_update().get(pk=officer.pk)
    factors = usable_factors(officer)
    for row in held(officer):
        if row.type == Factor.TOTP and Factor.TOTP in factors and _take_totp(officer, row, code, now):
            return Factor.TOTP
        if row.type == Factor.RECOVERY and Factor.RECOVERY in factors and _take_spare(officer, row, code):
            row.record_usage()
            return Factor.RECOVERY
    return None


def _take_totp(officer: Officer, row: Authenticator, code: str, now: dt.datetime) -> bool:
    if row.data.get("demo") and not settings.DEMO:
        return False  # a secret that is printed in the source
    secret = secret_encryption.unbind(officer.public_id, secret_encryption.open_(row.data["secret"]))
    counter = totp.counter_of(secret, code, seconds=now.timestamp(), after=row.data["last"])
    if counter is None:
        return False
    row.data["last"], row.last_used_at = counter, now
    row.save(update_fields=["data", "last_used_at"])
    return True


def _take_spare(officer: Officer, row: Authenticator, code: str) -> bool:
    secret_encryption.unbind(officer.public_id, secret_encryption.open_(row.data["seed"]))
    codes = RecoveryCodes(row)
    if not codes.validate_code(code):
        return False
    note_spare(codes.instance)  # allauth reads the row anew; `row` has the mask of before
    return True


@transaction.atomic
def _take_passkey(officer: Officer, state: dict[str, Any], answer: str, now: dt.datetime) -> Factor | None:
    rows = [r for r in held(officer, lock=True) if r.type == Factor.PASSKEY]
    try:
        used = passkeys.finish_using(state=state, held=[r.data["credential"] for r in rows], answer=answer)
    except passkeys.WrongKey:
        return None
    row = next(r for r in rows if passkeys.id_of(r.data["credential"]) == used.credential_id)
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
    _may_add(officer, activation, now)
    if Factor.TOTP not in accepted(officer.role, demo=settings.DEMO):
        raise Refusal(_("Vai trò này phải dùng khóa bảo mật."))
    counter = totp.counter_of(secret, code, seconds=now.timestamp(), after=0)
    if counter is None:
        raise Refusal(WRONG_CODE)
    remove_factors(Authenticator.objects.filter(user_id=officer.pk, type=Factor.TOTP))
    sealed = secret_encryption.seal(secret_encryption.bind(officer.public_id, secret))
    _add(officer, Factor.TOTP, {"secret": sealed, "last": counter}, now)
    if not spare_codes(officer):
        _make_spare(officer, now)
    _changed(officer, "factor_added", Factor.TOTP, keep_session, now)


@transaction.atomic
def add_passkey(
    *, officer: Officer, state: dict[str, Any], answer: str, name: str, activation: int = 0, keep_session: str = "",
    now: dt.datetime,
) -> None:  # fmt: skip
    """Add a passkey beside the present ones, under the rules of `add_totp`. Raises `Refusal`."""
    _may_add(officer, activation, now)
    rows = [r for r in held(officer) if r.type == Factor.PASSKEY]
    if len(rows) >= MOST_KEYS:
        raise Refusal(_("Mỗi người có nhiều nhất {most_keys} khóa bảo mật.").format(most_keys=MOST_KEYS))
    try:
        credential = passkeys.finish_adding(state=state, answer=answer)
    except passkeys.WrongKey as problem:
        raise Refusal(WRONG_KEY) from problem
    if passkeys.id_of(credential) in {passkeys.id_of(r.data["credential"]) for r in rows}:
        raise Refusal(_("Khóa này đã được thêm rồi."))
    shown = " ".join(name.split())[:40] or _("Khóa {n}").format(n=len(rows) + 1)
    _add(officer, Factor.PASSKEY, {"name": shown, "credential": credential, "count": 0}, now)
    _changed(officer, "factor_added", Factor.PASSKEY, keep_session, now)


@transaction.atomic
def remove_factor(*, officer: Officer, factor_id: str, keep_session: str = "", now: dt.datetime) -> None:
    """Remove a factor. Raises `Refusal` for the last usable one."""
    _lock(officer)
    rows = held(officer)
    row = next((r for r in rows if r.data["id"] == factor_id), None)
    if row is None:
        raise Refusal(_("Không tìm thấy bước thứ hai này."))
    if not may_remove(officer.role, [r.type for r in rows], row.type, demo=settings.DEMO):
        raise Refusal(_("Đây là bước thứ hai duy nhất của bạn. Thêm cái khác trước rồi mới bỏ."))
    note_factors([row])
    row.delete()
    if row.type == Factor.TOTP:
        remove_factors(Authenticator.objects.filter(user_id=officer.pk, type=Factor.RECOVERY))
    _changed(officer, "factor_removed", Factor(row.type), keep_session, now)


@transaction.atomic
def new_spare_codes(*, officer: Officer, keep_session: str = "", now: dt.datetime) -> None:
    """Replace the recovery codes; earlier ones become invalid. Raises `Refusal` where they would have no use."""
    _lock(officer)
    if Factor.TOTP not in usable_factors(officer) or Factor.RECOVERY not in accepted(officer.role, demo=settings.DEMO):
        raise Refusal(_("Mã dự phòng chỉ đi kèm ứng dụng tạo mã."))
    remove_factors(Authenticator.objects.filter(user_id=officer.pk, type=Factor.RECOVERY))
    _make_spare(officer, now)
    _changed(officer, "factor_added", Factor.RECOVERY, keep_session, now)


@transaction.atomic
def show_spare_codes(*, officer: Officer) -> list[str]:
    """Return the recovery codes the first time; an empty list ever after."""
    rows = Authenticator.objects.select_for_update().filter(user_id=officer.pk, type=Factor.RECOVERY)
    for row in rows:
        codes = RecoveryCodes(row)
        if not codes.did_view:
            codes.mark_as_viewed()
            return list(codes.generate_codes())
    return []


def take_all(officer: Officer) -> int:
    """For a reset, inside the caller's transaction; how many went."""
    return remove_factors(Authenticator.objects.filter(user_id=officer.pk))


def _make_spare(officer: Officer, now: dt.datetime) -> None:
    seed = secret_encryption.bind(officer.public_id, RecoveryCodes.generate_seed())
    _add(officer, Factor.RECOVERY, {"seed": secret_encryption.seal(seed), "used_mask": 0}, now)


def _add(officer: Officer, kind: Factor, data: dict[str, Any], now: dt.datetime) -> None:
    data = {"id": uuid7().hex, **data}
    Authenticator.objects.create(user=officer, type=kind.value, data=data, created_at=now)


def _may_add(officer: Officer, activation: int, now: dt.datetime) -> None:
    """Check the right to add a factor. Raises `Refusal`: the first one needs the code of a second person."""
    _lock(officer)
    if activation:
        spend(officer=officer, activation=activation, now=now)
    elif not usable_factors(officer):
        raise Refusal(_("Cần mã kích hoạt để thêm bước thứ hai đầu tiên."))


def _lock(officer: Officer) -> None:
    if not Officer.objects.select_for_update().filter(pk=officer.pk, is_active=True).exists():
        raise Refusal(_("Tài khoản không dùng được."))


def _changed(officer: Officer, verb: str, kind: Factor, keep_session: str, now: dt.datetime) -> None:
    detail = {"factor": kind.value, "ended": end_all(officer, now=now, but=keep_session)}
    record([Act(actor_of(officer), verb, actor_of(officer), officer.unit_id, detail)], now=now)
