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

from binhyen.audit.services import Act, record
from binhyen.channels.adapter import Account
from binhyen.channels.kinds.zalo_oa import oauth, protocol, tokens
from binhyen.channels.models import Channel, Credential
from binhyen.kit.ids import token

KIND = "zalo_oa"
SECRETS = ("app_secret", "webhook_secret")


class NotConnected(ValueError):
    """The missing or wrong part of a connection, for the operator."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An authorisation link that was created and waits for its code."""

    url: str
    challenge: str
    verifier: str
    state: str

    def __repr__(self) -> str:
        return "Asked(…)"  # never into a log


def find(oa_id: str) -> Channel | None:
    """Return the account's channel; without an id the only one. Raises `ConnectionProblem` where it is ambiguous."""
    channels = list(Channel.objects.filter(kind=KIND).order_by("id"))
    if oa_id:
        return next((c for c in channels if str(c.settings.get("oa_id")) == oa_id), None)
    if len(channels) > 1:
        raise NotConnected("Several accounts are connected: choose one by --oa-id.")
    return channels[0] if channels else None


@transaction.atomic
def keep_channel(
    *, channel: Channel | None, name: str, settings: Mapping[str, object], secrets: Mapping[str, str]
) -> Channel:
    """Create the channel, or change the given values. Raises `ConnectionProblem` where a value is still missing."""
    row = channel or Channel(kind=KIND, is_active=False)
    row.name = name or row.name
    row.settings = {**row.settings, **settings}
    if missing := [n for n in ("app_id", "oa_id") if not row.settings.get(n)] + ([] if row.name else ["name"]):
        raise NotConnected("Missing: " + ", ".join(f"--{n.replace('_', '-')}" for n in missing))
    row.save()
    credential, _ = Credential.objects.select_for_update().get_or_create(channel=row)
    credential.put(**secrets)
    if missing := [n for n in SECRETS if not credential.secrets.get(n)]:
        raise NotConnected("Missing: " + ", ".join(missing))
    credential.save(update_fields=credential.SEALED)
    return row


def known_secrets(channel: Channel | None) -> set[str]:
    """Return the names of the stored secrets; never their values."""
    row = Credential.objects.filter(channel=channel).first() if channel else None
    return {name for name in SECRETS if row and row.secrets.get(name)}


def ask(channel: Channel, *, callback: str) -> Asked:
    """Return the link that an administrator of the account opens (PKCE, S256)."""
    verifier, state = protocol.code_verifier(), token()
    challenge = protocol.code_challenge(verifier)
    url = oauth.authorise_url(_account(channel), redirect_uri=callback, challenge=challenge, state=state)
    return Asked(url, challenge, verifier, state)


def finish(channel: Channel, asked: Asked, answer: str, *, now: dt.datetime) -> None:
    """Exchange the address the browser was redirected to, or the bare code, and store the grant.

    Raises `ConnectionProblem`, `SendFailed`; an earlier grant is unchanged then.
    """
    code = _code(channel, asked, answer.strip())
    pair = asyncio.run(oauth.exchange(_account(channel), code=code, verifier=asked.verifier))
    tokens.keep_grant(channel.pk, pair, now=now)  # first of all: this refresh token is the only one
    record([Act("system:connect_zalo", "channel.connected", f"channel:{channel.public_id}")], now=now)


def _code(channel: Channel, asked: Asked, answer: str) -> str:
    if "code=" not in answer:
        if not answer or "=" in answer or "/" in answer:
            raise NotConnected("No code found. Was the permission refused?")
        return answer
    fields = parse_qs(urlsplit(answer).query or answer.lstrip("?"))
    if "state" in fields and not compare_digest(fields["state"][0].encode(), asked.state.encode()):
        raise NotConnected("This address belongs to another link.")
    if fields.get("oa_id", [str(channel.settings["oa_id"])])[0] != str(channel.settings["oa_id"]):
        raise NotConnected("The permission is that of another account.")
    return fields["code"][0]


def _account(channel: Channel) -> Account:
    row = Credential.objects.get(channel=channel)
    return Account(channel_id=channel.pk, settings=channel.settings, secrets=row.secrets)
