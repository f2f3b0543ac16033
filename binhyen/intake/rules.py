"""What becomes of a message. Pure: frozen facts in, one decision out; no clock, no database.

The order of the rules is the order of this file: emptiness, the conversation that is under way, what matters, doubt.
"""

from dataclasses import dataclass
from enum import StrEnum

from binhyen.cases.told import OpenCase
from binhyen.cases.words import NEVER_DOWN
from binhyen.language.classify.brief import Reply
from binhyen.language.reading import DANGER
from binhyen.language.reading import SURE as UNSURE

CERTAIN = 0.8
SURE = 0.6  # from here on the reader's category is believed
DOUBT = 0.4  # below, a person sorts it
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
    JOIN = "JOIN"  # one more report of an incident that is open: see gathering.py
    ATTACH = "ATTACH"
    RATE = "RATE"


class Say(StrEnum):
    """What the person hears at once."""

    NOTHING = "NOTHING"
    RECEIVED = "RECEIVED"  # in private: receipt code, emergency numbers first
    IN_GROUP = "IN_GROUP"  # a plain word in the group, only for what is not sensitive; emergency numbers first
    INVITE = "INVITE"  # in private, without a word of what was written; emergency numbers first
    HELLO = "HELLO"
    NOTED = "NOTED"  # added to the open case
    DANGER = "DANGER"  # added to the case, and somebody is in danger: the numbers to call
    STANDS = "STANDS"  # how their case stands
    LISTENING = "LISTENING"  # called and told nothing yet: what is it, and whom to call
    DATA = "DATA"  # asked about their own data: recorded, answered within the clock


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a case would go: police unit and today's commune (None: place unknown)."""

    unit_id: int
    commune_id: int | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that decides. `placed`: seat of the place named, None when none is sure; `home`: seat of the group."""

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
    wants_case: bool = False  # the web form: whoever fills it in wants a case
    on_its_page: bool = False  # written on the status page of `mine`
    greeted: bool = False
    names: bool = False  # somebody is pointed at
    accuses: bool = False  # says what somebody, named or not, does or is about to do
    wrongs: bool = False  # … and that is plainly a wrong, whatever the reader takes the words for
    about_data: bool = False  # the message asks about the sender's own data and says nothing else
    sticker: bool = False
    asks: bool = False  # how their own case stands, and nothing else
    calls: bool = False  # for somebody, and says nothing yet
    reply: Reply | None = None  # what a short word answers to the end of `mine`
    group_id: int = 0  # of the group it was written in
    police: bool = False  # police is spoken of, not only called
    belongs: bool = False  # it is a further word on `mine`: threads.py
    sealed: bool = False  # … and is read, as that, at the desk of tips alone
    led_in: bool = False  # a complaint about police that `mine`, told minutes before, was the beginning of
    in_confidence: bool = False  # … and that stood in a group, while this is said in private: a case of its own


@dataclass(frozen=True, slots=True)
class Decision:
    """The intent. `reason` is a word for the log and the message's page."""

    do: Do
    reason: str
    say: Say = Say.NOTHING
    case_id: int | None = None
    report_id: int | None = None
    seat: Seat | None = None
    category: str = ""
    urgency: int = 0
    helped: bool = False
    resumes: bool = True  # of ATTACH: what waited or was closed is worked on again


def decide(facts: Facts) -> Decision:
    """Total: every combination of facts gives a decision."""
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
    """What stands with the case and changes nothing of it: a question how it stands, a call, thanks; and what answers
    whether its end helped. None for a word that tells something.
    """
    if facts.has_media:
        return None
    if facts.asks:
        return _beside(mine, "hỏi việc của mình", Say.STANDS)
    if facts.calls and not (mine.recent and not mine.closed):  # whoever has just told of it calls us to that
        return _beside(mine, "gọi", Say.LISTENING)
    if facts.urgency >= DANGER:
        return None
    if mine.closed and facts.reply is not None:
        answers = facts.reply in (Reply.YES, Reply.NO) or (facts.reply is Reply.ASSENT and not mine.rated)
        if answers and not mine.apart:  # of a complaint about police nobody asks that
            return Decision(Do.RATE, "đánh giá", report_id=mine.report_id, helped=facts.reply is not Reply.NO)
        return _beside(mine, "lời cảm ơn")
    return None if facts.words else _beside(mine, "nhãn dán")


def _beside(mine: OpenCase, reason: str, say: Say = Say.NOTHING) -> Decision:
    return Decision(Do.ATTACH, reason, say, case_id=mine.case_id, resumes=False)


def _further_word(facts: Facts, mine: OpenCase) -> Say:
    if facts.urgency >= DANGER:  # the numbers to call; in the group nothing more
        return Say.INVITE if facts.in_group else Say.DANGER
    return Say.NOTED if mine.waiting or (mine.asked and not mine.heard) else Say.NOTHING


def _matters(facts: Facts) -> bool:
    if facts.urgency >= DANGER:
        return True
    if facts.category in NEVER_A_CASE:
        # In private a photo, a deed told or a doubtful sentence of some length goes to a person; in a group it is talk.
        if facts.in_group:  # unless a tip hides behind words that the reader does not know
            return facts.wrongs or (facts.sensitive and facts.names and facts.confidence < DOUBT)
        told = facts.has_media or facts.wrongs or facts.accuses
        if facts.category == "thanks":  # of many words perhaps more than thanks
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
    """At the province, where the desk of tips is; of what it is about its category and commune alone are known. What is
    danger rings where the tip was told of.
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
    if not facts.names or facts.category == "found_item":  # whose papers they are stands in many a wallet
        return Say.IN_GROUP
    # An answer in the group says «we heard you» to everybody: only for what happens and is nobody's deed. Where
    # somebody is named it may be one that the rules do not know. A name alone makes no tip, so nothing is said, and in
    # danger the numbers to call go to the writer.
    return Say.INVITE if facts.urgency >= DANGER and facts.category not in THINGS else Say.NOTHING


def is_sensitive(facts: Facts) -> bool:
    """A complaint about an officer always is; else as the reader says, and in a group whatever points at somebody."""
    said = facts.sensitive or facts.category in NEVER_DOWN or _points(facts)
    return said or facts.sealed or facts.in_confidence or _goes_on(facts)


def _goes_on(facts: Facts) -> bool:
    """In the group, of a tip that stood there."""
    return facts.in_group and facts.belongs and facts.mine is not None and facts.mine.hushed


def confides(facts: Facts) -> bool:
    """Told so that nobody else should read it: what is sensitive, and in private whatever tells of somebody's deed.
    What everybody on the road can see, a fraud that others are to be warned of, is no confidence.
    """
    told = facts.category in CONFIDED or facts.wrongs or facts.accuses or facts.names
    return is_sensitive(facts) or (not facts.in_group and told)


def _points(facts: Facts) -> bool:
    """A tip in a group: of a wrong, of what neighbours hide, or of a person by name. What everybody sees happen is no
    tip; where life is in danger only what accuses somebody is.
    """
    if not facts.in_group:
        return False
    if facts.wrongs or (facts.names and facts.accuses):
        return True
    return facts.urgency < DANGER and (
        facts.category in _HIDDEN or (facts.names and facts.category in _ACCUSING)
    )  # fmt: skip


def seals(facts: Facts) -> bool:
    """Whether the register keeps the words, of a group's post or of what its author says of it further, for the desk of
    tips alone. Where life is in danger the duty officers read them first (`channels.services.messages.seal_late` seals
    them some hours later).
    """
    if facts.sealed:
        return True
    return facts.in_group and is_sensitive(facts) and (facts.urgency < DANGER or facts.category in NEVER_DOWN)


def seat(facts: Facts) -> Seat:
    """Whose desk: upwards for complaints about police, the place named, the group's place, else the province's."""
    if facts.category in NEVER_DOWN:
        return Seat(facts.province.unit_id, (facts.placed or facts.home or facts.province).commune_id)
    return facts.placed or facts.home or facts.province
