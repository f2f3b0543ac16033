"""Writes of bulletins: draft, submission, approval, release, correction, withdrawal, expiry, and their deliveries."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from binhyen.areas.queries import get_directory, list_named_areas
from binhyen.audit.services import AuditAction, record_actions
from binhyen.bulletins import manual_queries, officer_chat, private_services, queries
from binhyen.bulletins.attachment_services import copy_attachments, delete_bulletin_files, prepare_media
from binhyen.bulletins.cap.build import is_alert
from binhyen.bulletins.manual_services import cancel_unposted, insert_manual_posts
from binhyen.bulletins.media_texts import format_group_post, format_withdrawal_post
from binhyen.bulletins.models import Acknowledgement, Bulletin, CapAlert, GroupDelivery, SharedMessage
from binhyen.bulletins.push_notices import (
    count_subscribers,
    list_mail_keys,
    list_notice_keys,
    queue_area_withdrawal_notice,
    queue_release_notice,
    queue_withdrawal_notice,
)
from binhyen.bulletins.rules import (
    ENDED_STATES,
    MAX_TEXT_LENGTH,
    MAX_TITLE_LENGTH,
    TOPIC_LABELS,
    UNRELEASED_STATES,
    BulletinAction,
    BulletinState,
    UrgentGround,
    choose_expiry,
    defer_past_quiet_hours,
    find_next_state,
)
from binhyen.cases.bulletin_source import find_proposal
from binhyen.cases.models import Case
from binhyen.channels.dlp.detectors import RELEASABLE, REVIEW_KINDS, Finding, FindingKind
from binhyen.channels.models import Group, Outgoing
from binhyen.channels.queries import BULLETIN_PURPOSE
from binhyen.channels.services import URGENT_PRIORITY, GroupPost, queue_group_post, retry_messages
from binhyen.channels.services.outbound_dlp import check_group_post
from binhyen.channels.services.outbox import defer_review, send_released
from binhyen.channels.services.push import request_push_retry
from binhyen.channels.services.quarantine import remove_child_details
from binhyen.channels.texts import CHILD_TEXT_REMOVED
from binhyen.kit.bulk_insert import insert_values
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.jobs import defer_once
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.retention_registry import RetentionStatus

RELEASE_JOB, QUEUE_JOB = "bulletins.release", "bulletins.queue"
QUEUE_BATCH_SIZE = 100
POST_BATCH_SIZE = 500  # messages of one text a transaction: an urgent bulletin waits for one at most
CAP_ALERTS_KEPT_FOR = dt.timedelta(days=60)  # public texts of other systems
BULLETINS_URL, MANUAL_URL = "/ban-tin", "/dang-tay"
TEMPLATES_URL = f"{BULLETINS_URL}/mau"
STATION_URL, AREA_URL = f"{MANUAL_URL}/tru-so", "/xa-phuong"
_RELEASE_GROUNDS = {
    UrgentGround.MISSING_CHILD: RELEASABLE | {FindingKind.CHILD},
    UrgentGround.THREAT_TO_LIFE: RELEASABLE,
    UrgentGround.NONE: RELEASABLE,
}


@dataclass(frozen=True, slots=True)
class BulletinForm:
    """Fields that an author types."""

    topic: str
    title: str
    text: str
    ground: str = ""
    scheduled_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    asks_acknowledgement: bool = False


@transaction.atomic
def create_bulletin(*, form: BulletinForm, case: Case | None = None, officer: Officer, now: dt.datetime) -> Bulletin:
    """Create a draft; its audience is the area of the officer's unit until it is changed.

    `case`: the visible case that it is about; its source proposes the audience and withdraws it when the case ends.
    """
    _require(officer, Permission.WRITE_BULLETINS)
    chosen = find_proposal(case, officer=officer, now=now) if case is not None else None
    if case is not None and chosen is None:
        raise RuleViolation(_("Tin về vụ này không đăng được nữa."))
    area_ids = chosen[1].area_ids if chosen else ()
    row = Bulletin(unit=officer.unit, author=officer, created_at=now, areas=list(area_ids) or [officer.unit.area_id])
    _fill(row, form, officer, now=now)
    row.save(force_insert=True)
    if chosen and case:
        chosen[0].record_bulletin(case, row.code, now=now)
    _record(row, "bulletin.created", officer, now=now)
    return row


@transaction.atomic
def update_bulletin(*, code: str, form: BulletinForm, officer: Officer, now: dt.datetime) -> Bulletin:
    """Change a draft. The last editor is the author and cannot approve it."""
    row = _lock_draft(code, officer)
    _fill(row, form, officer, now=now)
    row.save()
    return row


def _fill(row: Bulletin, form: BulletinForm, officer: Officer, *, now: dt.datetime) -> None:
    title = collapse_spaces(to_nfc(form.title))
    text = "\n".join(line.rstrip() for line in to_nfc(form.text).strip().splitlines())
    if not 5 <= len(title) <= MAX_TITLE_LENGTH:
        raise RuleViolation(_("Tiêu đề dài từ 5 đến {n} ký tự.").format(n=MAX_TITLE_LENGTH))
    if not 10 <= len(text) <= MAX_TEXT_LENGTH:
        raise RuleViolation(_("Nội dung dài từ 10 đến {n} ký tự.").format(n=MAX_TEXT_LENGTH))
    if form.topic not in TOPIC_LABELS or form.ground not in set(UrgentGround):
        raise RuleViolation(_("Hãy chọn chủ đề và mức khẩn trong danh sách."))
    if form.expires_at is not None and form.expires_at <= max(now, form.scheduled_at or now):
        raise RuleViolation(_("Giờ hết hiệu lực phải sau giờ phát."))
    row.topic, row.title, row.text, row.ground = form.topic, title, text, form.ground
    row.scheduled_at, row.expires_at = form.scheduled_at, form.expires_at
    row.asks_acknowledgement = form.asks_acknowledgement
    row.author, row.changed_at = officer, now


@transaction.atomic
def change_audience(
    *,
    code: str,
    add: Collection[UUID] = (),
    exclude: Collection[UUID] = (),
    remove: Collection[UUID] = (),
    level: str | None = None,
    officer: Officer,
    now: dt.datetime,
) -> Bulletin:
    """Add areas, exclude areas, or take areas out of both lists of a draft."""
    row = _lock_draft(code, officer)
    if row.corrects_id is not None:
        raise RuleViolation(_("Đính chính chỉ gửi tới đúng những nhóm đã nhận tin gốc."))
    added, excluded, removed = (
        {place.area_id for place in list_named_areas(public_ids=ids)} for ids in (add, exclude, remove)
    )
    row.areas = sorted((set(row.areas) | added) - excluded - removed)
    row.excluded_areas = sorted((set(row.excluded_areas) | excluded) - added - removed)
    if level is not None and level in {"", queries.SUBSCRIBERS_ONLY, *Group.Level.values}:
        row.group_level = level
    row.changed_at = now
    row.save(update_fields=["areas", "excluded_areas", "group_level", "changed_at"])
    return row


@transaction.atomic
def submit_bulletin(*, code: str, officer: Officer, now: dt.datetime) -> Bulletin:
    """Submit a draft for approval by a second person."""
    row = _lock_draft(code, officer)
    _check_releasable(row, now=now)
    return _move(row, BulletinAction.SUBMIT, "bulletin.submitted", officer, now=now, returned_note="")


@transaction.atomic
def approve_bulletin(*, code: str, officer: Officer, now: dt.datetime) -> Bulletin:
    """Approve as a second person; it is released now, at the wished time, or after the quiet hours."""
    row = _lock(code, officer, Permission.APPROVE_BULLETINS)
    if row.author_id == officer.pk:
        raise RuleViolation(_("Người viết không tự duyệt được. Cần một người khác xem."))
    findings = _check_releasable(row, now=now)
    release_at = defer_past_quiet_hours(max(now, row.scheduled_at or now), is_urgent=bool(row.ground))
    _move(
        row,
        BulletinAction.APPROVE,
        "bulletin.approved",
        officer,
        now=now,
        approved_by=officer,
        approved_at=now,
        release_at=release_at,
        accepted_kinds=_list_kinds(findings),
    )
    if release_at <= now:
        _release(row, BulletinAction.RELEASE, now=now)
    return row


@transaction.atomic
def send_back(*, code: str, note: str, officer: Officer, now: dt.datetime) -> Bulletin:
    """Return a submitted or scheduled bulletin to its author with a note."""
    row = _lock(code, officer, Permission.APPROVE_BULLETINS)
    note = collapse_spaces(to_nfc(note))[:300]
    if len(note) < 5:
        raise RuleViolation(_("Hãy ghi cần sửa điều gì."))
    changes = {"approved_by": None, "approved_at": None, "release_at": None}
    return _move(row, BulletinAction.SEND_BACK, "bulletin.returned", officer, now=now, returned_note=note, **changes)


@transaction.atomic
def release_urgently(*, code: str, officer: Officer, now: dt.datetime) -> Bulletin:
    """Release a missing child or a threat to life at once by one person; it is reviewed afterwards."""
    row = _lock_draft(code, officer)
    if not row.ground:
        raise RuleViolation(_("Chỉ trẻ em mất tích hoặc nguy hiểm tính mạng mới được phát ngay."))
    if row.expires_at is None:
        raise RuleViolation(_("Tin khẩn phải có giờ hết hiệu lực."))
    row.accepted_kinds = _list_kinds(_check_releasable(row, now=now))
    row.author = officer
    _release(row, BulletinAction.RELEASE_URGENTLY, now=now)
    _record(row, "bulletin.released_urgently", officer, now=now)
    return row


@transaction.atomic
def review_release(*, code: str, officer: Officer, now: dt.datetime) -> Bulletin:
    """Record the review of an urgent release by a second person."""
    row = _lock(code, officer, Permission.APPROVE_BULLETINS)
    if row.author_id == officer.pk:
        raise RuleViolation(_("Người viết không tự duyệt được. Cần một người khác xem."))
    if row.released_at is None or row.approved_by_id is not None or row.reviewed_at is not None:
        raise RuleViolation(_("Bản tin này không chờ soát lại."))
    row.reviewed_by, row.reviewed_at = officer, now
    row.save(update_fields=["reviewed_by", "reviewed_at"])
    _record(row, "bulletin.reviewed", officer, now=now)
    return row


@transaction.atomic
def acknowledge_bulletin(*, code: str, officer: Officer, now: dt.datetime) -> None:
    """Record that the officer has read it; once."""
    row = queries.get_visible_bulletin(officer, code)
    if row.state != BulletinState.RELEASED or not row.asks_acknowledgement:
        raise RuleViolation(_("Bản tin này không cần xác nhận đã đọc."))
    fields = {"unit_id": officer.unit_id, "at": now}
    Acknowledgement.objects.get_or_create(bulletin=row, officer=officer, defaults=fields)


def count_citizen_read(row: Bulletin) -> None:
    """Count a citizen's confirmation of reading; nothing about the citizen is stored."""
    Bulletin.objects.filter(pk=row.pk, asks_acknowledgement=True).update(citizen_reads=F("citizen_reads") + 1)


@transaction.atomic
def start_correction(*, code: str, officer: Officer, now: dt.datetime) -> Bulletin:
    """Create the draft of a correction, with the text of the original; it is approved like any other."""
    original = _lock(code, officer, Permission.WRITE_BULLETINS)
    if original.state != BulletinState.RELEASED or original.erased_at is not None:
        raise RuleViolation(_("Chỉ đính chính được bản tin đang có hiệu lực."))
    row = Bulletin(
        unit=original.unit,
        author=officer,
        topic=original.topic,
        title=original.title,
        text=original.text,
        ground=original.ground,
        areas=original.areas,
        excluded_areas=original.excluded_areas,
        group_level=original.group_level,
        expires_at=original.expires_at,
        asks_acknowledgement=original.asks_acknowledgement,
        digest_from=original.digest_from,
        corrects=original,
        created_at=now,
        changed_at=now,
    )
    row.save(force_insert=True)
    copy_attachments(original, row, now=now)
    _record(row, "bulletin.created", officer, now=now)
    return row


@transaction.atomic
def withdraw_bulletin(*, code: str, reason: str, officer: Officer, now: dt.datetime) -> Bulletin:
    """Withdraw at once: stop what is unsent, notify exactly the groups reached, end it on page and feed."""
    row = _lock(code, officer, Permission.WRITE_BULLETINS)
    reason = _check_reason(row, reason)
    _move(row, BulletinAction.WITHDRAW, "bulletin.withdrawn", officer, now=now, reason=reason, ended_by=officer)
    _stop(row, erases=row.ground == UrgentGround.MISSING_CHILD, now=now)
    return row


def _check_reason(row: Bulletin, reason: str) -> str:
    reason = collapse_spaces(to_nfc(reason))[:300]
    if len(reason) < 5:
        raise RuleViolation(_("Hãy ghi vì sao rút, bà con sẽ đọc lời này."))
    if _find_findings(row, reason):
        raise RuleViolation(_("Lý do có điều không nên đưa ra. Hãy viết lại, không nêu tên, số điện thoại."))
    return reason


@transaction.atomic
def withdraw_from_communes(
    *, code: str, communes: Collection[str], reason: str, officer: Officer, now: dt.datetime
) -> Bulletin:
    """Withdraw from some communes: it stays in force in the rest of its audience. Raises RuleViolation."""
    row = _lock(code, officer, Permission.WRITE_BULLETINS)
    reason, touched = _check_reason(row, reason), queries.list_commune_codes(row)
    if row.state != BulletinState.RELEASED:
        raise RuleViolation(_("Bản tin đã sang bước khác. Hãy tải lại trang."))
    if is_alert(row.topic, row.ground):
        raise RuleViolation(_("Máy khác đang đọc cảnh báo này. Hãy rút cả bản tin, rồi phát lại cho nơi còn lại."))
    if not communes or not set(communes) <= touched:
        raise RuleViolation(_("Hãy chọn xã, phường đã nhận tin này."))
    if set(communes) == touched:
        raise RuleViolation(_("Đó là toàn bộ nơi nhận. Hãy rút cả bản tin."))
    area_ids = [get_directory().communes[commune].area_id for commune in communes]
    chain = queries.list_chain(row)
    inside = queries.list_groups_inside(chain, area_ids)
    _cancel_unsent(chain, groups=inside.groups, manual_groups=inside.manual_groups)
    units = [get_directory().communes[commune].unit_id for commune in communes]
    private_services.withdraw_messages(row, units=units, now=now)
    reached, by_hand = queries.list_reached(chain), manual_queries.list_groups_with_post(chain)
    withdrawal = GroupDelivery.Kind.WITHDRAWAL
    _insert_deliveries(row, {pk: n for pk, n in reached.items() if pk in inside.groups}, withdrawal)
    insert_manual_posts(row, {pk: n for pk, n in by_hand.items() if pk in inside.manual_groups}, withdrawal, now=now)
    row.excluded_areas, row.reason = sorted({*row.excluded_areas, *area_ids}), reason
    row.save(update_fields=["excluded_areas", "reason"])
    queue_area_withdrawal_notice(row, area_ids=area_ids, now=now)
    _record(row, "bulletin.withdrawn_in_part", officer, now=now)
    _defer_queue()
    return row


def _stop(row: Bulletin, *, erases: bool, now: dt.datetime) -> None:
    """Stop what is unsent of a withdrawn bulletin and notify the groups reached. `erases`: its words go too."""
    chain = queries.list_chain(row)
    _cancel_unsent(chain)
    private_services.withdraw_messages(row, now=now)
    _insert_deliveries(row, queries.list_reached(chain), GroupDelivery.Kind.WITHDRAWAL)
    insert_manual_posts(row, manual_queries.list_groups_with_post(chain), GroupDelivery.Kind.WITHDRAWAL, now=now)
    queue_withdrawal_notice(row, erases=erases, now=now)
    delete_bulletin_files(chain)
    if erases:
        _erase_child(chain, now=now)
        row.refresh_from_db()
    _defer_queue()


@transaction.atomic
def withdraw_bulletins(*, codes: Collection[str], reason: str, now: dt.datetime) -> int:
    """Withdraw bulletins whose appeal was recalled, with their words, and delete those not released; idempotent."""
    rows = list(Bulletin.objects.select_for_update(of=("self",)).filter(code__in=codes).order_by("pk"))
    for row in rows:
        if row.state == BulletinState.RELEASED:
            _apply(row, BulletinAction.WITHDRAW, ended_at=now, reason=reason)
            _stop(row, erases=True, now=now)
            _record_by_program([row], "bulletin.withdrawn", now=now)
        elif row.state in UNRELEASED_STATES:
            row.delete()
    return len(rows)


def _erase_child(bulletin_ids: Collection[int], *, now: dt.datetime) -> None:
    """Delete the words about a child from every page of ours: also of groups, and in corrections being written."""
    drafts = Bulletin.objects.filter(corrects__in=bulletin_ids, state__in=sorted(UNRELEASED_STATES))
    _erase([*bulletin_ids, *drafts.values_list("pk", flat=True)], now=now)
    yesterday = to_vietnam_day(now) - dt.timedelta(days=1)
    posts = GroupDelivery.objects.filter(bulletin__in=bulletin_ids, outgoing__shown_until__isnull=False)
    outgoing_ids = list(posts.values_list("outgoing_id", flat=True))
    Outgoing.objects.filter(pk__in=outgoing_ids).update(shown_until=yesterday)
    remove_child_details(now=now)
    private_services.erase_child_messages(bulletin_ids, CHILD_TEXT_REMOVED)


def _erase(bulletin_ids: Collection[int], *, now: dt.datetime) -> None:
    Bulletin.objects.filter(pk__in=bulletin_ids).update(title="", text="", returned_note="", erased_at=now)
    delete_bulletin_files(bulletin_ids)


@transaction.atomic
def retry_failed(*, code: str, officer: Officer, now: dt.datetime) -> int:
    """Send again to the groups, people and subscribers for which sending was given up; return their number."""
    row = _lock(code, officer, Permission.WRITE_BULLETINS)
    if row.state not in (BulletinState.RELEASED, BulletinState.WITHDRAWN):
        raise RuleViolation(_("Bản tin này không còn hiệu lực, không gửi lại."))
    public_ids = queries.list_retryable(officer, row, withdrawal=row.state == BulletinState.WITHDRAWN)
    posts = retry_messages(public_ids=public_ids, officer=officer, now=now)
    notices = request_push_retry(keys=[*list_notice_keys(row), *list_mail_keys(row)], now=now)
    return posts + private_services.retry_failed_messages(row, now=now) + notices


# Steps of the worker. Each continues where a crash ended it.


@transaction.atomic
def release_due(*, now: dt.datetime) -> int:
    """Release approved bulletins whose time has come; return their number."""
    due = Bulletin.objects.select_for_update(skip_locked=True).filter(state=BulletinState.APPROVED, release_at__lte=now)
    rows = list(due.order_by("release_at")[:QUEUE_BATCH_SIZE])
    for row in rows:
        _release(row, BulletinAction.RELEASE, now=now)
    return len(rows)


@transaction.atomic
def fix_audiences(*, now: dt.datetime) -> int:
    """Turn the audience of released bulletins into deliveries; return the number of bulletins."""
    pending = Bulletin.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=BulletinState.RELEASED, groups_fixed_at=None
    )
    rows = list(pending.select_related("unit", "corrects").order_by("released_at")[:QUEUE_BATCH_SIZE])
    for row in rows:
        if row.corrects is not None:
            _fix_correction(row, row.corrects, now=now)
        else:
            audience = queries.resolve_audience(row)
            row.group_count, row.head_count = audience.group_count, audience.people
            _insert_deliveries(row, audience.members_by_group, GroupDelivery.Kind.POST)
            insert_manual_posts(row, audience.members_by_manual_group, GroupDelivery.Kind.POST, now=now)
        queue_release_notice(row, now=now)
        row.groups_fixed_at = now
        row.save(update_fields=["groups_fixed_at", "group_count", "head_count"])
    if rows:
        _defer_queue()
    return len(rows)


def _fix_correction(row: Bulletin, original: Bulletin, *, now: dt.datetime) -> None:
    """Send the correction to the groups reached, and the corrected text alone to those still waiting."""
    chain = queries.list_chain(original)
    waiting, waiting_by_hand = queries.list_waiting_groups(original), manual_queries.list_waiting(original)
    _cancel_unsent(chain)
    private_services.cancel_private_messages(chain)
    reached, posted_by_hand = queries.list_reached(chain), manual_queries.list_groups_with_post(chain)
    first_posts, first_by_hand = _without(waiting, reached), _without(waiting_by_hand, posted_by_hand)
    _insert_deliveries(row, reached, GroupDelivery.Kind.CORRECTION)
    _insert_deliveries(row, first_posts, GroupDelivery.Kind.POST)
    insert_manual_posts(row, posted_by_hand, GroupDelivery.Kind.CORRECTION, now=now)
    insert_manual_posts(row, first_by_hand, GroupDelivery.Kind.POST, now=now)
    parts = (reached, first_posts, posted_by_hand, first_by_hand)
    row.group_count, row.head_count = sum(map(len, parts)), sum(sum(part.values()) for part in parts)


def _without(members_by_group: Mapping[int, int], excluded: Collection[int]) -> dict[int, int]:
    return {group: members for group, members in members_by_group.items() if group not in excluded}


@transaction.atomic
def queue_deliveries(*, now: dt.datetime) -> int:
    """Put waiting deliveries of one text into the outbox; return their number."""
    deliveries = queries.list_unqueued(POST_BATCH_SIZE)
    if not deliveries:
        return 0
    bulletin, kind = deliveries[0].bulletin, deliveries[0].kind
    post = _build_post(bulletin, kind)
    findings = queue_group_post(post, [delivery.group_id for delivery in deliveries], now=now)
    key = Concat(Value(post.key_prefix), Cast(OuterRef("group_id"), TextField()))
    messages = Outgoing.objects.filter(key=key).values("pk")[:1]
    rows = GroupDelivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries])
    rows.update(outgoing=Subquery(messages), queued_at=now)
    if findings:
        _accept_findings(bulletin, rows, {finding.kind for finding in findings}, now=now)
    return len(deliveries)


def _build_post(bulletin: Bulletin, kind: str) -> GroupPost:
    is_withdrawal = kind == GroupDelivery.Kind.WITHDRAWAL
    return GroupPost(
        key_prefix=f"bulletin:{bulletin.public_id}:{kind}:",
        text=build_post_text(bulletin, kind),
        purpose=BULLETIN_PURPOSE,
        unit_id=bulletin.unit_id,
        officer_id=bulletin.ended_by_id if is_withdrawal and bulletin.ended_by_id else bulletin.author_id,
        priority=URGENT_PRIORITY if is_withdrawal or bulletin.ground else 0,
        media=() if is_withdrawal else prepare_media(bulletin),
    )


def build_post_text(bulletin: Bulletin, kind: str) -> str:
    """Return the text for a group: the bulletin, its correction or its withdrawal."""
    text = queries.build_text(bulletin)
    if kind == GroupDelivery.Kind.WITHDRAWAL:
        is_child = bulletin.ground == UrgentGround.MISSING_CHILD or not bulletin.title
        return format_withdrawal_post(text, bulletin.reason, is_child=is_child)
    return format_group_post(text, is_correction=kind == GroupDelivery.Kind.CORRECTION)


def _accept_findings(
    bulletin: Bulletin, deliveries: QuerySet[GroupDelivery], kinds: Collection[FindingKind], *, now: dt.datetime
) -> None:
    """Pass findings that the releasing person accepted on to the asynchronous review."""
    if not set(kinds) <= set(bulletin.accepted_kinds):
        return
    quarantined = Outgoing.objects.filter(pk__in=deliveries.values("outgoing"), state=Outgoing.State.HELD)
    if FindingKind.CHILD in kinds:
        private_services.record_child_ground(bulletin, quarantined, now=now)
    quarantined.update(state=Outgoing.State.READING)
    defer_review()


@transaction.atomic
def expire_due(*, now: dt.datetime) -> int:
    """End released bulletins past their expiry; return their number. What is unsent is not sent any more."""
    expired = Bulletin.objects.select_for_update(skip_locked=True).filter(
        state=BulletinState.RELEASED, expires_at__lte=now
    )
    rows = list(expired.order_by("pk")[:QUEUE_BATCH_SIZE])
    for row in rows:
        _apply(row, BulletinAction.EXPIRE, ended_at=now)
    if rows:
        _cancel_unsent([row.pk for row in rows])
        private_services.cancel_private_messages([row.pk for row in rows])
        _record_by_program(rows, "bulletin.expired", now=now)
    return len(rows)


@transaction.atomic
def cancel_late_messages() -> int:
    """Cancel messages of ended bulletins that returned to the queue after a failed attempt; return their number."""
    ended = Bulletin.objects.filter(state__in=sorted(ENDED_STATES), deliveries__outgoing__state=Outgoing.State.QUEUED)
    late = _cancel_unsent(list(ended.values_list("pk", flat=True)))
    return late + private_services.cancel_private_messages(private_services.list_ended_with_repeats())


@transaction.atomic
def send_urgent_quarantined(*, now: dt.datetime) -> int:
    """Send posts of urgent bulletins that the asynchronous review quarantined; return their number.

    An appeal for a child or a warning repeats facts of a report, which that review finds. The releasing person is
    responsible for it, as for a release from quarantine, and a second person reviews the release.
    """
    ids = GroupDelivery.objects.filter(
        outgoing__state=Outgoing.State.HELD, bulletin__state=BulletinState.RELEASED
    ).exclude(bulletin__ground=UrgentGround.NONE)
    rows = Outgoing.objects.select_for_update(skip_locked=True).filter(
        pk__in=ids.values("outgoing"), state=Outgoing.State.HELD
    )
    repeated = [row for row in rows if {finding["kind"] for finding in row.dlp_findings} <= set(REVIEW_KINDS)]
    send_released(repeated, now=now)
    return len(repeated)


# Retention: the words go, the numbers stay.


def sweep_ended(now: dt.datetime, limit: int) -> int:
    """Erase the text of bulletins ended for longer than their period, and old drafts; return their number."""
    ended = _select_overdue(now).order_by("pk").values_list("pk", flat=True)[:limit]
    ids = list(ended)
    _erase(ids, now=now)
    stale = Bulletin.objects.filter(
        state__in=sorted(UNRELEASED_STATES), changed_at__lt=now - get_retention_span("bulletin")
    )
    stale_ids = list(stale.order_by("pk").values_list("pk", flat=True)[: max(0, limit - len(ids))])
    Bulletin.objects.filter(pk__in=stale_ids).delete()
    passed_on = SharedMessage.objects.filter(at__lt=now - get_retention_span("bulletin")).order_by("pk")
    SharedMessage.objects.filter(pk__in=passed_on.values("pk")[:limit]).delete()
    CapAlert.objects.filter(received_at__lt=now - CAP_ALERTS_KEPT_FOR).delete()
    officer_chat.delete_invalid_links(now, limit)
    return len(ids) + len(stale_ids)


def _select_overdue(now: dt.datetime) -> QuerySet[Bulletin]:
    child = {"ground": UrgentGround.MISSING_CHILD.value}
    rows = queries.select_ended(now)
    children = rows.filter(**child, ended_at__lte=now - get_retention_span("bulletin_child"))
    others = rows.exclude(**child).filter(ended_at__lte=now - get_retention_span("bulletin"))
    return Bulletin.objects.filter(
        pk__in=[*children.values_list("pk", flat=True), *others.values_list("pk", flat=True)]
    )


def get_bulletin_retention_status(now: dt.datetime) -> RetentionStatus:
    rows = queries.select_ended(now)
    oldest = queries.get_oldest_end(rows)
    next_at = oldest + get_retention_span("bulletin") if oldest else None
    return RetentionStatus(rows.count(), _select_overdue(now).count(), oldest, next_at)


# Parts of the steps above.


def find_findings(bulletin: Bulletin) -> tuple[Finding, ...]:
    """Return what outbound DLP finds in the bulletin's post."""
    return _find_findings(
        bulletin, format_group_post(queries.build_text(bulletin), is_correction=bulletin.corrects_id is not None)
    )


def _find_findings(bulletin: Bulletin, text: str) -> tuple[Finding, ...]:
    return check_group_post(GroupPost("", text, BULLETIN_PURPOSE, bulletin.unit_id, bulletin.author_id))


def _check_releasable(row: Bulletin, *, now: dt.datetime) -> tuple[Finding, ...]:
    """Return the findings that the releasing person accepts. Raises RuleViolation."""
    if row.expires_at is not None and row.expires_at <= now:
        raise RuleViolation(_("Giờ hết hiệu lực đã qua. Hãy chọn giờ khác."))
    if row.corrects is not None:
        if row.corrects.state != BulletinState.RELEASED:
            raise RuleViolation(_("Bản tin gốc không còn hiệu lực."))
    elif row.group_level == queries.SUBSCRIBERS_ONLY:
        if not count_subscribers(row):
            raise RuleViolation(_("Chưa có ai đăng ký chủ đề này ở nơi nhận. Hãy chọn nhóm hoặc địa bàn khác."))
    elif not queries.has_audience(row) and not private_services.count_recipients(row, (), now=now):
        raise RuleViolation(_("Chưa có nhóm nào trong nơi nhận. Hãy chọn địa bàn khác."))
    findings = find_findings(row)
    if not {finding.kind for finding in findings} <= _RELEASE_GROUNDS[UrgentGround(row.ground)]:
        raise RuleViolation(_("Bản tin có điều không được đưa ra. Xem chỗ được đánh dấu và sửa lại lời."))
    return findings


def _list_kinds(findings: Iterable[Finding]) -> list[str]:
    return sorted({finding.kind.value for finding in findings})


def _release(row: Bulletin, action: BulletinAction, *, now: dt.datetime) -> None:
    """Release: it is on the page and in the feed at once; the worker then fixes its audience."""
    if row.corrects is not None:
        original = Bulletin.objects.select_for_update().get(pk=row.corrects.pk)
        if find_next_state(original.state, BulletinAction.CORRECT) is None:
            _apply(row, BulletinAction.SEND_BACK, approved_by=None, approved_at=None, release_at=None)
            return  # the original was withdrawn meanwhile: nothing is left to correct
        _apply(original, BulletinAction.CORRECT, ended_at=now)
        # Communes from which the original was withdrawn after the correction was begun.
        row.excluded_areas = sorted({*row.excluded_areas, *original.excluded_areas})
        row.save(update_fields=["excluded_areas"])
    expires_at = choose_expiry(row.expires_at, now, is_urgent=bool(row.ground))
    _apply(row, action, released_at=now, expires_at=expires_at, author=row.author, accepted_kinds=row.accepted_kinds)
    _record_by_program([row], "bulletin.released", now=now)
    defer_once(queue="urgent", task=RELEASE_JOB, key=RELEASE_JOB)


def _insert_deliveries(row: Bulletin, members_by_group: Mapping[int, int], kind: str) -> None:
    insert_values(
        GroupDelivery,
        [
            {"bulletin_id": row.pk, "group_id": group, "kind": str(kind), "members": members}
            for group, members in members_by_group.items()
        ],
        ignore_conflicts=True,
    )


def _cancel_unsent(
    bulletin_ids: Collection[int],
    *,
    groups: Collection[int] | None = None,
    manual_groups: Collection[int] | None = None,
) -> int:
    """Cancel the unsent messages of these bulletins, except notices of withdrawal; return the number of messages.

    `groups`, `manual_groups`: only there; None: everywhere.
    """
    cancel_unposted(bulletin_ids, groups=manual_groups)
    rows = GroupDelivery.objects.filter(bulletin__in=bulletin_ids).exclude(kind=GroupDelivery.Kind.WITHDRAWAL)
    if groups is not None:
        rows = rows.filter(group__in=groups)
    rows.filter(queued_at=None).update(is_cancelled=True)
    outgoing_ids = rows.filter(outgoing__state__in=queries.UNSENT_STATES).values_list("outgoing_id", flat=True)
    unsent = Outgoing.objects.filter(pk__in=list(outgoing_ids), state__in=queries.UNSENT_STATES)
    return unsent.update(state=Outgoing.State.CANCELLED)


def _defer_queue() -> None:
    defer_once(queue="urgent", task=QUEUE_JOB, key=QUEUE_JOB)


def _require(officer: Officer, permission: Permission) -> None:
    if not access.officer_may(officer, permission):
        raise RuleViolation(_("Bạn không có quyền làm việc này."))


def _lock(code: str, officer: Officer, permission: Permission) -> Bulletin:
    """Return the locked bulletin. Raises BulletinNotVisible, or RuleViolation for one of another unit."""
    row = queries.get_visible_bulletin(officer, code, for_update=True)
    _require(officer, permission)
    if not queries.is_own_bulletin(officer, row):
        raise RuleViolation(_("Bản tin của đơn vị khác, bạn chỉ xem được."))
    return row


def _lock_draft(code: str, officer: Officer) -> Bulletin:
    row = _lock(code, officer, Permission.WRITE_BULLETINS)
    if row.state != BulletinState.DRAFT:
        raise RuleViolation(_("Bản tin không còn ở bước soạn."))
    return row


def _move(
    row: Bulletin, action: BulletinAction, verb: str, officer: Officer, *, now: dt.datetime, **changes: object
) -> Bulletin:
    if action is BulletinAction.WITHDRAW:
        changes["ended_at"] = now
    _apply(row, action, **changes)
    _record(row, verb, officer, now=now)
    return row


def _apply(row: Bulletin, action: BulletinAction, **changes: object) -> None:
    """Change the state by the table, with other fields. Raises RuleViolation."""
    state = find_next_state(row.state, action)
    if state is None:
        raise RuleViolation(_("Bản tin đã sang bước khác. Hãy tải lại trang."))
    row.state = state
    for name, value in changes.items():
        setattr(row, name, value)  # nosemgrep: fields-from-outside  keywords of the services above
    row.save(update_fields=["state", *changes])


def _record(row: Bulletin, verb: str, officer: Officer, *, now: dt.datetime) -> None:
    record_actions([AuditAction(get_audit_actor(officer), verb, f"bulletin:{row.code}", row.unit_id)], now=now)


def _record_by_program(rows: Sequence[Bulletin], verb: str, *, now: dt.datetime) -> None:
    entries = [AuditAction("system:bulletins", verb, f"bulletin:{row.code}", row.unit_id) for row in rows]
    record_actions(entries, now=now)
