"""Request for an original picture of a sealed conversation: the part of the handler's page that shows it."""

import datetime as dt
from functools import partial
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from binhyen.kit.text import collapse_spaces, to_nfc
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation
from binhyen.ui.label_cache import translated_labels
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.models import Holder
from binhyen.vault.queries import is_group_ready, list_own_requests
from binhyen.vault.rules import ACCESS_HOURS, PURPOSE_LABELS, REASON_LENGTH, STATE_LABELS
from binhyen.vault.sealed_desks import SealedAttachment, SealedConversation, SealedDesk
from binhyen.vault.services.decrypt import transfer_original
from binhyen.vault.services.disclosure import request_disclosure
from binhyen.vault.services.encrypt import SealedFile


def build_request_form(
    officer: Officer, desk: SealedDesk, conversation: SealedConversation, draft: dict[str, str], *, now: dt.datetime
) -> dict[str, Any]:
    """Return the form, the officer's own requests, and a reason for each file that cannot be requested.

    Empty where there is no file, or the desk has a rule of its own for all of them.
    """
    attachments = list(enumerate(desk.list_files(conversation.ref), start=1))
    if desk.passkey:
        attachments = [(number, file) for number, file in attachments if file.original_lock]
    if not attachments:
        return {}
    list_requests = partial(list_own_requests, officer, None, subject=conversation.subject, now=now)
    rows = [
        {
            "id": file.id,
            "label": format_file_name(number, file),
            "at": file.at,
            "note": _find_obstacle(desk, file),
            "raw": bool(file.label),
            "requests": [
                {
                    "url": reverse("custody_opening", args=[own_request.id]),
                    "state": translated_labels(STATE_LABELS)[own_request.state],
                    "at": own_request.asked_at,
                }
                for own_request in (list_requests(file=file.original) if file.original else ())
            ],
        }
        for number, file in attachments
    ]
    return {
        "rows": rows,
        "ready": is_group_ready("IDENTITY"),
        "url": reverse("custody_ask_original", args=[desk.name, conversation.ref]),
        "choice": [row for row in rows if not row["note"]],
        "raw": any(row["raw"] for row in rows),
        "by_receipt": all(attachment.reporter is None for _n, attachment in attachments),
        "whys": [
            {"value": purpose.value, "label": label} for purpose, label in translated_labels(PURPOSE_LABELS).items()
        ],
        "hours": ACCESS_HOURS,
        "shortest": REASON_LENGTH[0],
        "longest": REASON_LENGTH[1],
        "typed": draft,
    }


def format_file_name(number: int, file: SealedAttachment) -> str:
    """Format the name of a file: «Ảnh 1», «Tệp 2 (PDF)»."""
    if file.label:
        return _("Tệp %(number)s (%(what)s)") % {"number": number, "what": _(file.label)}
    return (_("Ảnh %(number)s") if file.path else _("Tệp %(number)s")) % {"number": number}


def _find_obstacle(desk: SealedDesk, file: SealedAttachment) -> str:
    """Return why the original cannot be requested, or ""."""
    if not file.original:
        return _("Không lưu bản gốc: người gửi chỉ gửi bản đã xóa vị trí, tên máy.")
    if file.original_lock or desk.hands_over:
        return ""
    return _("Bản gốc này lưu từ trước khi có khóa của người giữ danh tính nên không mở được ở đây.")


def submit_request(
    *,
    officer: Officer,
    holder: Holder,
    pair: KeyPair,
    desk: SealedDesk,
    conversation: SealedConversation,
    form: QueryDict,
    now: dt.datetime,
) -> None:
    """Create the request of the form; an original under the conversation key first moves to the custodians' key.

    Raises Refusal; nothing has moved then. An envelope without a row is deleted by the nightly cleanup, because this
    code cannot tell whether it belongs to this request or to a concurrent one that moved the file.
    """
    attachment = next((file for file in desk.list_files(conversation.ref) if file.id == form.get("file", "")), None)
    if attachment is None or _find_obstacle(desk, attachment):
        raise RuleViolation(_("Chọn ảnh, tệp."))
    with transaction.atomic():
        if not attachment.original_lock:
            attachment = transfer_original(
                desk=desk, talk=conversation, file=attachment, officer=officer, holder=holder, pair=pair, now=now
            )
        _request_original(officer, conversation, attachment, form, now)


def _request_original(
    officer: Officer, conversation: SealedConversation, file: SealedAttachment, form: QueryDict, now: dt.datetime
) -> None:
    hours = form.get("hours", "")
    request_disclosure(
        officer=officer,
        reporter_id=file.reporter,
        subject=conversation.subject,
        why=form.get("why", ""),
        reason=collapse_spaces(to_nfc(form.get("reason", ""))),
        hours=int(hours) if hours.isascii() and hours.isdigit() and len(hours) < 4 else 0,
        file=SealedFile(file.original, file.original_context, file.original_lock or 0),
        now=now,
    )
