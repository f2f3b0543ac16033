"""Recipients of outbox rows: addresses are decrypted in the sender process only, with its key file."""

from collections.abc import Iterable

from binhyen.channels.models import Outgoing
from binhyen.channels.types import OutgoingMessage, SendFailed
from binhyen.kit import key_files
from binhyen.kit.i18n_markers import N_
from binhyen.vault import envelopes
from binhyen.vault import services as vault

_WAIT = 600.0  # seconds: a key file is restored by hand


def without_key() -> SendFailed:
    """Return the failure for an address that cannot be decrypted though the channel's token can.

    Its key was not copied when the installation moved and is no longer the current one. The author gets the error at
    once; «Gửi lại» works once the key is restored.
    """
    return SendFailed(N_("máy này thiếu khóa mở địa chỉ người nhận (./dev doctor)"), code="NO_KEY", permanent=True)


def without_token() -> SendFailed:
    """Return the failure for a channel whose own secrets cannot be decrypted: the whole channel waits."""
    reason = N_("máy này thiếu khóa mở mã của kênh (./dev doctor)")
    return SendFailed(reason, code="NO_KEY", pause_channel=True, retry_after=_WAIT)


def message(row: Outgoing, addresses: dict[int, str]) -> OutgoingMessage:
    """Return the message to send; without recipient where the person has no address any more."""
    return OutgoingMessage(
        key=row.key,
        text=row.text,
        to_person=addresses.get(row.conversation.reporter_id) if row.conversation else None,
        to_group=row.group.outside_id if row.group else None,
        first_tried_at=row.tried_at,
    )


def addresses(channel_id: int, reporters: Iterable[int]) -> tuple[dict[int, str], frozenset[int]]:
    """Return addresses by reporter, and reporters whose address cannot be decrypted.

    One by one only if the batch fails.
    """
    wanted = set(reporters)
    try:
        return vault.addresses(channel_id, wanted), frozenset()
    except (key_files.NotHere, envelopes.Refused):
        if len(wanted) == 1:
            return {}, frozenset(wanted)
    found: dict[int, str] = {}
    shut: frozenset[int] = frozenset()
    for one in wanted:
        opened, not_opened = addresses(channel_id, [one])
        found, shut = found | opened, shut | not_opened
    return found, shut
