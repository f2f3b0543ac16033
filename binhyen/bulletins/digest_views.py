"""The page that drafts the weekly digest of an area."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.bulletins import digest_services
from binhyen.bulletins.digest_rules import format_digest_text, format_digest_title
from binhyen.bulletins.media_texts import BulletinText, format_loudspeaker_script
from binhyen.bulletins.rules import split_blocks
from binhyen.bulletins.services import BULLETINS_URL
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.people.access import visibility
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import RuleViolation
from binhyen.people.view_auth import OfficerRequest, redirect_after_post, require_any_permission

DIGEST_URL = f"{BULLETINS_URL}/diem-tin"


@require_any_permission(Permission.WRITE_BULLETINS, methods=("GET", "HEAD", "POST"))
def show_digest(request: OfficerRequest) -> HttpResponse:
    """Show the proposed digest of a week and area. POST makes a draft of it, to be edited like any bulletin."""
    officer, now = request.user, clock.now()
    source = request.POST if request.method == "POST" else request.GET
    weeks = digest_services.list_weeks(now)
    first = _parse_week(source.get("tuan", ""), weeks)
    commune = _choose_commune(officer, source.get("xa", "")[:10])
    if request.method == "POST":
        try:
            row = digest_services.draft_digest(first=first, commune=commune, officer=officer, now=now)
        except RuleViolation as refusal:
            messages.error(request, str(refusal))
            return redirect_after_post(DIGEST_URL)
        messages.success(request, _("Đã soạn điểm tin. Hãy đọc lại, sửa lời rồi gửi duyệt."))
        return redirect_after_post(f"{BULLETINS_URL}/{format_code(row.code)}")
    facts = digest_services.load_facts(officer, first=first, commune=commune)
    text = BulletinText("", format_digest_title(facts), format_digest_text(facts), officer.unit.name, "")
    context: dict[str, Any] = {
        "title": text.title,
        "blocks": split_blocks(text.text),
        "script": format_loudspeaker_script(text),
        "weeks": [
            {
                "value": week.isoformat(),
                "label": f"{week:%d/%m} – {week + dt.timedelta(days=6):%d/%m/%Y}",
                "chosen": week == first,
            }
            for week in weeks
        ],
        "communes": _list_communes(officer, commune),
        "action_url": DIGEST_URL,
        "back_url": BULLETINS_URL,
        "week": first.isoformat(),
        "commune": commune.code if commune else "",
    }
    return render(request, "bulletins/digest.html", context)


def _parse_week(value: str, weeks: list[dt.date]) -> dt.date:
    try:
        day = dt.date.fromisoformat(value)
    except ValueError:
        return weeks[0]
    return day if day in weeks else weeks[0]


def _choose_commune(officer: Officer, code: str) -> areas.CommuneEntry | None:
    """Return the commune: the own one, or the one that the province chose; None for the whole province."""
    communes = areas.get_directory().communes
    if visibility(officer).province:
        return communes.get(code)
    return next((entry for entry in communes.values() if entry.unit_id == officer.unit_id), None)


def _list_communes(officer: Officer, chosen: areas.CommuneEntry | None) -> list[dict[str, Any]]:
    if not visibility(officer).province:
        return []
    entries = sorted(areas.get_directory().communes.values(), key=lambda entry: entry.full_name)
    return [{"value": entry.code, "label": entry.full_name, "chosen": entry == chosen} for entry in entries]
