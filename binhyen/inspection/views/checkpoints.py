"""Checkpoints of the audit log: the list, and one to print, sign for and file."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.audit.queries import state
from binhyen.audit.queries.state import Delivery
from binhyen.audit.rules.signed_notes import parse_head, parse_note
from binhyen.audit.services import AuditAction, record_actions
from binhyen.audit.services.publish_checkpoints import record_paper_delivery
from binhyen.kit import clock
from binhyen.people.roles import Permission
from binhyen.people.services import get_audit_actor
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission
from binhyen.ui.formatting import format_full_time

CHECKPOINTS_URL = "/nhat-ky/diem-kiem-tra"


@require_any_permission(Permission.READ_AUDIT)
def list_checkpoints(request: OfficerRequest) -> HttpResponse:
    cursor = request.GET.get("truoc", "")
    checkpoint_rows = state.list_signed_checkpoints(
        before_size=int(cursor) if cursor.isascii() and cursor.isdigit() else None
    )
    handed = state.get_deliveries(*(checkpoint.size for checkpoint in checkpoint_rows))
    last = checkpoint_rows[-1].size if len(checkpoint_rows) == state.PAGE_LIMIT else 0
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
    stored = state.get_checkpoint(size)
    if stored is None:
        raise Http404
    note = parse_note(stored.note)
    head = parse_head(note)
    handed = state.get_deliveries(size)[size]
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
    if state.get_checkpoint(size) is None:
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
