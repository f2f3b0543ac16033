"""Referral of complaints about the province's own leaders: people see other authorities; stored only if they insist.

On our own page the form comes back with the answer, and insisting is a checkbox. In a chat nothing of the message is
stored, so an insisting person writes it again, beginning with «VẪN GỬI».
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from binhyen.channels.services import Draft, queue
from binhyen.channels.services.deletion import drop_messages
from binhyen.intake import message_context
from binhyen.intake.complaint_store import Elsewhere, Referred, Telling, keeper
from binhyen.intake.decision import Do
from binhyen.intake.items import Item, Understood
from binhyen.kit.i18n_markers import L_
from binhyen.kit.ids import token_hash
from binhyen.kit.text import fold, nfc
from binhyen.people.access import APART

_INSISTS = re.compile(r"\W*v(?:ẫn|an)\s+g(?:ửi|ui)\b\W*", re.IGNORECASE)
WRITE_AGAIN = L_(
    "Hệ thống không lưu lời bạn viết trước đó. Bạn gửi lại cả lời phản ánh trong một tin nhắn, "
    "mở đầu bằng hai chữ VẪN GỬI."
)


def insisting(item: Item) -> Item:
    """Strip the words by which a person insists in a private chat, and mark the item as insisting."""
    found = _INSISTS.match(nfc(item.message.text)) if item.group is None and not item.on_a_page else None
    if found is None or fold(item.message.text).strip() == fold(found[0]).strip():
        return item
    text = nfc(item.message.text)[found.end() :]
    return replace(item, insists=True, message=replace(item.message, text=text))


def referred(
    understood: Sequence[Understood], telling: Callable[[Understood], Telling], *, now: dt.datetime
) -> list[Understood]:
    """Return the items to process further; the others leave only a reply to their author. Raises NotStoredYet."""
    on: list[Understood] = []
    letters: list[Draft] = []
    for u in understood:
        answer = _answer(u, telling)
        if answer is None:
            on.append(u)
        elif isinstance(answer, Elsewhere) and u.item.on_a_page:
            raise Referred(answer)
        else:
            drop_messages(message_context.ids(u))
            letters.append(_letter(u.item, answer if isinstance(answer, str) else answer.letter))
    queue(letters, now=now)
    return on


def _answer(u: Understood, telling: Callable[[Understood], Telling]) -> Elsewhere | str | None:
    if u.apart and (u.decision.do is Do.OPEN or u.facts.led_in) and not u.item.insists:
        return keeper().refers(telling(u))
    alone = u.item.group is None and not u.item.on_a_page and u.facts.bare == "van gui"
    return WRITE_AGAIN if alone else None


def _letter(item: Item, text: str) -> Draft:
    """Build a private reply, in no outbox list; its key deduplicates repeated messages."""
    mark = token_hash(f"{item.channel_id}|{item.message.outside_id}")
    return Draft(
        key=f"elsewhere:{mark}", channel_id=item.channel_id, conversation_id=item.conversation_id, text=text,
        purpose=APART,
    )  # fmt: skip
