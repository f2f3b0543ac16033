"""Auto-replies: the messages that a sender receives at once."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from binhyen.areas import queries as areas
from binhyen.cases import message_texts
from binhyen.cases.models import Case
from binhyen.channels.models import Message
from binhyen.channels.services import OutgoingDraft
from binhyen.intake import texts
from binhyen.intake.decision import Action, AutoReply
from binhyen.intake.items import DecidedItem, StoredItem
from binhyen.intake.officer_chat import Buttons, OriginQuestion, get_officer_chat
from binhyen.intake.queries import format_report_status, was_acknowledged_recently, was_sent_recently
from binhyen.intake.scam_check import get_scam_check
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import format_code
from binhyen.language.classify.language_id import is_english
from binhyen.language.questions import list_suggested_answers
from binhyen.language.reading import DANGER
from binhyen.people.access import COMPLAINT_PURPOSE
from binhyen.privacy.queries import MAX_CODES_NAMED, list_receipt_codes
from binhyen.privacy.rules.data_requests import DataRequestKind, parse_chat_request
from binhyen.privacy.services.requests import create_request

ONE_SECOND = dt.timedelta(seconds=1)  # a day ends just before the next one begins
TIPS_PATH = "/bao-kin"  # of the layer above


def build_replies(
    entry: StoredItem, case: Case | None, new_unit_id: int | None, *, now: dt.datetime
) -> Iterator[OutgoingDraft]:
    """Yield the auto-replies; in a group only text that anyone may read.

    `case`: opened or joined; `new_unit_id`: the unit that got the case because of the place that the message names.
    """
    decided, message = entry.decided, entry.message
    directory = areas.get_directory()
    item = decided.item
    unit_id = case.unit_id if case else (message.unit_id or directory.province_unit_id)
    unit = directory.unit_name(unit_id)
    conversation_id, is_danger = item.conversation_id, decided.decision.urgency >= DANGER
    private: dict[str, Any] = {"channel_id": item.channel_id, "conversation_id": conversation_id, "unit_id": unit_id}
    match decided.decision.reply:
        case AutoReply.RECEIVED if case:
            yield from _build_receipt(decided, message, case, unit, private)
        case AutoReply.INVITE if item.group and (
            decided.decision.do is not Action.ATTACH
            or not was_sent_recently(conversation_id, message_texts.EMERGENCY, now=now)
        ):
            # Once a day; a sender in danger gets the emergency numbers again, regardless of earlier replies.
            key_suffix = message.pk if is_danger else f"{item.group.pk}:{item.reporter_id}:{to_vietnam_day(now)}"
            key = f"invite:{key_suffix}"
            text = message_texts.format_invitation(unit, settings.PUBLIC_URL + TIPS_PATH)
            yield OutgoingDraft(key=key, text=text, purpose="INVITE", **private)
        case AutoReply.GROUP_ACK if item.group:
            group_text = texts.GROUP_ACK_TEXT.format(unit=unit)
            text = f"{message_texts.EMERGENCY}\n{group_text}" if is_danger else group_text
            if was_acknowledged_recently(item.group.pk, message_texts.EMERGENCY if is_danger else "", now=now):
                return  # the group has read it; emergency numbers are sent even so
            yield OutgoingDraft(
                key=f"group:{item.group.pk}:{int(is_danger)}:{int(now.timestamp())}",
                channel_id=item.channel_id,
                group_id=item.group.pk,
                text=text,
                purpose="ACK",
                unit_id=unit_id,
                case_id=case.pk if case else None,
            )
        case AutoReply.DATA if kind := parse_chat_request(decided.facts.folded_text):
            yield _build_data_request_reply(decided, message, kind, private, now=now)
        case AutoReply.OFFICER:
            text = get_officer_chat().run_command(item.message.text, reporter_id=item.reporter_id, now=now)
            yield _build_hidden_draft(entry, f"command:{message.pk}", text)
        case AutoReply.DANGER if not was_sent_recently(conversation_id, message_texts.EMERGENCY, now=now):
            text = "\n".join([message_texts.EMERGENCY, texts.IN_DANGER_TEXT])
            if not item.processing_failed and is_english(item.message.text):
                text += message_texts.format_english_emergency()
            shown_case_id = (
                None if decided.is_restricted else decided.decision.case_id
            )  # its officers see that the person got the emergency numbers
            yield OutgoingDraft(key=f"danger:{message.pk}", text=text, purpose="ACK", case_id=shown_case_id, **private)
        case AutoReply.CASE_STATUS if decided.facts.open_case:
            shown_case_id = None if decided.is_restricted else decided.decision.case_id
            text = format_report_status(decided.facts.open_case.report_id)
            yield OutgoingDraft(key=f"stands:{message.pk}", text=text, purpose="ACK", case_id=shown_case_id, **private)
    for key, text in _build_caseless_replies(
        decided, message, directory.unit_name(new_unit_id) if new_unit_id else "", unit, now=now
    ):
        yield OutgoingDraft(key=key, text=text, purpose="ACK", **private)


def build_origin_draft(entry: StoredItem, question: OriginQuestion) -> OutgoingDraft:
    return _build_hidden_draft(entry, f"origin:{entry.message.pk}", question.text, question.buttons)


def _build_hidden_draft(entry: StoredItem, key: str, text: str, buttons: Buttons = ()) -> OutgoingDraft:
    """Build a message that no page shows, as those to people with a complaint about police."""
    item = entry.decided.item
    return OutgoingDraft(
        key=key,
        channel_id=item.channel_id,
        conversation_id=item.conversation_id,
        unit_id=None,
        text=text,
        purpose=COMPLAINT_PURPOSE,
        buttons=buttons,
    )


def _build_receipt(
    decided: DecidedItem, message: Message, case: Case, unit: str, private: dict[str, Any]
) -> Iterator[OutgoingDraft]:
    """Yield the receipt of a case, and the question that it leaves open."""
    item = decided.item
    text = message_texts.format_case_receipt(case.code, urgency=decided.decision.urgency, unit=unit)
    if advice := message_texts.CATEGORY_ADVICE.get(case.category):
        text += f"\n{advice}"
    if not item.processing_failed and is_english(item.message.text):
        text += message_texts.format_english_receipt(case.code, has_question=bool(decided.question))
    yield OutgoingDraft(key=f"received:{message.pk}", text=text, purpose="ACK", case_id=case.pk, **private)
    if decided.question:
        answers = list_suggested_answers(decided.question, areas.get_gazetteer())
        yield OutgoingDraft(
            key=f"question:{case.pk}",
            text=message_texts.format_question(case.code, decided.question),
            chat_suffix=message_texts.format_answer_choices(answers),
            purpose="ASK",
            case_id=case.pk,
            buttons=message_texts.list_answer_buttons(answers),
            quote_of="" if item.is_on_own_page or item.group else item.message.external_id,
            **private,
        )


def _build_data_request_reply(
    decided: DecidedItem, message: Message, kind: DataRequestKind, private: dict[str, Any], *, now: dt.datetime
) -> OutgoingDraft:
    """Open the request of a person about their data; build its receipt."""
    item = decided.item
    data_request = create_request(
        reporter_id=item.reporter_id, kind=kind, conversation_id=item.conversation_id, now=now
    )
    day = f"{to_vietnam_day(data_request.due_at - ONE_SECOND):%d/%m/%Y}"
    cases = ", ".join(list_receipt_codes(data_request.reporter_id or 0)[-MAX_CODES_NAMED:])
    template = texts.DATA_REQUEST_WITH_CASES_TEXT if cases else texts.DATA_REQUEST_TEXT
    return OutgoingDraft(
        key=f"data:{message.pk}",
        text=template.format(code=format_code(data_request.code), day=day, cases=cases),
        purpose=COMPLAINT_PURPOSE if data_request.is_restricted else "ACK",
        **private,
    )


def _build_caseless_replies(
    decided: DecidedItem, message: Message, new_unit_name: str, unit: str, *, now: dt.datetime
) -> Iterator[tuple[str, str]]:
    """Yield key and text of replies that belong to no case."""
    conversation_id, reply = decided.item.conversation_id, decided.decision.reply
    if reply is AutoReply.HELLO:
        english = message_texts.format_english_greeting() if is_english(decided.item.message.text) else ""
        yield f"hello:{conversation_id}:{to_vietnam_day(now)}", texts.GREETING_TEXT.format(unit=unit) + english
    elif reply is AutoReply.LISTENING and not was_sent_recently(conversation_id, texts.LISTENING_TEXT, now=now):
        yield f"listening:{message.pk}", texts.LISTENING_TEXT
    elif reply is AutoReply.CHECK:
        yield f"check:{message.pk}", get_scam_check().build_answer(decided.item.message.text)
    elif reply is AutoReply.NOTED:
        yield (
            f"noted:{message.pk}",
            texts.NOTED_BY_UNIT_TEXT.format(unit=new_unit_name) if new_unit_name else texts.NOTED_TEXT,
        )
    if decided.decision.do is Action.RATE:
        yield f"rated:{message.pk}", texts.RATING_THANKS_TEXT
