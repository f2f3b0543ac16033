"""Messages on a case derived from a complaint: excluded officers do not see, count or change them."""

import datetime as dt
import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client

from binhyen.cases.models import Case
from binhyen.channels.models import Channel, Conversation, Group, Outgoing
from binhyen.channels.queries import list_quarantined
from binhyen.conduct.tests.scene import sign_in
from binhyen.conduct.tests.test_exclusions import create_derived_case
from binhyen.kit import prepared_queries
from binhyen.kit.ids import generate_code
from binhyen.people import access
from binhyen.people.models import Appointment
from binhyen.vault.models import Reporter
from tests import rls

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
WORDS = "Mời người biết việc đến trụ sở."
OUTBOX = "/hop-thu-di"


def create_letter(case: Case, unit: Any, now: dt.datetime, state: str = "DEAD", **more: Any) -> Outgoing:
    talk = Conversation.objects.create(
        channel=Channel.objects.get(kind="web"), reporter=Reporter.objects.create(created_at=now)
    )
    return Outgoing.objects.create(
        key=generate_code(),
        channel=talk.channel,
        conversation=None if more else talk,
        case=case,
        unit=unit,
        purpose="ANSWER",
        text=WORDS,
        state=state,
        created_at=now - dt.timedelta(hours=1),
        due_at=now,
        **more,
    )


def read_outbox(page: Client) -> str:
    """Return the outbox with its counts, without the parts that change with every response or second."""
    return re.sub(r'\b\w{64}\b|\bends="\d+"', "", page.get(OUTBOX).content.decode())


WHO = [("OFFICER", "18568"), ("CHIEF", "18568"), ("PROVINCE_DUTY", "42"), ("OPERATOR", "42")]


@pytest.mark.parametrize(("role", "seat"), WHO)
@pytest.mark.parametrize("wall", ["filter", "fence"])
def test_it_is_in_no_outbox_of_excluded_officers(
    officer: Make, unit: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch, role: str, seat: str, wall: str
) -> None:
    me, duty = officer(role, seat), officer("PROVINCE_DUTY", "42")
    Appointment.objects.create(officer=me, unit=unit("18568"), role="OFFICER", until=now - dt.timedelta(days=200))
    page, case = sign_in(me), create_derived_case(officer, now)
    before = read_outbox(page)
    row = create_letter(case, unit(seat), now)
    assert WORDS in read_outbox(sign_in(duty)), "control: an officer with access to the case does"
    if wall == "fence":
        monkeypatch.setattr(access, "_without_exclusion", lambda officer, prefix: ~Q(pk=None))
        prepared_queries._cache.clear()
    with rls.acting_as("pages") if wall == "fence" else nullcontext():
        assert read_outbox(page) == before
        for deed in ("gui-lai", "bo"):
            assert page.post(f"{OUTBOX}/{row.public_id}/{deed}").status_code == 404
    row.refresh_from_db()
    assert row.state == "DEAD"
    prepared_queries._cache.clear()


@pytest.mark.parametrize(("role", "seat"), WHO)
def test_control_without_either_check_it_shows(
    officer: Make, unit: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch, role: str, seat: str
) -> None:
    monkeypatch.setattr(rls, "acting_as", lambda process: nullcontext())
    with pytest.raises(AssertionError):
        test_it_is_in_no_outbox_of_excluded_officers(officer, unit, now, monkeypatch, role, seat, "fence")


def test_a_held_letter_is_hidden_too(officer: Make, unit: Make, now: dt.datetime) -> None:
    own_unit = unit("18568")
    group = Group.objects.create(
        channel=Channel.objects.get(kind="web"), unit=own_unit, area_id=own_unit.area_id, name="Lộc Hà"
    )
    me = officer("CHIEF", "18568")
    row = create_letter(create_derived_case(officer, now), own_unit, now, "HELD", group=group)
    assert list_quarantined(officer("PROVINCE_DUTY", "42")).filter(pk=row.pk).exists(), "control"
    assert not list_quarantined(me).exists()
    page = sign_in(me).get(f"/nhom/{group.public_id}")
    assert page.status_code == 200 and WORDS not in page.content.decode()
