"""Write identities and hand them out: to delivery, or to a person with a reason, which is audited."""

import datetime as dt
from collections.abc import Iterable

from binhyen.audit.services import Act, record
from binhyen.vault.crypto import lookup_key, open_, seal
from binhyen.vault.models import Contact, Identity, Reporter

Field = Identity.Field  # which facts there are; the table itself is nobody else's


def reporters_of(channel_id: int, outside_ids: Iterable[str], *, now: dt.datetime) -> dict[str, int]:
    """Reporter id for each outside id of a channel, made where unknown. Three statements however many."""
    keys = {lookup_key(channel_id, outside): outside for outside in set(outside_ids)}
    found = dict(Contact.objects.filter(channel_id=channel_id, key__in=keys).values_list("key", "reporter_id"))
    missing = [key for key in keys if key not in found]
    if missing:
        fresh = Reporter.objects.bulk_create(Reporter(created_at=now) for _ in missing)
        Contact.objects.bulk_create(
            (
                Contact(reporter=reporter, channel_id=channel_id, key=key, sealed=seal(keys[key]))
                for reporter, key in zip(fresh, missing, strict=True)
            ),
            ignore_conflicts=True,
        )
        # Another process may have met the same person in the same moment: the row that stands wins.
        found |= dict(Contact.objects.filter(channel_id=channel_id, key__in=missing).values_list("key", "reporter_id"))
    return {outside: found[key] for key, outside in keys.items()}


def new_reporter(*, now: dt.datetime) -> int:
    """A reporter who comes without any channel id (the web form)."""
    return Reporter.objects.create(created_at=now).pk


def forget(reporter_ids: Iterable[int]) -> None:
    """The persons withdrew: what was sealed of them is deleted."""
    Identity.objects.filter(reporter_id__in=set(reporter_ids)).delete()


def seal_identity(*, reporter_id: int, field: Field, value: str, now: dt.datetime) -> None:
    Identity.objects.update_or_create(
        reporter_id=reporter_id, field=field, defaults={"sealed": seal(value), "at": now}
    )


def addresses(channel_id: int, reporter_ids: Iterable[int]) -> dict[int, str]:
    """Outside ids for delivery, by reporter. For `channels.services.deliver` only."""
    rows = Contact.objects.filter(channel_id=channel_id, reporter_id__in=set(reporter_ids))
    return {row.reporter_id: open_(row.sealed) for row in rows}


def open_identity(*, reporter_id: int, actor: str, reason: str, now: dt.datetime) -> dict[str, str]:
    """The facts about a reporter, for a person with a reason; leaves an audit entry."""
    if not reason.strip():
        raise ValueError("An identity is not opened without a reason.")
    record([Act(actor, "open_identity", f"reporter:{reporter_id}", detail={"reason": reason})], now=now)
    return {row.field: open_(row.sealed) for row in Identity.objects.filter(reporter_id=reporter_id)}
