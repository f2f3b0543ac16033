"""Asking two custodians for a picture of a sealed conversation as it came: what the handler's page shows of it."""

import datetime as dt
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.kit.text import nfc, squeeze
from binhyen.people.models import Officer
from binhyen.people.services import Refusal
from binhyen.ui.labels import spoken
from binhyen.vault.desks import Desk, File, Talk
from binhyen.vault.queries import openings_of, ready
from binhyen.vault.rules import HOURS, REASON, STATE_LABELS, WHY_LABELS
from binhyen.vault.services.opening import ask
from binhyen.vault.services.sealing import SealedFile


def asking(officer: Officer, desk: Desk, talk: Talk, typed: dict[str, str], *, now: dt.datetime) -> dict[str, Any]:
    """The form and the officer's own requests; empty where the custodians keep nothing of this conversation."""
    rows = [
        {
            "id": file.id, "label": _("Ảnh %(number)s") % {"number": number}, "at": file.at,
            "requests": [
                {"url": reverse("custody_opening", args=[known.id]), "state": spoken(STATE_LABELS)[known.state],
                 "at": known.asked_at}
                for known in openings_of(officer, None, file.original, now=now)
            ],
        }
        for number, file in kept(desk, talk)
    ]  # fmt: skip
    if not rows:
        return {}
    return {
        "rows": rows, "ready": ready("IDENTITY"), "url": reverse("custody_ask_original", args=[desk.name, talk.ref]),
        "whys": [{"value": w.value, "label": label} for w, label in spoken(WHY_LABELS).items()],
        "hours": HOURS, "shortest": REASON[0], "longest": REASON[1], "typed": typed,
    }  # fmt: skip


def kept(desk: Desk, talk: Talk) -> list[tuple[int, File]]:
    """Files that lie under the custodians' own lock, with their number on the page."""
    rows = enumerate(desk.files(talk.ref), start=1)
    return [(number, file) for number, file in rows if file.original and file.original_lock]


def ask_for(*, officer: Officer, desk: Desk, talk: Talk, form: QueryDict, now: dt.datetime) -> None:
    """What the form asks for. Raises Refusal."""
    chosen = next((file for _number, file in kept(desk, talk) if file.id == form.get("file", "")), None)
    if chosen is None or chosen.original_lock is None:
        raise Refusal(_("Chọn ảnh."))
    hours = form.get("hours", "")
    ask(
        officer=officer, reporter_id=None, subject=talk.subject, why=form.get("why", ""),
        reason=squeeze(nfc(form.get("reason", ""))),
        hours=int(hours) if hours.isascii() and hours.isdigit() and len(hours) < 4 else 0,
        file=SealedFile(chosen.original, chosen.original_context, chosen.original_lock), now=now,
    )  # fmt: skip
