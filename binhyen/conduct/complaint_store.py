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
        return _attach_pictures(texts, queries.list_own_pictures(complaint)) if texts else ()

    def picture(self, case_id: int, link_key: bytes, public_id: str) -> bytes | None:
        complaint = Complaint.objects.filter(case_id=case_id).first()
        return queries.open_picture_by_link(complaint, link_key, public_id) if complaint else None


def _attach_pictures(texts: Sequence[OpenedText], pictures: Iterable[File]) -> Sequence[ComplaintMessage]:
    """Attach pictures to the text that came with them; a picture without a text becomes an item of its own."""
    names_by_time: dict[dt.datetime, tuple[str, ...]] = {}
    for file in pictures:
        names_by_time[file.at] = (*names_by_time.get(file.at, ()), str(file.public_id))
    items = []
    for text_row in texts:
        is_reply = text_row.kind == "REPLY"
        items.append(
            ComplaintMessage(
                text_row.id,
                text_row.at,
                is_reply,
                text_row.text,
                () if is_reply else names_by_time.pop(text_row.at, ()),
            )
        )
    return [
        *items,
        *(ComplaintMessage(names[0], sent_at, False, "", names) for sent_at, names in names_by_time.items()),
    ]


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
