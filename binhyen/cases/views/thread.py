"""Conversation thread of a case as plain values."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from binhyen.cases.choices import State, Verb
from binhyen.cases.message_texts import strip_code
from binhyen.cases.models import Case, CaseEvent
from binhyen.cases.queries import case_page
from binhyen.cases.queries.case_detail import ThreadEntry, map_alias_codes
from binhyen.cases.queries.linked_tips import GROUP_TIPS_SLUG, can_read_group_tips
from binhyen.cases.views.list_rows import CUSTODY_URL, build_case_url
from binhyen.channels.models import Message, Outgoing
from binhyen.channels.presenters import (
    OUTGOING_TONES,
    format_channel,
    format_delivery_details,
    format_delivery_state,
    format_location,
    format_message_text,
    is_deferred,
    list_photos,
    list_proof_files,
    to_quarantine_row,
)
from binhyen.channels.queries import is_unreachable
from binhyen.kit.ids import format_code
from binhyen.people.models import Officer
from binhyen.ui.stored_text_i18n import translate_stored
from binhyen.vault.pseudonyms import format_case_scope, format_pseudonym

_DELIVERY_ORDER = ("SEEN", "DELIVERED", "SENT", "SENDING", "QUEUED", "DEAD", "CANCELLED")


def mark_new_messages(shown: list[dict[str, Any]], case: Case, happened: Sequence[CaseEvent]) -> list[dict[str, Any]]:
    """Mark messages since the last acknowledgement, where the alarm rings again."""
    taken = max((event.at for event in happened if event.verb == Verb.ACKNOWLEDGED), default=None)
    if taken is None or case.acknowledged_at is not None:
        return shown
    return [entry | {"fresh": entry["side"] == "citizen" and entry["at"] > taken} for entry in shown]


def build_thread(lines: Sequence[ThreadEntry], case: Case, officer: Officer, *, detaches: bool) -> list[dict[str, Any]]:
    """Build the thread, oldest first: messages in and out, and notes.

    With several reporters each can be split off. The last message of a reporter with a receipt can only be split off,
    and the only message of a case cannot be detached.
    """
    message_counts = Counter(line.message.reporter_id for line in lines if line.message and line.case_code == case.code)
    detaches = detaches and message_counts.total() > 1
    splits = detaches and len(message_counts) > 1
    receipts = {line.outgoing.conversation_id for line in lines if line.outgoing and _is_receipt(line.outgoing, case)}
    recipient_ids = {line.outgoing.conversation_id for line in lines if line.outgoing is not None}
    aliases = map_alias_codes(lines, case)
    shown: list[dict[str, Any]] = []
    for number, equal_entries in enumerate(_group_equal_messages(lines), 1):
        line = equal_entries[0]
        if line.message is not None:
            waits = (
                splits and message_counts[line.message.reporter_id] == 1 and line.message.conversation_id in receipts
            )
            told_here = _build_incoming_entry(
                line.message, line, case, aliases, detaches=detaches and not waits, splits=splits
            )
            shown.append(told_here | {"open_url": _build_sealed_url(line.message, officer)})
        elif line.outgoing is not None:
            shown.append(
                _build_outgoing_entry(line.outgoing, line, case, officer, aliases, several=len(recipient_ids) > 1)
                | _summarize_recipients(equal_entries, case, aliases)
            )
        else:
            shown.append(
                {
                    "id": f"n{number}",
                    "side": "note",
                    "who": line.who,
                    "at": line.at,
                    "text": translate_stored(line.text),
                }
            )
    return shown


def add_evidence_entries(thread: list[dict[str, Any]], case: Case) -> list[dict[str, Any]]:
    """Add evidence of an open case to the thread; a closed case shows it with its outcome."""
    if case.state == State.CLOSED:
        return thread
    proofs = [
        {
            "id": f"c{number}",
            "side": "note",
            "who": item.officer.name if item.officer else "",
            "at": item.at,
            "text": _("Chứng cứ: {text}").format(text=item.text) if item.text else _("Chứng cứ"),
            "photos": list_proof_files(item.attachment),
        }
        for number, item in enumerate(case_page.list_evidence(case), 1)
    ]
    return sorted([*thread, *proofs], key=lambda entry: entry["at"])


def format_undelivered(lines: Sequence[ThreadEntry], case: Case) -> str:
    """Describe how many reporters have not received the outcome yet."""
    results = [line.outgoing for line in lines if line.outgoing is not None and line.outgoing.purpose == "RESULT"]
    of_now = [sent for sent in results if case.closed_at is not None and sent.created_at >= case.closed_at]
    left = [sent for sent in of_now if is_unreachable(sent)]
    if case.state != State.CLOSED or not left:
        return ""
    text = ngettext("{n} người báo chưa nhận được kết quả này.", "{n} người báo chưa nhận được kết quả này.", len(left))
    later = " " + _("Máy tự gửi khi họ nhắn riêng cho công an.") if any(map(is_deferred, left)) else ""
    return text.format(n=len(left)) + later


def _is_receipt(sent: Outgoing, case: Case) -> bool:
    return sent.purpose == "ACK" and sent.case_id == case.pk and sent.conversation_id is not None


def _group_equal_messages(lines: Sequence[ThreadEntry]) -> list[list[ThreadEntry]]:
    """Group equal outgoing messages to several people into one, at the first one's position.

    A repeated message to the same person and a message held for review stay separate.
    """
    groups: dict[Any, list[ThreadEntry]] = {}
    times: Counter[Any] = Counter()
    for number, line in enumerate(lines):
        sent = line.outgoing
        key: tuple[Any, ...] = (number,)
        if sent is not None and sent.conversation_id is not None and sent.state != Outgoing.State.HELD:
            content_key = (sent.text, sent.purpose, sent.officer_id)
            times[content_key, sent.conversation_id] += 1
            key = (*content_key, times[content_key, sent.conversation_id])
        groups.setdefault(key, []).append(line)
    return list(groups.values())


def _summarize_recipients(alike: Sequence[ThreadEntry], case: Case, aliases: Mapping[int, str]) -> dict[str, Any]:
    """Summarize a group: recipients and delivery states; `each`: by recipient with time."""
    sent = [line.outgoing for line in alike if line.outgoing is not None]
    if len(sent) < 2:
        return {}
    counts = Counter(format_delivery_state(item) for item in sorted(sent, key=_get_delivery_rank))
    states = ", ".join(f"{number} {became.lower()}" for became, number in counts.items())
    tones = [OUTGOING_TONES[item.state] for item in sent]
    tone = "bad" if "bad" in tones else "" if "" in tones else "good"
    return {
        "channel": ", ".join(dict.fromkeys(format_channel(item.channel) for item in sent)),
        "delivery": {"text": _("tới {n} người: {states}").format(n=len(sent), states=states), "tone": tone},
        "each": [_to_recipient_row(item, case, aliases) for item in sent],
    }


def _get_delivery_rank(sent: Outgoing) -> int:
    """Return the sort key by delivery state: the farthest first."""
    return _DELIVERY_ORDER.index(sent.state)


def _to_recipient_row(sent: Outgoing, case: Case, aliases: Mapping[int, str]) -> dict[str, Any]:
    return {"to": _format_recipient(sent, case, aliases), "at": sent.created_at, "text": format_delivery_details(sent)}


def _build_incoming_entry(
    message: Message, line: ThreadEntry, case: Case, aliases: Mapping[int, str], *, detaches: bool, splits: bool
) -> dict[str, Any]:
    url, is_own = build_case_url(case.code), line.case_code == case.code
    origin = "" if is_own else " · " + _("từ vụ {code}").format(code=format_code(line.case_code))
    return {
        "id": message.public_id,
        "side": "citizen",
        "who": format_pseudonym(message.reporter, format_case_scope(aliases[message.reporter_id])),
        "channel": format_channel(message.channel, message.group) + origin,
        "at": line.at,
        "text": format_message_text(message),
        "photos": list_photos(message),
        "location": format_location(message),
        "detach_url": f"{url}/go-tin?tin={message.public_id}" if detaches and is_own else "",
        "split_url": f"{url}/tach-rieng?tin={message.public_id}" if splits and is_own else "",
    }


def _build_sealed_url(message: Message, officer: Officer) -> str:
    """Return the URL to read a sealed message, for officers of the tip desk."""
    if message.ciphertext is None or not can_read_group_tips(officer):
        return ""
    return f"{CUSTODY_URL}/tin/{GROUP_TIPS_SLUG}/{message.public_id}"


def _build_outgoing_entry(
    sent: Outgoing, line: ThreadEntry, case: Case, officer: Officer, aliases: Mapping[int, str], *, several: bool
) -> dict[str, Any]:
    """Build an outgoing message to one person; with several recipients it names the recipient."""
    whom = _format_recipient(sent, case, aliases) if several else ""
    to = " · " + _("tới {who}").format(who=whom) if whom else ""
    return {
        "id": sent.public_id,
        "side": "ours",
        "who": line.who or _("Tự động"),
        "at": line.at,
        "text": strip_code(translate_stored(sent.text), case.code),
        "translated": translate_stored(sent.text) != sent.text,
        "channel": format_channel(sent.channel, sent.group) + to,
        "delivery": {"text": format_delivery_details(sent), "tone": OUTGOING_TONES[sent.state]},
        "held": to_quarantine_row(sent, officer) if sent.state == Outgoing.State.HELD else None,
    }


def _format_recipient(sent: Outgoing, case: Case, aliases: Mapping[int, str]) -> str:
    if sent.conversation is None:
        return ""
    reporter = sent.conversation.reporter
    return format_pseudonym(reporter, format_case_scope(aliases.get(reporter.pk, case.code)))
