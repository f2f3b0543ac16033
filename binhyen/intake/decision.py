"""Decision table for a message. Pure: frozen facts in, one decision out; no clock, no database.

The rules apply in the order of this file: empty message, ongoing conversation, relevance, doubt.
"""

from dataclasses import dataclass
from enum import StrEnum

from binhyen.cases.choices import NEVER_DOWN
from binhyen.cases.incident_features import OpenCase
from binhyen.language.classify.short_replies import Reply
from binhyen.language.reading import DANGER
from binhyen.language.reading import SURE as UNSURE

CERTAIN = 0.8
SURE = 0.6  # from here on the predicted category is trusted
DOUBT = 0.4  # below, a person classifies it
_RAMBLES = 12  # words of thanks that may hide a report
NEVER_A_CASE = frozenset({"other", "thanks"})
_HIDDEN = frozenset({"drugs_gambling", "public_order"})
_ACCUSING = frozenset({"violence", "theft", "scam", "traffic", "fire", "environment_noise", "weapon_handover"})
CONFIDED = _HIDDEN | {"violence", "theft", "weapon_handover"}
_PUBLIC = frozenset(
    {"traffic", "fire", "environment_noise", "lost_item", "found_item", "missing_person", "found_person", "welfare",
     "admin_question"}
)  # fmt: skip
THINGS = frozenset({"lost_item", "found_item", "admin_question"})


class Do(StrEnum):
    IGNORE = "IGNORE"
    OPEN = "OPEN"
    JOIN = "JOIN"  # one more report of an open incident: see incident_matching.py
    ATTACH = "ATTACH"
    RATE = "RATE"


class Say(StrEnum):
    """The auto-reply to a message."""

    NOTHING = "NOTHING"
    RECEIVED = "RECEIVED"  # in private: receipt code, emergency numbers first
    IN_GROUP = "IN_GROUP"  # a short text in the group, only if not sensitive; emergency numbers first
    INVITE = "INVITE"  # in private, without a word of the message; emergency numbers first
    HELLO = "HELLO"
    NOTED = "NOTED"  # added to the open case
    DANGER = "DANGER"  # added to the case in danger: the emergency numbers
    STANDS = "STANDS"  # the status of their case
    LISTENING = "LISTENING"  # called without a report yet: ask for it, and give the numbers
    DATA = "DATA"  # asked about their own data: recorded, answered before the deadline


@dataclass(frozen=True, slots=True)
class Seat:
    """Destination of a case: police unit and today's commune (None: place unknown)."""

    unit_id: int
    commune_id: int | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All inputs of a decision.

    `place_destination`: of the named place, None if uncertain; `group_destination`: of the group.
    """

    words: int
    bare: str  # folded text without punctuation
    has_media: bool
    in_group: bool
    category: str
    confidence: float
    urgency: int
    sensitive: bool
    placed: Seat | None
    home: Seat | None
    province: Seat
    mine: OpenCase | None
    wants_case: bool = False  # the web form: its user always wants a case
    on_its_page: bool = False  # written on the status page of `open_case`
    greeted: bool = False
    names: bool = False  # a person is referred to
    accuses: bool = False  # describes acts or plans of a person, named or not
    wrongs: bool = False  # … which is clear wrongdoing, for any predicted category
    about_data: bool = False  # the message asks about the sender's own data and says nothing else
    sticker: bool = False
    asks: bool = False  # asks for the status of their case, and nothing else
    calls: bool = False  # calls for attention, and says nothing yet
    reply: Reply | None = None  # how a short message answers the question after closing
    group_id: int = 0  # of the group in which it was written
    police: bool = False  # police is mentioned, not only called
    belongs: bool = False  # a follow-up of `open_case`: case_assignment.py
    sealed: bool = False  # … which only the tip desk may read
    led_in: bool = False  # a complaint about police that began in `open_case` minutes before
    in_confidence: bool = False  # … of a tip in a group, while this is private: a case of its own


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision. `reason` is a short text for the log and the page of the message."""

    do: Do
    reason: str
    say: Say = Say.NOTHING
    case_id: int | None = None
    report_id: int | None = None
    seat: Seat | None = None
    category: str = ""
    urgency: int = 0
    helped: bool = False
    resumes: bool = True  # of ATTACH: a waiting or closed case is worked on again


def decide(facts: Facts) -> Decision:
    """Decide on the action. Total: every combination of facts gives a decision."""
    if not (facts.words or facts.has_media or facts.sticker):
        return Decision(Do.IGNORE, "trống")
    if facts.about_data and not (facts.in_group or facts.on_its_page or facts.wants_case):
        return Decision(Do.IGNORE, "hỏi về dữ liệu cá nhân", Say.DATA)
    mine = facts.mine
    if mine and not facts.in_group and (small := _small_word(facts, mine)):
        return small
    if mine and facts.led_in:
        return Decision(
            Do.ATTACH, "phản ánh công an, kể tiếp", Say.NOTED, case_id=mine.case_id, urgency=facts.urgency
        )  # fmt: skip
    if mine and facts.in_confidence:
        return _in_confidence(facts, mine)
    if mine and facts.belongs:
        say = _further_word(facts, mine)
        return Decision(Do.ATTACH, "tin nhắn tiếp", say, case_id=mine.case_id, urgency=facts.urgency)
    if facts.wants_case or _matters(facts):
        return _open(facts)
    if facts.in_group or facts.greeted:
        return Decision(Do.IGNORE, "chuyện thường ngày")
    if facts.calls:
        return Decision(Do.IGNORE, "gọi", Say.LISTENING)
    return Decision(Do.IGNORE, "lời chào", Say.HELLO)


def _small_word(facts: Facts, mine: OpenCase) -> Decision | None:
    """Decide on a short message that changes nothing: a status question, a call, thanks, a rating after closing.

    None for a message that reports something.
    """
    if facts.has_media:
        return None
    if facts.asks:
        return _beside(mine, "hỏi việc của mình", Say.STANDS)
    if facts.calls and not (mine.recent and not mine.closed):  # a call right after a report refers to that report
        return _beside(mine, "gọi", Say.LISTENING)
    if facts.urgency >= DANGER:
        return None
    if mine.closed and facts.reply is not None:
        answers = facts.reply in (Reply.YES, Reply.NO) or (facts.reply is Reply.ASSENT and not mine.rated)
        if answers and not mine.apart:  # complaints about police have no rating question
            return Decision(Do.RATE, "đánh giá", report_id=mine.report_id, helped=facts.reply is not Reply.NO)
        return _beside(mine, "lời cảm ơn")
    return None if facts.words else _beside(mine, "nhãn dán")


def _beside(mine: OpenCase, reason: str, say: Say = Say.NOTHING) -> Decision:
    return Decision(Do.ATTACH, reason, say, case_id=mine.case_id, resumes=False)


def _further_word(facts: Facts, mine: OpenCase) -> Say:
    if facts.urgency >= DANGER:  # the emergency numbers; in the group nothing more
        return Say.INVITE if facts.in_group else Say.DANGER
    return Say.NOTED if mine.waiting or (mine.asked and not mine.heard) else Say.NOTHING


def _matters(facts: Facts) -> bool:
    if facts.urgency >= DANGER:
        return True
    if facts.category in NEVER_A_CASE:
        # In private a photo, an accusation or a doubtful sentence of some length goes to a person; in a group it is
        # talk.
        if facts.in_group:  # unless a tip uses words unknown to the model
            return facts.wrongs or (facts.sensitive and facts.names and facts.confidence < DOUBT)
        told = facts.has_media or facts.wrongs or facts.accuses
        if facts.category == "thanks":  # many words may hold more than thanks
            return facts.confidence < SURE and facts.words >= _RAMBLES
        return facts.category == "other" and (told or (facts.confidence < UNSURE and facts.words >= 4))
    if facts.in_group:
        if facts.wrongs or (facts.names and (facts.sensitive or facts.accuses)):
            return True
        return facts.confidence >= DOUBT or facts.urgency >= 2
    return True


def _open(facts: Facts) -> Decision:
    return Decision(
        Do.OPEN,
        "mở vụ việc",
        _first_word(facts),
        seat=seat(facts),
        category=facts.category,
        urgency=max(facts.urgency, 1),
    )


def _in_confidence(facts: Facts, mine: OpenCase) -> Decision:
    """Open a case at the province, where the tip desk is; only its category and commune are known.

    In danger it goes to the destination of the tip.
    """
    danger = facts.urgency >= DANGER
    known = danger or (facts.confidence >= SURE and facts.category not in NEVER_A_CASE)
    there = facts.placed or Seat(mine.unit_id, mine.commune_id)
    return Decision(
        Do.OPEN, "riêng, về tin trong nhóm", Say.RECEIVED, urgency=max(facts.urgency, 1),
        seat=there if danger else Seat(facts.province.unit_id, there.commune_id),
        category=facts.category if known else mine.category,
    )  # fmt: skip


def _first_word(facts: Facts) -> Say:
    if not facts.in_group:
        return Say.RECEIVED
    if is_sensitive(facts) or facts.accuses or facts.wrongs or facts.category not in _PUBLIC:
        return Say.INVITE
    if not facts.names or facts.category == "found_item":  # many a wallet shows its owner's papers
        return Say.IN_GROUP
    # A reply in the group tells all members «we received it»: only for events that accuse no person. A named person may
    # be accused in a way unknown to the rules. A name alone makes no tip, so nothing is sent, and in danger the
    # emergency numbers go to the author.
    return Say.INVITE if facts.urgency >= DANGER and facts.category not in THINGS else Say.NOTHING


def is_sensitive(facts: Facts) -> bool:
    """Return whether it is sensitive: a complaint about an officer, as predicted, or a group accusation."""
    said = facts.sensitive or facts.category in NEVER_DOWN or _points(facts)
    return said or facts.sealed or facts.in_confidence or _goes_on(facts)


def _goes_on(facts: Facts) -> bool:
    """Return whether it continues a tip that stood in the same group."""
    return facts.in_group and facts.belongs and facts.mine is not None and facts.mine.hushed


def confides(facts: Facts) -> bool:
    """Return whether it is told in confidence: sensitive, or in private about acts of a person.

    Events visible to all on the road, or a fraud of which others should be warned, are not confidential.
    """
    told = facts.category in CONFIDED or facts.wrongs or facts.accuses or facts.names
    return is_sensitive(facts) or (not facts.in_group and told)


def _points(facts: Facts) -> bool:
    """Return whether it is a tip in a group: about wrongdoing, hidden acts of neighbours, or a named person.

    Events seen by all are no tip; in danger to life only an accusation is.
    """
    if not facts.in_group:
        return False
    if facts.wrongs or (facts.names and facts.accuses):
        return True
    return facts.urgency < DANGER and (
        facts.category in _HIDDEN or (facts.names and facts.category in _ACCUSING)
    )  # fmt: skip


def seals(facts: Facts) -> bool:
    """Return whether a group message and its follow-ups must be sealed for the tip desk alone.

    In danger to life the duty officers read them first (`channels.services.messages.seal_late` seals them hours later).
    """
    if facts.sealed:
        return True
    return facts.in_group and is_sensitive(facts) and (facts.urgency < DANGER or facts.category in NEVER_DOWN)


def seat(facts: Facts) -> Seat:
    """Return the destination: the province for complaints, else of the named place, the group or the province."""
    if facts.category in NEVER_DOWN:
        return Seat(facts.province.unit_id, (facts.placed or facts.home or facts.province).commune_id)
    return facts.placed or facts.home or facts.province
