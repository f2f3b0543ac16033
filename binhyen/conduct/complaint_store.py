"""Complaint store for intake: implements intake/complaint_store.py: ComplaintStore; named in settings.KEEPER."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.conf import settings

from binhyen.conduct import message_texts, queries
from binhyen.conduct.models import Complaint, File
from binhyen.conduct.routing import SubjectRank, needs_insistence
from binhyen.conduct.services import intake, seal_case
from binhyen.conduct.subject_extraction import is_dangerous
from binhyen.intake.complaint_store import (
    ComplaintMessage,
    ComplaintText,
    Referral,
    SealedConversationText,
    StoredComplaint,
)
from binhyen.kit.text import fold_text
from binhyen.people.conflicts import Desk
from binhyen.vault.queries import OpenedText, list_founding_groups


class SealedComplaintStore:
    def find_referral(self, complaint_text: ComplaintText) -> Referral | None:
        to, about = intake.read_subjects(complaint_text.words, complaint_text.unit_ids)
        if not needs_insistence(to, about):
            return None
        where, readable = get_addresses(), to.desk is not Desk.OUTSIDE
        urgency = 3 if is_dangerous(fold_text(complaint_text.words)) else complaint_text.urgency
        letter = message_texts.format_chat_referral(where, readable=readable, urgency=urgency)
        return Referral(message_texts.list_referral_lines(where, readable=readable), letter)

    def open(self, complaint_text: ComplaintText, *, owner: str = "", now: dt.datetime) -> StoredComplaint:
        taken = intake.create_complaint(complaint_text, owner=owner, now=now)
        complaint = taken.complaint
        return StoredComplaint(complaint.case, _format_receipt(complaint), complaint.lock_id or 0, taken.private)

    def convert_case(self, case_id: int, complaint_text: ComplaintText, *, now: dt.datetime) -> StoredComplaint:
        complaint = intake.convert_earlier_case(case_id, complaint_text, now=now)
        return StoredComplaint(complaint.case, _format_receipt(complaint))

    def add_message(self, case_id: int, complaint_text: ComplaintText, *, now: dt.datetime) -> None:
        seal_case.ensure_complaint(case_id, now=now)
        intake.add_message(case_id, complaint_text, now=now)

    def adopt_conversation(
        self, case_id: int, complaint_text: ComplaintText, *, sealed: SealedConversationText, now: dt.datetime
    ) -> None:
        intake.adopt_case(case_id, complaint_text, sealed=sealed, now=now)

    def words(self, case_id: int, link_key: bytes) -> Sequence[ComplaintMessage]:
        complaint = Complaint.objects.filter(case_id=case_id).first()
        if complaint is None:
            return ()
        texts = queries.open_texts_by_link(complaint, link_key)
        return _attach_files(texts, queries.list_own_files(complaint)) if texts else ()

    def picture(self, case_id: int, link_key: bytes, public_id: str) -> bytes | None:
        complaint = Complaint.objects.filter(case_id=case_id).first()
        return queries.open_picture_by_link(complaint, link_key, public_id) if complaint else None


def _attach_files(texts: Sequence[OpenedText], files: Iterable[File]) -> Sequence[ComplaintMessage]:
    """Attach files to the text that came with them; files without a text become an item of their own."""
    files_by_time: dict[dt.datetime, list[File]] = {}
    for file in files:
        files_by_time.setdefault(file.at, []).append(file)
    items = []
    for text_row in texts:
        is_reply = text_row.kind == "REPLY"
        own_files = [] if is_reply else files_by_time.pop(text_row.at, [])
        items.append(_build_message(text_row.id, text_row.at, own_files, text=text_row.text, is_reply=is_reply))
    return [*items, *(_build_message(str(rows[0].public_id), at, rows) for at, rows in files_by_time.items())]


def _build_message(
    message_id: str, at: dt.datetime, files: Sequence[File], *, text: str = "", is_reply: bool = False
) -> ComplaintMessage:
    photos = tuple(str(file.public_id) for file in files if file.preview)
    sealed_kinds = tuple(file.kind for file in files if not file.preview)
    return ComplaintMessage(message_id, at, is_reply, text, photos, sealed_kinds)


def _format_receipt(complaint: Complaint) -> str:
    desk = Desk(complaint.veto.desk)
    return message_texts.format_receipt(
        complaint.case.code,
        desk=desk,
        urgency=complaint.urgency,
        about_the_top=SubjectRank.DIRECTOR in complaint.subject_ranks or desk is Desk.OUTSIDE,
        addresses=get_addresses(),
        early=bool(list_founding_groups()),
    )


def get_addresses() -> message_texts.AuthorityAddresses:
    return message_texts.AuthorityAddresses(settings.MINISTRY, settings.INSPECTORATE)
