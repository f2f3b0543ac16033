"""Officers are created, moved and removed; duty shifts; demo accounts."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from binhyen.audit.models import AuditEntry
from binhyen.people import queries, services
from binhyen.people.demo import DEMO_PASSWORD, list_demo_accounts
from binhyen.people.models import DutyShift, Officer
from binhyen.people.services import RuleViolation

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
Make = Callable[..., Officer]


def test_create(unit: Callable[[str], Any], now: dt.datetime) -> None:
    made = services.create_officer(
        username=" Loc-Ha.Moi ",
        name="Nguyễn  Văn A",
        unit_id=unit("18568").pk,
        role="OFFICER",
        password="mot-mat-khau-dai",
        actor="test",
        now=now,
    )
    assert (made.username, made.name) == ("loc-ha.moi", "Nguyễn Văn A")
    assert made.check_password("mot-mat-khau-dai")
    assert AuditEntry.objects.get(verb="officer_created").detail == {"role": "OFFICER"}


@pytest.mark.parametrize(
    ("commune", "role", "username", "name", "password", "error"),
    [
        ("18568", "PROVINCE_DUTY", "a", "A", "mot-mat-khau-dai", RuleViolation),
        ("42", "OFFICER", "a", "A", "mot-mat-khau-dai", RuleViolation),
        ("18568", "KING", "a", "A", "mot-mat-khau-dai", RuleViolation),
        ("18568", "OFFICER", " ", "A", "mot-mat-khau-dai", RuleViolation),
        ("18568", "OFFICER", "a", "", "mot-mat-khau-dai", RuleViolation),
        ("18568", "OFFICER", "co-roi", "A", "mot-mat-khau-dai", RuleViolation),
        ("18568", "OFFICER", "a", "A", "ngan", ValidationError),
        ("18568", "OFFICER", "a", "A", "password123", ValidationError),
    ],
)
def test_create_refuses(
    unit: Callable[[str], Any],
    officer: Make,
    now: dt.datetime,
    commune: str,
    role: str,
    username: str,
    name: str,
    password: str,
    error: type[Exception],
) -> None:
    Officer.objects.filter(pk=officer().pk).update(username="co-roi")
    with pytest.raises(error):
        services.create_officer(
            username=username, name=name, unit_id=unit(commune).pk, role=role, password=password, actor="t", now=now
        )
    assert Officer.objects.count() == 1
    with pytest.raises(RuleViolation):
        services.create_officer(
            username="b", name="B", unit_id=10**9, role="OFFICER", password="mot-mat-khau-dai", actor="t", now=now
        )


def test_transfer_drops_shifts_of_the_old_unit(officer: Make, unit: Callable[[str], Any], now: dt.datetime) -> None:
    person = officer()
    for start in (now - 9 * HOUR, now + HOUR):
        DutyShift.objects.create(unit=person.unit, officer=person, starts_at=start, ends_at=start + 8 * HOUR)
    services.transfer_officer(officer_id=person.pk, unit_id=unit("18073").pk, role="CHIEF", actor="test", now=now)
    person.refresh_from_db()
    assert (person.unit, person.role) == (unit("18073"), "CHIEF")
    assert DutyShift.objects.get().ends_at < now  # the past is retained
    with pytest.raises(RuleViolation):
        services.transfer_officer(officer_id=person.pk, unit_id=unit("42").pk, actor="test", now=now)


def test_a_closed_unit_accepts_no_officer(officer: Make, unit: Callable[[str], Any], now: dt.datetime) -> None:
    closed = unit("18073")
    closed.valid_to = now.date()
    closed.save()
    with pytest.raises(RuleViolation, match="không còn hoạt động"):
        services.transfer_officer(officer_id=officer().pk, unit_id=closed.pk, actor="test", now=now)


def test_deactivate(officer: Make, now: dt.datetime) -> None:
    person = officer()
    DutyShift.objects.create(unit=person.unit, officer=person, starts_at=now, ends_at=now + HOUR)
    services.deactivate_officer(officer_id=person.pk, actor="test", now=now)
    person.refresh_from_db()
    assert not person.is_active and not DutyShift.objects.exists()
    assert queries.list_ids_on_duty(person.unit_id, now) == frozenset()


def test_password(officer: Make, now: dt.datetime) -> None:
    person = officer()
    person.set_password("mat-khau-cu-day")
    person.save()
    with pytest.raises(RuleViolation):
        services.change_password(officer_id=person.pk, old="sai", new="mat-khau-moi-day", now=now)
    with pytest.raises(ValidationError):
        services.change_password(officer_id=person.pk, old="mat-khau-cu-day", new="ngan", now=now)
    services.change_password(officer_id=person.pk, old="mat-khau-cu-day", new="mat-khau-moi-day", now=now)
    person.refresh_from_db()
    assert person.check_password("mat-khau-moi-day")


def test_officers_on_duty(officer: Make, now: dt.datetime) -> None:
    colleague, chief, _team = officer(), officer("CHIEF"), officer("VILLAGE_TEAM")
    assert queries.list_ids_on_duty(colleague.unit_id, now) == frozenset()
    services.add_duty_shift(
        unit_id=colleague.unit_id,
        officer_id=colleague.pk,
        starts_at=now - HOUR,
        ends_at=now + HOUR,
        manager=chief,
        now=now,
    )
    assert queries.list_ids_on_duty(colleague.unit_id, now) == {colleague.pk}
    assert queries.list_ids_on_duty(colleague.unit_id, now + HOUR) == frozenset()  # the shift is over
    assert set(queries.list_officers_for_duty(colleague.unit_id)) == {colleague, chief}


def test_transferred_officers_are_not_on_duty(officer: Make, unit: Callable[[str], Any], now: dt.datetime) -> None:
    colleague = officer()
    DutyShift.objects.create(unit=colleague.unit, officer=colleague, starts_at=now - HOUR, ends_at=now + HOUR)
    home = colleague.unit_id
    Officer.objects.filter(pk=colleague.pk).update(unit=unit("18073"))
    assert queries.list_ids_on_duty(home, now) == frozenset()


def test_the_roster_refuses(officer: Make, now: dt.datetime) -> None:
    colleague, chief, stranger = officer(), officer("CHIEF"), officer("CHIEF", "18073")

    def put(**change: Any) -> DutyShift:
        fields = {"unit_id": colleague.unit_id, "officer_id": colleague.pk, "starts_at": now, "ends_at": now + HOUR}
        return services.add_duty_shift(**(fields | {"manager": chief, "now": now} | change))

    for change in (
        {"manager": colleague},
        {"manager": stranger},
        {"officer_id": stranger.pk},
        {"ends_at": now},
        {"ends_at": now + 49 * HOUR},
    ):
        with pytest.raises(RuleViolation):
            put(**change)
    team = officer("VILLAGE_TEAM")
    for change, why in (
        ({"officer_id": team.pk}, "Chỉ cán bộ xử lý vụ việc"),
        ({"starts_at": now - 9 * HOUR, "ends_at": now - HOUR}, "đã qua"),
        ({"starts_at": now + 33 * 24 * HOUR, "ends_at": now + 33 * 24 * HOUR + HOUR}, "đến ngày"),
    ):
        with pytest.raises(RuleViolation, match=why):
            put(**change)
    put()
    with pytest.raises(RuleViolation, match="đã có ca trực"):
        put(starts_at=now + HOUR / 2, ends_at=now + 2 * HOUR)
    put(starts_at=now + HOUR, ends_at=now + 2 * HOUR)  # adjacent shifts are allowed
    gone = {"unit_id": colleague.unit_id, "officer_id": colleague.pk, "starts_at": now, "now": now}
    with pytest.raises(RuleViolation):
        services.remove_duty_shift(manager=stranger, **gone)
    assert [services.remove_duty_shift(manager=chief, **gone) for _ in range(2)] == [1, 0]
    assert list(AuditEntry.objects.filter(verb__startswith="duty").values_list("verb", flat=True)) == [
        "duty_added",
        "duty_added",
        "duty_removed",
    ]


def test_demo_people_only_in_a_demonstration(settings: Any, capsys: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="BINHYEN_DEMO=1"):
        call_command("demo_people")
    assert not Officer.objects.exists()
    settings.DEMO = True
    for _ in range(2):
        call_command("demo_people")
    assert Officer.objects.count() == len(list_demo_accounts()) == 30
    assert {o.role for o in Officer.objects.all()} == {a.role for a in list_demo_accounts()}
    assert Officer.objects.get(username="loc-ha.canbo1").check_password(DEMO_PASSWORD)
    assert "loc-ha.truong" in capsys.readouterr().out
