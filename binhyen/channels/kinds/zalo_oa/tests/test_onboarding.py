"""`connect_zalo` against the fake Zalo: the operator opens the printed link like a browser and pastes the result."""

import io
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from binhyen import settings as program_settings
from binhyen.audit.models import AuditEntry
from binhyen.channels.kinds.zalo_oa.tests.lab import ADAPTER, FakeZalo
from binhyen.channels.models import Channel, Credential
from binhyen.kit import clock

pytestmark = pytest.mark.django_db
Paste = Callable[[str], str]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **more: Any) -> None:
        return None


def allow_app(url: str) -> str:
    """Press «Cho phép» as an administrator and return the redirect URL."""
    try:
        urllib.request.build_opener(NoRedirect).open(f"{url}&auto=1", timeout=10)
    except urllib.error.HTTPError as answer:
        return str(answer.headers["Location"])
    raise AssertionError("no redirect")


class FakeTerminal(io.StringIO):
    """Standard input of an operator who first reads the printed text. `secrets`: lines typed before."""

    def __init__(self, out: io.StringIO, paste: Paste, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self._out, self._paste, self._secrets = out, paste, list(secrets)

    def readline(self, *args: Any) -> str:
        if self._secrets:
            return self._secrets.pop(0) + "\n"
        if code := re.search(r"quản trị \d{6}", self._out.getvalue()):
            return self._paste(code[0]) + "\n"
        url = re.search(r"https?://\S+/permission\?\S+", self._out.getvalue())
        assert url
        return self._paste(allow_app(url[0])) + "\n"


@pytest.fixture
def run(zalo: FakeZalo, monkeypatch: pytest.MonkeyPatch, db: None) -> Callable[..., str]:
    Channel.objects.filter(kind="zalo_oa").delete()  # leftovers of tests with real commits; restored by the rollback
    setup = zalo.control("setup")
    monkeypatch.setattr(program_settings, "ZALO_OAUTH_URL", setup["oauth_url"])
    monkeypatch.setattr(program_settings, "ZALO_OPENAPI_URL", setup["openapi_url"])

    def connect(*arguments: str, paste: Paste = str, secrets: tuple[str, ...] = ()) -> str:
        out = io.StringIO()
        monkeypatch.setattr(sys, "stdin", FakeTerminal(out, paste, secrets))
        call_command("connect_zalo", *arguments, stdout=out)
        return out.getvalue()

    return connect


@pytest.fixture
def account(zalo: FakeZalo) -> dict[str, Any]:
    setup: dict[str, Any] = zalo.control("setup")
    return setup


def first_connection_input(account: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return arguments and typed secrets of a first connection."""
    arguments = ("--app-id", account["app_id"], "--oa-id", account["oa_id"], "--name", "Công an tỉnh", "--admin", "1")
    return arguments, (account["app_secret"], account["oa_secret_key"])


def test_a_new_account(run: Callable[..., str], account: dict[str, Any], settings: Any) -> None:
    arguments, secrets = first_connection_input(account)
    output = run(*arguments, secrets=secrets)
    channel = Channel.objects.get(kind="zalo_oa")
    credential = Credential.objects.get(channel=channel)
    assert channel.is_active and (channel.name, channel.settings["oa_admins"]) == ("Công an tỉnh", ["1"])
    assert credential.secrets == {"app_secret": secrets[0], "webhook_secret": secrets[1]}
    assert f"{settings.PUBLIC_URL}/webhooks/{channel.public_id.hex}" in output and "Đã nối." in output
    for secret in (*secrets, credential.access_token, credential.refresh_token):
        assert secret and secret not in output
    assert ADAPTER.get_token(channel.pk, now=clock.now()) == credential.access_token
    assert AuditEntry.objects.get(verb="channel.connected").object == f"channel:{channel.public_id}"


def test_secrets_from_the_environment_and_a_bare_code(
    run: Callable[..., str], account: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments, (app, webhook) = first_connection_input(account)
    monkeypatch.setenv("ZALO_APP_SECRET", app)
    monkeypatch.setenv("ZALO_OA_SECRET", webhook)
    run(*arguments, paste=lambda url: re.findall(r"code=([^&]+)", url)[0])
    assert Channel.objects.get(kind="zalo_oa").is_active


def test_a_lost_grant_is_given_again_without_typing_anything(run: Callable[..., str], account: dict[str, Any]) -> None:
    arguments, secrets = first_connection_input(account)
    run(*arguments, secrets=secrets)
    channel = Channel.objects.get(kind="zalo_oa")
    before = Credential.objects.get(channel=channel)
    lost = Credential.objects.get(channel=channel)
    lost.update_secrets(access_token="")
    lost.lost_at = clock.now()
    lost.save()
    Channel.objects.filter(pk=channel.pk).update(paused_until=clock.now(), paused_reason="cần cấp quyền lại")
    run()
    channel.refresh_from_db()
    credential = Credential.objects.get(channel=channel)
    assert (
        credential.lost_at is None
        and credential.refresh_token != before.refresh_token
        and credential.secrets == before.secrets
    )
    assert channel.paused_until is None and channel.paused_reason == ""
    assert Channel.objects.filter(kind="zalo_oa").count() == 1
    assert ADAPTER.get_token(channel.pk, now=clock.now()) == credential.access_token


@pytest.mark.parametrize(
    ("paste", "why"),
    [
        (lambda url: "", "No code found"),
        (lambda url: "https://x.example/?error=-14001", "No code found"),
        (lambda url: re.sub(r"state=[^&]+", "state=foreign", url), "another link"),
        (lambda url: re.sub(r"oa_id=\d+", "oa_id=1", url), "another account"),
        (lambda url: "a-code-that-zalo-never-gave", "-14012"),
    ],
)
def test_a_wrong_answer_leaves_the_grant_alone(
    run: Callable[..., str], account: dict[str, Any], paste: Paste, why: str
) -> None:
    arguments, secrets = first_connection_input(account)
    with pytest.raises(CommandError, match=why):
        run(*arguments, secrets=secrets, paste=paste)
    assert not Channel.objects.get(kind="zalo_oa").is_active  # nothing is sent before the authorisation
    run()
    before = Credential.objects.get().opened()
    with pytest.raises(CommandError, match=why):
        run(paste=paste)
    assert Credential.objects.get().opened() == before and Channel.objects.get(kind="zalo_oa").is_active


def test_missing_arguments_are_named(run: Callable[..., str], account: dict[str, Any]) -> None:
    _, secrets = first_connection_input(account)
    with pytest.raises(CommandError, match="--app-id, --oa-id, --name"):
        run(secrets=secrets)
    with pytest.raises(CommandError, match="webhook_secret"):
        run(*first_connection_input(account)[0], secrets=(secrets[0], ""))
    assert not Channel.objects.filter(kind="zalo_oa").exists()


def test_a_second_account_by_a_pasted_token_and_its_administrator(
    run: Callable[..., str], account: dict[str, Any], zalo: FakeZalo, unit: Any
) -> None:
    arguments, secrets = first_connection_input(account)
    with pytest.raises(CommandError, match="no refresh token"):
        run(*arguments, "--refresh-token", secrets=(*secrets, "không phải mã"))
    with pytest.raises(CommandError, match="-14014"):
        run(*arguments, "--refresh-token", secrets=("a-token-that-zalo-never-gave",))
    channel = Channel.objects.get(kind="zalo_oa")
    assert not channel.is_active and not Credential.objects.get(channel=channel).access_token

    def send_code(code: str) -> str:
        zalo.control("say", {"citizen": "Quản trị OA", "text": code})
        return ""

    Channel.objects.update(settings={**channel.settings, "oa_admins": []})
    pasted = (account["refresh_token"],)
    output = run("--refresh-token", "--unit", "18568", "--site-code", "A" * 36, secrets=pasted, paste=send_code)
    channel.refresh_from_db()
    assert channel.is_active and channel.unit == unit("18568") and channel.settings["site_verification"] == "A" * 36
    assert account["oa_name"] in output and "Tăng trưởng" in output and pasted[0] not in output
    assert channel.settings["oa_admins"] == [zalo.get_citizen_id("Quản trị OA")]
    assert Credential.objects.get(channel=channel).refresh_token != pasted[0]
    assert account["oa_name"] in run("--check")

    # A token of another account is refused, and the account that is connected keeps its grant.
    before = Credential.objects.get(channel=channel).opened()
    other = ("--app-id", account["app_id"], "--oa-id", "999", "--name", "Xã khác", "--unit", "tinh", "--admin", "1")
    fresh = zalo.control("tokens", {"do": "issue"})["grants"][-1]["refresh_token"]
    run(*other, "--refresh-token", secrets=(fresh,))
    assert not Channel.objects.get(settings__oa_id="999").is_active, "the token was that of the first account"
    assert Credential.objects.get(channel=channel).opened() != before and Channel.objects.get(pk=channel.pk).is_active
    with pytest.raises(CommandError, match="No unit has the code"):
        run("--oa-id", "999", "--unit", "00000")
