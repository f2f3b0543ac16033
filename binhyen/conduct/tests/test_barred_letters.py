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
from binhyen.channels.queries import held
from binhyen.conduct.tests.scene import signed_in
from binhyen.conduct.tests.test_barred import passed_on
from binhyen.kit import prepared_queries
from binhyen.kit.ids import code
from binhyen.people import access
from binhyen.people.models import Posting
from binhyen.vault.models import Reporter
from tests import rls

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
WORDS = "Mời người biết việc đến trụ sở."
OUTBOX = "/hop-thu-di"


def letter(case: Case, unit: Any, now: dt.datetime, state: str = "DEAD", **more: Any) -> Outgoing:
    talk = Conversation.objects.create(
        channel=Channel.objects.get(kind="web"), reporter=Reporter.objects.create(created_at=now)
    )
    return Outgoing.objects.create(
        key=code(), channel=talk.channel, conversation=None if more else talk, case=case, unit=unit, purpose="ANSWER",
        text=WORDS, state=state, created_at=now - dt.timedelta(hours=1), due_at=now, **more,
    )  # fmt: skip


def shown(page: Client) -> str:
    """Return the outbox with its counts, without the parts that change with every response or second."""
    return re.sub(r'\b\w{64}\b|\bends="\d+"', "", page.get(OUTBOX).content.decode())


WHO = [("OFFICER", "18568"), ("CHIEF", "18568"), ("PROVINCE_DUTY", "42"), ("OPERATOR", "42")]


@pytest.mark.parametrize(("role", "seat"), WHO)
@pytest.mark.parametrize("wall", ["filter", "fence"])
def test_it_is_in_nobodys_outbox_whom_the_case_is_kept_from(
    officer: Make, unit: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch, role: str, seat: str, wall: str
) -> None:
    me, duty = officer(role, seat), officer("PROVINCE_DUTY", "42")
    Posting.objects.create(officer=me, unit=unit("18568"), role="OFFICER", until=now - dt.timedelta(days=200))
    page, case = signed_in(me), passed_on(officer, now)
    before = shown(page)
    row = letter(case, unit(seat), now)
    assert WORDS in shown(signed_in(duty)), "control: an officer with access to the case does"
    if wall == "fence":
        monkeypatch.setattr(access, "_not_barred", lambda officer, prefix: ~Q(pk=None))
        prepared_queries._known.clear()
    with rls.acting_as("pages") if wall == "fence" else nullcontext():
        assert shown(page) == before
        for deed in ("gui-lai", "bo"):
            assert page.post(f"{OUTBOX}/{row.public_id}/{deed}").status_code == 404
    row.refresh_from_db()
    assert row.state == "DEAD"
    prepared_queries._known.clear()


@pytest.mark.parametrize(("role", "seat"), WHO)
def test_control_without_either_wall_it_shows(
    officer: Make, unit: Make, now: dt.datetime, monkeypatch: pytest.MonkeyPatch, role: str, seat: str
) -> None:
    monkeypatch.setattr(rls, "acting_as", lambda process: nullcontext())
    with pytest.raises(AssertionError):
        test_it_is_in_nobodys_outbox_whom_the_case_is_kept_from(officer, unit, now, monkeypatch, role, seat, "fence")


def test_nor_is_one_that_the_gate_holds(officer: Make, unit: Make, now: dt.datetime) -> None:
    mine = unit("18568")
    group = Group.objects.create(
        channel=Channel.objects.get(kind="web"), unit=mine, area_id=mine.area_id, name="Lộc Hà"
    )
    me = officer("CHIEF", "18568")
    row = letter(passed_on(officer, now), mine, now, "HELD", group=group)
    assert held(officer("PROVINCE_DUTY", "42")).filter(pk=row.pk).exists(), "control"
    assert not held(me).exists()
    page = signed_in(me).get(f"/nhom/{group.public_id}")
    assert page.status_code == 200 and WORDS not in page.content.decode()
