"""«Nhật ký kiểm tra», the audit log for the inspectorate. Reading it is recorded in the log too."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from binhyen.areas.queries import UnitInfo, find_unit_by_code, list_open_units
from binhyen.audit.queries import chain, entries
from binhyen.audit.queries.chain import Delivery, LogState, get_log_state
from binhyen.audit.queries.entries import EntryFilters
from binhyen.audit.rules.action_families import VERB_FAMILIES, ReadEvent, ReadKind
from binhyen.audit.rules.signed_notes import parse_head, parse_note
from binhyen.audit.services import AuditAction, record_actions, record_read
from binhyen.audit.services.checkpoints import record_paper_delivery
from binhyen.conduct import queries as conduct
from binhyen.inspection import entry_labels, system_status
from binhyen.kit import clock
from binhyen.kit.clock import start_of_day
from binhyen.kit.csv_export import csv_response
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import normalize_code
from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.kit.watchdog import lift_time_limit
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.queries import find_by_name
from binhyen.people.roles import Permission
from binhyen.people.services import get_audit_actor
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission, require_step_up
from binhyen.privacy import queries as privacy
from binhyen.stats.periods import InvalidPeriod, parse_day
from binhyen.ui.formatting import format_full_time

# Filters of the audit log page, parsed from the query string and written back into its links.

AUDIT_LOG_URL = "/nhat-ky"
_OUTCOMES = {"duoc": ("done", N_("Được")), "tu-choi": ("refused", N_("Bị từ chối"))}
_NAMES = {
    "who": "ai",
    "unit": "don-vi",
    "family": "viec",
    "case": "vu",
    "first": "tu",
    "last": "den",
    "outcome": "ket-qua",
}
_MAX_CHARS = 80


# Next tasks of the inspectorate, at the top of its first page.

_DELIVERY_INTERVAL = dt.timedelta(days=31)  # a paper checkpoint a month
_CHECK_INTERVAL = dt.timedelta(days=2)  # the whole log is verified every night


@dataclass(frozen=True, slots=True)
class InspectionTask:
    """A task. `urgent`: a deadline or the log itself is in danger; `url`: where it is done."""

    text: str
    url: str = ""
    urgent: bool = False


def list_inspection_tasks(officer: Officer, log: LogState, *, visible: Q, now: dt.datetime) -> list[InspectionTask]:
    """List the tasks, urgent ones first. `visible`: filter of the entries that the officer may read."""
    tasks = []
    if log.checked is not None and log.checked.faults:
        tasks.append(
            InspectionTask(_("Sổ không nguyên vẹn: lập biên bản, gọi người vận hành, giữ nguyên máy chủ."), "", True)
        )
    if breaches := privacy.list_alerted_breaches(officer).count():
        text = _("Sự cố dữ liệu sắp hoặc đã quá 72 giờ: {n}. Báo cơ quan chuyên trách.").format(n=breaches)
        tasks.append(InspectionTask(text, "/su-co-du-lieu", True))
    if conduct.list_alerts(officer).exists():
        tasks.append(InspectionTask(_("Có phản ánh về cán bộ đang chờ bạn đọc."), "/giu-kin/tin", True))
    newest = max((delivery.at for delivery in log.given), default=None)
    if newest is None or now - newest > _DELIVERY_INTERVAL:
        text = _("Chưa có bản điểm kiểm tra nào giao ra ngoài trong tháng này: in, ký nhận, cất ở thanh tra.")
        tasks.append(InspectionTask(text, "/nhat-ky/diem-kiem-tra"))
    if log.checked is None or now - log.checked.at > _CHECK_INTERVAL:
        tasks.append(InspectionTask(_("Lâu chưa đối chiếu toàn bộ sổ: nhắc người vận hành xem việc chạy nền.")))
    yesterday = EntryFilters(outcome="refused", since=now - dt.timedelta(days=1))
    refused = entries.count_entries(yesterday, visible=visible)
    if refused:
        text = _("Một ngày qua có {n} việc bị từ chối: xem ai, vì sao.").format(n=refused)
        tasks.append(InspectionTask(text, "/nhat-ky?ket-qua=tu-choi"))
    return sorted(tasks, key=lambda task: not task.urgent)


@dataclass(frozen=True, slots=True)
class AuditLogFilters:
    """Filter values of the query string; each is valid or empty."""

    who: str = ""
    unit: str = ""
    family: str = ""
    case: str = ""
    first: str = ""
    last: str = ""
    outcome: str = ""

    def url(self, place: str = AUDIT_LOG_URL, **more: str) -> str:
        values = {_NAMES[name]: getattr(self, name) for name in _NAMES} | more
        query = urlencode({name: value for name, value in values.items() if value})
        return f"{place}?{query}" if query else place

    @property
    def active(self) -> int:
        return sum(bool(getattr(self, name)) for name in _NAMES)

    def filters(self, officer: Officer) -> EntryFilters:
        unit = find_unit_by_code(self.unit) if self.unit else None
        actors = (
            tuple(get_audit_actor(colleague) for colleague in find_by_name(officer, self.who)) if self.who else None
        )
        last = _parse_day(self.last)
        return EntryFilters(
            actors=actors,
            unit_id=unit.id if unit else None,
            family=self.family,
            object=f"case:{self.case}" if self.case else "",
            since=_get_day_start(_parse_day(self.first)),
            until=_get_day_start(last + dt.timedelta(days=1)) if last else None,
            outcome=_OUTCOMES[self.outcome][0] if self.outcome else "",
        )


def parse_log_filters(data: Mapping[str, str]) -> AuditLogFilters:
    """Parse the query string; an unknown value does not filter."""
    given = {name: collapse_spaces(to_nfc(data.get(written, "")))[:_MAX_CHARS] for name, written in _NAMES.items()}
    chosen = AuditLogFilters(**given)
    code = normalize_code(chosen.case)
    return replace(
        chosen,
        family=chosen.family if chosen.family in VERB_FAMILIES else "",
        outcome=chosen.outcome if chosen.outcome in _OUTCOMES else "",
        case=code if len(code) == 8 else "",
        first=chosen.first if _parse_day(chosen.first) else "",
        last=chosen.last if _parse_day(chosen.last) else "",
    )


def list_log_filter_fields(chosen: AuditLogFilters) -> list[dict[str, Any]]:
    """Build the fields of the filter form."""
    units: tuple[UnitInfo, ...] = list_open_units()
    return [
        _build_text_field("ai", _("Cán bộ"), chosen.who, "text"),
        _build_choice_field("don-vi", _("Đơn vị"), chosen.unit, [(unit.code, unit.name) for unit in units]),
        _build_choice_field(
            "viec", _("Việc"), chosen.family, [(name, _(family.label)) for name, family in VERB_FAMILIES.items()]
        ),
        _build_text_field("vu", _("Mã vụ việc"), chosen.case, "text"),
        _build_text_field("tu", _("Từ ngày"), chosen.first, "date"),
        _build_text_field("den", _("Đến ngày"), chosen.last, "date"),
        _build_choice_field(
            "ket-qua", _("Kết quả"), chosen.outcome, [(name, _(label)) for name, (_code, label) in _OUTCOMES.items()]
        ),
    ]


def _build_text_field(name: str, label: str, value: str, kind: str) -> dict[str, Any]:
    return {"name": name, "label": label, "value": value, "type": kind}


def _build_choice_field(name: str, label: str, chosen: str, options: list[tuple[str, str]]) -> dict[str, Any]:
    every = [("", _("Tất cả")), *options]
    return {
        "name": name,
        "label": label,
        "options": [{"value": value, "label": text, "chosen": value == chosen} for value, text in every],
    }


def _parse_day(text: str) -> dt.date | None:
    try:
        return parse_day(text)
    except InvalidPeriod:
        return None


def _get_day_start(day: dt.date | None) -> dt.datetime | None:
    return start_of_day(day) if day else None


# Views: parse the request, make one call, render the answer.


# Checkpoints of the audit log: the list, and one to print, sign for and file.

CHECKPOINTS_URL = "/nhat-ky/diem-kiem-tra"


@require_any_permission(Permission.READ_AUDIT)
def list_checkpoints(request: OfficerRequest) -> HttpResponse:
    cursor = request.GET.get("truoc", "")
    checkpoint_rows = chain.list_signed_checkpoints(
        before_size=int(cursor) if cursor.isascii() and cursor.isdigit() else None
    )
    handed = chain.get_deliveries(*(checkpoint.size for checkpoint in checkpoint_rows))
    last = checkpoint_rows[-1].size if len(checkpoint_rows) == chain.PAGE_LIMIT else 0
    context = {
        "now": clock.now(),
        "urls": {"book": "/nhat-ky"},
        "rows": [
            {
                "at_text": format_full_time(checkpoint.at),
                "size": checkpoint.size,
                "url": f"{CHECKPOINTS_URL}/{checkpoint.size}",
                "given": ", ".join(delivery.label for delivery in handed[checkpoint.size]),
            }
            for checkpoint in checkpoint_rows
        ],
        "pager": {
            "first_url": CHECKPOINTS_URL if cursor else "",
            "next_url": f"{CHECKPOINTS_URL}?truoc={last}" if last else "",
        },
    }
    return render(request, "audit/points.html", context)


@require_any_permission(Permission.READ_AUDIT)
def show_checkpoint(request: OfficerRequest, size: int) -> HttpResponse:
    """Show a checkpoint for printing: the signed note as text that can be typed and as a QR code to scan."""
    stored = chain.get_checkpoint(size)
    if stored is None:
        raise Http404
    note = parse_note(stored.note)
    head = parse_head(note)
    handed = chain.get_deliveries(size)[size]
    context = {
        "now": clock.now(),
        "urls": {"points": CHECKPOINTS_URL},
        "point": {
            "at_text": format_full_time(stored.at),
            "size": head.size,
            "origin": head.origin,
            "root": _format_groups(head.root.hex()),
            "key": note.signatures[0][1].hex(),
            "note": stored.note,
            "qr": _draw_qr_code(stored.note),
            "given": [format_delivery(delivery) for delivery in handed],
            "received_url": "" if any(delivery.paper for delivery in handed) else f"{CHECKPOINTS_URL}/{size}/da-nhan",
        },
    }
    return render(request, "audit/point.html", context)


@require_any_permission(Permission.READ_AUDIT, methods=("POST",))
def confirm_received(request: OfficerRequest, size: int) -> HttpResponse:
    """Record that the inspectorate has received the printed checkpoint."""
    now, actor = clock.now(), get_audit_actor(request.user)
    if chain.get_checkpoint(size) is None:
        raise Http404
    if record_paper_delivery(size=size, by=actor, now=now):
        record_actions([AuditAction(actor, "audit.paper", f"checkpoint:{size}", request.user.unit_id)], now=now)
        messages.success(request, _("Đã ghi: bản in đã giao cho thanh tra."))
    return redirect_after_post(f"{CHECKPOINTS_URL}/{size}")


def format_delivery(handed: Delivery) -> dict[str, Any]:
    return {"to": handed.label, "at_text": format_full_time(handed.at)}


def _format_groups(digits: str) -> list[str]:
    """Format digits in groups of four, four groups a line, to compare them by eye."""
    groups = [digits[start : start + 4] for start in range(0, len(digits), 4)]
    return [" ".join(groups[start : start + 4]) for start in range(0, len(groups), 4)]


def _draw_qr_code(text: str) -> dict[str, Any]:
    """Draw a QR code as one SVG path; returns `size` in modules and `path`."""
    import qrcode  # it imports Pillow, which only a process that draws a QR code should load

    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text.encode())
    code.make(fit=True)
    modules = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, line in enumerate(modules) for x, dark in enumerate(line) if dark)
    return {"size": len(modules), "path": path}


# «Vận hành», the operator's first page.


@require_any_permission(Permission.OPERATE)
def show_system_status(request: OfficerRequest) -> HttpResponse:
    lines = system_status.list_status(request.user, now=clock.now())
    tones = [line.tone for line in lines]
    context = {
        "lines": lines,
        "bad": tones.count(system_status.BAD),
        "warn": tones.count(system_status.WARN),
        "accounts": system_status.list_zalo_accounts(request.user, now=clock.now()),
    }
    return render(request, "ops/status.html", context)


# «Nhật ký của tôi», an officer's own activity: the audit log entries about the signed-in officer, for transparency.

MY_ACTIVITY_URL = "/vet-cua-toi"


@require_any_permission(*Permission)
def show_my_activity(request: OfficerRequest) -> HttpResponse:
    cursor = request.GET.get("sau", "")[:100]
    page = entries.get_entry_page(
        entries.EntryFilters(), visible=access.filter_own_activity(request.user), cursor=cursor
    )
    context = {
        "now": clock.now(),
        "days": entry_labels.group_rows(entry_labels.format_rows(page.rows)),
        "pager": {
            "first_url": MY_ACTIVITY_URL if cursor else "",
            "next_url": f"{MY_ACTIVITY_URL}?sau={page.next}" if page.next else "",
        },
    }
    return render(request, "audit/traces.html", context)


_HEAD = ("Lúc", "Ai", "Việc", "Đối tượng", "Đơn vị", "Kết quả", "Thêm", "Mã việc")


@require_any_permission(Permission.READ_AUDIT)
def show_audit_log(request: OfficerRequest) -> HttpResponse:
    now, asked = clock.now(), parse_log_filters(request.GET)
    cursor = request.GET.get("sau", "")[:100]
    visible = access.filter_audit_entries(request.user)
    page = entries.get_entry_page(asked.filters(request.user), visible=visible, cursor=cursor)
    _record_view(request, ReadEvent(ReadKind.BOOK, count=len(page.rows)))
    stands = get_log_state()
    context = {
        "now": now,
        "filters": {
            "fields": list_log_filter_fields(asked),
            "active": asked.active,
            "clear_url": AUDIT_LOG_URL,
        },
        "urls": {
            "book": AUDIT_LOG_URL,
            "points": CHECKPOINTS_URL,
            "export": asked.url(f"{AUDIT_LOG_URL}.csv"),
        },
        "state": {
            "signed_at": stands.signed.at if stands.signed else None,
            "given": [format_delivery(handed) for handed in stands.given],
            "checked_at": stands.checked.at if stands.checked else None,
            "faults": stands.checked.faults if stands.checked else [],
        },
        "tasks": list_inspection_tasks(request.user, stands, visible=visible, now=now),
        "days": entry_labels.group_rows(entry_labels.format_rows(page.rows)),
        "pager": {
            "first_url": asked.url() if cursor else "",
            "next_url": asked.url(sau=page.next) if page.next else "",
        },
    }
    return render(request, "audit/book.html", context)


@require_any_permission(Permission.READ_AUDIT)
@require_step_up()
def export_audit_log(request: OfficerRequest) -> HttpResponse:
    """Export the same list as a file, at most 10,000 entries."""
    lift_time_limit(request.META)
    asked = parse_log_filters(request.GET)
    log_entries = entries.list_entries_for_export(
        asked.filters(request.user), visible=access.filter_audit_entries(request.user)
    )
    _record_view(request, ReadEvent(ReadKind.BOOK_EXPORT, count=len(log_entries)))
    cells = ("at_text", "who", "what", "about", "unit", "outcome", "more", "verb")
    # other people read the file: its language does not depend on the exporting officer
    with translation.override(settings.LANGUAGE_CODE):
        rows = [tuple(row[cell] for cell in cells) for row in entry_labels.format_rows(log_entries)]
    return csv_response(f"nhat-ky-{clock.to_vietnam_day(clock.now())}.csv", _HEAD, rows)


def _record_view(request: OfficerRequest, view: ReadEvent) -> None:
    record_read(view, actor=get_audit_actor(request.user), unit_id=request.user.unit_id, now=clock.now())
