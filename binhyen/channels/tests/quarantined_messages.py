"""A group message with a child's details, which outbound DLP holds."""

from typing import Any

from binhyen.channels.models import Group, Outgoing
from binhyen.channels.services import OutgoingDraft, queue_messages
from binhyen.kit import clock

CHILD = "Tìm cháu Phan Gia Bảo 7 tuổi, lạc ở chợ"


def create_held_message(officer: Any, group: Group, text: str = CHILD) -> Outgoing:
    now = clock.now()
    draft = OutgoingDraft(
        key=f"held:{now.timestamp()}",
        channel_id=group.channel_id,
        text=text,
        purpose="REMIND",
        group_id=group.pk,
        unit_id=group.unit_id,
        officer_id=officer.pk,
    )
    queue_messages([draft], now=now)
    row = Outgoing.objects.get(key=draft.key)
    assert row.state == "HELD" and any(m["kind"] == "CHILD" for m in row.dlp_findings)
    return row
