"""Join requests: received as events, decided by an officer, sent to the channel by the sender process.

An officer sees only pseudonyms, as with all members. A deputy may also decide in the channel's own tool: its event
settles the request here.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels import queries
from binhyen.channels.adapter import ChannelAccount, GroupAdapter
from binhyen.channels.models import Group, Membership
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.services import outbox
from binhyen.channels.services.groups import GroupActionError, call_with_token
from binhyen.channels.types import SendFailed
from binhyen.kit import logs
from binhyen.kit.jobs import defer_once
from binhyen.kit.locks import AdvisoryLock, try_advisory_lock
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import get_audit_actor
from binhyen.vault.pseudonyms import derive_pseudonym, format_group_scope

ANSWER_JOB = "channels.answer_join_requests"
_MAX_PER_CALL = 50  # people per call
JoinAnswer = Membership.Answer
log = logs.get_logger("groups")


def store_requests(group: Group, reporters: Sequence[int], requested_at: dt.datetime) -> None:
    """Store join requests from that time on, except of members and of people who left or were rejected since."""
    _ensure_outside_rows(group, reporters, requested_at)
    rows = Membership.objects.filter(group=group, reporter__in=reporters, left_at__lte=requested_at)
    rows.exclude(asked_at__gte=requested_at).update(asked_at=requested_at, answer=JoinAnswer.NONE)


def store_rejections(group: Group, reporters: Sequence[int], rejected_at: dt.datetime) -> None:
    """Store rejections, also of people without a known request: that event may still be on its way."""
    _ensure_outside_rows(group, reporters, rejected_at)
    Membership.objects.filter(group=group, reporter__in=reporters, left_at__lt=rejected_at).update(left_at=rejected_at)
    clear_requests(group, reporters, rejected_at)


def clear_requests(group: Group, reporters: Sequence[int], settled_at: dt.datetime) -> None:
    """Clear requests of these people made until then."""
    rows = Membership.objects.filter(group=group, reporter__in=reporters, asked_at__lte=settled_at)
    rows.update(asked_at=None, answer=JoinAnswer.NONE)


def _ensure_outside_rows(group: Group, reporters: Sequence[int], event_time: dt.datetime) -> None:
    rows = [
        Membership(group=group, reporter_id=reporter_id, joined_at=event_time, left_at=event_time)
        for reporter_id in dict.fromkeys(reporters)
    ]
    Membership.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def decide_join_requests(
    *, group_id: str, names: Collection[str], let_in: bool, officer: Officer, now: dt.datetime
) -> int:
    """Decide waiting requests of these pseudonyms, or all if none are given; return the number.

    Pseudonyms are those of this group (`vault/pseudonyms.py`). Raises `queries.Missing`, `GroupActionError`.
    """
    if not access.officer_may(officer, Permission.MANAGE_GROUPS):
        raise GroupActionError(_("Bạn không có quyền duyệt người vào nhóm."))
    group = queries.get_visible_group(officer, group_id)
    waiting = queries.list_pending_requests(group)
    selected = [
        membership
        for membership in waiting
        if not names or derive_pseudonym(membership.reporter.pseudonym, format_group_scope(group.pk)) in names
    ]
    if not selected or group.state != Group.State.OPEN:
        raise GroupActionError(_("Không còn ai chờ duyệt: có thể người khác vừa duyệt."))
    answer = JoinAnswer.LET_IN if let_in else JoinAnswer.TURNED_AWAY
    Membership.objects.filter(pk__in=[membership.pk for membership in selected]).update(answer=answer)
    verb = "group.let_in" if let_in else "group.turned_away"
    record_actions(
        [AuditAction(get_audit_actor(officer), verb, f"group:{group.public_id}", group.unit_id, {"n": len(selected)})],
        now=now,
    )
    _defer_answers(group.pk)
    return len(selected)


def _defer_answers(group_id: int) -> None:
    defer_once(queue="delivery", task=ANSWER_JOB, key=f"{ANSWER_JOB}.{group_id}", arguments={"group_id": group_id})


def defer_unsent_answers() -> None:
    """Resend answers that the channel has not accepted yet."""
    rows = Membership.objects.filter(asked_at__isnull=False, group__state=Group.State.OPEN).exclude(
        answer=JoinAnswer.NONE
    )
    for pk in rows.values_list("group_id", flat=True).distinct()[:20]:
        _defer_answers(pk)


def send_answers(*, group_id: int) -> None:
    """Send the decisions to the channel. Idempotent: a request that no longer waits there is settled here."""
    with try_advisory_lock(AdvisoryLock.GROUP, group_id) as has_lock:
        if has_lock:
            group = Group.objects.select_related("channel").get(pk=group_id)
            adapter = get_channel_kinds()[group.channel.kind]
            assert isinstance(adapter, GroupAdapter)
            for answer in (JoinAnswer.LET_IN, JoinAnswer.TURNED_AWAY):
                _send_answer(adapter, group, answer)


def _send_answer(adapter: GroupAdapter, group: Group, answer: str) -> None:
    rows = Membership.objects.filter(group=group, asked_at__isnull=False, answer=answer)
    reporter_ids = rows.order_by("asked_at", "pk").values_list("reporter_id", flat=True)[:_MAX_PER_CALL]
    external_ids, _shut = outbox.decrypt_addresses(group.channel_id, reporter_ids)
    if not external_ids:
        return
    people = list(external_ids.values())
    try:
        call_with_token(
            adapter,
            group.channel,
            lambda account: _call_answer(adapter, group, account, people, answer == JoinAnswer.LET_IN),
        )
    except SendFailed as error:
        log.warning("asking_not_answered", code=error.code)
        if error.is_permanent:
            _reopen_requests(adapter, group, external_ids, error)
        return
    answered = rows.filter(reporter__in=external_ids)
    Group.objects.filter(pk=group.pk).exclude(reason="").update(reason="")
    answered.update(asked_at=None, answer=JoinAnswer.NONE)  # new members are reported by the channel's own event


def _reopen_requests(adapter: GroupAdapter, group: Group, external_ids: dict[int, str], error: SendFailed) -> None:
    """Show requests still waiting again, with the reason: one has ended, or the group accepts no members."""
    try:
        waiting_ids = call_with_token(
            adapter, group.channel, lambda account: _fetch_waiting_ids(adapter, group, account)
        )
    except SendFailed as read_error:
        log.warning("asking_not_read", code=read_error.code)
        return
    settled_reporters = [reporter for reporter, external_id in external_ids.items() if external_id not in waiting_ids]
    rows = Membership.objects.filter(group=group, reporter__in=external_ids)
    rows.filter(reporter__in=settled_reporters).update(asked_at=None, answer=JoinAnswer.NONE)
    if settled_reporters:  # the other answers are sent again, without these
        return
    rows.update(answer=JoinAnswer.NONE)
    Group.objects.filter(pk=group.pk).update(reason=error.reason[:200])


async def _fetch_waiting_ids(adapter: GroupAdapter, group: Group, account: ChannelAccount) -> frozenset[str]:
    async with adapter.open_client() as client:
        return await adapter.list_join_requests(client, account, group.external_id)


async def _call_answer(
    adapter: GroupAdapter, group: Group, account: ChannelAccount, user_ids: list[str], accept: bool
) -> None:
    async with adapter.open_client() as client:
        await adapter.answer_join_requests(client, account, group.external_id, user_ids, accept=accept)
