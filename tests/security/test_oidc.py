"""An identity service replaces the password for officers who are linked to it, and grants nothing else."""

import base64
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from joserfc import jwt

from binhyen.kit import key_files
from binhyen.people import oidc
from binhyen.people.models import Officer, SignIn
from binhyen.people.views import sign_in
from tests.architecture.test_urls import is_redirected
from tests.ports import free_port
from tests.security.identity_service import CLIENT, SECRET
from tests.signing import get_unused_code

pytestmark = pytest.mark.django_db
Make = Callable[..., Officer]


@contextmanager
def run_service(settings: Any, subject: str = "abc-123", fault: str = "-") -> Iterator[None]:
    port = free_port()
    command = [sys.executable, "-m", "tests.security.identity_service", str(port), subject, fault]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout and process.stdout.readline() == b"ready\n"
        settings.OIDC_ISSUER, settings.OIDC_CLIENT = f"http://127.0.0.1:{port}", CLIENT
        yield
    finally:
        process.terminate()
        process.communicate()


@pytest.fixture(autouse=True)
def our_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    real = key_files.read_key
    monkeypatch.setattr(
        key_files, "read_key", lambda process, name: SECRET.encode() if name == "oidc" else real(process, name)
    )


@pytest.fixture
def linked(officer: Make) -> Officer:
    made = officer()
    call_command("link_identity", made.username, "abc-123")
    made.refresh_from_db()
    return made


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **more: Any) -> None:
        return None


def sign_in_by_service(client: Client) -> Any:
    """Sign in by our page → the service → our page, as a browser does."""
    out = client.get("/dang-nhap/dinh-danh?next=/lich-truc")
    if is_redirected(out) and "authorize" not in out["Location"]:
        return out
    try:
        urllib.request.build_opener(_NoRedirect).open(out["Location"], timeout=5)
    except urllib.error.HTTPError as moved:
        back = urlsplit(moved.headers["Location"])
        moved.close()
    return client.get(f"{back.path}?{back.query}")


def test_a_linked_officer_still_gives_the_second_step(client: Client, linked: Officer, settings: Any) -> None:
    with run_service(settings):
        assert sign_in_by_service(client)["Location"] == "/dang-nhap/buoc-hai"
        assert is_redirected(client.get("/bao-mat")) and not SignIn.objects.exists()
        entered = client.post("/dang-nhap/buoc-hai", {"code": get_unused_code(linked)})
        assert entered["Location"] == "/lich-truc" and client.get("/lich-truc").status_code == 200


@pytest.mark.parametrize(
    "fault",
    ["issuer", "host", "none", "key", "iss", "aud", "auds", "nonce", "exp", "noexp", "sub", "noise", "cut", "bare"],
)
def test_a_service_that_is_not_to_be_believed_opens_nothing(
    client: Client, linked: Officer, settings: Any, fault: str
) -> None:
    with run_service(settings, fault=fault):
        answer = sign_in_by_service(client)
        assert answer["Location"] == "/dang-nhap"
        assert is_redirected(client.get("/dang-nhap/buoc-hai"))


PROTOCOL_ATTACKS = {
    **dict.fromkeys(("short", "kid", "use", "curve", "hmac", "crit"), "signature"),
    **dict.fromkeys(("nokeys", "textkeys", "numbers", "halfkey", "notoken"), "signature"),
    **dict.fromkeys(("noiat", "future", "azp", "azps", "hash", "number", "surrogate", "nul"), "claims"),
    "moved": "no answer",
    **dict.fromkeys(("refused", "endless"), "token"),
}


@pytest.mark.filterwarnings("ignore:Key size should be:joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("fault", PROTOCOL_ATTACKS)
def test_attacks_on_the_protocol_open_nothing(
    client: Client, linked: Officer, settings: Any, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons: list[str] = []
    monkeypatch.setattr(sign_in.log, "warning", lambda event, **fields: reasons.append(fields["why"]))
    test_a_service_that_is_not_to_be_believed_opens_nothing(client, linked, settings, fault)
    assert reasons == [PROTOCOL_ATTACKS[fault]]


def test_an_elliptic_key_signs_as_well(client: Client, linked: Officer, settings: Any) -> None:
    with run_service(settings, fault="ec"):
        assert sign_in_by_service(client)["Location"] == "/dang-nhap/buoc-hai"


def decode_unverified(token: str, *_: object, **__: object) -> jwt.Token:
    header, claims, _ = (part + "=" * (-len(part) % 4) for part in token.split("."))
    return jwt.Token(json.loads(base64.urlsafe_b64decode(header)), json.loads(base64.urlsafe_b64decode(claims)))


@pytest.mark.parametrize("fault", ["none", "key", "hmac", "kid"])
def test_control_without_the_signature_it_would(
    client: Client, linked: Officer, settings: Any, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc.jwt, "decode", decode_unverified)
    with pytest.raises(AssertionError):
        test_a_service_that_is_not_to_be_believed_opens_nothing(client, linked, settings, fault)


def test_strangers_and_the_locked_are_nobody_and_nobody_is_made(client: Client, linked: Officer, settings: Any) -> None:
    with run_service(settings, subject="somebody-else"):
        assert sign_in_by_service(client)["Location"] == "/dang-nhap" and Officer.objects.count() == 1
    Officer.objects.update(is_active=False)
    with run_service(settings):
        assert sign_in_by_service(client)["Location"] == "/dang-nhap"


def test_without_our_secret_nobody_comes_in_and_the_log_says_why(
    client: Client, linked: Officer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_missing_key(process: str, name: str) -> bytes:
        raise key_files.KeyFileMissing(name)

    why: list[str] = []
    monkeypatch.setattr(sign_in.log, "warning", lambda event, **fields: why.append(fields["why"]))
    with run_service(settings), monkeypatch.context() as without:
        without.setattr(key_files, "read_key", raise_missing_key)
        state = client.get("/dang-nhap/dinh-danh")["Location"].split("state=")[1].split("&")[0]
        answer = client.get(f"/dang-nhap/tro-ve?state={state}&code=code-0")
    assert answer["Location"] == "/dang-nhap" and why == ["no secret"]


def test_an_answer_that_nobody_here_asked_for(client: Client, linked: Officer, settings: Any) -> None:
    with run_service(settings):
        for query in ("", "?state=x&code=y", "?code=code-0"):
            assert client.get(f"/dang-nhap/tro-ve{query}")["Location"] == "/dang-nhap"
        attacker = Client()
        out = attacker.get("/dang-nhap/dinh-danh")["Location"]
        state = out.split("state=")[1].split("&")[0]
        assert client.get(f"/dang-nhap/tro-ve?state={state}&code=code-0")["Location"] == "/dang-nhap"


def test_without_a_service_there_is_no_such_page(client: Client) -> None:
    assert client.get("/dang-nhap/dinh-danh").status_code == client.get("/dang-nhap/tro-ve").status_code == 404
    assert "dinh-danh" not in client.get("/dang-nhap").content.decode()


def test_linking(linked: Officer, officer: Make) -> None:
    assert linked.subject == "abc-123"
    with pytest.raises(CommandError, match="Another officer"):
        call_command("link_identity", officer().username, "abc-123")
    call_command("link_identity", linked.username, "--unlink")
    linked.refresh_from_db()
    assert linked.subject is None
