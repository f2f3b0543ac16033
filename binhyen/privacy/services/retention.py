"""Nightly retention sweep: each class loses its expired rows in bounded batches, and its status is recorded."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, Min, Q, QuerySet
from django.db.models.functions import Cast, Least
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.models import Case
from binhyen.cases.services.erasure import erase_cases
from binhyen.channels.models import Inbound, Message, Outgoing, PushNotice, PushSubscription
from binhyen.channels.services.deletion import delete_sent_before
from binhyen.channels.services.pruning import WEBHOOK_RETENTION as WEBHOOKS
from binhyen.channels.services.push import RETENTION as PUSH
from binhyen.consents.models import Consent
from binhyen.consents.rules import Purpose
from binhyen.kit import logs
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import normalize_code
from binhyen.people import access
from binhyen.people.models import Officer, Relationship, SignIn
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation, get_audit_actor, officers
from binhyen.privacy import queries
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.models import Breach, Hold, Request, Sweep
from binhyen.privacy.retention_registry import Retention, RetentionStatus, list_retentions, register_retention
from binhyen.privacy.rules.retention import CLASSES_BY_CODE
from binhyen.privacy.services import identities
from binhyen.vault.services import sealed_reasons
from binhyen.vault.services.expiry import list_ended_requests

# Legal holds: a case is stored beyond its period, until release.

MAX_HOLD_TIME = dt.timedelta(days=5 * 366)


@transaction.atomic
def create_hold(*, code: str, reason: str, until: dt.date | None, officer: Officer, now: dt.datetime) -> Hold:
    """Create a legal hold. Raises Refusal."""
    _check_may_hold(officer)
    case = Case.objects.filter(access.filter_cases(officer), code=normalize_code(code), erased_at=None).first()
    today = to_vietnam_day(now)
    if case is None:
        raise RuleViolation(_("Không có vụ việc mang mã này, hoặc nội dung đã xóa."))
    if len(reason.strip()) < 10:
        raise RuleViolation(_("Ghi rõ ai yêu cầu giữ, vì sao. Không ghi tên người báo."))
    if until is None or not today < until <= today + MAX_HOLD_TIME:
        raise RuleViolation(_("Ngày hết hạn giữ trong vòng 5 năm tới."))
    row = Hold.objects.create(case=case, reason=reason.strip()[:300], until=until, officer=officer, at=now)
    record_actions(
        [AuditAction(get_audit_actor(officer), "retention.held", f"case:{case.code}", case.unit_id)], now=now
    )
    return row


@transaction.atomic
def release_hold(*, name: str, officer: Officer, now: dt.datetime) -> None:
    """Release a hold. `name`: from `queries.encode_hold_name`. Raises Refusal."""
    _check_may_hold(officer)
    visible_holds = queries.list_visible_holds(officer).filter(pk=queries.decode_hold_name(name), ended_at=None)
    row = visible_holds.select_for_update(of=("self",)).first()
    if row is None:
        raise RuleViolation(_("Yêu cầu giữ này đã hết."))
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    record_actions(
        [AuditAction(get_audit_actor(officer), "retention.released", f"case:{row.case.code}", row.case.unit_id)],
        now=now,
    )


def _check_may_hold(officer: Officer) -> None:
    if not (access.officer_may(officer, Permission.ANSWER_DATA) and access.visibility(officer).province):
        raise RuleViolation(_("Chỉ phòng Tham mưu công an tỉnh ghi được."))


# Retention of staff data.
#
# Disclosure requests, accounts of former officers, relationships, breaches, holds, sign-ins.

GRACE_PERIOD = dt.timedelta(days=2)  # a separate job has its turn first


@dataclass(frozen=True, slots=True)
class TableRetention:
    """Class whose rows are deleted whole. `ended`: candidates, `column`: start of the period; `first`: runs before."""

    group: str
    column: str
    ended: "Callable[[], QuerySet[Any]]"
    first: "Callable[[list[int]], None] | None" = None

    def over(self, now: dt.datetime) -> "QuerySet[Any]":
        return self.ended().filter(**{f"{self.column}__lte": now - get_retention_span(self.group)})

    def delete_batch(self, now: dt.datetime, limit: int) -> int:
        rows = self.over(now).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:limit])
        if self.first:
            self.first(ids)
        rows.model._base_manager.filter(pk__in=ids).delete()
        return len(ids)

    def get_status(self, now: dt.datetime) -> RetentionStatus:
        rows = self.ended()
        oldest = rows.aggregate(at=Min(self.column))["at"]
        return RetentionStatus(
            rows.count(), self.over(now).count(), oldest, oldest + get_retention_span(self.group) if oldest else None
        )


def _list_holds() -> "QuerySet[Any]":
    """Return holds with their end, which for active ones lies ahead."""
    # LEAST ignores NULL: the result is the day.
    return Hold.objects.annotate(over_at=Least("ended_at", Cast("until", DateTimeField())))


TABLE_RETENTIONS = (
    TableRetention("opening", "asked_at", list_ended_requests, sealed_reasons.destroy_reasons),
    TableRetention("conflict", "ended_at", lambda: Relationship.objects.filter(ended_at__isnull=False)),
    TableRetention("breach", "closed_at", lambda: Breach.objects.filter(closed_at__isnull=False)),
    TableRetention("hold", "over_at", _list_holds),
)


def _erase_former_staff(now: dt.datetime, limit: int) -> int:
    return officers.anonymize_officers(now - get_retention_span("staff"), limit=limit)


def _get_staff_status(now: dt.datetime) -> RetentionStatus:
    rows = officers.list_locked_with_name()
    oldest = rows.aggregate(at=Min("permissions_changed_at"))["at"]
    late = rows.filter(permissions_changed_at__lte=now - get_retention_span("staff")).count()
    return RetentionStatus(rows.count(), late, oldest, oldest + get_retention_span("staff") if oldest else None)


def _get_webhook_status(now: dt.datetime) -> RetentionStatus:
    rows = Inbound.objects.exclude(sealed_body=b"")
    first = rows.aggregate(at=Min("received_at"))["at"]
    late = rows.filter(received_at__lt=now - WEBHOOKS - GRACE_PERIOD).count()
    return RetentionStatus(rows.count(), late, first, first + WEBHOOKS if first else None)


def _get_push_status(now: dt.datetime) -> RetentionStatus:
    """Return the state of notices and ended subscriptions; a browser that still receives has no end."""
    ended = PushSubscription.objects.filter(ended_at__isnull=False)
    firsts = (PushNotice.objects.aggregate(at=Min("expires_at"))["at"], ended.aggregate(at=Min("ended_at"))["at"])
    first = min((moment for moment in firsts if moment is not None), default=None)
    before = now - PUSH - GRACE_PERIOD
    late = PushNotice.objects.filter(expires_at__lt=before).count() + ended.filter(ended_at__lt=before).count()
    count = PushNotice.objects.count() + ended.count()
    return RetentionStatus(count, late, first, first + PUSH if first else None)


def _get_sign_in_status(now: dt.datetime) -> RetentionStatus:
    first = SignIn.objects.aggregate(at=Min("started_at"), goes=Min("expires_at"))
    late = SignIn.objects.filter(Q(expires_at__lt=now - GRACE_PERIOD) | Q(ended_at__lt=now - GRACE_PERIOD)).count()
    return RetentionStatus(SignIn.objects.count(), late, first["at"], first["goes"])


def register_staff_retentions() -> None:
    for rows in TABLE_RETENTIONS:
        register_retention(Retention(rows.group, rows.get_status, rows.delete_batch))
    register_retention(Retention("staff", _get_staff_status, _erase_former_staff))
    register_retention(Retention("webhook", _get_webhook_status))
    register_retention(Retention("push", _get_push_status))
    register_retention(Retention("signin", _get_sign_in_status))


BATCH = 200
MISSED_AFTER = dt.timedelta(hours=26)
RETENTION_ACTOR = "system:retention"
log = logs.get_logger("retention")


def sweep_night(*, now: dt.datetime) -> dict[str, int]:
    """Sweep all classes unless the clock may have jumped; then record that nothing was deleted."""
    if queries.is_clock_trusted(now=now):
        return sweep_all(now=now)
    log.error("clock_jumped")
    return {
        retention.group: sweep_one(retention, now=now, skip_reason=queries.CLOCK_NOT_TRUSTED)
        for retention in list_retentions()
    }


def sweep_missed(*, now: dt.datetime) -> bool:
    """Sweep if the nightly job was missed, because a machine that is off at that hour would never delete anything."""
    last = Sweep.objects.order_by("-pk").values_list("at", flat=True).first()
    if last is not None and now - last <= MISSED_AFTER:
        return False
    sweep_night(now=now)
    return True


def sweep_all(*, now: dt.datetime, limit: int = BATCH, only: Iterable[str] = ()) -> dict[str, int]:
    """Delete all expired rows; return how many by class. A failing class does not stop the others."""
    wanted_groups = set(only)
    return {
        retention.group: sweep_one(retention, now=now, limit=limit)
        for retention in list_retentions()
        if not wanted_groups or retention.group in wanted_groups
    }


def sweep_one(retention: Retention, *, now: dt.datetime, limit: int = BATCH, skip_reason: str = "") -> int:
    """Sweep one class; return how many rows were deleted. `skip_reason`: why nothing is deleted this time."""
    removed, failed, status = 0, skip_reason, RetentionStatus(0)
    try:
        while (
            not skip_reason
            and retention.sweep is not None
            and (deleted_count := _sweep_batch(retention, now=now, limit=limit))
        ):
            removed += deleted_count
    except Exception as error:  # shown on the page, named in the log; the next class has its turn
        failed = _log_failure(retention, error)
    try:
        status = retention.get_status(now)
    except Exception as error:
        failed = failed or _log_failure(retention, error)
    shown_count = removed
    if not CLASSES_BY_CODE[retention.group].counts:  # a count would reveal that there are some
        shown_count, status, failed = 0, RetentionStatus(0), failed or ("Late" if status.late else "")
    Sweep.objects.create(
        group=retention.group,
        at=now,
        removed=shown_count,
        retained=status.count,
        late=status.late,
        oldest_at=status.oldest_at,
        next_at=status.next_at,
        failed=failed,
    )
    return removed


def _log_failure(retention: Retention, error: Exception) -> str:
    log.error("sweep_failed", group=retention.group, problem=type(error).__name__)
    return type(error).__name__


@transaction.atomic
def _sweep_batch(retention: Retention, *, now: dt.datetime, limit: int) -> int:
    assert retention.sweep is not None
    deleted_count = retention.sweep(now, limit)
    if deleted_count:
        # Classes without public counts get an audit name that its readers cannot see (people/access.py).
        name = (
            f"class:{retention.group}"
            if CLASSES_BY_CODE[retention.group].counts
            else f"conduct:class:{retention.group}"
        )
        record_actions([AuditAction(RETENTION_ACTOR, "retention.deleted", name, None, {"n": deleted_count})], now=now)
    return deleted_count


def _sweep_cases(group: str, now: dt.datetime, limit: int) -> int:
    ids = list(queries.list_expired_cases(group, now=now).order_by("closed_at").values_list("pk", flat=True)[:limit])
    return erase_cases(ids, now=now) if ids else 0


def get_case_status(group: str, now: dt.datetime) -> RetentionStatus:
    """Return the status of the closed cases of a class."""
    rows = queries.list_closed_cases(group, now=now)
    column = "handed_at" if group == "crime" else "closed_at"
    return _build_status(rows, column, group, late=queries.list_expired_cases(group, now=now).count())


def _build_status(rows: "QuerySet[Case]", column: str, period_name: str, *, late: int) -> RetentionStatus:
    oldest = rows.aggregate(at=Min(column))["at"]
    return RetentionStatus(rows.count(), late, oldest, oldest + get_retention_span(period_name) if oldest else None)


def _get_message_status(in_group: bool, now: dt.datetime) -> RetentionStatus:
    rows = Message.objects.filter(expires_at__isnull=False, group__isnull=not in_group)
    late = rows.filter(expires_at__lte=now - dt.timedelta(hours=2)).count()  # the hourly job has its turn first
    first = rows.aggregate(at=Min("received_at"), goes=Min("expires_at"))
    return RetentionStatus(rows.count(), late, first["at"], first["goes"])


def _get_sent_status(now: dt.datetime) -> RetentionStatus:
    rows = Outgoing.objects.filter(case=None)
    oldest = rows.aggregate(at=Min("created_at"))["at"]
    late = rows.filter(created_at__lt=now - get_retention_span("sent")).count()
    return RetentionStatus(rows.count(), late, oldest, oldest + get_retention_span("sent") if oldest else None)


def _list_requests_with_text(now: dt.datetime) -> "QuerySet[Request]":
    """Return answered requests that still have text or a link to the person."""
    is_empty = Q(words="", answer="", link_hash="", duty="", reporter=None, conversation=None)
    return Request.objects.filter(answered_at__isnull=False).exclude(is_empty)


def _sweep_requests(now: dt.datetime, limit: int) -> int:
    rows = _list_requests_with_text(now).filter(
        state__in=["DONE", "REFUSED"], answered_at__lte=now - get_retention_span("request")
    )
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
    expired = Request.objects.filter(pk__in=ids)
    return expired.update(words="", answer="", link_hash="", duty="", reporter=None, conversation=None)


def _get_request_status(now: dt.datetime) -> RetentionStatus:
    rows = _list_requests_with_text(now)
    oldest = rows.aggregate(at=Min("answered_at"))["at"]
    late = rows.filter(state__in=["DONE", "REFUSED"], answered_at__lte=now - get_retention_span("request")).count()
    return RetentionStatus(rows.count(), late, oldest, oldest + get_retention_span("request") if oldest else None)


def _list_ended_consents() -> "QuerySet[Any]":
    """Return consents with their past or future end."""
    # LEAST ignores NULL: the result is the moment.
    return Consent.objects.annotate(ended_at=Least("withdrawn_at", Cast("until", DateTimeField())))


def _end_contact_consents(now: dt.datetime) -> None:
    """End consents to store a name or number that is already deleted, because these are never withdrawn."""
    purposes = [Purpose.CONTACT, Purpose.CALLBACK]
    # nosemgrep: identity-through-relation  whether there is one, never its content
    rows = Consent.objects.filter(purpose__in=purposes, withdrawn_at=None, until=None, reporter__lock=None)
    rows.update(until=to_vietnam_day(now))


def _sweep_consents(now: dt.datetime, limit: int) -> int:
    _end_contact_consents(now)
    expired = _list_ended_consents().filter(ended_at__lte=now - get_retention_span("consent"))
    ids = list(expired.order_by("pk").values_list("pk", flat=True)[:limit])
    Consent.objects.filter(pk__in=ids).delete()
    return len(ids)


def _get_consent_status(now: dt.datetime) -> RetentionStatus:
    rows = _list_ended_consents().filter(ended_at__lte=now)
    oldest = rows.aggregate(at=Min("ended_at"))["at"]
    late = rows.filter(ended_at__lte=now - get_retention_span("consent")).count()
    return RetentionStatus(rows.count(), late, oldest, oldest + get_retention_span("consent") if oldest else None)


def _sweep_sent(now: dt.datetime, limit: int) -> int:
    return delete_sent_before(now - get_retention_span("sent"), limit=limit)


def register_retentions() -> None:
    """Register the classes of this layer and below. Called once, when the jobs are loaded."""
    for group in ("reflection", "crime", "child"):
        register_retention(Retention(group, partial(get_case_status, group), partial(_sweep_cases, group)))
    register_retention(Retention("group", partial(_get_message_status, True)))
    register_retention(Retention("talk", partial(_get_message_status, False)))
    register_retention(Retention("identity", identities.get_identity_status, identities.sweep_identities))
    register_retention(Retention("member", identities.get_member_status, identities.sweep_former_members))
    register_retention(Retention("sent", _get_sent_status, _sweep_sent))
    register_retention(Retention("request", _get_request_status, _sweep_requests))
    register_retention(Retention("consent", _get_consent_status, _sweep_consents))
    register_staff_retentions()
