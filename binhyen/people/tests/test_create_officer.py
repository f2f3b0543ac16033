"""The operator's command that creates the first officer and all later ones."""

import io
import re
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from binhyen.audit.models import AuditEntry
from binhyen.people.models import Officer

pytestmark = pytest.mark.django_db
PASSWORD = "mot-mat-khau-dai"


def run_create_officer(monkeypatch: pytest.MonkeyPatch, password: str = PASSWORD, **change: str) -> str:
    given = {"name": "Lê  Minh Tuấn", "role": "OPERATOR", "unit": "CAT-42"} | change
    monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\nrest"))
    out = io.StringIO()
    call_command("create_officer", "Tinh.VanHanh", **given, stdout=out)
    return out.getvalue()


def test_the_first_operator_can_sign_in(monkeypatch: pytest.MonkeyPatch, client: Any) -> None:
    output = run_create_officer(monkeypatch)
    made = Officer.objects.get()
    assert (made.username, made.name, made.role, made.unit.code) == (
        "tinh.vanhanh",
        "Lê Minh Tuấn",
        "OPERATOR",
        "CAT-42",
    )
    assert "tinh.vanhanh" in output and "Người vận hành" in output and PASSWORD not in output
    assert {a.actor for a in AuditEntry.objects.all()} == {"system:create_officer"}
    assert AuditEntry.objects.get(verb="officer_created").actor == "system:create_officer"
    entered = client.post("/dang-nhap", {"username": "tinh.vanhanh", "password": PASSWORD})
    assert entered["Location"] == "/dang-nhap/kich-hoat"  # the password alone is not sufficient
    code = re.search(r"Mã kích hoạt: (\S+)", output)[1]  # type: ignore[index]
    first = client.post("/dang-nhap/kich-hoat", {"activation": code.lower(), "password": "mot-cau-cua-rieng-toi"})
    assert first["Location"] == "/dang-nhap/them"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"password": "ngan"}, "12"),
        ({"password": ""}, "12"),
        ({"unit": "Lộc Hà", "role": "CHIEF"}, "CAX-18568 Công an xã Lộc Hà"),
        ({"unit": "CAX-18568"}, "không thuộc"),
        ({"unit": "KHONG-CO"}, "/quan-tri/areas/unit/"),
    ],
)
def test_refusals_give_a_reason(monkeypatch: pytest.MonkeyPatch, change: dict[str, str], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        run_create_officer(monkeypatch, **change)
    assert not Officer.objects.exists()


def test_a_used_name(monkeypatch: pytest.MonkeyPatch) -> None:
    run_create_officer(monkeypatch)
    with pytest.raises(CommandError, match="đã có người dùng"):
        run_create_officer(monkeypatch)


def test_two_different_passwords_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    typed = iter([PASSWORD, PASSWORD + "x", PASSWORD, PASSWORD])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    monkeypatch.setattr(sys, "stdin", Terminal())
    given = {"name": "A", "role": "OPERATOR", "unit": "CAT-42"}
    with pytest.raises(CommandError, match="differ"):
        call_command("create_officer", "a", **given)
    call_command("create_officer", "a", **given, stdout=io.StringIO())
    assert Officer.objects.get().check_password(PASSWORD)
