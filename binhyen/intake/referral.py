"""Referral of complaints about the province's own leaders: people see other authorities; stored only if they insist.

On our own page the form comes back with the answer, and insisting is a checkbox. In a chat nothing of the message is
stored, so an insisting person writes it again, beginning with «VẪN GỬI».
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from binhyen.channels.services import OutgoingDraft, queue_messages
from binhyen.channels.services.deletion import delete_messages
from binhyen.intake import message_context
from binhyen.intake.complaint_store import ComplaintText, NotStoredYet, Referral, get_complaint_store
from binhyen.intake.decision import Action
from binhyen.intake.items import DecidedItem, InboundItem
from binhyen.kit.i18n_markers import L_
from binhyen.kit.ids import hash_token
from binhyen.kit.text import fold_text, to_nfc
from binhyen.people.access import COMPLAINT_PURPOSE

_INSIST_PREFIX = re.compile(r"\W*v(?:ẫn|an)\s+g(?:ửi|ui)\b\W*", re.IGNORECASE)
WRITE_AGAIN_TEXT = L_(
    "Hệ thống không lưu lời bạn viết trước đó. Bạn gửi lại cả lời phản ánh trong một tin nhắn, "
    "mở đầu bằng hai chữ VẪN GỬI."
)


def strip_insist_prefix(item: InboundItem) -> InboundItem:
    """Strip the words by which a person insists in a private chat, and mark the item as insisting."""
    match = _INSIST_PREFIX.match(to_nfc(item.message.text)) if item.group is None and not item.is_on_own_page else None
    if match is None or fold_text(item.message.text).strip() == fold_text(match[0]).strip():
        return item
    text = to_nfc(item.message.text)[match.end() :]
    return replace(item, is_insisting=True, message=replace(item.message, text=text))


def refer_complaints(
    decided_items: Sequence[DecidedItem], to_complaint_text: Callable[[DecidedItem], ComplaintText], *, now: dt.datetime
) -> list[DecidedItem]:
    """Return the items to process further; the others leave only a reply to their author. Raises NotStoredYet."""
    remaining: list[DecidedItem] = []
    replies: list[OutgoingDraft] = []
    for decided in decided_items:
        answer = _find_answer(decided, to_complaint_text)
        if answer is None:
            remaining.append(decided)
        elif isinstance(answer, Referral) and decided.item.is_on_own_page:
            raise NotStoredYet(answer)
        else:
            delete_messages(message_context.get_recent_ids(decided))
            replies.append(_build_referral_reply(decided.item, answer if isinstance(answer, str) else answer.letter))
    queue_messages(replies, now=now)
    return remaining


def _find_answer(
    decided: DecidedItem, to_complaint_text: Callable[[DecidedItem], ComplaintText]
) -> Referral | str | None:
    if (
        decided.is_restricted
        and (decided.decision.do is Action.OPEN or decided.facts.has_precursor)
        and not decided.item.is_insisting
    ):
        return get_complaint_store().find_referral(to_complaint_text(decided))
    is_prefix_only = (
        decided.item.group is None and not decided.item.is_on_own_page and decided.facts.folded_text == "van gui"
    )
    return WRITE_AGAIN_TEXT if is_prefix_only else None


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
