"""Data export: everything that a person sent us, without data about others: no answers, notes, officers."""

import datetime as dt
import io
import json
import zipfile
from typing import Any

from binhyen.cases.choices import CATEGORY_LABELS, get_state_text
from binhyen.cases.models import Report
from binhyen.cases.services.callbacks import list_callback_times
from binhyen.channels.models import Attachment, Message
from binhyen.consents import services as consents
from binhyen.consents.rules import CONSENT_TEXTS, LABELS, Purpose
from binhyen.kit import file_storage
from binhyen.kit.clock import VIETNAM
from binhyen.kit.ids import format_code
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.privacy import queries
from binhyen.vault.queries import list_disclosures, list_sealed_facts

_SEALED = "(đã niêm phong, máy này không mở được)"


def build_export(reporter_id: int, link_hash: str) -> dict[str, Any]:
    """Return the export as JSON. Read in the scope of the asking link, backed by row-level security.

    Encrypted facts are named, not shown.
    """
    with rls_scope(PROGRAM_SCOPE):  # row-level security of the vault hides the list of facts in the link's scope
        facts = list_sealed_facts(reporter_id)
    reports = Report.objects.filter(reporter=reporter_id).select_related("case", "case__merged_into")
    return {
        "lap_luc": "",
        "tin_da_bao": [_export_report(row) for row in reports],
        "loi_da_gui": [_export_message(message) for message in list_messages_of(reporter_id)],
        "thong_tin_lien_lac": [
            {"loai": label, "luc": _format_time(given_at), "noi_dung": _SEALED} for label, given_at in facts
        ],
        "dong_y": [
            {
                "ve": LABELS[Purpose(consent.purpose)],
                "loi_da_doc": CONSENT_TEXTS[Purpose(consent.purpose)][consent.version - 1],
                "luc": _format_time(consent.given_at),
                "da_rut_luc": _format_time(consent.withdrawn_at),
            }
            for consent in consents.list_reporter_consents(reporter_id)
        ],
        "lan_mo_danh_tinh": [
            {
                "luc": _format_time(disclosure.at),
                "vi_sao": disclosure.why,
                "ban_goc_anh": disclosure.file,
                "co_the_chua_mo": disclosure.until is None,
            }
            for disclosure in list_disclosures(reporter_id)
        ],
        "lan_xem_so_de_goi_lai": [_format_time(at) for at in list_callback_times(reporter_id)],
        "yeu_cau": [
            {
                "ma": format_code(row.code),
                "loai": row.get_kind_display(),
                "luc": _format_time(row.asked_at),
                "loi": row.words,
            }
            for row in queries.list_person_requests(reporter_id, link_hash)
        ],
    }


def list_messages_of(reporter_id: int) -> "list[Message]":
    rows = Message.objects.filter(reporter=reporter_id).order_by("pk").prefetch_related("attachments")
    return list(rows)


def _export_report(report: Report) -> dict[str, Any]:
    case = report.case.merged_into or report.case
    return {
        "ma_tra_cuu": format_code(report.case.code),
        "luc": _format_time(report.at),
        "co_ich": report.was_helpful,
        "tinh_trang": get_state_text(case.state, is_assigned=case.assignee_id is not None),
    }


def _export_message(message: Message) -> dict[str, Any]:
    sealed = message.ciphertext is not None
    return {
        "luc": _format_time(message.sent_at),
        "loi": _SEALED if sealed else message.text,
        "may_xep_loai": CATEGORY_LABELS.get(message.category, ""),
        "vi_tri": None if message.latitude is None else [message.latitude, message.longitude],
        "tep": [_format_attachment_name(attachment) for attachment in message.attachments.all()],
    }


def _format_attachment_name(attachment: Attachment) -> str:
    ready = attachment.state == Attachment.State.READY
    return f"anh/{attachment.public_id}.jpg" if ready else attachment.get_state_display()


def build_archive(reporter_id: int, link_hash: str, *, now: dt.datetime) -> bytes:
    """Build a ZIP: `du-lieu.json`, and previews of the pictures that the person sent (without hidden metadata)."""
    export = build_export(reporter_id, link_hash) | {"lap_luc": _format_time(now)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        _add_file(box, "du-lieu.json", json.dumps(export, ensure_ascii=False, indent=1).encode(), now)
        for message in list_messages_of(reporter_id):
            for attachment in message.attachments.all():
                has_preview = (
                    attachment.state == Attachment.State.READY and attachment.preview and message.ciphertext is None
                )
                if has_preview and (data := file_storage.read_file_if_exists(attachment.preview)) is not None:
                    _add_file(box, _format_attachment_name(attachment), data, now)
    return out.getvalue()


def _add_file(box: zipfile.ZipFile, name: str, data: bytes, now: dt.datetime) -> None:
    box.writestr(zipfile.ZipInfo(name, now.astimezone(VIETNAM).timetuple()[:6]), data, zipfile.ZIP_DEFLATED)


def _format_time(moment: dt.datetime | None) -> str:
    return moment.astimezone(VIETNAM).isoformat(timespec="seconds") if moment else ""
