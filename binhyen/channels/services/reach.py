"""Whom rows of the outbox go to: addresses open in the process that sends, with its key file alone."""

from collections.abc import Iterable

from binhyen.channels.messages import OutgoingMessage, SendFailed
from binhyen.channels.models import Outgoing
from binhyen.kit import keyfiles
from binhyen.kit.wording import N_
from binhyen.vault import boxes
from binhyen.vault import services as vault

_WAIT = 600.0  # seconds: a key file comes back by hand


def without_key() -> SendFailed:
    """This address does not open though the channel's token does: its key did not come along when the installation
    moved and is no longer the one that is sealed to. Whoever wrote hears so at once; «Gửi lại» once the key is back.
    """
    return SendFailed(N_("máy này thiếu khóa mở địa chỉ người nhận (./dev doctor)"), code="NO_KEY", permanent=True)


def without_token() -> SendFailed:
    """The same of the channel's own secrets: nothing of it passes."""
    reason = N_("máy này thiếu khóa mở mã của kênh (./dev doctor)")
    return SendFailed(reason, code="NO_KEY", pause_channel=True, retry_after=_WAIT)


def message(row: Outgoing, addresses: dict[int, str]) -> OutgoingMessage:
    """What goes out; to nobody where the person has no address any more."""
    return OutgoingMessage(
        key=row.key,
        text=row.text,
        to_person=addresses.get(row.conversation.reporter_id) if row.conversation else None,
        to_group=row.group.outside_id if row.group else None,
        first_tried_at=row.tried_at,
    )


def addresses(channel_id: int, reporters: Iterable[int]) -> tuple[dict[int, str], frozenset[int]]:
    """Addresses by reporter, and whose do not open here. One by one only where not all do."""
    wanted = set(reporters)
    try:
        return vault.addresses(channel_id, wanted), frozenset()
    except (keyfiles.NotHere, boxes.Refused):
        if len(wanted) == 1:
            return {}, frozenset(wanted)
    found: dict[int, str] = {}
    shut: frozenset[int] = frozenset()
    for one in wanted:
        opened, not_opened = addresses(channel_id, [one])
        found, shut = found | opened, shut | not_opened
    return found, shut
