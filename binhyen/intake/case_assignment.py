"""Case assignment: to which of the sender's cases a further message belongs. Pure.

People write in pieces, and about several incidents in one chat. During an ongoing danger all messages belong to it; a
pending question gets its answer; the others belong to the last report, unless it is another incident: of another
category, another place or later, of danger elsewhere, or confidential. In doubt it belongs: officers can detach it.
"""

from collections.abc import Sequence

from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES
from binhyen.cases.incident_features import Age, OpenCase
from binhyen.intake.decision import (
    HIGH_CONFIDENCE,
    ITEM_CATEGORIES,
    LOW_CONFIDENCE,
    NON_CASE_CATEGORIES,
    TRUSTED_CONFIDENCE,
    Accusation,
    MessageFacts,
    accuses_somebody,
)
from binhyen.language.reading import DANGER

_NEGATIVE_STARTS = ("khong ", "ko ", "chua ")
_CONTINUING_STARTS = ("van ", "lai ", "con ", *_NEGATIVE_STARTS)
_LEAD_INS = ("a ", "ay ", "em ", "a em ", "xin loi ")
_CORRECTING_STARTS = (
    "nham ",
    *(f"{lead}{word} " for lead in _LEAD_INS for word in ("nham", "lon")),
)  # «lợn» alone is a pig
_SHORT_CATEGORIES = frozenset(
    (
        "theft",
        "scam",
        "violence",
        "traffic",
        "fire",
        "lost_item",
        "found_item",
        "missing_person",
        "found_person",
        "admin_question",
        "welfare",
    )
)
"""Over in a day: a later report is another incident. Noise, gambling, a quarrel go on for weeks."""
_SIMILAR_CATEGORIES = (
    frozenset(("violence", "public_order", "weapon_handover", "theft", "drugs_gambling")),
    frozenset(("traffic", "fire", "welfare", "violence")),
    frozenset(("traffic", "public_order", "environment_noise")),
    frozenset(("fire", "environment_noise")),
    frozenset(("missing_person", "found_person", "welfare", "violence")),
    frozenset(("lost_item", "theft", "found_item")),
    frozenset(("scam", "theft", "lost_item")),
)
_RARELY_DANGER = ITEM_CATEGORIES | {"drugs_gambling", "scam", "environment_noise"}
"""Rarely a danger to life: a later urgency is doubtful, and a confidential reporter would pay for the doubt."""
MIN_REPORT_WORDS, _MIN_CERTAIN_WORDS = 4, 8  # words that may describe another incident; that do so by themselves


def select_case(open_cases: Sequence[OpenCase], facts: MessageFacts) -> OpenCase | None:
    """Return the case that the message belongs to, or stands beside (a call). `open_cases`: newest first."""
    candidates = _order_candidates(open_cases, facts)
    return next(
        (open_case for open_case in candidates if belongs_to_case(facts, open_case)),
        candidates[0] if candidates else None,
    )


def _order_candidates(open_cases: Sequence[OpenCase], facts: MessageFacts) -> list[OpenCase]:
    if facts.in_group:
        return [open_case for open_case in open_cases if open_case.group_id == facts.group_id != 0]
    awaiting_answer = sorted(
        (open_case for open_case in open_cases if _expects_answer(open_case)), key=lambda open_case: -open_case.asked_at
    )
    ongoing = [
        open_case
        for open_case in open_cases
        if is_ongoing_danger(open_case) and not open_case.is_restricted and not is_private_follow_up(facts, open_case)
    ]
    prioritized = ongoing + awaiting_answer if not facts.words or facts.urgency >= DANGER else awaiting_answer + ongoing
    return list(dict.fromkeys([*prioritized, *open_cases]))


def _expects_answer(open_case: OpenCase) -> bool:
    is_just_asked = open_case.officer_asked and open_case.age is Age.MINUTES
    return open_case.is_waiting or open_case.has_question or (open_case.is_sealed and is_just_asked)


def is_ongoing_danger(open_case: OpenCase) -> bool:
    """Return whether it is a danger mentioned within the hour."""
    return open_case.age <= Age.HOUR and open_case.urgency >= DANGER and not open_case.is_closed


def belongs_to_case(facts: MessageFacts, open_case: OpenCase) -> bool:
    """Return whether the message is a follow-up of this case of its sender."""
    if open_case.category in PROVINCE_ONLY_CATEGORIES:
        return _continues_complaint(facts, open_case)
    if is_police_complaint(facts, open_case):
        return False  # never to a case that the accused unit may hold
    if facts.in_group:
        return _belongs_in_group(facts, open_case)
    if facts.folded_text.startswith(_CORRECTING_STARTS) and open_case.age <= Age.HOUR:
        return True
    if facts.urgency >= DANGER:
        is_near = open_case.age <= Age.HOUR and open_case.category not in ITEM_CATEGORIES and not open_case.is_closed
        is_near |= (
            open_case.is_closed and open_case.age <= Age.DAY and facts.folded_text.startswith(_CONTINUING_STARTS)
        )  # it never ended
        if open_case.is_sealed and open_case.is_private and not is_ongoing_danger(open_case):
            return False  # responders cannot read a sealed case
        return (is_near or facts.on_status_page or _answers_question(facts, open_case)) and not _is_other_place(
            facts, open_case
        )
    if _must_stay_separate(facts, open_case) and not _answers_rating(facts, open_case):
        return False
    if facts.on_status_page:
        return True
    if open_case.is_waiting or open_case.has_question:
        return not _is_unrelated(facts, open_case)
    if open_case.is_closed:
        return _is_negative_answer(facts) or not _is_other_report(facts, open_case)
    return not _is_other_report(facts, open_case)


def is_sealed_follow_up(facts: MessageFacts, open_case: OpenCase) -> bool:
    """Return whether a follow-up is sealed for the tip desk alone. In danger responders read it first."""
    return facts.urgency < DANGER and _follows_sealed_tip(facts, open_case)


def is_private_follow_up(facts: MessageFacts, open_case: OpenCase) -> bool:
    """Return whether it is a private message about the sender's group tip, which gets its own case.

    All members of the group know the author of the tip.
    """
    return not facts.in_group and not open_case.is_private and _follows_sealed_tip(facts, open_case)


def _follows_sealed_tip(facts: MessageFacts, open_case: OpenCase) -> bool:
    """Return whether it follows a sealed tip; messages of an ongoing danger stay together, answers go to the asker."""
    needs_response = is_ongoing_danger(open_case) and not (
        open_case.was_raised and open_case.category in _RARELY_DANGER
    )
    if not open_case.is_sealed or open_case.is_restricted or needs_response:
        return False
    return facts.in_group or open_case.is_private or not (open_case.is_waiting or open_case.officer_asked)


def is_police_complaint(facts: MessageFacts, open_case: OpenCase) -> bool:
    """Return whether it is a complaint. During danger «không ai tới», «gọi không ai nghe máy» are cries for help."""
    is_predicted = facts.category in PROVINCE_ONLY_CATEGORIES and facts.confidence >= LOW_CONFIDENCE
    return is_predicted and (facts.mentions_police or not is_ongoing_danger(open_case))


def is_relocated_danger(facts: MessageFacts, open_case: OpenCase) -> bool:
    """Return whether it moves an ongoing danger to another place: the responders must see it."""
    return is_ongoing_danger(open_case) and not open_case.is_restricted and _is_other_place(facts, open_case)


def _continues_complaint(facts: MessageFacts, open_case: OpenCase) -> bool:
    """Return whether it continues a complaint. In doubt no lower unit reads it; but a house fire is no complaint."""
    if facts.category in PROVINCE_ONLY_CATEGORIES or (facts.on_status_page and open_case.is_page_case):
        return True
    if facts.in_group:
        return False
    is_own_incident = (
        facts.urgency >= DANGER
        and facts.category in _SHORT_CATEGORIES - {"violence"}
        and facts.confidence >= TRUSTED_CONFIDENCE
    )
    return not is_own_incident and not _is_other_report(facts, open_case)


def _belongs_in_group(facts: MessageFacts, open_case: OpenCase) -> bool:
    """Return whether it belongs to a case of the same group: same category, or minutes after a danger report."""
    if open_case.is_private or open_case.is_closed or open_case.group_id != facts.group_id:
        return False
    if facts.folded_text.startswith(_CORRECTING_STARTS) and open_case.age is Age.MINUTES:
        return True
    if _is_other_place(facts, open_case):
        return False
    if open_case.age is Age.MINUTES and open_case.urgency >= DANGER:
        return not _must_stay_separate(facts, open_case) and not _is_unrelated(facts, open_case)
    # People write in pieces: those of a tip are as secret as the tip.
    if open_case.age is Age.MINUTES and open_case.is_sealed:
        is_same_category = facts.category == open_case.category or not _is_certain_report(facts)
        return is_same_category and not _is_unrelated(facts, open_case) and not _is_repetition(facts, open_case)
    return facts.category == open_case.category and not _is_repetition(facts, open_case)


def _must_stay_separate(facts: MessageFacts, open_case: OpenCase) -> bool:
    """Return whether an accusation must not join a case that more people may read.

    Also a private one about a case from a group, where all know the reporter. During danger it stays with the case.
    """
    is_accusation = facts.sensitive or accuses_somebody(facts)
    is_group_case = not (open_case.is_private or facts.in_group)
    if not is_accusation or open_case.is_sensitive or (facts.category == open_case.category and not is_group_case):
        return False
    return not (open_case.age is Age.MINUTES and open_case.urgency >= DANGER)


def _answers_rating(facts: MessageFacts, open_case: OpenCase) -> bool:
    """Return whether it only answers the question after closing: no other incident, no accused person."""
    is_about_person = facts.refers_to_person or facts.accusation is not Accusation.NONE
    return open_case.is_closed and facts.on_status_page and not is_standalone_report(facts) and not is_about_person


def _is_other_place(facts: MessageFacts, open_case: OpenCase) -> bool:
    destination = facts.place_destination
    return open_case.has_place and destination is not None and open_case.unit_id not in (0, destination.unit_id)


def _answers_question(facts: MessageFacts, open_case: OpenCase) -> bool:
    return (open_case.is_waiting or open_case.has_question) and open_case.category not in ITEM_CATEGORIES


def is_standalone_report(facts: MessageFacts) -> bool:
    """Return whether it is a report by itself."""
    return (
        facts.category not in NON_CASE_CATEGORIES
        and facts.confidence >= TRUSTED_CONFIDENCE
        and facts.words >= MIN_REPORT_WORDS
    )


def _is_other_report(facts: MessageFacts, open_case: OpenCase) -> bool:
    if not is_standalone_report(facts):
        return False
    if facts.category == open_case.category:
        return _is_repetition(facts, open_case)
    # Within the hour a person continues the same report, in any category.
    return _is_other_place(facts, open_case) or open_case.age > Age.HOUR


def _is_repetition(facts: MessageFacts, open_case: OpenCase) -> bool:
    """Return whether it is the same category at another place or on another day."""
    if not is_standalone_report(facts):
        return False
    is_short_event = _is_certain_report(facts) and facts.category in _SHORT_CATEGORIES
    has_moved = _is_other_place(facts, open_case) and open_case.age is not Age.MINUTES
    return has_moved or (is_short_event and open_case.age > Age.DAY)


def _is_certain_report(facts: MessageFacts) -> bool:
    return is_standalone_report(facts) and facts.words >= _MIN_CERTAIN_WORDS and facts.confidence >= HIGH_CONFIDENCE


def _is_unrelated(facts: MessageFacts, open_case: OpenCase) -> bool:
    """Return whether it is unrelated to the question: another category, later, or a request of its own."""
    is_similar = open_case.category in NON_CASE_CATEGORIES or any(
        {facts.category, open_case.category} <= group for group in _SIMILAR_CATEGORIES
    )
    is_other_category = is_standalone_report(facts) and facts.category != open_case.category and not is_similar
    return is_other_category and (
        open_case.age > Age.HOUR or facts.category in ITEM_CATEGORIES or _is_other_place(facts, open_case)
    )


def _is_negative_answer(facts: MessageFacts) -> bool:
    """Return whether it answers no: «ko, vẫn ồn lắm», for any prediction; danger is a report of its own."""
    return facts.urgency < DANGER and facts.folded_text.startswith(_NEGATIVE_STARTS)
