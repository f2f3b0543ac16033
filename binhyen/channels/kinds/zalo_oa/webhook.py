"""Webhook verification: signature, size, age, shape. Pure, and without Django."""

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

import orjson

from binhyen.channels.adapter import AcceptedWebhook, ChannelAccount
from binhyen.channels.kinds.zalo_oa import events
from binhyen.channels.kinds.zalo_oa.payloads import ZaloEvent
from binhyen.channels.kinds.zalo_oa.protocol import compute_webhook_mac, is_same_mac
from binhyen.channels.types import WebhookRejected
from binhyen.kit.i18n_markers import N_

MAX_WEBHOOK_BYTES = 1024 * 1024
SIGNATURE_HEADER = "x-zevent-signature"
# Zalo's last retry comes almost two hours late by the newer documents, twelve by the older; 26 h allows for an outage.
MAX_AGE_HOURS = 26.0
ODD_TIME = N_("giờ Zalo ký lệch xa giờ máy này")  # why an operator decides whether it is read
_FROM_ACCOUNT = ("user_seen_", "user_received_", "oa_send_text", "oa_send_image", "oa_send_gif", "oa_send_file")
_TO_ACCOUNT = ("user_send_", "user_submit_", "user_click_", events.VISITOR_EVENT_PREFIX)
_ACCOUNT_ID = re.compile(r"[0-9]{10,25}")
_NAME = re.compile(r"[A-Za-z0-9_.]{1,60}")


def verify_webhook(
    account: ChannelAccount, headers: Mapping[str, str], body: bytes, *, now: dt.datetime
) -> AcceptedWebhook:
    """Verify one webhook. Raises `WebhookRejected`: 413 too long, 400 shape, 403 foreign, forged or too old."""
    if len(body) > MAX_WEBHOOK_BYTES:
        raise WebhookRejected(413, "too long")
    signature = _get_signature(headers)
    if not signature:
        raise WebhookRejected(403, "unsigned")
    try:
        event = ZaloEvent.model_validate(parse_json_object(body))
    except ValueError as error:
        raise WebhookRejected(400, "shape") from error
    if not event.app_id or not event.timestamp:
        raise WebhookRejected(400, "shape")
    _check_mac(account, event, body, signature)
    signed_at, doubt = _check_age(account, event, now)
    name = event.event_name if _NAME.fullmatch(event.event_name) else "odd_name"
    return AcceptedWebhook(events.get_event_id(event), name, signed_at, doubt)


def parse_json_object(body: bytes) -> dict[str, Any]:
    """Return a JSON object. Raises ValueError. Accepts a lone surrogate, which the fast parser rejects."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            value = json.loads(body)
        except RecursionError as error:
            raise ValueError("nested too deep") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def find_account_id(event: ZaloEvent) -> str:
    """Return the account that an event is about, "" where it names none: often the field `oa_id`, else the sender or
    the recipient of a private message.
    """
    name, account_id = event.event_name, ""
    if event.oa_id or "_group" in name:
        return event.oa_id
    if name.startswith(_FROM_ACCOUNT) and not event.message.tracking_id:
        account_id = event.sender.id
    elif name.startswith(_TO_ACCOUNT):
        account_id = event.recipient.id
    return account_id if _ACCOUNT_ID.fullmatch(account_id) else ""


def read_account_key(body: bytes) -> tuple[str, str]:
    """Return app and account that a webhook names; ("", "") for a body that is no event."""
    try:
        event = ZaloEvent.model_validate(parse_json_object(body))
    except ValueError:
        return "", ""
    return event.app_id, find_account_id(event)


def get_switches(account: ChannelAccount) -> Mapping[str, Any]:
    """Return settings for points on which Zalo's sources contradict each other.

    `webhook_secret` ("webhook"

    "app"), `oa_id_first` (bool: accept the account's id as the first term of the signature), `max_age_hours` (0 = any
    age), `proof` (bool).
    """
    switch_settings = account.settings.get("switches")
    return switch_settings if isinstance(switch_settings, Mapping) else {}


def _get_signature(headers: Mapping[str, str]) -> str:
    if value := headers.get(SIGNATURE_HEADER):
        return value
    return next((value for name, value in headers.items() if name.lower() == SIGNATURE_HEADER), "")


def _check_mac(account: ChannelAccount, event: ZaloEvent, body: bytes, signature: str) -> None:
    switch_settings = get_switches(account)
    app_id, oa_id = str(account.settings.get("app_id", "")), str(account.settings.get("oa_id", ""))
    secret = account.secrets.get(
        "app_secret" if switch_settings.get("webhook_secret") == "app" else "webhook_secret", ""
    )
    if not secret or not app_id:
        raise WebhookRejected(403, "no secret configured")
    if event.app_id != app_id:
        raise WebhookRejected(403, "foreign app")
    is_valid = is_same_mac(signature, compute_webhook_mac(app_id, body, _replace_surrogates(event.timestamp), secret))
    if not is_valid and switch_settings.get("oa_id_first") and oa_id:
        is_valid = is_same_mac(
            signature, compute_webhook_mac(oa_id, body, _replace_surrogates(event.timestamp), secret)
        )
    if not is_valid:
        raise WebhookRejected(403, "signature")


def _replace_surrogates(timestamp: str) -> str:
    """Return an encodable text: a lone surrogate cannot be encoded, and such a timestamp matches no signature."""
    return timestamp.encode("utf-8", "replace").decode()


def _check_age(account: ChannelAccount, event: ZaloEvent, now: dt.datetime) -> tuple[dt.datetime, str]:
    """Return the time Zalo signed, and why a person should look first. Old is what is older than the webhooks before
    it, whatever our own clock says; where nothing came before, and the two clocks disagree, a person decides.
    """
    hours = get_switches(account).get("max_age_hours", MAX_AGE_HOURS)
    if isinstance(hours, bool) or not isinstance(hours, int | float):
        hours = MAX_AGE_HOURS
    try:
        signed_at = events.parse_timestamp(event)
    except ValueError as error:
        raise WebhookRejected(400, "timestamp") from error
    newest, longest = account.newest_signed, hours * 3600
    if longest > 0 and newest is not None and (newest - signed_at).total_seconds() > longest:
        raise WebhookRejected(403, "age")
    doubted = longest > 0 and newest is None and abs((now - signed_at).total_seconds()) > longest
    return signed_at, ODD_TIME if doubted else ""
