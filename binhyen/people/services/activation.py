"""One-time codes that a second person hands over: without one nobody adds a first factor."""

import datetime as dt

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import Act, record
from binhyen.kit.ids import code, read_code, token_hash
from binhyen.people.models import Activation, Officer
from binhyen.people.services.brakes import TooEarly, count_try, forgive
from binhyen.people.services.changes import note_password
from binhyen.people.services.officers import set_password
from binhyen.people.services.refusal import Refusal
from binhyen.people.services.signing import actor_of, end_all
from binhyen.people.tries import CODES

HOLDS = dt.timedelta(hours=24)


def give_code(*, officer: Officer, actor: str, now: dt.datetime) -> str:
    """A new code, inside the caller's transaction; earlier ones are worth nothing. Shown once, stored as a hash."""
    value = (code() + code())[:12]
    Activation.objects.filter(officer=officer, used_at=None).update(used_at=now)
    Activation.objects.create(officer=officer, code_hash=make_password(value), made_at=now, expires_at=now + HOLDS)
    record([Act(actor, "activation_given", actor_of(officer), officer.unit_id)], now=now)
    return "-".join(value[i : i + 4] for i in range(0, 12, 4))


def check_code(*, officer: Officer, typed: str, now: dt.datetime) -> int | TooEarly | None:
    """The activation's key for `spend`; None for a wrong, used or old code. Takes the same time either way."""
    key = token_hash(f"activation|{officer.public_id}")
    tries = count_try(key, brake=CODES, now=now)
    if isinstance(tries, TooEarly):
        return tries
    row = Activation.objects.filter(officer=officer, used_at=None, expires_at__gt=now).order_by("-pk").first()
    given = read_code(typed)[:40]
    if row is None:
        make_password(given)  # the answer takes as long as that to a wrong one
    if row is None or not check_password(given, row.code_hash):
        act = Act(actor_of(officer), "activation_failed", actor_of(officer), officer.unit_id, {"tries": tries.failures})
        record([act], now=now)
        return None
    forgive(key)
    return row.pk


@transaction.atomic
def spend(*, officer: Officer, activation: int, now: dt.datetime) -> None:
    """In the transaction that adds the factor. Raises `Refusal` where somebody was faster or it is over."""
    waiting = Activation.objects.filter(pk=activation, officer=officer, used_at=None, expires_at__gt=now)
    if waiting.update(used_at=now) != 1:
        raise Refusal(_("Mã kích hoạt đã hết hạn hoặc đã dùng. Xin mã mới."))
    record([Act(actor_of(officer), "activated", actor_of(officer), officer.unit_id)], now=now)


@transaction.atomic
def activate(*, officer: Officer, new: str, now: dt.datetime) -> None:
    """A password of one's own in place of the one that was given. Raises `Refusal`, ValidationError."""
    if officer.check_password(new):
        raise Refusal(_("Chọn mật khẩu khác với mật khẩu được cấp."))
    set_password(officer, new)
    note_password(officer, now=now)
    end_all(officer, now=now)
    record([Act(actor_of(officer), "password_changed", actor_of(officer), officer.unit_id)], now=now)
