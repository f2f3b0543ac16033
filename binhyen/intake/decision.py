"""Decision table for a message. Pure: frozen facts in, one decision out; no clock, no database.

The rules apply in the order of this file: empty message, ongoing conversation, relevance, doubt.
"""

from dataclasses import dataclass
from enum import StrEnum

from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES, SCAM_CATEGORY
from binhyen.cases.incident_features import Age, IntakeQuestion, OpenCase, Phase
from binhyen.language.classify.short_replies import ShortReply
from binhyen.language.reading import DANGER
from binhyen.language.reading import MIN_CONFIDENCE as UNSURE

HIGH_CONFIDENCE = 0.8
TRUSTED_CONFIDENCE = 0.6  # from here on the predicted category is trusted
LOW_CONFIDENCE = 0.4  # below, a person classifies it
_LONG_THANKS_WORDS = 12  # words of thanks that may hide a report
NON_CASE_CATEGORIES = frozenset({"other", "thanks"})
_HIDDEN_CATEGORIES = frozenset({"drugs_gambling", "public_order"})
_ACCUSABLE_CATEGORIES = frozenset(
    {"violence", "theft", "scam", "traffic", "fire", "environment_noise", "weapon_handover"}
)
CONFIDENTIAL_CATEGORIES = _HIDDEN_CATEGORIES | {"violence", "theft", "weapon_handover"}
_PUBLIC_CATEGORIES = frozenset(
    {
        "traffic",
        "fire",
        "environment_noise",
        "lost_item",
        "found_item",
        "missing_person",
        "found_person",
        "welfare",
        "admin_question",
    }
)
ITEM_CATEGORIES = frozenset({"lost_item", "found_item", "admin_question"})


class Action(StrEnum):
    IGNORE = "IGNORE"
    OPEN = "OPEN"
    JOIN = "JOIN"  # one more report of an open incident: see incident_matching.py
    ATTACH = "ATTACH"
    RATE = "RATE"


class AutoReply(StrEnum):
    """The auto-reply to a message."""

    NOTHING = "NOTHING"
    RECEIVED = "RECEIVED"  # in private: receipt code, emergency numbers first
    GROUP_ACK = "IN_GROUP"  # a short text in the group, only if not sensitive; emergency numbers first
    INVITE = "INVITE"  # in private, without a word of the message; emergency numbers first
    HELLO = "HELLO"
    NOTED = "NOTED"  # added to the open case
    DANGER = "DANGER"  # added to the case in danger: the emergency numbers
    CASE_STATUS = "STANDS"  # the status of their case
    LISTENING = "LISTENING"  # called without a report yet: ask for it, and give the numbers
    DATA = "DATA"  # asked about their own data: recorded, answered before the deadline
    CHECK = "CHECK"  # asked whether a number or link is a scam: answered, nothing stored
    OFFICER = "OFFICER"  # a command of an officer in their own chat: carried out and answered, nothing stored


@dataclass(frozen=True, slots=True)
class Destination:
    """Destination of a case: police unit and today's commune (None: place unknown)."""

    unit_id: int
    commune_id: int | None


class Origin(StrEnum):
    """Where the message was written."""

    CHAT = "CHAT"
    GROUP = "GROUP"
    WEB_FORM = "WEB_FORM"
    STATUS_PAGE = "STATUS_PAGE"  # of `open_case`


class MessageAttachment(StrEnum):
    NONE = "NONE"
    STICKER = "STICKER"
    FILE = "FILE"  # a photo, sound, film, file or location


class Intent(StrEnum):
    """What a message wants that reports nothing."""

    REPORT = "REPORT"  # any other message
    STATUS_QUESTION = "STATUS_QUESTION"  # asks for the status of their case, and nothing else
    CALL = "CALL"  # calls for attention, and says nothing yet
    DATA_REQUEST = "DATA_REQUEST"  # asks about the sender's own data, and says nothing else
    OFFICER_COMMAND = "OFFICER_COMMAND"  # links an officer's own chat, or names the group of a forwarded message
    SCAM_CHECK = "SCAM_CHECK"  # asks whether a number or link is a scam, and reports nothing


class Accusation(StrEnum):
    NONE = "NONE"
    ACTS = "ACTS"  # describes acts or plans of a person, named or not
    WRONGDOING = "WRONGDOING"  # … which is clear wrongdoing, for any predicted category


class FollowUpRelation(StrEnum):
    """The relation to the sender's case `open_case`: case_assignment.py."""

    BESIDE = "BESIDE"  # none, or there is no case
    FOLLOW_UP = "FOLLOW_UP"
    SEALED_FOLLOW_UP = "SEALED_FOLLOW_UP"  # … which only the tip desk may read
    PRIVATE_FOLLOW_UP = "PRIVATE_FOLLOW_UP"  # of a tip in a group, while this is private: a case of its own
    CONTINUED_COMPLAINT = "CONTINUED_COMPLAINT"  # a complaint about police that began in the case minutes before


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """All inputs of a decision.

    `folded_text`: folded text without punctuation; `place_destination`: of the named place, None if
    uncertain; `group_destination`: of the group.
    """

    words: int
    folded_text: str
    category: str
    confidence: float
    urgency: int
    sensitive: bool
    place_destination: Destination | None
    group_destination: Destination | None
    province_destination: Destination
    open_case: OpenCase | None = None
    relation: FollowUpRelation = FollowUpRelation.BESIDE
    origin: Origin = Origin.CHAT
    group_id: int = 0  # of the group in which it was written
    attachment: MessageAttachment = MessageAttachment.NONE
    intent: Intent = Intent.REPORT
    accusation: Accusation = Accusation.NONE
    reply: ShortReply | None = None  # how a short message answers the question after closing
    refers_to_person: bool = False
    mentions_police: bool = False  # police is mentioned, not only called
    is_talk: bool = False  # worded like talk of a social network

    @property
    def in_group(self) -> bool:
        return self.origin is Origin.GROUP

    @property
    def on_status_page(self) -> bool:
        return self.origin is Origin.STATUS_PAGE

    @property
    def is_follow_up(self) -> bool:
        return self.relation in (
            FollowUpRelation.FOLLOW_UP,
            FollowUpRelation.SEALED_FOLLOW_UP,
            FollowUpRelation.PRIVATE_FOLLOW_UP,
        )

    @property
    def is_sealed(self) -> bool:
        """Whether only the tip desk may read this follow-up. In danger responders read it first."""
        is_private_tip = self.relation is FollowUpRelation.PRIVATE_FOLLOW_UP and self.urgency < DANGER
        return is_private_tip or self.relation is FollowUpRelation.SEALED_FOLLOW_UP


@dataclass(frozen=True, slots=True)
class ItemDecision:
    """The decision. `reason` is a short text for the log and the page of the message."""

    do: Action
    reason: str
    reply: AutoReply = AutoReply.NOTHING
    case_id: int | None = None
    report_id: int | None = None
    destination: Destination | None = None
    category: str = ""
    urgency: int = 0
    was_helpful: bool = False
    resumes: bool = True  # of ATTACH: a waiting or closed case is worked on again


def decide_item(facts: MessageFacts) -> ItemDecision:
    """Decide on the action. Total: every combination of facts gives a decision."""
    if not facts.words and facts.attachment is MessageAttachment.NONE:
        return ItemDecision(Action.IGNORE, "trống")
    if facts.intent is Intent.DATA_REQUEST and facts.origin is Origin.CHAT:
        return ItemDecision(Action.IGNORE, "hỏi về dữ liệu cá nhân", AutoReply.DATA)
    if facts.intent is Intent.OFFICER_COMMAND and facts.origin is Origin.CHAT:
        return ItemDecision(Action.IGNORE, "lệnh trong chat", AutoReply.OFFICER)
    open_case = facts.open_case
    if _is_caseless_check(facts):
        return ItemDecision(Action.IGNORE, "hỏi có phải lừa đảo", AutoReply.CHECK)
    if open_case and not facts.in_group and (short_decision := _decide_short_message(facts, open_case)):
        return short_decision
    if open_case and facts.relation is FollowUpRelation.CONTINUED_COMPLAINT:
        return ItemDecision(
            Action.ATTACH,
            "phản ánh công an, kể tiếp",
            AutoReply.NOTED,
            case_id=open_case.case_id,
            urgency=facts.urgency,
        )
    if open_case and facts.relation is FollowUpRelation.PRIVATE_FOLLOW_UP:
        return _decide_private_follow_up(facts, open_case)
    if open_case and facts.is_follow_up:
        reply = _choose_follow_up_reply(facts, open_case)
        return ItemDecision(Action.ATTACH, "tin nhắn tiếp", reply, case_id=open_case.case_id, urgency=facts.urgency)
    if facts.origin in (Origin.WEB_FORM, Origin.STATUS_PAGE) or _needs_case(facts):
        return _decide_new_case(facts)
    if facts.in_group:
        return ItemDecision(Action.IGNORE, "chuyện thường ngày")
    if facts.intent is Intent.CALL:
        return ItemDecision(Action.IGNORE, "gọi", AutoReply.LISTENING)
    return ItemDecision(Action.IGNORE, "lời chào", AutoReply.HELLO)


def _is_caseless_check(facts: MessageFacts) -> bool:
    """Return whether a question about a number is only answered; within the sender's own fraud case it is evidence."""
    is_evidence = facts.is_follow_up and facts.open_case is not None and facts.open_case.category == SCAM_CATEGORY
    is_chat = facts.origin is Origin.CHAT and facts.urgency < DANGER
    return facts.intent is Intent.SCAM_CHECK and is_chat and not is_evidence


def _decide_short_message(facts: MessageFacts, open_case: OpenCase) -> ItemDecision | None:
    """Decide on a short message that changes nothing: a status question, a call, thanks, a rating after closing.

    None for a message that reports something.
    """
    if facts.attachment is MessageAttachment.FILE:
        return None
    if facts.intent is Intent.STATUS_QUESTION:
        return _attach_unchanged(open_case, "hỏi việc của mình", AutoReply.CASE_STATUS)
    if facts.intent is Intent.CALL and not (
        open_case.age <= Age.HOUR and not open_case.is_closed
    ):  # a call right after a report refers to that report
        return _attach_unchanged(open_case, "gọi", AutoReply.LISTENING)
    if facts.urgency >= DANGER:
        return None
    if open_case.is_closed and facts.reply is not None:
        is_rating = facts.reply in (ShortReply.YES, ShortReply.NO) or (
            facts.reply is ShortReply.ASSENT and open_case.phase is not Phase.RATED
        )
        if is_rating and not open_case.is_restricted:  # complaints about police have no rating question
            return ItemDecision(
                Action.RATE, "đánh giá", report_id=open_case.report_id, was_helpful=facts.reply is not ShortReply.NO
            )
        return _attach_unchanged(open_case, "lời cảm ơn")
    return None if facts.words else _attach_unchanged(open_case, "nhãn dán")


def _attach_unchanged(open_case: OpenCase, reason: str, reply: AutoReply = AutoReply.NOTHING) -> ItemDecision:
    return ItemDecision(Action.ATTACH, reason, reply, case_id=open_case.case_id, resumes=False)


def _choose_follow_up_reply(facts: MessageFacts, open_case: OpenCase) -> AutoReply:
    if facts.urgency >= DANGER:  # the emergency numbers; in the group nothing more
        return AutoReply.INVITE if facts.in_group else AutoReply.DANGER
    is_answer = open_case.is_waiting or open_case.question is IntakeQuestion.UNANSWERED
    return AutoReply.NOTED if is_answer else AutoReply.NOTHING


def _needs_case(facts: MessageFacts) -> bool:
    if facts.urgency >= DANGER:
        return True
    if facts.category in NON_CASE_CATEGORIES:
        # In private a photo, an accusation or a doubtful sentence of some length goes to a person; in a group it is
        # talk.
        if facts.in_group:  # unless a tip uses words unknown to the model
            return facts.accusation is Accusation.WRONGDOING or (
                facts.sensitive and facts.refers_to_person and facts.confidence < LOW_CONFIDENCE
            )
        has_substance = facts.attachment is MessageAttachment.FILE or facts.accusation is not Accusation.NONE
        if facts.category == "thanks":  # many words may hold more than thanks
            return facts.confidence < TRUSTED_CONFIDENCE and facts.words >= _LONG_THANKS_WORDS
        return facts.category == "other" and (has_substance or (facts.confidence < UNSURE and facts.words >= 4))
    if facts.in_group:
        if accuses_somebody(facts) or (facts.refers_to_person and facts.sensitive):
            return True
        if facts.is_talk:
            return False
        return facts.confidence >= LOW_CONFIDENCE or facts.urgency >= 2
    return True


def _decide_new_case(facts: MessageFacts) -> ItemDecision:
    return ItemDecision(
        Action.OPEN,
        "mở vụ việc",
        _choose_first_reply(facts),
        destination=choose_destination(facts),
        category=facts.category,
        urgency=max(facts.urgency, 1),
    )


def _decide_private_follow_up(facts: MessageFacts, open_case: OpenCase) -> ItemDecision:
    """Open a case at the province, where the tip desk is; only its category and commune are known.

    In danger it goes to the destination of the tip.
    """
    is_danger = facts.urgency >= DANGER
    is_category_known = is_danger or (
        facts.confidence >= TRUSTED_CONFIDENCE and facts.category not in NON_CASE_CATEGORIES
    )
    known_destination = facts.place_destination or Destination(open_case.unit_id, open_case.commune_id)
    return ItemDecision(
        Action.OPEN,
        "riêng, về tin trong nhóm",
        AutoReply.RECEIVED,
        urgency=max(facts.urgency, 1),
        destination=known_destination
        if is_danger
        else Destination(facts.province_destination.unit_id, known_destination.commune_id),
        category=facts.category if is_category_known else open_case.category,
    )


def _choose_first_reply(facts: MessageFacts) -> AutoReply:
    if not facts.in_group:
        return AutoReply.RECEIVED
    if is_sensitive(facts) or facts.accusation is not Accusation.NONE or facts.category not in _PUBLIC_CATEGORIES:
        return AutoReply.INVITE
    if not facts.refers_to_person or facts.category == "found_item":  # many a wallet shows its owner's papers
        return AutoReply.GROUP_ACK
    # A reply in the group tells all members «we received it»: only for events that accuse no person. A named person may
    # be accused in a way unknown to the rules. A name alone makes no tip, so nothing is sent, and in danger the
    # emergency numbers go to the author.
    return AutoReply.INVITE if facts.urgency >= DANGER and facts.category not in ITEM_CATEGORIES else AutoReply.NOTHING


def is_sensitive(facts: MessageFacts) -> bool:
    """Return whether it is sensitive: a complaint about an officer, as predicted, or a group accusation."""
    is_marked = facts.sensitive or facts.category in PROVINCE_ONLY_CATEGORIES or _is_group_accusation(facts)
    return (
        is_marked
        or facts.is_sealed
        or facts.relation is FollowUpRelation.PRIVATE_FOLLOW_UP
        or _continues_group_tip(facts)
    )


def _continues_group_tip(facts: MessageFacts) -> bool:
    """Return whether it continues a tip that stood in the same group."""
    return facts.in_group and facts.is_follow_up and facts.open_case is not None and facts.open_case.is_sealed


def is_confidential(facts: MessageFacts) -> bool:
    """Return whether a report is confidential: sensitive, or in private about acts of a person.

    Events visible to all on the road, or a fraud of which others should be warned, are not confidential.
    """
    is_about_act = (
        facts.category in CONFIDENTIAL_CATEGORIES or facts.accusation is not Accusation.NONE or facts.refers_to_person
    )
    return is_sensitive(facts) or (not facts.in_group and is_about_act)


def _is_group_accusation(facts: MessageFacts) -> bool:
    """Return whether it is a tip in a group: about wrongdoing, hidden acts of neighbours, or a named person.

    Events seen by all are no tip; in danger to life only an accusation is.
    """
    if not facts.in_group:
        return False
    if accuses_somebody(facts):
        return True
    return facts.urgency < DANGER and (
        facts.category in _HIDDEN_CATEGORIES or (facts.refers_to_person and facts.category in _ACCUSABLE_CATEGORIES)
    )


def accuses_somebody(facts: MessageFacts) -> bool:
    """Return whether it describes clear wrongdoing, or acts of a person who is named or identifiable."""
    is_about_person = facts.refers_to_person and facts.accusation is Accusation.ACTS
    return facts.accusation is Accusation.WRONGDOING or is_about_person


def must_seal(facts: MessageFacts) -> bool:
    """Return whether a group message and its follow-ups must be sealed for the tip desk alone.

    In danger to life the duty officers read them first (`channels.services.messages.seal_late` seals them hours later).
    """
    if facts.is_sealed:
        return True
    return (
        facts.in_group
        and is_sensitive(facts)
        and (facts.urgency < DANGER or facts.category in PROVINCE_ONLY_CATEGORIES)
    )


def choose_destination(facts: MessageFacts) -> Destination:
    """Return the destination: the province for complaints, else of the named place, the group or the province."""
    destination = facts.place_destination or facts.group_destination or facts.province_destination
    if facts.category in PROVINCE_ONLY_CATEGORIES:
        return Destination(facts.province_destination.unit_id, destination.commune_id)
    return destination
