"""Versions of the group rules: a new one is written by the province and posted in every open group."""

import datetime as dt

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels.models import Group, GroupRules, Membership
from binhyen.channels.queries import BULLETIN_PURPOSE
from binhyen.channels.services import GroupPost, OutgoingDraft, queue_messages
from binhyen.channels.services.outbound_dlp import check_group_post
from binhyen.kit.text import to_nfc
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor

MAX_RULES_LENGTH = 1500
RULES_PURPOSE = "RULES"
BATCH_SIZE = 500


def may_write_rules(officer: Officer) -> bool:
    """Allow approvers of the province: the rules are those of all groups."""
    return access.officer_may(officer, Permission.APPROVE_BULLETINS) and access.visibility(officer).province


@transaction.atomic
def write_rules(*, text: str, officer: Officer, now: dt.datetime) -> GroupRules:
    """Store the next version; the worker posts it. Raises RuleViolation."""
    if not may_write_rules(officer):
        raise RuleViolation(_("Bạn không có quyền làm việc này."))
    text = "\n".join(line.strip() for line in to_nfc(text).strip().splitlines())
    if not 30 <= len(text) <= MAX_RULES_LENGTH:
        raise RuleViolation(_("Nội dung dài từ 30 đến {n} ký tự.").format(n=MAX_RULES_LENGTH))
    newest = GroupRules.objects.order_by("-version").first()
    if newest is not None and newest.text == text:
        raise RuleViolation(_("Nội quy chưa thay đổi gì."))
    if check_group_post(GroupPost("", text, BULLETIN_PURPOSE, officer.unit_id, officer.pk)):
        raise RuleViolation(_("Nội quy có tên, số hoặc điều riêng. Hãy bỏ đi."))
    row = GroupRules(version=newest.version + 1 if newest else 1, text=text, at=now)
    row.save(force_insert=True)
    entry = AuditAction(get_audit_actor(officer), "group_rules.written", f"group_rules:{row.version}", officer.unit_id)
    record_actions([entry], now=now)
    return row


@transaction.atomic
def post_new_rules(*, now: dt.datetime) -> int:
    """Post the newest rules in open groups that have an older version; return their number. One batch a call."""
    newest = GroupRules.objects.order_by("-version").first()
    if newest is None:
        return 0
    behind = Group.objects.select_for_update(skip_locked=True).filter(
        state=Group.State.OPEN, rules_version__gt=0, rules_version__lt=newest.version
    )
    groups = list(behind.order_by("pk")[:BATCH_SIZE])
    drafts = [
        OutgoingDraft(
            key=f"rules:{group.pk}:{newest.version}",
            channel_id=group.channel_id,
            group_id=group.pk,
            text=newest.text,
            purpose=RULES_PURPOSE,
            unit_id=group.unit_id,
        )
        for group in groups
    ]
    queue_messages(drafts, now=now)
    Group.objects.filter(pk__in=[group.pk for group in groups]).update(rules_version=newest.version)
    return len(groups)


def list_versions(officer: Officer) -> list[tuple[GroupRules, int, int]]:
    """Return (rules, open groups with this version, members that joined under it), newest first."""
    groups = Group.objects.filter(access.visible_filter(officer), state=Group.State.OPEN)
    counts = dict(groups.order_by().values_list("rules_version").annotate(n=Count("pk")))
    rows, until = [], None
    for rules in GroupRules.objects.order_by("-version")[:20]:
        joined = Membership.objects.filter(group__in=groups.values("pk"), joined_at__gte=rules.at, asked_at=None)
        joined = joined.filter(joined_at__lt=until) if until else joined
        rows.append((rules, counts.get(rules.version, 0), joined.count()))
        until = rules.at
    return rows
