"""Readers of complaints sign in with a passkey; with a one-time code not even the number of complaints is visible."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from binhyen.conduct.desk import ConductDesk
from binhyen.conduct.models import Complaint, File
from binhyen.conduct.tests.scene import RUDE, HandlerClient, create_handler, submit_complaint
from binhyen.intake import web_reports
from binhyen.intake.tests.web import make_picture
from binhyen.people.auth_policy import SESSION_POLICIES, Factor, get_accepted_factors, is_proved_by_passkey
from binhyen.people.models import SignIn
from binhyen.people.roles import ABILITIES, Permission, Role
from binhyen.vault.key_session import key_sessions
from binhyen.vault.models import SealedText
from binhyen.vault.tests.custody import SCREENS

ASKED = "/bao-mat/xac-nhan?khoa=1"


def test_with_a_code_only_no_complaint_is_readable() -> None:
    for role in (r for r in Role if Permission.HANDLE_CONDUCT in ABILITIES[r]):
        own_gateway = SESSION_POLICIES[role].factors == {Factor.PASSKEY}
        assert own_gateway or role in {Role.PROVINCE_DUTY, Role.PROVINCE_STAFF}, (
            "new role: does its sign-in require one?"
        )
    for role in (Role.DIRECTOR, Role.INSPECTOR, Role.CUSTODIAN, Role.OPERATOR):
        assert get_accepted_factors(role, demo=False) == {Factor.PASSKEY}
    assert is_proved_by_passkey(Factor.PASSKEY, demo=False)
    for how in (Factor.TOTP, Factor.RECOVERY, ""):
        assert not is_proved_by_passkey(how, demo=False)
    assert is_proved_by_passkey(Factor.TOTP, demo=True) and not is_proved_by_passkey(Factor.RECOVERY, demo=True)


@pytest.fixture
def at_desk(
    officer: Callable[..., Any], now: dt.datetime, settings: Any, tmp_path: Any
) -> Iterator[tuple[HandlerClient, Complaint]]:
    settings.FILES_ROOT, settings.DEMO = tmp_path, False
    duty = create_handler(officer, "PROVINCE_DUTY", now)
    _, complaint = submit_complaint(now=now, photos=(web_reports.UploadedPhoto("a.jpg", make_picture().read()),))
    with SCREENS:
        yield HandlerClient(duty), complaint
    key_sessions.lock_all()


def sign_in_with(desk: HandlerClient, how: str) -> None:
    SignIn.objects.filter(officer=desk.person).update(factor=how)


def list_protected_urls(desk: HandlerClient, complaint: Complaint) -> list[tuple[str, str]]:
    file = File.objects.get().public_id
    return [
        ("get", desk.url(complaint)),
        ("get", desk.url(complaint, f"/anh/{file}")),
        ("post", desk.url(complaint, f"/goc/{file}")),
        ("post", desk.url(complaint, "/tra-loi")),
        ("post", desk.url(complaint, "/viec/nhan")),
        ("post", desk.url(complaint, "/chuyen")),
    ]


def list_refused_urls(desk: HandlerClient, complaint: Complaint) -> list[str]:
    """Return the URLs that do not redirect to the passkey prompt."""
    wrong = []
    for method, url in list_protected_urls(desk, complaint):
        answer = getattr(desk.client, method)(url, {"text": "Đã nhận phản ánh này"})
        if answer.status_code not in (302, 303) or not answer["Location"].startswith(ASKED):
            wrong.append(f"{method} {url}: {answer.status_code}")
    return wrong


@pytest.mark.django_db
@pytest.mark.parametrize("how", [Factor.TOTP, Factor.RECOVERY, ""])
def test_a_code_opens_no_complaint(at_desk: tuple[HandlerClient, Complaint], how: str) -> None:
    desk, complaint = at_desk
    sign_in_with(desk, how)
    assert list_refused_urls(desk, complaint) == []
    page = desk.list()
    assert str(complaint.public_id) not in page and ASKED.replace("&", "&amp;") in page
    assert "Cán bộ công an xã" not in page, "neither their number nor their subjects"
    assert SealedText.objects.count() == 1 and Complaint.objects.get().case.state == "NEW"


@pytest.mark.django_db
def test_a_passkey_does_and_the_next_code_ends_that(at_desk: tuple[HandlerClient, Complaint]) -> None:
    desk, complaint = at_desk
    sign_in_with(desk, Factor.PASSKEY)
    assert RUDE in desk.read(complaint)[1] and str(complaint.public_id) in desk.list()
    sign_in_with(desk, Factor.TOTP)
    assert desk.read(complaint)[0] == 302


@pytest.mark.django_db
def test_a_demonstration_shows_it_by_the_code_it_prints(
    at_desk: tuple[HandlerClient, Complaint], settings: Any
) -> None:
    desk, complaint = at_desk
    sign_in_with(desk, Factor.TOTP)
    settings.DEMO = True
    assert RUDE in desk.read(complaint)[1]


@pytest.mark.django_db
def test_control_a_desk_that_does_not_ask_is_noticed(
    at_desk: tuple[HandlerClient, Complaint], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, complaint = at_desk
    sign_in_with(desk, Factor.TOTP)
    monkeypatch.setattr(ConductDesk, "passkey", False)
    assert list_refused_urls(desk, complaint) != [] and str(complaint.public_id) in desk.list()
