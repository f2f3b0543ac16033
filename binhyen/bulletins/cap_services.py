"""Writes from CAP messages of other systems: a message becomes the proposal of a bulletin or of a correction."""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from binhyen.areas.queries import get_directory
from binhyen.audit.services import AuditAction, record_actions
from binhyen.bulletins import cap_queries, queries
from binhyen.bulletins.cap.build import choose_info, propose_fields
from binhyen.bulletins.cap.message import CapInfo, CapMessage
from binhyen.bulletins.cap.reader import CapUnreadable, parse_message
from binhyen.bulletins.cap.signature import verify_document
from binhyen.bulletins.cap.validation import CapProblem, list_problems
from binhyen.bulletins.models import Bulletin, CapAlert
from binhyen.bulletins.rules import BulletinState
from binhyen.bulletins.services import BulletinForm, create_bulletin, start_correction, update_bulletin
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation, get_audit_actor

MAX_KEY_LENGTH = 400
MAX_OFFERED = 50


class CapRefused(Exception):
    """A message that breaks rules of CAP, or is none: `unreadable` is then the reason."""

    def __init__(self, problems: list[CapProblem], unreadable: str = "") -> None:
        super().__init__(unreadable or "problems")
        self.problems = problems
        self.unreadable = unreadable


class CapAlreadyKnown(Exception):
    """The message is about this bulletin already. `is_cancelled`: its source cancels it."""

    def __init__(self, bulletin: Bulletin, *, is_cancelled: bool = False) -> None:
        super().__init__(bulletin.code)
        self.bulletin = bulletin
        self.is_cancelled = is_cancelled


@transaction.atomic
def propose_bulletin(*, data: bytes, officer: Officer, now: dt.datetime) -> Bulletin:
    """Turn a CAP message into a draft; an update of one already released into the draft of its correction.

    Raises CapRefused, CapAlreadyKnown, RuleViolation.
    """
    message = read_message(data, now=now)
    if (known := cap_queries.find_by_source(officer, [message.key])) is not None:
        raise CapAlreadyKnown(known)
    earlier = cap_queries.find_by_source(officer, message.references.split())
    if message.message_type == "Cancel":
        if earlier is None:
            raise RuleViolation(_("Nguồn hủy một cảnh báo mà ở đây chưa nhận. Không có gì phải rút."))
        raise CapAlreadyKnown(earlier, is_cancelled=True)
    info = choose_info(message)
    if info is None:
        raise RuleViolation(_("Cảnh báo không có nội dung."))
    fields = propose_fields(info)
    if fields.expires_at is not None and fields.expires_at <= now:
        raise RuleViolation(_("Cảnh báo đã hết hiệu lực."))
    form = BulletinForm(fields.topic, fields.title, fields.text, fields.ground, expires_at=fields.expires_at)
    if earlier is not None and earlier.state == BulletinState.RELEASED:
        draft = start_correction(code=earlier.code, officer=officer, now=now)
        row = update_bulletin(code=draft.code, form=form, officer=officer, now=now)
    else:
        row = create_bulletin(form=form, officer=officer, now=now)
        row.areas = _choose_areas(info, officer)
    row.cap_source = message.key
    row.save(update_fields=["areas", "cap_source"])
    return row


def read_message(data: bytes, *, now: dt.datetime) -> CapMessage:
    """Return a message that may be taken in. Raises CapRefused, RuleViolation."""
    try:
        message = parse_message(data)
        if certificates := cap_queries.list_trusted_certificates():
            message = parse_message(verify_document(data, certificates=certificates, now=now))
    except CapUnreadable as error:
        raise CapRefused([], error.reason) from None
    if problems := list_problems(message):
        raise CapRefused(problems)
    if len(message.key) > MAX_KEY_LENGTH:
        raise CapRefused([], "SIZE")
    if message.status != "Actual" or message.scope != "Public":
        raise RuleViolation(_("Chỉ nhận cảnh báo thật, phát công khai; đây là bản thử, diễn tập hoặc nội bộ."))
    if message.message_type not in ("Alert", "Update", "Cancel"):
        raise RuleViolation(_("Tệp này không phải cảnh báo mà là lời báo nhận giữa các máy."))
    return message


def _choose_areas(info: CapInfo, officer: Officer) -> list[int]:
    """Return the touched communes in the officer's charge; for the province none if nothing was recognised."""
    touched, directory = cap_queries.find_touched_areas(info), get_directory()
    if access.visibility(officer).province:
        return sorted(touched)
    own_area = officer.unit.area_id
    if own_area not in touched and directory.province_area_id not in touched:
        raise RuleViolation(_("Cảnh báo không chạm địa bàn của đơn vị bạn."))
    return [own_area]


# Messages that the feeds of other systems brought.


def list_offered_alerts(officer: Officer, *, now: dt.datetime) -> list[CapAlert]:
    """List messages that wait for a decision and touch the officer's area, newest first."""
    rows = CapAlert.objects.filter(problem="", seen_at=None).exclude(expires_at__lte=now).exclude(key="")
    if not access.visibility(officer).province:
        touched = Q(areas__overlap=[officer.unit.area_id, get_directory().province_area_id])
        rows = rows.filter(touched | Q(is_cancellation=True))
    listed = list(rows.defer("data").order_by("-received_at", "-pk")[:MAX_OFFERED])
    known = queries.list_bulletins(officer).filter(cap_source__in=[row.key for row in listed])
    known_keys = set(known.values_list("cap_source", flat=True))
    return [row for row in listed if row.key not in known_keys]


def find_offered_alert(officer: Officer, public_id: UUID, *, now: dt.datetime) -> CapAlert | None:
    return next((row for row in list_offered_alerts(officer, now=now) if row.public_id == public_id), None)


@transaction.atomic
def dismiss_alert(row: CapAlert, *, officer: Officer, now: dt.datetime) -> None:
    """Take a message out of the list of everybody. Raises RuleViolation."""
    if not access.visibility(officer).province:
        raise RuleViolation(_("Chỉ công an tỉnh bỏ qua được cảnh báo cho cả tỉnh."))
    row.seen_at = now
    row.save(update_fields=["seen_at"])
    entry = AuditAction(get_audit_actor(officer), "cap_alert.dismissed", f"cap_alert:{row.public_id}", officer.unit_id)
    record_actions([entry], now=now)
