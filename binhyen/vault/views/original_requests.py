"""Request for an original picture of a sealed conversation: the part of the handler's page that shows it."""

import datetime as dt
from functools import partial
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.kit.text import nfc, squeeze
from binhyen.people.models import Officer
from binhyen.people.services import Refusal
from binhyen.ui.label_cache import spoken
from binhyen.vault.envelopes import Pair
from binhyen.vault.models import Holder
from binhyen.vault.queries import openings_of, ready
from binhyen.vault.rules import HOURS, REASON, STATE_LABELS, WHY_LABELS
from binhyen.vault.sealed_desks import File, SealedDesk, Talk
from binhyen.vault.services.decrypt import hand_over
from binhyen.vault.services.disclosure import ask
from binhyen.vault.services.encrypt import SealedFile


def asking(
    officer: Officer, desk: SealedDesk, talk: Talk, typed: dict[str, str], *, now: dt.datetime
) -> dict[str, Any]:
    """Return the form, the officer's own requests, and a reason for each file that cannot be requested.

    Empty where there is no file, or the desk has a rule of its own for all of them.
    """
    found = list(enumerate(desk.files(talk.ref), start=1))
    if desk.passkey:
        found = [(number, file) for number, file in found if file.original_lock]
    if not found:
        return {}
    asked = partial(openings_of, officer, None, subject=talk.subject, now=now)
    rows = [
        {
            "id": file.id, "label": named(number, file), "at": file.at, "note": _why_not(desk, file),
            "raw": bool(file.label),
            "requests": [
                {"url": reverse("custody_opening", args=[known.id]), "state": spoken(STATE_LABELS)[known.state],
                 "at": known.asked_at}
                for known in (asked(file=file.original) if file.original else ())
            ],
        }
        for number, file in found
    ]  # fmt: skip
    return {
        "rows": rows, "ready": ready("IDENTITY"), "url": reverse("custody_ask_original", args=[desk.name, talk.ref]),
        "choice": [row for row in rows if not row["note"]], "raw": any(row["raw"] for row in rows),
        "by_receipt": all(f.reporter is None for _n, f in found),
        "whys": [{"value": w.value, "label": label} for w, label in spoken(WHY_LABELS).items()],
        "hours": HOURS, "shortest": REASON[0], "longest": REASON[1], "typed": typed,
    }  # fmt: skip


def named(number: int, file: File) -> str:
    """Format the name of a file: «Ảnh 1», «Tệp 2 (PDF)»."""
    if file.label:
        return _("Tệp %(number)s (%(what)s)") % {"number": number, "what": _(file.label)}
    return (_("Ảnh %(number)s") if file.path else _("Tệp %(number)s")) % {"number": number}


def _why_not(desk: SealedDesk, file: File) -> str:
    """Return why the original cannot be requested, or ""."""
    if not file.original:
        return _("Không lưu bản gốc: người gửi chỉ gửi bản đã xóa vị trí, tên máy.")
    if file.original_lock or desk.hands_over:
        return ""
    return _("Bản gốc này lưu từ trước khi có khóa của người giữ danh tính nên không mở được ở đây.")


def ask_for(
    *, officer: Officer, holder: Holder, pair: Pair, desk: SealedDesk, talk: Talk, form: QueryDict, now: dt.datetime
) -> None:  # fmt: skip
    """Create the request of the form; an original under the conversation key first moves to the custodians' key.

    Raises Refusal; nothing has moved then. An envelope without a row is deleted by the nightly cleanup, because this
    code cannot tell whether it belongs to this request or to a concurrent one that moved the file.
    """
    chosen = next((file for file in desk.files(talk.ref) if file.id == form.get("file", "")), None)
    if chosen is None or _why_not(desk, chosen):
        raise Refusal(_("Chọn ảnh, tệp."))
    with transaction.atomic():
        if not chosen.original_lock:
            chosen = hand_over(desk=desk, talk=talk, file=chosen, officer=officer, holder=holder, pair=pair, now=now)
        _ask(officer, talk, chosen, form, now)


def _ask(officer: Officer, talk: Talk, file: File, form: QueryDict, now: dt.datetime) -> None:
    hours = form.get("hours", "")
    ask(
        officer=officer, reporter_id=file.reporter, subject=talk.subject, why=form.get("why", ""),
        reason=squeeze(nfc(form.get("reason", ""))),
        hours=int(hours) if hours.isascii() and hours.isdigit() and len(hours) < 4 else 0,
        file=SealedFile(file.original, file.original_context, file.original_lock or 0), now=now,
    )  # fmt: skip
