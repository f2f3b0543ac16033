"""Who is related to whom, and who acts as chief where: declared by those who keep it, so that the veto knows."""

import datetime as dt
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from binhyen.areas.models import Unit
from binhyen.audit.services import Act, record
from binhyen.people.models import Officer, Posting, Tie
from binhyen.people.queries import one_called
from binhyen.people.rules import PROVINCE_ROLES, May, Role, may
from binhyen.people.services.refusal import Refusal
from binhyen.people.services.signing import actor_of


def _check(keeper: Officer, *concerned: Officer) -> None:
    """A chief declares for the own unit, the province and the inspectorate for everybody. Raises `Refusal`."""
    if not (keeper.is_active and may(keeper.role, May.KEEP_TIES)):
        raise Refusal(_("Bạn không có quyền khai việc này."))
    if keeper.role == Role.CHIEF and keeper.unit_id not in {o.unit_id for o in concerned}:
        raise Refusal(_("Chỉ khai được cho người của đơn vị mình."))


def _person(name: str) -> Officer:
    found = one_called(name)
    if len(found) != 1:
        how = _("Không có cán bộ nào") if not found else _("Có {found} cán bộ").format(found=len(found))
        raise Refusal(_("{how} tên «{name}». Viết đủ họ tên, hoặc tên đăng nhập.").format(how=how, name=name[:60]))
    return found[0]


@transaction.atomic
def declare(*, keeper: Officer, first: str, second: str, kind: str, now: dt.datetime) -> None:
    """Two people by full name or sign-in name. Said twice is said once. Raises `Refusal`."""
    one, other = sorted((_person(first), _person(second)), key=lambda o: o.pk)
    if one.pk == other.pk or kind not in Tie.Kind.values:
        raise Refusal(_("Chọn hai người khác nhau và loại quan hệ."))
    _check(keeper, one, other)
    try:
        with transaction.atomic():
            tie = Tie.objects.create(one=one, other=other, kind=kind, declared_at=now, declared_by=keeper)
    except IntegrityError:
        raise Refusal(_("Quan hệ này đã được khai.")) from None
    record([Act(actor_of(keeper), "tie.declared", f"tie:{tie.public_id}", keeper.unit_id)], now=now)


@transaction.atomic
def end(*, keeper: Officer, tie: UUID, now: dt.datetime) -> None:
    """It was declared in error or is over. Raises `Refusal`."""
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
    """Somebody acts as chief of a unit beside their own seat; whoever did before does no more. Raises `Refusal`."""
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
