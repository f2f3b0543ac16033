"""One-time activation codes from a second person: required to enrol a first factor."""

import datetime as dt

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import Act, record
from binhyen.kit.ids import code, read_code, token_hash
from binhyen.people.errors import Refusal
from binhyen.people.login_backoff import CODES
from binhyen.people.models import Activation, Officer
from binhyen.people.services.changes import note_password
from binhyen.people.services.login_throttle import TooEarly, count_try, forgive
from binhyen.people.services.officers import set_password
from binhyen.people.services.sessions import actor_of, end_all

HOLDS = dt.timedelta(hours=24)


def give_code(*, officer: Officer, actor: str, now: dt.datetime) -> str:
    """Create a code in the caller's transaction and invalidate earlier ones. Shown once, stored as a hash."""
    value = (code() + code())[:12]
    Activation.objects.filter(officer=officer, used_at=None).update(used_at=now)
    Activation.objects.create(officer=officer, code_hash=make_password(value), made_at=now, expires_at=now + HOLDS)
    record([Act(actor, "activation_given", actor_of(officer), officer.unit_id)], now=now)
    return "-".join(value[i : i + 4] for i in range(0, 12, 4))


def check_code(*, officer: Officer, typed: str, now: dt.datetime) -> int | TooEarly | None:
    """Return the activation's key for `spend_activation`; None for a wrong, used or old code, in the same time."""
    key = token_hash(f"activation|{officer.public_id}")
    tries = count_try(key, brake=CODES, now=now)
    if isinstance(tries, TooEarly):
        return tries
    row = Activation.objects.filter(officer=officer, used_at=None, expires_at__gt=now).order_by("-pk").first()
    given = read_code(typed)[:40]
    if row is None:
        make_password(given)  # constant time: as slow as the answer to a wrong code
    if row is None or not check_password(given, row.code_hash):
        act = Act(actor_of(officer), "activation_failed", actor_of(officer), officer.unit_id, {"tries": tries.failures})
        record([act], now=now)
        return None
    forgive(key)
    return row.pk


@transaction.atomic
def spend(*, officer: Officer, activation: int, now: dt.datetime) -> None:
    """Mark the code as used, in the transaction that adds the factor. Raises `Refusal` if it is used or expired."""
    waiting = Activation.objects.filter(pk=activation, officer=officer, used_at=None, expires_at__gt=now)
    if waiting.update(used_at=now) != 1:
        raise Refusal(_("Mã kích hoạt đã hết hạn hoặc đã dùng. Xin mã mới."))
    record([Act(actor_of(officer), "activated", actor_of(officer), officer.unit_id)], now=now)


@transaction.atomic
def activate(*, officer: Officer, new: str, now: dt.datetime) -> None:
    """Replace the temporary password by the officer's own. Raises `Refusal`, ValidationError."""
    if officer.check_password(new):
        raise Refusal(_("Chọn mật khẩu khác với mật khẩu được cấp."))
    set_password(officer, new)
    note_password(officer, now=now)
    end_all(officer, now=now)
    record([Act(actor_of(officer), "password_changed", actor_of(officer), officer.unit_id)], now=now)
