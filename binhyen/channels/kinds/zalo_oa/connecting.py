"""An operator connects an Official Account, or authorises it again: the channel, the link, the grant.

The channel of a new account stays off until its grant is kept. Authorising again changes nothing until then.
"""

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import compare_digest
from urllib.parse import parse_qs, urlsplit

from django.db import transaction

from binhyen.audit.services import Act, record
from binhyen.channels.base import Account
from binhyen.channels.kinds.zalo_oa import oauth, tokens, wire
from binhyen.channels.models import Channel, Credential
from binhyen.kit.ids import token

KIND = "zalo_oa"
SECRETS = ("app_secret", "webhook_secret")


class NotConnected(ValueError):
    """What is missing or wrong, for the operator."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A link that was opened and waits for its code."""

    url: str
    challenge: str
    verifier: str
    state: str

    def __repr__(self) -> str:
        return "Asked(…)"  # never into a log


def find(oa_id: str) -> Channel | None:
    """The account's channel; without an id the only one there is. Raises `NotConnected` where that is not clear."""
    channels = list(Channel.objects.filter(kind=KIND).order_by("id"))
    if oa_id:
        return next((c for c in channels if str(c.settings.get("oa_id")) == oa_id), None)
    if len(channels) > 1:
        raise NotConnected("Several accounts are connected: say which by --oa-id.")
    return channels[0] if channels else None


@transaction.atomic
def keep_channel(
    *, channel: Channel | None, name: str, settings: Mapping[str, object], secrets: Mapping[str, str]
) -> Channel:
    """Make the channel, or change what is given. Raises `NotConnected` where something is still missing."""
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
    """Which secrets are kept already; never their values."""
    row = Credential.objects.filter(channel=channel).first() if channel else None
    return {name for name in SECRETS if row and row.secrets.get(name)}


def ask(channel: Channel, *, callback: str) -> Asked:
    """The link that an administrator of the account opens (PKCE, S256)."""
    verifier, state = wire.code_verifier(), token()
    challenge = wire.code_challenge(verifier)
    url = oauth.authorise_url(_account(channel), redirect_uri=callback, challenge=challenge, state=state)
    return Asked(url, challenge, verifier, state)


def finish(channel: Channel, asked: Asked, answer: str, *, now: dt.datetime) -> None:
    """Exchange what the browser came back with, an address or the bare code, and keep the grant.

    Raises `NotConnected`, `SendFailed`; the grant there was before stays as it is.
    """
    code = _code(channel, asked, answer.strip())
    pair = asyncio.run(oauth.exchange(_account(channel), code=code, verifier=asked.verifier))
    tokens.keep_grant(channel.pk, pair, now=now)  # first of all: the refresh token in hand is the only one
    record([Act("system:connect_zalo", "channel.connected", f"channel:{channel.public_id}")], now=now)


def _code(channel: Channel, asked: Asked, answer: str) -> str:
    if "code=" not in answer:
        if not answer or "=" in answer or "/" in answer:
            raise NotConnected("There is no code in this. Was the permission refused?")
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
