"""Desk keys are rotated without a count of their ciphertexts: a count would reveal complaints
hidden from the officer."""

import datetime as dt
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command

from binhyen.conduct.models import Complaint
from binhyen.conduct.tests.scene import CHIEF, RUDE, HandlerClient, create_handler, submit_complaint
from binhyen.people.models import Relationship
from binhyen.vault.key_session import key_sessions
from binhyen.vault.management.commands import custody as command
from binhyen.vault.models import WrappedKey
from binhyen.vault.services import key_ceremony
from binhyen.vault.tests.custody import SCREENS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def custody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(command, "_POLL_SECONDS", 0)
    with SCREENS:
        yield
    key_sessions.lock_all()


def rotate_and_read(desk: HandlerClient) -> tuple[str, str]:
    """Return the page's text about the old key after «Thay khóa của nhóm» and after re-encryption."""
    desk.client.post("/giu-kin/doi-khoa", {"group": "CONDUCT"})
    before = desk.client.get("/giu-kin").content.decode()
    desk.client.post("/giu-kin/chuyen-khoa")
    return _read_key_section(before), _read_key_section(desk.client.get("/giu-kin").content.decode())


def _read_key_section(page: str) -> str:
    content = re.sub(r"<[^>]+>", " ", page)
    return " ".join(
        sentence for sentence in re.split(r"\s{2,}", content) if "khóa cũ" in sentence or "Đã chuyển" in sentence
    )


def read_state() -> str:
    """Return `custody state` without key fingerprints."""
    out = io.StringIO()
    call_command("custody", "state", stdout=out)
    return re.sub(r"(?:\w{4} ){3,}\w{4}|\b[0-9A-F]{4}(?:[ -][0-9A-F]{4})+", "", out.getvalue())


def test_key_rotation_does_not_count_hidden_complaints(officer: Callable[..., Any], now: dt.datetime) -> None:
    """A handler with a declared relative among the subjects; the difference to the list would reveal their number."""
    duty = create_handler(officer, "PROVINCE_DUTY", now, name="Lê Thị Đào")
    relative = officer("OFFICER", "18568", name="Trần Văn Hảo")
    left, right = sorted((duty.pk, relative.pk))
    Relationship.objects.create(
        officer_a_id=left, officer_b_id=right, kind="RELATIVE", declared_at=now, declared_by=duty
    )
    desk = HandlerClient(duty)
    submit_complaint(RUDE, now=now)
    few = rotate_and_read(desk)
    for n in range(3):
        submit_complaint(f"{CHIEF}, lần {n}", now=now)
        submit_complaint(f"{RUDE}, tên Trần Văn Hảo, lần {n}", now=now)
    assert Complaint.objects.count() == 7 and WrappedKey.objects.count() > 7
    many = rotate_and_read(desk)
    assert few == many and "khóa cũ" in few[0] and not re.search(r"\d", "".join(few)), (few, many)


def test_the_paper_of_the_ceremony_counts_nothing(officer: Callable[..., Any], now: dt.datetime) -> None:
    create_handler(officer, "PROVINCE_DUTY", now, name="Lê Thị Đào")
    submit_complaint(RUDE, now=now)
    few = read_state()
    for n in range(3):
        submit_complaint(f"{RUDE}, lần {n}", now=now)
    assert read_state() == few and "CONDUCT" in few


def test_control_a_number_shows(officer: Callable[..., Any], now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_ceremony, "describe_amount", lambda groups, rows: f"còn {rows} mục")
    monkeypatch.setattr(key_ceremony, "MACHINE_GROUPS", ("CONDUCT", "DIRECTOR", "INSPECT"))
    with pytest.raises(AssertionError):
        test_the_paper_of_the_ceremony_counts_nothing(officer, now)
