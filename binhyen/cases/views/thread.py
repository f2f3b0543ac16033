"""Conversation thread of a case as plain values."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from binhyen.cases.choices import State, Verb
from binhyen.cases.models import Case, CaseEvent
from binhyen.cases.queries import case_page
from binhyen.cases.queries.case_detail import Line
from binhyen.cases.queries.linked_tips import TIPS_OF_GROUPS, reads_tips
from binhyen.cases.views.list_rows import CUSTODY, case_url
from binhyen.channels.models import Message, Outgoing
from binhyen.channels.presenters import (
    OUTGOING_TONES,
    channel_label,
    fate,
    held_row,
    is_owed,
    location,
    photos,
    proof,
    said,
    whole_fate,
)
from binhyen.channels.queries import is_unheard
from binhyen.kit.ids import show_code
from binhyen.people.models import Officer
from binhyen.ui.stored_text_i18n import retold
from binhyen.vault.pseudonyms import in_case, known_as

_FARTHEST = ("SEEN", "DELIVERED", "SENT", "SENDING", "QUEUED", "DEAD", "CANCELLED")


def fresh(shown: list[dict[str, Any]], case: Case, happened: Sequence[CaseEvent]) -> list[dict[str, Any]]:
    """Mark messages since the last acknowledgement, where the alarm rings again."""
    taken = max((event.at for event in happened if event.verb == Verb.ACKNOWLEDGED), default=None)
    if taken is None or case.acknowledged_at is not None:
        return shown
    return [each | {"fresh": each["side"] == "citizen" and each["at"] > taken} for each in shown]


def thread(lines: Sequence[Line], case: Case, officer: Officer, *, detaches: bool) -> list[dict[str, Any]]:
    """Build the thread, oldest first: messages in and out, and notes.

    With several reporters each can be split off. The last message of a reporter with a receipt can only be split off,
    and the only message of a case cannot be detached.
    """
    told = Counter(line.message.reporter_id for line in lines if line.message and line.case_code == case.code)
    detaches = detaches and told.total() > 1
    splits = detaches and len(told) > 1
    receipts = {line.outgoing.conversation_id for line in lines if line.outgoing and _is_receipt(line.outgoing, case)}
    heard = {line.outgoing.conversation_id for line in lines if line.outgoing is not None}
    shown: list[dict[str, Any]] = []
    for number, alike in enumerate(_folded(lines), 1):
        line = alike[0]
        if line.message is not None:
            waits = splits and told[line.message.reporter_id] == 1 and line.message.conversation_id in receipts
            told_here = _said(line.message, line, case, detaches=detaches and not waits, splits=splits)
            shown.append(told_here | {"open_url": _opens(line.message, officer)})
        elif line.outgoing is not None:
            shown.append(_ours(line.outgoing, line, case, officer, several=len(heard) > 1) | _all_of(alike, case))
        else:
            shown.append(
                {"id": f"n{number}", "side": "note", "who": line.who, "at": line.at, "text": retold(line.text)}
            )
    return shown


def with_proofs(thread: list[dict[str, Any]], case: Case) -> list[dict[str, Any]]:
    """Add evidence of an open case to the thread; a closed case shows it with its outcome."""
    if case.state == State.CLOSED:
        return thread
    proofs = [
        {
            "id": f"c{number}", "side": "note", "who": laid.officer.name if laid.officer else "", "at": laid.at,
            "text": _("Chứng cứ: {text}").format(text=laid.text) if laid.text else _("Chứng cứ"),
            "photos": proof(laid.attachment),
        }
        for number, laid in enumerate(case_page.evidence(case), 1)
    ]  # fmt: skip
    return sorted([*thread, *proofs], key=lambda each: each["at"])


def unheard(lines: Sequence[Line], case: Case) -> str:
    """Describe how many reporters have not received the outcome yet."""
    told = [line.outgoing for line in lines if line.outgoing is not None and line.outgoing.purpose == "RESULT"]
    of_now = [sent for sent in told if case.closed_at is not None and sent.created_at >= case.closed_at]
    left = [sent for sent in of_now if is_unheard(sent)]
    if case.state != State.CLOSED or not left:
        return ""
    text = ngettext("{n} người báo chưa nhận được kết quả này.", "{n} người báo chưa nhận được kết quả này.", len(left))
    later = " " + _("Máy tự gửi khi họ nhắn riêng cho công an.") if any(map(is_owed, left)) else ""
    return text.format(n=len(left)) + later


def _is_receipt(sent: Outgoing, case: Case) -> bool:
    return sent.purpose == "ACK" and sent.case_id == case.pk and sent.conversation_id is not None


def _folded(lines: Sequence[Line]) -> list[list[Line]]:
    """Group equal outgoing messages to several people into one, at the first one's position.

    A repeated message to the same person and a message held for review stay separate.
    """
    found: dict[Any, list[Line]] = {}
    times: Counter[Any] = Counter()
    for number, line in enumerate(lines):
        sent = line.outgoing
        key: tuple[Any, ...] = (number,)
        if sent is not None and sent.conversation_id is not None and sent.state != Outgoing.State.HELD:
            said = (sent.text, sent.purpose, sent.officer_id)
            times[said, sent.conversation_id] += 1
            key = (*said, times[said, sent.conversation_id])
        found.setdefault(key, []).append(line)
    return list(found.values())


def _all_of(alike: Sequence[Line], case: Case) -> dict[str, Any]:
    """Summarize a group: recipients and delivery states; `each`: by recipient with time."""
    sent = [line.outgoing for line in alike if line.outgoing is not None]
    if len(sent) < 2:
        return {}
    counts = Counter(fate(each) for each in sorted(sent, key=_how_far))
    states = ", ".join(f"{n} {became.lower()}" for became, n in counts.items())
    tones = [OUTGOING_TONES[each.state] for each in sent]
    tone = "bad" if "bad" in tones else "" if "" in tones else "good"
    return {
        "channel": ", ".join(dict.fromkeys(channel_label(each.channel) for each in sent)),
        "delivery": {"text": _("tới {n} người: {states}").format(n=len(sent), states=states), "tone": tone},
        "each": [_to_one(each, case) for each in sent],
    }


def _how_far(sent: Outgoing) -> int:
    """Return the sort key by delivery state: the farthest first."""
    return _FARTHEST.index(sent.state)


def _to_one(sent: Outgoing, case: Case) -> dict[str, Any]:
    return {"to": _whom(sent, case), "at": sent.created_at, "text": whole_fate(sent)}


def _said(message: Message, line: Line, case: Case, *, detaches: bool, splits: bool) -> dict[str, Any]:
    url, own = case_url(case.code), line.case_code == case.code
    other = "" if own else " · " + _("từ vụ {code}").format(code=show_code(line.case_code))
    return {
        "id": message.public_id, "side": "citizen", "who": known_as(message.reporter, in_case(case.code)),
        "channel": channel_label(message.channel, message.group) + other, "at": line.at, "text": said(message),
        "photos": photos(message), "location": location(message),
        "detach_url": f"{url}/go-tin?tin={message.public_id}" if detaches and own else "",
        "split_url": f"{url}/tach-rieng?tin={message.public_id}" if splits and own else "",
    }  # fmt: skip


def _opens(message: Message, officer: Officer) -> str:
    """Return the URL to read a sealed message, for officers of the tip desk."""
    if message.sealed is None or not reads_tips(officer):
        return ""
    return f"{CUSTODY}/tin/{TIPS_OF_GROUPS}/{message.public_id}"


def _ours(sent: Outgoing, line: Line, case: Case, officer: Officer, *, several: bool) -> dict[str, Any]:
    """Build an outgoing message to one person; with several recipients it names the recipient."""
    whom = _whom(sent, case) if several else ""
    to = " · " + _("tới {who}").format(who=whom) if whom else ""
    return {
        "id": sent.public_id, "side": "ours", "who": line.who or _("Tự động"), "at": line.at, "text": retold(sent.text),
        "channel": channel_label(sent.channel, sent.group) + to,
        "delivery": {"text": whole_fate(sent), "tone": OUTGOING_TONES[sent.state]},
        "held": held_row(sent, officer) if sent.state == Outgoing.State.HELD else None,
    }  # fmt: skip


def _whom(sent: Outgoing, case: Case) -> str:
    return known_as(sent.conversation.reporter, in_case(case.code)) if sent.conversation else ""
