"""Onboarding: an operator connects an Official Account, or authorises it again.

The channel of a new account stays off until its grant is stored. Authorising again changes nothing until then.
"""

import asyncio
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import compare_digest, randbelow
from urllib.parse import parse_qs, urlsplit

from django.db import transaction

from binhyen.areas.models import Unit
from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels.adapter import AccountPlan, ChannelAccount
from binhyen.channels.kinds.zalo_oa import oauth, protocol, tokens
from binhyen.channels.kinds.zalo_oa.account import fetch_plan, find_sender_of
from binhyen.channels.kinds.zalo_oa.client import open_zalo_client
from binhyen.channels.models import Channel, Credential
from binhyen.channels.services import groups
from binhyen.channels.types import SendFailed
from binhyen.kit.ids import generate_token

KIND = "zalo_oa"
SECRET_NAMES = ("app_secret", "webhook_secret")
PROVINCE = "tinh"  # instead of a commune's code: the account of the whole province
_REFRESH_TOKEN = re.compile(r"[A-Za-z0-9_.-]{20,2000}")


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
    *,
    channel: Channel | None,
    name: str,
    settings: Mapping[str, object],
    secrets: Mapping[str, str],
    unit_code: str = "",
) -> Channel:
    """Create the channel, or change the given values. Raises `ConnectionProblem` where a value is still missing.

    `unit_code`: the commune whose account it is, or PROVINCE. Accounts of one app share its secrets.
    """
    row = channel or Channel(kind=KIND, is_active=False)
    row.name = name or row.name
    if unit_code:
        row.unit = None if unit_code == PROVINCE else _find_unit(unit_code)
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


def _find_unit(code: str) -> Unit:
    unit = Unit.objects.filter(code__in=(code, f"CAX-{code}"), valid_to=None).first()
    if unit is None:
        raise ConnectionProblem(f"No unit has the code {code}: give one such as CAX-18568, or {PROVINCE}.")
    return unit


def get_app_secrets(app_id: str) -> dict[str, str]:
    """Return the stored secrets of another account of the same app, so that they are typed once."""
    channel = Channel.objects.filter(kind=KIND, settings__app_id=app_id).order_by("id").first() if app_id else None
    row = Credential.objects.filter(channel=channel).first() if channel else None
    return row.secrets if row else {}


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


def adopt_refresh_token(channel: Channel, refresh_token: str, *, now: dt.datetime) -> Channel:
    """Spend a refresh token that an operator pasted, and store the grant with the account that it belongs to.

    Return that account's channel. Raises `ConnectionProblem`, `SendFailed`; an earlier grant is unchanged then, except
    that the pasted token is spent once Zalo has answered.
    """
    if not _REFRESH_TOKEN.fullmatch(refresh_token):
        raise ConnectionProblem("This is no refresh token: it is one long word without blanks.")
    pair = asyncio.run(oauth.refresh_tokens(_load_zalo_account(channel), refresh_token))
    plan = _ask_account(_load_zalo_account(channel, pair.access_token))
    if plan is None:  # the pair is the only one: kept, but nothing is sent before the account is known
        tokens.save_grant(channel.pk, pair, is_active=channel.is_active, now=now)
        raise ConnectionProblem("The token was taken, but Zalo did not say which account it is: run it with --check.")
    owner = find_account_channel(plan.account_id) if plan.account_id else channel
    if owner is None:
        raise ConnectionProblem(f"The token is that of another account: {plan.name} ({plan.account_id}).")
    tokens.save_grant(owner.pk, pair, now=now)
    record_actions([AuditAction("system:connect_zalo", "channel.connected", f"channel:{owner.public_id}")], now=now)
    groups.store_plan(owner, plan, now=now)
    return owner


def check_account(channel: Channel, *, now: dt.datetime) -> AccountPlan | None:
    """Ask Zalo which account the stored grant is for and store its package; None where Zalo does not say.

    Raises `ConnectionProblem` where it is another one: it is switched off then.
    """
    token = tokens.get_valid_token(channel.pk, now=now)
    plan = _ask_account(_load_zalo_account(channel, token))
    if plan is None:
        return None
    if plan.account_id and plan.account_id != str(channel.settings.get("oa_id")):
        Channel.objects.filter(pk=channel.pk).update(is_active=False)
        raise ConnectionProblem(f"The permission is that of another account: {plan.name} ({plan.account_id}).")
    groups.store_plan(channel, plan, now=now)
    return plan


def _ask_account(account: ChannelAccount) -> AccountPlan | None:
    async def fetch_own_plan() -> AccountPlan:
        async with open_zalo_client() as client:
            return await fetch_plan(client, account)

    try:
        return asyncio.run(fetch_own_plan())
    except SendFailed:
        return None


def create_admin_code() -> str:
    """Return a text that an administrator sends to the account from their own Zalo, so that their id is found."""
    return f"quản trị {randbelow(900_000) + 100_000}"


def find_admin(channel: Channel, code: str, *, now: dt.datetime) -> str:
    """Return the id of the person who sent the code to the account, "" if there is none yet. Raises `SendFailed`."""
    account = _load_zalo_account(channel, tokens.get_valid_token(channel.pk, now=now))

    async def search_recent_chats() -> str:
        async with open_zalo_client() as client:
            return await find_sender_of(client, account, code)

    return asyncio.run(search_recent_chats())


@transaction.atomic
def add_admin(channel: Channel, user_id: str) -> None:
    """Let this person found the account's groups."""
    row = Channel.objects.select_for_update().get(pk=channel.pk)
    known = [str(admin) for admin in row.settings.get("oa_admins", ())]
    row.settings["oa_admins"] = list(dict.fromkeys([*known, user_id]))
    row.save(update_fields=["settings"])


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


def _load_zalo_account(channel: Channel, access_token: str = "") -> ChannelAccount:
    row = Credential.objects.get(channel=channel)
    return ChannelAccount(
        channel_id=channel.pk, settings=channel.settings, secrets=row.secrets, access_token=access_token
    )
