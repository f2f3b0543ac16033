"""Checkpoints of the audit log: the list, and one to print, sign for and file."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.audit.queries import state
from binhyen.audit.queries.state import Given
from binhyen.audit.rules.signed_notes import read_head, read_note
from binhyen.audit.services import Act, record
from binhyen.audit.services.publish_checkpoints import received_on_paper
from binhyen.kit import clock
from binhyen.people.roles import May
from binhyen.people.services import actor_of
from binhyen.people.view_auth import OfficerRequest, officers, see_other
from binhyen.ui.formatting import clock_time

POINTS = "/nhat-ky/diem-kiem-tra"


@officers(May.READ_AUDIT)
def points(request: OfficerRequest) -> HttpResponse:
    before = request.GET.get("truoc", "")
    found = state.checkpoints(before=int(before) if before.isascii() and before.isdigit() else None)
    handed = state.handed(*(p.size for p in found))
    last = found[-1].size if len(found) == state.MOST else 0
    context = {
        "now": clock.now(), "urls": {"book": "/nhat-ky"},
        "rows": [
            {
                "at_text": clock_time(p.at), "size": p.size, "url": f"{POINTS}/{p.size}",
                "given": ", ".join(g.label for g in handed[p.size]),
            }
            for p in found
        ],
        "pager": {"first_url": POINTS if before else "", "next_url": f"{POINTS}?truoc={last}" if last else ""},
    }  # fmt: skip
    return render(request, "audit/points.html", context)


@officers(May.READ_AUDIT)
def point(request: OfficerRequest, size: int) -> HttpResponse:
    """Show a checkpoint for printing: the signed note as text that can be typed and as a QR code to scan."""
    found = state.checkpoint(size)
    if found is None:
        raise Http404
    note = read_note(found.note)
    head = read_head(note)
    handed = state.handed(size)[size]
    context = {
        "now": clock.now(), "urls": {"points": POINTS},
        "point": {
            "at_text": clock_time(found.at), "size": head.size, "origin": head.origin, "root": _groups(head.root.hex()),
            "key": note.signatures[0][1].hex(), "note": found.note, "qr": _picture(found.note),
            "given": [given(each) for each in handed],
            "received_url": "" if any(each.paper for each in handed) else f"{POINTS}/{size}/da-nhan",
        },
    }  # fmt: skip
    return render(request, "audit/point.html", context)


@officers(May.READ_AUDIT, methods=("POST",))
def received(request: OfficerRequest, size: int) -> HttpResponse:
    """Record that the inspectorate has received the printed checkpoint."""
    now, actor = clock.now(), actor_of(request.user)
    if state.checkpoint(size) is None:
        raise Http404
    if received_on_paper(size=size, by=actor, now=now):
        record([Act(actor, "audit.paper", f"checkpoint:{size}", request.user.unit_id)], now=now)
        messages.success(request, _("Đã ghi: bản in đã giao cho thanh tra."))
    return see_other(f"{POINTS}/{size}")


def given(handed: Given) -> dict[str, Any]:
    return {"to": handed.label, "at_text": clock_time(handed.at)}


def _groups(digits: str) -> list[str]:
    """Format digits in groups of four, four groups a line, to compare them by eye."""
    groups = [digits[n : n + 4] for n in range(0, len(digits), 4)]
    return [" ".join(groups[n : n + 4]) for n in range(0, len(groups), 4)]


def _picture(text: str) -> dict[str, Any]:
    """Draw a QR code as one SVG path; returns `size` in modules and `path`."""
    import qrcode  # it imports Pillow, which only a process that draws a QR code should load

    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text.encode())
    code.make(fit=True)
    modules = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, line in enumerate(modules) for x, dark in enumerate(line) if dark)
    return {"size": len(modules), "path": path}
