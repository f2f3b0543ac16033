"""Onboarding: an operator connects an Official Account, or authorises it again.

The channel of a new account stays off until its grant is stored. Authorising again changes nothing until then.
"""

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import compare_digest
from urllib.parse import parse_qs, urlsplit

from django.db import transaction

from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.kinds.zalo_oa import oauth, protocol, tokens
from binhyen.channels.models import Channel, Credential
from binhyen.kit.ids import generate_token

KIND = "zalo_oa"
SECRET_NAMES = ("app_secret", "webhook_secret")


class ConnectionProblem(ValueError):
    """The missing or wrong part of a connection, for the operator."""


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """An authorisation link that was created and waits for its code."""

    url: str
    challenge: str
    verifier: str
    state: str

    def __repr__(self) -> str:
        return "Asked(…)"  # never into a log


def find_account_channel(oa_id: str) -> Channel | None:
    """Return the account's channel; without an id the only one. Raises `ConnectionProblem` where it is ambiguous."""
    channels = list(Channel.objects.filter(kind=KIND).order_by("id"))
    if oa_id:
        return next((channel for channel in channels if str(channel.settings.get("oa_id")) == oa_id), None)
    if len(channels) > 1:
        raise ConnectionProblem("Several accounts are connected: choose one by --oa-id.")
    return channels[0] if channels else None


@transaction.atomic
def save_zalo_channel(
    *, channel: Channel | None, name: str, settings: Mapping[str, object], secrets: Mapping[str, str]
) -> Channel:
    """Create the channel, or change the given values. Raises `ConnectionProblem` where a value is still missing."""
    row = channel or Channel(kind=KIND, is_active=False)
    row.name = name or row.name
    row.settings = {**row.settings, **settings}
    if missing := [setting_name for setting_name in ("app_id", "oa_id") if not row.settings.get(setting_name)] + (
        [] if row.name else ["name"]
    ):
        raise ConnectionProblem(
            "Missing: " + ", ".join(f"--{setting_name.replace('_', '-')}" for setting_name in missing)
        )
    row.save()
    credential, _ = Credential.objects.select_for_update().get_or_create(channel=row)
    credential.update_secrets(**secrets)
    if missing := [setting_name for setting_name in SECRET_NAMES if not credential.secrets.get(setting_name)]:
        raise ConnectionProblem("Missing: " + ", ".join(missing))
    credential.save(update_fields=credential.SEALED)
    return row


def list_stored_secrets(channel: Channel | None) -> set[str]:
    """Return the names of the stored secrets; never their values."""
    row = Credential.objects.filter(channel=channel).first() if channel else None
    return {name for name in SECRET_NAMES if row and row.secrets.get(name)}


def create_authorization(channel: Channel, *, callback: str) -> AuthorizationRequest:
    """Return the link that an administrator of the account opens (PKCE, S256)."""
    verifier, state = protocol.generate_code_verifier(), generate_token()
    challenge = protocol.compute_code_challenge(verifier)
    url = oauth.build_authorization_url(
        _load_zalo_account(channel), redirect_uri=callback, challenge=challenge, state=state
    )
    return AuthorizationRequest(url, challenge, verifier, state)


def finish_authorization(
    channel: Channel, authorization: AuthorizationRequest, redirect_answer: str, *, now: dt.datetime
) -> None:
    """Exchange the address the browser was redirected to, or the bare code, and store the grant.

    Raises `ConnectionProblem`, `SendFailed`; an earlier grant is unchanged then.
    """
    code = _extract_code(channel, authorization, redirect_answer.strip())
    token_pair = asyncio.run(
        oauth.exchange_code(_load_zalo_account(channel), code=code, verifier=authorization.verifier)
    )
    tokens.save_grant(channel.pk, token_pair, now=now)  # first of all: this refresh token is the only one
    record_actions([AuditAction("system:connect_zalo", "channel.connected", f"channel:{channel.public_id}")], now=now)


def _extract_code(channel: Channel, authorization: AuthorizationRequest, redirect_answer: str) -> str:
    if "code=" not in redirect_answer:
        if not redirect_answer or "=" in redirect_answer or "/" in redirect_answer:
            raise ConnectionProblem("No code found. Was the permission refused?")
        return redirect_answer
    fields = parse_qs(urlsplit(redirect_answer).query or redirect_answer.lstrip("?"))
    if "state" in fields and not compare_digest(fields["state"][0].encode(), authorization.state.encode()):
        raise ConnectionProblem("This address belongs to another link.")
    if fields.get("oa_id", [str(channel.settings["oa_id"])])[0] != str(channel.settings["oa_id"]):
        raise ConnectionProblem("The permission is that of another account.")
    return fields["code"][0]


def _load_zalo_account(channel: Channel) -> ChannelAccount:
    row = Credential.objects.get(channel=channel)
    return ChannelAccount(channel_id=channel.pk, settings=channel.settings, secrets=row.secrets)
