"""Webhook verification: signature, size, age, shape. Pure, and without Django."""

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

import orjson

from binhyen.channels.adapter import Account, Taken
from binhyen.channels.kinds.zalo_oa import events
from binhyen.channels.kinds.zalo_oa.payloads import Event
from binhyen.channels.kinds.zalo_oa.protocol import same_mac, webhook_mac
from binhyen.channels.types import Refused
from binhyen.kit.i18n_markers import N_

BODY_LIMIT = 1024 * 1024
SIGNATURE = "x-zevent-signature"
# Zalo's last retry comes almost two hours late by the newer documents, twelve by the older; 26 h allows for an outage.
MAX_AGE_HOURS = 26.0
ODD_TIME = N_("giờ Zalo ký lệch xa giờ máy này")  # why an operator decides whether it is read
_NAME = re.compile(r"[A-Za-z0-9_.]{1,60}")


def take(account: Account, headers: Mapping[str, str], body: bytes, *, now: dt.datetime) -> Taken:
    """Verify one webhook. Raises `WebhookRejected`: 413 too long, 400 shape, 403 foreign, forged or too old."""
    if len(body) > BODY_LIMIT:
        raise Refused(413, "too long")
    given = _header(headers)
    if not given:
        raise Refused(403, "unsigned")
    try:
        event = Event.model_validate(load(body))
    except ValueError as error:
        raise Refused(400, "shape") from error
    if not event.app_id or not event.timestamp:
        raise Refused(400, "shape")
    _check_mac(account, event, body, given)
    signed_at, doubt = _check_age(account, event, now)
    name = event.event_name if _NAME.fullmatch(event.event_name) else "odd_name"
    return Taken(events.outside_id(event), name, signed_at, doubt)


def load(body: bytes) -> dict[str, Any]:
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


def switches(account: Account) -> Mapping[str, Any]:
    """Return settings for points on which Zalo's sources contradict each other.

    `webhook_secret` ("webhook"

    "app"), `oa_id_first` (bool: accept the account's id as the first term of the signature), `max_age_hours` (0 = any
    age), `proof` (bool).
    """
    found = account.settings.get("switches")
    return found if isinstance(found, Mapping) else {}


def _header(headers: Mapping[str, str]) -> str:
    if value := headers.get(SIGNATURE):
        return value
    return next((value for name, value in headers.items() if name.lower() == SIGNATURE), "")


def _check_mac(account: Account, event: Event, body: bytes, given: str) -> None:
    chosen = switches(account)
    app_id, oa_id = str(account.settings.get("app_id", "")), str(account.settings.get("oa_id", ""))
    secret = account.secrets.get("app_secret" if chosen.get("webhook_secret") == "app" else "webhook_secret", "")
    if not secret or not app_id:
        raise Refused(403, "no secret configured")
    if event.app_id != app_id:
        raise Refused(403, "foreign app")
    good = same_mac(given, webhook_mac(app_id, body, _clean(event.timestamp), secret))
    if not good and chosen.get("oa_id_first") and oa_id:
        good = same_mac(given, webhook_mac(oa_id, body, _clean(event.timestamp), secret))
    if not good:
        raise Refused(403, "signature")


def _clean(timestamp: str) -> str:
    """Return an encodable text: a lone surrogate cannot be encoded, and such a timestamp matches no signature."""
    return timestamp.encode("utf-8", "replace").decode()


def _check_age(account: Account, event: Event, now: dt.datetime) -> tuple[dt.datetime, str]:
    """Return the time Zalo signed, and why a person should look first. Old is what is older than the webhooks before
    it, whatever our own clock says; where nothing came before, and the two clocks disagree, a person decides.
    """
    hours = switches(account).get("max_age_hours", MAX_AGE_HOURS)
    if isinstance(hours, bool) or not isinstance(hours, int | float):
        hours = MAX_AGE_HOURS
    try:
        signed_at = events.moment(event)
    except ValueError as error:
        raise Refused(400, "timestamp") from error
    newest, longest = account.newest_signed, hours * 3600
    if longest > 0 and newest is not None and (newest - signed_at).total_seconds() > longest:
        raise Refused(403, "age")
    doubted = longest > 0 and newest is None and abs((now - signed_at).total_seconds()) > longest
    return signed_at, ODD_TIME if doubted else ""
