"""The roster by week: gaps, repeated shifts, swaps."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from binhyen.kit import clock
from binhyen.people.models import DutyShift
from binhyen.people.services.roster import find_gaps, list_repeated_days, set_duty_phone

MONDAY = dt.date(2026, 11, 23)
START = dt.datetime(2026, 11, 23, tzinfo=clock.VIETNAM)


def at(hour: float) -> dt.datetime:
    return START + dt.timedelta(hours=hour)


@pytest.mark.parametrize(
    ("shifts", "gaps"),
    [
        ([], [(0, 24)]),
        ([(0, 24)], []),
        ([(-5, 7), (7, 19), (19, 31)], []),
        ([(-5, 6), (7, 19)], [(6, 7), (19, 24)]),
        ([(7, 19), (8, 12)], [(0, 7), (19, 24)]),
        ([(30, 40)], [(0, 24)]),
    ],
)
def test_gaps_of_a_day(shifts: list[tuple[float, float]], gaps: list[tuple[float, float]]) -> None:
    spans = [(at(first), at(last)) for first, last in shifts]
    assert find_gaps(spans, since=at(0), until=at(24)) == [(at(first), at(last)) for first, last in gaps]


def test_days_of_a_repetition() -> None:
    last = MONDAY + dt.timedelta(days=8)
    assert list_repeated_days(MONDAY, every=0, last=last) == [MONDAY]
    assert [day.day for day in list_repeated_days(MONDAY, every=3, last=last)] == [23, 26, 29]
    assert list_repeated_days(last, every=1, last=MONDAY) == []


@pytest.mark.django_db
def test_a_chief_repeats_and_swaps_shifts(client: Client, officer: Any) -> None:
    chief, first, second = officer("CHIEF"), officer(name="Nguyễn Thị Hạnh"), officer(name="Lê Quang Dũng")
    client.force_login(chief)
    day = clock.to_vietnam_day(clock.now()) + dt.timedelta(days=2)
    base = {"unit": "CAX-18568", "start": "07:00", "hours": "12"}
    repeated = {"officer": str(first.public_id), "day": day.isoformat(), "every": "2"}
    until = {"until": (day + dt.timedelta(days=6)).isoformat()}
    answer = client.post("/lich-truc/them", base | repeated | until)
    assert DutyShift.objects.filter(officer=first).count() == 4
    page = client.get(answer["Location"]).content.decode()
    assert "chưa có ai trực" in page and "Nguyễn Thị Hạnh" in page
    client.post("/lich-truc/them", base | repeated | {"day": (day + dt.timedelta(days=6)).isoformat(), "every": "1"})
    assert DutyShift.objects.count() == 4, "all days or none"
    client.post("/lich-truc/them", base | {"officer": str(second.public_id), "day": day.isoformat(), "start": "19:00"})
    assert "đổi với Nguyễn Thị Hạnh" in client.get(answer["Location"]).content.decode()
    shift = DutyShift.objects.filter(officer=first).order_by("starts_at")[0]
    other_shift = DutyShift.objects.get(officer=second)
    exchange = {
        "unit": "CAX-18568",
        "officer": str(first.public_id),
        "starts": shift.starts_at.isoformat(),
        "with": f"{second.public_id}@{other_shift.starts_at.isoformat()}",
    }
    for broken in (
        {"with": ""},
        {"with": f"{second.public_id}@x"},
        {"starts": "x"},
        {"with": f"{chief.public_id}@2020-01-01T00:00:00+00:00"},
    ):
        client.post("/lich-truc/doi", exchange | broken)
    client.post("/lich-truc/doi", exchange)
    assert {(row.officer_id, row.pk) for row in DutyShift.objects.filter(pk__in=[shift.pk, other_shift.pk])} == {
        (second.pk, shift.pk),
        (first.pk, other_shift.pk),
    }
    client.force_login(second)
    assert client.post("/lich-truc/doi", exchange).status_code == 403


@pytest.mark.django_db
def test_each_person_on_duty_is_shown_with_their_own_number(client: Client, officer: Any, unit: Any) -> None:
    """Also where two have the same name."""
    now, hour = clock.now(), dt.timedelta(hours=1)
    client.force_login(officer("CHIEF"))
    for phone in ("0912345678", "0987654321"):
        namesake = officer(name="Nguyễn Thị Hạnh")
        set_duty_phone(officer=namesake, phone=phone, now=now)
        DutyShift.objects.create(unit=unit("18568"), officer=namesake, starts_at=now - hour, ends_at=now + hour)
    page = client.get("/lich-truc").content.decode()
    for call_url, shown in (("tel:0912345678", "0912 345 678"), ("tel:0987654321", "0987 654 321")):
        assert page.count(f'href="{call_url}"') == 1 and shown in page
