"""Confidential messages: complaints about police, sealed group tips, and what is written privately about such a tip.

They leave the common list of stages in `pipeline.py` at `separate` and go through the short list of
`process_confidential`. The text of a complaint is only in the complaint store, that of a tip only under the key of the
tip desk. A failure on the way shows neither in plaintext.

Complaints about the province's own leaders: people see other authorities; stored only if they insist. On our own page
the form comes back with the answer, and insisting is a checkbox. In a chat nothing of the message is stored, so an
insisting person writes it again, beginning with «VẪN GỬI».
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from binhyen.areas import queries as areas
from binhyen.channels.services import MessageToStore, OutgoingDraft, queue_messages
from binhyen.channels.services.deletion import delete_messages
from binhyen.channels.services.messages import TIP_KEY_GROUP
from binhyen.intake import storage
from binhyen.intake.complaint_store import (
    ComplaintText,
    NotStoredYet,
    Referral,
    StoredComplaint,
    get_complaint_store,
)
from binhyen.intake.decision import Action, FollowUpRelation, must_seal
from binhyen.intake.items import DecidedItem, InboundItem, ItemResult, StoredItem
from binhyen.intake.replies import build_replies
from binhyen.kit.db_errors import is_infrastructure_error
from binhyen.kit.file_storage import NotAPicture
from binhyen.kit.i18n_markers import L_
from binhyen.kit.ids import hash_token
from binhyen.people.access import COMPLAINT_PURPOSE

WRITE_AGAIN_TEXT = L_(
    "Hệ thống không lưu lời bạn viết trước đó. Bạn gửi lại cả lời phản ánh trong một tin nhắn, "
    "mở đầu bằng hai chữ VẪN GỬI."
)
_INSIST_WORDS = "van gui"  # the prefix «VẪN GỬI» alone, folded


class KnownComplaintFailed(RuntimeError):
    """Processing failed on a recognised complaint about police: no plaintext is shown, not even on an accused desk.

    The sender of a form sees the error; a webhook waits, as during an infrastructure failure.
    """


def separate(decided_items: Sequence[DecidedItem]) -> tuple[list[DecidedItem], list[DecidedItem]]:
    """Return the ordinary items and the confidential ones."""
    ordinary: list[DecidedItem] = []
    confidential: list[DecidedItem] = []
    for decided in decided_items:
        (confidential if _is_confidential(decided) else ordinary).append(decided)
    return ordinary, confidential


def _is_confidential(decided: DecidedItem) -> bool:
    return decided.is_restricted or _is_sealed_tip(decided) or _has_insist_words_only(decided)


def _is_sealed_tip(decided: DecidedItem) -> bool:
    """Return whether only the tip desk may read it: a group tip, or what follows one. Urgent tips are sealed later."""
    return decided.decision.do in (Action.OPEN, Action.ATTACH) and must_seal(decided.facts)


def _has_insist_words_only(decided: DecidedItem) -> bool:
    item = decided.item
    return item.group is None and not item.is_on_own_page and decided.facts.folded_text == _INSIST_WORDS


def process_confidential(decided_items: Sequence[DecidedItem], *, now: dt.datetime) -> list[ItemResult]:
    """Process the confidential items of a batch: refer → store sealed → complaint store, or tip cases → reply.

    Raises NotStoredYet, and KnownComplaintFailed if a complaint about police cannot be stored.
    """
    if not decided_items:
        return []
    with no_plaintext_on_error(decided_items):
        accepted = _refer_complaints(decided_items, now=now)
        stored = storage.store_items(accepted, protect=_protect_row, now=now)
        complaints = [entry for entry in stored if entry.decided.is_restricted]
        tips = [entry for entry in stored if not entry.decided.is_restricted]
        stored_complaints = _store_complaints(complaints, now=now)
        opened_tips = storage.open_cases(tips, now=now)
        storage.store_follow_ups(tips, now=now)
        _queue_complaint_replies(complaints, stored_complaints, now=now)
        storage.queue_replies(tips, opened_tips, {}, now=now)
        cases = opened_tips | {pk: complaint.case for pk, complaint in stored_complaints.items()}
        return storage.build_results(stored, cases)


@contextmanager
def no_plaintext_on_error(decided_items: Sequence[DecidedItem]) -> Iterator[None]:
    """Guard the stages. Raises KnownComplaintFailed instead of falling back to plaintext."""
    try:
        yield
    except NotStoredYet:
        raise
    except Exception as problem:
        is_reported = is_infrastructure_error(problem) or isinstance(problem, NotAPicture)  # or retried, as always
        if is_reported or not any(decided.is_restricted for decided in decided_items):
            raise
        raise KnownComplaintFailed from problem


def _refer_complaints(decided_items: Sequence[DecidedItem], *, now: dt.datetime) -> list[DecidedItem]:
    """Return the items to process further; the others leave only a reply to their author. Raises NotStoredYet."""
    accepted: list[DecidedItem] = []
    replies: list[OutgoingDraft] = []
    for decided in decided_items:
        answer = _find_answer(decided)
        if answer is None:
            accepted.append(decided)
        elif isinstance(answer, Referral) and decided.item.is_on_own_page:
            raise NotStoredYet(answer)
        else:
            delete_messages(decided.recent_message_ids)
            replies.append(_build_referral_reply(decided.item, answer if isinstance(answer, str) else answer.letter))
    queue_messages(replies, now=now)
    return accepted


def _find_answer(decided: DecidedItem) -> Referral | str | None:
    is_new = decided.decision.do is Action.OPEN or decided.facts.relation is FollowUpRelation.CONTINUED_COMPLAINT
    if decided.is_restricted and is_new and not decided.item.is_insisting:
        return get_complaint_store().find_referral(_build_complaint_text(decided))
    return WRITE_AGAIN_TEXT if _has_insist_words_only(decided) else None


def _build_referral_reply(item: InboundItem, text: str) -> OutgoingDraft:
    """Build a private reply, in no outbox list; its key deduplicates repeated messages."""
    message_hash = hash_token(f"{item.channel_id}|{item.message.external_id}")
    return OutgoingDraft(
        key=f"elsewhere:{message_hash}",
        channel_id=item.channel_id,
        conversation_id=item.conversation_id,
        text=text,
        purpose=COMPLAINT_PURPOSE,
    )


def _protect_row(decided: DecidedItem, row: MessageToStore) -> MessageToStore:
    """Leave no text in the row of a complaint; seal that of a tip to the tip desk."""
    return replace(row, is_complaint=True) if decided.is_restricted else replace(row, seal_to_group=TIP_KEY_GROUP)


def _store_complaints(complaints: Sequence[StoredItem], *, now: dt.datetime) -> dict[int, StoredComplaint]:
    """Store complaints about police in the complaint store; return new ones by message id."""
    store = get_complaint_store()
    stored: dict[int, StoredComplaint] = {}
    for entry in complaints:
        decided, pk, text = entry.decided, entry.message.pk, _build_complaint_text(entry.decided, entry.message.pk)
        case_id = decided.decision.case_id or 0
        if decided.decision.do is Action.OPEN:
            stored[pk] = store.open(text, now=now)
        elif decided.facts.relation is FollowUpRelation.CONTINUED_COMPLAINT:
            stored[pk] = store.convert_case(case_id, text, now=now)
        else:
            store.add_message(case_id, text, now=now)
    return stored


def _build_complaint_text(decided: DecidedItem, message_id: int = 0) -> ComplaintText:
    """Build the text to store; with `message_id` 0 only to find whether it is referred elsewhere."""
    item = decided.item
    is_new = not message_id or decided.decision.do is Action.OPEN  # a converted case already has the earlier text
    earlier_text = decided.earlier_text if is_new else ""
    combined_text = earlier_text if decided.is_combined_complaint else ""
    message_text = "\n".join(filter(None, [combined_text, decided.full_text]))
    return ComplaintText(
        message_id=message_id,
        before=tuple(decided.recent_message_ids),
        words=f"{message_text}\n\nNơi xảy ra: {item.place}" if item.place else message_text,
        reporter_id=item.reporter_id,
        conversation_id=item.conversation_id,
        urgency=max(decided.reading.urgency, 1),
        unit_ids=_list_meant_units(decided),
        link_hash=item.link_hash,
        link_key=item.link_key,
        context="" if decided.is_combined_complaint else earlier_text,
        files=tuple(media.upload for media in item.message.media if media.upload),
        resumes=decided.decision.resumes,
    )


def _list_meant_units(decided: DecidedItem) -> tuple[int, ...]:
    """Return the units below the province that the complaint may be about."""
    directory, facts = areas.get_directory(), decided.facts
    codes = [decided.placed.commune or "", *decided.placed.candidates]
    named_units = [directory.communes[code].unit_id for code in codes if code in directory.communes]
    destinations = (facts.place_destination, facts.group_destination, facts.open_case, decided.item.group)
    destination_units = [destination.unit_id for destination in destinations if destination is not None]
    unit_ids = dict.fromkeys([*destination_units, *named_units])
    return tuple(unit_id for unit_id in unit_ids if unit_id != facts.province_destination.unit_id)


def _queue_complaint_replies(
    complaints: Sequence[StoredItem], stored_complaints: Mapping[int, StoredComplaint], *, now: dt.datetime
) -> None:
    """Queue the replies, in no outbox list; a receipt has the complaint store's own text."""
    drafts: list[OutgoingDraft] = []
    for entry in complaints:
        complaint = stored_complaints.get(entry.message.pk)
        for draft in build_replies(entry, complaint.case if complaint else None, None, now=now):
            if draft.purpose != "ASK":  # a question would reveal the subject
                text = complaint.letter if complaint and draft.purpose == "ACK" else draft.text
                drafts.append(
                    replace(draft, key=f"apart:{draft.key}", text=text, purpose=COMPLAINT_PURPOSE, unit_id=None)
                )
    queue_messages(drafts, now=now)
