"""Groups of communes and villages, and bulletins, for tests."""

import datetime as dt
from typing import Any

from binhyen.areas.models import Area
from binhyen.areas.queries import list_villages_of_commune
from binhyen.bulletins import private_services, services
from binhyen.bulletins.models import Bulletin
from binhyen.channels.models import Channel, Group, Outgoing
from binhyen.kit.clock import to_vietnam_day

TEXT = "Có người giả danh điện lực gọi điện đòi chuyển tiền.\n- Không bấm đường dẫn lạ.\n- Không đọc mã OTP cho ai."
DAY = dt.datetime(2026, 12, 1, 3, tzinfo=dt.UTC)  # 10:00 in Viet Nam
NIGHT = dt.datetime(2026, 12, 1, 16, tzinfo=dt.UTC)  # 23:00


def create_channel() -> Channel:
    return Channel.objects.get_or_create(kind="zalo_oa", name="OA thử")[0]


def create_group(unit: Any, *, area: int | None = None, level: str = "COMMUNE", members: int = 100) -> Group:
    number = Group.objects.count() + 1
    return Group.objects.create(
        channel=create_channel(),
        area_id=area or unit.area_id,
        unit=unit,
        level=level,
        name=f"Nhóm {number}",
        state="OPEN",
        external_id=f"g{number}",
        members=members,
    )


def find_village(unit: Any, now: dt.datetime) -> Area:
    return Area.objects.get(pk=list_villages_of_commune(unit.area_id, to_vietnam_day(now))[0].area_id)


def create_bulletin(author: Any, *, now: dt.datetime, **fields: Any) -> Bulletin:
    form = {"topic": "ONLINE_FRAUD", "title": "Giả danh điện lực để lừa tiền", "text": TEXT} | fields
    return services.create_bulletin(form=services.BulletinForm(**form), officer=author, now=now)


def release_bulletin(author: Any, approver: Any, *, now: dt.datetime, **fields: Any) -> Bulletin:
    row = create_bulletin(author, now=now, **fields)
    services.submit_bulletin(code=row.code, officer=author, now=now)
    row = services.approve_bulletin(code=row.code, officer=approver, now=now)
    run_jobs(now)
    row.refresh_from_db()
    return row


def run_jobs(now: dt.datetime) -> None:
    """Run the worker's steps until nothing is left."""
    services.expire_due(now=now)
    services.release_due(now=now)
    services.cancel_late_messages()
    while services.fix_audiences(now=now):
        pass
    while services.queue_deliveries(now=now):
        pass
    while private_services.queue_private_messages(now=now):
        pass


def mark_sent(bulletin: Bulletin, *groups: Group, now: dt.datetime) -> None:
    """Record that the messages of these groups were delivered."""
    for delivery in bulletin.deliveries.filter(group__in=groups):
        Outgoing.objects.filter(pk=delivery.outgoing_id).update(state="SENT", sent_at=now)


def list_posts(kind: str = "") -> list[tuple[str, str, str]]:
    """Return (group, state, first line of the text) of all bulletins' messages, in order."""
    rows = Outgoing.objects.filter(purpose="BULLETIN", key__contains=f":{kind}").order_by("pk").select_related("group")
    return [(row.group.name if row.group else "", row.state, row.text.splitlines()[0]) for row in rows]
