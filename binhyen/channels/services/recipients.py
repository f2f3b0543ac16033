"""Recipients of outbox rows: addresses are decrypted in the sender process only, with its key file."""

from collections.abc import Iterable

from binhyen.channels.models import Outgoing
from binhyen.channels.types import OutgoingMessage, SendFailed
from binhyen.kit import key_files
from binhyen.kit.i18n_markers import N_
from binhyen.vault import envelopes
from binhyen.vault import services as vault

_RETRY_DELAY = 600.0  # seconds: a key file is restored by hand


def missing_address_key_error() -> SendFailed:
    """Return the failure for an address that cannot be decrypted though the channel's token can.

    Its key was not copied when the installation moved and is no longer the current one. The author gets the error at
    once; «Gửi lại» works once the key is restored.
    """
    return SendFailed(N_("máy này thiếu khóa mở địa chỉ người nhận (./dev doctor)"), code="NO_KEY", is_permanent=True)


def missing_token_key_error() -> SendFailed:
    """Return the failure for a channel whose own secrets cannot be decrypted: the whole channel waits."""
    reason = N_("máy này thiếu khóa mở mã của kênh (./dev doctor)")
    return SendFailed(reason, code="NO_KEY", pause_channel=True, retry_after=_RETRY_DELAY)


def to_outgoing_message(row: Outgoing, addresses_by_reporter: dict[int, str]) -> OutgoingMessage:
    """Return the message to send; without recipient where the person has no address any more."""
    return OutgoingMessage(
        key=row.key,
        text=row.text,
        recipient_id=addresses_by_reporter.get(row.conversation.reporter_id) if row.conversation else None,
        external_group_id=row.group.outside_id if row.group else None,
        first_tried_at=row.tried_at,
    )


def decrypt_addresses(channel_id: int, reporters: Iterable[int]) -> tuple[dict[int, str], frozenset[int]]:
    """Return addresses by reporter, and reporters whose address cannot be decrypted.

    One by one only if the batch fails.
    """
    reporter_ids = set(reporters)
    try:
        return vault.open_addresses(channel_id, reporter_ids), frozenset()
    except (key_files.KeyFileMissing, envelopes.EnvelopeError):
        if len(reporter_ids) == 1:
            return {}, frozenset(reporter_ids)
    decrypted: dict[int, str] = {}
    failed_ids: frozenset[int] = frozenset()
    for reporter_id in reporter_ids:
        some_decrypted, some_failed = decrypt_addresses(channel_id, [reporter_id])
        decrypted, failed_ids = decrypted | some_decrypted, failed_ids | some_failed
    return decrypted, failed_ids
