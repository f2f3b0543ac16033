"""Versions of the group rules: a new one is written by the province and posted in every open group.

New members are welcomed by one post a day in their group, without names.
"""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels.models import Group, GroupRules, Membership
from binhyen.channels.queries import BULLETIN_PURPOSE
from binhyen.channels.services import GroupPost, OutgoingDraft, queue_messages
from binhyen.channels.services.outbound_dlp import check_group_post
from binhyen.kit.clock import VIETNAM, to_vietnam_day
from binhyen.kit.text import to_nfc
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor

MAX_RULES_LENGTH, MAX_WELCOME_LENGTH = 1500, 500
RULES_PURPOSE, WELCOME_PURPOSE = "RULES", "WELCOME"
_WELCOME_GAP = dt.timedelta(hours=20)  # between two welcomes: once a day at about the same hour
_WELCOME_HOURS = range(8, 20)  # of the day in Viet Nam
BATCH_SIZE = 500


def may_write_rules(officer: Officer) -> bool:
    """Allow approvers of the province: the rules are those of all groups."""
    return access.officer_may(officer, Permission.APPROVE_BULLETINS) and access.visibility(officer).province


@transaction.atomic
def write_rules(*, text: str, welcome: str = "", officer: Officer, now: dt.datetime) -> GroupRules:
    """Store the next version; the worker posts it where its text is new. Raises RuleViolation."""
    if not may_write_rules(officer):
        raise RuleViolation(_("Bạn không có quyền làm việc này."))
    text, welcome = _clean_lines(text), _clean_lines(welcome)
    if not 30 <= len(text) <= MAX_RULES_LENGTH:
        raise RuleViolation(_("Nội dung dài từ 30 đến {n} ký tự.").format(n=MAX_RULES_LENGTH))
    if len(welcome) > MAX_WELCOME_LENGTH:
        raise RuleViolation(_("Lời chào dài tối đa {n} ký tự.").format(n=MAX_WELCOME_LENGTH))
    newest = GroupRules.objects.order_by("-version").first()
    if newest is not None and (newest.text, newest.welcome) == (text, welcome):
        raise RuleViolation(_("Nội quy và lời chào chưa thay đổi gì."))
    for written in filter(None, (text, welcome)):
        if check_group_post(GroupPost("", written, BULLETIN_PURPOSE, officer.unit_id, officer.pk)):
            raise RuleViolation(_("Nội quy có tên, số hoặc điều riêng. Hãy bỏ đi."))
    row = GroupRules(version=newest.version + 1 if newest else 1, text=text, welcome=welcome, at=now)
    row.save(force_insert=True)
    entry = AuditAction(get_audit_actor(officer), "group_rules.written", f"group_rules:{row.version}", officer.unit_id)
    record_actions([entry], now=now)
    return row


def _clean_lines(text: str) -> str:
    return "\n".join(line.strip() for line in to_nfc(text).strip().splitlines())


def _queue_posts(groups: Sequence[Group], occasion: str, text: str, purpose: str, *, now: dt.datetime) -> None:
    """Queue one post in each of the groups, once for an occasion."""
    drafts = [
        OutgoingDraft(
            key=f"{purpose.lower()}:{group.pk}:{occasion}",
            channel_id=group.channel_id,
            group_id=group.pk,
            text=text,
            purpose=purpose,
            unit_id=group.unit_id,
        )
        for group in groups
    ]
    queue_messages(drafts, now=now)


@transaction.atomic
def post_welcomes(*, now: dt.datetime) -> int:
    """Welcome the members of the last day by one post in each group, by day only; return the number of posts."""
    newest = GroupRules.objects.order_by("-version").first()
    if newest is None or not newest.welcome or now.astimezone(VIETNAM).hour not in _WELCOME_HOURS:
        return 0
    joined = Membership.objects.filter(
        group=OuterRef("pk"), left_at=None, asked_at=None, joined_at__gt=OuterRef("since"), joined_at__lte=now
    )
    # Members from before the program knew the group are no new ones.
    since = Greatest(Coalesce("welcomed_at", "opened_at", now), now - dt.timedelta(days=1))
    waiting = Group.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        Q(welcomed_at=None) | Q(welcomed_at__lte=now - _WELCOME_GAP), state=Group.State.OPEN, rules_version__gt=0
    )
    groups = list(waiting.annotate(since=since).filter(Exists(joined)).order_by("pk")[:BATCH_SIZE])
    _queue_posts(groups, to_vietnam_day(now).isoformat(), newest.welcome, WELCOME_PURPOSE, now=now)
    Group.objects.filter(pk__in=[group.pk for group in groups]).update(welcomed_at=now)
    return len(groups)


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
    # Groups that have this very text get it no second time: only the welcome is new.
    known = set(GroupRules.objects.filter(text=newest.text).values_list("version", flat=True))
    outdated = [group for group in groups if group.rules_version not in known]
    _queue_posts(outdated, str(newest.version), newest.text, RULES_PURPOSE, now=now)
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
