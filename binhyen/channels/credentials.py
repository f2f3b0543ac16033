"""A channel's secrets in their sealed form: all of them to the process that sends, the signing ones to the door."""

import json
from typing import TYPE_CHECKING, Any

from binhyen.channels.rules import credential_context
from binhyen.vault import keys, machines

if TYPE_CHECKING:
    from binhyen.channels.models import Credential

SEALED = ("sealed", "door_sealed")  # what `put` changes


class Opened:
    """What the process that sends reads of a credential. Raises keyfiles.NotHere everywhere else."""

    @property
    def secrets(self: Any) -> dict[str, str]:
        return {name: value for name, value in secrets_of(self).items() if name.endswith("_secret")}

    @property
    def access_token(self: Any) -> str:
        return secrets_of(self).get("access_token", "")

    @property
    def refresh_token(self: Any) -> str:
        return secrets_of(self).get("refresh_token", "")


def secrets_of(row: "Credential") -> dict[str, str]:
    """Opened by the process that sends. Raises keyfiles.NotHere everywhere else."""
    if not row.sealed:
        return {}
    opened: dict[str, str] = json.loads(machines.open_("DELIVERY", row.sealed, context=credential_context(row.pk)))
    return opened


def put(row: "Credential", **changes: str) -> None:
    """Change some of app_secret, webhook_secret, access_token, refresh_token; the caller saves both sealed fields."""
    known = secrets_of(row) | changes
    row.sealed = keys.seal("DELIVERY", json.dumps(known).encode(), context=credential_context(row.pk))
    if not row.door_sealed or any(name.endswith("_secret") for name in changes):
        signing = {name: value for name, value in known.items() if name in _signing(row)}
        row.door_sealed = keys.seal("DOOR", json.dumps(signing).encode(), context=credential_context(row.pk))


def door_envelope(channel_id: int) -> bytes:
    """The signing secrets sealed anew to the door's key of the moment. Raises keyfiles.NotHere where nobody sends."""
    from binhyen.channels.models import Credential

    row = Credential.objects.select_related("channel").get(pk=channel_id)
    signing = {name: value for name, value in secrets_of(row).items() if name in _signing(row)}
    return keys.seal("DOOR", json.dumps(signing).encode(), context=credential_context(channel_id))


def _signing(row: "Credential") -> set[str]:
    """Zalo signs with the account's own key; where it was switched, with the app's."""
    chosen = row.channel.settings.get("switches") or {}
    return {"app_secret"} if chosen.get("webhook_secret") == "app" else {"webhook_secret"}
