"""Desk keys are rotated without a count of what they encrypt: a count would reveal complaints
hidden from the officer."""

import datetime as dt
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command

from binhyen.conduct.models import Complaint
from binhyen.conduct.tests.scene import CHIEF, RUDE, AtTheDesk, complain, handler
from binhyen.people.models import Tie
from binhyen.vault.key_session import keys
from binhyen.vault.management.commands import custody as command
from binhyen.vault.models import LockCopy
from binhyen.vault.services import key_ceremony
from binhyen.vault.tests.custody import SCREENS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def custody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(command, "_LOOK", 0)
    with SCREENS:
        yield
    keys.lock_all()


def renewed(desk: AtTheDesk) -> tuple[str, str]:
    """Return the page's text about the old key after «Thay khóa của nhóm» and after re-encryption."""
    desk.client.post("/giu-kin/doi-khoa", {"group": "CONDUCT"})
    before = desk.client.get("/giu-kin").content.decode()
    desk.client.post("/giu-kin/chuyen-khoa")
    return _of_keys(before), _of_keys(desk.client.get("/giu-kin").content.decode())


def _of_keys(page: str) -> str:
    said = re.sub(r"<[^>]+>", " ", page)
    return " ".join(
        sentence for sentence in re.split(r"\s{2,}", said) if "khóa cũ" in sentence or "Đã chuyển" in sentence
    )


def state() -> str:
    """Return `custody state` without key fingerprints."""
    out = io.StringIO()
    call_command("custody", "state", stdout=out)
    return re.sub(r"(?:\w{4} ){3,}\w{4}|\b[0-9A-F]{4}(?:[ -][0-9A-F]{4})+", "", out.getvalue())


def test_who_changes_a_key_does_not_count_what_is_kept_from_them(officer: Callable[..., Any], now: dt.datetime) -> None:
    """A handler with a declared relative among the subjects; the difference to the list would reveal their number."""
    duty = handler(officer, "PROVINCE_DUTY", now, name="Lê Thị Đào")
    relative = officer("OFFICER", "18568", name="Trần Văn Hảo")
    one, other = sorted((duty.pk, relative.pk))
    Tie.objects.create(one_id=one, other_id=other, kind="RELATIVE", declared_at=now, declared_by=duty)
    desk = AtTheDesk(duty)
    complain(RUDE, now=now)
    few = renewed(desk)
    for n in range(3):
        complain(f"{CHIEF}, lần {n}", now=now)
        complain(f"{RUDE}, tên Trần Văn Hảo, lần {n}", now=now)
    assert Complaint.objects.count() == 7 and LockCopy.objects.count() > 7
    many = renewed(desk)
    assert few == many and "khóa cũ" in few[0] and not re.search(r"\d", "".join(few)), (few, many)


def test_the_paper_of_the_ceremony_counts_nothing(officer: Callable[..., Any], now: dt.datetime) -> None:
    handler(officer, "PROVINCE_DUTY", now, name="Lê Thị Đào")
    complain(RUDE, now=now)
    few = state()
    for n in range(3):
        complain(f"{RUDE}, lần {n}", now=now)
    assert state() == few and "CONDUCT" in few


def test_control_a_number_shows(officer: Callable[..., Any], now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_ceremony, "amount", lambda groups, rows: f"còn {rows} mục")
    monkeypatch.setattr(key_ceremony, "MACHINES", ("CONDUCT", "DIRECTOR", "INSPECT"))
    with pytest.raises(AssertionError):
        test_the_paper_of_the_ceremony_counts_nothing(officer, now)
