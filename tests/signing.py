"""Sign-in as a person does it: password, then the second step. `client.force_login` skips both."""

from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client

from binhyen.kit import clock
from binhyen.people.demo import DEMO_SECRET
from binhyen.people.factors import totp
from binhyen.people.models import Officer
from binhyen.people.queries import list_factors

PASSWORD = "mat-khau-rat-dai-1"


@cache
def hash_password(password: str) -> str:
    """Hash the password once: hashing is slow on purpose."""
    return make_password(password)


def set_password(officer: Officer, password: str = PASSWORD) -> Officer:
    officer.password = hash_password(password)
    officer.save()
    return officer


def get_unused_code(officer: Officer) -> str:
    """Return an unused code that the officer's app could show now."""
    last = next(row.data["last"] for row in list_factors(officer) if row.type == "totp")
    return totp.next_code(DEMO_SECRET, seconds=clock.now().timestamp(), last_step=last)


def complete_sign_in(client: Client, officer: Officer, password: str = PASSWORD, **more: str) -> Any:
    """Complete both steps; return the answer to the second."""
    first = client.post("/dang-nhap", {"username": officer.username, "password": password} | more)
    assert (first.status_code, first["Location"]) == (303, "/dang-nhap/buoc-hai"), first
    return client.post("/dang-nhap/buoc-hai", {"code": get_unused_code(officer)})


def sign_in_on_page(page: Any, url: str, username: str, password: str = PASSWORD) -> None:
    """Sign in with a browser to a program in demonstration mode: the second page shows its code."""
    page.goto(f"{url}/dang-nhap")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.click("form .btn-wide")
    page.wait_for_url("**/dang-nhap/buoc-hai")
    page.click("form:has(input[name=code]) .btn-wide")
    page.wait_for_url(lambda there: "/dang-nhap" not in there)
