"""Declared relationships and acting chiefs, the input of the conflict rules."""

import datetime as dt
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from binhyen.areas.models import Unit
from binhyen.audit.services import Act, record
from binhyen.kit.i18n_markers import N_
from binhyen.people.errors import Refusal
from binhyen.people.models import Officer, Posting, Tie
from binhyen.people.queries import one_called
from binhyen.people.roles import PROVINCE_ROLES, May, Role, may
from binhyen.people.services.sessions import actor_of

_SAID = N_("Quan hệ này đã được khai.")


def _check(keeper: Officer, one: Officer, other: Officer) -> None:
    """Check the right to declare. Raises `Refusal`.

    The province and the inspectorate declare for all, complaint handlers for themselves. A chief declares between two
    people of the own unit, never for himself: a relationship takes complaints away from their handler.
    """
    if not (keeper.is_active and _keeps(keeper, one, other)):
        raise Refusal(_("Bạn không có quyền khai việc này."))
    mine = keeper.pk in (one.pk, other.pk) or {one.unit_id, other.unit_id} != {keeper.unit_id}
    if keeper.role == Role.CHIEF and mine:
        raise Refusal(
            _(
                "Bạn chỉ khai được giữa hai người của đơn vị mình, không khai cho chính mình. "
                "Hãy nhờ Phòng Tham mưu hoặc thanh tra công an tỉnh khai."
            )
        )


def may_end(keeper: Officer, tie: Tie) -> bool:
    """Tell whether the keeper may end it; `tie` with both people. An own relationship is ended by another person."""
    try:
        _check(keeper, tie.one, tie.other)
    except Refusal:
        return False
    return keeper.pk not in (tie.one_id, tie.other_id)


def _keeps(keeper: Officer, one: Officer, other: Officer) -> bool:
    handles = may(keeper.role, May.HANDLE_CONDUCT) and keeper.pk in (one.pk, other.pk)
    return handles or may(keeper.role, May.KEEP_TIES)


def _person(name: str) -> Officer:
    found = one_called(name)
    if len(found) != 1:
        how = _("Không có cán bộ nào") if not found else _("Có {found} cán bộ").format(found=len(found))
        raise Refusal(_("{how} tên «{name}». Viết đủ họ tên, hoặc tên đăng nhập.").format(how=how, name=name[:60]))
    return found[0]


@transaction.atomic
def declare(*, keeper: Officer, first: str, second: str, kind: str, now: dt.datetime) -> None:
    """Declare a relationship of two people by full name or username; idempotent. Raises `Refusal`.

    A self-declared one becomes mutual when another person declares it, too.
    """
    one, other = sorted((_person(first), _person(second)), key=lambda o: o.pk)
    if one.pk == other.pk or kind not in Tie.Kind.values:
        raise Refusal(_("Chọn hai người khác nhau và loại quan hệ."))
    _check(keeper, one, other)
    known = Tie.objects.select_for_update().filter(one=one, other=other, ended_at=None).first()
    if known is None:
        tie = _new(one, other, kind, keeper, now)
    elif known.mutual or known.declared_by_id == keeper.pk:
        raise Refusal(_SAID)
    else:
        tie = known
        Tie.objects.filter(pk=tie.pk).update(mutual=True)
    record([Act(actor_of(keeper), "tie.declared", f"tie:{tie.public_id}", keeper.unit_id)], now=now)


def _new(one: Officer, other: Officer, kind: str, keeper: Officer, now: dt.datetime) -> Tie:
    try:
        with transaction.atomic():
            return Tie.objects.create(
                one=one, other=other, kind=kind, declared_at=now, declared_by=keeper,
                mutual=keeper.pk not in (one.pk, other.pk),
            )  # fmt: skip
    except IntegrityError:
        raise Refusal(_SAID) from None


@transaction.atomic
def end(*, keeper: Officer, tie: UUID, now: dt.datetime) -> None:
    """End a relationship (declared in error, or over). Raises `Refusal`."""
    row = Tie.objects.select_for_update(of=("self",)).select_related("one", "other").filter(public_id=tie).first()
    if row is None:
        raise Refusal(_("Không có mục này."))
    _check(keeper, row.one, row.other)
    if keeper.pk in (row.one_id, row.other_id):
        raise Refusal(_("Quan hệ của chính mình thì người khác bỏ."))
    if row.ended_at is None:
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        record([Act(actor_of(keeper), "tie.ended", f"tie:{row.public_id}", keeper.unit_id)], now=now)


@transaction.atomic
def appoint(*, keeper: Officer, name: str, unit_code: str, now: dt.datetime) -> None:
    """Appoint an acting chief of a unit beside the own appointment; ends the previous one. Raises `Refusal`."""
    if not may(keeper.role, May.KEEP_TIES) or keeper.role not in {*PROVINCE_ROLES, Role.INSPECTOR}:
        raise Refusal(_("Quyền trưởng do công an tỉnh giao."))
    unit = Unit.objects.filter(code=unit_code, level=Unit.Level.COMMUNE, valid_to=None).first()
    if unit is None:
        raise Refusal(_("Chọn một đơn vị công an xã đang hoạt động."))
    person = _person(name) if name.strip() else None
    Posting.objects.filter(unit=unit, role=Role.CHIEF, until=None).update(until=now)
    if person is not None:
        Posting.objects.create(officer=person, unit=unit, role=Role.CHIEF, since=now)
    about = actor_of(person) if person else f"unit:{unit.public_id}"
    record([Act(actor_of(keeper), "acting_chief", about, unit.pk)], now=now)
