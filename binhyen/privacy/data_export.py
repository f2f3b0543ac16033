"""Data export: everything that a person sent us, without data about others: no answers, notes, officers."""

import datetime as dt
import io
import json
import zipfile
from typing import Any

from binhyen.cases.choices import CATEGORY_LABELS, STATE_FOR_CITIZEN, State
from binhyen.cases.models import Report
from binhyen.channels.models import Attachment, Message
from binhyen.consents import queries as consents
from binhyen.consents.rules import LABELS, WORDS, Purpose
from binhyen.kit import file_storage
from binhyen.kit.clock import VIETNAM
from binhyen.kit.ids import show_code
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.privacy import queries
from binhyen.vault.queries import opened_to_others, sealed_facts

_SEALED = "(đã niêm phong, máy này không mở được)"


def copy_of(reporter_id: int, link_hash: str) -> dict[str, Any]:
    """Return the export as JSON. Read in the scope of the asking link, backed by row-level security.

    Encrypted facts are named, not shown.
    """
    with entered(PROGRAM):  # row-level security of the vault hides the list of facts in the link's scope
        facts = sealed_facts(reporter_id)
    reports = Report.objects.filter(reporter=reporter_id).select_related("case", "case__merged_into")
    return {
        "lap_luc": "",
        "tin_da_bao": [_report(r) for r in reports],
        "loi_da_gui": [_message(m) for m in messages_of(reporter_id)],
        "thong_tin_lien_lac": [
            {"loai": label, "luc": _at(at), "noi_dung": _SEALED} for label, at in facts
        ],
        "dong_y": [
            {
                "ve": LABELS[Purpose(c.purpose)], "loi_da_doc": WORDS[Purpose(c.purpose)][c.version - 1],
                "luc": _at(c.given_at), "da_rut_luc": _at(c.withdrawn_at),
            }
            for c in consents.of_reporter(reporter_id)
        ],
        "lan_mo_danh_tinh": [
            {"luc": _at(one.at), "vi_sao": one.why, "ban_goc_anh": one.file, "co_the_chua_mo": one.until is None}
            for one in opened_to_others(reporter_id)
        ],
        "yeu_cau": [
            {"ma": show_code(r.code), "loai": r.get_kind_display(), "luc": _at(r.asked_at), "loi": r.words}
            for r in queries.requests_of(reporter_id, link_hash)
        ],
    }  # fmt: skip


def messages_of(reporter_id: int) -> "list[Message]":
    rows = Message.objects.filter(reporter=reporter_id).order_by("pk").prefetch_related("attachments")
    return list(rows)


def _report(report: Report) -> dict[str, Any]:
    case = report.case.merged_into or report.case
    return {
        "ma_tra_cuu": show_code(report.case.code), "luc": _at(report.at), "co_ich": report.helped,
        "tinh_trang": STATE_FOR_CITIZEN[State(case.state)],
    }  # fmt: skip


def _message(message: Message) -> dict[str, Any]:
    sealed = message.sealed is not None
    return {
        "luc": _at(message.sent_at), "loi": _SEALED if sealed else message.text,
        "may_xep_loai": CATEGORY_LABELS.get(message.category, ""),
        "vi_tri": None if message.latitude is None else [message.latitude, message.longitude],
        "tep": [_name(a) for a in message.attachments.all()],
    }  # fmt: skip


def _name(attachment: Attachment) -> str:
    ready = attachment.state == Attachment.State.READY
    return f"anh/{attachment.public_id}.jpg" if ready else attachment.get_state_display()


def archive(reporter_id: int, link_hash: str, *, now: dt.datetime) -> bytes:
    """Build a ZIP: `du-lieu.json`, and previews of the pictures that the person sent (without hidden metadata)."""
    told = copy_of(reporter_id, link_hash) | {"lap_luc": _at(now)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        _put(box, "du-lieu.json", json.dumps(told, ensure_ascii=False, indent=1).encode(), now)
        for message in messages_of(reporter_id):
            for attachment in message.attachments.all():
                ready = attachment.state == Attachment.State.READY and attachment.shown and message.sealed is None
                if ready and (data := file_storage.still(attachment.shown)) is not None:
                    _put(box, _name(attachment), data, now)
    return out.getvalue()


def _put(box: zipfile.ZipFile, name: str, data: bytes, now: dt.datetime) -> None:
    box.writestr(zipfile.ZipInfo(name, now.astimezone(VIETNAM).timetuple()[:6]), data, zipfile.ZIP_DEFLATED)


def _at(moment: dt.datetime | None) -> str:
    return moment.astimezone(VIETNAM).isoformat(timespec="seconds") if moment else ""
